"""A folder of 360° photos, made one after another beside the window."""

from dataclasses import dataclass
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.panorama.batch import Order, State, jobs_in, make_all
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.recipe import Recipe
from depthview.engine.progress import Report, StopToken
from depthview.ui.panorama.studio import for_another
from depthview.ui.settings import Preferences


@dataclass(frozen=True, slots=True)
class FolderOutcome:
    """How many photos were made, how many had been before, and why the others could not be."""

    made: int
    finished_before: int
    faults: tuple[UserError, ...]


def make_folder(
    photos: Path, output: Path, recipe: Recipe, preferences: Preferences, report: Report, stop: StopToken
) -> FolderOutcome:
    """Raises UserError when there is no photo, or a model cannot be opened; Stopped when `stop` is set."""
    models = OpenedModels([Path(file) for file in preferences.model_files], device=preferences.device)
    try:
        done = list(make_all(jobs_in(photos, output), Order(for_another(recipe)), models, report=report, stop=stop))
    finally:
        models.close()
    states = [one.state for one in done]
    return FolderOutcome(
        states.count(State.MADE),
        states.count(State.FINISHED),
        tuple(one.fault for one in done if one.fault is not None),
    )
