"""SSIM of two pictures with a gradient by the first: Wang et al., "Image quality assessment: from error visibility to
structural similarity", 2004; windows of 11 by 11 pixels, weights of a Gaussian of 1.5, nothing beyond the border.

On the processor its gradient is written out by hand and OpenCV blurs: torch's convolutions take fifty times as long.
"""

from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

_WINDOW_PX, _SIGMA_PX = 11, 1.5
_C1, _C2 = 0.01**2, 0.03**2


def ssim(image: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The mean over all pixels and channels of (H, W, 3) float32 pictures, 0 to 1; the gradient only by `image`."""
    if image.device.type == "cpu":
        return _Ssim.apply(image, target)
    return ssim_by_torch(image, target)


def ssim_by_torch(image: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """The same with torch's convolutions and gradients, on any device and of any precision."""
    weights = torch.as_tensor(_weights(), dtype=image.dtype, device=image.device)
    x, y = image.permute(2, 0, 1), target.permute(2, 0, 1)
    planes = torch.cat([x, y, x * x, y * y, x * y])[:, None]
    rows = torch.nn.functional.conv2d(planes, weights[None, None, :, None], padding=(_WINDOW_PX // 2, 0))
    blurred = torch.nn.functional.conv2d(rows, weights[None, None, None], padding=(0, _WINDOW_PX // 2))[:, 0]
    mean_x, mean_y, xx, yy, xy = blurred.split(3)
    both = mean_x * mean_y
    squares = mean_x * mean_x + mean_y * mean_y
    alike = (2 * both + _C1) * (2 * (xy - both) + _C2)
    return (alike / ((squares + _C1) * (xx + yy - squares + _C2))).mean()


class _Ssim(torch.autograd.Function):  # type: ignore[misc]
    """The mean, and its gradient where one is asked for."""

    @staticmethod
    def forward(ctx: Any, image: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
        x, y = image.detach().contiguous().numpy(), target.detach().contiguous().numpy()
        mean_x, mean_y = _blurred(x), _blurred(y)
        both = mean_x * mean_y
        squares = mean_x * mean_x + mean_y * mean_y
        light_alike, light = 2 * both + _C1, squares + _C1
        spread_alike = 2 * (_blurred(x * y) - both) + _C2
        spread = _blurred(x * x + y * y) - squares + _C2
        share = 1 / (light * spread)
        found = light_alike * spread_alike * share
        if ctx.needs_input_grad[0]:
            # By the mean of x, by the mean of x^2 and by the mean of x y; the blur is its own transpose.
            by_mean = 2 * mean_y * (spread_alike - light_alike) * share - 2 * mean_x * found * (1 / light - 1 / spread)
            by_square, by_product = -found / spread, 2 * light_alike * share
            ctx.gradient = (_blurred(by_mean) + 2 * x * _blurred(by_square) + y * _blurred(by_product)) / found.size
        return torch.tensor(float(found.mean(dtype=np.float64)))

    @staticmethod
    def backward(ctx: Any, by_mean: torch.Tensor) -> tuple[torch.Tensor, None]:
        return by_mean * torch.from_numpy(np.asarray(ctx.gradient, np.float32)), None


def _blurred(picture: NDArray[np.floating]) -> NDArray[np.float32]:
    weights = _weights()
    return np.asarray(cv2.sepFilter2D(picture, cv2.CV_32F, weights, weights, borderType=cv2.BORDER_CONSTANT))


def _weights() -> NDArray[np.float64]:
    along = np.arange(_WINDOW_PX) - _WINDOW_PX // 2
    weights = np.exp(-(along**2) / (2 * _SIGMA_PX**2))
    return np.asarray(weights / weights.sum())
