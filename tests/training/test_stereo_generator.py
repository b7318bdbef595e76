"""The generated pairs' answers against geometry worked out by hand, and against the pictures themselves."""

from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")

import cv2  # noqa: E402
from torch.nn import functional as fn  # noqa: E402

from training.stereo.batches import Supply  # noqa: E402
from training.stereo.cast import Rig, cast  # noqa: E402
from training.stereo.codecs import coded  # noqa: E402
from training.stereo.draws import Draws, mixed_seed  # noqa: E402
from training.stereo.imperfect import careful, imperfect  # noqa: E402
from training.stereo.jpeg import cosine_basis, through_jpeg  # noqa: E402
from training.stereo.render import StereoBatch, Window, busy_window, grid, random_rig, random_window, render  # noqa: E402
from training.stereo.scene import Solids, moved, random_scene  # noqa: E402
from training.stereo.textures import make_atlas, read  # noqa: E402

CPU = torch.device("cpu")
HEIGHT, WIDTH = 48, 96


def supply(batch=2, height=HEIGHT, width=WIDTH, seed=5):
    return Supply(batch, height, width, CPU, seed, textures=8, texture_px=64)


def empty_scene(batch=1):
    """A room 2 wide to either side, 4 deep ahead, floor 1 below; nothing in it. Focal length one picture width."""
    scene = random_scene(Draws(batch, CPU, 1), 4)
    for solids in (scene.boxes, scene.ellipsoids, scene.poles):
        solids.centre[..., 2] = -1000.0
    scene.layers.near[:] = -1.0
    room = Solids(
        torch.tensor([[[0.0, 0.0, 1.5]]]).repeat(batch, 1, 1),
        torch.eye(3).view(1, 1, 3, 3).repeat(batch, 1, 1, 1),
        torch.tensor([[[2.0, 1.0, 2.5]]]).repeat(batch, 1, 1),
    )
    return replace(scene, focal=torch.ones(batch), room=room)


def test_the_same_seed_and_step_give_the_same_batch_and_others_do_not():
    first, again = supply().clip(3)[0], supply().clip(3)[0]
    assert torch.equal(first.left, again.left)
    assert torch.equal(first.disparity_px, again.disparity_px)
    assert not torch.equal(first.disparity_px, supply().clip(4)[0].disparity_px)
    assert not torch.equal(first.disparity_px, supply(seed=6).clip(3)[0].disparity_px)
    assert len({mixed_seed(a, b) for a in range(20) for b in range(20)}) == 400


def test_scenes_shown_again_are_seen_through_other_cameras():
    shared = replace(supply(), reuse=2)
    first, second, third = (shared.clip(step)[0] for step in (0, 1, 2))
    both = first.valid & second.valid.flip(2) & (first.disparity_px != 0) & (second.disparity_px.flip(2) != 0)
    assert torch.equal(first.disparity_px[both], second.disparity_px.flip(2)[both])
    assert not torch.equal(first.left, second.left.flip(2))
    assert not torch.equal(first.disparity_px, third.disparity_px)


def test_a_batch_is_whole_numbers_in_range_and_its_answer_is_finite():
    for step in range(4):
        pair = supply().clip(step)[0]
        for eye in (pair.left, pair.right):
            assert eye.shape == (2, 3, HEIGHT, WIDTH)
            assert torch.equal(eye, eye.round())
            assert eye.min() >= 0
            assert eye.max() <= 255
        assert torch.isfinite(pair.disparity_px).all()
        assert pair.disparity_px.abs().max() < WIDTH
        assert pair.valid.float().mean() > 0.5
        assert not (pair.visible & ~pair.valid).any()


def test_depth_of_an_empty_room_is_what_geometry_says():
    scene = empty_scene()
    x, y = grid(HEIGHT, WIDTH, 1, CPU)
    near = cast(scene, Rig(torch.zeros(1), torch.zeros(1)), x, y, WIDTH, right=False).near
    # A ray (x, y, 1) meets the end at z = 4, the side at z = 2 / |x|, floor or ceiling at z = 1 / |y|.
    expected = torch.maximum(torch.tensor(0.25), torch.maximum(x.abs() / 2, y.abs()))
    assert torch.allclose(near, expected, atol=1e-5)


