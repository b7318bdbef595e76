"""Tilted cameras: how far they were tilted is found from what stands and lies level, and the photo is set upright."""

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import Image
from depthview.engine.panorama.levelling.levelled import WORTH_TURNING_DEG, levelled, tilt_of
from depthview.engine.panorama.levelling.segments import Segments
from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.levelling.upright import upright_of
from depthview.engine.panorama.opening.photo import Photo
from depthview.engine.sphere import directions
from tests.engine.panorama.solids import Room

HW = (256, 512)


def photo_of(image: Image, covered: NDArray[np.bool_] | None = None) -> Photo:
    height, width = image.shape[:2]
    covered = np.ones((height, width), np.bool_) if covered is None else covered
    return Photo(image, covered, (width, height), "drawn")


def off_deg(tilt: Tilt | None, up: NDArray[np.float64]) -> float:
    assert tilt is not None
    return float(np.degrees(np.arccos(np.clip(tilt.up @ up, -1, 1))))


def tiled_room(tilt: Tilt, size_hw: tuple[int, int] = HW, yaw_deg: float = 17.0) -> Image:
    """A room with tiles on every wall, as a camera sees it that is held with that tilt."""
    towards = directions(size_hw) @ tilt.rotation.T.astype(np.float32)
    room = Room(yaw_deg=yaw_deg)
    across = np.radians(yaw_deg)
    turn = np.array([[np.cos(across), 0, -np.sin(across)], [0, 1, 0], [np.sin(across), 0, np.cos(across)]])
    points = room.range_m(towards)[..., None] * towards @ turn.T
    tiles = np.floor(points / np.array([0.7, 0.45, 0.6]) + 0.31)
    on_wall = np.abs(room.normals(towards) @ turn.T) > 0.5
    parity = np.where(on_wall, 0, tiles).sum(axis=-1) % 2
    return np.repeat((60 + 90 * parity)[..., None], 3, axis=-1).astype(np.uint8)


@pytest.mark.parametrize("tilt", [Tilt(0, 0), Tilt(12, 0), Tilt(0, -9), Tilt(-30, 5), Tilt(3, 35)])
def test_the_tilt_of_a_drawn_room_is_found(tilt: Tilt) -> None:
    assert off_deg(tilt_of(tiled_room(tilt)), tilt.up) < 0.5


def test_a_larger_photo_tells_it_more_exactly() -> None:
    tilt = Tilt(-14, 13)
    assert off_deg(tilt_of(tiled_room(tilt, (512, 1024))), tilt.up) < 0.15


def test_walls_need_not_be_at_right_angles() -> None:
    tilt = Tilt(7, -5)
    askew = tiled_room(tilt, yaw_deg=17)
    askew[:, : HW[1] // 2] = tiled_room(tilt, yaw_deg=50)[:, : HW[1] // 2]
    assert off_deg(tilt_of(askew), tilt.up) < 0.3


def test_looking_up_and_a_lowered_right_side_are_positive() -> None:
    sky = np.array([0.0, -1.0, 0.0])
    forward, right = np.array([0.0, 0.0, 1.0]), np.array([1.0, 0.0, 0.0])
    assert (Tilt(20, 0).rotation @ forward)[1] == pytest.approx(-np.sin(np.radians(20)))
    assert (Tilt(0, 20).rotation @ right)[1] == pytest.approx(np.sin(np.radians(20)))
    np.testing.assert_allclose(Tilt(0, 0).up, sky)
    assert Tilt(0, -25).angle_deg == pytest.approx(25)


def test_a_tilt_is_read_back_from_its_up_and_what_is_left_can_be_added() -> None:
    rng = np.random.default_rng(2)
    for pitch_deg, roll_deg, rest_pitch_deg, rest_roll_deg in rng.uniform(-60, 60, (50, 4)):
        tilt, rest = Tilt(pitch_deg, roll_deg), Tilt(rest_pitch_deg / 4, rest_roll_deg / 4)
        back = Tilt.of_up(3 * tilt.up)
        np.testing.assert_allclose((back.pitch_deg, back.roll_deg), (pitch_deg, roll_deg), atol=1e-9)
        np.testing.assert_allclose(rest.rotation @ tilt.rotation @ tilt.then(rest).up, (0, -1, 0), atol=1e-12)


def shades(towards: NDArray[np.floating]) -> Image:
    """A smooth picture that is different in every direction."""
    waves = np.sin(towards * np.array([3.0, 4.0, 5.0]) + towards[..., [1, 2, 0]] * 2)
    return np.rint(127.5 + 100 * waves).astype(np.uint8)


def test_levelled_the_picture_is_where_a_level_camera_has_it() -> None:
    tilt = Tilt(-11, 8)
    photo = levelled(photo_of(shades(directions(HW) @ tilt.rotation.T)), tilt)
    off = np.abs(photo.image.astype(int) - shades(directions(HW)))
    assert off.max() <= 4, "past the wrap and at the poles too"
    assert photo.covered.all()
    assert photo.size_hw == HW


def test_what_was_not_covered_is_not_covered_when_it_is_turned() -> None:
    tilt = Tilt(9, -6)
    towards = directions(HW) @ tilt.rotation.T
    seen = towards[..., 2] > -0.4
    photo = levelled(photo_of(np.where(seen[..., None], shades(towards), 0).astype(np.uint8), seen), tilt)
    level = directions(HW)[..., 2]
    assert photo.covered[level > -0.38].all()
    assert not photo.covered[level < -0.40].any()
    assert not photo.image[~photo.covered].any()
    inside = level > -0.37
    assert np.abs(photo.image.astype(int) - shades(directions(HW)))[inside].max() <= 4


def test_what_is_level_already_stays_as_sharp_as_it_is() -> None:
    photo = photo_of(shades(directions(HW)))
    assert levelled(photo, Tilt(WORTH_TURNING_DEG / 2, 0)) is photo


def strokes(count: int, seed: int) -> Image:
    """Straight strokes that lie anyhow, as twigs and leaves do."""
    rng = np.random.default_rng(seed)
    towards = directions(HW)
    image = np.full((*HW, 3), 90, np.uint8)
    for _ in range(count):
        middle, normal = rng.normal(size=(2, 3))
        middle /= np.linalg.norm(middle)
        normal -= (normal @ middle) * middle
        normal /= np.linalg.norm(normal)
        on = (np.abs(towards @ normal) < 0.012) & (towards @ middle > np.cos(rng.uniform(0.05, 0.3)))
        image[on] = rng.integers(0, 256)
    return image


@pytest.mark.parametrize("seed", [1])
def test_where_nothing_stands_nothing_is_said(seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert tilt_of(np.full((*HW, 3), 120, np.uint8)) is None
    assert tilt_of(rng.integers(0, 256, (*HW, 3)).astype(np.uint8)) is None
    assert tilt_of(shades(directions(HW))) is None
    assert tilt_of(strokes(150, seed)) is None


def lying_anyhow(count: int, rng: np.random.Generator) -> Segments:
    middle, normal = rng.normal(size=(2, count, 3))
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    normal -= (normal * middle).sum(axis=1, keepdims=True) * middle
    return Segments(normal / np.linalg.norm(normal, axis=1, keepdims=True), middle, rng.uniform(0.05, 0.5, count))


@pytest.mark.parametrize("count", [0, 1, 2, 8, 60, 1000])
def test_segments_that_lie_anyhow_tell_nothing(count: int) -> None:
    rng = np.random.default_rng(count)
    assert all(upright_of(lying_anyhow(count, rng)) is None for _ in range(6))
