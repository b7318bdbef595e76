"""The estimators for pictures of one eye and of two: opened when the first such picture comes, and kept."""

from depthview.engine.estimators.base import Estimator
from depthview.engine.models.guarded import GuardedEstimator
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.usual import UsualModels


class EstimatorsByEyes:
    """Opens what `models` says, guarded as `GuardedEstimator` says. For one thread, which also closes it."""

    def __init__(self, models: UsualModels, library: ModelLibrary) -> None:
        """Raises UserError when there is no such model: a wrong name is said before anything else is opened."""
        self._models, self._library = models, library
        self._opened: dict[str, Estimator] = {}
        for eyes in (1, 2):
            library.find(models.of(eyes).model_id)

    def of(self, eyes: int) -> Estimator:
        """The one for so many eyes. Raises UserError when it cannot be opened."""
        selection = self._models.of(eyes)
        if selection.model_id not in self._opened:
            family = self._library.find(selection.model_id)
            self._opened[selection.model_id] = GuardedEstimator(selection, family, self._library.open_estimator)
        return self._opened[selection.model_id]

    def close(self) -> None:
        for estimator in self._opened.values():
            estimator.close()
        self._opened.clear()
