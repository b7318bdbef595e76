"""A depth frame as a surface: what the left eye sees, cut at depth edges, flat parts in few triangles."""

import math

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.depth import DepthScale, InverseDepth
from depthview.engine.depth_edges import on_a_ramp, step_limits
from depthview.engine.frames import DepthFrame, Values
from depthview.engine.mesh.mesh import MOST_VERTICES, Mesh, TexturedMesh
from depthview.engine.ply import unit_notes

_WIDEST_GRID = 2049
"""Points along the picture's longer side that are looked at: more than a screen shows, and half a second's work."""
_FLAT_SHARE = 1 / 8
"""Of what is noise: a bend that no one sees. A tenth of a pixel of disparity."""
_LEAST_FLAT = 1e-12


def mesh_from_depth(
    frame: DepthFrame,
    rig: StereoRig,
    *,
    max_distance_m: float | None = None,
    min_confidence: float = 0.0,
    most_vertices: int = MOST_VERTICES,
) -> TexturedMesh:
    """The surface with the left eye's picture on it; what `cloud_from_depth` leaves out is left out, too.

    It is cut where two neighbours differ by more than one surface does. What is farther than `max_distance_m` (where
    there are metres) or less sure than `min_confidence` (0..1) is left out. With more than `most_vertices` it becomes
    coarser. `rig` may belong to another size of the same picture. Lengths are metres, or without a unit as the notes
    say. Raises ValueError where `most_vertices` is below 4.
    """
    if most_vertices < 4:
        raise ValueError(f"most_vertices is {most_vertices}; it must be 4 or more")
    scale = DepthScale.of(frame, rig)
    inverse = scale.inverse_depth(frame.values)
    notes = unit_notes(relative=scale.shape_is_guess, unitless=not scale.has_metres)
    step = max(1, -(-max(frame.values.shape) // _WIDEST_GRID))
    while True:
        mesh = _meshed(frame, scale, inverse, step, max_distance_m, min_confidence, most_vertices)
        if mesh is not None:
            return TexturedMesh(mesh, frame.pair.left, notes)
        step += 1  # it is all edges


def _meshed(
    frame: DepthFrame,
    scale: DepthScale,
    inverse: InverseDepth,
    step: int,
    max_distance_m: float | None,
    min_confidence: float,
    most_vertices: int,
) -> Mesh | None:
    """From every `step`-th row and column; None where even so more vertices are needed than there may be."""
    from depthview.engine.mesh.triangulation import errors_of, triangles_of

    every = slice(step // 2, None, step)
    nearness = np.ascontiguousarray(inverse.map[every, every])
    with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
        above = nearness + np.float32(inverse.offset)
        depth = np.float32(inverse.numerator) / above
        keep = (above > np.float32(inverse.least)) & (depth > 0) & (depth < np.float32(np.inf))
        if max_distance_m is not None and scale.has_metres:
            keep &= depth <= np.float32(max_distance_m)
        if min_confidence > 0 and frame.confidence is not None:
            keep &= frame.confidence[every, every] >= np.float32(min_confidence)
        limit = step_limits(inverse, nearness, scale.rig.focal_px)
        keep &= ~on_a_ramp(inverse.map[:, every], nearness, limit, step)
        keep &= ~on_a_ramp(inverse.map[every].T, nearness.T, limit.T, step).T
    flat = max(_FLAT_SHARE * inverse.noise, _LEAST_FLAT)
    # A slope that is a surface's from pixel to pixel may be as steep from one point of the grid to the next.
    limit *= np.float32(step)
    levels = 2 * max(1, math.ceil(math.log2(max(max(nearness.shape) - 1, 1))))
    errors, kinds = errors_of(nearness, inverse.offset, limit, keep, flat, float(step), levels)
    most = _allowed(errors[: keep.shape[0], : keep.shape[1]][keep], most_vertices)
    if math.isinf(most):
        return None
    corners = triangles_of(nearness, limit, keep, errors, kinds, levels, most)
    return _placed(corners, depth, scale.rig, frame.values.shape, step)


def _allowed(errors: Values, most_vertices: int) -> float:
    """The error with which no more than so many vertices are needed, 1 at least."""
    spare = most_vertices - 4  # the square's own corners
    if len(errors) <= spare:
        return 1.0
    return max(1.0, float(np.partition(errors, len(errors) - spare - 1)[len(errors) - spare - 1]))


def _placed(corners: NDArray[np.int32], depth: Values, rig: StereoRig, of_hw: tuple[int, ...], step: int) -> Mesh:
    """The triangles in space; each place of the grid that is used becomes a vertex."""
    height, width = depth.shape
    places = corners[..., 1].astype(np.int64) * width + corners[..., 0]
    used = np.zeros(height * width, np.bool_)
    used[places] = True
    number = np.cumsum(used, dtype=np.int64) - 1
    place = np.flatnonzero(used)
    column_px = (place % width * step + step // 2).astype(np.float32)
    row_px = (place // width * step + step // 2).astype(np.float32)
    z = depth.ravel()[place]
    focal_px = np.float32(rig.focal_px)
    x = (column_px - np.float32(rig.cx_px)) / focal_px * z
    y = (row_px - np.float32(rig.cy_px)) / focal_px * z
    vertices = np.ascontiguousarray(np.stack([x, y, z], axis=-1), np.float32)
    uv = np.stack([(column_px + 0.5) / of_hw[1], (row_px + 0.5) / of_hw[0]], axis=-1).astype(np.float32)
    faces = number[places].astype(np.uint32).reshape(-1, 3)
    return Mesh(vertices, faces, uv, _normals(vertices, faces))


def _normals(vertices: NDArray[np.float32], faces: NDArray[np.uint32]) -> NDArray[np.float32]:
    """(N, 3) float32: of the faces around each vertex, the larger the face the more it counts."""
    a, b, c = (vertices[faces[:, i]].astype(np.float64) for i in range(3))
    of_face = np.cross(b - a, c - a)
    total = np.stack(
        [np.bincount(faces.ravel(), np.repeat(of_face[:, axis], 3), minlength=len(vertices)) for axis in range(3)],
        axis=-1,
    )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    towards_eye = -vertices / np.maximum(np.linalg.norm(vertices, axis=1, keepdims=True), 1e-30)
    return np.asarray(np.where(length > 0, total / np.maximum(length, 1e-300), towards_eye), np.float32)
