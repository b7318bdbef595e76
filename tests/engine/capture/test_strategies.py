"""What strategies keep while they add and take away: the picture, the cap, and what the optimiser knows."""

import numpy as np
import pytest

from depthview.engine.capture.poses.camera import Camera

torch = pytest.importorskip("torch")

from depthview.engine.capture.gaussians import Gaussians  # noqa: E402
from depthview.engine.capture.rasterizers.base import Rendering  # noqa: E402
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer  # noqa: E402
from depthview.engine.capture.training.learning import NAMES, LearntGaussians  # noqa: E402
from depthview.engine.capture.training.strategies.base import Moment, sound, turned  # noqa: E402
from depthview.engine.capture.training.strategies.classic import ClassicStrategy  # noqa: E402
from depthview.engine.capture.training.strategies.mcmc import McmcStrategy, grow, relocate, tremble  # noqa: E402
from depthview.engine.capture.training.strategies.relocation import shared  # noqa: E402
from tests.engine.splats.scenes import made_up_scene  # noqa: E402

BLACK = (0.0, 0.0, 0.0)


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def learnt(count: int, degree: int = 1, seed: int = 0) -> LearntGaussians:
    """With moments that tell of which Gaussian they are: 1, 2, 3 ..."""
    made = LearntGaussians(Gaussians.from_scene(made_up_scene(count, degree, seed=seed)))
    for moments in (made.first, made.second):
        for tensor in moments.values():
            tensor += torch.arange(1, count + 1).reshape(-1, *[1] * (tensor.dim() - 1))
    return made


def moment(count: int, *, refine: bool = True, reset: bool = False, extent: float = 10.0) -> Moment:
    return Moment(100, extent, 1e-6, count, refine, reset)


def drawn(gaussians: Gaussians) -> np.ndarray:
    camera = Camera(np.eye(3), np.array([0, 0, 4.0]), (90, 90), (40, 30), 80, 60)
    with torch.no_grad(), ProcessorRasterizer(1) as rasterizer:
        return rasterizer.render(gaussians, camera, 3, BLACK).image.numpy()


def consistent(made: LearntGaussians) -> bool:
    tensors = [(getattr(made.now, name), made.first[name], made.second[name]) for name in NAMES]
    return all(
        a.shape == b.shape == c.shape and len(a) == len(made) and a.is_leaf and a.requires_grad for a, b, c in tensors
    )


def lone(opacity: float, sigma: float = 0.5) -> Gaussians:
    return Gaussians(
        torch.zeros(1, 3),
        torch.full((1, 3), float(np.log(sigma))),
        torch.tensor([[1.0, 0, 0, 0]]),
        torch.logit(torch.tensor([opacity])),
        torch.ones(1, 3),
        torch.zeros(1, 0, 3),
    )


@pytest.mark.parametrize("opacity", [0.4, 0.9])
@pytest.mark.parametrize("copies", [2, 3, 6])
def test_copies_by_equation_9_keep_the_picture_and_plain_copies_do_not(opacity: float, copies: int) -> None:
    one = lone(opacity)
    new_opacity, size = shared(torch.tensor([opacity]), torch.tensor([copies]))
    many = Gaussians(
        **{name: getattr(one, name).repeat(copies, *[1] * (getattr(one, name).dim() - 1)) for name in NAMES}
    )
    plain = drawn(many)
    many.opacity_logit[:] = torch.logit(new_opacity)
    many.log_scale[:] = one.log_scale + size.log()
    before, after = drawn(one), drawn(many)
    assert before.max() > 0.9 * opacity * 0.78
    np.testing.assert_allclose(after[30, 40], before[30, 40], rtol=0.02)
    # What the equation keeps beside the middle: the sum along a line through it.
    lines = [picture[30].sum() for picture in (before, after, plain)]
    assert lines[1] == pytest.approx(lines[0], rel=0.03)
    assert np.abs(after - before).max() < 0.25 * np.abs(plain - before).max()


