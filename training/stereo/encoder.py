"""From a picture to what is looked up and what is remembered: one trunk for both eyes, batch norm folded at export.

Widths are chosen by what two CPU cores can do: dense 3 x 3 convolutions only where the grid becomes coarser.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as fn


@dataclass(frozen=True, slots=True)
class Widths:
    """Channels. `half` to `sixteenth` name the grid; `matching` is what is correlated, `hidden` what is iterated.

    `motion` is what a look-up is reduced to, `wide` the inside of a block of the iteration; `detail` what the finish
    sees of the picture itself, on the grid of 2.
    """

    half: int = 24
    quarter: int = 40
    eighth: int = 64
    sixteenth: int = 128
    matching: int = 48
    hidden: int = 64
    motion: int = 48
    wide: int = 96
    coarse_hidden: int = 96
    coarse_wide: int = 160
    detail: int = 16
    finish: int = 24
    finish_wide: int = 32


def convolution(inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1, groups: int = 1) -> nn.Sequential:
    """Convolution and batch norm; the norm disappears into the convolution when the graph is exported."""
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False),
        nn.BatchNorm2d(outputs),
    )


class WideResidual(nn.Module):
    """Depthwise 5 x 5 between two pointwise convolutions: more context than two of 3 x 3, for a fifth of the work."""

    def __init__(self, width: int, grow: int = 2) -> None:
        super().__init__()
        self.widen = convolution(width, width * grow, kernel=1)
        self.spread = convolution(width * grow, width * grow, kernel=5, groups=width * grow)
        self.narrow = convolution(width * grow, width, kernel=1)

    def forward(self, x: Tensor) -> Tensor:
        return fn.relu(x + self.narrow(fn.relu(self.spread(fn.relu(self.widen(x))))))


@dataclass(frozen=True, slots=True)
class Features:
    """`half`, `quarter`, `sixteenth` feed finish and context; `fine` (grid of 4) and `coarse` (of 8) are correlated."""

    half: Tensor
    quarter: Tensor
    sixteenth: Tensor
    fine: Tensor
    coarse: Tensor


class Encoder(nn.Module):
    """(B, 3, H, W) RGB 0..255 -> Features. H and W are multiples of 16."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        w = widths
        self.stem = convolution(3, w.half, stride=2)
        self.quarter = nn.Sequential(convolution(w.half, w.quarter, stride=2), nn.ReLU(), WideResidual(w.quarter))
        self.eighth = nn.Sequential(convolution(w.quarter, w.eighth, stride=2), nn.ReLU(), WideResidual(w.eighth))
        self.sixteenth = nn.Sequential(
            convolution(w.eighth, w.sixteenth, stride=2),
            nn.ReLU(),
            WideResidual(w.sixteenth),
            WideResidual(w.sixteenth),
        )
        self.sixteenth_to_eighth = convolution(w.sixteenth, w.eighth, kernel=1)
        self.eighth_own = convolution(w.eighth, w.eighth, kernel=1)
        self.eighth_merged = WideResidual(w.eighth)
        self.eighth_to_quarter = convolution(w.eighth, w.quarter, kernel=1)
        self.quarter_own = convolution(w.quarter, w.quarter, kernel=1)
        self.quarter_merged = WideResidual(w.quarter)
        self.fine = nn.Conv2d(w.quarter, w.matching, 1)
        self.coarse = nn.Conv2d(w.eighth, w.matching, 1)

    def forward(self, picture: Tensor) -> Features:
        half = fn.relu(self.stem(standardised(picture)))
        quarter = self.quarter(half)
        eighth = self.eighth(quarter)
        sixteenth = self.sixteenth(eighth)
        eighth = self.eighth_merged(fn.relu(self.eighth_own(eighth) + doubled(self.sixteenth_to_eighth(sixteenth))))
        quarter = self.quarter_merged(fn.relu(self.quarter_own(quarter) + doubled(self.eighth_to_quarter(eighth))))
        return Features(half, quarter, sixteenth, self.fine(quarter), self.coarse(eighth))


def standardised(picture: Tensor) -> Tensor:
    """Each eye's colours to mean 0 and deviation 1: what a camera's gain and white balance change does not arrive."""
    mean = picture.mean((2, 3), keepdim=True)
    spread = (picture - mean).square().mean((2, 3), keepdim=True)
    # A black picture has no spread; half a grey level keeps it at zero.
    return (picture - mean) * torch.rsqrt(spread + 0.25)


def doubled(x: Tensor) -> Tensor:
    return fn.interpolate(x, scale_factor=2.0, mode="nearest")
