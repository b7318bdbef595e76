"""What JPEG and video codecs do to a picture: blocks whose cosine coefficients are rounded. On any device, in batches.

ITU-T T.81, annex K, for the example tables that every encoder scales. Entropy coding loses nothing, so it is left out.
"""

import math

import torch
from torch import Tensor
from torch.nn import functional as fn

_LUMA = (
    16, 11, 10, 16, 24, 40, 51, 61,
    12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56,
    14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77,
    24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101,
    72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_CHROMA_FIRST = ((17, 18, 24, 47), (18, 21, 26, 66), (24, 26, 56, 99), (47, 66, 99, 99))
_TO_YCC = ((0.299, 0.587, 0.114), (-0.168736, -0.331264, 0.5), (0.5, -0.418688, -0.081312))


def cosine_basis(device: torch.device) -> Tensor:
    """(8, 8) orthonormal: row k is the k-th cosine."""
    k = torch.arange(8, device=device).float().view(8, 1)
    n = torch.arange(8, device=device).float().view(1, 8)
    basis = torch.cos((2 * n + 1) * k * math.pi / 16) * 0.5
    basis[0] *= math.sqrt(0.5)
    return basis


def through_jpeg(pictures: Tensor, quality: Tensor) -> Tensor:
    """(B, 3, H, W) 0..255 -> the same after JPEG at (B,) quality 1..100, colours at half size. H, W multiples of 16."""
    device = pictures.device
    scale = torch.where(quality < 50, 50.0 / quality.clamp(min=1.0), 2.0 - quality / 50.0).view(-1, 1, 1)
    luma = torch.tensor(_LUMA, device=device).float().view(1, 8, 8)
    chroma = torch.full((1, 8, 8), 99.0, device=device)
    chroma[0, :4, :4] = torch.tensor(_CHROMA_FIRST, device=device).float()
    turn = torch.tensor(_TO_YCC, device=device)
    planes = torch.einsum("kc,bchw->bkhw", turn, pictures)
    bright = _rounded(planes[:, :1] - 128.0, (luma * scale).round().clamp(1, 255)) + 128.0
    colour = _rounded(fn.avg_pool2d(planes[:, 1:], 2), (chroma * scale).round().clamp(1, 255))
    colour = fn.interpolate(colour, scale_factor=2.0, mode="nearest")
    back = torch.linalg.inv(turn.double()).float()
    return torch.einsum("ck,bkhw->bchw", back, torch.cat([bright, colour], 1)).clamp(0.0, 255.0)


def _rounded(planes: Tensor, steps: Tensor) -> Tensor:
    """Each block to cosines, to whole steps of (B, 8, 8), and back."""
    batch, count, height, width = planes.shape
    basis = cosine_basis(planes.device)
    blocks = planes.view(batch, count, height // 8, 8, width // 8, 8).transpose(3, 4)
    cosines = basis @ blocks @ basis.T
    steps = steps.view(batch, 1, 1, 1, 8, 8)
    blocks = basis.T @ ((cosines / steps).round() * steps) @ basis
    return blocks.transpose(3, 4).reshape(batch, count, height, width)
