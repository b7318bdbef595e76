"""Where iterations start and what they may take over: seeds, kinds of start, offers; against what is known exactly."""

from dataclasses import fields

import pytest

torch = pytest.importorskip("torch")

from training.stereo.draws import Draws  # noqa: E402
from training.stereo.network import Frame, State  # noqa: E402
from training.stereo.propagation import OFFERS, chosen, offered, prefer_staying  # noqa: E402
from training.stereo.render import StereoBatch  # noqa: E402
from training.stereo.rollout import guessed, remembered  # noqa: E402
from training.stereo.seed import bridged, seed_of, seeded  # noqa: E402

CPU = torch.device("cpu")
NAN = float("nan")


def frame_and_state(first, sure, batch=1):
    nothing = torch.zeros(batch, 1, 1, 1)
    rest = dict.fromkeys({field.name for field in fields(Frame)} - {"first", "first_sure"}, nothing)
    frame = Frame(first=first, first_sure=sure, **rest)
    return frame, State(first.clone(), torch.full((batch, 2, *first.shape[2:]), 0.5), nothing)


def test_a_seed_replaces_the_first_match_and_its_holes_are_bridged():
    first, sure = torch.tensor([[[[7.0, 8.0, 9.0]]]]), torch.tensor([[[[0.1, 0.2, 0.3]]]])
    # Cells of which all is known, a quarter, nothing. The seed is in pixels, the state in cells.
    seed = torch.full((1, 1, 4, 12), NAN)
    seed[..., :4] = torch.tensor([4.0, 8.0, 12.0, 16.0])
    seed[..., 1, 4:8] = 20.0
    frame, state = seeded(*frame_and_state(first, sure), seed)
    assert torch.allclose(frame.first, torch.tensor([[[[2.5, 5.0, 5.0]]]]))
    assert torch.allclose(frame.first_sure, torch.tensor([[[[2.0, 1.25, 1.0]]]]))
    assert torch.equal(state.disparity, frame.first)
    assert torch.equal(state.hidden, torch.full((1, 2, 1, 3), 0.5))
    assert torch.equal(frame.seed_sure, 0.5 + 0.5 * torch.isfinite(seed))
    assert torch.equal(frame.seed_px, bridged(seed.nan_to_num(0.0), torch.isfinite(seed)))


def test_a_negative_seed_is_a_seed_and_an_empty_one_is_none():
    first, sure = torch.full((1, 1, 2, 2), 3.0), torch.full((1, 1, 2, 2), 0.4)
    frame, _ = seeded(*frame_and_state(first, sure), torch.full((1, 1, 8, 8), -6.0))
    assert torch.equal(frame.first, torch.full((1, 1, 2, 2), -1.5))
    frame, state = seeded(*frame_and_state(first, sure), torch.full((1, 1, 8, 8), NAN))
    assert torch.equal(frame.first, first)
    assert torch.equal(frame.first_sure, sure)
    assert torch.equal(state.disparity, first)


