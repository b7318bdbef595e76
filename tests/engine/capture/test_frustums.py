"""Cameras as pyramids, which way is up by them, and where to stand first: against cameras whose answers are known."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.capture.poses.frustums import frustums_of
from depthview.engine.capture.poses.posed import read_posed
from depthview.engine.capture.poses.standing import first_look_of, up_of
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.quaternions import rotations
from tests.engine.capture.circling import FOCAL_PX, SIZE_PX, circle, looking, posed, write_dense

UP = np.array([0.0, -1.0, 0.0])


def turns(count: int) -> np.ndarray:
    four = np.random.default_rng(4).normal(size=(count, 4))
    return rotations(four / np.linalg.norm(four, axis=1, keepdims=True))


def test_the_corners_of_a_photo_are_where_its_camera_sees_them() -> None:
    cameras = circle(5)
    found = frustums_of(posed(cameras))
    wanted = [(0, 0), (SIZE_PX[0], 0), SIZE_PX, (0, SIZE_PX[1])]
    for tip, corners, camera in zip(found.tips, found.corners, cameras, strict=True):
        np.testing.assert_allclose(tip, camera.eye, atol=1e-12)
        pixels = camera.to_pixels(corners)
        np.testing.assert_allclose(pixels[:, :2], wanted, atol=1e-9)
        np.testing.assert_allclose(pixels[:, 2], found.depth)
    np.testing.assert_allclose(found.forward(2), cameras[2].rotation[2], atol=1e-12)
    np.testing.assert_allclose(found.tangents(2), np.array(SIZE_PX) / 2 / FOCAL_PX)


def test_they_are_as_large_as_the_distances_between_them_allow() -> None:
    sizes = [frustums_of(posed(circle(16, radius=radius, height=radius / 3))).depth for radius in (1.0, 30.0)]
    assert sizes[1] == pytest.approx(30 * sizes[0])
    apart = 2.0  # the closest pair of four on a circle of radius sqrt(2)
    assert 0 < frustums_of(posed(circle(4, radius=2**0.5, height=0.0))).depth < apart / 4


def test_those_that_stand_in_one_place_have_a_size_too() -> None:
    points = np.random.default_rng(1).normal(size=(100, 3)).astype(np.float32) + np.float32((0, 0, 9))
    around = [looking(np.zeros(3), np.array([x, 0.0, 9.0]), UP) for x in (-1.0, 0.0, 1.0)]
    assert 0.05 < frustums_of(posed(around, points)).depth < 1.0
    assert frustums_of(posed(around[:1])).depth > 0
    assert len(frustums_of(posed([]))) == 0


def test_how_far_a_photo_looks_is_told_by_the_points_in_it() -> None:
    """The two that are behind it, and beside it, do not count."""
    points = np.array([(0, 0, 0), (0, 0, 1), (0, 0, 2), (0, 0, -50), (90, 0, 0)], np.float32)
    camera = looking(np.array([0.0, 0.0, -3.0]), np.zeros(3), UP)
    assert frustums_of(posed([camera], points)).reach == pytest.approx(4.0)


def test_every_eighth_is_told_apart_and_odd_names_can_be_shown() -> None:
    photos = posed(circle(9))
    assert frustums_of(photos).held_out.nonzero()[0].tolist() == [0, 8]
    odd = replace(photos, photos=(replace(photos.photos[0], name="f\udce9.jpg"), *photos.photos[1:]))
    assert frustums_of(odd).names[0].encode() == b"f?.jpg"


def test_they_go_where_their_scene_is_put() -> None:
    found, placement = frustums_of(posed(circle(3))), Placement(turns(1)[0], 2.5, np.array([1.0, -2.0, 3.0]))
    moved = found.placed(placement)
    np.testing.assert_allclose(moved.tips, 2.5 * found.tips @ placement.rotation.T + placement.shift)
    assert moved.depth == pytest.approx(2.5 * found.depth)
    np.testing.assert_allclose(moved.forward(1), placement.rotation @ found.forward(1), atol=1e-12)
    np.testing.assert_allclose(moved.reach, 2.5 * found.reach)


def test_files_of_a_job_give_the_same_cameras(tmp_path: Path) -> None:
    cameras = circle(6, turn=turns(1)[0])
    found = frustums_of(read_posed(write_dense(tmp_path / "dense", cameras, np.eye(3, dtype=np.float32))))
    np.testing.assert_allclose(found.corners, frustums_of(posed(cameras, np.eye(3, dtype=np.float32))).corners)


@pytest.mark.parametrize("turn", turns(6))
def test_up_is_what_was_up_for_who_walked_round_it(turn: np.ndarray) -> None:
    np.testing.assert_allclose(up_of(circle(12, height=2.0, turn=turn)), turn @ UP, atol=1e-6)


@pytest.mark.parametrize("turn", turns(3))
def test_up_from_one_side_though_all_look_down(turn: np.ndarray) -> None:
    """The mean of what is up in these photos leans by thirty degrees."""
    some = circle(24, radius=3.0, height=1.8, turn=turn)[:6]
    np.testing.assert_allclose(up_of(some), turn @ UP, atol=1e-6)


def test_up_where_all_look_the_same_way_is_up_in_the_photos() -> None:
    row = [looking(np.array([x, 0.0, 0.0]), np.array([x, 0.0, 5.0]), UP) for x in np.linspace(-1, 1, 5)]
    np.testing.assert_allclose(up_of(row), UP, atol=1e-12)


def test_up_of_photos_that_agree_in_nothing_is_the_worlds() -> None:
    one = circle(1)[0]
    other = looking(one.eye, np.zeros(3), -UP)
    np.testing.assert_array_equal(up_of([one, other]), UP)
    np.testing.assert_array_equal(up_of([]), UP)


def test_the_first_look_holds_all_of_a_photo_as_it_looks() -> None:
    row = [looking(np.array([x, 0.3, 0.0]), np.array([x, 0.3, 5.0]), UP) for x in (-9.0, -1.0, 0.0, 2.0, 3.0)]
    points = np.array([(x, 0.3, 5.0) for x in (-9.0, -1.0, 0.0, 2.0, 3.0)], np.float32)
    found = frustums_of(posed(row, points))
    wide = first_look_of(found, 90.0)
    assert wide is not None
    np.testing.assert_allclose(wide.eye, (0, 0.3, 0), atol=1e-9)
    np.testing.assert_allclose(wide.target, (0, 0.3, 5), atol=1e-6)
    narrow = first_look_of(found, 20.0)
    assert narrow is not None
    half_height = 5 * SIZE_PX[1] / 2 / FOCAL_PX
    seen = np.linalg.norm(narrow.target - narrow.eye) * np.tan(np.radians(10))
    assert seen == pytest.approx(half_height)
    assert first_look_of(frustums_of(posed([])), 45.0) is None
