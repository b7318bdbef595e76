"""A rig that lies where the pictures lie: data sets and calibrated cameras bring theirs along."""

import os
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from depthview.engine.camera import StereoRig
from depthview.engine.errors import UserError
from depthview.engine.sentence import Sentence
from depthview.engine.stereo.rigs.remembered import rigs_aside
from depthview.engine.stereo.rigs.rig_file import Rig, read_rig

_NAMED = ("calib.txt", "calibration.txt", "k.txt", "cam_k.txt", "calib_cam_to_cam.txt")
_SUFFIXES = (".yml", ".yaml", ".xml")
_TOLD_BY = ("calib", "stereo", "rig", "extrinsic", "camera", "camchain", "left")
"""What the name of such a file has in it; others are settings of programs, and are not opened."""
_MOST_NAMES = 20_000
_MOST_TRIED = 12
_RECTIFIED = "rect"


@dataclass(frozen=True, slots=True)
class FoundRig:
    """`rig` is None where it may not be used; `reason` says why, or whence it is, in one sentence.

    `path` is that of a file which lies beside the pictures, and which a person may have `set_aside` for them.
    """

    rig: Rig | None
    reason: Sentence
    path: Path | None = None
    set_aside: bool = False


def rig_beside(identity: str, size_hw: tuple[int, int]) -> FoundRig | None:
    """The rig in the folder of a source's pictures, whose eyes have this size; None where there is none.

    `identity` is the source's own: a path, or two with ` | ` between them. Only files are opened that are named like
    calibrations. Nothing that lies there is an error: nobody asked for it.
    """
    places = [Path(part) for part in identity.split(" | ")]
    aside = rigs_aside(identity)
    failure: FoundRig | None = None
    for path in islice(dict.fromkeys(path for place in places for path in _candidates(place)), _MOST_TRIED):
        if path in aside:
            if failure is None or not failure.set_aside:  # there is a way back, which other failures have not
                failure = laid_aside(path)
            continue
        try:
            found = _usable(read_rig(path, pictures_hw=size_hw), path, places, size_hw)
        except UserError as error:
            # Of another kind of file with such a name there is nothing to say.
            said = Sentence("{name} beside the pictures is of no use: {why}", name=path.name, why=error)
            found = FoundRig(None, said, path)
            if path.name.lower() not in _NAMED:
                continue
        if found.rig is not None:
            return found
        failure = failure or found
    return failure


def laid_aside(path: Path) -> FoundRig:
    """What is to be said of a rig that was set aside."""
    said = Sentence("{name} lies beside the pictures, and is set aside for them", name=path.name)
    return FoundRig(None, said, path, set_aside=True)


def _candidates(place: Path) -> list[Path]:
    """Files beside `place`, or in it where it is a folder, that may be calibrations; the likeliest first."""
    try:
        folder = place if place.is_dir() else place.parent
        if not place.exists():
            return []  # a camera, a web address
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, _MOST_NAMES))
    except (OSError, ValueError):
        return []
    known = [name for name in names if name.lower() in _NAMED]
    likely = [name for name in names if name.lower().endswith(_SUFFIXES) and any(t in name.lower() for t in _TOLD_BY)]
    return [folder / name for name in known + likely]


def _usable(rig: Rig, path: Path, places: list[Path], size_hw: tuple[int, int]) -> FoundRig:
    """Raises UserError where the rig's numbers lead nowhere."""

    def said(template: str) -> Sentence:
        return Sentence(template, name=path.name)

    found = FoundRig(rig, said("{name} lies beside the pictures"), path)
    if isinstance(rig, StereoRig):
        return found  # it knows its width only, and the principal point is near the middle of the height
    if any(_RECTIFIED in place.stem.lower() for place in places):
        words = said("{name} is not used: the pictures' names say that they are rectified already")
        return FoundRig(None, words, path)
    if not rig.fits(size_hw):
        return FoundRig(None, said("{name} is not used: it was measured with pictures of another shape"), path)
    rig.warp(size_hw)
    return found
