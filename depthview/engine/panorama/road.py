"""The whole road of one 360° photo, walked anew from where the recipe has changed."""

from collections.abc import Hashable
from pathlib import Path

from depthview.engine.execution.failure import EngineBroken
from depthview.engine.panorama.joining import Joined, joined
from depthview.engine.panorama.opened_models import OpenedModels
from depthview.engine.panorama.photo import Photo, read_photo
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.recipe import ModelUse, Recipe
from depthview.engine.panorama.reconstruct import range_map
from depthview.engine.panorama.stages import Kept, KeptSeveral, Steps
from depthview.engine.panorama.view_estimates import ViewEstimates, estimate_views
from depthview.engine.panorama.views import views_of
from depthview.engine.progress import Report, StopToken, ignore_progress

_OPENING, _JOINING, _SURFACE = 1.0, 1.0, 1.0
"""What these stages cost, in views that a small network is shown."""


class PanoramaRoad:
    """One photo, opened. For one thread, the one that its `models` belong to.

    The last result of each stage is kept, and is made anew only when a part of the recipe changes that it depends on:
    another scale runs nothing else, another weight no model, another model not the first one. What is done when a run
    is stopped, or fails, is there for the next.
    """

    def __init__(self, place: Path, models: OpenedModels) -> None:
        self._place, self._models = place, models
        self._photo = Kept[Photo]()
        self._estimates = KeptSeveral[ViewEstimates]()
        self._joined = Kept[Joined]()
        self._found = Kept[RangeMap]()

    def run(self, recipe: Recipe, *, report: Report = ignore_progress, stop: StopToken | None = None) -> RangeMap:
        """The range map that the recipe makes of the photo; progress runs from 0 to its total once, over all stages.

        Raises UserError when the photo or a model cannot be opened or nothing is seen, Stopped when `stop` is set.
        """
        views = {use: views_of(use.views or recipe.views) for use in recipe.uses}
        total = _OPENING + sum(len(seen) for seen in views.values()) + _JOINING + _SURFACE
        steps = Steps(total, report, stop or StopToken())

        steps.begin("Opening the photo", _OPENING)
        photo_key = (recipe.working_width,)
        photo = self._photo.get(photo_key, lambda: read_photo(self._place, working_width=recipe.working_width))

        keys: list[Hashable] = []
        estimates = []
        for use, seen in views.items():
            key = (photo_key, use.model, use.size_hw, use.views or recipe.views)
            keys.append(key)
            estimates.append(self._estimated(key, photo, use, recipe, steps, len(seen)))
        self._estimates.keep(keys)
        self._models.keep(recipe.uses)

        steps.begin("Joining the views", _JOINING)
        weights = tuple(use.weight for use in recipe.uses)
        joined_key = (tuple(keys), weights)
        together = self._joined.get(joined_key, lambda: joined(estimates, photo.size_hw, weights=weights))

        steps.begin("Finding the surface", _SURFACE)
        found = self._found.get(joined_key, lambda: range_map(photo, together, estimates, weights))
        steps.end("Finding the surface")
        return found

    def clear(self) -> None:
        """Forget everything that is kept."""
        for kept in (self._photo, self._estimates, self._joined, self._found):
            kept.clear()

    def _estimated(
        self, key: Hashable, photo: Photo, use: ModelUse, recipe: Recipe, steps: Steps, share: float
    ) -> ViewEstimates:
        report = steps.begin("Estimating depth", share)

        def estimate() -> ViewEstimates:
            try:
                return estimate_views(
                    photo,
                    views_of(use.views or recipe.views),
                    self._models.get(use),
                    report=report,
                    stop=steps.stop,
                )
            except EngineBroken as error:
                self._models.failed(error)
                raise

        return self._estimates.get(key, estimate)
