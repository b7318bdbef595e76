"""The network for one eye: what is asked of it, that it learns, goes on where it ended, and exports what it is."""

import json
import math
import os
import signal
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnxruntime = pytest.importorskip("onnxruntime")

from training.mono.batches import DepthBatch, Source, Supply  # noqa: E402
from training.mono.checkpoint import load_network  # noqa: E402
from training.mono.evaluate import (  # noqa: E402
    FASTDEPTH,
    constant,
    evaluate,
    floor_plane,
    judge,
    methods,
    table,
    working_size,
)
from training.mono.export import export  # noqa: E402
from training.mono.frames import KnownFrame, known_frames  # noqa: E402
from training.mono.losses import gradient_error, scale_invariant, score  # noqa: E402
from training.mono.network import DepthNetwork, Widths, parameter_count  # noqa: E402
from training.mono.teacher import Hints, Teacher  # noqa: E402
from training.mono.train import Plan, Trainer, train  # noqa: E402

SUPPLY = Supply(2, 32, 64, 4, reuse=2, room_hw=(40, 80), textures=4, texture_px=32)


def plan(folder, **changed):
    return Plan(**({"out": folder, "minutes": 0.02, "total_minutes": 1.0, "supply": SUPPLY, "log_steps": 1} | changed))


def weights(trainer):
    return torch.cat([p.detach().flatten() for p in trainer.pupil.parameters()])


def everywhere(values):
    return torch.ones_like(values, dtype=torch.bool)


def test_a_common_factor_is_forgiven_as_far_as_said():
    truth = torch.rand(2, 1, 16, 24) * 4 + 0.5
    error = torch.full_like(truth, math.log(1.3))
    assert float(scale_invariant(error, everywhere(error), 1.0)) == pytest.approx(0.0, abs=2e-4)
    half = float(scale_invariant(error, everywhere(error), 0.85))
    assert half == pytest.approx(math.log(1.3) * math.sqrt(0.15), rel=1e-4)
    assert float(score((truth * 1.3).log(), truth, everywhere(truth)).abs_rel) == pytest.approx(0.0, abs=1e-5)


def test_gradients_are_judged_by_steps_and_not_by_levels():
    error = torch.zeros(1, 1, 16, 16)
    assert float(gradient_error(error + 0.7, everywhere(error))) == 0.0
    error[..., 8:] = 0.5
    # One of 15 columns of pairs at full size, 1 of 7 at half, 1 of 3 at a quarter; at an eighth 1 of 1.
    wanted = 0.5 * (1 / 15 + 1 / 7 + 1 / 3 + 1)
    assert float(gradient_error(error, everywhere(error))) == pytest.approx(wanted, rel=1e-5)


def test_what_is_not_valid_does_not_count():
    truth = torch.full((1, 1, 16, 16), 2.0)
    valid = everywhere(truth)
    valid[..., :4] = False
    found = truth.log()
    found[..., :4] = 9.0
    judged = score(found, truth, valid)
    assert float(judged.loss) == pytest.approx(0.0, abs=2e-4)
    assert float(judged.abs_rel) == pytest.approx(0.0, abs=1e-6)