def planes(batch, disparity_px, height=96, width=192):
    """A textured plane: the right eye is the left one, moved."""
    coarse = torch.rand(batch, 3, height // 2, (width + 64) // 2, generator=torch.Generator().manual_seed(3)) * 255
    wide = torch.nn.functional.interpolate(coarse, scale_factor=2.0, mode="bilinear")
    left = wide[..., 32 : 32 + width]
    right = wide[..., 32 + disparity_px : 32 + disparity_px + width]
    truth = torch.full((batch, 1, height, width), float(disparity_px))
    everywhere = torch.ones_like(truth, dtype=torch.bool)
    return StereoBatch(left, right, truth, everywhere, everywhere)


@pytest.mark.parametrize("disparity_px", [12, -6])
def test_matching_finds_a_planes_disparity_for_three_samples_in_four(disparity_px):
    batch = 40
    seed = seed_of(planes(batch, disparity_px), Draws(batch, CPU, 11))
    assert seed.shape == (batch, 1, 96, 192)
    without = torch.isnan(seed).flatten(1).all(1)
    assert 0.1 < float(without.float().mean()) < 0.45
    for known in seed[~without]:
        found = known[torch.isfinite(known)]
        assert found.numel() > 0.5 * known.numel()
        assert float(((found - disparity_px).abs() < 1.0).float().mean()) > 0.95


def test_matching_looks_only_where_something_is_known():
    """Black bars have no answer: what stands for it there must not widen the search."""
    pair = planes(12, 12)
    pair.disparity_px[:, :, :20] = 90.0
    pair.valid[:, :, :20] = False
    plain = seed_of(planes(12, 12), Draws(12, CPU, 4))
    assert torch.equal(torch.nan_to_num(seed_of(pair, Draws(12, CPU, 4))), torch.nan_to_num(plain))


def test_a_pixel_is_offered_its_neighbours_far_ones_too_and_the_first_match():
    height, width = 20, 24
    disparity = torch.rand(2, 1, height, width, generator=torch.Generator().manual_seed(1)) * 30
    first = torch.full_like(disparity, 5.0)
    offers = offered(disparity, first)
    assert offers.shape == (2, OFFERS, height, width)
    places = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
    places += [(y * n, x * n) for n in (3, 8) for y, x in ((0, 1), (0, -1), (1, 0), (-1, 0))]
    rows, columns = torch.arange(height).view(-1, 1), torch.arange(width).view(1, -1)
    found = set()
    for y, x in places:
        # Beyond the border stands what stands at the border.
        there = disparity[:, :, (rows + y).clamp(0, height - 1), (columns + x).clamp(0, width - 1)]
        same = [k for k in range(OFFERS) if torch.allclose(offers[:, k], (there - disparity)[:, 0])]
        assert len(same) == 1, (y, x)
        found.update(same)
    assert len(found) == OFFERS - 1
    assert torch.allclose(offers[:, -1:], first - disparity)


def test_what_is_wanted_most_is_taken():
    offers = torch.arange(1.0, OFFERS + 1).view(1, OFFERS, 1, 1)
    logits = torch.zeros(1, OFFERS + 1, 1, 1)
    assert float(chosen(offers, logits)) == pytest.approx(float(offers.sum()) / (OFFERS + 1), rel=1e-5)
    for k in range(OFFERS):
        wanted = logits.clone()
        wanted[:, 1 + k] = 200.0  # beyond what float32 has an exponential for
        assert float(chosen(offers, wanted)) == pytest.approx(k + 1, abs=2e-3)
    stays = logits.clone()
    stays[:, 0] = 200.0
    assert abs(float(chosen(offers, stays))) < 1e-4
    assert torch.isfinite(chosen(offers * 1e6, logits - 1e9)).all()


def test_an_untrained_network_nearly_stays():
    torch.manual_seed(0)
    convolution = torch.nn.Conv2d(48, 2 + OFFERS, 1)
    prefer_staying(convolution)
    step, logits = convolution(torch.rand(1, 48, 16, 16)).split([1, 1 + OFFERS], 1)
    assert float(step.detach().abs().max()) < 0.05
    taken = chosen(torch.full((1, OFFERS, 16, 16), 10.0), logits)  # all offers lie 10 cells away
    assert 0.0 < float(taken.detach().mean()) < 0.6


def counted(batch, kinds):
    return [float(kind.float().sum()) / batch for kind in kinds]


def test_starts_without_a_past_are_mostly_the_first_match_some_zero_some_near_the_truth():
    batch = 300
    first = torch.full((batch, 1, 8, 8), 100.0)
    truth = torch.full((batch, 1, 32, 32), 40.0)
    pair = StereoBatch(truth, truth, truth, truth > 0, truth > 0)
    _, cold = frame_and_state(first, first, batch)
    started = guessed(cold, pair, Draws(batch, CPU, 2))
    at_first = (started.disparity == 100.0).flatten(1).all(1)
    at_zero = (started.disparity == 0.0).flatten(1).all(1)
    about = ~at_first & ~at_zero
    shares = counted(batch, (at_first, at_zero, about))
    assert shares == pytest.approx([0.7, 0.1, 0.2], abs=0.07)
    off = (started.disparity[about] - 10.0).flatten(1).mean(1)  # 40 px are 10 cells
    assert abs(float(off.median())) < 2.0
    assert 0.5 < float(off.std()) < 15.0
    assert torch.equal(started.hidden, cold.hidden)


def test_starts_with_a_past_are_mostly_it_some_anothers_some_cold_and_never_a_mixture():
    batch = 300
    numbers = torch.arange(batch).float().view(-1, 1, 1, 1)
    past = State(numbers.expand(-1, 1, 2, 2), numbers.expand(-1, 3, 2, 2), numbers.expand(-1, 5, 1, 1))
    cold = State(*(torch.full_like(value, -1.0) for value in (past.disparity, past.hidden, past.coarse)))
    started = remembered(cold, past, Draws(batch, CPU, 2))
    kinds = [started.disparity[:, 0, 0, 0] == n for n in (numbers.flatten(), numbers.roll(1, 0).flatten(), -1.0)]
    assert counted(batch, kinds) == pytest.approx([0.7, 0.1, 0.2], abs=0.07)
    for value in (started.disparity, started.hidden, started.coarse):
        assert torch.equal(value, started.disparity[:, :1, :1, :1].expand_as(value))


def test_a_hole_takes_what_is_behind_and_a_row_without_any_the_middle_of_all():
    cells = torch.tensor([[[[5.0, 0.0, 0.0, 2.0], [0.0, 0.0, 0.0, 0.0], [0.0, 7.0, 0.0, 0.0]]]])
    known = cells > 0
    filled = torch.tensor([[[[5.0, 2.0, 2.0, 2.0], [5.0, 5.0, 5.0, 5.0], [7.0, 7.0, 7.0, 7.0]]]])
    assert torch.equal(bridged(cells, known), filled)
