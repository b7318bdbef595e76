"""The processor's rasterizer for training, against the same equations in float64 with torch's own gradients."""

import math
import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from depthview.engine.capture.gaussians import Gaussians  # noqa: E402
from depthview.engine.capture.poses.camera import Camera  # noqa: E402
from depthview.engine.capture.rasterizers.base import Rendering  # noqa: E402
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer  # noqa: E402
from tests.engine.capture.dense_gaussians import dense, in_float64, middles_of  # noqa: E402
from tests.engine.capture.trained_gaussians import NAMES, aside, learning, pulls, some  # noqa: E402

GROUND = (0.2, 0.3, 0.9)


def chance(shape: tuple[int, ...], seed: int = 7) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=shape)


def at_the_border() -> Gaussians:
    """Around the whole frame, half of them with their middles outside, up to where the Jacobian is clamped."""
    xyz = chance((60, 3)) * 0.1
    angle = np.linspace(0, 2 * np.pi, 60)
    xyz += np.stack([2 * np.cos(angle), 2 * np.sin(angle), np.full(60, 2.5)], 1)
    return some(xyz=xyz, log_scale=chance((60, 3), 8) * 0.3 - 0.8)


SCENES: dict[str, Callable[[], Gaussians]] = {
    "random": some,
    "needles": lambda: some(log_scale=chance((60, 3)) * 2.5 - 2.5),
    "one behind the other": lambda: some(
        150, xyz=chance((150, 3)) * [0.05, 0.05, 0.8] + [0, 0, 4], opacity_logit=chance((150,))
    ),
    "solid beyond the clamp": lambda: some(
        40, opacity_logit=np.abs(chance((40,))) * 4 + 2, log_scale=chance((40, 3)) * 0.3 - 1
    ),
    "fainter than is drawn": lambda: some(
        opacity_logit=chance((60,)) * 0.7 - 5.4, log_scale=chance((60, 3)) * 0.3 - 0.5
    ),
    "behind and beside": lambda: some(xyz=chance((60, 3)) * 4),
    "huge": lambda: some(40, log_scale=chance((40, 3)) * 0.5 + 1.5, opacity_logit=chance((40,)) - 3),
    "at the border": at_the_border,
    "dark": lambda: some(sh_dc=chance((60, 3)) - 2.5),
}


def drawn(gaussians: Gaussians, camera: Camera, degree: int = 3, seed: int = 1, **kinds: int) -> Rendering:
    """Drawn, and pulled at random."""
    with ProcessorRasterizer(**({"threads": 2} | kinds)) as rasterizer:
        rendering = rasterizer.render(gaussians, camera, degree, GROUND)
        torch.autograd.backward([rendering.image, rendering.alpha], pulls(seed, camera))
    return rendering


@pytest.mark.parametrize("name", SCENES)
def test_picture_and_gradients_are_those_of_the_equations(name: str) -> None:
    gaussians, camera = SCENES[name](), aside()
    rendering = drawn(gaussians, camera)
    exact = in_float64(gaussians)
    middles = middles_of(exact, camera)
    middles.retain_grad()
    image, alpha = dense(exact, camera, 3, GROUND, middles)
    by_image, by_alpha = pulls(1, camera)
    torch.autograd.backward([image, alpha], [by_image.double(), by_alpha.double()])
    assert alpha.max() > 0.001
    np.testing.assert_allclose(rendering.image.detach(), image.detach(), atol=2e-5)
    np.testing.assert_allclose(rendering.alpha.detach(), alpha.detach(), atol=2e-5)
    for which in NAMES:
        assert_close(getattr(gaussians, which).grad, getattr(exact, which).grad, which)
    seen = rendering.radii_px > 0
    assert_close(rendering.means_px.grad[seen], middles.grad[seen], "means_px")
    assert not rendering.means_px.grad[~seen].any()


def assert_close(found: torch.Tensor, exact: torch.Tensor, which: str) -> None:
    assert exact.norm() > 0, which
    assert (found.double() - exact).norm() < 1e-4 * exact.norm(), which


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
def test_every_degree_and_none_above(degree: int) -> None:
    gaussians, camera = some(degree=4), aside()
    drawn(gaussians, camera, degree)
    exact = in_float64(gaussians)
    torch.autograd.backward(dense(exact, camera, degree, GROUND), pulls(1, camera))
    assert_close(gaussians.xyz.grad, exact.xyz.grad, "xyz")
    if degree == 0:
        assert gaussians.sh_rest.grad is None
    else:
        assert_close(gaussians.sh_rest.grad, exact.sh_rest.grad, "sh_rest")


