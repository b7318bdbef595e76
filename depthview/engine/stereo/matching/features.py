"""Local features of one grey picture, spread over it, and which of two pictures' features are the same thing.

SIFT (Lowe 2004) with RootSIFT descriptors (Arandjelovic and Zisserman 2012): of what OpenCV has it stands unequal
exposure, turned phones and repeating patterns best.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

_MOST = 2000
"""Features of a picture: their comparison takes a tenth of finding them."""

_LEAST_CONTRAST = 0.01
"""A quarter of OpenCV's own: dark infrared pictures have a hundred features at that, and six hundred at this."""

_CELLS = 8
"""Across and down: a page of text in one corner must not be all that is known of a picture."""

_RATIO = 0.85
"""Most distance of the best to the second best descriptor (Lowe 2004: 0.8). The wrong are told by their place later."""


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """`places` (N, 2) float32: x, y in pixels, the first pixel's centre at 0; `descriptors` (N, 128) float32, unit."""

    places: NDArray[np.float32]
    descriptors: NDArray[np.float32]

    @classmethod
    def of(cls, grey: NDArray[np.uint8]) -> "Features":
        """The strongest features of every part of a (H, W) picture."""
        finder = cv2.SIFT.create(
            nfeatures=0, contrastThreshold=_LEAST_CONTRAST, edgeThreshold=15, enable_precise_upscale=True
        )
        points, raw = finder.detectAndCompute(grey, np.full(grey.shape, 255, np.uint8))
        if not points:
            return cls(np.zeros((0, 2), np.float32), np.zeros((0, 128), np.float32))
        places = np.array([point.pt for point in points], np.float32)
        strengths = np.array([point.response for point in points], np.float32)
        kept = _strongest_everywhere(places, strengths, (grey.shape[0], grey.shape[1]))
        histograms = raw[kept]
        sums = np.maximum(histograms.sum(axis=1, keepdims=True), 1e-6)
        return cls(places[kept], np.sqrt(histograms / sums, dtype=np.float32))


def same_features(left: Features, right: Features) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Indices of the features that are each other's best, and clearly better than the second best."""
    if len(left.places) < 2 or len(right.places) < 2:
        none = np.zeros(0, np.intp)
        return none, none
    similar = left.descriptors @ right.descriptors.T
    here = np.arange(len(similar))
    there = similar.argmax(axis=1)
    mutual = similar.argmax(axis=0)[there] == here
    best = similar[here, there]
    similar[here, there] = -1.0
    second = similar.max(axis=1)
    # Of unit vectors: the squared distance is 2 - 2 cos.
    clear = 1.0 - best < _RATIO * _RATIO * (1.0 - second)
    good = np.flatnonzero(mutual & clear)
    return good, there[good]


def _strongest_everywhere(
    places: NDArray[np.float32], strengths: NDArray[np.float32], size_hw: tuple[int, int]
) -> NDArray[np.intp]:
    """At most `_MOST` indices: first every cell's strongest feature, then every cell's second, and so on."""
    height, width = size_hw
    columns = np.clip(places[:, 0] * (_CELLS / width), 0, _CELLS - 1).astype(np.intp)
    rows = np.clip(places[:, 1] * (_CELLS / height), 0, _CELLS - 1).astype(np.intp)
    cells = rows * _CELLS + columns
    order = np.lexsort((-strengths, cells))
    starts = np.searchsorted(cells[order], np.arange(_CELLS * _CELLS))
    rank = np.arange(len(order)) - starts[cells[order]]
    return order[np.argsort(rank, kind="stable")[:_MOST]]
