"""What a camera does to a perfect picture: light and colour, lens, noise, a border, JPEG. Depth stays exact."""

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from training.stereo.codecs import jpeg
from training.stereo.draws import Draws
from training.stereo.imperfect import blurred, noisy

_JPEG_SHARE = 0.6
_SOFT_SHARE = 0.15


def faulty(pictures: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """(B, 3, H, W) 0..1 -> the same as it would arrive, whole numbers 0..255, and (B, 1, H, W) bool: not border."""
    pictures = _exposed(pictures, draws)
    pictures = torch.where(draws.chance(_SOFT_SHARE, 1, 1, 1), _softened(pictures), pictures)
    pictures = noisy(blurred(pictures.contiguous(), draws), draws, draws).clamp(0.0, 1.0)
    pictures = torch.where(draws.chance(0.06, 1, 1, 1), pictures.mean(1, keepdim=True), pictures)
    pictures, valid = _bordered(pictures, draws)
    return _coded((pictures * 255.0).round(), draws), valid


def _exposed(pictures: Tensor, draws: Draws) -> Tensor:
    """Exposure, a white balance that is not quite right, contrast, black level, saturation, dark corners."""
    height, width = pictures.shape[2:]
    # A camera's white balance goes most of the way to a grey mean.
    mean = pictures.mean((2, 3), keepdim=True).clamp(min=0.02)
    balance = (mean.mean(1, keepdim=True) / mean).pow(draws.uniform(0.0, 0.9, 1, 1, 1)).clamp(0.5, 2.0)
    balance = balance * (1.0 + draws.normal(0.05, 3, 1, 1))
    gain, gamma = draws.log_uniform(0.6, 1.5, 1, 1, 1), draws.log_uniform(0.75, 1.35, 1, 1, 1)
    x = torch.linspace(-1, 1, width, device=pictures.device).view(1, 1, 1, width)
    y = torch.linspace(-1, 1, height, device=pictures.device).view(1, 1, height, 1) * height / width
    corners = 1.0 - draws.uniform(0.0, 0.35, 1, 1, 1) * draws.chance(0.4, 1, 1, 1) * (x**2 + y**2)
    lit = (pictures * balance * gain * corners).clamp(1e-4, 1.0).pow(gamma)
    grey = lit.mean(1, keepdim=True)
    lit = grey + (lit - grey) * draws.uniform(0.5, 1.3, 1, 1, 1)
    black = draws.uniform(0.0, 0.1, 1, 1, 1) * draws.chance(0.5, 1, 1, 1)
    return black + (1.0 - black) * lit.clamp(0.0, 1.0)


def _softened(pictures: Tensor) -> Tensor:
    """As if from half the size."""
    return fn.interpolate(fn.avg_pool2d(pictures, 2), scale_factor=2.0, mode="bilinear", align_corners=False)


def _bordered(pictures: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """Some pictures have a thin white or black frame where a lens was straightened; there is no depth in it."""
    height, width = pictures.shape[2:]
    x = torch.arange(width, device=pictures.device).view(1, 1, 1, width)
    y = torch.arange(height, device=pictures.device).view(1, 1, height, 1)
    sides = (draws.uniform(0.0, 0.025, 4, 1, 1) * width * draws.chance(0.25, 1, 1, 1)).round()
    left, right, top, bottom = (side.unsqueeze(1) for side in sides.unbind(1))
    inside = (x >= left) & (x < width - right) & (y >= top) & (y < height - bottom)
    colour = draws.chance(0.6, 1, 1, 1).float()
    return torch.where(inside, pictures, colour), inside


def _coded(pictures: Tensor, draws: Draws) -> Tensor:
    quality = draws.uniform(35.0, 96.0).tolist()
    coded, full = draws.chance(_JPEG_SHARE).tolist(), draws.chance(0.3).tolist()
    back = []
    for k, picture in enumerate(pictures.permute(0, 2, 3, 1).byte().cpu().numpy()):
        frame = np.ascontiguousarray(picture)
        if coded[k]:
            frame = jpeg([frame], quality=round(quality[k]), full_colour=full[k])[0]
        back.append(torch.from_numpy(frame))
    return torch.stack(back).permute(0, 3, 1, 2).float().to(pictures.device)
