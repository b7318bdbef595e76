"""The whole road of a 360° photo: views, depth of each, one range for every direction, and the surface that it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.depth import MEASURED
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator
from depthview.engine.frames import Meaning, Values
from depthview.engine.panorama.doubts import Doubts, believed, doubts_of
from depthview.engine.panorama.joining import Joined, joined
from depthview.engine.panorama.photo import Photo
from depthview.engine.panorama.sphere import directions
from depthview.engine.panorama.surface import surface_normals
from depthview.engine.panorama.view_estimates import ViewEstimates, estimate_views
from depthview.engine.panorama.views import View, ViewSet, views_of
from depthview.engine.progress import Progress, Report, StopToken

_STEPS_AFTER_VIEWS = 1


@dataclass(frozen=True, slots=True)
class RangeMap:
    """How far everything around a photo's camera is, and the surface that this makes.

    `range`: (H, W) float32 along the ray, in metres where `has_metres` says so, else in a unit that nobody knows; NaN
    unknown. `normals`: (H, W, 3) float32 unit vectors towards the eye, x right, y down, z forward. `valid`: (H, W)
    bool, where both can be believed; `doubts`: (H, W) uint8, why elsewhere not (doubts.py). `meaning` is what the model
    said of each view, `log_scales` what was added to the logarithm of each view's range, in the order of `views`.
    """

    range: Values
    normals: NDArray[np.float32]
    valid: NDArray[np.bool_]
    doubts: Doubts
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
    views = views_of(view_set)
    steps = len(views) + _STEPS_AFTER_VIEWS

    def report_view(progress: Progress) -> None:
        report(Progress(progress.done, steps, progress.label))

    estimates = estimate_views(photo, views, estimator, report=report_view, stop=stop)
    report(Progress(len(views), steps, "Joining the views"))
    stop.raise_if_stopped()
    found = joined([estimates], photo.size_hw)
    stop.raise_if_stopped()
    surfaced = range_map(photo, found, [estimates])
    report(Progress(steps, steps, "Joining the views"))
    return surfaced


def range_map(photo: Photo, found: Joined, estimates: Sequence[ViewEstimates]) -> RangeMap:
    """The surface of what was joined, and who said it: the first model is named, all its views are.

    Raises UserError when nothing that the photo shows is known.
    """
    first = estimates[0]
    if not (found.known & photo.covered).any():
        raise UserError(
            "The model {name} sees no depth in this panorama: choose another model: {path}",
            name=first.model,
            path=photo.title,
        )
    towards = directions(photo.size_hw)
    range_m = np.exp(found.log_range)
    normals = surface_normals(range_m, towards)
    doubts = doubts_of(photo.image, photo.covered, found.known, range_m, normals, towards)
    return RangeMap(
        np.where(found.known & photo.covered, range_m, np.float32(np.nan)),
        normals,
        believed(doubts),
        doubts,
        photo,
        tuple(depth.view for depth in first.depths),
        found.log_scales,
        first.meaning,
        first.model,
        first.provider,
        sum(one.estimate_s for one in estimates),
    )
