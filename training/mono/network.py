"""The network for one eye: a small encoder down to 1/32, a light decoder with skips up to 1/2, log depth at full size.

Sources: residual blocks (He et al., CVPR 2016), FastDepth's plan of a light decoder with added skips (Wofk et al.,
ICRA 2019), coordinates as inputs (Liu et al., NeurIPS 2018). Blocks are dense: a step of training takes as long as with
depthwise ones of a third of the weights, since their backward pass is slow on a CPU.
"""

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from training.stereo.encoder import convolution, doubled, standardised

VIEW_DEGREES = 60.0
"""Depth is told as a camera of this horizontal field of view would have it; see `batches.py`."""

NEAREST_M, FARTHEST_M = 0.1, 100.0
_USUAL_M = 2.5


@dataclass(frozen=True, slots=True)
class Widths:
    """Channels by grid."""

    half: int = 16
    quarter: int = 32
    eighth: int = 64
    sixteenth: int = 128
    thirtysecond: int = 160


@dataclass(frozen=True, slots=True)
class Found:
    """`log_depth` (B, 1, H, W) natural logarithm of metres; `seen`: what a teacher may hint at, finest last on the way
    up: the grids of 8, 16 and 32 on the way down, of 16, 8 and 4 on the way up."""

    log_depth: Tensor
    seen: tuple[Tensor, ...]


class DepthNetwork(nn.Module):
    """(B, 3, H, W) RGB 0..255 -> `Found`. H and W are multiples of 32."""

    def __init__(self, widths: Widths | None = None) -> None:
        super().__init__()
        w = widths or Widths()
        self.stem = convolution(5, w.half, stride=2)
        self.quarter = _coarser(w.half, w.quarter, 1)
        self.eighth = _coarser(w.quarter, w.eighth, 2)
        self.sixteenth = _coarser(w.eighth, w.sixteenth, 4)
        self.thirtysecond = _coarser(w.sixteenth, w.thirtysecond, 2)
        self.everywhere = nn.Conv2d(w.thirtysecond, w.thirtysecond, 1)
        self.room = nn.Sequential(*(Residual(w.thirtysecond) for _ in range(2)))
        self.up_sixteenth = _Finer(w.thirtysecond, w.sixteenth)
        self.up_eighth = _Finer(w.sixteenth, w.eighth)
        self.up_quarter = _Finer(w.eighth, w.quarter)
        self.up_half = _Finer(w.quarter, w.half)
        self.depth = nn.Conv2d(w.half, 1, 1)
        nn.init.constant_(self.depth.bias, math.log(_USUAL_M))

    def forward(self, picture: Tensor) -> Found:
        half = fn.relu(self.stem(torch.cat([standardised(picture), places(picture)], 1)))
        quarter = self.quarter(half)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        coarse = self.thirtysecond(sixteenth)
        # What the whole picture is like (a bathroom, a hall) is told to every place of it.
        coarse = self.room(fn.relu(coarse + self.everywhere(coarse.mean((2, 3), keepdim=True))))
        up_sixteenth = self.up_sixteenth(coarse, sixteenth)
        up_eighth = self.up_eighth(up_sixteenth, eighth)
        up_quarter = self.up_quarter(up_eighth, quarter)
        x = self.up_half(up_quarter, half)
        log_depth = fn.interpolate(self.depth(x), scale_factor=2.0, mode="bilinear", align_corners=False)
        seen = (eighth, sixteenth, coarse, up_sixteenth, up_eighth, up_quarter)
        return Found(log_depth.clamp(math.log(NEAREST_M), math.log(FARTHEST_M)), seen)


class Residual(nn.Module):
    """Two dense 3 x 3 convolutions beside what came in."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = convolution(width, width)
        self.second = convolution(width, width)

    def forward(self, x: Tensor) -> Tensor:
        return fn.relu(x + self.second(fn.relu(self.first(x))))


class _Finer(nn.Module):
    """Twice the size, with what the encoder had there, mixed by one block."""

    def __init__(self, coarse: int, fine: int) -> None:
        super().__init__()
        self.from_coarse = convolution(coarse, fine, kernel=1)
        self.own = convolution(fine, fine, kernel=1)
        self.merged = Residual(fine)

    def forward(self, coarse: Tensor, own: Tensor) -> Tensor:
        merged: Tensor = self.merged(fn.relu(self.own(own) + doubled(self.from_coarse(coarse))))
        return merged


def _coarser(inputs: int, outputs: int, blocks: int) -> nn.Sequential:
    return nn.Sequential(convolution(inputs, outputs, stride=2), nn.ReLU(), *(Residual(outputs) for _ in range(blocks)))


def places(picture: Tensor) -> Tensor:
    """(B, 2, H, W): how far across and down each pixel lies, -1 to 1. Rooms have floors below and ceilings above."""
    height, width = picture.shape[2:]
    # Ranges, not numbers: an exported graph keeps its size open.
    across = _range(width, picture.device).view(1, 1, 1, width)
    down = _range(height, picture.device).view(1, 1, height, 1)
    flat = torch.zeros_like(picture[:, :1])
    return torch.cat([flat + across, flat + down], 1)


def _range(count: int, device: torch.device) -> Tensor:
    at = torch.arange(count, device=device).float()
    return (2.0 * at + 1.0) / (at[-1:] + 1.0) - 1.0


def parameter_count(network: nn.Module) -> int:
    return sum(p.numel() for p in network.parameters())
