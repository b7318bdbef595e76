"""The whole road of one 360° photo, walked anew from where the recipe has changed."""

from collections.abc import Hashable, Sequence
from pathlib import Path

from depthview.engine.panorama.estimating.asking import Question, Said, ask
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.estimating.preprocessing import preprocessed
from depthview.engine.panorama.estimating.view_estimates import ViewEstimates
from depthview.engine.panorama.estimating.whole_estimate import WholeEstimate
from depthview.engine.panorama.levelling.levelled import levelled, tilt_of
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.merging.joining import Joined, joined
from depthview.engine.panorama.metres.scaling import in_metres
from depthview.engine.panorama.opening.photo import Photo, read_photo
from depthview.engine.panorama.range_map import ModelShare, RangeMap
from depthview.engine.panorama.recipe import Levelling, Mask, Recipe
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.stages import Kept, KeptSeveral, Steps
from depthview.engine.panorama.surface.doubts import Doubt, believed
from depthview.engine.panorama.surface.surfacing import Surface, surface_of
from depthview.engine.progress import Report, StopToken, ignore_progress

_OPENING, _LEVELLING, _JOINING, _SURFACE = 4.0, 6.0, 2.0, 12.0
"""What these stages cost, in views that a small network is shown; measured at 2048 columns."""


class PanoramaRoad:
    """One photo, opened. For one thread, the one that its `models` belong to, which may serve other roads too.

    The last result of each stage is kept, and is made anew only when a part of the recipe changes that it depends on:
    another scale runs nothing else, another weight no model, one more model not the first one. What is done when a run
    is stopped, or fails, is there for the next.
    """

    def __init__(self, place: Path, models: OpenedModels) -> None:
        self._place, self._models = place, models
        self._photo, self._tilt, self._upright = Kept[Photo](), Kept[Tilt | None](), Kept[Photo]()
        self._shown = Kept[Photo]()
        self._estimates = KeptSeveral[Said]()
        self._joined = Kept[Joined]()
        self._surface = Kept[Surface]()
        self._found = Kept[RangeMap]()

    def run(self, recipe: Recipe, *, report: Report = ignore_progress, stop: StopToken | None = None) -> RangeMap:
        """The range map that the recipe makes of the photo; progress runs from 0 to its total once, over all stages.

        Raises UserError when the photo or a model cannot be opened or nothing is seen, Stopped when `stop` is set.
        """
        questions = [
            Question(use, None if self._models.sees_whole(use) else use.views or recipe.views) for use in recipe.uses
        ]
        total = _OPENING + _LEVELLING + sum(question.cost for question in questions) + _JOINING + _SURFACE
        steps = Steps(total, report, stop or StopToken())

        steps.begin("Opening the photo", _OPENING)
        width = recipe.working_width
        as_taken = self._photo.get(width, lambda: read_photo(self._place, working_width=width))

        steps.begin("Levelling the photo", _LEVELLING)
        tilt = self._tilt.get((width, recipe.level), lambda: _tilt(as_taken, recipe.level))
        photo = self._upright.get((width, tilt), lambda: as_taken if tilt is None else levelled(as_taken, tilt))

        turned = None if photo is as_taken else tilt
        shown = self._shown.get((width, turned, recipe.preprocess), lambda: preprocessed(photo, recipe.preprocess))
        keys = [(width, turned, recipe.preprocess, question.key) for question in questions]
        said = [self._said(key, question, shown, steps) for key, question in zip(keys, questions, strict=True)]
        self._estimates.keep(keys)
        self._models.keep(recipe.uses)

        steps.begin("Joining the views", _JOINING)
        weights = tuple(use.weight for use in recipe.uses)
        joined_key = (tuple(keys), weights, recipe.layout_prior)
        together = self._joined.get(
            joined_key,
            lambda: joined(said, photo.size_hw, weights=weights, layout_prior=recipe.layout_prior),
        )

        steps.begin("Finding the surface", _SURFACE)
        surface_key = (joined_key, recipe.refine)
        surface = self._surface.get(surface_key, lambda: surface_of(photo, together, refine=recipe.refine))
        shares = tuple(
            ModelShare(one.model, one.provider, one.meaning, _views_in(one), weight, one.estimate_s)
            for one, weight in zip(said, weights, strict=True)
        )
        notices = _notices(tilt, recipe.level, said)
        found = self._found.get(
            (surface_key, tilt, recipe.masks, recipe.scale, notices),
            lambda: _range_map(photo, tilt, surface, shares, recipe, notices),
        )
        steps.end()
        return found

    def _said(self, key: Hashable, question: Question, photo: Photo, steps: Steps) -> Said:
        report = steps.begin("Estimating depth", question.cost)
        return self._estimates.get(key, lambda: ask(question, photo, self._models, report=report, stop=steps.stop))


_NO_LINES = "There are no straight edges in the photo to tell its tilt by: it is taken as it is."
_NOT_LEVELLED = "The model has only seen cameras held level: if this one was tilted, level the photo."
_DOUBTS = {Mask.SKY: Doubt.SKY, Mask.WINDOWS: Doubt.WINDOW, Mask.EDGES: Doubt.EDGE, Mask.POLES: Doubt.POLE}


def _tilt(photo: Photo, level: Levelling | Tilt) -> Tilt | None:
    if isinstance(level, Tilt):
        return level
    return tilt_of(photo.image) if level is Levelling.AUTO else None


def _notices(tilt: Tilt | None, level: Levelling | Tilt, said: Sequence[Said]) -> tuple[str, ...]:
    if tilt is None and level is Levelling.AUTO:
        return (_NO_LINES,)
    if level is Levelling.OFF and any(isinstance(one, WholeEstimate) and one.needs_level for one in said):
        return (_NOT_LEVELLED,)
    return ()


def _views_in(said: Said) -> int:
    return len(said.depths) if isinstance(said, ViewEstimates) else 0


def _range_map(
    photo: Photo,
    tilt: Tilt | None,
    surface: Surface,
    shares: tuple[ModelShare, ...],
    recipe: Recipe,
    notices: tuple[str, ...],
) -> RangeMap:
    valid = believed(surface.doubts, [_DOUBTS[mask] for mask in recipe.masks])
    scale = RangeScale.MODEL if any(share.has_metres for share in shares) else RangeScale.UNKNOWN
    found = RangeMap(surface.range, surface.normals, valid, surface.doubts, photo, shares, scale, notices, tilt)
    return in_metres(found, recipe.scale)
