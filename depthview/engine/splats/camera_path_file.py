"""Camera paths kept in files."""

import json
from pathlib import Path
from typing import Any

import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.reading import reading
from depthview.engine.splats.camera_path import LEAST_FOV_DEG, MOST_FOV_DEG, CameraPath, Keyframe
from depthview.engine.splats.framing import UP

_KIND = "depthview camera path"
_MOST_BYTES = 8 << 20
_MOST_KEYFRAMES = 10_000
_FARTHEST = 1e9


def write_camera_path(path: CameraPath, file: Path) -> None:
    """As JSON. Raises UserError where it cannot be written."""
    said = {
        "kind": _KIND,
        "closed_after_s": path.closed_after_s,
        "keyframes": [
            {"time_s": one.time_s, "eye": one.eye.tolist(), "axes": one.axes.tolist(), "fov_deg": one.fov_deg}
            for one in path.keyframes
        ],
    }
    with atomic_path(file) as temporary:
        temporary.write_text(json.dumps(said, indent=1) + "\n", encoding="utf-8")


def read_camera_path(file: Path) -> CameraPath:
    """A path as `write_camera_path` writes it; written by hand, a keyframe may have `target` and perhaps `up` (x, y, z)
    instead of `axes`. Raises UserError where the file cannot be read or is no camera path that can be flown.
    """
    with reading(file), file.open("rb") as opened:
        text = opened.read(_MOST_BYTES + 1)
    try:
        if len(text) > _MOST_BYTES:
            raise ValueError("the file is too large")
        return _path(json.loads(text))
    except (ValueError, TypeError, KeyError, RecursionError, OverflowError) as error:
        raise UserError(
            "This file holds no camera path that DepthView can read: choose another one: {path}",
            details=str(error),
            path=file,
        ) from error


def _path(said: Any) -> CameraPath:
    if not isinstance(said, dict) or said.get("kind") != _KIND:
        raise ValueError("it is not marked as a camera path")
    rows = said["keyframes"]
    if not isinstance(rows, list) or not 1 <= len(rows) <= _MOST_KEYFRAMES:
        raise ValueError(f"it must have 1 to {_MOST_KEYFRAMES} keyframes")
    closed = said.get("closed_after_s")
    return CameraPath(tuple(map(_keyframe, rows)), None if closed is None else _numbers(closed, ()))


def _keyframe(row: Any) -> Keyframe:
    fov_deg = _numbers(row["fov_deg"], ())
    if not LEAST_FOV_DEG <= fov_deg <= MOST_FOV_DEG:
        raise ValueError("a field of view is too narrow or too wide")
    time_s, eye = _numbers(row["time_s"], ()), _numbers(row["eye"], (3,))
    if "axes" not in row:
        return Keyframe.looking(time_s, eye, _numbers(row["target"], (3,)), _numbers(row.get("up", UP), (3,)), fov_deg)
    axes = _numbers(row["axes"], (3, 3))
    if not (np.abs(axes @ axes.T - np.eye(3)).max() < 1e-3 and np.linalg.det(axes) > 0):
        raise ValueError("axes are not right, down and forward")
    return Keyframe(time_s, eye, axes, fov_deg)


def _numbers(value: Any, shape: tuple[int, ...]) -> Any:
    """Finite numbers of that shape: a float for (), else an array. Raises ValueError or TypeError."""
    found = np.array(value)
    if found.shape != shape or found.dtype.kind not in "iuf" or not (np.abs(found.astype(float)) < _FARTHEST).all():
        raise ValueError("a number is missing or makes no sense")
    return found.astype(np.float64) if shape else float(found)