def test_a_box_hides_as_much_of_the_wall_as_its_disparity_is_larger():
    scene = empty_scene()
    scene.boxes.centre[:, 0] = torch.tensor([0.0, 0.0, 2.0])
    scene.boxes.turn[:, 0] = torch.eye(3)
    scene.boxes.half[:, 0] = torch.tensor([0.3, 0.3, 1e-3])
    rig = Rig(torch.tensor([0.4]), torch.zeros(1))
    pair = render(scene, rig, make_atlas(Draws(4, CPU, 1), 16), HEIGHT, WIDTH)
    row = HEIGHT // 2
    disparity, seen = pair.disparity_px[0, 0, row], pair.visible[0, 0, row]
    on_box = disparity > 15
    # focal * baseline = 0.4 of 96 px: 19.2 px at z = 2, 9.6 px at the far wall. The box is 0.3 of the width.
    assert float(disparity[on_box].mean()) == pytest.approx(19.2, abs=0.05)
    assert int(on_box.sum()) == pytest.approx(0.3 * WIDTH, abs=1)
    first = int(on_box.nonzero()[0])
    hidden = (~seen[:first]).sum() - (~seen[:10]).sum()
    assert int(hidden) == pytest.approx(9.6, abs=1.5)
    assert bool(seen[on_box].all())


def test_the_right_eye_shows_at_x_minus_disparity_what_the_left_shows_at_x():
    """Over whole random scenes, layers included: photo-consistent where both eyes see, and not where one does not."""
    draws = Draws(6, CPU, 21)
    scene = random_scene(draws, 6)
    scene.paints.gloss[:] = 0.0
    scene.paints.density[:] = scene.paints.density.clamp(max=60.0)  # smooth paint: a bilinear reading is fair
    rig = random_rig(scene, draws, 96, 192)
    pair = render(scene, rig, make_atlas(Draws(6, CPU, 2), 64), 96, 192)
    columns = torch.arange(192).float().view(1, 1, 192) - pair.disparity_px[:, 0]
    rows = ((torch.arange(96).float() + 0.5) / 48 - 1).view(1, 96, 1).expand_as(columns)
    at = torch.stack([(columns + 0.5) / 96 - 1, rows], -1)
    warped = fn.grid_sample(pair.right, at, align_corners=False, padding_mode="border")
    apart = (warped - pair.left).abs().mean(1, keepdim=True)
    assert float(apart[pair.visible].median()) < 1.5
    assert float(apart[pair.visible].mean()) < 5.0
    assert float(apart[~pair.visible].mean()) > 4 * float(apart[pair.visible].mean())
    assert 0.5 < float(pair.visible.float().mean()) < 0.99


def test_a_curved_layer_is_the_same_surface_in_both_eyes():
    """The right eye's Newton steps arrive: a backdrop without outline is seen by both eyes all over."""
    scene = empty_scene(8)
    fresh = random_scene(Draws(8, CPU, 4), 4).layers
    for name in ("slope", "waves"):
        getattr(scene.layers, name)[:] = getattr(fresh, name)
    scene.layers.outline[:, 0] = 0
    scene.layers.near[:, 0] = 1.0
    rig = Rig(torch.full((8,), 0.3), torch.full((8,), 0.02))
    pair = render(scene, rig, make_atlas(Draws(4, CPU, 1), 16), HEIGHT, WIDTH)
    columns = torch.arange(WIDTH).float().view(1, 1, 1, WIDTH) - pair.disparity_px
    inside = (columns >= 0) & (columns <= WIDTH - 1) & (pair.disparity_px > 0.12 * WIDTH)
    assert float(pair.visible[inside].float().mean()) > 0.98


def test_a_window_shows_exactly_its_part_of_the_whole_picture():
    draws = Draws(3, CPU, 13)
    scene = random_scene(draws, 6)
    rig = random_rig(scene, draws, 2 * HEIGHT, 2 * WIDTH)
    atlas = make_atlas(Draws(6, CPU, 2), 64)
    whole = render(scene, rig, atlas, 2 * HEIGHT, 2 * WIDTH)
    corners = [(0, 0), (31, 17), (WIDTH, HEIGHT)]  # (column, row) in the whole picture, one for each sample
    middle = torch.tensor(
        [[(x + WIDTH / 2) / (2 * WIDTH) - 0.5, (y + HEIGHT / 2 - HEIGHT) / (2 * WIDTH)] for x, y in corners]
    )
    window = render(scene, rig, atlas, HEIGHT, WIDTH, window=Window(2.0, middle))
    left_out = 0
    for k, (x, y) in enumerate(corners):
        part = (k, slice(None), slice(y, y + HEIGHT), slice(x, x + WIDTH))
        same = (window.disparity_px[k] - whole.disparity_px[part]).abs() < 1e-3
        assert float(same.float().mean()) > 0.999  # a ray may pass an edge on the other side by rounding
        for name in ("left", "right"):
            apart = (getattr(window, name)[k] - getattr(whole, name)[part]).abs()
            assert float((apart < 0.5).float().mean()) > 0.995
        column = torch.arange(WIDTH).float() - window.disparity_px[k]
        inside = (column > -0.4) & (column < WIDTH - 0.6)
        outside = (column < -0.6) | (column > WIDTH - 0.4)
        assert float((window.visible[k] == whole.visible[part])[inside].float().mean()) > 0.999
        assert not bool(window.visible[k][outside].any())
        left_out += int(whole.visible[part][outside].sum())
    assert left_out > 50  # seen by the right eye, but not through this window


