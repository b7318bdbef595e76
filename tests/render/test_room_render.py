"""The room's renderer against closed forms, and its two eyes against each other."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest

from training.room.cameras import Pinhole, StereoCamera, cube_faces, look_at, ring
from training.room.eyes import stereo_truth
from training.room.light import exposed
from training.room.motion import HOPS, ball_pose, stereo_camera
from training.room.patches import quad, superellipsoid
from training.room.render import Renderer
from training.room.room import Room, build_room
from training.room.textures import noise

GREY = np.full((4, 4, 3), 0.5, np.float32)


@pytest.fixture
def renderer() -> Iterator[Renderer]:
    renderer = Renderer()
    yield renderer
    renderer.close()


@pytest.fixture(scope="module")
def room() -> Room:
    return build_room(7)


def plane_depth_m(camera: Pinhole, point: np.ndarray, normal: np.ndarray) -> np.ndarray:
    """Depth along the axis where each pixel's ray meets a plane; inf where it does not."""
    pose = camera.world_from_camera
    rays = camera.rays() @ pose[:3, :3].T
    with np.errstate(divide="ignore"):
        depth = ((point - pose[:3, 3]) @ normal) / (rays @ normal)
    return np.where(depth > 0, depth, np.inf)


def sphere_depth_m(camera: Pinhole, centre: np.ndarray, radius: float) -> np.ndarray:
    pose = camera.world_from_camera
    rays = camera.rays() @ pose[:3, :3].T
    offset = centre - pose[:3, 3]
    a, b, c = (rays**2).sum(-1), rays @ offset, offset @ offset - radius**2
    root = b**2 - a * c
    return np.where(root > 0, (b - np.sqrt(np.maximum(root, 0))) / a, np.inf)


@pytest.mark.parametrize("shift_px", [(0.0, 0.0), (23.5, -11.25)])
def test_depth_is_that_of_a_plane_and_a_sphere(renderer: Renderer, shift_px: tuple[float, float]) -> None:
    """An oblique camera, also with its principal point far from the centre: wrong signs or half pixels show here."""
    floor = quad((-50, -50, 0), (100, 0, 0), (0, 100, 0), GREY)
    centre, radius = np.array([0.15, 2.4, 0.55]), 0.4
    ball = superellipsoid((radius,) * 3, GREY, segments=256)
    pose = np.eye(4)
    pose[:3, 3] = centre
    renderer.show("scene", [floor, ball.moved(pose)])
    camera = Pinhole.centred(240, 160, 190.0, look_at((0.4, -0.3, 1.3), (0.1, 2.6, 0.4)))
    camera = replace(camera, cx_px=camera.cx_px + shift_px[0], cy_px=camera.cy_px + shift_px[1])

    depth = renderer.depth_m(camera)

    on_ball = sphere_depth_m(camera, centre, radius)
    expected = np.minimum(plane_depth_m(camera, np.zeros(3), np.array([0, 0, 1.0])), on_ball)
    hit = np.isfinite(on_ball).astype(np.uint8)
    edge = cv2.dilate(hit, np.ones((5, 5))) != cv2.erode(hit, np.ones((5, 5)))
    judged = np.isfinite(expected) & (expected < 12) & ~edge
    assert judged.mean() > 0.7
    assert hit.mean() > 0.05
    assert np.abs(depth[judged] / expected[judged] - 1).max() < 1e-3
    flat = judged & (hit == 0)
    assert np.abs(depth[flat] / expected[flat] - 1).max() < 1e-4


def test_disparity_is_exact_to_a_hundredth_of_a_pixel(renderer: Renderer) -> None:
    """What the truth rests on: the sample's own rig, before a slanted wall from 1.3 to 3.4 m."""
    corner, across = np.array([-3.0, -0.2, -3.0]), np.array([8.0, 5.6, 0.0])
    renderer.show("scene", [quad(corner, across, (0, 0, 8), GREY)])
    camera = StereoCamera(Pinhole.centred(640, 360, 512.0, look_at((0, 0, 1.0), (0.2, 4, 0.8))), 0.065)
    normal = np.cross(across, (0, 0, 1.0))

    disparity, visible = stereo_truth(renderer, camera)

    expected = camera.disparity_px(plane_depth_m(camera.left, corner, normal).astype(np.float32))
    assert expected.max() / expected.min() > 2
    assert np.abs(disparity - expected).max() < 0.01
    inside = np.arange(640)[None, :] - expected >= 0
    np.testing.assert_array_equal(visible, inside)


def test_hidden_strip_beside_a_near_object_is_as_wide_as_the_disparity_step(renderer: Renderer) -> None:
    """A card before a wall: the left eye sees, at the card's left, a strip of wall that the right eye does not."""
    wall = quad((-20, 4.0, -20), (40, 0, 0), (0, 0, 40), GREY)
    card = quad((-0.3, 2.0, 0.7), (0.6, 0, 0), (0, 0, 0.6), GREY)
    renderer.show("scene", [wall, card])
    camera = StereoCamera(Pinhole.centred(400, 200, 400.0, look_at((0, 0, 1.0), (0, 4, 1.0))), 0.1)

    disparity, visible = stereo_truth(renderer, camera)

    row = visible[100]
    assert disparity[100, 200] == pytest.approx(20, abs=0.01)
    assert disparity[100, 390] == pytest.approx(10, abs=0.01)
    hidden = np.flatnonzero(~row[10:]) + 10
    card_left = np.flatnonzero(disparity[100] > 15)[0]
    assert 9 <= len(hidden) <= 11
    assert hidden[-1] == card_left - 1