def test_gradients_are_what_a_small_step_changes() -> None:
    """Finite differences of the float64 picture, along directions through all of the Gaussians' numbers at once."""
    gaussians, camera = some(30), aside()
    drawn(gaussians, camera)
    by_image, by_alpha = pulls(1, camera)

    def loss(at: Gaussians) -> torch.Tensor:
        image, alpha = dense(at, camera, 3, GROUND)
        return (image * by_image).sum() + (alpha * by_alpha).sum()

    for which in NAMES:
        way = torch.from_numpy(chance(tuple(getattr(gaussians, which).shape)))
        step = 1e-6
        ends = []
        for sign in (1, -1):
            moved = in_float64(gaussians)
            with torch.no_grad():
                getattr(moved, which).add_(sign * step * way)
                ends.append(loss(moved))
        slope = float(ends[0] - ends[1]) / (2 * step)
        found = getattr(gaussians, which).grad.double()
        assert float((found * way).sum()) == pytest.approx(slope, abs=1e-4 * float(found.norm() * way.norm()))


@pytest.mark.parametrize("kinds", [{"threads": 1}, {"threads": 3}, {"most_listed": 50}, {}])
def test_the_same_to_the_last_bit(kinds: dict[str, int]) -> None:
    """Twice, with other threads, and where the lists are drawn part by part."""
    pictures, gradients = [], []
    for how in ({"threads": 2}, kinds):
        gaussians = some(300, seed=3)
        rendering = drawn(gaussians, aside((150, 110)), **how)
        pictures.append(rendering.image.detach().numpy().tobytes())
        pull = [rendering.means_px.grad, *(getattr(gaussians, name).grad for name in NAMES)]
        gradients.append([one.numpy().tobytes() for one in pull])
    assert pictures[0] == pictures[1]
    assert gradients[0] == gradients[1]


def test_huge_ones_take_no_more_memory_than_was_said() -> None:
    """2 000 on 80 tiles each: six megabytes, were all of them listed at once."""
    count = 2000
    gaussians = some(
        count,
        degree=0,
        log_scale=np.full((count, 3), 3.0),
        opacity_logit=np.full(count, -5.3),
        sh_rest=np.zeros((count, 0, 3)),
    )
    camera = aside((160, 120))
    drawn(gaussians, camera, 0)
    peaks = []
    for kinds in ({}, {"most_listed": 4000}):
        tracemalloc.start()
        drawn(gaussians, camera, 0, **kinds)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[0] > 6e6
    assert peaks[1] < 2e6


@pytest.mark.parametrize("count", [0, 5])
def test_where_nothing_is_seen_there_is_the_ground_and_nothing_to_learn(count: int) -> None:
    gaussians = some(count, xyz=np.tile([0, 0, -3.0], (count, 1)))
    rendering = drawn(gaussians, aside())
    assert torch.equal(rendering.image, torch.tensor(GROUND).expand(48, 64, 3))
    assert not rendering.alpha.any()
    assert not rendering.radii_px.any()
    for name in NAMES:
        assert torch.equal(getattr(gaussians, name).grad, torch.zeros_like(getattr(gaussians, name)))


def test_a_ground_of_whole_numbers_is_one_too() -> None:
    with ProcessorRasterizer(1) as rasterizer, torch.no_grad():
        rendering = rasterizer.render(some(0), aside(), 3, (0, 1, 0))
    assert rendering.image[0, 0].tolist() == [0, 1, 0]


def test_what_is_not_finite_is_left_out_and_spoils_nothing() -> None:
    sound = some(40)
    clean = drawn(sound, aside())
    wrong = [(name, value) for name in NAMES for value in (math.nan, math.inf)] + [("log_scale", 200.0), ("xyz", 1e30)]
    wrong.remove(("opacity_logit", math.inf))  # that is a solid one
    numbers = {name: getattr(sound, name).detach().numpy() for name in NAMES}
    numbers = {name: np.concatenate([array, array[: len(wrong)]]) for name, array in numbers.items()}
    for n, (name, value) in enumerate(wrong):
        numbers[name][40 + n] = value
    gaussians = learning(**numbers)
    rendering = drawn(gaussians, aside())
    assert torch.equal(rendering.image, clean.image)
    assert not rendering.radii_px[40:].any()
    for name in NAMES:
        assert torch.equal(getattr(gaussians, name).grad[:40], getattr(sound, name).grad)


def test_radii_are_three_deviations_of_the_longer_axis() -> None:
    camera = Camera(np.eye(3), np.zeros(3), (50.0, 50.0), (32.0, 24.0), 64, 48)
    gaussians = some(
        2,
        degree=0,
        xyz=[[0, 0, 2.0], [0, 0, -2.0]],
        log_scale=np.log([[0.2, 0.05, 0.1]] * 2),
        rotation=[[1, 0, 0, 0]] * 2,
    )
    with ProcessorRasterizer(1) as rasterizer, torch.no_grad():
        rendering = rasterizer.render(gaussians, camera, 0, GROUND)
    np.testing.assert_allclose(rendering.radii_px, [3 * math.sqrt(5**2 + 0.3), 0], rtol=1e-6)
