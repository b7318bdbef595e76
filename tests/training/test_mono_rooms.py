"""Rooms for one eye: exact depth, field of view, the same room from the same seed, and pictures that show it."""

import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.mono.batches import DepthBatch, Source, Supply, collages, smaller, source  # noqa: E402
from training.mono.faults import faulty  # noqa: E402
from training.mono.kept import _ROOM, Sample, cropped  # noqa: E402
from training.mono.paints import Palette  # noqa: E402
from training.mono.parts import Part, ball, box, drum, moved, rod  # noqa: E402
from training.mono.render import photographed  # noqa: E402
from training.mono.rooms import Camera, Light, Room, focal_of, random_room, turn_of  # noqa: E402
from training.mono.view import ROOM_FACES, Pinhole, Stage  # noqa: E402
from training.stereo.cast import Hits, Rays, Solid, inside_room, meet_box, meet_ellipsoid, meet_pole  # noqa: E402
from training.stereo.draws import Draws, mixed_seed  # noqa: E402
from training.stereo.textures import make_atlas  # noqa: E402

LOW, HIGH = np.array([-3.0, -2.5, -1.0]), np.array([3.0, 0.0, 5.0])
SUPPLY = Supply(2, 64, 96, 7, room_hw=(80, 120), textures=6, texture_px=32)


def pinhole(height=48, width=64, view=60.0, pitch=0.0, yaw=0.0, eye=(0.0, -1.4, 0.0), roll=0.0):
    return Pinhole(np.array(eye), turn_of(yaw, pitch, roll), focal_of(view), height, width)


def depth_of(parts, camera):
    return 1.0 / Stage.of(LOW, HIGH, parts, camera).hits().near[0].numpy()


def test_the_wall_the_floor_and_the_field_of_view_are_where_they_should_be():
    camera = pinhole()
    depth = depth_of([], camera)
    assert depth[24, 32] == pytest.approx(5.0, rel=1e-5)
    across, down = camera.directions()
    # A camera of 60 degrees sees 2 tan 30 metres of a plane 1 m ahead, from pixel border to pixel border.
    assert (across[-1] - across[0]) * 64 / 63 == pytest.approx(2 * math.tan(math.radians(30)), rel=1e-5)
    floor = 1.4 / down[-1]  # the floor lies 1.4 m below
    assert floor < 5.0
    assert depth[-1] == pytest.approx(np.full(64, floor), rel=1e-5)
    assert (depth_of([], pinhole(view=90.0))[24, :] <= 3.0 / np.abs(np.tan(math.radians(45))) * 64 / 31).all()


def test_pitch_yaw_and_roll_turn_the_way_they_are_said():
    down = depth_of([], pinhole(pitch=math.radians(-60)))
    ahead = 1.4 / math.sin(math.radians(60))  # along a ray that falls 60 degrees, the axis itself
    _, rows = pinhole().directions()
    middle = 1.4 / (math.sin(math.radians(60)) + rows[24] * math.cos(math.radians(60)))
    assert down[24, 32] == pytest.approx(middle, rel=1e-4)
    assert down[24, 32] == pytest.approx(ahead, rel=0.02)
    assert depth_of([], pinhole(yaw=math.radians(90)))[24, 32] == pytest.approx(3.0, rel=1e-4)  # towards +x
    rolled = depth_of([], pinhole(roll=math.radians(20)))
    assert rolled[-1, 0] > rolled[-1, -1]  # tilted clockwise the right corner looks further down


def test_a_box_a_ball_and_a_drum_by_hand():
    camera = pinhole(width=65, height=49)
    front = depth_of([box(0.0, 3.0, 1.2, 1.0, 0.5, 0.4, 0)], camera)
    assert front[24, 32] == pytest.approx(2.75, rel=1e-5)
    assert depth_of([ball(0.0, 3.0, 0.9, 1.0, 1.0, 1.0, 0)], camera)[24, 32] == pytest.approx(2.5, rel=1e-5)
    assert depth_of(drum(0.0, 3.0, 0.0, 0.4, 2.0, 0), camera)[24, 32] == pytest.approx(2.6, rel=1e-5)
    assert depth_of([rod((-1, -1.4, 2.0), (1, -1.4, 2.0), 0.1, 0)], camera)[24, 32] == pytest.approx(1.9, rel=1e-5)
    # A quarter turn puts the long side, 1 m, along the view.
    turned = depth_of(moved([box(0, 0, 1.2, 1.0, 0.5, 0.4, 0)], 0.0, 3.0, yaw=math.pi / 2), camera)
    assert turned[24, 32] == pytest.approx(2.5, rel=1e-5)


