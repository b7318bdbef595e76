"""A folder that one process works in at a time."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from depthview.engine.atomic import output_folder, remove_unfinished, writing_error
from depthview.engine.errors import UserError


@contextmanager
def held_alone(folder: Path, lock: Path, *, places: Iterable[str], at_work: str) -> Iterator[None]:
    """Hold `lock`, a file in `folder` or below it; what an earlier process left half written in the folder and in its
    `places` is taken away first.

    The system lets go of the lock when a process ends, however it does. Raises UserError, with the sentence `at_work`
    and the folder's path, where another holds it.
    """
    output_folder(lock.parent)
    file_lock = FileLock(lock, timeout=0)
    try:
        file_lock.acquire()
    except Timeout as error:
        raise UserError(at_work, path=folder) from error
    except OSError as error:
        raise writing_error(error, folder) from error
    try:
        for place in (folder, *(folder / name for name in places)):
            remove_unfinished(place)
        yield
    finally:
        file_lock.release()
