"""Semi-global matching: depth with no model file, on any machine.

H. Hirschmueller, "Stereo Processing by Semiglobal Matching and Mutual Information", PAMI 2008, in OpenCV's
three-way form. What is added here: the search range is measured on a small picture first, so nobody has to type it, and
the pictures are padded, so that the border is searched as well (without it every pixel closer to the left edge than the
search range is unknown: 24 % bad pixels instead of 15 % on a SceneFlow frame).
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.continuity import Continuity
from depthview.engine.estimators.fit import Fit, resize_disparity, turned_to
from depthview.engine.frames import Disparity, DisparitySpan, Image, StereoPair

MODEL_ID = "sgm"
TITLE = "Semi-global matching"
SIZES_HW = ((240, 320), (360, 480), (480, 640), (720, 1280))
LIVE_HW = (480, 640)
LARGEST_HW = (720, 1280)

_COARSE_WIDTH_PX = 320
_COARSE_LOWEST_PX = -96
_COARSE_COUNT = 256
_BIN_PX = 8
_SURFACE_SHARE = 0.006
_FRINGE_SHARE = 0.002
"""Of all pixels, in a bin of disparities: what makes it a surface, and what makes it the edge of its neighbour."""
_SURELY_MATCHED = 0.4
"""Of all pixels: two eyes match in more; of two pictures that have nothing in common, chance matches a quarter."""
_SURFACE_STEP_PX = 1.0
_SEEN_SHARE = 0.1
"""Of the pixels of a row's surface: as many have to have their match within the other eye's picture."""
_BELOW_SPAN_SHARE = 0.0125
"""Of the width: searched below what is known of the span, since that is not known to the pixel."""
_REMEASURE_EVERY = 24


class SemiGlobalEstimator:
    """Disparity of a rectified pair by semi-global matching at `selection.size_hw`.

    Without a size it works at the pair's own, up to `LARGEST_HW`: larger ones gain holes faster than detail.
    Pixels that fail the left-right check, or that nothing matches, are NaN.
    """

    def __init__(self, selection: Selection) -> None:
        self._size_hw = selection.size_hw
        self.info = EstimatorInfo(TITLE, Selection(MODEL_ID, None, self._size_hw), "CPU")
        self._continuity, self._range = Continuity(), RunningRange()

    def estimate(self, pair: StereoPair) -> Estimate:
        """(H, W) float32 disparity at the pair's own size."""
        fit = Fit.free(pair.size_hw, self._size_hw or at_most(pair.size_hw, LARGEST_HW))
        left, right = fit.apply(pair.left), fit.apply(pair.right)
        if not self._continuity.follows(pair):
            self._range = RunningRange()  # a cut, or exchanged eyes, which in a dim clip look alike
        lowest, highest = self._range.of(left, right, fit.span_within(pair.span))
        return Estimate(fit.undo(match(left, right, lowest, highest)))

    def close(self) -> None:
        """Nothing is held."""


def at_most(size_hw: tuple[int, int], largest_hw: tuple[int, int]) -> tuple[int, int]:
    """A picture's own size, or where that is larger, the size to fit it into."""
    height, width = turned_to(size_hw, largest_hw)
    return size_hw if size_hw[0] <= height and size_hw[1] <= width else largest_hw


