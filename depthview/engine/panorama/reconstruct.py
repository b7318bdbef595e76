"""The whole road of a 360° photo: views, depth of each, one range for every direction, and the surface that it is."""

from collections.abc import Sequence

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator
from depthview.engine.panorama.doubts import believed, doubts_of
from depthview.engine.panorama.joining import Joined, joined
from depthview.engine.panorama.photo import Photo
from depthview.engine.panorama.range_map import ModelShare, RangeMap
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.sphere import directions
from depthview.engine.panorama.surface import surface_normals
from depthview.engine.panorama.view_estimates import ViewEstimates, estimate_views
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.progress import Progress, Report, StopToken

_STEPS_AFTER_VIEWS = 1


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
    surfaced = range_map(photo, found, [estimates], [1.0])
    report(Progress(steps, steps, "Joining the views"))
    return surfaced


def range_map(photo: Photo, found: Joined, estimates: Sequence[ViewEstimates], weights: Sequence[float]) -> RangeMap:
    """The surface of what was joined, and which models said it.

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
        tuple(
            ModelShare(one.model, one.provider, one.meaning, len(one.depths), weight, one.estimate_s)
            for one, weight in zip(estimates, weights, strict=True)
        ),
        RangeScale.MODEL if all(one.has_metres for one in estimates) else RangeScale.UNKNOWN,
    )
