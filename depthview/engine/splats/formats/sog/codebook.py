"""256 numbers that stand for many, so that each can be told by one byte: k-means in one dimension.

Lloyd, Least squares quantization in PCM, 1982; the start by Panter and Dite, Quantization distortion in pulse-count
modulation with nonuniform spacing of levels, 1951. The same numbers always give the same codebook.
"""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import Floats

SIZE = 256

_MOST_VALUES = 1 << 20
_QUANTILES = 4096
_ROUNDS = 12
_STEPS = 25


def codebook(values: Floats) -> Floats:
    """(256,) ascending float32 with a small mean square distance to finite `values` (any shape, at least one)."""
    listed = np.sort(values, axis=None)
    distinct = listed[np.concatenate([[True], np.diff(listed) > 0])]
    if len(distinct) <= SIZE:
        return np.pad(distinct, (0, SIZE - len(distinct)), mode="edge").astype(np.float32)
    if len(listed) > _MOST_VALUES:
        listed = listed[np.linspace(0, len(listed) - 1, _MOST_VALUES).astype(np.int64)]
    numbers = listed.astype(np.float64)
    sums = np.concatenate([[0.0], np.cumsum(numbers)])
    squares = np.concatenate([[0.0], np.cumsum(numbers**2)])
    found = _start(numbers)
    for _ in range(_ROUNDS):
        for _ in range(_STEPS):
            ends = np.concatenate([[0], np.searchsorted(numbers, (found[1:] + found[:-1]) / 2), [len(numbers)]])
            count = np.diff(ends)
            found = np.where(count > 0, np.diff(sums[ends]) / np.maximum(count, 1), found)
        if (count > 0).all():
            break
        found = _moved_to_the_worst(found, ends, sums, squares)
    return np.sort(found).astype(np.float32)


def nearest(book: Floats, values: Floats) -> NDArray[np.uint8]:
    """Which number of an ascending codebook is nearest, for each of `values`."""
    return np.searchsorted((book[1:] + book[:-1]) / 2, values).astype(np.uint8)


def _start(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers as dense as the cube root of the density of what they stand for, which is best where they are many."""
    places = np.linspace(0, len(numbers) - 1, min(_QUANTILES, len(numbers))).astype(np.int64)
    quantiles = numbers[places]
    share = np.concatenate([[0.0], np.cumsum(np.diff(quantiles) ** (2 / 3))])
    found: NDArray[np.float64] = np.interp((np.arange(SIZE) + 0.5) / SIZE * share[-1], share, quantiles)
    return found


def _moved_to_the_worst(
    found: NDArray[np.float64], ends: NDArray[np.int64], sums: NDArray[np.float64], squares: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The same, but what stands for nothing helps out where one number stands for what is farthest from it."""
    count = np.diff(ends)
    unused = np.flatnonzero(count == 0)
    error = np.diff(squares[ends]) - np.diff(sums[ends]) ** 2 / np.maximum(count, 1)
    worst = np.argsort(-error, kind="stable")[: len(unused)]
    half = np.sqrt(np.maximum(error[worst], 0) / np.maximum(count[worst], 1)) / 2
    moved = found.copy()
    moved[unused] = found[worst] + half
    moved[worst] -= half
    return np.sort(moved)
