"""Which of two surfaces hides the other, told at the edges between them.

Where depth jumps, the picture's edge is the near surface's own outline: in the other eye it is found again where the
near one is, not where the far one is (Stein and Hebert 2009 give an overview of such cues). If the surfaces whose
outlines these are have the higher disparities, the first eye is the left one; if they have the lower, the right one.
That holds however the cameras converge, and for scenes of any kind.

Where a matcher errs it makes jumps of its own, on a flat wall too. An edge proves something only if both sides of it
are where their disparities say, and not where the other side's would put them: there are two surfaces then.
"""

from dataclasses import dataclass, fields

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Disparity
from depthview.engine.stereo.eyes.rough import Grey, RoughDepth

_GAP_PX, _REACH_PX = 3, 14
"""From an edge to where its two surfaces' disparities are read: past the matcher's blur, within the hidden strip."""
_LEAST_JUMP_PX = 2.0
_LARGEST_JUMP_SHARE = 0.2
_LEAST_STEP = 12.0
"""Grey levels across two pixels."""
_HALF_WIDE_PX, _HALF_HIGH_PX = 3, 2
_SLACK_PX = 1.0
_NOISE = 20.0
"""Sum of squared grey levels below which a patch shows nothing."""
_FOUND_AGAIN = 0.75
"""Least correlation of an edge with the other eye at one of the two disparities."""
_CLEARER = 0.1
_SURFACE = 0.6
"""Least correlation of what lies beside an edge with the other eye at its own disparity."""
_MOST = 1500
"""Edges of one eye that are looked at: the steepest."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Outlines:
    """How much clearer outlines move with the higher disparity (`higher`) than with the lower, and the other way
    round; both are sums of correlations over `count` edges. `proven` is the first less the second, of edges between two
    surfaces only, and `proven_squares` the sum of their squares."""

    higher: float = 0.0
    lower: float = 0.0
    count: int = 0
    proven: float = 0.0
    proven_squares: float = 0.0

    def __add__(self, other: "Outlines") -> "Outlines":
        return Outlines(
            self.higher + other.higher,
            self.lower + other.lower,
            self.count + other.count,
            self.proven + other.proven,
            self.proven_squares + other.proven_squares,
        )

    @property
    def balance(self) -> float:
        """1: all speak for the first eye being the left one, -1: for the right one."""
        both = self.higher + self.lower
        return (self.higher - self.lower) / both if both > 0 else 0.0

    @property
    def proof(self) -> float:
        """In standard deviations: how far edges between two surfaces are from speaking for either order alike."""
        return self.proven / self.proven_squares**0.5 if self.proven_squares > 0 else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class _Edges:
    """(N,) each: where the edges are, and the disparities on the left and on the right of them, read at a column."""

    rows: NDArray[np.intp]
    columns: NDArray[np.intp]
    before_px: Floats
    after_px: Floats
    before_at: NDArray[np.intp]
    after_at: NDArray[np.intp]

    def seen_by_other(self, towards: int, width: int) -> "_Edges":
        """Those that both disparities leave inside the other eye's picture: beyond its sides there are only wrong ones,
        all on the same side of the right one."""
        seen = np.ones(len(self.rows), np.bool_)
        for px in (self.before_px, self.after_px):
            there = self.columns + towards * px
            seen &= (there >= _REACH_PX) & (there < width - _REACH_PX)
        return _Edges(*(getattr(self, field.name)[seen] for field in fields(self)))


def judge_outlines(rough: RoughDepth) -> Outlines:
    """Both eyes' edges between two surfaces."""
    return _of_eye(rough.first, rough.second, rough.first_px, -1) + _of_eye(
        rough.second, rough.first, rough.second_px, 1
    )


def _of_eye(here: Grey, there: Grey, disparity_px: Disparity, towards: int) -> Outlines:
    """A point x of `here` lies at x + `towards` * disparity in `there`."""
    edges = _edges_of_depth(here, disparity_px).seen_by_other(towards, here.shape[1])
    if not len(edges.rows):
        return Outlines()

    def found_again(rows: NDArray[np.intp], columns: NDArray[np.intp], *candidates_px: Floats) -> list[Floats]:
        patches = _strips(here, rows, columns.astype(np.float32), 0.0)
        places = [(columns + towards * px).astype(np.float32) for px in candidates_px]
        return [_likeness(patches, _strips(there, rows, at, _SLACK_PX)) for at in places]

    before, after = found_again(edges.rows, edges.columns, edges.before_px, edges.after_px)
    clearer = np.where(edges.before_px > edges.after_px, before - after, after - before)
    clear = (np.maximum(before, after) > _FOUND_AGAIN) & (np.abs(clearer) > _CLEARER)
    if not clear.any():
        return Outlines()
    clearer, rows, is_before = clearer[clear], edges.rows[clear], (before > after)[clear]
    # The side that the outline does not belong to: a little further off than where its disparity was read.
    beside = np.where(is_before, edges.after_at[clear] + 1, edges.before_at[clear] - 1)
    before_px, after_px = edges.before_px[clear], edges.after_px[clear]
    own, other = found_again(
        rows, beside, np.where(is_before, after_px, before_px), np.where(is_before, before_px, after_px)
    )
    proven = clearer[(own > _SURFACE) & (own - other > _CLEARER)]
    return Outlines(
        float(clearer[clearer > 0].sum()),
        float(-clearer[clearer < 0].sum()),
        len(clearer),
        float(proven.sum()),
        float(np.square(proven).sum()),
    )


