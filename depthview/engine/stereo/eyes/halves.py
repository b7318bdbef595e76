"""Whether the two halves of a picture are two eyes' views of one scene: four cues, each blind where others see.

Features: the same local features (SIFT, Lowe 2004) appear in both halves, at the same height, size and direction.
Blocks: coarse pieces of one half are found again in the other; that needs no fine detail. Seam: where two pictures
meet, the picture breaks off; within one picture it goes on, and what repeats or mirrors itself there has no seam.
Mirrored: a façade, or a shore and its picture in the water, are found again better if one half is turned over.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.eyes.squeeze import BLACK

_SIMILAR = 0.9
"""Least cosine of two RootSIFT descriptors (Arandjelovic and Zisserman 2012) of the same thing."""
_TURN_DEG = 25.0
_SIZE_OCTAVES = 0.6
_HEIGHT_SHARE = 0.1
_SHIFT_SHARE = 0.45
_ROW_SCATTER = 0.025
_MIN_FEATURES = 8
_MIN_MATCHES = 4
_USUAL_SHARE, _USUAL_FEATURES = 0.09, 30
"""What counts before anything was found, and for how many features: of few, none that is found again says little."""

_BLOCKS_HW = (48, 64)
_BLOCK_HW = (12, 16)
_BLOCK_DOWN_PX = 4
"""At that size: hand-held eyes may be a twelfth of their height apart."""
_FLAT_LEVELS = 3.0

_SEAM_PX = 2
_BESIDE_PX = (5, 8, 11, 14, 18, 22, 26)
_APART_PX = (-26, -5), (5, 26)
"""Two places each on one side of the middle: they differ as much as the two sides of a seam would."""
_ROUGH, _SMOOTH = 0.3, 1.0
"""log2 of how much more such places differ than neighbours do. Where grain or dots differ as much from one pixel to the
next, no seam can be seen, and that none is says nothing."""
_LIT_SHARE = 0.15
"""Of the rows: with fewer there is a bar in the middle."""

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class HalvesCues:
    """`features`: share of a half's features that the other has as well. `blocks`: mean correlation of a half's blocks
    with the other half, `mirrored` with the other half turned over; 0 where there are too few. `seam`: log2 of how much
    more the picture breaks off in the middle than beside it; None where the middle is black. `seam_shows`: from 0,
    where one would drown in what the picture is like, to 1."""

    features: float
    blocks: float
    mirrored: float
    seam: float | None
    seam_shows: float


@dataclass(frozen=True, slots=True, eq=False)
class LayoutFeatures:
    """Local features of a picture `size_hw` large: places (x, y), RootSIFT descriptors, directions, log2 sizes."""

    size_hw: tuple[int, int]
    places: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    angles_deg: NDArray[np.float32]
    octaves: NDArray[np.float32]

    @classmethod
    def of(cls, grey: Grey) -> "LayoutFeatures":
        height, width = grey.shape
        points, raw = cv2.SIFT.create(nfeatures=400, contrastThreshold=0.02).detectAndCompute(
            grey, np.full(grey.shape, 255, np.uint8)
        )
        if not points:
            raw = np.zeros((0, 128), np.float32)
        sums = np.maximum(raw.sum(axis=1, keepdims=True), 1e-6)
        places = np.array([p.pt for p in points], np.float32).reshape(-1, 2)
        sizes = np.array([p.size for p in points], np.float32)
        return cls(
            (height, width),
            places,
            np.sqrt(raw / sums, dtype=np.float32),
            np.array([p.angle for p in points], np.float32),
            np.log2(np.maximum(sizes, 1e-3)),
        )

    @property
    def are_few(self) -> bool:
        """Too few to compare, however the picture is divided."""
        return len(self.places) < 2 * _MIN_FEATURES

    def found_again(self, across: bool) -> float:
        """The share of one half's features that the other half has as well; a usual one when there are few.

        `across` compares left with right, otherwise top with bottom.
        """
        height, width = self.size_hw
        axis, half = (0, width / 2) if across else (1, height / 2)
        first = self.places[:, axis] < half
        fewer = int(min(first.sum(), (~first).sum()))
        found = self._found(first, axis, half) if fewer >= _MIN_FEATURES else 0
        return (found + _USUAL_SHARE * _USUAL_FEATURES) / (fewer + _USUAL_FEATURES)

    def _found(self, first: NDArray[np.bool_], axis: int, half: float) -> int:
        """How many of the `first` half's features lie in the other at the same height, size and direction."""
        height, width = self.size_hw
        eye_h, eye_w = (height, half) if axis == 0 else (half, width)
        # NumPy's product wakes threads that spin for longer than it takes.
        nothing = np.zeros((0, 0), np.float32)
        product = cv2.gemm(self.descriptors[first], self.descriptors[~first], 1.0, nothing, 0.0, flags=cv2.GEMM_2_T)
        similar = np.asarray(product, np.float32)
        there = similar.argmax(axis=1)
        here = np.arange(len(there))
        mutual = (similar.argmax(axis=0)[there] == here) & (similar[here, there] > _SIMILAR)
        shift = self.places[~first][there] - self.places[first]
        shift[:, axis] -= half
        turn = np.abs((self.angles_deg[~first][there] - self.angles_deg[first] + 180) % 360 - 180)
        growth = np.abs(self.octaves[~first][there] - self.octaves[first])
        good = mutual & (turn < _TURN_DEG) & (growth < _SIZE_OCTAVES)
        good &= (np.abs(shift[:, 1]) < _HEIGHT_SHARE * eye_h) & (np.abs(shift[:, 0]) < _SHIFT_SHARE * eye_w)
        if good.sum() < _MIN_MATCHES:
            return 0
        rows = shift[good, 1]
        # One scatter for all: the eyes may be mounted unevenly, but not every part of the scene differently.
        level = int((np.abs(rows - np.median(rows)) < _ROW_SCATTER * eye_h).sum())
        return level if level >= _MIN_MATCHES else 0


