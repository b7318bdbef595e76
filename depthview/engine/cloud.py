"""Coloured points in space, from a depth frame."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.depth import DepthScale
from depthview.engine.depth_edges import on_a_ramp, step_limits
from depthview.engine.frames import DepthFrame

Points = NDArray[np.float32]
"""(N, 3) float32, metres: x right, y down, z forward."""


@dataclass(frozen=True, slots=True)
class PointCloud:
    """What the 3D views draw and the exports write. Arrays are C-contiguous, finite and never written again.

    `xyz_m`: (N, 3) float32 in metres, x right, y down, z forward, the taking camera at the origin.
    `rgb`: (N, 3) uint8.
    `relative` is True where nobody measured: the rig was assumed or the depth is known up to a scale only. Whoever
    shows distances of such a cloud has to say so. `unitless` is True where it has no metres at all, and its shape may
    be bent: the depth came without scale and offset.
    `footprint` is the width that one point stands for, in metres per metre of distance from the origin; 0 = unknown.
    `normals`: (N, 3) float32 unit vectors towards the camera, where they are known.
    """

    xyz_m: Points
    rgb: NDArray[np.uint8]
    relative: bool = False
    unitless: bool = False
    footprint: float = 0.0
    normals: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        _check("xyz_m", self.xyz_m, np.float32, len(self))
        _check("rgb", self.rgb, np.uint8, len(self))
        if self.normals is not None:
            _check("normals", self.normals, np.float32, len(self))

    def __len__(self) -> int:
        return len(self.xyz_m)

    @classmethod
    def empty(cls) -> "PointCloud":
        return cls(np.empty((0, 3), np.float32), np.empty((0, 3), np.uint8))


def _check(name: str, array: NDArray[np.generic], dtype: type[np.generic], count: int) -> None:
    if array.dtype != dtype or array.ndim != 2 or array.shape[1] != 3 or not array.flags.c_contiguous:
        raise ValueError(f"{name} is {array.dtype} {array.shape}, not contiguous (N, 3) {np.dtype(dtype)}")
    if len(array) != count:
        raise ValueError(f"{count} points but {len(array)} rows of {name}")


def cloud_from_depth(
    depth_frame: DepthFrame,
    rig: StereoRig,
    *,
    max_distance_m: float | None = None,
    min_distance_m: float | None = None,
    max_points: int | None = None,
    drop_edges: bool = True,
    min_confidence: float = 0.0,
) -> PointCloud:
    """The coloured points of the left eye's picture.

    Unknown pixels (NaN), pixels that are not in front of the camera and what is as good as infinitely far are left out;
    so are those whose depth along the axis is outside `min_distance_m` to `max_distance_m`, where there are metres.
    `max_points` is kept by taking every n-th row and column, the same ones in each frame, so that a live cloud does not
    flicker. `drop_edges` leaves out the "flying pixels" that hang in the air where an estimator blended a near and a
    far surface; clean edges lose nothing. Pixels whose confidence is known and below `min_confidence` are left out too.
    The rig may belong to another size of the same picture. Raises ValueError when `max_points` is below 1.
    """
    height, width = depth_frame.values.shape
    if rig.width_px != width:
        rig = rig.scaled_to(width)
    step_y, step_x = _steps(height, width, max_points)
    rows, columns = slice(step_y // 2, None, step_y), slice(step_x // 2, None, step_x)

    scale = DepthScale(depth_frame.meaning, rig, depth_frame.guessed)
    inverse = scale.inverse_depth(depth_frame.values)
    sampled = np.ascontiguousarray(inverse.map[rows, columns])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        nearness = sampled + np.float32(inverse.offset)
        depth = np.float32(inverse.numerator) / nearness
        # NaN fails every comparison, so this is also the test for what is unknown.
        keep = (nearness > np.float32(inverse.least)) & (depth > 0) & (depth < np.float32(np.inf))
        if min_distance_m is not None and scale.has_metres:
            keep &= depth >= np.float32(min_distance_m)
        if max_distance_m is not None and scale.has_metres:
            keep &= depth <= np.float32(max_distance_m)
        if min_confidence > 0 and depth_frame.confidence is not None:
            keep &= depth_frame.confidence[rows, columns] >= np.float32(min_confidence)
        if drop_edges:
            limit = step_limits(inverse, sampled, rig.focal_px)
            keep &= ~on_a_ramp(inverse.map[:, columns], sampled, limit, step_y)
            keep &= ~on_a_ramp(inverse.map[rows].T, sampled.T, limit.T, step_x).T

    z = depth[keep]
    x = (np.arange(step_x // 2, width, step_x, dtype=np.float32) - np.float32(rig.cx_px)) / np.float32(rig.focal_px)
    y = (np.arange(step_y // 2, height, step_y, dtype=np.float32) - np.float32(rig.cy_px)) / np.float32(rig.focal_px)
    xyz = np.empty((len(z), 3), np.float32)
    np.multiply(np.broadcast_to(x, keep.shape)[keep], z, out=xyz[:, 0])
    np.multiply(np.broadcast_to(y[:, None], keep.shape)[keep], z, out=xyz[:, 1])
    xyz[:, 2] = z
    rgb = depth_frame.pair.left[rows, columns][keep]
    return PointCloud(
        xyz,
        rgb,
        relative=scale.shape_is_guess,
        unitless=not scale.has_metres,
        footprint=max(step_x, step_y) / rig.focal_px,
    )


def _steps(height: int, width: int, max_points: int | None) -> tuple[int, int]:
    """Row and column steps, as equal as possible, whose grid has no more than `max_points` points."""
    if max_points is None or height * width <= max_points:
        return 1, 1
    if max_points < 1:
        raise ValueError(f"max_points is {max_points}; it must be 1 or more")

    def along(size: int, step: int) -> int:
        step = min(step, size)
        return -(-(size - step // 2) // step)

    step = max(1, int((height * width / max_points) ** 0.5))
    step_y = step
    while along(height, step_y) * along(width, step) > max_points:
        if step_y == step:
            step_y += 1
        else:
            step += 1
    return min(step_y, height), min(step, width)