def test_the_network_takes_any_multiple_of_32_and_is_small():
    network = DepthNetwork().eval()
    assert parameter_count(network) * 2 < 8_000_000  # it ships in half precision
    with torch.no_grad():
        for height, width in ((32, 64), (96, 32)):
            found = network(torch.rand(1, 3, height, width) * 255)
            assert found.log_depth.shape == (1, 1, height, width)
            assert found.seen[2].shape[2:] == (height // 32, width // 32)


def test_exposure_changes_nothing():
    """Colours are standardised: a picture with half the light in it is the same picture."""
    torch.manual_seed(0)
    network = DepthNetwork().eval()
    picture = torch.rand(1, 3, 32, 64) * 200 + 40
    with torch.no_grad():
        bright, dark = network(picture).log_depth, network(picture * 0.5).log_depth
    assert (bright - dark).abs().max() < 1e-3


def test_the_graph_answers_as_the_network_does_at_every_size(tmp_path):
    torch.manual_seed(1)
    network = DepthNetwork()
    network.train()
    with torch.no_grad():
        network(torch.rand(4, 3, 64, 64) * 255)  # norms that are not those of a new network
    network.eval()
    path = export(network, tmp_path / "depth.onnx")
    assert path.stat().st_size < 8_000_000
    assert list(tmp_path.iterdir()) == [path]
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    assert [i.name for i in session.get_inputs()] == ["image"]
    for height, width in ((96, 128), (64, 160)):
        image = np.random.default_rng(0).integers(0, 256, (1, height, width, 3), np.uint8)
        (found,) = session.run(["depth"], {"image": image})
        with torch.no_grad():
            wanted = network(torch.from_numpy(image).permute(0, 3, 1, 2).float()).log_depth.exp().numpy()
        assert found.dtype == np.float32
        assert found.shape == (1, 1, height, width)
        np.testing.assert_allclose(found, wanted, rtol=1e-3)
        swapped = session.run(["depth"], {"image": np.ascontiguousarray(image[..., ::-1])})[0]
        assert np.abs(swapped - found).max() > 1e-3  # the order of colours is not lost on the way


def test_going_on_is_the_same_as_never_having_stopped(tmp_path):
    """Four steps, or three and one after a new start in the middle of a reused batch."""
    straight = Trainer(plan(tmp_path / "a"), Source(SUPPLY))
    for _ in range(4):
        straight.train_step()
    halves = Trainer(plan(tmp_path / "b"), Source(SUPPLY))
    for _ in range(3):
        halves.train_step()
    halves.save()
    halves = Trainer(plan(tmp_path / "b"), Source(SUPPLY))
    assert halves.step == 3
    halves.train_step()
    assert torch.equal(weights(straight), weights(halves))
    assert all(torch.equal(value, halves.average.values[name]) for name, value in straight.average.values.items())


def test_another_training_s_weights_are_a_start_and_no_more(tmp_path):
    first = Trainer(plan(tmp_path / "a"), Source(SUPPLY))
    first.train_step()
    first.save()
    second = Trainer(plan(tmp_path / "b", start=tmp_path / "a" / "checkpoint.pt"), Source(SUPPLY))
    assert second.step == 0
    kept = first.averaged().state_dict()
    assert all(torch.equal(value, kept[name]) for name, value in second.pupil.network.state_dict().items())


class _Always:
    """The same batch at every step."""

    def __init__(self, batch: DepthBatch) -> None:
        self._batch = batch

    def batch(self, _step: int) -> DepthBatch:
        return self._batch


def test_it_learns_one_batch_by_heart(tmp_path):
    batch = Source(SUPPLY).batch(0)
    trainer = Trainer(plan(tmp_path, total_minutes=1000.0, rate=3e-3), _Always(batch))
    trainer.seconds = 0.03 * 1000 * 60  # past the rising part
    steps = [trainer.train_step() for _ in range(60)]
    assert float(steps[-1].loss) < 0.4 * float(steps[0].loss)
    assert float(steps[-1].score.abs_rel) < 0.5 * float(steps[0].score.abs_rel)


class _Interrupts(_Always):
    """Asks the process to end while it fetches its second batch: no clock, a busy machine is slow."""

    def batch(self, step: int) -> DepthBatch:
        if step == 1:
            os.kill(os.getpid(), signal.SIGTERM)
        return super().batch(step)


def test_a_signal_ends_it_with_a_whole_checkpoint(tmp_path):
    before = signal.getsignal(signal.SIGTERM)
    trainer = Trainer(plan(tmp_path, minutes=math.inf, total_steps=50), _Interrupts(Source(SUPPLY).batch(0)))
    trainer.run()
    assert signal.getsignal(signal.SIGTERM) is before
    assert trainer.step == 2
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text().splitlines()]
    assert lines[0]["event"] == "begin"
    assert lines[-1]["event"] == "stopped"
    picture = torch.rand(1, 3, 32, 64) * 255
    with torch.no_grad():
        kept = load_network(tmp_path / "checkpoint.pt")(picture).log_depth
        assert torch.equal(kept, trainer.averaged()(picture).log_depth)


