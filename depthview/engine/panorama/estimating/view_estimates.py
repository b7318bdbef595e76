"""What a model for one eye says of a panorama, when it is shown one perspective view after another."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from depthview.engine.camera import StereoRig
from depthview.engine.depth import MEASURED, DepthScale
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator
from depthview.engine.frames import Meaning, StereoPair
from depthview.engine.panorama.estimating.heading import heading_deg
from depthview.engine.panorama.estimating.view_depth import ViewDepth
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.views import View, draw_view
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.sphere import surrounded

_VIEW_SIDES = (256, 768)


@dataclass(frozen=True, slots=True)
class ViewEstimates:
    """What one model said of every view. `estimate_s` are the seconds that the model itself took."""

    depths: tuple[ViewDepth, ...]
    meaning: Meaning
    model: str
    provider: str
    estimate_s: float

    @property
    def has_metres(self) -> bool:
        """Whether the model says metres; nobody has measured them."""
        return self.meaning in MEASURED


def estimate_views(
    photo: Photo, views: Sequence[View], estimator: Estimator, *, report: Report, stop: StopToken
) -> ViewEstimates:
    """Ask the model for the depth of every view, turned by the photo's heading: rolled photos give the same views.

    Progress is counted in views.

    Raises UserError when the model looks through two eyes, Stopped when `stop` is set.
    """
    info = estimator.info
    if info.eyes != 1:
        raise UserError(
            "The model {name} needs two eyes, and a panorama has one: choose a model for one eye with --model.",
            name=info.title,
        )
    around = surrounded(photo.image)
    depths: list[ViewDepth] = []
    meaning, taken_s = info.meaning, 0.0
    heading = heading_deg(photo.image)
    for number, unturned in enumerate(views):
        view = replace(unturned, yaw_deg=unturned.yaw_deg + heading)
        stop.raise_if_stopped()
        report(Progress(number, len(views), "Estimating depth"))
        side = int(np.clip(round(photo.size_hw[1] * view.fov_deg / 360), *_VIEW_SIDES))
        picture = draw_view(view, around, side)
        started_s = time.perf_counter()
        estimate = estimator.estimate(StereoPair(picture, picture, number, 0.0, started_s, view.fov_deg))
        taken_s += time.perf_counter() - started_s
        meaning = estimate.meaning
        rig = StereoRig.from_fov((side, side), fov_deg=view.fov_deg)
        inverse = DepthScale(meaning, rig).inverse_depth(estimate.values)
        inverse_z = (inverse.map + np.float32(inverse.offset)) / np.float32(inverse.numerator)
        known = np.where(inverse_z > 0, inverse_z, np.float32(np.nan)).astype(np.float32)
        depths.append(ViewDepth(view, known, meaning))
    info = estimator.info
    return ViewEstimates(tuple(depths), meaning, info.title, info.provider, taken_s)
