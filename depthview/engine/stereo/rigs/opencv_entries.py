"""A rig from named matrices, as OpenCV's users write them: everybody spells them otherwise."""

import re
from collections.abc import Iterator, Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import EYE_DISTANCE_M
from depthview.engine.stereo.rigs.checks import checked
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.storage import Entry

_SIDES = (("left", "right"), ("l", "r"), ("1", "2"), ("0", "1"))
_MATRIX = ("cameramatrix", "k", "m", "intrinsic", "intrinsics", "intrinsicmatrix", "mtx", "camera", "cam", "mat")
_DISTORTION = ("distcoeffs", "distcoeff", "distortion", "distortioncoefficients", "distortioncoeffs", "dist", "d", "kc")
_ROTATION = ("r", "rotation", "rotationmatrix", "rmat", "rot", "rmatrix", "stereor", "rvec", "om")
_TRANSLATION = ("t", "translation", "translationvector", "trans", "tvec", "tmat", "stereot")
_SIZE = ("imagesize", "imgsize", "imsize", "size", "resolution", "framesize")
_WIDTH, _HEIGHT = ("imagewidth", "width", "imgwidth", "w"), ("imageheight", "height", "imgheight", "h")
_SEEN = ("validroil", "validroileft", "validroi1", "roi1")
_FISHEYE_WORDS = ("equidistant", "fisheye", "kannala")
_UNITS_M = {"m": 1.0, "metre": 1.0, "meter": 1.0, "metres": 1.0, "meters": 1.0, "cm": 0.01, "mm": 0.001}

_LONGEST_M = 1.0
_SHORTEST_MM = 10.0
"""A length without a unit below the one counts as metres, above the other as millimetres. What is between may be
centimetres, inches or squares of the chessboard, and nobody can tell."""

_LONGEST_NAME = 200

_USUAL_WH = (
    (320, 240), (640, 360), (640, 480), (672, 376), (752, 480), (800, 600), (848, 480), (960, 540), (1024, 768),
    (1280, 720), (1280, 800), (1280, 960), (1280, 1024), (1600, 1200), (1920, 1080), (1920, 1200), (2048, 1536),
    (2208, 1242), (2560, 1440), (2592, 1944), (3840, 2160), (4000, 3000), (4032, 3024),
)  # fmt: skip
"""Of cameras, for files that do not say which size their numbers are of."""


def rig_from_entries(
    entries: Mapping[str, Entry], *, name: str, pictures_hw: tuple[int, int] | None = None
) -> CalibratedRig | None:
    """The rig that the entries describe; None where they are something else. Raises ValueError where they are wrong.

    Lengths are metres, millimetres or without a known unit, as their size tells; `name` says it. `pictures_hw` is the
    size of the pictures that the rig is for, which counts where the file does not say its own.
    """
    plain = {re.sub(r"[^a-z0-9]", "", key.lower()): entry for key, entry in reversed([*entries.items()])}
    cameras, lenses = _of_both(plain, _MATRIX, 9), _of_both(plain, _DISTORTION, 0)
    turn, way = _array(plain, _ROTATION), _array(plain, _TRANSLATION)
    if cameras is None or turn is None or way is None:
        return None
    if way.size != 3 or turn.size not in (3, 9):
        raise ValueError("its rotation and translation have the wrong shapes")
    notes = []
    size_hw, guessed = _size(plain, cameras[0], pictures_hw)
    if guessed:
        notes.append(f"for pictures of {size_hw[1]} x {size_hw[0]}, as its numbers suggest")
    scale_m, unit = _metres_per_unit(plain, float(np.linalg.norm(way)))
    if unit:
        notes.append(unit)
    rig = CalibratedRig(
        size_hw,
        cameras[0],
        lenses[0] if lenses else np.zeros(4),
        cameras[1],
        lenses[1] if lenses else np.zeros(4),
        np.asarray(cv2.Rodrigues(turn.reshape(3))[0], np.float64) if turn.size == 3 else turn,
        way.reshape(3) * scale_m,
        name=", ".join((_said_name(plain) or name, *notes)),
        baseline_known=unit != _NO_UNIT and plain.get("baselineknown") != 0,
        rms_px=_above_0(plain.get("rmspx", plain.get("rms"))),
        rows_px=_above_0(plain.get("rowspx")),
        views=None if (views := _above_0(plain.get("views"))) is None else int(views),
        fisheye=_is_fisheye(plain),
    )
    rig = checked(rig)
    # The right eye of a rig that was measured with its eyes exchanged stands to the left.
    return rig if rig.translation_m[0] < 0 else rig.exchanged


