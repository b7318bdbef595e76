"""Rigs of sources that come again: what was calibrated once holds whenever the same camera is opened, and what lies
beside pictures and was set aside once stays aside."""

import hashlib
import json
from contextlib import suppress
from pathlib import Path

from depthview.engine.atomic import atomic_path, output_folder, writing_error
from depthview.engine.errors import UserError
from depthview.engine.folders import settings_folder
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig, write_rig


def remember(identity: str, rig: CalibratedRig, *, folder: Path | None = None) -> Path:
    """Keep the rig for the source of this identity (`SourceInfo.identity`), in place of an older one; its file.

    The file is whole even after a power cut. Raises UserError where it cannot be written.
    """
    path = _path(identity, folder)
    output_folder(path.parent)
    write_rig(path, rig, durable=True)
    return path


def recall(identity: str, *, folder: Path | None = None) -> CalibratedRig | None:
    """The rig that was kept for this source; None where there is none. Raises UserError where the file is damaged."""
    path = _path(identity, folder)
    if not path.is_file():
        return None
    rig = read_rig(path)
    if not isinstance(rig, CalibratedRig):
        raise UserError("The rig that was kept for this camera is damaged: calibrate it again: {path}", path=path)
    return rig


def forget(identity: str, *, folder: Path | None = None) -> None:
    """Keep no rig for this source any more."""
    with suppress(OSError):
        _path(identity, folder).unlink(missing_ok=True)


def set_aside(identity: str, rig_file: Path, *, folder: Path | None = None) -> None:
    """Go by this file no more for this source, though it lies beside it. Raises UserError where that cannot be kept."""
    path = _aside_path(identity, folder)
    output_folder(path.parent)
    with atomic_path(path, durable=True) as temporary:
        files = sorted(str(file) for file in {*rigs_aside(identity, folder=folder), rig_file})
        temporary.write_text(json.dumps(files), encoding="utf-8")


def rigs_aside(identity: str, *, folder: Path | None = None) -> frozenset[Path]:
    """The files that were set aside for this source."""
    with suppress(OSError, ValueError, TypeError):
        return frozenset(Path(file) for file in json.loads(_aside_path(identity, folder).read_text(encoding="utf-8")))
    return frozenset()


def take_back(identity: str, *, folder: Path | None = None) -> None:
    """Set nothing aside for this source any more. Raises UserError where that cannot be kept."""
    path = _aside_path(identity, folder)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise writing_error(error, path) from error


def _aside_path(identity: str, folder: Path | None) -> Path:
    return _path(identity, folder).with_suffix(".aside.json")


def _path(identity: str, folder: Path | None) -> Path:
    # Identities hold what no file's name may; the beginning is for people who look into the folder.
    shown = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in identity)[-40:].strip("-")
    mark = hashlib.sha256(identity.encode("utf-8", errors="surrogatepass")).hexdigest()[:16]
    return (folder or settings_folder() / "rigs") / f"{shown}-{mark}.yml"
