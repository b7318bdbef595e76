"""What the rasterizer knows of a splat on the screen. It is a type: what was compiled for another one is not used."""

import numpy as np

MARK = np.dtype(
    [
        ("x", np.float32),  # px, so that a pixel's own middle is at its whole number
        ("y", np.float32),
        ("slant", np.float32),  # how far the middle of a row shifts to the right from row to row
        ("narrow", np.float32),  # power = (narrow u)^2 + (flat v)^2, u px right of its row's middle, v px below
        ("flat", np.float32),
        ("faint", np.float32),  # -ln(opacity): it covers exp(-(power + faint))
        ("half_width", np.float32),  # px to the right and to the left that it reaches, where it covers a 255th
        ("half_height", np.float32),
        ("depth", np.float32),
        ("red", np.float32),
        ("green", np.float32),
        ("blue", np.float32),
    ]
)
RGB = slice(9, 12)
"""Where among the numbers the colours are."""
