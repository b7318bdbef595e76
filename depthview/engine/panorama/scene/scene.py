"""A panorama's range made ready to be walked in: points in an order whose every beginning is an even sample."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, Values
from depthview.engine.mesh.mesh import Mesh
from depthview.engine.panorama.keeping.mesh import mesh_of
from depthview.engine.panorama.range_map import RangeMap
from depthview.engine.sphere import row_latitudes

_SAMPLE = 50_000
_MESH_VERTICES = (33_000, 132_000)
"""With software OpenGL on one core, 20 and 40 ms for a picture of 1200x700: the coarse one is for those who move."""
_WIDEST_PICTURE = 3072
"""Of that, 20 ms pass until it is in OpenGL; a pane 1000 high shows as many pixels."""
MOST_POINTS = 5_000_000
PARTS = 128
"""Into so many parts, as good as equal, the points of a scene are put; each part is spread evenly over the room."""

# A step in the plastic number's lattice for each column and row, in 2 ** -32 of a turn: what it gives is spread as
# evenly as can be (Roberts 2018, "The unreasonable effectiveness of quasirandom sequences", R2). Whole turns overflow.
_STEP_ACROSS, _STEP_DOWN = np.uint32(0.7548776662466927 * 2**32), np.uint32(0.5698402909980532 * 2**32)


@dataclass(frozen=True, slots=True)
class Extent:
    """How large a scene is. `reach`: the median distance from the camera; `farthest`: of any point.

    `low` and `high`: the corners (x, y, z) of the box that holds the room, without the few points that are far out.
    """

    reach: float
    farthest: float
    low: tuple[float, float, float]
    high: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class SceneMesh:
    """`closed`: without a hole, for those who stand in the room; `torn`: cut where nothing is known of what lies
    between something near and something far, for those who look in from outside."""

    closed: Mesh
    torn: Mesh


@dataclass(frozen=True, slots=True)
class PanoramaScene:
    """What the pane draws. Arrays are C-contiguous and never written again.

    `xyz`: (N, 3) float32, x right, y down, z forward, the camera at the origin. `rgb`: (N, 3) uint8. `normals`: (N, 3)
    float32, unit, towards the camera. `part_ends`: (PARTS,) the points before each are the first parts: any number of
    first parts is an even sample of the whole. `footprint`: the width that a point stands for, per unit of distance
    from the origin. `range`: (H, W) float32, NaN where nothing is shown. `meshes`: the same surface, from coarse to
    fine, none where it is not known; `picture`: (h, w, 3) uint8, the photo that lies on them.
    Lengths are metres where `has_metres` says so, else in a unit that nobody knows.
    """

    xyz: NDArray[np.float32]
    rgb: NDArray[np.uint8]
    normals: NDArray[np.float32]
    part_ends: NDArray[np.int64]
    footprint: float
    range: Values
    has_metres: bool
    extent: Extent
    meshes: tuple[SceneMesh, ...]
    picture: Image

    def __len__(self) -> int:
        return len(self.xyz)

    @property
    def size_hw(self) -> tuple[int, int]:
        return self.range.shape[0], self.range.shape[1]

    def point_of(self, pixel: tuple[int, int]) -> NDArray[np.float64] | None:
        """(3,) where the surface of a pixel (row, column) is; None where none is known or it is no pixel."""
        towards = self.direction_of(pixel)
        return None if towards is None or np.isnan(self.range[pixel]) else towards * float(self.range[pixel])

    def direction_of(self, pixel: tuple[int, int]) -> NDArray[np.float64] | None:
        """(3,) unit vector in which the camera saw a pixel (row, column); None where it is no pixel."""
        row, column = pixel
        if not (0 <= row < self.size_hw[0] and 0 <= column < self.size_hw[1]):
            return None
        return directions_at(np.array(row), np.array(column), self.size_hw).astype(np.float64)


def scene_of(found: RangeMap, *, most_points: int = MOST_POINTS) -> PanoramaScene:
    """The valid surface of `found`. Takes a second for some millions of points: not for the window's thread."""
    return panorama_scene(
        np.where(found.valid, found.range, np.float32(np.nan)),
        found.photo.image,
        found.normals,
        has_metres=found.has_metres,
        meshes=tuple(_scene_mesh(found, vertices) for vertices in _MESH_VERTICES),
        most_points=most_points,
    )


