"""Rigs of cameras that come again: what was calibrated once holds whenever the same camera is opened."""

import hashlib
from contextlib import suppress
from pathlib import Path

from depthview.engine.atomic import output_folder
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


def _path(identity: str, folder: Path | None) -> Path:
    # Identities hold what no file's name may; the beginning is for people who look into the folder.
    shown = "".join(letter if letter.isalnum() and letter.isascii() else "-" for letter in identity)[-40:].strip("-")
    mark = hashlib.sha256(identity.encode("utf-8", errors="surrogatepass")).hexdigest()[:16]
    return (folder or settings_folder() / "rigs") / f"{shown}-{mark}.yml"
