"""One iteration: look around the present disparity, remember, correct. And the way from the grid of 4 to the picture.

Two grids as in RAFT-Stereo; instead of gates, residual blocks of a depthwise and pointwise convolutions, as SEA-RAFT
(Wang et al., ECCV 2024) found to do as well: on a CPU the gates' products cost more than the convolutions. What does
not change between iterations (the context) is computed once a frame and added.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

from training.stereo.correlation import PLANES
from training.stereo.encoder import Widths
from training.stereo.propagation import OFFERS, prefer_staying

GRID_PX = 4
_HIGHEST_LOGIT = 20.0
_NEAR_PX = 8.0
_BELIEVED = 5.0
_AROUND, _SUB = 9, 4
"""Neighbours of the grid of 4 that a pixel may take from, and pixels in one of the grid of 2."""


def depthwise(width: int, kernel: int) -> nn.Conv2d:
    return nn.Conv2d(width, width, kernel, 1, kernel // 2, groups=width)


class Memory(nn.Module):
    """A leaky recurrent block: hidden and told things in, hidden out, within -1..1.

    Each channel keeps a share of what it knew. Adding to it and cutting off at 1 was tried: after four iterations nine
    of ten values stood at the border, where no gradient reaches, and iterations never learnt to improve anything.
    """

    def __init__(self, hidden: int, told: int, wide: int) -> None:
        super().__init__()
        self.spread = depthwise(hidden, 5)
        self.remembered = nn.Conv2d(hidden, wide, 1)
        self.told = nn.Conv2d(told, wide, 1)
        self.narrow = nn.Conv2d(wide, hidden, 1)
        self.keep = nn.Parameter(torch.zeros(1, hidden, 1, 1))

    def forward(self, hidden: Tensor, told: Tensor, context: Tensor) -> Tensor:
        """`context` (B, wide, h, w) is added before the block's one bend."""
        inside = fn.relu(self.remembered(self.spread(hidden)) + self.told(told) + context)
        keep = torch.sigmoid(self.keep)
        return keep * hidden + (1.0 - keep) * torch.tanh(self.narrow(inside))


class Update(nn.Module):
    """Grid of 16 first (far reach, nearly free), then the grid of 4 that carries the disparity."""

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        hidden, coarse, motion = widths.hidden, widths.coarse_hidden, widths.motion
        self.seen = nn.Conv2d(PLANES + OFFERS + 2, motion, 1)
        self.seen_spread = depthwise(motion, 3)
        self.coarse = Memory(coarse, hidden, widths.coarse_wide)
        self.coarse_to_fine = nn.Conv2d(coarse, motion, 1)
        self.fine = Memory(hidden, motion, widths.wide)
        self.spread = depthwise(hidden, 3)
        self.mix = nn.Conv2d(hidden, widths.motion, 1)
        self.change = nn.Conv2d(widths.motion, 2 + OFFERS, 1)
        prefer_staying(self.change)

    def forward(
        self, seen: Tensor, hidden: Tensor, coarse: Tensor, context: Tensor, coarse_context: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """The next hidden states, and (B, 2 + OFFERS, h, w): a step in cells of the grid of 4, and what to take."""
        coarse = self.coarse(coarse, fn.avg_pool2d(hidden, 4), coarse_context)
        told = fn.interpolate(self.coarse_to_fine(coarse), scale_factor=4.0, mode="nearest")
        motion = fn.relu(self.seen_spread(fn.relu(self.seen(seen))) + told)
        hidden = self.fine(hidden, motion, context)
        change = self.change(fn.relu(self.mix(self.spread(hidden))))
        return hidden, coarse, change


class Finish(nn.Module):
    """Disparity and confidence at the picture's own size: a weighted mean of 3 x 3 pixels of the grid, and of the seed.

    The weights are found on the grid of 2, where the picture still shows where an edge runs. A seed is exact where it
    matched well, and knows things thinner than a cell. An untrained network believes it nearly everywhere: what is to
    be learnt is where not to. Begun without that, three thousand steps did not come near what the seed alone reaches.
    """

    def __init__(self, widths: Widths) -> None:
        super().__init__()
        hidden, finish, wide = widths.hidden, widths.finish, widths.finish_wide
        seen = finish + widths.detail + 2 * _SUB
        self.spread = depthwise(hidden, 3)
        self.mix = nn.Conv2d(hidden, finish * _SUB, 1)
        self.look = depthwise(seen, 3)
        self.think = nn.Conv2d(seen, wide, 1)
        self.weights = nn.Conv2d(wide, (_AROUND + 2) * _SUB, 1)
        with torch.no_grad():
            assert self.weights.bias is not None
            self.weights.weight.mul_(0.1)
            self.weights.bias.zero_()
        self.believe(_BELIEVED)

    @torch.no_grad()
    def believe(self, more: float) -> None:
        """Add to the logit of the seed's weight everywhere: what a network learnt too much or too little of."""
        assert self.weights.bias is not None
        self.weights.bias[_AROUND * _SUB : (_AROUND + 1) * _SUB] += more

    def forward(
        self, disparity: Tensor, hidden: Tensor, detail: Tensor, seed_px: Tensor, seed_sure: Tensor
    ) -> tuple[Tensor, Tensor]:
        """(B, 1, H, W) disparity in pixels of the picture, and the logit of being right."""
        cells_px = disparity * GRID_PX
        around = [fn.interpolate(n, scale_factor=2.0, mode="nearest") for n in _neighbours(cells_px)]
        seed, seed_sure = fn.pixel_unshuffle(seed_px, 2), fn.pixel_unshuffle(seed_sure, 2)
        given = (seed_sure > 0).to(seed.dtype)
        away = ((seed - around[_AROUND // 2]) / _NEAR_PX).clamp(-1.0, 1.0) * given
        told = fn.relu(fn.pixel_shuffle(self.mix(self.spread(hidden)), 2))
        seen = torch.cat([told, detail, away, seed_sure], 1)
        found = self.weights(fn.relu(self.think(self.look(seen)))).float()
        # Sums of exponentials by hand: a softmax over an axis that is not the last is slow on a CPU.
        logits, sure = found.split([(_AROUND + 1) * _SUB, _SUB], 1)
        weights = torch.exp(logits.clamp(-_HIGHEST_LOGIT, _HIGHEST_LOGIT)).chunk(_AROUND + 1, 1)
        total = weights[_AROUND] * given
        mean = total * seed
        for weight, neighbour in zip(weights, around, strict=False):
            total = total + weight
            mean = mean + weight * neighbour
        return fn.pixel_shuffle(mean / total, 2), fn.pixel_shuffle(sure, 2)


def _neighbours(values: Tensor) -> list[Tensor]:
    """The nine shifted copies of (B, 1, H, W), row by row; beyond the border the border itself."""
    padded = fn.pad(values, (1, 1, 1, 1), mode="replicate")
    height, width = padded.shape[2] - 2, padded.shape[3] - 2
    return [padded[:, :, row : row + height, column : column + width] for row in range(3) for column in range(3)]
