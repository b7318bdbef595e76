"""Rooms on the whole sphere: exact range with and without furniture, the same room from the same seed, kept files."""

import math
from itertools import pairwise

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.mono.paints import Palette  # noqa: E402
from training.mono.parts import BALL, BOX, ball, box, rod  # noqa: E402
from training.mono.rooms import turn_of  # noqa: E402
from training.panorama.camera import developed  # noqa: E402
from training.panorama.cast import Sphere, Things, met  # noqa: E402
from training.panorama.ceilings import chamfers, roof, vault  # noqa: E402
from training.panorama.cells import Cell, walls_met  # noqa: E402
from training.panorama.draw import drawn, main  # noqa: E402
from training.panorama.light import surface_of  # noqa: E402
from training.panorama.outdoors import courtyard  # noqa: E402
from training.panorama.rooms import random_building  # noqa: E402

FACES = (0, 1, 2, 3, 4, 5)
ROOM = Cell(np.array([-2.0, -2.5, -3.0]), np.array([3.0, 0.0, 1.5]), FACES, 0)
EYE = np.array([0.3, -1.4, -0.2])
NOTHING = Things.of(())


def sphere(height=64, *, eye=EYE, yaw=0.0, pitch=0.0, roll=0.0):
    return Sphere(eye, turn_of(yaw, pitch, roll), height, 2 * height)


def brute_range(cells, parts, eye, ray):
    """By small means of its own: one ray, float64, walls by walking through the air, things by their equations."""
    at = 0.0
    while True:
        ends = [at]
        for cell in cells:
            if cell.holds(eye + ray * at, -1e-6):
                bounds = [
                    ((high if way > 0 else low) - e) / way
                    for low, high, e, way in zip(cell.low, cell.high, eye, ray, strict=True)
                    if abs(way) > 1e-12
                ]
                bounds += [(s[3] - np.dot(s[:3], eye)) / np.dot(s[:3], ray)
                           for s in cell.slopes if np.dot(s[:3], ray) > 1e-12]  # fmt: skip
                ends.append(min(bounds))
        if max(ends) <= at + 1e-9:
            break
        at = max(ends)
    nearest = at
    for part in parts:
        o, d = part.turn.T @ (eye - part.centre), part.turn.T @ ray
        if part.shape == BOX:
            with np.errstate(divide="ignore"):
                first, second = (-part.half - o) / d, (part.half - o) / d
            enter, leave = np.minimum(first, second).max(), np.maximum(first, second).min()
            found = enter if enter < leave else math.inf
        else:
            axes = slice(0, 3) if part.shape == BALL else slice(0, 3, 2)
            oo, dd = o[axes] / part.half[axes], d[axes] / part.half[axes]
            roots = np.roots([dd @ dd, 2 * oo @ dd, oo @ oo - 1.0])
            found = roots.real.min() if abs(roots.imag).max() == 0 else math.inf
            if part.shape != BALL and found < math.inf and abs(o[1] + found * d[1]) > part.half[1]:
                found = math.inf
        if 0.05 < found < nearest:
            nearest = found
    return nearest


@pytest.fixture(scope="module")
def room():
    return drawn(3, 7)


def rays_of(eye):
    return eye.rays().reshape(3, -1).astype(float)


def test_an_empty_box_is_as_far_as_its_sides():
    eye = sphere(128, yaw=0.7, pitch=0.01)
    found = met([ROOM], NOTHING, eye)
    rays = rays_of(eye)
    with np.errstate(divide="ignore"):
        sides = np.where(rays > 0, ROOM.high[:, None] - EYE[:, None], ROOM.low[:, None] - EYE[:, None]) / rays
    assert found.range_m.ravel() == pytest.approx(sides.min(0), rel=1e-5)
    assert np.array_equal(found.range_m, found.shell_m)
    assert (found.thing == -1).all()


def test_the_middle_looks_ahead_the_right_half_to_the_right_and_the_first_row_up():
    found = met([ROOM], NOTHING, sphere(180))
    assert found.range_m[89:91, 179:181] == pytest.approx(1.7, rel=1e-3)  # z = 1.5 from -0.2
    assert found.range_m[89:91, 269:271] == pytest.approx(2.7, rel=1e-3)  # x = 3 from 0.3
    assert found.range_m[0] == pytest.approx(1.1, rel=1e-3)
    assert found.range_m[-1] == pytest.approx(1.4, rel=1e-3)
    turned = met([ROOM], NOTHING, sphere(180, yaw=math.pi / 2))
    assert turned.range_m[89:91, 179:181] == pytest.approx(2.7, rel=1e-3)


