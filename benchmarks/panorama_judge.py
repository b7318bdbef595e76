"""The arithmetic of the panorama figures: how far a range map is from a known one, and what knowing nothing scores.

AbsRel and delta1 as everywhere in the field (Eigen et al. 2014), after one factor has brought the medians together:
neither the photos' truths nor most networks know metres.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.sphere import row_latitudes

CLOSE = 1.25
"""delta1 counts the answers that are off by less than this factor."""
_HEIGHTS = np.geomspace(0.15, 8.0, 32)
"""Of floor and ceiling, in radii of the cylinder: from a hall to a shaft."""
_FITTED_STEP = 4

Range = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Score:
    """Over the pixels whose truth is known: AbsRel and the share within a factor of 1.25, pixel by pixel and by solid
    angle, and the share that has an answer. What has none is taken to be as far as the median of the others."""

    abs_rel: float
    delta1: float
    abs_rel_sphere: float
    delta1_sphere: float
    answered: float


def judge(truth: Range, found: Range) -> Score:
    """Hold an (H, W) range map, NaN unknown, against the truth of the same panorama and size, NaN or 0 unknown."""
    if truth.shape != found.shape:
        raise ValueError(f"an answer of {found.shape} for a panorama of {truth.shape}")
    known = np.nan_to_num(truth) > 0
    answered = known & (np.nan_to_num(found) > 0)
    if not answered.any():
        return Score(float("nan"), 0.0, float("nan"), 0.0, 0.0)
    middle = float(np.median(found[answered]))
    real, said = truth[known].astype(np.float64), np.where(answered, found, middle)[known].astype(np.float64)
    said *= np.median(real) / np.median(said)
    off = np.abs(said - real) / real
    close = (np.maximum(said / real, real / said) < CLOSE).astype(np.float64)
    weight = np.broadcast_to(np.cos(row_latitudes(truth.shape[0]))[:, None], truth.shape)[known]
    return Score(
        float(off.mean()),
        float(close.mean()),
        float(np.average(off, weights=weight)),
        float(np.average(close, weights=weight)),
        float(answered.sum() / known.sum()),
    )


def mean_score(scores: list[Score]) -> Score:
    """Every photo counts alike."""
    return Score(*np.mean([[getattr(one, name) for name in Score.__slots__] for one in scores], axis=0).tolist())


def cylinder(size_hw: tuple[int, int], floor: float, ceiling: float) -> Range:
    """The range within a cylinder of radius 1 around the camera, whose floor lies so far below it and ceiling above."""
    latitude = row_latitudes(size_hw[0])
    height = np.where(latitude > 0, ceiling, floor)
    column = np.minimum(1 / np.cos(latitude), height / np.abs(np.sin(latitude)))
    return np.repeat(column[:, None], size_hw[1], axis=1).astype(np.float32)


def best_cylinder(truth: Range) -> Range:
    """The cylinder with the least AbsRel to this very truth. No program has that: it is a yardstick."""
    small = truth[_FITTED_STEP // 2 :: _FITTED_STEP, _FITTED_STEP // 2 :: _FITTED_STEP]
    rows = truth.shape[0]

    def off(heights: tuple[float, float]) -> float:
        drawn = cylinder((rows, 1), *heights)[_FITTED_STEP // 2 :: _FITTED_STEP]
        return judge(small, np.repeat(drawn, small.shape[1], axis=1)).abs_rel

    return cylinder((rows, truth.shape[1]), *min(((f, c) for f in _HEIGHTS for c in _HEIGHTS), key=off))
