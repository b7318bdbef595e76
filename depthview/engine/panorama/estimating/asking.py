"""What a model says of a panorama: asked once, or one view after another, as it was made to be."""

from collections.abc import Hashable
from dataclasses import dataclass

from depthview.engine.execution.failure import EngineBroken, OutOfMemory
from depthview.engine.panorama.estimating.estimate_whole import estimate_whole
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.estimating.view_estimates import ViewEstimates, estimate_views
from depthview.engine.panorama.estimating.whole_estimate import WholeEstimate
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.panorama.recipe import ModelUse
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.progress import Report, StopToken

Said = ViewEstimates | WholeEstimate
_WHOLE_COST = 12.0


@dataclass(frozen=True, slots=True)
class Question:
    """A model, and the views that it is shown; None where it takes the whole panorama."""

    use: ModelUse
    view_set: ViewSet | None

    @property
    def key(self) -> Hashable:
        """The same for questions that have the same answer."""
        return self.use.model, self.use.size_hw, self.view_set

    @property
    def cost(self) -> float:
        """In views that a small network is shown."""
        return _WHOLE_COST if self.view_set is None else float(len(views_of(self.view_set)))


def ask(question: Question, photo: Photo, models: OpenedModels, *, report: Report, stop: StopToken) -> Said:
    """The answer. Once an engine has broken, or is out of memory, it is asked again where that cannot be.

    Raises UserError when the model cannot be opened or fails there too, Stopped when `stop` is set.
    """
    try:
        return _answer(question, photo, models, report, stop)
    except EngineBroken:
        if not models.run_apart():
            raise
    except OutOfMemory:
        if question.view_set is not None or not models.run_on_cpu(question.use):
            raise  # for views it was seen to by the model itself
    return _answer(question, photo, models, report, stop)


def _answer(question: Question, photo: Photo, models: OpenedModels, report: Report, stop: StopToken) -> Said:
    if question.view_set is not None:
        views = views_of(question.view_set)
        return estimate_views(photo, views, models.get(question.use), report=report, stop=stop)
    return estimate_whole(photo, models.get_whole(question.use), report=report, stop=stop)
