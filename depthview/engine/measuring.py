"""How far it is from one point of a picture to another, and how sure that is."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.depth import DepthScale, InverseDepth
from depthview.engine.depth_edges import step_limits
from depthview.engine.frames import DepthFrame, Meaning

Pixel = tuple[float, float]
"""x, y in pixels of the depth frame's own size; the first pixel's centre is 0."""

_REACH_PX = 3
"""How far around a point its surface is asked: enough to average noise, too little to bend."""
_LEAST_KNOWN = 6
"""Fewer points say nothing of a slope, and their median counts."""
_ROUNDS = 12
_FINEST_SHARE = 0.01
"""Of the noise: residuals below count alike."""
_LEAST_RESIDUAL = 1e-9
_MAD_TO_SIGMA = 1.4826
_L1_LOSS = 1.25
"""How much less exact the least sum of residuals is than that of squares where the noise is normal: sqrt(pi / 2)."""
_BIAS_SHARE = 0.0005
"""Of the width: what a whole neighbourhood is off by where two eyes are matched, one standard deviation, as long as
they are matched at 640 wide at least. Set so that nine of ten errors in the drawn room are below twice of it
(`python -m benchmarks.stereo_metres`); the noise inside the neighbourhood says nothing of it."""
_BIAS_PX = 0.32
"""The same in pixels of the size at which they are matched, which counts where that is coarser: at 320 wide eight of
ten errors were as small as the share above says, and more than nine of ten are as small as this says."""
_RIG_SHARE = 0.005
"""Of a length: what a calibrated camera is off by, one standard deviation. A board's sides, triangulated from its
corners, came out longer by 0.4 % in the mean, with the camera's own rig and with one solved by this program alike."""
CLICK_PX = 0.5
"""How well a place is hit where a pixel of the picture is shown as one of the screen, along each axis."""
_SIGMAS = 2.0
"""What is told is the distance that nine of ten errors stay below."""


@dataclass(frozen=True, slots=True, eq=False)
class Spot:
    """A point of a surface. `xyz_m`: (3,) float64, metres, x right, y down, z forward. `depth_sigma_m`: how unsure its
    depth is, one standard deviation; None where nobody can tell. `px_m`: what a pixel is wide there, metres."""

    xyz_m: NDArray[np.float64]
    depth_sigma_m: float | None
    px_m: float


@dataclass(frozen=True, slots=True)
class Measured:
    """A distance. `uncertain_m`: what nine of ten errors stay below if the camera is the rig's; None where the model
    does not show it. `guess`: whether the metres rest on a camera that nobody measured."""

    distance_m: float
    uncertain_m: float | None
    guess: bool


def measure(
    depth: DepthFrame,
    rig: StereoRig,
    a_px: Pixel,
    b_px: Pixel,
    *,
    clicks_px: tuple[float, float] = (CLICK_PX, CLICK_PX),
) -> Measured | None:
    """The straight distance between what two pixels show; `rig` may belong to another size of the same picture.
    `clicks_px`: how well each was hit, one standard deviation along each axis, pixels.

    None where one of them is unknown or outside, or where the depth has no metres.
    """
    a, b = spot_at(depth, rig, a_px), spot_at(depth, rig, b_px)
    if a is None or b is None:
        return None
    way = b.xyz_m - a.xyz_m
    distance_m = float(np.linalg.norm(way))
    guess = DepthScale.of(depth, rig).shape_is_guess
    if a.depth_sigma_m is None or b.depth_sigma_m is None:
        return Measured(distance_m, None, guess)
    # Which part of an error at either end is an error along the way between them.
    along = way / distance_m if distance_m > 0 else np.array([0.0, 0.0, 1.0])
    variance = (_RIG_SHARE * distance_m) ** 2
    for spot, depth_sigma_m, click_px in zip((a, b), (a.depth_sigma_m, b.depth_sigma_m), clicks_px, strict=True):
        ray = spot.xyz_m / spot.xyz_m[2]
        variance += (float(along @ ray) * depth_sigma_m) ** 2 + (click_px * spot.px_m) ** 2
    return Measured(distance_m, _SIGMAS * math.sqrt(variance), guess)


def spot_at(depth: DepthFrame, rig: StereoRig, at_px: Pixel) -> Spot | None:
    """Where what a pixel shows is in space: a plane is laid through its surface, of which noise and edges are no part.

    None where the pixel is unknown or outside, or where the depth has no metres.
    """
    scale = DepthScale.of(depth, rig)
    rig = scale.rig
    height, width = depth.values.shape
    column, row = round(at_px[0]), round(at_px[1])
    if not scale.has_metres or not (0 <= column < width and 0 <= row < height):
        return None
    inverse = scale.inverse_depth(depth.values)
    found = _on_its_surface(inverse, row, column, at_px, rig.focal_px)
    if found is None:
        return None
    value, noise = found
    total = value + inverse.offset
    if not total > 0:
        return None
    z = inverse.numerator / total
    x, y = (at_px[0] - rig.cx_px) / rig.focal_px, (at_px[1] - rig.cy_px) / rig.focal_px
    bias_px = max(_BIAS_SHARE * width, _BIAS_PX * depth.coarseness)
    sigma_m = z * math.hypot(noise, bias_px) / total if scale.meaning is Meaning.DISPARITY else None
    return Spot(np.array([x * z, y * z, z]), sigma_m, z / rig.focal_px)


def pixel_of(rig: StereoRig, point_m: tuple[float, float, float]) -> Pixel | None:
    """The pixel that shows a point in the left eye's space, of a picture `rig.width_px` wide; None behind the eye."""
    x, y, z = point_m
    if not z > 0:
        return None
    return rig.cx_px + rig.focal_px * x / z, rig.cy_px + rig.focal_px * y / z


def _on_its_surface(
    inverse: InverseDepth, row: int, column: int, at_px: Pixel, focal_px: float
) -> tuple[float, float] | None:
    """The inverse depth at a point by the surface around it, and the standard error of that; None where unknown."""
    top, left = max(0, row - _REACH_PX), max(0, column - _REACH_PX)
    window = inverse.map[top : row + _REACH_PX + 1, left : column + _REACH_PX + 1].astype(np.float64)
    centre = window[row - top, column - left]
    if not math.isfinite(centre):
        return None
    y, x = np.mgrid[top : top + window.shape[0], left : left + window.shape[1]]
    x, y = x - at_px[0], y - at_px[1]
    # Noise does not grow with the way, so that of an edge beside the point little is taken for its surface.
    slope = float(step_limits(replace(inverse, noise=0.0), np.full(1, centre, np.float32), focal_px)[0])
    with np.errstate(invalid="ignore"):
        same = np.abs(window - centre) <= inverse.noise + slope * np.hypot(x, y)
    values, x, y = window[same], x[same], y[same]
    if len(values) < _LEAST_KNOWN:
        return float(np.median(values)), inverse.noise
    design = np.stack([np.ones_like(x), x, y], axis=1)
    weights = np.ones(len(values))
    for _ in range(_ROUNDS):
        plane = np.linalg.lstsq(design * weights[:, None], values * weights, rcond=None)[0]
        residual = np.abs(values - design @ plane)
        # Reweighted so that the sum of the residuals, not of their squares, becomes least: a few strays pull nothing.
        weights = 1 / np.sqrt(np.maximum(residual, max(_FINEST_SHARE * inverse.noise, _LEAST_RESIDUAL)))
    return float(plane[0]), _MAD_TO_SIGMA * float(np.median(residual)) * _L1_LOSS / math.sqrt(len(values))
