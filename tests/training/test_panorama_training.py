"""The network for 360° photos: what it is shown, what is asked of it, how it goes on, what it exports."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")

from training.panorama.batches import Ahead, Batch, batch_of  # noqa: E402
from training.panorama.checkpoint import load_network  # noqa: E402
from training.panorama.evaluate import answer, judged  # noqa: E402
from training.panorama.export import export  # noqa: E402
from training.panorama.kept import Lesson, Lessons  # noqa: E402
from training.panorama.losses import score  # noqa: E402
from training.panorama.network import HEIGHT, WIDTH, Found, Layout, PanoramaNetwork, _finest  # noqa: E402
from training.panorama.sphere import directions, latitudes  # noqa: E402
from training.panorama.stretch import Change, changed  # noqa: E402
from training.panorama.train import Plan, Trainer  # noqa: E402

LOW, HIGH = np.array([-1.4, -1.1, -2.3]), np.array([2.0, 1.5, 1.7])


def box(height, width, low=LOW, high=HIGH):
    """(H, W) range to the inside of a box, and which of its six sides."""
    rays = directions(height, width).astype(np.float64)
    with np.errstate(divide="ignore"):
        away = np.where(rays > 0, high / rays, low / rays)
    return away.min(-1), away.argmin(-1) * 2 + (np.take_along_axis(rays, away.argmin(-1)[..., None], -1)[..., 0] > 0)


def lesson_of_a_box(height=HEIGHT, width=WIDTH):
    range_m, side = box(height, width)
    picture = np.repeat((side * 40).astype(np.uint8)[..., None], 3, -1)
    return Lesson(picture, range_m.astype(np.float16), range_m.astype(np.float16))


def batch_with(range_m, shell_m=None):
    count = range_m.shape[0]
    shell = range_m if shell_m is None else shell_m
    return Batch(torch.zeros(count, 3, *range_m.shape[2:]), range_m, shell)


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_stretched_room_has_the_range_of_a_larger_room(mirrored):
    scale = (1.3, 0.8, 0.7)
    _, range_m, shell_m = changed(lesson_of_a_box(), Change(0, scale, mirrored))
    truth, _ = box(HEIGHT, WIDTH, LOW * scale, HIGH * scale)
    truth = truth[:, ::-1] if mirrored else truth
    apart = np.abs(range_m - truth) / truth
    assert np.median(apart) < 0.005  # the nearest of the pixels that were drawn
    assert np.quantile(apart, 0.99) < 0.05
    np.testing.assert_array_equal(range_m, shell_m)


def test_picture_and_range_are_turned_and_stretched_alike():
    picture, range_m, _ = changed(lesson_of_a_box(), Change(137, (1.0, 1.0, 1.0), False))
    plain = lesson_of_a_box()
    np.testing.assert_array_equal(picture, np.roll(plain.picture, 137, 1))
    np.testing.assert_array_equal(range_m.astype(np.float16), np.roll(plain.range_m, 137, 1))
    picture, range_m, _ = changed(plain, Change(0, (1.4, 1.0, 0.6), False))
    _, side = box(HEIGHT, WIDTH, LOW * (1.4, 1.0, 0.6), HIGH * (1.4, 1.0, 0.6))
    assert (picture[..., 0] == side * 40).mean() > 0.97


def test_what_is_not_known_stays_unknown():
    lesson = lesson_of_a_box()
    lesson.range_m[:100] = 0
    _, range_m, shell_m = changed(lesson, Change(5, (1.2, 1.1, 0.9), True))
    assert (range_m[:60] == 0).all()
    assert (shell_m > 0).all()


def test_a_layout_is_the_nearest_of_floor_ceiling_and_wall():
    layout = Layout(8, HEIGHT // 8)
    with torch.no_grad():
        layout.places.weight.zero_()
        layout.places.bias.copy_(torch.tensor([3.0, 1.6, 1.2]).log())
        found = layout(torch.rand(1, 8, HEIGHT // 8, WIDTH // 8)).exp()[0, 0]
    upright = latitudes(HEIGHT).double()
    wall = 3.0 / upright.cos()
    level = torch.where(upright < 0, 1.6 / -upright.sin(), 1.2 / upright.sin())
    truth = torch.minimum(wall, level)
    assert torch.allclose(found.double(), truth[:, None].expand(-1, WIDTH), rtol=1e-4)


def test_each_pixel_is_a_mean_of_cells_past_the_edge_too():
    cells = torch.arange(8.0).view(1, 1, 2, 4)
    left = torch.full((1, 9, 16, 2, 4), -50.0)
    left[:, 3] = 50.0  # the cell to the left, in the same row
    fine = _finest(cells, left.flatten(1, 2))
    assert torch.allclose(fine, cells.roll(1, 3).repeat_interleave(4, 2).repeat_interleave(4, 3))
    even = _finest(torch.ones(1, 1, 2, 4), torch.randn(1, 144, 2, 4))
    assert torch.allclose(even, torch.ones(1, 1, 8, 16))


def test_turning_the_camera_turns_the_answer():
    network = PanoramaNetwork().eval()
    with torch.no_grad():
        network.difference.weight.normal_()  # it begins as the bare layout
        picture = torch.rand(1, 3, HEIGHT, WIDTH) * 255
        for fine in (True, False):
            cell = WIDTH // network(picture, fine=fine).log_range.shape[3]
            plain = network(picture, fine=fine).log_range
            turned = network(picture.roll(96, 3), fine=fine).log_range
            assert float(plain.std()) > 0.1
            assert torch.allclose(plain.roll(96 // cell, 3), turned, atol=1e-4)


def test_the_shape_counts_and_the_unknown_does_not():
    truth = torch.rand(2, 1, 32, 64) * 3 + 1
    batch = batch_with(truth)
    right = score(Found(truth.log(), truth.log()), batch)
    assert float(right.loss) == pytest.approx(0.0, abs=1e-5)
    larger = score(Found((truth * 2).log(), (truth * 2).log()), batch)
    assert float(larger.abs_rel) == pytest.approx(0.0, abs=1e-5)
    assert float(larger.loss) == pytest.approx(0.1 * math.log(2), rel=1e-3)
    bent = torch.cat([truth[..., :32], truth[..., 32:] * 1.5], -1)
    assert float(score(Found(bent.log(), truth.log()), batch).abs_rel) > 0.1
    hidden = truth.clone()
    hidden[:, :, 20:] = 0
    wild = torch.where(hidden > 0, truth, 50.0)
    assert float(score(Found(wild.log(), truth.log()), batch_with(hidden, truth)).loss) == pytest.approx(0.0, abs=1e-5)


def test_a_coarse_batch_has_the_middle_of_each_cell():
    truth = torch.arange(8.0 * 16).view(1, 1, 8, 16)
    coarse = batch_with(truth).coarse(4)
    assert coarse.range_m.shape == (1, 1, 2, 4)
    assert float(coarse.range_m[0, 0, 1, 2]) == float(truth[0, 0, 6, 10])


def kept_rooms(folder, count=3):
    folder.mkdir()
    lesson = lesson_of_a_box()
    for number in range(count):
        picture = np.roll(lesson.picture, 40 * number, 1)
        np.savez(folder / f"{number:06d}.npz", picture=picture, range=lesson.range_m, shell=lesson.shell_m)
    return folder


def test_the_same_step_gives_the_same_batch_and_new_rooms_are_found(tmp_path):
    rooms = kept_rooms(tmp_path / "rooms")
    lessons = Lessons([rooms])
    one, same = batch_of(lessons, 2, 7, 4), batch_of(lessons, 2, 7, 4)
    assert torch.equal(one.picture, same.picture)
    assert torch.equal(one.range_m, same.range_m)
    assert not torch.equal(one.picture, batch_of(lessons, 2, 7, 5).picture)
    ahead = Ahead(lessons, 2, 7)
    batches = ahead.from_step(4)
    assert torch.equal(next(batches).picture, one.picture)
    batches.close()
    (rooms / "000002.npz").rename(rooms / "000009.npz")
    assert ahead.reread() == 4


def test_a_training_goes_on_where_it_ended_and_the_network_comes_out(tmp_path):
    rooms = kept_rooms(tmp_path / "rooms")

    def trained(out, *minutes):
        for stage in minutes:
            plan = Plan(tmp_path / out, stage, 1.0, (rooms,), 1, 3, total_steps=3, log_steps=1, fine=False)
            trainer = Trainer(plan)
            if stage:
                trainer.run()
            else:
                trainer.train_step()
                trainer.save()
        return trainer

    whole, cut = trained("whole", math.inf), trained("cut", 0, math.inf)
    assert whole.step == cut.step == 3
    values = [torch.cat([p.detach().flatten() for p in t.network.parameters()]) for t in (whole, cut)]
    assert torch.equal(*values)
    network = load_network(tmp_path / "whole" / "checkpoint.pt")
    path = export(network, tmp_path / "range.onnx")
    assert path.stat().st_size < 8_000_000
    picture = lesson_of_a_box().picture
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    (told,) = session.run(["range"], {"panorama": picture[None]})
    assert told.shape == (1, HEIGHT, WIDTH)
    mine = answer(network, picture, averaged=False)
    assert np.median(np.abs(told[0] / mine - 1)) < 0.01  # weights are kept in half precision
    assert judged(told[0] * 3, mine)[0] < 0.02
