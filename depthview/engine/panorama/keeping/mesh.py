"""A range map as a mesh around the eye: closed past the wrap and at the poles, and whole or cut where the surface is
torn."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.mesh.mesh import MOST_VERTICES, Mesh
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.panorama.surface.doubts import ALWAYS, Doubt, Doubts
from depthview.engine.sphere import surrounded

_STEEP = 8.0
"""The tangent of 83 degrees against the ray: so steep is a quad that is torn. One that lies beside the tear stays."""
_FARTHEST = 2.0

Grid = NDArray[np.float32]


def mesh_of(found: RangeMap, *, most_vertices: int = MOST_VERTICES, closed: bool = False) -> Mesh:
    """The surface with at most `most_vertices` (at least 50).

    `closed`: one skin without any hole, also where nothing is known, which is filled in smoothly. Otherwise it is cut
    at depth edges, and the sky and what no photo or model shows are left out. Along the wrap there are two vertices at
    each place, u = 0 and u = 1, and at each pole one for each triangle.
    """
    columns = max(8, min(found.range.shape[1], 2 * int((math.sqrt(8 * most_vertices + 1) - 3) / 4)))
    size_hw = (columns // 2, columns)
    nearness = _at_corners(_filled_nearness(found), size_hw)
    towards = _corner_directions(size_hw)
    normals = _nearest(found.normals, size_hw)
    normals = np.where(np.isfinite(normals).all(axis=-1, keepdims=True), normals, -towards)
    normals[[0, -1]] = -towards[[0, -1]]
    keep = np.ones(size_hw, np.bool_) if closed else _kept(found.doubts, nearness, size_hw)
    faces = _triangles(nearness, keep)
    used = np.zeros(nearness.size, np.bool_)
    used[faces] = True
    number = np.cumsum(used, dtype=np.int64) - 1
    return Mesh(
        (towards / nearness[..., None]).reshape(-1, 3)[used].astype(np.float32),
        number[faces].astype(np.uint32),
        _uv(size_hw).reshape(-1, 2)[used],
        normals.reshape(-1, 3)[used].astype(np.float32),
    )


def _filled_nearness(found: RangeMap) -> Grid:
    """(H, W) float32: 1 / range everywhere; what is doubtful is not far beyond all that is believed."""
    with np.errstate(divide="ignore"):
        nearness = (1 / found.range).astype(np.float32)
    believed = nearness[found.valid & np.isfinite(nearness)]
    if believed.size:
        farthest = np.float32(np.quantile(believed, 0.01) / _FARTHEST)
        nearness = np.where(found.valid, nearness, np.maximum(nearness, farthest))
    return _filled(nearness)


def _filled(values: Values) -> Grid:
    """What is NaN becomes an average of what is known around, near or far as need be: by a pyramid of halves."""
    known = np.isfinite(values)
    if known.all():
        return values
    height, width = values.shape
    if height * width == 1 or not known.any():
        return np.ones_like(values)
    half = ((width + 1) // 2, (height + 1) // 2)
    weight = cv2.resize(known.astype(np.float32), half, interpolation=cv2.INTER_AREA)
    total = cv2.resize(np.where(known, values, np.float32(0)), half, interpolation=cv2.INTER_AREA)
    coarse = _filled(np.where(weight > 0, total / np.maximum(weight, np.float32(1e-6)), np.float32(np.nan)))
    return np.where(known, values, cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR))


def _corner_places(size_hw: tuple[int, int], of_hw: tuple[int, int]) -> tuple[Grid, Grid]:
    """Column and row, in a grid of pixels `of_hw` with a margin of one, of each corner; the last column is not the
    first."""
    height, width = size_hw
    column = (np.arange(width) * (of_hw[1] / width) + 0.5).astype(np.float32)
    row = (np.arange(height + 1) * (of_hw[0] / height) + 0.5).astype(np.float32)
    return np.tile(column, (height + 1, 1)), np.repeat(row[:, None], width, axis=1)


def _at_corners(nearness: Grid, size_hw: tuple[int, int]) -> Grid:
    """(h + 1, w + 1): between the pixels, but where the surface is torn those of one side; the same along the wrap and
    all over each pole."""
    around = surrounded(nearness)
    places = _corner_places(size_hw, (nearness.shape[0], nearness.shape[1]))
    between = cv2.remap(around, *places, interpolation=cv2.INTER_LINEAR)
    one_side = cv2.remap(around, *places, interpolation=cv2.INTER_NEAREST)
    torn = np.abs(between / one_side - 1) > _STEEP * math.pi / nearness.shape[0]
    corners = np.where(torn, one_side, between)
    corners[0], corners[-1] = corners[0].mean(), corners[-1].mean()
    return np.concatenate([corners, corners[:, :1]], axis=1)


def _nearest(normals: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.float32]:
    column, row = _corner_places(size_hw, (normals.shape[0], normals.shape[1]))
    rows = np.clip(row[:, 0].astype(int) - 1, 0, normals.shape[0] - 1)
    found = normals[rows[:, None], np.maximum(column[0].astype(int) - 1, 0)[None]]
    return np.concatenate([found, found[:, :1]], axis=1)


def _corner_directions(size_hw: tuple[int, int]) -> NDArray[np.float64]:
    """(h + 1, w + 1, 3); the poles and the wrap to the last bit the same."""
    height, width = size_hw
    longitude = (np.arange(width + 1) / width - 0.5) * (2 * math.pi)
    longitude[-1] = longitude[0]
    latitude = (0.5 - np.arange(height + 1) / height) * math.pi
    level = np.cos(latitude)
    level[[0, -1]] = 0
    down = np.repeat(-np.sin(latitude)[:, None], width + 1, axis=1)
    return np.stack([np.outer(level, np.sin(longitude)), down, np.outer(level, np.cos(longitude))], axis=-1)


def _uv(size_hw: tuple[int, int]) -> NDArray[np.float32]:
    height, width = size_hw
    found = np.empty((height + 1, width + 1, 2), np.float32)
    found[..., 0] = np.arange(width + 1) / width
    found[..., 1] = (np.arange(height + 1) / height)[:, None]
    # In the middle of the one triangle that each vertex at a pole belongs to.
    found[[0, -1], :-1, 0] += np.float32(0.5 / width)
    return found


def _kept(doubts: Doubts, nearness: Grid, size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    """(h, w): the quads that are surface."""
    missing = _within_quads(doubts & np.uint8(ALWAYS | Doubt.SKY), size_hw)
    # A corner may have been given the range of the pixel beside its quad.
    edges = cv2.dilate(surrounded(doubts & np.uint8(Doubt.EDGE)), np.ones((3, 3), np.uint8))
    torn = _within_quads(np.asarray(edges[1:-1, 1:-1], np.uint8), size_hw)
    corners = np.stack([nearness[:-1, :-1], nearness[:-1, 1:], nearness[1:, :-1], nearness[1:, 1:]])
    steep = corners.max(axis=0) / corners.min(axis=0) - 1 > _STEEP * math.pi / size_hw[0]
    return np.asarray(~(missing | (torn & steep)), np.bool_)


def _within_quads(flags: Doubts, size_hw: tuple[int, int]) -> NDArray[np.bool_]:
    marked = (flags != 0).astype(np.float32)
    return np.asarray(cv2.resize(marked, size_hw[::-1], interpolation=cv2.INTER_AREA) > 0)


def _triangles(nearness: Grid, keep: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(M, 3): two of each quad, divided where it bends less; those at the poles are one."""
    height, width = keep.shape
    corner = np.arange((height + 1) * (width + 1)).reshape(height + 1, width + 1)
    one, right, below, other = corner[:-1, :-1], corner[:-1, 1:], corner[1:, :-1], corner[1:, 1:]
    bend_down = np.abs(nearness[:-1, :-1] - nearness[1:, 1:])
    bend_up = np.abs(nearness[:-1, 1:] - nearness[1:, :-1])
    falling = (bend_down < bend_up)[..., None]
    first = np.where(falling, np.stack([one, below, other], axis=-1), np.stack([one, below, right], axis=-1))
    second = np.where(falling, np.stack([one, other, right], axis=-1), np.stack([right, below, other], axis=-1))
    first[0] = np.stack([one[0], below[0], other[0]], axis=-1)
    first[-1] = np.stack([below[-1], right[-1], one[-1]], axis=-1)
    keep_second = keep.copy()
    keep_second[[0, -1]] = False
    return np.concatenate([first[keep], second[keep_second]])
