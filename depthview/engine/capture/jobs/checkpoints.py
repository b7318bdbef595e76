"""The splat files that a training leaves on its way. Knows no torch."""

from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.atomic import writing_error
from depthview.engine.capture.training.files import CHECKPOINTS, iteration_of


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What was learnt after so many iterations, as a whole splat file."""

    iteration: int
    path: Path


def checkpoints(folder: Path) -> tuple[Checkpoint, ...]:
    """Those of the job in `folder`, rising; none where there are none or they cannot be seen."""
    found = []
    with suppress(OSError):
        for path in (folder / CHECKPOINTS).iterdir():
            if (iteration := iteration_of(path.name)) is not None and path.is_file():
                found.append(Checkpoint(iteration, path))
    return tuple(sorted(found, key=lambda checkpoint: checkpoint.iteration))


def set_aside(folder: Path) -> Path | None:
    """Make room for another training of the job: its checkpoints so far stay in the folder that is returned, if any.

    Raises UserError where the system refuses.
    """
    if not checkpoints(folder):
        return None
    number = 1
    while (aside := folder / f"{CHECKPOINTS}-{number}").exists():
        number += 1
    try:
        (folder / CHECKPOINTS).rename(aside)
    except OSError as error:
        raise writing_error(error, aside) from error
    return aside


def forget_older(folder: Path, shown: Path) -> None:
    """Remove the checkpoints before `shown`, one of the job's; nothing where it is none of them (any more).

    What the system will not remove yet, such as a file that is still mapped, stays until the next time.
    """
    known = checkpoints(folder)
    paths = [checkpoint.path for checkpoint in known]
    if shown not in paths:
        return
    for path in paths[: paths.index(shown)]:
        with suppress(OSError):
            path.unlink()
