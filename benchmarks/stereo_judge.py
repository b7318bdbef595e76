"""The arithmetic of the stereo figures: bad pixels, how far a surface bleeds, how much a still flickers."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from benchmarks.stereo_pairs import KnownPair
from depthview.engine.frames import Confidence, Disparity

EDGE_JUMP_PX = 4.0
"""Neighbours whose truth differs by more lie on two surfaces."""
FARTHEST_PX = 48
"""Bleeding is followed no farther than this."""
SURE = 0.5


@dataclass(frozen=True, slots=True)
class Score:
    """Shares 0..1 of the pixels whose truth is known; an unknown answer is a bad one.

    `bad_seen` counts only what both eyes see (None where the set does not say). `error_px` is the mean over the answers
    that there are. `sure` is the share with a confidence of at least 0.5, `bad_sure` the share of bad ones among them.
    """

    bad: float
    bad_seen: float | None
    error_px: float
    unknown: float
    sure: float | None = None
    bad_sure: float | None = None


def judge(pair: KnownPair, found_px: Disparity, confidence: Confidence | None = None) -> Score:
    """Hold an answer of the pair's own size against its truth, by the rules of its set."""
    known = np.isfinite(pair.disparity_px)
    if found_px.shape != known.shape:
        raise ValueError(f"an answer of {found_px.shape} for a pair of {known.shape}")
    error = np.abs(found_px - pair.disparity_px)
    bad = ~(error <= pair.kind.wrong_px)  # also where the answer is NaN
    answered = known & np.isfinite(found_px)
    seen = None if pair.seen is None else known & pair.seen
    sure = None if confidence is None else known & (confidence >= SURE)
    return Score(
        bad=_share(bad, known),
        bad_seen=None if seen is None or not seen.any() else _share(bad, seen),
        error_px=float(error[answered].mean()) if answered.any() else float("nan"),
        unknown=1.0 - _share(answered, known),
        sure=None if sure is None else _share(sure, known),
        bad_sure=None if sure is None or not sure.any() else _share(bad, sure),
    )


def falls(values: Sequence[float]) -> bool:
    """Whether each value is at most the one before."""
    return all(after <= before for before, after in itertools.pairwise(values))


@dataclass(frozen=True, slots=True)
class Bleeding:
    """How far, in pixels from a true edge, the answer still belongs to the other surface; over all edges' two sides.

    `half_occluded_p95_px` only counts the sides that one eye does not see, None where that is not known.
    """

    p95_px: float
    largest_px: float
    over_3_px: float
    edges: int
    half_occluded_p95_px: float | None = None
    half_occluded_over_3_px: float | None = None


def bleeding(
    truth_px: NDArray[np.float32], found_px: Disparity, seen: NDArray[np.bool_] | None = None
) -> Bleeding | None:
    """Measure bleeding along rows and columns; None where the truth has no edge.

    From every edge, on each side, it is counted how many pixels in a row have an answer nearer to the truth beyond the
    edge than to their own. A pixel without an answer does not bleed.
    """
    lengths, hidden = [], []
    for truth, found, visible in (
        (truth_px, found_px, seen),
        (truth_px.T, found_px.T, None if seen is None else seen.T),
    ):
        # Mirrored, the left side of an edge becomes its right side.
        for step in (1, -1):
            run, rows, columns = _runs(truth[:, ::step], found[:, ::step])
            lengths.append(run)
            if visible is not None:
                hidden.append(~visible[:, ::step][rows, columns])
    all_px = np.concatenate(lengths)
    if all_px.size == 0:
        return None
    of_hidden = all_px[np.concatenate(hidden)] if hidden else np.zeros(0)
    return Bleeding(
        float(np.percentile(all_px, 95)),
        float(all_px.max()),
        float((all_px > 3).mean()),
        int(all_px.size),
        float(np.percentile(of_hidden, 95)) if of_hidden.size else None,
        float((of_hidden > 3).mean()) if of_hidden.size else None,
    )


def _runs(truth: NDArray[np.float32], found: Disparity) -> tuple[NDArray[np.int64], NDArray[np.intp], NDArray[np.intp]]:
    """For every edge between x - 1 and x: how many pixels from x on belong to x - 1's surface; the edges' y and x."""
    with np.errstate(invalid="ignore"):
        jump = np.abs(np.diff(truth, axis=1)) > EDGE_JUMP_PX
        rows, before = np.nonzero(jump)
        beyond = truth[rows, before]
        run = np.zeros(len(rows), np.int64)
        going = np.ones(len(rows), bool)
        for k in range(FARTHEST_PX):
            column = before + 1 + k
            going &= column < truth.shape[1]
            at = np.minimum(column, truth.shape[1] - 1)
            if k > 0:
                going &= ~jump[rows, at - 1]  # the next surface is not this edge's affair
            answer, own = found[rows, at], truth[rows, at]
            going &= np.abs(answer - beyond) < np.abs(answer - own)  # False for NaN
            if not going.any():
                break
            run += going
    return run, rows, np.minimum(before + 1, truth.shape[1] - 1)


def share_found(
    truth_px: NDArray[np.float32], found_px: Disparity, where: NDArray[np.bool_], within_px: float
) -> float:
    """The share of the pixels `where` whose answer is within so many pixels of the truth."""
    with np.errstate(invalid="ignore"):
        return _share(np.abs(found_px - truth_px) <= within_px, where)


def still_pixels(before: NDArray[np.uint8], after: NDArray[np.uint8], grey_levels: float = 3.0) -> NDArray[np.bool_]:
    """(H, W) bool: where no colour of (H, W, 3) changed by more than that from one frame to the next."""
    change = np.abs(before.astype(np.int16) - after.astype(np.int16)).max(axis=2)
    return np.asarray(change <= grey_levels)


def flicker_px(before_px: Disparity, after_px: Disparity, still: NDArray[np.bool_]) -> float:
    """The mean change of disparity at pixels that stood still; NaN where none did."""
    both = still & np.isfinite(before_px) & np.isfinite(after_px)
    return float(np.abs(after_px - before_px)[both].mean()) if both.any() else float("nan")


def mean_difference_px(one_px: Disparity, other_px: Disparity) -> float:
    """Over the pixels that both know."""
    both = np.isfinite(one_px) & np.isfinite(other_px)
    return float(np.abs(one_px - other_px)[both].mean()) if both.any() else float("nan")


def _share(what: NDArray[np.bool_], among: NDArray[np.bool_]) -> float:
    return float(what[among].mean()) if among.any() else float("nan")
