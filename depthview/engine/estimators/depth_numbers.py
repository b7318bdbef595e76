"""From what a monocular network says to what a person is shown: metres, inverse depth, or depth up to scale and shift.

Formulas: notes/panorama.md 1.1 and 1.3 (Metric3D, Depth Anything 3, monodepth2, DenseDepth).
"""

import math

import numpy as np

from depthview.engine.estimators.contract import Manifest, Numbers
from depthview.engine.frames import Meaning, Values

_LEAST_DEPTH_M = 0.01
_MOST_DEPTH_M = 1000.0


def read_numbers(raw: Values, manifest: Manifest, fov_deg: float | None, width_px: int) -> tuple[Values, Meaning]:
    """(H, W) float32 of the manifest's `meaning`, and what they are. Unknown is NaN.

    `fov_deg` is the camera's horizontal field of view, None where nobody knows; `width_px` is that of the picture as
    the network sees it.
    """
    values = raw * np.float32(manifest.sign)
    scale = np.float32(manifest.scale or 1.0)
    meaning = manifest.result
    match manifest.meaning:
        case Numbers.SIGMOID_DISPARITY:
            nearest, farthest = manifest.min_depth_m or _LEAST_DEPTH_M, manifest.max_depth_m or _MOST_DEPTH_M
            inverse = np.float32(1 / farthest) + np.float32(1 / nearest - 1 / farthest) * values
            return (inverse, meaning) if manifest.scale is None else (scale / inverse, meaning)
        case Numbers.INVERSE_METRIC:
            with np.errstate(divide="ignore", invalid="ignore"):
                values = np.where(values > 0, scale / values, np.float32(np.nan))
        case Numbers.CANONICAL_DEPTH if fov_deg is not None and manifest.focal_px is not None:
            focal_px = width_px / 2 / _half_tangent(fov_deg)
            values, meaning = values * scale * np.float32(focal_px / manifest.focal_px), Meaning.METRIC_DEPTH
        case _:
            values = values * scale
    if meaning in (Meaning.METRIC_DEPTH, Meaning.RANGE):
        values = np.where(values > 0, values, np.float32(np.nan))
        values = np.clip(values, manifest.min_depth_m, manifest.max_depth_m) if _limits(manifest) else values
    if meaning is Meaning.METRIC_DEPTH and manifest.fov_deg is not None and fov_deg is not None:
        values = values * np.float32(_half_tangent(manifest.fov_deg) / _half_tangent(fov_deg))
    return np.asarray(values, np.float32), meaning


def _half_tangent(fov_deg: float) -> float:
    return math.tan(math.radians(fov_deg) / 2)


def _limits(manifest: Manifest) -> bool:
    return manifest.min_depth_m is not None or manifest.max_depth_m is not None
