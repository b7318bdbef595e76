"""360° photos of a box room, drawn so that every direction has a colour of its own."""

from pathlib import Path

import numpy as np
from PIL import Image as Pillow

from depthview.engine.frames import Image
from depthview.engine.panorama.sphere import directions

SIZE_HW = (128, 256)


def box_photo(size_hw: tuple[int, int] = SIZE_HW, *, half_m: tuple[float, float, float] = (2.0, 1.5, 3.0)) -> Image:
    """(H, W, 3) uint8: the inside of a box with a checker pattern, seen from its middle."""
    towards = directions(size_hw)
    with np.errstate(divide="ignore"):
        away = np.min(np.array(half_m, np.float32) / np.abs(towards), axis=-1)
    hit = towards * away[..., None]
    checker = (np.floor(hit * 2 + 0.5).sum(axis=-1) % 2)[..., None]
    tint = 90 + 60 * towards
    return np.clip(tint + 50 * checker, 0, 255).astype(np.uint8)


def write_panorama(path: Path, size_hw: tuple[int, int] = SIZE_HW) -> Path:
    Pillow.fromarray(box_photo(size_hw)).save(path)
    return path