def test_a_run_by_steps_ends_there_and_says_how_good_it_is(tmp_path):
    trainer = train(plan(tmp_path, minutes=math.inf, total_steps=2))
    assert trainer.step == 2
    last = json.loads((tmp_path / "log.jsonl").read_text().splitlines()[-1])
    assert last["event"] == "end"
    assert last["constant_abs_rel"] > 0.05
    assert math.isfinite(last["unseen_abs_rel"])


def test_scale_does_not_count_but_shape_does():
    truth = np.linspace(1.0, 4.0, 48, dtype=np.float32).reshape(6, 8)
    frame = KnownFrame("f", np.zeros((12, 16, 3), np.uint8), truth.copy())
    frame.depth_m[0] = np.nan
    right = judge("m", frame, truth * 7)
    assert right.abs_rel == pytest.approx(0.0, abs=1e-6)
    assert right.delta_1 == 1.0
    assert right.factor == pytest.approx(1 / 7)
    flat = judge("c", frame, constant(frame.rgb))
    known = truth[1:]
    assert flat.abs_rel == pytest.approx(float(np.mean(np.abs(np.median(known) - known) / known)), rel=1e-5)
    assert "0.000 / 1.000" in table([right])


def test_the_floor_guess_is_a_floor_under_a_wall():
    depth = floor_plane(np.zeros((96, 128, 3), np.uint8))
    assert (depth[:48] == 4.0).all()
    assert depth[-1, 0] == pytest.approx(1.4 / (47.5 / 128 * 2 * math.tan(math.radians(30))), rel=1e-5)


@pytest.mark.parametrize(("height", "width"), [(480, 640), (375, 1242), (1000, 750)])
def test_working_sizes_keep_the_shape_in_multiples_of_32(height, width):
    rows, columns = working_size(height, width, 224 * 288)
    assert rows % 32 == columns % 32 == 0
    assert 0.7 < rows * columns / (224 * 288) < 1.3
    assert 0.75 < (columns / rows) / (width / height) < 1.3


needs_fastdepth = pytest.mark.skipif(not FASTDEPTH.is_file(), reason=f"FastDepth is not at {FASTDEPTH}")


@pytest.mark.real
@needs_fastdepth
def test_fastdepth_is_read_in_the_right_colours_and_range():
    """Its own figures on its own frame: with channels or range exchanged it would be far worse."""
    frames = [frame for frame in known_frames() if frame.indoors]
    if not frames:
        pytest.skip("no photographs with known depth")
    asked = [pair for pair in methods(None, [(224, 224)], 0) if pair[0] != "floor plane"]
    found = {}
    for result in evaluate(asked, frames):
        found.setdefault(result.method, []).append(result.abs_rel)
    assert np.mean(found["FastDepth, 224x224"]) < 0.14 < np.mean(found["constant"])


@pytest.mark.real
@needs_fastdepth
def test_a_teacher_can_be_learnt_from():
    torch.manual_seed(0)
    teacher, network, hints = Teacher(FASTDEPTH), DepthNetwork(), Hints(Widths())
    pictures = Source(replace(SUPPLY, height=64, width=128)).batch(0).picture
    lesson = teacher.lesson(pictures)
    assert lesson.log_depth.shape == (2, 1, 64, 128)
    assert 0.3 < float(lesson.log_depth.exp().median()) < 10.0
    assert float(lesson.seen[1].mean()) == pytest.approx(0.0, abs=1e-3)
    optimizer = torch.optim.AdamW([*network.parameters(), *hints.parameters()], 3e-3)
    known = []
    # A student may see a smaller picture than its teacher: grids are compared on its own.
    small = torch.nn.functional.avg_pool2d(pictures, 2)
    for _ in range(25):
        loss, unknown = hints(network(small), lesson)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        known.append(float(unknown))
    assert known[-1] < 0.7 * known[0]
