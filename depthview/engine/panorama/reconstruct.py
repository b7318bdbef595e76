"""The whole road of a 360° photo: views, depth of each, one range for every direction, and the surface that it is."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.depth import MEASURED, DepthScale
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator
from depthview.engine.frames import Meaning, StereoPair, Values
from depthview.engine.panorama.alignment import log_scales
from depthview.engine.panorama.merge import merged_log_range
from depthview.engine.panorama.photo import Photo
from depthview.engine.panorama.sphere import directions, surrounded
from depthview.engine.panorama.surface import surface_normals, valid_mask
from depthview.engine.panorama.view_depth import ViewDepth
from depthview.engine.panorama.views import View, ViewSet, draw_view, views_of
from depthview.engine.progress import Progress, Report, StopToken

_VIEW_SIDES = (256, 768)
_STEPS_AFTER_VIEWS = 1


@dataclass(frozen=True, slots=True)
class RangeMap:
    """How far everything around a photo's camera is, and the surface that this makes.

    `range`: (H, W) float32 along the ray, in metres where `has_metres` says so, else in a unit that nobody knows; NaN
    unknown. `normals`: (H, W, 3) float32 unit vectors towards the eye, x right, y down, z forward. `valid`: (H, W)
    bool, where both can be believed. `meaning` is what the model said of each view, `log_scales` what was added to the
    logarithm of each view's range, in the order of `views`.
    """

    range: Values
    normals: NDArray[np.float32]
    valid: NDArray[np.bool_]
    photo: Photo
    views: tuple[View, ...]
    log_scales: tuple[float, ...]
    meaning: Meaning
    model: str
    provider: str
    estimate_s: float

    @property
    def has_metres(self) -> bool:
        """Whether the model says metres; nobody has measured them."""
        return self.meaning in MEASURED


def reconstruct(photo: Photo, view_set: ViewSet, estimator: Estimator, *, report: Report, stop: StopToken) -> RangeMap:
    """The range of everything around, by a model for one eye that is shown one view after another.

    Raises UserError when the model looks through two eyes or says nothing of any view, Stopped when `stop` is set.
    """
    if estimator.info.eyes != 1:
        raise UserError(
            "The model {name} needs two eyes, and a panorama has one: choose a model for one eye with --model.",
            name=estimator.info.title,
        )
    views = views_of(view_set)
    depths, meaning, estimate_s = _estimate(photo, views, estimator, report, stop)
    report(Progress(len(views), len(views) + _STEPS_AFTER_VIEWS, "Joining the views"))
    scales = log_scales(depths)
    stop.raise_if_stopped()
    log_range, known = merged_log_range(depths, scales, photo.size_hw)
    stop.raise_if_stopped()
    if not (known & photo.covered).any():
        raise UserError(
            "The model {name} sees no depth in this panorama: choose another model: {path}",
            name=estimator.info.title,
            path=photo.title,
        )
    towards = directions(photo.size_hw)
    range_m = np.exp(log_range)
    normals = surface_normals(range_m, towards)
    valid = valid_mask(photo.image, photo.covered, known, normals, towards)
    report(Progress(len(views) + _STEPS_AFTER_VIEWS, len(views) + _STEPS_AFTER_VIEWS, "Joining the views"))
    info = estimator.info
    return RangeMap(
        np.where(known & photo.covered, range_m, np.float32(np.nan)),
        normals,
        valid,
        photo,
        views,
        tuple(float(scale) for scale in scales),
        meaning,
        info.title,
        info.provider,
        estimate_s,
    )


def _estimate(
    photo: Photo, views: Sequence[View], estimator: Estimator, report: Report, stop: StopToken
) -> tuple[list[ViewDepth], Meaning, float]:
    """Every view's depth, what the model says that is, and the seconds that the model itself took."""
    around = surrounded(photo.image)
    depths: list[ViewDepth] = []
    meaning, taken_s = estimator.info.meaning, 0.0
    for number, view in enumerate(views):
        stop.raise_if_stopped()
        report(Progress(number, len(views) + _STEPS_AFTER_VIEWS, "Estimating depth"))
        side = int(np.clip(round(photo.size_hw[1] * view.fov_deg / 360), *_VIEW_SIDES))
        picture = draw_view(view, around, side)
        started_s = time.perf_counter()
        estimate = estimator.estimate(StereoPair(picture, picture, number, 0.0, started_s, view.fov_deg))
        taken_s += time.perf_counter() - started_s
        meaning = estimate.meaning
        rig = StereoRig.from_fov((side, side), fov_deg=view.fov_deg)
        inverse = DepthScale(meaning, rig).inverse_depth(estimate.values)
        inverse_z = (inverse.map + np.float32(inverse.offset)) / np.float32(inverse.numerator)
        depths.append(ViewDepth(view, np.where(inverse_z > 0, inverse_z, np.float32(np.nan)).astype(np.float32)))
    return depths, meaning, taken_s
