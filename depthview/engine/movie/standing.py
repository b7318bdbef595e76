"""What a folder holds of a movie, before anything is done there: for who is asked where to write."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.movie.folder import asked_of, begun
from depthview.engine.movie.journal import read_journal
from depthview.engine.movie.task import MovieOutputs, MovieTask
from depthview.engine.movie.task_text import Plain, task_of
from depthview.engine.sources import SourceInfo


@dataclass(frozen=True, slots=True)
class Standing:
    """`frames` of this very task are there already, all of them where it is `finished`.

    `fault`: what lies there is not of this task, and only a new beginning can be made. `outputs`: where the same movie
    was made alike but for what is written, what that is; asked for just so, it goes on.
    """

    frames: int = 0
    finished: bool = False
    fault: UserError | None = None
    outputs: MovieOutputs | None = None


def standing_of(task: MovieTask, info: SourceInfo) -> Standing:
    """Look into `task.folder`; `info` is of the task's open source. A folder that is not there yet is empty."""
    try:
        asked = asked_of(task, info)
        journal = begun(task.folder, asked)
    except UserError as error:
        return Standing(fault=error, outputs=_outputs_of_another(task, info))
    return Standing(journal.frames, journal.result is not None)


def _outputs_of_another(task: MovieTask, info: SourceInfo) -> MovieOutputs | None:
    try:
        journal, asked = read_journal(task.folder), asked_of(task, info)
        if journal is None or _but_outputs(journal.asked) != _but_outputs(asked):
            return None
        return task_of({**journal.asked["how"], "spec": [], "folder": "", "model_files": []}).outputs
    except (UserError, ValueError, TypeError, KeyError):
        return None


def _but_outputs(asked: Plain) -> tuple[Any, ...]:
    how: dict[str, Any] = asked["how"]
    return asked["by"], asked["source"], {name: value for name, value in how.items() if name != "outputs"}


def folder_for(info: SourceInfo, parent: Path) -> Path:
    """A folder in `parent` that is called after the movie."""
    stem = Path(info.title.split(" + ")[0]).stem or "movie"
    return parent / f"{stem}-depth"
