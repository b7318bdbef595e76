"""The Gaussians that training begins with, and the scene that they are written as."""

import numpy as np
import pytest

from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.spherical_harmonics import C0

torch = pytest.importorskip("torch")

from depthview.engine.capture.gaussians import Gaussians  # noqa: E402
from tests.engine.splats.scenes import made_up_scene  # noqa: E402

NAMES = ("xyz", "log_scale", "rotation", "opacity_logit", "sh_dc", "sh_rest")


@pytest.mark.parametrize("degree", [0, 1, 2, 3, 4])
def test_a_scene_is_the_same_after_training_nothing(degree: int) -> None:
    scene = made_up_scene(7, degree)
    gaussians = Gaussians.from_scene(scene)
    assert len(gaussians) == 7
    assert gaussians.degree == degree
    back = gaussians.to_scene()
    for name in NAMES:
        assert np.array_equal(getattr(back, name), getattr(scene, name))
        assert not np.shares_memory(getattr(back, name), getattr(gaussians, name).numpy())


def test_a_file_mapped_for_reading_can_be_trained_on() -> None:
    scene = made_up_scene(3)
    rows = np.frombuffer(scene.xyz.tobytes(), np.float32).reshape(3, 3)
    gaussians = Gaussians.from_scene(SplatScene(rows, *(getattr(scene, name) for name in NAMES[1:])))
    gaussians.xyz.add_(1)
    assert np.array_equal(rows, scene.xyz)


def test_points_become_round_ones_as_large_as_their_neighbours_are_far() -> None:
    """Four corners of a unit square, and one far away: mean squares of three distances."""
    xyz = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [1, 1, 100]], np.float32)
    rgb = np.array([[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [0, 0, 0]], np.uint8)
    gaussians = Gaussians.from_points(xyz, rgb, 2, opacity=0.1)
    scale = gaussians.log_scale.exp()
    near = np.sqrt((1 + 1 + 2) / 3)
    far = np.sqrt((100**2 + 2 * (100**2 + 1)) / 3)
    np.testing.assert_allclose(scale.numpy(), np.repeat([[near]] * 4 + [[far]], 3, axis=1), rtol=1e-5)
    np.testing.assert_allclose(torch.sigmoid(gaussians.opacity_logit).numpy(), 0.1, rtol=1e-6)
    np.testing.assert_allclose(0.5 + C0 * gaussians.sh_dc.numpy(), rgb / 255, atol=1e-6)
    assert gaussians.rotation.tolist() == [[1, 0, 0, 0]] * 5
    assert gaussians.sh_rest.shape == (5, 8, 3)
    assert not gaussians.sh_rest.any()
    twice = Gaussians.from_points(xyz, rgb, 0, size_factor=2)
    np.testing.assert_allclose(twice.log_scale.exp().numpy(), 2 * scale.numpy(), rtol=1e-5)


@pytest.mark.parametrize("count", [1, 2])
def test_few_points_and_points_upon_each_other_have_finite_sizes(count: int) -> None:
    gaussians = Gaussians.from_points(np.zeros((count, 3)), np.zeros((count, 3), np.uint8), 0)
    assert torch.isfinite(gaussians.log_scale).all()
