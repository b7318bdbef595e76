"""The rooms that flattening is judged by: their truth is exact, and so are the figures."""

import numpy as np
import pytest

from benchmarks.panorama_surface import bent, corners, furnished, judged
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.sphere import directions

HW = (128, 256)
TOWARDS = directions(HW)
EVERYWHERE = np.ones(HW, bool)


@pytest.mark.parametrize("seed", [0, 1])
def test_every_point_that_is_met_lies_on_the_room_or_on_a_box(seed: int) -> None:
    room = furnished(np.random.default_rng(seed))
    range_m, normals = room.met(TOWARDS)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=-1), 1, atol=1e-9)
    assert ((normals * TOWARDS).sum(-1) < 0).all(), "they face the eye"
    c, s = np.cos(room.yaw), np.sin(room.yaw)
    points = (range_m[..., None] * TOWARDS) @ np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]).T
    on_walls = np.minimum(np.abs(points - room.low), np.abs(points - room.high)).min(axis=-1) < 1e-5
    on_boxes = np.zeros(HW, bool)
    for low, high in room.boxes:
        inside = ((points > low - 1e-5) & (points < high + 1e-5)).all(axis=-1)
        on_boxes |= inside & (np.minimum(np.abs(points - low), np.abs(points - high)).min(axis=-1) < 1e-5)
    assert (on_walls | on_boxes).all()
    assert on_boxes.mean() > 0.02
    near, _ = corners(range_m, normals)
    smooth = np.degrees(
        np.arccos(np.clip((surface_normals(range_m.astype(np.float32), TOWARDS) * normals).sum(-1), -1, 1))
    )
    assert smooth[~near].max() < 1.5


def test_the_truth_has_no_error_whatever_its_unit_and_a_bent_room_has() -> None:
    rng = np.random.default_rng(2)
    range_m, normals = furnished(rng).met(TOWARDS)
    near, _ = corners(range_m, normals)
    exact = judged((1000 * range_m).astype(np.float32), range_m, normals, ~near)
    assert exact["normals_deg"] < 0.5
    assert exact["range_percent"] < 1e-3
    seen = judged(bent(range_m, rng), range_m, normals, ~near)
    assert 2 < seen["range_percent"] < 6
    assert 5 < seen["normals_deg"] < 30