_NO_UNIT = "its lengths have no unit, the usual distance of two eyes is assumed"


def _metres_per_unit(plain: Mapping[str, Entry], length: float) -> tuple[float, str]:
    said = plain.get("lengthunit", plain.get("unit", plain.get("units")))
    if isinstance(said, str) and said.lower() in _UNITS_M:
        return _UNITS_M[said.lower()], ""
    if length < _LONGEST_M:
        return 1.0, ""
    if length > _SHORTEST_MM:
        return 0.001, "lengths taken as millimetres"
    return EYE_DISTANCE_M / length, _NO_UNIT


def _of_both(
    plain: Mapping[str, Entry], stems: tuple[str, ...], count: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]] | None:
    """The entries of the two eyes under any of these names; `count` numbers each, 0 for any."""
    for stem in stems:
        for sides in _SIDES:
            for both in ([plain.get(stem + side) for side in sides], [plain.get(side + stem) for side in sides]):
                arrays = [b for b in both if isinstance(b, np.ndarray) and (not count or b.size == count)]
                if len(arrays) == 2:
                    return arrays[0], arrays[1]
    return None


def _is_fisheye(plain: Mapping[str, Entry]) -> bool:
    # What a person called it says nothing: a rig from a folder "fisheye tests" has that name.
    words = [entry.lower() for key, entry in plain.items() if isinstance(entry, str) and not key.endswith("name")]
    return plain.get("fisheye", 0.0) not in (0.0, "false") or any(mark in w for w in words for mark in _FISHEYE_WORDS)


def _array(plain: Mapping[str, Entry], names: tuple[str, ...]) -> NDArray[np.float64] | None:
    return next((entry for entry in _named(plain, names) if isinstance(entry, np.ndarray)), None)


def _named(plain: Mapping[str, Entry], names: tuple[str, ...]) -> Iterator[Entry]:
    return (plain[name] for name in names if name in plain)


def _size(
    plain: Mapping[str, Entry], camera: NDArray[np.float64], pictures_hw: tuple[int, int] | None
) -> tuple[tuple[int, int], bool]:
    """Of one eye, and whether it is a guess."""
    width = next((e for e in _named(plain, _WIDTH) if isinstance(e, float)), None)
    height = next((e for e in _named(plain, _HEIGHT) if isinstance(e, float)), None)
    if width is not None and height is not None:
        return _whole(height, width), False
    said = _array(plain, _SIZE)
    if said is not None and said.size == 2:
        return _whole(*said.reshape(2)[::-1]), False
    seen = _array(plain, _SEEN)
    if seen is not None and seen.size == 4 and tuple(seen.reshape(4)[2:]) in _USUAL_WH:
        return _whole(*seen.reshape(4)[:1:-1]), True
    with np.errstate(over="ignore"):
        centre_wh = 2 * camera.reshape(3, 3)[:2, 2] + 1
    if not np.isfinite(centre_wh).all() or (centre_wh < 1).any():
        raise ValueError("it says neither the size of its pictures nor a centre")
    near = [(pictures_hw[1], pictures_hw[0])] if pictures_hw is not None else list(_USUAL_WH)
    best = min(near, key=lambda wh: float(np.abs(np.log(centre_wh / np.array(wh))).sum()))
    return (best[1], best[0]), True


def _whole(height: float, width: float) -> tuple[int, int]:
    if not (np.isfinite(height) and np.isfinite(width)):
        raise ValueError("the size of its pictures is no number")
    return int(height), int(width)


def _said_name(plain: Mapping[str, Entry]) -> str:
    name = plain.get("name")
    return name[:_LONGEST_NAME] if isinstance(name, str) else ""


def _above_0(entry: Entry | None) -> float | None:
    return entry if isinstance(entry, float) and 0 <= entry < 1e6 else None
