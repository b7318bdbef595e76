"""The loss and its gradient, held against torch's own, and the figures that a person is told."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from depthview.engine.capture.training.likeness import ssim, ssim_by_torch  # noqa: E402
from depthview.engine.capture.training.loss import photo_loss, psnr_db  # noqa: E402


def pictures(seed: int, height: int = 37, width: int = 53) -> tuple[torch.Tensor, torch.Tensor]:
    draw = torch.Generator().manual_seed(seed)
    target = torch.rand(height, width, 3, generator=draw)
    return (target + 0.2 * torch.randn(height, width, 3, generator=draw)), target


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_gradient_is_that_of_torch_in_double_precision(seed: int) -> None:
    image, target = pictures(seed)
    image.requires_grad_()
    found = ssim(image, target)
    found.backward()
    exact_image = image.detach().double().requires_grad_()
    exact = ssim_by_torch(exact_image, target.double())
    exact.backward()
    assert found.item() == pytest.approx(exact.item(), abs=1e-6)
    assert image.grad is not None
    assert exact_image.grad is not None
    apart = (image.grad.double() - exact_image.grad).abs().max() / exact_image.grad.abs().max()
    assert float(apart) < 1e-4


def test_ssim_is_one_of_the_same_and_as_published_of_flat_pictures() -> None:
    image, _ = pictures(3)
    assert float(ssim(image, image)) == pytest.approx(1, abs=1e-6)
    # Flat pictures differ by their light alone, away from the border, beyond which it is dark.
    dark, light = torch.full((301, 301, 3), 0.2), torch.full((301, 301, 3), 0.6)
    by_hand = (2 * 0.2 * 0.6 + 1e-4) / (0.2**2 + 0.6**2 + 1e-4)
    assert float(ssim(dark, light)) == pytest.approx(by_hand, abs=0.02)


def test_no_gradient_is_made_where_none_is_asked_for() -> None:
    image, target = pictures(4)
    assert not ssim(image, target).requires_grad


def test_the_loss_is_zero_only_of_the_same_picture() -> None:
    image, target = pictures(5)
    assert float(photo_loss(target, target)) == pytest.approx(0, abs=1e-6)
    wanted = 0.8 * float((image - target).abs().mean()) + 0.2 * (1 - float(ssim(image, target)))
    assert float(photo_loss(image, target)) == pytest.approx(wanted, rel=1e-6)


def test_psnr_is_of_the_mean_square() -> None:
    dark = torch.zeros(4, 5, 3)
    assert psnr_db(dark, dark + 0.1) == pytest.approx(20, abs=1e-5)
    assert psnr_db(dark, dark) == math.inf
    assert np.isfinite(psnr_db(dark, dark + 1))
