"""Read a portable float map, the format of Middlebury's and SceneFlow's ground truth."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray


def read_pfm(path: Path) -> NDArray[np.float32]:
    """(H, W) float32, top row first; unknown is infinite, as the file says it."""
    kind, size, scale, pixels = path.read_bytes().split(b"\n", 3)
    if kind.strip() != b"Pf":
        raise ValueError(f"not a grey PFM: {path}")
    width, height = (int(n) for n in size.split())
    values = np.frombuffer(pixels, "<f4" if float(scale) < 0 else ">f4", width * height)
    return np.flipud(values.reshape(height, width)).astype(np.float32)