def _edges_of_depth(grey: Grey, disparity_px: Disparity) -> _Edges:
    """The steepest edges between two disparities."""
    height, width = grey.shape
    smooth = cv2.GaussianBlur(grey, (3, 3), 0).astype(np.float32)
    step = np.zeros((height, width), np.float32)
    step[:, 1:-1] = np.abs(smooth[:, 2:] - smooth[:, :-2])
    before, before_at = _beside(disparity_px)
    after_mirrored, at_mirrored = _beside(disparity_px[:, ::-1])
    after, after_at = after_mirrored[:, ::-1], width - 1 - at_mirrored[:, ::-1]
    jump = np.abs(before - after)
    edge = (step > _LEAST_STEP) & (jump >= _LEAST_JUMP_PX) & (jump < _LARGEST_JUMP_SHARE * width)
    edge[:, 1:-1] &= (step[:, 1:-1] >= step[:, :-2]) & (step[:, 1:-1] > step[:, 2:])
    edge[:4] = edge[-4:] = False
    rows, columns = np.nonzero(edge)
    if len(rows) > _MOST:
        steepest = np.argpartition(-step[rows, columns], _MOST)[:_MOST]
        rows, columns = rows[steepest], columns[steepest]
    at = rows, columns
    return _Edges(rows, columns, before[at], after[at], before_at[at], after_at[at])


def _beside(disparity_px: Disparity) -> tuple[Disparity, NDArray[np.intp]]:
    """The nearest known disparity on the left of each pixel, a gap away and within reach, NaN where there is none; and
    the column where that is."""
    width = disparity_px.shape[1]
    at = np.where(np.isfinite(disparity_px), np.arange(width), -width - _REACH_PX)
    nearest = np.full_like(at, -width - _REACH_PX)
    nearest[:, _GAP_PX:] = np.maximum.accumulate(at, axis=1)[:, :-_GAP_PX]
    found = np.take_along_axis(disparity_px, np.maximum(nearest, 0), axis=1)
    found[np.arange(width) - nearest > _REACH_PX] = np.nan
    return np.asarray(found, np.float32), nearest


def _strips(grey: Grey, rows: NDArray[np.intp], columns: Floats, slack_px: float) -> Floats:
    """(N, places, high, wide): patches around each place, and around those half a pixel on, up to `slack_px` away."""
    reach = _HALF_WIDE_PX + slack_px
    across = np.arange(-reach, reach + 0.25, 0.5).astype(np.float32)
    down = np.arange(-_HALF_HIGH_PX, _HALF_HIGH_PX + 1, dtype=np.float32)
    x = np.broadcast_to(columns[:, None, None] + across, (len(rows), len(down), len(across)))
    y = np.broadcast_to((rows[:, None] + down)[..., None].astype(np.float32), x.shape)
    flat = cv2.remap(
        grey.astype(np.float32),
        x.reshape(len(rows), -1),
        y.reshape(len(rows), -1),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_REPLICATE,
    ).reshape(x.shape)
    wide = 4 * _HALF_WIDE_PX + 1
    places = range(len(across) - wide + 1)
    return np.stack([flat[:, :, first : first + wide : 2] for first in places], axis=1)


def _likeness(patches: Floats, candidates: Floats) -> Floats:
    """(N,) the best correlation of each patch (N, 1, high, wide) with its candidates (N, places, high, wide)."""
    one, other = (
        p.reshape(*p.shape[:2], -1) - p.mean(axis=(2, 3), keepdims=False)[..., None] for p in (patches, candidates)
    )
    power = (np.square(one).sum(-1) + _NOISE) * (np.square(other).sum(-1) + _NOISE)
    return np.asarray(((one * other).sum(-1) / np.sqrt(power)).max(axis=1), np.float32)
