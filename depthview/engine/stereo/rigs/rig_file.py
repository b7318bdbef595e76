"""Rigs as files: our own, which OpenCV reads too, and those of others."""

from pathlib import Path

import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.camera import StereoRig
from depthview.engine.errors import UserError
from depthview.engine.reading import reading
from depthview.engine.stereo.rigs.calib_text import rig_from_text
from depthview.engine.stereo.rigs.kalibr_chain import is_chain, rig_from_chain
from depthview.engine.stereo.rigs.opencv_entries import rig_from_entries
from depthview.engine.stereo.rigs.rig import CalibratedRig, Matrix
from depthview.engine.stereo.rigs.ros_pair import is_ros_eye, others_names, rig_from_eyes
from depthview.engine.stereo.rigs.storage import Entry, read_entries
from depthview.engine.stereo.rigs.zed_conf import rig_from_zed

Rig = CalibratedRig | StereoRig
"""One that straightens pictures, or the camera of pictures that are rectified already."""

_LARGEST_BYTES = 1_000_000
_HALVES = (("intrinsic", "extrinsic"), ("extrinsic", "intrinsic"))
"""OpenCV's sample writes the cameras into the one file, and how they stand to each other into the other."""

_NO_RIG = (
    "This holds no stereo calibration that is known here: give a file of `depthview calibrate`, OpenCV (.yml, .xml), "
    "ROS (left.yaml beside right.yaml), Kalibr (camchain.yaml), ZED (SN....conf) or Middlebury (calib.txt): {path}"
)
_WRONG = "This calibration cannot be used, since {why}: calibrate again or choose another file: {path}"
_FOLDER = "This is a folder, and a calibration is a file: give the file in it, such as rig.yml or calib.txt: {path}"
_TOO_LARGE = "This file is too large for a calibration: choose another one: {path}"


def read_rig(path: Path, *, pictures_hw: tuple[int, int] | None = None) -> Rig:
    """Any rig file; `name` tells where the rig is from, and what of it is a guess.

    `pictures_hw` is one eye's size in the pictures that the rig is for: it counts where the file says no size. Raises
    UserError for what cannot be read, is no rig, or is one that no camera has.
    """
    text = _text(path)
    try:
        found = _parsed(path, text, pictures_hw)
    except ValueError as error:
        raise UserError(_WRONG, why=str(error) or "it is damaged", path=path) from error
    if found is None:
        raise UserError(_NO_RIG, path=path)
    return found


def _parsed(path: Path, text: str, pictures_hw: tuple[int, int] | None) -> Rig | None:
    if (rectified := rig_from_text(text, name=path.name, pictures_hw=pictures_hw)) is not None:
        return rectified
    if (zed := rig_from_zed(text, name=path.name, pictures_hw=pictures_hw)) is not None:
        return zed
    if not any(mark in text for mark in ":<{"):
        return None
    entries = read_entries(text)
    if is_chain(entries):
        return rig_from_chain(entries, name=path.name)
    if is_ros_eye(entries):
        eye = _beside(path, others_names(path))
        if eye is None or not is_ros_eye(eye[1]):
            raise ValueError("it is of one eye, and the other eye's file does not lie beside it")
        return rig_from_eyes(entries, eye[1], name=f"{path.name} and {eye[0].name}")
    if (rig := rig_from_entries(entries, name=path.name, pictures_hw=pictures_hw)) is not None:
        return rig
    half = _beside(path, [path.with_name(path.name.replace(*both)) for both in _HALVES if both[0] in path.name])
    if half is None:
        return None
    name = f"{path.name} and {half[0].name}"
    return rig_from_entries({**entries, **half[1]}, name=name, pictures_hw=pictures_hw)


def _beside(path: Path, names: list[Path]) -> tuple[Path, dict[str, Entry]] | None:
    """The first of these files that there is, and what it names."""
    other = next((name for name in names if name != path and name.is_file()), None)
    return None if other is None else (other, read_entries(_text(other)))


def _text(path: Path) -> str:
    if path.is_dir():
        raise UserError(_FOLDER, path=path)
    if path.exists() and not path.is_file():
        raise UserError(_NO_RIG, path=path)  # a pipe or a device may never end
    with reading(path), path.open("rb") as stream:
        data = stream.read(_LARGEST_BYTES + 1)
    if len(data) > _LARGEST_BYTES:
        raise UserError(_TOO_LARGE, path=path)
    if b"\0" in data:
        raise UserError(_NO_RIG, path=path)
    return data.decode("utf-8", errors="replace")


def write_rig(path: Path, rig: CalibratedRig, *, durable: bool = False) -> None:
    """Write the rig so that `read_rig` gives the same one again, to the last digit, and that OpenCV's FileStorage reads
    it: K1 D1 K2 D2 R T as its samples name them, lengths in metres. Raises UserError where it cannot be written."""
    height, width = rig.size_hw
    lines = [
        "%YAML:1.0",
        "---",
        "# A stereo camera, calibrated. A point in the left eye's metres is at R * point + T in the right eye's.",
        f"name: {_quoted(rig.name)}",
        f"image_width: {width}",
        f"image_height: {height}",
        'length_unit: "m"',
        *(["fisheye: 1"] if rig.fisheye else []),
        f"baseline_known: {int(rig.baseline_known)}",
        *(
            f"{key}: {value}"
            for key, value in (("rms_px", rig.rms_px), ("rows_px", rig.rows_px), ("views", rig.views))
            if value is not None
        ),
    ]
    for key, array in (
        ("K1", rig.left_matrix),
        ("D1", rig.left_distortion.reshape(1, -1)),
        ("K2", rig.right_matrix),
        ("D2", rig.right_distortion.reshape(1, -1)),
        ("R", rig.rotation),
        ("T", rig.translation_m.reshape(3, 1)),
    ):
        lines += _matrix_lines(key, array)
    with atomic_path(path, durable=durable) as temporary:
        temporary.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _quoted(text: str) -> str:
    """In quotes that neither parser trips over."""
    kept = "".join(letter if letter.isprintable() and letter not in '"\\#' else " " for letter in text)
    return f'"{" ".join(kept.split())}"'


def _matrix_lines(key: str, array: Matrix) -> list[str]:
    rows, columns = array.shape
    numbers = ", ".join(repr(float(number)) for number in np.ravel(array))
    return [f"{key}: !!opencv-matrix", f"   rows: {rows}", f"   cols: {columns}", "   dt: d", f"   data: [ {numbers} ]"]