def panorama_scene(
    range_map: Values,
    image: Image,
    normals: NDArray[np.float32],
    *,
    has_metres: bool,
    meshes: tuple[SceneMesh, ...] = (),
    most_points: int = MOST_POINTS,
) -> PanoramaScene:
    """A scene of (H, W) range, NaN unknown, the (H, W, 3) photo and (H, W, 3) normals, at most `most_points` large.

    `meshes`, of the same surface from coarse to fine, are kept as they are.
    """
    size_hw = height, width = range_map.shape[0], range_map.shape[1]
    known = np.isfinite(range_map) & np.isfinite(normals).all(axis=-1)
    step = 1.0
    keep = known & even_pixels(size_hw, step)
    while np.count_nonzero(keep) > most_points:
        step *= math.sqrt(np.count_nonzero(keep) / most_points) * 1.001
        keep = known & even_pixels(size_hw, step)
    rows, columns = np.nonzero(keep)
    # By the place among a row's kept columns: lattices of other rows' places would beat against each other.
    kept = (columns * (1 / (step * _thinned(height)))[rows]).astype(np.uint32)
    lattice = kept * _STEP_ACROSS + rows.astype(np.uint32) * _STEP_DOWN
    part = (lattice >> np.uint32(32 - int(math.log2(PARTS)))).astype(np.uint8)
    order = np.argsort(part, kind="stable")
    rows, columns = rows[order], columns[order]
    xyz = directions_at(rows, columns, size_hw)
    place = rows * width + columns
    xyz *= range_map.reshape(-1)[place, None]
    return PanoramaScene(
        xyz=xyz,
        rgb=np.take(image.reshape(-1, 3), place, axis=0),
        normals=np.take(normals.reshape(-1, 3), place, axis=0).astype(np.float32, copy=False),
        part_ends=np.cumsum(np.bincount(part, minlength=PARTS)),
        footprint=math.ceil(step) * 2 * math.pi / width,
        range=np.where(known, range_map, np.float32(np.nan)),
        has_metres=has_metres,
        extent=_extent(xyz),
        meshes=meshes,
        picture=_small(image),
    )


def _scene_mesh(found: RangeMap, most_vertices: int) -> SceneMesh:
    closed, torn = (mesh_of(found, most_vertices=most_vertices, closed=closed) for closed in (True, False))
    return SceneMesh(closed, torn if len(torn.faces) else closed)


def _small(image: Image) -> Image:
    height, width = image.shape[:2]
    if width <= _WIDEST_PICTURE:
        return np.ascontiguousarray(image)
    size = (_WIDEST_PICTURE, round(height * _WIDEST_PICTURE / width))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)


def _extent(xyz: NDArray[np.float32]) -> Extent:
    if not len(xyz):
        return Extent(1.0, 1.0, (-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    sample = xyz[:: max(1, len(xyz) // _SAMPLE)]
    low, high = np.percentile(sample, (0.5, 99.5), axis=0)
    farthest = float(np.sqrt(np.einsum("nc,nc->n", xyz, xyz).max()))
    reach = float(np.median(np.linalg.norm(sample, axis=1)))
    return Extent(
        reach, farthest, (float(low[0]), float(low[1]), float(low[2])), (float(high[0]), float(high[1]), float(high[2]))
    )


def even_pixels(size_hw: tuple[int, int], step: float = 1.0) -> NDArray[np.bool_]:
    """(H, W): pixels at most `step` of the equator's apart, and not much less; near the poles fewer of a row's."""
    height, width = size_hw
    rows = np.diff(np.floor(np.arange(height + 1) / step)) > 0
    columns = np.diff(np.floor(np.arange(width + 1)[None] / (step * _thinned(height)[:, None])), axis=1) > 0
    return np.asarray(rows[:, None] & columns)


def _thinned(height: int) -> NDArray[np.float64]:
    """(H,): of so many columns of a row one is taken: powers of two, so that all gaps in a row are the same."""
    return np.asarray(2 ** np.floor(-np.log2(np.cos(row_latitudes(height)))))


def directions_at(
    rows: NDArray[np.integer], columns: NDArray[np.integer], size_hw: tuple[int, int]
) -> NDArray[np.float32]:
    """(N, 3): where the centres of these pixels look."""
    height, width = size_hw
    latitude = row_latitudes(height)
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * (2 * math.pi)
    found = np.empty((*np.shape(rows), 3), np.float32)
    flat = np.cos(latitude).astype(np.float32)[rows]
    found[..., 0] = flat * np.sin(longitude).astype(np.float32)[columns]
    found[..., 1] = -np.sin(latitude).astype(np.float32)[rows]
    found[..., 2] = flat * np.cos(longitude).astype(np.float32)[columns]
    return found
