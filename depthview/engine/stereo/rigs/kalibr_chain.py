"""A rig from Kalibr's camchain.yaml: the first two cameras of the chain (https://github.com/ethz-asl/kalibr/wiki)."""

from collections.abc import Mapping

import numpy as np

from depthview.engine.stereo.rigs.checks import checked
from depthview.engine.stereo.rigs.rig import CalibratedRig, Matrix
from depthview.engine.stereo.rigs.storage import Entry

_PINHOLE, _EQUIDISTANT, _UNBENT = "pinhole", "equidistant", "none"
_LENSES = ("radtan", _EQUIDISTANT, _UNBENT)


def is_chain(entries: Mapping[str, Entry]) -> bool:
    """Whether these are the entries of a chain of two cameras or more."""
    return "cam0/intrinsics" in entries and "cam1/intrinsics" in entries


def rig_from_chain(entries: Mapping[str, Entry], *, name: str) -> CalibratedRig:
    """The rig of `cam0` and `cam1`, in either order, metres. Raises ValueError where they cannot be straightened."""
    (size_hw, matrix, lens), (other_hw, other_matrix, other_lens) = _eye(entries, "cam0"), _eye(entries, "cam1")
    if size_hw != other_hw:
        raise ValueError("its two cameras have pictures of different sizes")
    models = {entries.get(f"{eye}/distortion_model") for eye in ("cam0", "cam1")}
    if len(models) > 1 and _EQUIDISTANT in models:  # without any number left, such a lens still bends
        raise ValueError("its two cameras have lenses of different kinds")
    # From the points of one camera to those of the next, as OpenCV's R and T.
    moved = _numbers(entries, "cam1/T_cn_cnm1", (12, 16)).reshape(-1, 4)
    rig = checked(
        CalibratedRig(
            size_hw,
            matrix,
            lens,
            other_matrix,
            other_lens,
            moved[:3, :3],
            moved[:3, 3],
            name=name,
            fisheye=models == {_EQUIDISTANT},
        )
    )
    return rig if rig.translation_m[0] < 0 else rig.exchanged


def _eye(entries: Mapping[str, Entry], eye: str) -> tuple[tuple[int, int], Matrix, Matrix]:
    camera, lens = entries.get(f"{eye}/camera_model"), entries.get(f"{eye}/distortion_model")
    if camera != _PINHOLE or lens not in _LENSES:
        raise ValueError(f"its lenses are described as '{str(camera)[:20]}-{str(lens)[:20]}', which nothing here reads")
    width, height = _numbers(entries, f"{eye}/resolution", (2,))
    fx, fy, cx, cy = _numbers(entries, f"{eye}/intrinsics", (4,))
    bent = np.zeros(4) if lens == _UNBENT else _numbers(entries, f"{eye}/distortion_coeffs", (4, 5))
    return (int(height), int(width)), np.array([[fx, 0, cx], [0, fy, cy], [0, 0, 1.0]]), bent


def _numbers(entries: Mapping[str, Entry], key: str, counts: tuple[int, ...]) -> Matrix:
    found = entries.get(key)
    if not isinstance(found, np.ndarray) or found.size not in counts or not np.isfinite(found).all():
        raise ValueError(f"its {key} is missing or of a wrong size")
    return found.reshape(-1)
