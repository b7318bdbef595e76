"""What plays, as it plays now, as a task for a whole movie."""

from dataclasses import replace
from pathlib import Path

from depthview.engine.live.settings import LiveSettings
from depthview.engine.models.usual import UsualModels, unhurried
from depthview.engine.movie.task import MovieTask
from depthview.ui.live.look import Look
from depthview.ui.places import Spec
from depthview.ui.settings import Preferences


def movie_task(spec: Spec, folder: Path, settings: LiveSettings, look: Look, preferences: Preferences) -> MovieTask:
    """All that is in force: layout, order, preparation, camera, rig, model, distance. What holds a rate while it plays
    is asked for its best, as the command line does."""
    models = UsualModels(
        *(replace(unhurried(settings.selection_for(eyes)), device=preferences.device) for eyes in (2, 1))
    )
    return MovieTask(
        spec=spec,
        folder=folder,
        road=replace(settings.road, camera=look.camera),
        models=models,
        max_distance_m=look.max_distance_m,
        min_confidence=look.min_confidence,
        model_files=tuple(Path(file) for file in preferences.model_files),
    )