def test_looking_only_where_a_thing_can_be_finds_what_looking_everywhere_finds():
    rng = np.random.default_rng(3)
    parts = [part for k in range(12) for part in _anything(rng, k)]
    camera = pinhole(pitch=-0.2, roll=0.1, yaw=0.3)
    stage = Stage.of(LOW, HIGH, parts, camera)
    found = stage.hits()
    across, down = (torch.from_numpy(value) for value in camera.directions())
    x, y = (value.contiguous()[None] for value in torch.meshgrid(across, down, indexing="xy"))
    rays = Rays(torch.zeros(1, 1, 1), x, y, torch.full((1, 1, 1), 1.0 / (camera.focal * camera.width)))
    hits: Hits = inside_room(stage.room, rays)
    for k, part in enumerate(parts):
        solid = Solid(*(torch.from_numpy(v[k : k + 1]).float() for v in (stage.centre, stage.turn, stage.half)))
        slot = torch.tensor(ROOM_FACES + k, dtype=torch.int32)
        hits = (meet_box, meet_ellipsoid, meet_pole)[part.shape](hits, solid, rays, slot)
    same = (found.slot == hits.slot).float().mean()
    assert same > 0.998  # a ray that grazes an edge may round either way
    assert (found.near - hits.near).abs()[found.slot == hits.slot].max() < 1e-4
    assert (found.slot >= ROOM_FACES).float().mean() > 0.2


def _anything(rng, k) -> list[Part]:
    x, z, up = rng.uniform(-1.5, 1.5), rng.uniform(-0.5, 4.0), rng.uniform(0.0, 1.5)
    size = rng.uniform(0.2, 0.8, 3)
    if k % 3 == 0:
        return [box(x, z, up, *size, 0, rng.uniform(-1, 1))]
    return [ball(x, z, up, *size, 0)] if k % 3 == 1 else drum(x, z, up, size[0] / 2, size[1], 0)


@pytest.fixture(scope="module")
def atlas():
    with torch.no_grad():
        return make_atlas(Draws(6, torch.device("cpu"), 1), 32)


def lit_room(parts, light):
    palette = Palette(np.random.default_rng(0), 6)
    faces = tuple(palette.white() for _ in range(6))
    camera = Camera(np.array([0.0, -1.4, 0.0]), turn_of(0.0, -0.5, 0.0), focal_of(60.0))
    return Room(LOW, HIGH, faces, tuple(parts), palette.table(), (light,), np.full(3, 0.1), camera)


@torch.no_grad()
def test_things_throw_shadows_and_near_lamps_are_brighter(atlas):
    lamp = Light(np.array([0.0, -2.3, 2.5]), np.ones(3), 1.0)
    bare = photographed(lit_room([], lamp), atlas, 48, 64).picture[0].mean(0)
    board = [box(0.0, 2.5, 1.0, 0.8, 0.8, 0.05, 0)]
    shaded = photographed(lit_room(board, lamp), atlas, 48, 64)
    # The floor right below the lamp and the board, through the camera by hand.
    point = turn_of(0.0, -0.5, 0.0).T @ (np.array([0.0, 0.0, 2.5]) - np.array([0.0, -1.4, 0.0]))
    column, row = (point[:2] / point[2] * focal_of(60.0) * 64 + np.array([32, 24])).astype(int)
    assert shaded.depth_m[0, 0, row, column] == pytest.approx(float(point[2]), rel=0.05)  # the floor, not the board
    assert shaded.picture[0].mean(0)[row, column] < 0.75 * bare[row, column]
    assert bare[row, column] > bare[-1, 2]


def test_the_same_seed_draws_the_same_room_and_another_another(atlas):
    first, again, other = (random_room(np.random.default_rng(seed), 6) for seed in (5, 5, 6))
    assert len(first.parts) == len(again.parts) != len(other.parts)
    assert all(np.array_equal(a.centre, b.centre) for a, b in zip(first.parts, again.parts, strict=True))
    room, same, next_ = (SUPPLY.rooms.room(number) for number in (3, 3, 4))
    assert np.array_equal(room.rgb, same.rgb)
    assert np.array_equal(room.depth_m, same.depth_m)
    assert not np.array_equal(room.depth_m, next_.depth_m)


def test_cameras_are_held_as_people_hold_them():
    rooms = [random_room(np.random.default_rng(seed), 6) for seed in range(60)]
    heights = np.array([-room.camera.eye[1] for room in rooms])
    assert heights.min() >= 0.8
    assert heights.max() <= 1.8
    views = np.degrees(2 * np.arctan(0.5 / np.array([room.camera.focal for room in rooms])))
    assert views.min() > 44.9
    assert views.max() < 75.1
    assert np.ptp(views) > 15
    pitches = np.degrees(np.arcsin([-room.camera.turn[1, 2] for room in rooms]))
    assert -15 < pitches.mean() < -4
    for room in rooms:
        assert (room.camera.eye > room.low).all()
        assert (room.camera.eye < room.high).all()


def test_depth_is_told_for_one_camera():
    """The same room by a narrower lens: what was 2 m away through 60 degrees looks nearer, by the ratio of focals."""
    number = next(n for n in range(20) if abs(random_camera(n).focal / focal_of(60.0) - 1) > 0.1)
    seen = SUPPLY.rooms.room(number).depth_m
    room = room_of(number)
    camera = Pinhole(room.camera.eye, room.camera.turn, room.camera.focal, *seen.shape)
    true = 1.0 / Stage.of(room.low, room.high, room.parts, camera).hits().near[0].numpy()
    assert seen == pytest.approx(true * focal_of(60.0) / room.camera.focal, rel=6e-4)


