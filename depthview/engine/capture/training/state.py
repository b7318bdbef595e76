"""The whole state of a training, kept on disk twice: a damaged one is passed over for the one before."""

import hashlib
import re
from collections.abc import Sequence
from pathlib import Path

from depthview.engine.atomic import output_folder, remove_unfinished
from depthview.engine.capture.training.arrays_file import DamagedStateError, read_arrays, write_arrays
from depthview.engine.capture.training.loop import Training
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.errors import UserError

_NAME = re.compile(r"iteration_(\d{6,9})\.state")
_KEPT = 2
_FOREIGN = "This saved state is of other photos or of another training: remove it to begin anew: {path}"


def save_state(training: Training, seconds: float, path: Path) -> None:
    """Write all or nothing; `seconds` of training until here. Raises UserError where the disk refuses."""
    about, arrays = training.state()
    whole = about | {"settings": training.settings.to_json(), "photos": _identity(training), "seconds": seconds}
    write_arrays(path, whole, arrays)


def load_state(training: Training, path: Path) -> float:
    """Have `training` go on from there; the seconds it took until there.

    Another cap of splats than the one saved is none of a difference: it may have been lowered to go on. Raises
    DamagedStateError, and UserError for a state of other photos or settings; training is then as it was.
    """
    about, arrays = read_arrays(path)
    try:
        saved = TrainingSettings.from_json(about["settings"])
        if saved.with_cap(training.settings.max_splats) != training.settings or about["photos"] != _identity(training):
            raise UserError(_FOREIGN, path=path)
        training.restore(about, arrays)
        return float(about["seconds"])
    except (ValueError, TypeError, KeyError, IndexError, OverflowError) as error:
        raise DamagedStateError(path, repr(error)) from error


def keep_state(training: Training, seconds: float, folder: Path) -> Path:
    """Save into `folder`; of all states in it the two newest stay."""
    path = output_folder(folder) / f"iteration_{training.iteration:06d}.state"
    save_state(training, seconds, path)
    for old in _states(folder)[_KEPT:]:
        old.unlink(missing_ok=True)
    return path


def resume(training: Training, folder: Path) -> tuple[float, Sequence[Path]]:
    """Go on from the newest whole state in `folder`, or from the start where there is none.

    Returns the seconds until there and the damaged states that were passed over and removed. Raises UserError for a
    state of another training, or where one cannot be read.
    """
    remove_unfinished(folder)
    passed: list[Path] = []
    for path in _states(folder):
        try:
            return load_state(training, path), passed
        except DamagedStateError:
            path.unlink(missing_ok=True)
            passed.append(path)
    return 0.0, passed


def _states(folder: Path) -> list[Path]:
    """The newest first."""
    numbered = [(int(match[1]), path) for path in folder.glob("*.state") if (match := _NAME.fullmatch(path.name))]
    return [path for _, path in sorted(numbered, reverse=True)]


def _identity(training: Training) -> str:
    """Of the photos that are learnt from: names, sizes, cameras and pixels."""
    made = hashlib.blake2b(digest_size=16)
    for photo in training.photos.learnt:
        shown = photo.sizes[1]
        made.update(repr((photo.name, shown.pixels.shape)).encode())
        made.update(shown.camera.rotation.tobytes() + shown.camera.translation.tobytes() + shown.pixels.tobytes())
    return made.hexdigest()
