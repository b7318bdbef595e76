"""The folder that a movie is written into: one run at a time, for one movie, and what lies where."""

import hashlib
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import av

from depthview import __version__
from depthview.engine.atomic import writing_error
from depthview.engine.errors import UserError
from depthview.engine.held import held_alone
from depthview.engine.movie.journal import JOURNAL, Journal, read_journal
from depthview.engine.movie.memory import forget_memories
from depthview.engine.movie.otherwise import refusal
from depthview.engine.movie.task import PICTURES_FPS, MovieTask
from depthview.engine.movie.task_text import Plain, plain_of
from depthview.engine.reading import reading
from depthview.engine.sources import SourceInfo
from depthview.engine.sources.folder import pictures_in

PARTS = "parts"
"""The folder in which films lie until they are whole; gone when all is done."""
SEQUENCES = ("depth", "values", "clouds")
"""The folders in which there is a file for a frame."""

_LOCK = "lock"
_NAMED = re.compile(r"(disparity|depth|relative|cloud)_\d{6,}\.(png|npy|pfm|exr|ply)")
_HEAD_BYTES = 1 << 20
_AT_WORK = "This movie is being made already: wait for it or stop it first: {path}"
_STRANGERS = "Frames of another movie lie here: choose another folder, or let them be replaced with --anew: {path}"


def asked_of(task: MovieTask, info: SourceInfo) -> Plain:
    """What must stay the same for a later run to go on: the movie, how it is made, and by which version."""
    how = plain_of(task)
    files = [path for path in map(Path, how.pop("spec")) if path.exists()]
    del how["folder"], how["model_files"]  # they may be moved
    if how["fps"] == PICTURES_FPS:
        how["fps"] = None  # one may say what is usual or leave it out
    source = [_of_folder(path) if path.is_dir() else _fingerprint(path) for path in files] or info.identity
    return {"by": [__version__, av.__version__], "source": source, "how": how}


def begun(folder: Path, asked: Plain) -> Journal:
    """What is finished of it; nothing yet where no journal is. Raises UserError where it is another movie's folder."""
    journal = read_journal(folder)
    if journal is None:
        if next(_frame_files(folder), None) is not None:
            raise UserError(_STRANGERS, path=folder)
        return Journal(asked)
    if journal.asked != asked:
        raise refusal(journal.asked, asked, folder)
    return journal


def clear(folder: Path) -> None:
    """Take away what an earlier movie left: files of frames that the new one does not have would be taken for its own.

    Raises UserError where it cannot be removed.
    """
    try:
        for path in [*_frame_files(folder), *(folder / PARTS).glob("*.m??"), folder / JOURNAL]:
            path.unlink(missing_ok=True)
        forget_memories(folder / PARTS)
    except OSError as error:
        raise writing_error(error, folder) from error


def _frame_files(folder: Path) -> Iterator[Path]:
    """What lies there and is called as the files of frames are."""
    for place in SEQUENCES:
        if (folder / place).is_dir():
            with reading(folder / place):
                yield from (path for path in (folder / place).iterdir() if _NAMED.fullmatch(path.name))


def written(result: Plain, folder: Path) -> list[Path]:
    """Where the outputs of a finished movie lie by now: the folder may have been moved since."""
    return [folder / Path(path).name for path in result["outputs"]]


def taken_away(result: Plain, folder: Path) -> Path | None:
    """What was written and is not there any more; None where nothing is missing."""
    return next((path for path in written(result, folder) if not path.exists()), None)


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """One run works in a folder at a time; what an earlier one left half written is taken away.

    The system lets go of the lock when a process ends, however it does. Raises UserError where another holds it.
    """
    lock = held_alone(folder, folder / PARTS / _LOCK, places=(PARTS, *SEQUENCES), at_work=_AT_WORK)
    with ExitStack() as afterwards, lock:
        afterwards.callback(_tidy, folder)  # once the lock is let go of, and only if it was held
        yield


def _tidy(folder: Path) -> None:
    parts = list((folder / PARTS).glob("*"))
    if all(path.name == _LOCK for path in parts):
        with suppress(OSError):
            shutil.rmtree(folder / PARTS)
            folder.rmdir()  # only where nothing was written at all


def _of_folder(path: Path) -> Plain:
    """The pictures in it: one more would give all that come after it another number."""
    with reading(path):
        found = sorted((str(one.relative_to(path)), one.stat().st_size) for one in pictures_in(path))
    names = hashlib.sha256(repr(found).encode()).hexdigest()
    return {"name": path.resolve().name, "pictures": len(found), "names": names}


def _fingerprint(path: Path) -> Plain:
    """What tells a file from others of its name, at no great cost."""
    with reading(path), path.open("rb") as stream:
        head = hashlib.sha256(stream.read(_HEAD_BYTES)).hexdigest()
        size = stream.seek(0, 2)
    return {"name": path.name, "bytes": size, "head": head}