def room_of(number):
    return random_room(np.random.default_rng(mixed_seed(SUPPLY.seed, _ROOM, number)), SUPPLY.textures)


def random_camera(number):
    return room_of(number).camera


class OneDie:
    """Dice of which every throw is known."""

    def __init__(self, share, mirrored):
        self.share, self.mirrored = share, mirrored

    def uniform(self, _low, _high):
        return self.share

    def integers(self, _count):
        return 0

    def random(self):
        return 0.0 if self.mirrored else 1.0


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_part_of_a_picture_is_what_a_longer_lens_would_have_seen(mirrored):
    """Half of the width of 60 degrees: everything looks twice as large, as if it were half as far."""
    depth = np.arange(40 * 80, dtype=np.float32).reshape(40, 80) + 1
    rgb = np.repeat((np.arange(80) * 3).astype(np.uint8)[None, :, None], 40, 0).repeat(3, 2)
    picture, metres = cropped(Sample(rgb, depth), 20, 40, OneDie(0.5, mirrored))
    wanted = depth[:20, :40] * 0.5
    assert np.array_equal(metres[0].numpy(), wanted[:, ::-1] if mirrored else wanted)
    row = picture[0, 0].numpy() * 255
    assert row == pytest.approx((np.arange(40) * 3)[:: -1 if mirrored else 1], abs=1e-3)


def test_a_kept_room_is_the_drawn_one(tmp_path):
    drawn = SUPPLY.rooms.room(5)
    kept = replace(SUPPLY, folder=tmp_path).rooms
    kept.keep(5)
    (file,) = tmp_path.rglob("*.npy")
    read = kept.room(5)
    assert np.array_equal(read.rgb, drawn.rgb)
    assert np.array_equal(read.depth_m, drawn.depth_m)
    packed = np.load(file)
    packed[..., :3] = 7
    np.save(file, packed)
    assert (kept.room(5).rgb == 7).all()  # it is read, not drawn again


def test_batches_are_of_rooms_that_are_there_by_then():
    supply = replace(SUPPLY, reuse=4)
    counts = [supply.there(step) for step in range(8)]
    assert counts[7] - counts[3] == supply.batch  # four steps of two pictures each bring two rooms
    batch, again, other = (Source(supply).batch(step) for step in (5, 5, 6))
    assert torch.equal(batch.picture, again.picture)
    assert not torch.equal(batch.depth_m, other.depth_m)
    assert batch.picture.shape == (2, 3, 64, 96)
    assert torch.equal(batch.picture, batch.picture.round())
    assert 0 <= batch.picture.min() < batch.picture.max() <= 255


def test_a_pool_draws_what_one_process_draws(tmp_path):
    with source(replace(SUPPLY, folder=tmp_path / "a"), 1) as pooled:
        there = [pooled.batch(step) for step in (4, 5)]
    alone = Source(replace(SUPPLY, folder=tmp_path / "b"))
    for a, b in zip(there, [alone.batch(step) for step in (4, 5)], strict=True):
        assert torch.equal(a.picture, b.picture)
        assert torch.equal(a.depth_m, b.depth_m)


def test_a_smaller_picture_has_mean_colours_and_depths_that_were_there():
    depth = torch.rand(1, 1, 32, 64) + 1
    valid = torch.ones(1, 1, 32, 64, dtype=torch.bool)
    valid[..., :16] = False
    picture = torch.full((1, 3, 32, 64), 40.0)
    picture[..., 32:] = 200.0
    small = smaller(DepthBatch(picture, depth, valid, picture), (16, 32))
    assert small.picture.shape == (1, 3, 16, 32)
    assert (small.picture[..., :14] == 40).all()
    assert (small.picture[..., 18:] == 200).all()
    assert np.isin(small.depth_m.numpy(), depth.numpy()).all()
    assert torch.equal(small.valid[0, 0, 0], torch.arange(32) >= 8)


def test_nothing_is_known_of_the_depth_of_a_collage():
    pictures = torch.stack([torch.full((3, 64, 96), value) for value in torch.linspace(0, 1, 64)])
    mixed, known = collages(pictures, Draws(64, torch.device("cpu"), 2))
    pasted = ~known.flatten(1).all(1)
    assert torch.equal(pasted, ~known.flatten(1).any(1))  # all of it or nothing
    assert 5 <= int(pasted.sum()) <= 22
    assert torch.equal(mixed[~pasted], pictures[~pasted])
    assert (mixed[pasted] != pictures[pasted]).flatten(1).any(1).sum() > 0.8 * pasted.sum()


def test_there_is_no_depth_in_a_border():
    pictures = torch.full((64, 3, 64, 96), 0.5)
    seen, valid = faulty(pictures, Draws(64, torch.device("cpu"), 2))
    with_border = (~valid).flatten(1).any(1)
    assert 4 <= int(with_border.sum()) <= 32
    assert valid[:, :, 3:-3, 4:-4].all()
    assert seen.min() >= 0
    assert seen.max() <= 255