def halves_cues(grey: Grey, features: LayoutFeatures, full: Grey, across: bool) -> HalvesCues:
    """`grey` (H, W) is small and has the `features`; `full` is the same picture at its own size.

    `across` compares left with right, otherwise top with bottom.
    """
    turned = grey if across else np.ascontiguousarray(grey.T)
    half = turned.shape[1] // 2
    first, second = turned[:, :half], turned[:, turned.shape[1] - half :]
    return HalvesCues(
        features.found_again(across),
        _blocks(first, second, across),
        _blocks(first, second[:, ::-1], across),
        *_seam(full if across else full.T),
    )


def _blocks(first: Grey, second: Grey, across: bool) -> float:
    """Mean of the best correlations of a half's blocks; the halves are turned so that they lie side by side."""
    if min(first.shape) < 8:
        return 0.0
    size = _BLOCKS_HW[::-1] if across else _BLOCKS_HW
    eyes = []
    for eye in (first, second):
        small = cv2.resize(np.ascontiguousarray(eye), size, interpolation=cv2.INTER_AREA).astype(np.float32)
        small = small if across else np.ascontiguousarray(small.T)
        eyes.append(small - cv2.GaussianBlur(small, (0, 0), 8))
    here, there = eyes
    found = []
    block_h, block_w = _BLOCK_HW
    height, width = _BLOCKS_HW
    for top in range(0, height, block_h):
        for left in range(0, width, block_w):
            block = here[top : top + block_h, left : left + block_w]
            if block.std() < _FLAT_LEVELS:
                continue
            low, high = max(0, top - _BLOCK_DOWN_PX), min(height, top + block_h + _BLOCK_DOWN_PX)
            reach = int(_SHIFT_SHARE * width)
            start, end = max(0, left - reach), min(width, left + block_w + reach)
            found.append(float(cv2.matchTemplate(there[low:high, start:end], block, cv2.TM_CCOEFF_NORMED).max()))
    return float(np.mean(found)) if len(found) >= _MIN_MATCHES else 0.0


def _seam(full: Grey) -> tuple[float | None, float]:
    """log2 of the step at the middle column over the steps beside it, averaged over the rows that show something; and
    how well one would show."""
    width = full.shape[1]
    reach = _BESIDE_PX[-1] + _SEAM_PX + 1
    middle, other = width // 2, width - width // 2
    if middle <= reach:
        return None, 0.0
    rows = full[:: max(1, full.shape[0] // 400)]
    near = np.ascontiguousarray(rows[:, middle - reach : other + reach]).astype(np.float32)
    seam_at = near.shape[1] // 2

    def step(before: int, after: int) -> float:
        left = near[:, before - _SEAM_PX : before].mean(axis=1)
        right = near[:, after : after + _SEAM_PX].mean(axis=1)
        lit = np.maximum(left, right) > BLACK
        return float(np.abs(left - right)[lit].sum()) / len(near)

    # Only what the step is taken of: thin bars at the eyes' edges end within the steps beside it.
    if (near[:, seam_at - _SEAM_PX : near.shape[1] - seam_at + _SEAM_PX].mean(axis=1) > BLACK).mean() < _LIT_SHARE:
        return None, 0.0
    # Of an odd width the middle column belongs to neither half.
    here = step(seam_at, near.shape[1] - seam_at)
    beside = np.median([step(seam_at + side * px, seam_at + side * px) for px in _BESIDE_PX for side in (-1, 1)])
    apart = np.mean([step(seam_at + before, seam_at + after) for before, after in _APART_PX])
    smooth = float(np.log2((apart + 0.5) / (min(here, beside) + 0.5)))
    shows = (smooth - _ROUGH) / (_SMOOTH - _ROUGH)
    return float(np.log2((here + 0.5) / (beside + 0.5))), float(np.clip(shows, 0, 1))
