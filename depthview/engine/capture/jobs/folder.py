"""A job's folder: what lies where, written so that a power cut leaves all of a file or nothing."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.poses.marks import MARKS
from depthview.engine.capture.training.files import CHECKPOINTS, STATE
from depthview.engine.errors import UserError
from depthview.engine.held import held_alone
from depthview.engine.reading import reading

ASKED = "job.json"
LOG = "log.txt"

_LOCK = "job.lock"
_TAIL_BYTES = 64 << 10
_LARGEST_ASKED = 16 << 20
"""Bytes; photos that were dropped one by one are each named in it."""

_NO_JOB = "This folder holds no job that can be read: start it anew from its photos: {path}"
_AT_WORK = "This job is at work already: wait for it or stop it first: {path}"


def write_asked(folder: Path, asked: Asked) -> None:
    """Make the folder one of this job. Raises UserError where it cannot be written."""
    output_folder(folder)
    with atomic_path(folder / ASKED, durable=True) as temporary:
        temporary.write_bytes(asked.to_bytes())


def read_asked(folder: Path) -> Asked:
    """Raises UserError where there is no job or its file is damaged."""
    path = folder / ASKED
    with reading(path), path.open("rb") as stream:
        raw = stream.read(_LARGEST_ASKED)
    try:
        return Asked.from_bytes(raw)
    except ValueError as error:
        raise UserError(_NO_JOB, details=str(error), path=folder) from error


def holds_job(folder: Path) -> bool:
    return (folder / ASKED).is_file()


def holds_something_else(folder: Path) -> bool:
    """Whether files lie there that no job put there. Raises UserError where that cannot be seen."""
    if not folder.is_dir():
        return False
    with reading(folder):
        names = {path.name for path in folder.iterdir()}
    return not holds_job(folder) and bool({name for name in names if not name.startswith(".")} - {_LOCK, LOG})


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """One process works in a folder at a time; what an earlier one left half written is taken away.

    The system lets go of the lock when a process ends, however it does. Raises UserError where another holds it.
    """
    with held_alone(folder, folder / _LOCK, places=(MARKS, STATE, CHECKPOINTS), at_work=_AT_WORK):
        yield


def remove_folder(folder: Path) -> None:
    """Take a job's own folder away with all in it. Raises UserError where something cannot be removed."""
    try:
        shutil.rmtree(folder)
    except FileNotFoundError:
        return
    except OSError as error:
        raise UserError(
            "This job's folder could not be removed: close what shows it and try again: {path}",
            details=str(error),
            path=folder,
        ) from error


def log_tail(folder: Path, lines: int) -> tuple[str, ...]:
    """The last lines of the job's log, the oldest first; none where there is none yet. Raises UserError where it cannot
    be read."""
    path = folder / LOG
    if not path.exists():
        return ()
    with reading(path), path.open("rb") as stream:
        size = stream.seek(0, os.SEEK_END)
        start = max(0, size - _TAIL_BYTES)
        stream.seek(start)
        found = stream.read().decode(errors="replace").splitlines()
    return tuple(found[1 if start else 0 :][-lines:])