def test_every_pixel_is_the_nearest_of_all_things_however_small_the_rectangle_searched():
    dice = np.random.default_rng(4)
    parts = []
    for _ in range(30):
        x, z, up = dice.uniform(-2, 3), dice.uniform(-3, 1.5), dice.uniform(0, 2)
        parts.append(box(x, z, up, *dice.uniform(0.05, 0.7, 3), 0, dice.uniform(0, 3)))
        parts.append(ball(x + 0.4, z, up, *dice.uniform(0.1, 0.5, 3), 0))
        parts.append(rod(dice.uniform(-2, 1, 3), dice.uniform(-2, 1, 3), dice.uniform(0.01, 0.1), 0))
    parts.append(box(EYE[0], EYE[2], 0.0, 0.8, 0.6, 0.4, 0))  # below the eye: all columns
    parts.append(box(EYE[0], EYE[2] - 0.9, 1.0, 0.5, 0.5, 0.9, 0))  # behind: across the border of the picture
    eye = sphere(96, yaw=0.3, pitch=0.02, roll=-0.015)
    found = met([ROOM], Things.of(parts), eye, smallest_px=0.0).range_m.ravel()
    rays = rays_of(eye)
    for pixel in dice.integers(0, len(found), 400):
        assert found[pixel] == pytest.approx(brute_range([ROOM], parts, EYE, rays[:, pixel]), rel=1e-4), pixel


def test_air_goes_on_through_openings_and_ends_at_slopes():
    opening = Cell(np.array([2.9, -2.0, -1.0]), np.array([3.3, 0.0, 0.2]), FACES, 0)
    beyond = Cell(np.array([3.2, -2.5, -4.0]), np.array([6.0, 0.0, 3.0]), FACES, 1)
    ray = np.array([[1.0], [0.0], [0.0]], np.float32)
    assert walls_met([ROOM, opening, beyond], EYE, ray).range_m[0] == pytest.approx(5.7, rel=1e-6)
    assert walls_met([ROOM, opening], EYE, ray).range_m[0] == pytest.approx(3.0, rel=1e-6)
    assert walls_met([ROOM, beyond], EYE, ray).range_m[0] == pytest.approx(2.7, rel=1e-6)  # no way through a wall
    roofed = Cell(ROOM.low, ROOM.high, FACES, 0, ((math.sqrt(0.5), -math.sqrt(0.5), 0.0, math.sqrt(0.5) * 3.5, 7),))
    met_at = walls_met([roofed], EYE, np.array([[math.sqrt(0.5)], [-math.sqrt(0.5)], [0.0]], np.float32))
    assert met_at.range_m[0] == pytest.approx((3.5 - 0.3 - 1.4) / math.sqrt(2), rel=1e-6)
    assert met_at.plane[0] == 6


@pytest.mark.parametrize("cut", [
    lambda dice: roof(dice, ROOM.low, ROOM.high, (1, 2)),
    lambda dice: vault(dice, ROOM.low, ROOM.high, 2),
    lambda dice: chamfers(dice, ROOM.low, ROOM.high, 1),
])  # fmt: skip
def test_roofs_vaults_and_cut_corners_leave_the_middle_free_and_take_something_away(cut):
    for seed in range(6):
        cell = Cell(ROOM.low, ROOM.high, FACES, 0, tuple(cut(np.random.default_rng(seed))))
        middle = (ROOM.low + ROOM.high) / 2
        middle[1] = -0.4
        assert cell.holds(middle)
        found = met([cell], NOTHING, sphere(48, eye=middle)).range_m
        full = met([ROOM], NOTHING, sphere(48, eye=middle)).range_m
        assert (found <= full + 1e-5).all()
        assert not cell.slopes or (found < full - 0.01).any()