def match(left: Image, right: Image, lowest_px: int, highest_px: int) -> Disparity:
    """Match two (H, W, 3) or grey (H, W) pictures within [lowest_px, highest_px]; NaN where the eyes disagree."""
    count = max(16, -(-(highest_px - lowest_px + 1) // 16) * 16)
    block_px = 3
    cost = left.shape[2] * block_px * block_px if left.ndim == 3 else block_px * block_px
    matcher = cv2.StereoSGBM.create(
        minDisparity=lowest_px,
        numDisparities=count,
        blockSize=block_px,
        P1=8 * cost,
        P2=32 * cost,
        disp12MaxDiff=1,
        preFilterCap=31,
        uniquenessRatio=5,
        speckleWindowSize=100,
        speckleRange=2,
        mode=cv2.STEREO_SGBM_MODE_SGBM_3WAY,
    )
    before, after = max(0, lowest_px + count), max(0, -lowest_px)
    width = left.shape[1]
    padded = [cv2.copyMakeBorder(eye, 0, 0, before, after, cv2.BORDER_REPLICATE) for eye in (left, right)]
    sixteenths = matcher.compute(*padded)[:, before : before + width]
    disparity = sixteenths.astype(np.float32) / np.float32(16)
    disparity[sixteenths < lowest_px * 16] = np.nan
    return _without_what_hangs_outside(disparity)


def _without_what_hangs_outside(disparity: Disparity) -> Disparity:
    """Of places whose match lies beyond the other eye's picture only those stay that go on a surface from within.

    Surfaces are those of a row. Beyond its border a picture is continued by its last column, which plain things match
    at any disparity.
    """
    height, width = disparity.shape
    known = np.isfinite(disparity)
    inside = np.arange(width, dtype=np.float32) >= disparity
    begins = np.ones((height, width), np.bool_)
    begins[:, 1:] = ~(np.abs(np.diff(disparity, axis=1)) <= _SURFACE_STEP_PX)
    surface = np.cumsum(begins.ravel()) - 1
    sizes, seen = np.bincount(surface), np.bincount(surface, weights=(inside & known).ravel())
    goes_on = (seen >= _SEEN_SHARE * sizes)[surface].reshape(height, width)
    disparity[known & ~inside & ~goes_on] = np.nan
    return disparity


def coarse_disparity(left: Image, right: Image) -> Disparity:
    """A quick disparity over a wide range of both signs, in pixels of a picture `320` wide (or its own, if smaller)."""
    height, width = left.shape[:2]
    scale = min(1.0, _COARSE_WIDTH_PX / width)
    size = (max(16, round(width * scale)), max(16, round(height * scale)))
    small = [cv2.resize(eye, size, interpolation=cv2.INTER_AREA).astype(np.uint8) for eye in (left, right)]
    return match(small[0], small[1], _COARSE_LOWEST_PX, _COARSE_LOWEST_PX + _COARSE_COUNT - 1)


def prior_disparity(left: Image, right: Image, size_hw: tuple[int, int]) -> Disparity:
    """A dense first guess of `size_hw` without unknowns, for networks that start from one."""
    coarse = coarse_disparity(left, right)
    known = np.isfinite(coarse)
    if not known.any():
        return np.zeros(size_hw, np.float32)
    # A first guess has to be dense: unknown places are bridged along their row.
    columns = np.arange(coarse.shape[1])
    rows = [
        np.interp(columns, columns[k], row[k]) if k.any() else np.full(row.shape, np.nan)
        for row, k in zip(coarse, known, strict=True)
    ]
    dense = np.asarray(rows, np.float32)
    dense[~np.isfinite(dense)] = np.median(coarse[known])
    return resize_disparity(cv2.medianBlur(dense, 5).astype(np.float32), size_hw)


def _occupied(known: NDArray[np.float32], pixels: int) -> tuple[float, float]:
    """The lowest and highest disparity at which there is a surface.

    Percentiles would do for clean pairs; hand-held ones match wrongly all over the range, a little everywhere.
    """
    highest_px = _COARSE_LOWEST_PX + _COARSE_COUNT
    counts, edges = np.histogram(known, bins=_COARSE_COUNT // _BIN_PX, range=(_COARSE_LOWEST_PX, highest_px))
    surfaces = np.flatnonzero(counts >= _SURFACE_SHARE * pixels)
    if surfaces.size == 0:
        low, high = np.percentile(known, (5.0, 95.0))
        return float(low), float(high)
    first, last = int(surfaces[0]), int(surfaces[-1])
    fringe = counts >= _FRINGE_SHARE * pixels
    while first > 0 and fringe[first - 1]:
        first -= 1
    while last < len(counts) - 1 and fringe[last + 1]:
        last += 1
    inside = known[(known >= edges[first]) & (known <= edges[last + 1])]
    return float(inside.min()), float(inside.max())


class RunningRange:
    """The search range of one scene of a running video: measured now and again, widened at once, narrowed slowly."""

    def __init__(self) -> None:
        self._range: tuple[int, int] | None = None
        self._size_hw: tuple[int, ...] = ()
        self._age = 0

    def of(self, left: Image, right: Image, span: DisparitySpan | None) -> tuple[int, int]:
        """The lowest and highest disparity to search in this frame, whole pixels of the given pictures as `span`.

        A quick match of plain walls finds surfaces anywhere: what is known of the pair's `span` limits it.
        """
        if self._size_hw != left.shape[:2]:
            self._range, self._size_hw = None, left.shape[:2]
        self._age += 1
        if self._range is None or self._age >= _REMEASURE_EVERY:
            measured = measure_range(left, right)
            if self._range is not None:
                # An object that hides for a moment should not cost the search its range: narrow by half a step a time.
                measured = (
                    min(measured[0], (self._range[0] + measured[0]) // 2),
                    max(measured[1], (self._range[1] + measured[1] + 1) // 2),
                )
            self._range, self._age = measured, 0
        return self._range if span is None else _limited(self._range, span, left.shape[1])


def _limited(measured: tuple[int, int], span: DisparitySpan, width: int) -> tuple[int, int]:
    room_px = round(_BELOW_SPAN_SHARE * width)
    lowest, highest = span.lowest_px - room_px, span.highest_px
    limited = max(measured[0], lowest), min(measured[1], highest)
    return limited if limited[0] < limited[1] else (lowest, highest)


def measure_range(left: Image, right: Image) -> tuple[int, int]:
    """The lowest and highest disparity worth searching, whole pixels of the given pictures."""
    found, scale = _surfaces(left, right, enough=0.02)
    if found is None:
        return -16, round(0.25 * left.shape[1])
    low, high = found
    margin = max(3.0, 0.12 * (high - low))
    # The farthest things have a disparity of 0 in parallel footage; searching that far costs little and loses nothing.
    low = min(low - margin, 0.0) if low > 0 else low - margin
    return int(np.floor(low * scale)), int(np.ceil((high + margin) * scale))


def surface_range(left: Image, right: Image) -> tuple[int, int] | None:
    """The lowest and highest disparity at which there is a surface, whole pixels of the given pictures; None where too
    little matches."""
    found, scale = _surfaces(left, right, enough=_SURELY_MATCHED)
    return None if found is None else (int(np.floor(found[0] * scale)), int(np.ceil(found[1] * scale)))


def _surfaces(left: Image, right: Image, *, enough: float) -> tuple[tuple[float, float] | None, float]:
    """Where a quick match finds surfaces, in its own pixels, if it matches `enough` of all; how many of the pictures'
    pixels one of them is."""
    coarse = coarse_disparity(left, right)
    known = coarse[np.isfinite(coarse)]
    found = _occupied(known, coarse.size) if known.size >= enough * coarse.size else None
    return found, left.shape[1] / coarse.shape[1]
