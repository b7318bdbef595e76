"""Meshes of rooms that are known: closed, true, turned to the eye, and cut where the surface is torn."""

import numpy as np
import pytest

from depthview.engine.mesh.mesh import Mesh
from depthview.engine.panorama.keeping.mesh import mesh_of
from depthview.engine.panorama.surface.doubts import Doubt
from depthview.engine.sphere import directions, pixel_of
from tests.engine.panorama.range_maps import range_map_of
from tests.engine.panorama.solids import Ball, Room

HW = (128, 256)
TOWARDS = directions(HW)


def boxed() -> np.ndarray:
    """A room with something near hanging in it, across the wrap."""
    range_m = Room().range_m(TOWARDS)
    range_m[50:80, :20] = range_m[50:80, -30:] = 0.5
    return range_m


def skin(mesh: Mesh) -> tuple[int, np.ndarray]:
    """Vertices - edges + faces, and how many faces each edge has, of what lies at different places."""
    places, number = np.unique(mesh.vertices, axis=0, return_inverse=True)
    faces = number.ravel()[mesh.faces]
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    of_edge, counts = np.unique(edges, axis=0, return_counts=True)
    return len(places) - len(of_edge) + len(faces), counts


def facing(mesh: Mesh) -> np.ndarray:
    """Of each triangle, whether the eye sees its front: counter-clockwise."""
    corners = mesh.vertices[mesh.faces].astype(np.float64)
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return (normal * corners.mean(axis=1)).sum(axis=1) < 0


@pytest.mark.parametrize("range_m", [Ball().range_m(TOWARDS), Room().range_m(TOWARDS), boxed()])
@pytest.mark.parametrize("most", [50, 1000, 1_000_000])
def test_a_closed_mesh_has_no_hole_and_looks_at_the_eye(range_m: np.ndarray, most: int) -> None:
    mesh = mesh_of(range_map_of(range_m), most_vertices=most, closed=True)
    euler, faces_of_edge = skin(mesh)
    assert euler == 2, "a sphere's"
    assert set(faces_of_edge) == {2}
    assert facing(mesh).all()
    assert len(mesh.vertices) <= most
    assert (len(mesh.vertices), len(mesh.uv)) == (len(mesh.normals), len(mesh.normals))


def test_the_mesh_of_a_room_lies_on_its_walls() -> None:
    mesh = mesh_of(range_map_of(Room().range_m(TOWARDS)))
    length = np.linalg.norm(mesh.vertices, axis=1)
    off = np.abs(length / Room().range_m(mesh.vertices / length[:, None]) - 1)
    assert np.median(off) < 1e-4
    assert off.max() < 0.03, "along corners it lies between pixels"
    assert ((mesh.normals * mesh.vertices).sum(axis=1) < 0).all()
    np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-5)


def test_texture_coordinates_are_where_the_photo_shows_each_vertex() -> None:
    mesh = mesh_of(range_map_of(boxed()))
    level = np.abs(mesh.vertices[:, 1]) < 0.9999 * np.linalg.norm(mesh.vertices, axis=1)
    column, row = pixel_of(mesh.vertices, HW)
    off_u = (mesh.uv[:, 0] - (column + 0.5) / HW[1] + 0.5) % 1 - 0.5
    assert np.abs(off_u[level]).max() < 1e-4
    np.testing.assert_allclose(mesh.uv[:, 1], (row + 0.5) / HW[0], atol=1e-4)
    across = mesh.uv[mesh.faces][..., 0]
    assert np.ptp(across, axis=1).max() < 1.01 / HW[1], "no triangle runs back over the whole photo"
    assert mesh.uv.min() == 0
    assert mesh.uv.max() == 1


def test_the_surface_is_cut_where_it_is_torn_and_nowhere_else() -> None:
    whole = mesh_of(range_map_of(Room().range_m(TOWARDS)))
    assert set(skin(whole)[1]) == {2}
    cut = mesh_of(range_map_of(boxed()))
    euler, faces_of_edge = skin(cut)
    assert euler == 2, "two pieces: a room with a window in it, and the pane before it"
    assert set(faces_of_edge) == {1, 2}
    assert (faces_of_edge == 1).sum() == pytest.approx(2 * 2 * (50 + 30), abs=20)
    lengths = np.linalg.norm(cut.vertices[cut.faces], axis=-1)
    assert (np.ptp(lengths, axis=1) / lengths.min(axis=1)).max() < 0.3, "no triangle reaches from near to far"


def test_what_is_not_shown_is_left_out_or_filled_in_smoothly() -> None:
    covered = np.ones(HW, bool)
    covered[:, 100:140] = covered[110:] = False
    found = range_map_of(Ball(3.0).range_m(TOWARDS), covered=covered)
    mesh = mesh_of(found)
    assert mesh.uv[mesh.faces].mean(axis=1)[:, 1].max() < 110 / HW[0]
    assert 1 in skin(mesh)[1]
    closed = mesh_of(found, closed=True)
    assert skin(closed)[0] == 2
    np.testing.assert_allclose(np.linalg.norm(closed.vertices, axis=1), 3.0, rtol=1e-4)
    assert np.isfinite(closed.normals).all()


def test_a_closed_mesh_keeps_a_doubtful_distance_within_reach() -> None:
    range_m = Ball(3.0).range_m(TOWARDS)
    range_m[:40] = 1e6
    found = range_map_of(range_m)
    sky = np.where(range_m > 100, np.uint8(Doubt.SKY), found.doubts).astype(np.uint8)
    found = type(found)(found.range, found.normals, sky == 0, sky, found.photo, (), found.scale)
    assert np.linalg.norm(mesh_of(found, closed=True).vertices, axis=1).max() == pytest.approx(6, rel=0.01)
    assert np.linalg.norm(mesh_of(found).vertices, axis=1).max() < 3.1
