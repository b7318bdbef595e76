"""Plain torch, which the trainer's steps are measured against, draws what the equations say."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks.plain_gaussians import plain_image  # noqa: E402
from benchmarks.splat_iterations import figures  # noqa: E402
from tests.engine.capture.dense_gaussians import dense, in_float64  # noqa: E402
from tests.engine.capture.trained_gaussians import NAMES, aside, pulls, some  # noqa: E402


def test_plain_torch_is_exact_too() -> None:
    gaussians, camera = some(40), aside()
    exact = in_float64(gaussians)
    image, wanted = plain_image(gaussians, camera, 3), dense(exact, camera, 3, (0, 0, 0), opaque=0)[0]
    np.testing.assert_allclose(image.detach(), wanted.detach(), atol=2e-5)
    by_image, _ = pulls(1, camera)
    image.backward(by_image)
    wanted.backward(by_image.double())
    for name in NAMES:
        found, gradient = getattr(gaussians, name).grad.double(), getattr(exact, name).grad
        assert (found - gradient).norm() < 1e-4 * gradient.norm()


def test_a_row_of_figures() -> None:
    row = figures(300, (48, 32), 1)
    assert row["gaussians"] == 300
    assert row["forward_ms"] > 0
    assert row["steps_per_s"] == pytest.approx(1e3 / row["step_ms"])