def test_the_closed_sum_is_the_published_double_sum() -> None:
    from math import comb

    for number in (1, 2, 5, 20, 51):
        for opacity in (0.01, 0.5, 0.99):
            new = 1 - (1 - opacity) ** (1 / number)
            total = sum(
                comb(i - 1, k) * (-1) ** k * new ** (k + 1) / np.sqrt(k + 1)
                for i in range(1, number + 1)
                for k in range(i)
            )
            found, size = shared(torch.tensor([opacity], dtype=torch.float64), torch.tensor([number]))
            assert found.item() == pytest.approx(new, rel=1e-9)
            assert size.item() == pytest.approx(opacity / total, rel=1e-6)


def test_the_dead_move_to_the_living_and_leave_no_trace() -> None:
    made = learnt(40)
    with torch.no_grad():
        made.now.opacity_logit[:10] = -9
        made.now.xyz[10, 0] = torch.nan
        made.now.sh_rest[11, 2, 1] = torch.inf
    living = made.now.xyz.detach()[12:].clone()
    assert relocate(made, chance()) == 12
    assert len(made) == 40
    assert consistent(made)
    assert bool(sound(made.now).all())
    assert bool((torch.sigmoid(made.now.opacity_logit) >= 0.005 - 1e-6).all())
    for row in range(12):
        source = (living == made.now.xyz[row]).all(1).nonzero()[:, 0] + 12
        assert len(source) == 1
        for name in NAMES:
            assert torch.equal(getattr(made.now, name)[row], getattr(made.now, name)[source[0]])
            assert not made.first[name][row].any()
            assert not made.second[name][source[0]].any()
    untouched = (made.first["opacity_logit"] == torch.arange(1, 41)).nonzero()[:, 0]
    assert 0 < len(untouched) < 29


def test_growing_keeps_the_moments_of_those_that_nobody_copied() -> None:
    made = learnt(30)
    before = {name: getattr(made.now, name).detach().clone() for name in NAMES}
    grow(made, 5, chance())
    assert len(made) == 35
    assert consistent(made)
    kept = (made.first["xyz"][:30, 0] != 0).nonzero()[:, 0]
    assert 25 <= len(kept) < 30
    for name in NAMES:
        assert torch.equal(getattr(made.now, name)[kept], before[name][kept])
        assert not made.first[name][30:].any()
    assert torch.equal(made.first["xyz"][kept, 0], (kept + 1).float())


def test_mcmc_never_passes_the_cap_and_reaches_it() -> None:
    made, strategy = learnt(30), McmcStrategy(growth=0.5)
    for _ in range(8):
        strategy.after(made, moment(77), chance())
        assert len(made) <= 77
    assert len(made) == 77


