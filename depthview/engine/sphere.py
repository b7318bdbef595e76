"""The whole sphere as an equirectangular grid: where each pixel looks, and what lies beyond its borders.

Column 0 begins at longitude -180 degrees, the middle looks along +z; row 0 begins at the zenith. Axes as everywhere
in DepthView: x right, y down, z forward.
"""

import math
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

Directions = NDArray[np.float32]
"""(..., 3) float32, unit vectors: x right, y down, z forward."""


def directions(size_hw: tuple[int, int]) -> Directions:
    """(H, W, 3): where the centre of each pixel looks."""
    height, width = size_hw
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * (2 * math.pi)
    latitude = row_latitudes(height)
    found = np.empty((height, width, 3), np.float32)
    np.multiply.outer(np.cos(latitude), np.sin(longitude), out=found[..., 0], casting="same_kind")
    found[..., 1] = -np.sin(latitude)[:, None]
    np.multiply.outer(np.cos(latitude), np.cos(longitude), out=found[..., 2], casting="same_kind")
    return found


def row_latitudes(height: int) -> NDArray[np.float64]:
    """(H,) radians, from just below +pi/2 (the zenith) down."""
    return np.asarray((0.5 - (np.arange(height) + 0.5) / height) * math.pi)


def pixel_of(rays: NDArray[np.floating], size_hw: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Column and row where rays of any length meet the grid, float32; the first pixel's centre is 0.

    Columns are -0.5 to W - 0.5 and rows -0.5 to H - 0.5: on a grid with one pixel more on each side (`surrounded`)
    every one of them lies between pixels.
    """
    height, width = size_hw
    x, y, z = (rays[..., axis] for axis in range(3))
    column = (np.arctan2(x, z) / (2 * math.pi) + 0.5) * width - 0.5
    row = (np.arctan2(y, np.hypot(x, z)) / math.pi + 0.5) * height - 0.5
    return column.astype(np.float32), row.astype(np.float32)


def even_directions(rows: int, columns: int) -> Directions:
    """(rows, columns, 3): directions spread evenly over the sphere, each for the same solid angle.

    A Fibonacci lattice (Swinbank and Purser 2006); the grid has no meaning but its number of places.
    """
    count = rows * columns
    place = np.arange(count)
    down = (2 * place + 1) / count - 1
    longitude = place * (math.pi * (3 - math.sqrt(5)))
    around = np.sqrt(1 - down**2)
    found = np.stack([around * np.sin(longitude), down, around * np.cos(longitude)], axis=-1)
    return found.astype(np.float32).reshape(rows, columns, 3)


def surrounded(grid: NDArray[Scalar], margin: int = 1) -> NDArray[Scalar]:
    """(H + 2 margin, W + 2 margin, ...): the grid with its neighbours all around, past the wrap and across the poles.

    Beyond a pole lie the same rows half a turn further; W must be even.
    """
    half = grid.shape[1] // 2
    over, under = np.roll(grid[margin - 1 :: -1], half, axis=1), np.roll(grid[: -margin - 1 : -1], half, axis=1)
    tall = np.concatenate([over, grid, under])
    return np.concatenate([tall[:, -margin:], tall, tall[:, :margin]], axis=1)
