"""Normals, against planes that are known."""

import numpy as np
import pytest

from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.sphere import directions
from tests.engine.panorama.solids import Ball, Room

HW = (256, 512)
TOWARDS = directions(HW)


@pytest.mark.parametrize("room", [Room(), Room((0.6, 2.0, 3.0), (5.0, 1.5, 0.9), yaw_deg=-71)])
def test_normals_of_planes_are_exact_away_from_their_edges(room: Room) -> None:
    truth = room.normals(TOWARDS)
    found = surface_normals(room.range_m(TOWARDS).astype(np.float32), TOWARDS)
    np.testing.assert_allclose(np.linalg.norm(found, axis=-1), 1, atol=1e-5)
    off_deg = np.degrees(np.arccos(np.clip((found * truth).sum(-1), -1, 1)))
    edge = np.zeros(HW, bool)
    for axis in (0, 1):
        for way in (-1, 1):
            edge |= np.abs(np.roll(truth, way, axis) - truth).max(-1) > 1e-6
    assert edge.mean() < 0.05
    edge[[0, -1]] = False  # floor and ceiling lie there, across the pole too
    assert off_deg[~edge].max() < 1.0
    assert (found * TOWARDS).sum(-1)[~edge].max() < 0, "they face the eye"


def test_normals_of_a_sphere_point_back() -> None:
    found = surface_normals(Ball().range_m(TOWARDS).astype(np.float32), TOWARDS)
    np.testing.assert_allclose(found, -TOWARDS, atol=2e-3)


def test_normals_are_exact_at_the_poles_and_across_the_wrap() -> None:
    room = Room(yaw_deg=90 + 17)
    truth = room.normals(TOWARDS)
    found = surface_normals(room.range_m(TOWARDS).astype(np.float32), TOWARDS)
    off_deg = np.degrees(np.arccos(np.clip((found * truth).sum(-1), -1, 1)))
    assert np.abs(truth[[0, 1, -2, -1], :, 1]).min() > 0.999, "ceiling and floor"
    assert off_deg[[0, 1, -2, -1]].max() < 1.0
    wall = np.abs(truth[:, [0, -1], 1]).max(axis=1) < 1e-6
    assert wall[5:-5].sum() > 50
    inside = wall & np.roll(wall, 1) & np.roll(wall, -1)
    assert off_deg[inside][:, [0, 1, -2, -1]].max() < 1.0
