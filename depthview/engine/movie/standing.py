"""What a folder holds of a movie, before anything is done there: for who is asked where to write."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.movie.folder import asked_of, begun, taken_away
from depthview.engine.movie.journal import read_journal
from depthview.engine.movie.outputs import least_bytes
from depthview.engine.movie.task import MovieTask
from depthview.engine.movie.task_text import Plain, task_of
from depthview.engine.sources import SourceInfo
from depthview.engine.writable import check_folder


@dataclass(frozen=True, slots=True)
class Standing:
    """`frames` of this very task are there already, all of them where it is `finished`.

    `fault`: what lies there is not of this task, and only a new beginning can be made. `begun`: where the same movie
    was made alike but for what is written and how fast its pictures follow, that task; asked for just so, it goes on.
    `lost`: a part of what was finished that is not there any more. `shut`: why nothing can be written there.
    """

    frames: int = 0
    finished: bool = False
    fault: UserError | None = None
    begun: MovieTask | None = None
    lost: Path | None = None
    shut: UserError | None = None


def standing_of(task: MovieTask, info: SourceInfo) -> Standing:
    """Look into `task.folder`; `info` is of the task's open source. A folder that is not there yet is empty."""
    try:
        asked = asked_of(task, info)
        journal = begun(task.folder, asked)
    except UserError as error:
        return Standing(fault=error, begun=_begun_alike(task, info), shut=_shut(task, 0))
    finished = journal.result is not None
    frames = round(info.duration_s * info.fps) if info.duration_s and info.fps else 0
    needed_bytes = 0 if finished else least_bytes(task, info, max(0, frames - journal.frames))
    lost = taken_away(journal.result, task.folder) if journal.result is not None else None
    return Standing(journal.frames, finished, lost=lost, shut=_shut(task, needed_bytes))


def _shut(task: MovieTask, needed_bytes: int) -> UserError | None:
    try:
        check_folder(task.folder, needed_bytes=needed_bytes)
    except UserError as error:
        return error
    return None


def _begun_alike(task: MovieTask, info: SourceInfo) -> MovieTask | None:
    try:
        journal, asked = read_journal(task.folder), asked_of(task, info)
        if journal is None or _made_alike(journal.asked) != _made_alike(asked):
            return None
        return task_of({**journal.asked["how"], "spec": [], "folder": "", "model_files": []})
    except (UserError, ValueError, TypeError, KeyError):
        return None


def _made_alike(asked: Plain) -> tuple[Any, ...]:
    """What must be the same for one movie to be the other but for what is written and how fast it is."""
    how: dict[str, Any] = asked["how"]
    return asked["by"], asked["source"], {name: how[name] for name in how if name not in ("outputs", "fps")}


def folder_for(info: SourceInfo, parent: Path) -> Path:
    """A folder in `parent` that is called after the movie."""
    stem = Path(info.title.split(" + ")[0]).stem or "movie"
    return parent / f"{stem}-depth"