def test_disparities_are_twice_those_of_a_picture_half_as_wide():
    draws = Draws(2, CPU, 13)
    scene = random_scene(draws, 6)
    rig = random_rig(scene, draws, HEIGHT, WIDTH)
    atlas = make_atlas(Draws(6, CPU, 2), 16)
    small = render(scene, rig, atlas, HEIGHT, WIDTH)
    # An odd number of rays: the middle one of three is the small picture's own.
    fine = render(scene, rig, atlas, HEIGHT, WIDTH * 3, window=Window(1.0, torch.zeros(2, 2)))
    rows = torch.arange(HEIGHT)
    central = HEIGHT // 2  # pixels are square: three times as wide means a third as high, around the middle
    offset = 3 * (rows - central) + central + 1
    kept = (offset >= 0) & (offset < HEIGHT)
    assert int(kept.sum()) > 10
    found = fine.disparity_px[:, :, offset[kept]][..., 1::3]
    same = (found - 3.0 * small.disparity_px[:, :, rows[kept]]).abs() < 2e-3
    assert float(same.float().mean()) > 0.995


def test_windows_lie_inside_the_picture_and_look_where_something_is():
    steps = {"busy": 0, "any": 0}
    zooms = set()
    for seed in range(8):
        made = Draws(16, CPU, 40, seed)
        scene = random_scene(made, 4)
        rig = random_rig(scene, made, HEIGHT, WIDTH)
        windows = {
            "any": random_window(Draws(16, CPU, 50, seed), HEIGHT, WIDTH),
            "busy": busy_window(scene, rig, Draws(16, CPU, 50, seed), HEIGHT, WIDTH),
        }
        assert windows["any"].zoom == windows["busy"].zoom
        zooms.add(windows["busy"].zoom)
        for name, window in windows.items():
            reach = window.middle.abs() + torch.tensor([0.5, 0.5 * HEIGHT / WIDTH]) / window.zoom
            assert float((reach - torch.tensor([0.5, 0.375])).max()) < 1e-6
            x, y = grid(HEIGHT // 2, WIDTH // 2, 16, CPU)
            x, y = x / window.zoom, y / window.zoom
            x, y = x + window.middle[:, 0].view(-1, 1, 1), y + window.middle[:, 1].view(-1, 1, 1)
            near = cast(scene, rig, x, y, WIDTH * window.zoom / 2, right=False).near
            steps[name] += (window.zoom == 2.0) * int((near.diff(dim=2).abs() > 0.05 * near[..., 1:]).sum())
    assert zooms == {1.0, 1.5, 2.0}
    assert steps["busy"] > 1.15 * steps["any"]


def test_disparities_spread_as_asked_and_some_are_negative():
    draws = Draws(64, CPU, 9)
    scene = random_scene(draws, 4)
    rig = random_rig(scene, draws, 64, 128)
    x, y = grid(8, 16, 64, CPU)
    near = cast(scene, rig, x, y, 128, right=False).near
    span = scene.focal.view(-1, 1, 1) * rig.baseline.view(-1, 1, 1) * near
    largest = span.flatten(1).sort(1).values[:, int(0.97 * 128)]
    assert 0.6 < float(((largest > 0.008) & (largest < 0.17)).float().mean()) <= 1.0
    assert float(largest.min()) < 0.02
    assert float(largest.max()) > 0.12
    assert float(span.max()) < 0.6
    assert bool((span - rig.shift.view(-1, 1, 1) < -0.005).any())


def test_a_moment_later_the_scene_has_moved_a_little():
    scene = random_scene(Draws(4, CPU, 3), 4)
    later = moved(scene, Draws(4, CPU, 8))
    step = (later.room.centre - scene.room.centre).norm(dim=-1)
    assert float(step.max()) > 1e-3
    squared = later.boxes.turn @ later.boxes.turn.transpose(-1, -2)
    assert torch.allclose(squared, torch.eye(3).expand_as(squared), atol=1e-4)
    still, after = supply(seed=8).clip(0, 2)
    assert 0 < float((still.disparity_px - after.disparity_px).abs().median()) < 0.1 * WIDTH


def test_half_of_the_pairs_are_as_from_a_good_rig():
    """A pair without depth: what is left between its eyes is what the cameras did."""
    batch = 60
    picture = fn.interpolate(torch.rand(batch, 3, 24, 48), scale_factor=2.0, mode="bilinear") * 255
    everywhere = torch.ones(batch, 1, 48, 96, dtype=torch.bool)
    pair = StereoBatch(picture, picture, everywhere.float() * 0, everywhere, everywhere)
    draws = [Draws(batch, CPU, 3, purpose) for purpose in range(2)]
    seen = imperfect(pair, *draws)
    good = careful(Draws(batch, CPU, 3, 0)).flatten()
    assert 0.3 < float(good.float().mean()) < 0.7
    apart = (seen.left - seen.right).abs().flatten(1).quantile(0.9, dim=1)  # without what covers one eye
    assert float(apart[good].max()) < 8.0
    assert float(apart[~good].median()) > 8.0
    spared = coded([seen], Draws(batch, CPU, 3, 2), spared=good.tolist())[0]
    changed = (spared.left != seen.left).flatten(1).any(1)
    assert not bool(changed[good].any())
    assert bool(changed[~good].any())


def test_textures_repeat_without_a_seam_and_shrink_to_their_mean():
    atlas = make_atlas(Draws(7, CPU, 3), 32)
    texture = torch.arange(7)
    u, v = torch.full((7,), 3.7), torch.full((7,), 9.2)
    near = read(atlas, texture, u, v, torch.zeros(7))
    assert torch.allclose(near, read(atlas, texture, u - 64, v + 32, torch.zeros(7)), atol=1e-5)
    whole = atlas.texels.view(7, atlas.stride, 3)[:, : 32 * 32].mean(1)
    assert torch.allclose(read(atlas, texture, u, v, torch.full((7,), 20.0)), whole, atol=1e-4)


def test_every_kind_of_paint_meets_itself_at_the_seam():
    atlas = make_atlas(Draws(48, CPU, 3), 64)
    texels = atlas.texels.view(48, atlas.stride, 3)[:, : 64 * 64].view(48, 64, 64, 3)
    for axis in (1, 2):
        inside = texels.diff(dim=axis).abs().mean((3, 3 - axis))
        seam = (texels.select(axis, 0) - texels.select(axis, 63)).abs().mean((1, 2))
        assert bool((seam < 1.5 * inside.amax(1) + 0.01).all())


def test_most_things_are_muted_and_many_are_plain():
    atlas = make_atlas(Draws(256, CPU, 7), 32)
    texels = atlas.texels.view(256, atlas.stride, 3)[:, : 32 * 32]
    mean = texels.mean(1)
    saturation = (mean.amax(1) - mean.amin(1)) / mean.amax(1)
    assert float(saturation.median()) < 0.4
    assert 0.03 < float((saturation > 0.7).float().mean()) < 0.2
    within = (texels.amax(2) - texels.amin(2)).std(1)  # rainbow noise would change its hue all over
    assert float((within > 0.15).float().mean()) < 0.1
    contrast = texels.mean(2).std(1)
    assert 0.08 < float((contrast < 0.02).float().mean()) < 0.5
    assert float((contrast > 0.1).float().mean()) > 0.15


def test_the_cosine_codec_does_what_a_real_jpeg_does():
    basis = cosine_basis(CPU)
    assert torch.allclose(basis @ basis.T, torch.eye(8), atol=1e-6)
    texels = make_atlas(Draws(6, CPU, 12), 64)
    picture = texels.texels.view(6, texels.stride, 3)[:, : 64 * 64].view(2, 3, 64, 64, 3)  # six textures, three a row
    picture = picture.permute(0, 4, 2, 1, 3).reshape(2, 3, 64, 192)[:1].mul(255).round()
    for quality in (30, 60, 90):
        ours = through_jpeg(picture, torch.tensor([float(quality)]))[0].permute(1, 2, 0).numpy()
        plain = picture[0].permute(1, 2, 0).byte().numpy()
        coded = cv2.imencode(".jpg", plain[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        real = cv2.imdecode(coded, cv2.IMREAD_COLOR)[..., ::-1].astype(np.float32)
        lost = np.abs(real - plain).mean()
        assert np.abs(ours - real).mean() < max(0.6 * lost, 1.0)