@pytest.mark.parametrize("seed", range(6))
def test_a_random_building_against_one_ray_at_a_time(seed):
    building = random_building(np.random.default_rng(seed), 8)
    eye = Sphere(building.eye, building.turn, 64, 128)
    found = met(building.cells, Things.of(building.parts), eye, smallest_px=0.0)
    rays = rays_of(eye)
    wrong = 0
    for pixel in np.random.default_rng(seed).integers(0, rays.shape[1], 60):
        true = brute_range(building.cells, building.parts, building.eye, rays[:, pixel])
        wrong += abs(found.range_m.ravel()[pixel] / true - 1) > 1e-3
        bare = brute_range(building.cells, (), building.eye, rays[:, pixel])
        wrong += abs(found.shell_m.ravel()[pixel] / bare - 1) > 1e-3
    assert wrong <= 1  # a ray along an edge may see either side of it
    assert (found.range_m <= found.shell_m * 1.0001).all()
    assert any(cell.holds(building.eye) for cell in building.cells)


def test_points_lie_on_what_was_met_and_normals_look_at_the_eye():
    building = random_building(np.random.default_rng(3), 8)
    things = Things.of(building.parts)
    eye = Sphere(building.eye, building.turn, 64, 128)
    found = met(building.cells, things, eye)
    rays = torch.from_numpy(eye.rays()).flatten(1)
    surface = surface_of(building, things, found, rays, torch.from_numpy(found.range_m).flatten(), eye)
    assert torch.linalg.vector_norm(surface.normals, dim=0).numpy() == pytest.approx(1.0, abs=1e-3)
    towards = (surface.normals * rays).sum(0)
    assert float((towards < 0.02).float().mean()) > 0.99  # hollow drums show their inner sides
    # Neighbours on one flat face differ only within it.
    step = (surface.points[:, 1:] - surface.points[:, :-1]).double()
    flat = (surface.number[1:] == surface.number[:-1]) & (surface.normals[:, 1:] == surface.normals[:, :-1]).all(0)
    off = (step * surface.normals[:, 1:]).sum(0).abs()[flat]
    assert float(off.quantile(0.98)) < 1e-3


def test_a_courtyard_has_a_sky_whose_range_nobody_knows():
    building = courtyard(np.random.default_rng(1), Palette(np.random.default_rng(1), 8))
    eye = Sphere(building.eye, building.turn, 64, 128)
    found = met(building.cells, Things.of(building.parts), eye)
    assert found.open[0].mean() > 0.9
    assert not found.open[-1].any()
    bare = met(building.cells, Things.of(building.parts[: building.firm]), eye)
    assert not (found.open & ~bare.open).any()  # no house where the sky is
    assert bare.open.sum() > found.open.sum()


def test_a_room_is_the_same_every_time_and_another_for_another_number(room):
    again, other = drawn(3, 7), drawn(3, 8)
    assert np.array_equal(room.picture, again.picture)
    assert np.array_equal(room.range_m, again.range_m)
    assert not np.array_equal(room.range_m, other.range_m)
    assert room.picture.shape == (256, 512, 3)
    assert room.picture.dtype == np.uint8
    assert room.picture.std() > 5
    known = room.range_m > 0
    assert (room.range_m[known] <= room.shell_m[known] * 1.0001).all()


def test_rooms_drawn_from_the_command_line_are_kept_as_they_are_and_not_drawn_twice(room, tmp_path):
    asked = [str(tmp_path), "--seed", "3", "--first", "7", "--count", "1"]
    main(asked)
    path = tmp_path / "000007.npz"
    kept = np.load(path)
    assert np.array_equal(kept["picture"], room.picture)
    assert kept["range"].dtype == kept["shell"].dtype == np.float16
    assert kept["range"].astype(float) == pytest.approx(room.range_m, rel=1e-3)
    assert kept["shell"].astype(float) == pytest.approx(room.shell_m, rel=1e-3)
    written = path.stat().st_mtime_ns
    main(asked)
    assert path.stat().st_mtime_ns == written
    assert [found.name for found in tmp_path.iterdir()] == ["000007.npz"]


def test_cameras_differ_but_the_picture_joins_at_its_sides():
    smooth = np.zeros((64, 128, 3), np.float32) + np.linspace(0.2, 1.0, 64, dtype=np.float32)[:, None, None]
    pictures = [developed(smooth, np.random.default_rng(seed)) for seed in range(8)]
    assert all(not np.array_equal(a, b) for a, b in pairwise(pictures))
    for picture in pictures:
        middle = picture[16:48].astype(float)
        assert abs(middle[:, 0] - middle[:, -1]).mean() < abs(middle[:, 64] - middle[:, 63]).mean() + 6