def warped(right: np.ndarray, disparity: np.ndarray) -> np.ndarray:
    x = (np.arange(disparity.shape[1])[None, :] - disparity).astype(np.float32)
    y = np.broadcast_to(np.arange(disparity.shape[0], dtype=np.float32)[:, None], x.shape)
    return cv2.remap(right, x, np.ascontiguousarray(y), cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)


def test_the_right_eye_moved_by_the_disparity_is_the_left_eye(renderer: Renderer, room: Room) -> None:
    """Sign, baseline, focal length and occlusion at once: any of them wrong and the pictures do not meet."""
    patches = [*room.patches, room.ball.moved(ball_pose(0.3))]
    renderer.show("room", patches, [exposed(patch.paint) for patch in patches])
    camera = stereo_camera(0.3, (640, 360), 512.0, 0.065)
    left, right = (renderer.colour(eye).astype(np.float32) for eye in (camera.left, camera.right))

    disparity, visible = stereo_truth(renderer, camera)

    def error(shift_px: float) -> float:
        return float(np.abs(warped(right, disparity + shift_px) - left).mean(2)[visible].mean())

    assert 0.85 < visible.mean() < 0.99
    assert error(0) < 3.0
    assert min(error(-1), error(1)) > 2 * error(0)
    hidden = np.abs(warped(right, disparity) - left).mean(2)[~visible]
    assert hidden.mean() > 3 * error(0)


def test_the_room_is_the_same_for_the_same_seed(room: Room) -> None:
    again = build_room(room.seed)
    assert len(room.patches) == len(again.patches)
    for a, b in zip(room.patches, again.patches, strict=True):
        np.testing.assert_array_equal(a.points, b.points)
        np.testing.assert_array_equal(a.paint, b.paint)


def test_the_ball_stays_above_the_floor_and_comes_back(room: Room) -> None:
    lowest = [room.ball.moved(ball_pose(t)).points[..., 2].min() for t in np.linspace(0, 1, 25)]
    assert 0.0 < min(lowest) < 0.02
    assert max(lowest) > 0.4
    assert len(HOPS) == 6
    np.testing.assert_allclose(ball_pose(0.0), ball_pose(1.0), atol=1e-12)


def test_six_faces_see_every_direction_once_and_agree_about_range(renderer: Renderer) -> None:
    """The seam of a 360° photo: a sphere around the eye is equally far on every face, and no pixel sees past it."""
    eye = (0.3, 1.0, 1.4)
    shell = superellipsoid((2.0,) * 3, GREY, segments=256)
    pose = np.eye(4)
    pose[:3, 3] = eye
    renderer.show("shell", [shell.moved(pose)])
    seen = []
    for face in cube_faces(eye, 96):
        rays = face.rays()
        range_m = renderer.depth_m(face) * np.linalg.norm(rays, axis=2)
        assert np.abs(range_m - 2.0).max() < 2e-3
        world = rays @ face.world_from_camera[:3, :3].T
        seen.append(world / np.linalg.norm(world, axis=2, keepdims=True))
    directions = np.concatenate([s.reshape(-1, 3) for s in seen])
    faces = np.argmax(np.abs(directions), axis=1) * 2 + (
        np.take_along_axis(directions, np.argmax(np.abs(directions), axis=1)[:, None], axis=1)[:, 0] > 0
    )
    assert np.bincount(faces, minlength=6).tolist() == [96 * 96] * 6


def test_a_ring_looks_inwards(renderer: Renderer) -> None:
    centre = (0.1, 2.5, 1.0)
    for view in ring(centre, 1.5, 5, (64, 48), 60.0):
        pose = view.world_from_camera
        np.testing.assert_allclose(pose[:3, 3] + 1.5 * pose[:3, 2], centre, atol=1e-12)
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-12)
        assert np.linalg.det(pose[:3, :3]) == pytest.approx(1)


def test_colour_is_the_paint_and_upright(renderer: Renderer) -> None:
    """A texture that is darker at the bottom and redder at the right comes out so, not mirrored."""
    paint = np.zeros((32, 32, 3), np.float32)
    paint[..., 1] = np.linspace(0.05, 0.9, 32)[:, None]
    paint[..., 0] = np.linspace(0.05, 0.9, 32)[None, :]
    wall = quad((-1, 2, -1), (2, 0, 0), (0, 0, 2), paint)
    renderer.show("wall", [wall], [exposed(paint)])
    rgb = renderer.colour(Pinhole.centred(64, 64, 64.0, look_at((0, 0, 0), (0, 2, 0))))
    assert rgb.dtype == np.uint8
    assert rgb.shape == (64, 64, 3)
    assert rgb.flags.c_contiguous
    expected = cv2.resize(exposed(paint), (64, 64), interpolation=cv2.INTER_LINEAR)[::-1]
    assert np.abs(rgb.astype(int) - expected)[4:-4, 4:-4].max() <= 4


def test_noise_fills_its_size() -> None:
    field = noise(np.random.default_rng(0), (40, 70), (4, 4))
    assert field.shape == (40, 70)
    assert field.dtype == np.float32
    assert 0.1 < field.std() < 1.0
    assert not np.array_equal(field, noise(np.random.default_rng(1), (40, 70), (4, 4)))
