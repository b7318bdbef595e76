"""Surfaces of scenes that are known: on their planes, whole where they go on, cut where they do not."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.cloud import cloud_from_depth
from depthview.engine.frames import DepthFrame, Meaning
from depthview.engine.mesh.from_depth import mesh_from_depth
from depthview.engine.mesh.mesh import Mesh
from tests.engine.dot_pairs import depth_frame, texture

HW = (60, 100)
RIG = StereoRig(HW[1], 120.0, 0.1, 49.5, 29.5)
ROW, COLUMN = np.mgrid[: HW[0], : HW[1]].astype(np.float32)
SLANTED = (6 + 0.02 * COLUMN + 0.05 * ROW).astype(np.float32)


def stepped() -> NDArray[np.float32]:
    """A board before the slanted plane: 20 rows, 30 columns."""
    disparity: NDArray[np.float32] = SLANTED.copy()
    disparity[20:40, 35:65] = 30
    return disparity


def borders(mesh: Mesh) -> NDArray[np.int64]:
    """How many faces each edge has."""
    faces = mesh.faces.astype(np.int64)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    return np.asarray(np.unique(edges, axis=0, return_counts=True)[1])


def areas_px(mesh: Mesh) -> NDArray[np.float64]:
    """Of each triangle in the picture; positive where it runs counter-clockwise there, seen with y up."""
    corners = mesh.uv[mesh.faces].astype(np.float64) * (HW[1], -HW[0])
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    return np.asarray((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]) / 2)


def test_a_plane_is_a_few_triangles_that_lie_on_it() -> None:
    mesh = mesh_from_depth(depth_frame(SLANTED), RIG).mesh
    assert 4 <= len(mesh.vertices) < 0.1 * SLANTED.size
    np.testing.assert_allclose(areas_px(mesh).sum(), (HW[0] - 1) * (HW[1] - 1), rtol=1e-4)
    assert set(borders(mesh)) == {1, 2}
    x, y, z = mesh.vertices.astype(np.float64).T
    disparity = RIG.focal_px * RIG.baseline_m / z
    column, row = x / z * RIG.focal_px + RIG.cx_px, y / z * RIG.focal_px + RIG.cy_px
    np.testing.assert_allclose(disparity, 6 + 0.02 * column + 0.05 * row, rtol=1e-5)
    np.testing.assert_allclose(mesh.uv, np.stack([(column + 0.5) / HW[1], (row + 0.5) / HW[0]], -1), atol=1e-5)


def test_triangles_and_normals_face_the_eye() -> None:
    mesh = mesh_from_depth(depth_frame(stepped()), RIG).mesh
    assert (areas_px(mesh) > 0).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)
    assert ((mesh.normals * mesh.vertices).sum(axis=1) < 0).all()
    board = mesh.vertices[:, 2] < 0.5
    np.testing.assert_allclose(mesh.normals[board], [[0, 0, -1]] * board.sum(), atol=1e-4)
    # The plane n . p = 1 has the inverse depth n . (x, y, 1) at a pixel: its slopes are the normal.
    slopes = np.array([0.02, 0.05, 0]) * RIG.focal_px
    slopes[2] = 6 + 0.02 * RIG.cx_px + 0.05 * RIG.cy_px
    np.testing.assert_allclose(mesh.normals[~board], [-slopes / np.linalg.norm(slopes)] * (~board).sum(), atol=1e-3)


def test_it_is_cut_at_depth_edges_and_nowhere_else() -> None:
    mesh = mesh_from_depth(depth_frame(stepped()), RIG).mesh
    z = mesh.vertices[mesh.faces][..., 2]
    assert (z.max(axis=1) / z.min(axis=1)).max() < 1.5, "nothing reaches from near to far"
    # Each piece ends half a pixel before the cut: a frame of one pixel's width round the board is missing.
    missing = (HW[0] - 1) * (HW[1] - 1) - areas_px(mesh).sum()
    around = 21 * 31 - 19 * 29
    assert around - 2.01 <= missing <= around + 0.01, "half a pixel at each corner may stay"


def test_what_a_cloud_leaves_out_a_mesh_leaves_out() -> None:
    smeared = stepped()
    smeared[20:40, 30:35] = np.linspace(SLANTED[30, 30], 30, 7)[1:-1]
    smeared[:10, :10] = np.nan
    frame = depth_frame(smeared)
    mesh = mesh_from_depth(frame, RIG).mesh
    hanging = (mesh.uv[:, 0] * HW[1] > 30) & (mesh.uv[:, 0] * HW[1] < 35) & (np.abs(mesh.uv[:, 1] * HW[0] - 30) < 9)
    assert not hanging.any()
    assert not ((mesh.uv[:, 0] * HW[1] < 10) & (mesh.uv[:, 1] * HW[0] < 10)).any()
    points = {tuple(p) for p in np.round(cloud_from_depth(frame, RIG).xyz_m.astype(np.float64), 4)}
    assert {tuple(p) for p in np.round(mesh.vertices.astype(np.float64), 4)} <= points


def test_a_picture_wider_than_the_grid_is_cut_where_every_pixel_tells() -> None:
    wide = np.full((9, 4200), 6, np.float32)
    # The grid takes every third column, 1, 4, 7 ...; from one to the next the step is small enough for a surface.
    wide[:, 2200], wide[:, 2201:] = 8, 10
    mesh = mesh_from_depth(depth_frame(wide), RIG.scaled_to(4200)).mesh
    column = mesh.uv[mesh.faces][..., 0] * 4200 - 0.5
    assert ((column.max(axis=1) < 2198) | (column.min(axis=1) > 2202)).all()
    assert set(np.unique(np.round(column % 3, 1))) == {1.0}
    assert column.max() == pytest.approx(4198)


def test_what_is_far_or_doubtful_is_left_out() -> None:
    frame = depth_frame(stepped())
    sure = np.full(HW, 0.9, np.float32)
    sure[:, 80:] = 0.2
    frame = DepthFrame(frame.pair, frame.values, "t", "CPU", 0.0, 0.0, confidence=sure)
    near = mesh_from_depth(frame, RIG, max_distance_m=0.5).mesh
    assert near.vertices[:, 2].max() <= 0.5
    assert areas_px(near).sum() == pytest.approx(19 * 29)
    believed = mesh_from_depth(frame, RIG, min_confidence=0.5).mesh
    assert believed.uv[:, 0].max() * HW[1] == pytest.approx(79.5)


def test_a_curved_surface_is_as_near_as_it_has_to_be() -> None:
    bowl = (20 - ((COLUMN - 50) ** 2 + (ROW - 30) ** 2) / 300).astype(np.float32)
    mesh = mesh_from_depth(depth_frame(bowl), RIG).mesh
    assert len(mesh.vertices) < 0.7 * bowl.size
    middle = mesh.vertices[mesh.faces].astype(np.float64).mean(axis=1)
    column = middle[:, 0] / middle[:, 2] * RIG.focal_px + RIG.cx_px
    row = middle[:, 1] / middle[:, 2] * RIG.focal_px + RIG.cy_px
    found = RIG.focal_px * RIG.baseline_m / middle[:, 2]
    assert np.abs(found - (20 - ((column - 50) ** 2 + (row - 30) ** 2) / 300)).max() < 0.15


def test_the_picture_lies_where_it_was_taken() -> None:
    steep = depth_frame(6 + 0.4 * ROW)
    mesh = mesh_from_depth(steep, RIG).mesh
    middle = mesh.vertices[mesh.faces].astype(np.float64).mean(axis=1)
    seen = middle[:, 1] / middle[:, 2] * RIG.focal_px + RIG.cy_px
    laid = mesh.uv[mesh.faces][..., 1].mean(axis=1) * HW[0] - 0.5
    assert np.abs(seen - laid).max() < 0.75, "a large triangle would bend the picture by pixels"


@pytest.mark.parametrize("most", [4, 300, 2000])
def test_no_more_vertices_than_asked_for(most: int) -> None:
    rough = (stepped() + np.random.default_rng(0).normal(0, 0.2, HW)).astype(np.float32)
    mesh = mesh_from_depth(depth_frame(rough), RIG, most_vertices=most).mesh
    assert len(mesh.vertices) <= most
    if most > 100:
        assert len(mesh.vertices) > most / 8
        assert areas_px(mesh).sum() > 0.7 * HW[0] * HW[1]


def test_a_budget_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="most_vertices"):
        mesh_from_depth(depth_frame(SLANTED), RIG, most_vertices=3)


@pytest.mark.parametrize("size_hw", [(1, 1), (1, 7), (2, 2), (3, 2), (65, 33)])
def test_any_size_of_picture_has_a_mesh(size_hw: tuple[int, int]) -> None:
    mesh = mesh_from_depth(depth_frame(np.full(size_hw, 5, np.float32)), RIG.scaled_to(size_hw[1])).mesh
    around = 2 * (size_hw[0] - 1) * (size_hw[1] - 1)
    assert (len(mesh.faces) > 0) == (around > 0)
    assert np.isfinite(mesh.vertices).all()


def test_nothing_known_is_no_surface() -> None:
    mesh = mesh_from_depth(depth_frame(np.full(HW, np.nan, np.float32)), RIG).mesh
    assert (len(mesh.vertices), len(mesh.faces)) == (0, 0)


def test_notes_say_whether_lengths_are_metres() -> None:
    measured = mesh_from_depth(depth_frame(SLANTED), RIG)
    assert measured.notes == ("units: metres",)
    guessed = mesh_from_depth(depth_frame(SLANTED), StereoRig.from_fov(HW, assumed=True))
    assert guessed.notes == ("relative: distances are a guess",)
    frame = depth_frame(SLANTED)
    one_eye = DepthFrame(frame.pair, frame.values, "t", "CPU", 0.0, 0.0, meaning=Meaning.RELATIVE_INVERSE_DEPTH)
    assert len(mesh_from_depth(one_eye, RIG).notes) == 2


def test_a_rig_of_another_size_is_the_same_rig() -> None:
    frame = depth_frame(stepped(), texture(*HW))
    mesh = mesh_from_depth(frame, RIG)
    other = mesh_from_depth(frame, RIG.scaled_to(4 * RIG.width_px))
    np.testing.assert_allclose(other.mesh.vertices, mesh.mesh.vertices, rtol=1e-5, atol=1e-6)
    assert other.picture is frame.pair.left