def test_only_the_transparent_tremble_and_along_their_own_shape() -> None:
    count = 4000
    flat = Gaussians(
        torch.zeros(count, 3),
        torch.tensor([0.0, -1.0, -8.0]).repeat(count, 1),
        torch.tensor([1.0, 0, 0, 1]).repeat(count, 1),  # a quarter turn about z: the longest axis is now y
        torch.cat([torch.full((count // 2,), -9.0), torch.full((count // 2,), 2.0)]),
        torch.zeros(count, 3),
        torch.zeros(count, 0, 3),
    )
    tremble(flat, 1e-6, chance())
    moved = flat.xyz[: count // 2].std(0)
    assert not flat.xyz[count // 2 :].abs().max() > 1e-20
    loose = 1 / (1 + np.exp(-100 * (1 - 1 / (1 + np.exp(9)) - 0.995)))
    wanted = loose * 0.5 * np.exp([-2.0, 0.0, -16.0])
    np.testing.assert_allclose(moved.numpy(), wanted, rtol=0.06)


def test_vectors_are_turned_as_the_rasterizer_turns_shapes() -> None:
    rotation = torch.tensor([[2.0, 0, 0, 2]])
    vector = torch.tensor([[1.0, 0, 0]])
    torch.testing.assert_close(turned(rotation, vector), torch.tensor([[0.0, 1, 0]]))
    torch.testing.assert_close(turned(rotation, turned(rotation, vector), back=True), vector)


def seen(count: int, pull_px: torch.Tensor, size_px: tuple[int, int] = (80, 60)) -> Rendering:
    """A picture that pulled the middles so much to the right."""
    means = torch.zeros(count, 2, requires_grad=True)
    means.grad = torch.stack([pull_px, torch.zeros(count)], 1)
    shape = size_px[1], size_px[0]
    return Rendering(torch.zeros(*shape, 3), torch.zeros(shape), means, torch.ones(count))


def test_the_pulled_are_cloned_where_small_and_split_where_large() -> None:
    made, strategy = learnt(6), ClassicStrategy()
    with torch.no_grad():
        made.now.opacity_logit[:] = torch.tensor([2.0, 2, 2, 2, -9, 2])
        made.now.log_scale[:] = torch.log(torch.tensor([0.01, 0.5, 0.01, 0.5, 0.5, 0.01]))[:, None]
    before = {name: getattr(made.now, name).detach().clone() for name in NAMES}
    strategy.look(seen(6, torch.tensor([1.0, 1.0, 0, 0, 1.0, 0]) * 6e-6))  # by half of 80 px: 2.4e-4
    strategy.after(made, moment(100), chance())
    # 0 is doubled, 1 becomes two others, 4 goes: 0 2 3 5, then the copy of 0, then two parts of 1.
    assert len(made) == 7
    assert consistent(made)
    assert torch.equal(made.now.xyz[:4], before["xyz"][[0, 2, 3, 5]])
    assert torch.equal(made.now.xyz[4], before["xyz"][0])
    torch.testing.assert_close(made.now.log_scale[5:].exp(), torch.full((2, 3), 0.5 / 1.6))
    apart = (made.now.xyz[5:] - before["xyz"][1]).norm(dim=1)
    assert bool((apart > 0).all())
    assert bool((apart < 5 * 0.5).all())
    assert torch.equal(made.first["opacity_logit"], torch.tensor([1.0, 3, 4, 6, 0, 0, 0]))


def test_what_is_pulled_less_stays() -> None:
    made, strategy = learnt(6), ClassicStrategy()
    with torch.no_grad():
        made.now.opacity_logit[:] = 2
    strategy.look(seen(6, torch.full((6,), 4e-6)))
    strategy.after(made, moment(100), chance())
    assert len(made) == 6


def test_the_classic_strategy_takes_the_most_pulled_under_the_cap() -> None:
    made, strategy = learnt(6), ClassicStrategy()
    with torch.no_grad():
        made.now.opacity_logit[:] = 2
        made.now.log_scale[:] = -7
    before = made.now.xyz.detach().clone()
    strategy.look(seen(6, torch.tensor([1.0, 5, 2, 4, 3, 6]) * 1e-5))
    strategy.after(made, moment(8), chance())
    assert len(made) == 8
    assert torch.equal(made.now.xyz[6:], before[[1, 5]])


def test_after_a_reset_nothing_is_opaque_and_what_is_too_large_goes() -> None:
    made, strategy = learnt(6), ClassicStrategy()
    with torch.no_grad():
        made.now.opacity_logit[:] = torch.tensor([3.0, -9, 3, 3, 3, 3])
        made.now.log_scale[:] = torch.log(torch.tensor([0.1, 0.1, 2.0, 0.1, 0.1, 0.1]))[:, None]
    strategy.look(seen(6, torch.zeros(6)))
    strategy.after(made, moment(100, refine=False, reset=True), chance())
    assert len(made) == 6
    assert torch.sigmoid(made.now.opacity_logit).max().item() == pytest.approx(0.01)
    assert not made.first["opacity_logit"].any()
    assert made.first["xyz"].any()
    strategy.after(made, moment(100, refine=True), chance())
    assert len(made) == 4
