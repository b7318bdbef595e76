"""Photographs with known depth, to judge by and never to learn from: read from `../shared/data/mono` where it is."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"


@dataclass(frozen=True, slots=True)
class KnownFrame:
    """`rgb` (H, W, 3) uint8; `depth_m` (h, w) float32, NaN unknown; `indoors`: what the network is for."""

    name: str
    rgb: NDArray[np.uint8]
    depth_m: NDArray[np.float32]
    indoors: bool = True


def known_frames(folder: Path = DATA / "mono") -> Iterator[KnownFrame]:
    """Two NYU frames and FastDepth's own, then a street of KITTI; those that are missing are left out."""
    for name in ("00000", "00050"):
        yield from _pair(folder, f"nyu {name}", f"nyu_rgb_{name}.jpg", f"nyu_depth_{name}.png", 1000.0, True)
    if (folder / "fastdepth_rgb.npy").is_file():
        rgb, depth = np.load(folder / "fastdepth_rgb.npy"), np.load(folder / "fastdepth_depth.npy")
        yield KnownFrame("fastdepth's", np.ascontiguousarray((rgb * 255).round().astype(np.uint8)), _known(depth))
    yield from _pair(folder, "kitti", "kitti_rgb_0000000050.png", "kitti_depth_0000000050.png", 256.0, False)


def _pair(folder: Path, name: str, rgb: str, depth: str, per_metre: float, indoors: bool) -> Iterator[KnownFrame]:
    picture = cv2.imread(str(folder / f"metric3d_{rgb}"), cv2.IMREAD_COLOR)
    steps = cv2.imread(str(folder / f"metric3d_{depth}"), cv2.IMREAD_UNCHANGED)
    if picture is not None and steps is not None:
        pixels = np.ascontiguousarray(picture[..., ::-1], dtype=np.uint8)
        yield KnownFrame(name, pixels, _known(np.asarray(steps, np.float64) / per_metre), indoors)


def _known(depth_m: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.where(depth_m > 0.05, depth_m, np.nan).astype(np.float32)
