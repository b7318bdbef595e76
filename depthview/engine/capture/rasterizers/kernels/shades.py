"""Sums of harmonics and their gradients. With torch they take forty times as long: its inner loop is three long."""

import numpy as np

from depthview.engine.compiled import compiled
from depthview.engine.splats.scene import Floats


@compiled()
def shade(first: int, last: int, basis: Floats, rest: Floats, colour: Floats) -> None:
    """Fill the rows from `first` to `last` of `colour` (N, 3): `basis` (K, N) times `rest` (N, at least K, 3)."""
    for n in range(first, last):
        red, green, blue = np.float32(0), np.float32(0), np.float32(0)
        for k in range(len(basis)):
            value = basis[k, n]
            red += value * rest[n, k, 0]
            green += value * rest[n, k, 1]
            blue += value * rest[n, k, 2]
        colour[n, 0], colour[n, 1], colour[n, 2] = red, green, blue


@compiled()
def unshade(
    first: int, last: int, basis: Floats, rest: Floats, pull: Floats, to_basis: Floats, to_rest: Floats
) -> None:
    """Fill the gradients by `basis` and by all of `rest`; `pull` (N, 3): the loss by the colours."""
    count = len(basis)
    for n in range(first, last):
        red, green, blue = pull[n, 0], pull[n, 1], pull[n, 2]
        for k in range(count):
            value = basis[k, n]
            to_basis[k, n] = red * rest[n, k, 0] + green * rest[n, k, 1] + blue * rest[n, k, 2]
            to_rest[n, k, 0], to_rest[n, k, 1], to_rest[n, k, 2] = value * red, value * green, value * blue
        for k in range(count, rest.shape[1]):
            to_rest[n, k, 0] = to_rest[n, k, 1] = to_rest[n, k, 2] = np.float32(0)
