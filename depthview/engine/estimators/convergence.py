"""Disparities below zero for networks that know none: the right eye is moved before, and that is taken off after.

Eyes that converge (3D films, photos taken with a turn) put what is behind the screen at negative disparities. Most
networks have learnt from parallel cameras, where there are none, and answer with something else. Semi-global matching
searches on both sides of zero, and loses nothing of the right eye's left edge.
"""

from dataclasses import replace

import numpy as np

from depthview.engine.frames import DisparitySpan, Image, StereoPair


def from_zero(pair: StereoPair) -> tuple[StereoPair, int]:
    """The pair with its right eye moved so that its span begins at zero; what is to be added to the disparities that
    are then found, whole pixels. The same pair and 0 where it begins there, or where nobody knows."""
    if pair.span is None or pair.span.lowest_px == 0:
        return pair, 0
    lowest_px = pair.span.lowest_px
    span = DisparitySpan(0, pair.span.highest_px - lowest_px)
    return replace(pair, right=moved_left(pair.right, -lowest_px), span=span), lowest_px


def moved_left(eye: Image, by_px: int) -> Image:
    """The picture moved to the left, or to the right where that is below 0; what comes in is its outermost column."""
    if by_px == 0:
        return eye
    columns = np.clip(np.arange(eye.shape[1]) + by_px, 0, eye.shape[1] - 1)
    return np.ascontiguousarray(eye[:, columns])
