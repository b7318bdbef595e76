"""How wrong a picture is, to learn from and to be told."""

import math

import torch

from depthview.engine.capture.training.likeness import ssim

_SSIM_SHARE = 0.2


def photo_loss(image: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """0.8 of the mean absolute difference and 0.2 of what SSIM lacks to 1 (Kerbl et al. 2023); (H, W, 3) each."""
    return (1 - _SSIM_SHARE) * (image - target).abs().mean() + _SSIM_SHARE * (1 - ssim(image, target))


def psnr_db(image: torch.Tensor, target: torch.Tensor) -> float:
    """Decibels between two pictures of 0 to 1."""
    error = float(((image - target).double() ** 2).mean())
    return math.inf if error == 0 else -10 * math.log10(error)
