"""The network's parts against what can be computed by hand, and its exported graphs against torch."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("onnxruntime")

from depthview.engine.estimators.network import IteratedNetwork  # noqa: E402
from depthview.engine.estimators.seed import Seed, bridged  # noqa: E402
from training.stereo.correlation import LEVELS, PLANES, RADIUS, best_match, correlate, look_up, pyramid  # noqa: E402
from training.stereo.encoder import standardised  # noqa: E402
from training.stereo.export import export  # noqa: E402
from training.stereo.losses import MATCH_PX, Prediction, match_loss, score, softened  # noqa: E402
from training.stereo.network import StereoNetwork, parameter_count, with_disparity  # noqa: E402
from training.stereo.render import StereoBatch  # noqa: E402
from training.stereo.seed import seeded  # noqa: E402
from training.stereo.update import Memory  # noqa: E402


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(3)
    made = StereoNetwork()
    for module in made.modules():  # statistics as after training, so that folding the norms is put to the test
        if isinstance(module, torch.nn.BatchNorm2d):
            module.running_mean.normal_(0, 0.2)
            module.running_var.uniform_(0.5, 2.0)
    return made.eval()


@pytest.fixture(scope="module")
def graphs(network, tmp_path_factory):
    folder = tmp_path_factory.mktemp("graphs")
    export(network, folder)
    return folder


def pictures(height, width, seed=0):
    made = np.random.default_rng(seed).integers(0, 256, (2, height, width, 3), dtype=np.uint8)
    return made[0], made[1]


def as_torch(picture):
    return torch.from_numpy(picture).permute(2, 0, 1)[None].float()


def test_a_look_up_reads_the_row_between_its_columns_and_nothing_outside():
    torch.manual_seed(0)
    volume = torch.randn(1, 2, 16, 16)
    disparity = torch.rand(1, 1, 2, 16) * 30 - 10
    disparity[0, 0, 0, :3] = torch.tensor([1e9, -1e9, 0.0])
    found = look_up(pyramid(volume), disparity)
    assert found.shape == (1, PLANES, 2, 16)
    level = volume
    for number in range(LEVELS):
        for x in range(16):
            for row in range(2):
                at = (x - float(disparity[0, 0, row, x]) + 0.5) / 2**number - 0.5
                for tap in range(-RADIUS, RADIUS + 1):
                    below = int(np.floor(at + tap))
                    share = at + tap - below
                    width = level.shape[3]
                    values = [float(level[0, row, x, c]) if 0 <= c < width else 0.0 for c in (below, below + 1)]
                    plane = number * (2 * RADIUS + 1) + tap + RADIUS
                    expected = values[0] * (1 - share) + values[1] * share
                    assert float(found[0, plane, row, x]) == pytest.approx(expected, abs=1e-4)
        level = torch.nn.functional.avg_pool2d(level, (1, 2))


def test_the_first_match_is_where_the_right_eye_shows_the_same_thing():
    torch.manual_seed(1)
    right = torch.nn.functional.normalize(torch.randn(1, 32, 3, 20), dim=1) * 12
    left = right.roll(5, 3)
    disparity, sure = best_match(correlate(left, right))
    assert torch.allclose(disparity[..., 5:], torch.full((1, 1, 3, 15), 5.0), atol=0.01)
    assert float(sure[..., 5:].min()) > 0.9
    nothing_to_match = best_match(torch.zeros(1, 3, 20, 20))[1]
    assert float(nothing_to_match.max()) < 0.3


def test_gain_and_white_balance_of_an_eye_do_not_arrive():
    picture = torch.rand(1, 3, 16, 32) * 100 + 20
    brighter = picture * torch.tensor([1.4, 0.8, 1.1]).view(1, 3, 1, 1) + 7
    assert torch.allclose(standardised(picture), standardised(brighter), atol=1e-2)
    assert torch.isfinite(standardised(torch.zeros(1, 3, 16, 32))).all()


def test_finishing_a_plane_gives_the_plane(network):
    frame, state = network.encode(*(as_torch(p) for p in pictures(48, 64)))
    flat = with_disparity(state, torch.full((1, 1, 48, 64), 13.0))
    with torch.no_grad():
        assert torch.allclose(network.finish(frame, flat)[0], torch.full((1, 1, 48, 64), 13.0), atol=1e-3)


def test_what_no_neighbour_has_can_only_come_from_a_seed(network):
    frame, state = network.encode(*(as_torch(p) for p in pictures(48, 64)))
    flat = with_disparity(state, torch.full((1, 1, 48, 64), 13.0))
    sure = torch.zeros(1, 1, 48, 64)
    sure[..., 7, 9] = 1.0
    wire = replace(frame, seed_px=torch.full((1, 1, 48, 64), 20.0), seed_sure=sure)
    with torch.no_grad():
        found = network.finish(wire, flat)[0]
    assert 13.001 < float(found[..., 7, 9]) < 20.0
    found[..., 7, 9] = 13.0
    assert torch.allclose(found, torch.full((1, 1, 48, 64), 13.0), atol=1e-3)


def test_untrained_it_believes_the_seed_nearly_to_the_pixel(network):
    """On the grid of 4 a step between two cells would be a ramp; the seed knows the very column."""
    step = torch.where(torch.arange(64) < 30, 4.0, 12.0).expand(1, 1, 48, 64).contiguous()
    with torch.no_grad():
        frame, state = seeded(*network.encode(*(as_torch(p) for p in pictures(48, 64))), step)
        found = network.finish(frame, state)[0]
    assert float((found - step).abs().max()) < 1.0
    assert float((found - step).abs().mean()) < 0.1


def test_to_believe_it_more_brings_the_answer_nearer_to_the_seed(network):
    believing = deepcopy(network)
    believing.finisher.believe(2.0)
    seed_px = torch.full((1, 1, 48, 64), 40.0)
    with torch.no_grad():
        frame, _ = seeded(*network.encode(*(as_torch(p) for p in pictures(48, 64))), seed_px)
        state = with_disparity(network.encode(*(as_torch(p) for p in pictures(48, 64)))[1], seed_px * 0)
        before, after = (seed_px - net.finish(frame, state)[0] for net in (network, believing))
    assert bool((after > 0).all())
    assert bool((after < 0.3 * before).all())


def test_it_stays_small(network):
    assert parameter_count(network) < 4_000_000


def through(graphs, left, right, iterations, *, warm=False, stop_below_px=0.0):
    graphs.encode(left, right)
    done = graphs.iterate(iterations, stop_below_px=stop_below_px, warm=warm)
    return *graphs.finish(), done


@pytest.mark.parametrize("size", [(48, 64), (96, 160), (80, 208)])
def test_the_graphs_give_what_torch_gives_at_any_size_and_count(network, graphs, size):
    left, right = pictures(*size)
    exported = IteratedNetwork(graphs, threads=1)
    for iterations in (0, 1, 7):
        with torch.no_grad():
            disparity, logit = network(as_torch(left), as_torch(right), iterations)
        disparity_px, confidence, done = through(exported, left, right, iterations)
        assert done == iterations
        assert np.abs(disparity_px - disparity[0, 0].numpy()).max() < 1e-3
        assert np.abs(confidence - torch.sigmoid(logit)[0, 0].numpy()).max() < 1e-4


def test_a_seed_beside_the_graphs_does_what_it_does_in_training(network, graphs):
    """The product fuses in numpy, training in torch: the iterations after it have to agree as well."""
    left, right = pictures(48, 64)
    seed = np.random.default_rng(4).uniform(-5, 30, (48, 64)).astype(np.float32)
    seed[np.random.default_rng(5).random((48, 64)) < 0.6] = np.nan
    exported = IteratedNetwork(graphs, threads=1)
    exported.encode(left, right)
    exported.trust(Seed(bridged(seed, np.isfinite(seed)), np.isfinite(seed)))
    exported.iterate(3, stop_below_px=0.0, warm=False)
    with torch.no_grad():
        frame, state = network.encode(as_torch(left), as_torch(right))
        unseeded = state
        frame, state = seeded(frame, state, torch.from_numpy(seed)[None, None])
        assert float((state.disparity - unseeded.disparity).abs().max()) > 1.0
        for _ in range(3):
            state = network.update(frame, state)
        expected = network.finish(frame, state)[0][0, 0].numpy()
    assert np.abs(exported.finish()[0] - expected).max() < 1e-3


def test_a_warm_start_goes_on_where_the_last_call_ended(graphs):
    left, right = pictures(48, 64)
    exported = IteratedNetwork(graphs, threads=1)
    through(exported, left, right, 2)
    warm = through(exported, left, right, 3, warm=True)[0].copy()
    assert np.abs(warm - through(exported, left, right, 5)[0]).max() < 1e-3
    assert np.abs(warm - through(exported, left, right, 3)[0]).max() > 1e-3


def test_it_stops_early_when_nothing_changes(graphs):
    exported = IteratedNetwork(graphs, threads=1)
    assert through(exported, *pictures(48, 64), 9, stop_below_px=1e6)[2] < 4
    assert through(exported, *pictures(48, 64), 4, stop_below_px=1e-9)[2] == 4


def truth_of(disparity, visible=True):
    everywhere = torch.ones_like(disparity, dtype=torch.bool)
    eye = torch.zeros(1, 3, *disparity.shape[2:])
    return StereoBatch(eye, eye, disparity, everywhere, everywhere & visible)


def nothing_matched():
    """Volumes of matches for a picture of 32 x 64: cells of 8 and of 4 px."""
    return torch.zeros(1, 4, 8, 8), torch.zeros(1, 8, 16, 16)


def predictions(*steps):
    return [Prediction(disparity, sure, weight) for disparity, sure, weight in steps]


def test_the_loss_is_nothing_for_the_right_answer_and_grows_ever_slower():
    disparity = torch.full((1, 1, 32, 64), 16.0)
    truth = truth_of(disparity, visible=False)
    sure = torch.full_like(disparity, 20.0)
    logits = nothing_matched()
    right = score(predictions((disparity, sure, 0.5), (disparity, sure, 1.0)), logits, truth)
    assert float(right.loss) == pytest.approx(0.0, abs=1e-3)
    earlier = score(predictions((disparity + 2, sure, 0.5), (disparity, sure, 1.0)), logits, truth)
    assert float(earlier.loss) == pytest.approx(0.5 * 2.0, abs=1e-3)  # only the last one's certainty is judged
    assert float(earlier.first_error_px) == pytest.approx(2.0)
    assert float(earlier.last_error_px) == 0.0
    assert float(earlier.bad_2) == 0.0
    wrong = score(predictions((disparity, sure, 0.5), (disparity + 2.5, -sure, 1.0)), logits, truth)
    assert float(wrong.loss) == pytest.approx(2.5, abs=1e-2)
    assert float(wrong.bad_2) == 1.0
    overrated = score(predictions((disparity + 2.5, sure, 1.0)), logits, truth)
    assert float(overrated.loss) > float(wrong.loss) + 1.0
    errors = softened(torch.tensor([1.0, 2.0, 20.0, 40.0, 80.0]))
    assert torch.allclose(errors[:2], torch.tensor([1.0, 2.0]))
    rises = errors.diff() / torch.tensor([1.0, 18.0, 20.0, 40.0])
    assert bool((rises > 0).all())
    assert float(rises[0]) > float(rises[1]) > float(rises[2]) > float(rises[3])


def test_a_hopeless_sample_counts_less_than_a_good_one_and_all_pixels_together_as_one():
    disparity = torch.full((2, 1, 32, 64), 16.0)
    truth = truth_of(disparity, visible=False)
    truth.valid[1, :, :16] = False  # fewer pixels, each of which counts more
    sure = torch.zeros_like(disparity)

    def gradients(good_px, bad_px):
        found = (disparity + torch.tensor([good_px, bad_px]).view(2, 1, 1, 1)).requires_grad_()
        logits = tuple(volume.repeat(2, 1, 1, 1) for volume in nothing_matched())
        score(predictions((found, sure, 1.0)), logits, truth).loss.backward()
        return [float(g) for g in found.grad.sum((1, 2, 3))]

    assert gradients(0.5, 0.5) == pytest.approx([0.5, 0.5], rel=1e-3)
    good, bad = gradients(0.5, 2.7)
    assert good + bad == pytest.approx(1.0, rel=1e-3)
    assert good / bad == pytest.approx((2.7 + 0.3) / (0.5 + 0.3), rel=1e-3)


def test_where_nothing_is_known_nothing_is_asked():
    disparity = torch.full((1, 1, 32, 64), 16.0)
    truth = truth_of(disparity, visible=False)
    truth.valid[..., :32] = False
    sure = torch.where(truth.valid, 20.0, 0.0)
    off = disparity + torch.where(truth.valid, 0.0, 50.0)
    found = score(predictions((off, sure, 1.0)), nothing_matched(), truth)
    assert float(found.loss) == pytest.approx(0.0, abs=1e-3)
    assert float(found.bad_2) == 0.0


@pytest.mark.parametrize("cell_px", [8, 4])
def test_the_match_loss_wants_the_column_of_the_true_match(cell_px):
    truth = truth_of(torch.full((1, 1, 32, 64), 2.0 * cell_px))  # two columns
    height, width = 32 // cell_px, 64 // cell_px
    right, wrong = torch.zeros(1, height, width, width), torch.zeros(1, height, width, width)
    for x in range(width):
        right[:, :, x, max(x - 2, 0)] = 15.0
        wrong[:, :, x, min(x + 1, width - 1)] = 15.0
    assert float(match_loss(right, truth, cell_px)) < 0.01
    assert float(match_loss(wrong, truth, cell_px)) > 5
    assert float(match_loss(wrong, truth_of(truth.disparity_px, visible=False), cell_px)) == 0.0


def test_both_volumes_of_matches_count():
    truth = truth_of(torch.full((1, 1, 32, 64), 16.0))
    sure = torch.full_like(truth.disparity_px, 20.0)
    matched = []
    for cell_px, volume in zip(MATCH_PX, nothing_matched(), strict=True):
        columns = torch.arange(volume.shape[2])
        volume[:, :, columns, (columns - 16 // cell_px).clamp(min=0)] = 15.0
        matched.append(volume)
    losses = [
        float(score(predictions((truth.disparity_px, sure, 1.0)), volumes, truth).match)
        for volumes in (
            tuple(matched),
            (matched[0], nothing_matched()[1]),
            (nothing_matched()[0], matched[1]),
            nothing_matched(),
        )
    ]
    assert losses[0] < 0.01
    assert losses[1] > 1.0
    assert losses[2] > 1.0
    assert losses[3] == pytest.approx(losses[1] + losses[2], abs=0.01)


def test_memory_does_not_run_into_its_border_however_long_it_is_told_the_same():
    """What stands at the border of its range no gradient reaches: it would stay there for ever."""
    torch.manual_seed(2)
    memory = Memory(8, 6, 16)
    hidden = torch.rand(1, 8, 12, 12) * 2 - 1
    told, context = torch.randn(1, 6, 12, 12), torch.randn(1, 16, 12, 12)
    with torch.no_grad():
        for _ in range(30):
            hidden = memory(hidden, told, context)
        assert float((hidden.abs() > 0.99).float().mean()) < 0.02
        # It still hears what it is told, and still knows a part of what it knew.
        assert float((memory(hidden, -told, context) - memory(hidden, told, context)).abs().max()) > 0.1
        assert float((memory(-hidden, told, context) - memory(hidden, told, context)).abs().max()) > 0.1
