"""How alike a left pixel is to every right pixel of its row, and looking that up around a disparity.

All pairs of a row and a pyramid over the right eye are RAFT-Stereo's (Lipson et al., 3DV 2021). Look-ups are a gather
and a lerp: every execution provider has both, where sampling kernels are missing or slow. The levels lie side by side
in one tensor, so that one gather serves them all.
"""

import torch
from torch import Tensor
from torch.nn import functional as fn

RADIUS = 4
LEVELS = 4
PLANES = LEVELS * (2 * RADIUS + 1)

_TAPS = 2 * RADIUS + 2
_MARGIN = _TAPS + 1
"""Zeros on either side of every level, so that a look-up that begins outside needs no test for each of its taps."""


def correlate(left: Tensor, right: Tensor) -> Tensor:
    """(B, C, H, W) twice -> (B, H, W, W_right): the scalar product over the root of C, in float32."""
    # Half precision would leave a likeness of 10 steps of 0.06, too coarse to tell half a pixel.
    with torch.autocast(left.device.type, enabled=False):
        rows_left = left.float().permute(0, 2, 3, 1)
        rows_right = right.float().permute(0, 2, 1, 3)
        return torch.matmul(rows_left * (left.shape[1] ** -0.5), rows_right)


def pyramid(volume: Tensor) -> Tensor:
    """`LEVELS` volumes, each half as wide as the one before, side by side with zeros between: (B, H, W, all widths)."""
    nothing = volume.new_zeros(*volume.shape[:3], _MARGIN)
    # Joined at once: padding each level by itself would copy it twice.
    parts = [nothing]
    for level in range(LEVELS):
        if level:
            volume = fn.avg_pool2d(volume, (1, 2))
        parts += [volume, nothing, nothing]
    return torch.cat(parts[:-1], -1)


def columns_like(disparity: Tensor) -> Tensor:
    """(1, 1, 1, W) float32: the column of each pixel. A range, not a number: an exported graph keeps it open."""
    width = disparity.shape[3]
    return torch.arange(width, device=disparity.device).float().view(1, 1, 1, width)


def look_up(levels: Tensor, disparity: Tensor) -> Tensor:
    """(B, 1, H, W) disparity in pixels of the grid -> (B, PLANES, H, W): likeness from `-RADIUS` to `RADIUS` around it.

    Outside the picture nothing is alike: 0.
    """
    columns = columns_like(disparity)
    width = columns[..., -1:] + 1.0
    position = (columns - disparity).squeeze(1) + 0.5
    begins = width.new_zeros(1, 1, 1)
    shares, indices = [], []
    offsets = torch.arange(_TAPS, device=disparity.device)
    for level in range(LEVELS):
        # A pixel of a coarser level is the mean of two: its centre lies between them.
        at = position * 0.5**level - 0.5
        below = torch.floor(at)
        shares.append(at - below)
        columns_here = torch.floor(width[0] * 0.5**level)
        # The first tap's place in its padded level. Clamped as float: a wild disparity has no whole number.
        first = torch.minimum((below + (_MARGIN - RADIUS)).clamp(min=0.0), columns_here + (2 * _MARGIN - _TAPS))
        indices.append((first + begins).long())
        begins = begins + columns_here + 2 * _MARGIN
    taps = torch.stack(indices, -1).unsqueeze(-1) + offsets
    batch, height, row = position.shape
    found = torch.gather(levels, 3, taps.view(batch, height, row, LEVELS * _TAPS))
    found = found.view(batch, height, row, LEVELS, _TAPS)
    near, far = found[..., :-1], found[..., 1:]
    mixed = near + torch.stack(shares, -1).unsqueeze(-1) * (far - near)
    return mixed.view(batch, height, row, PLANES).permute(0, 3, 1, 2)


def best_match(volume: Tensor) -> tuple[Tensor, Tensor]:
    """First disparity and how sure it is, (B, 1, H, W) each, from the similarity (logits) of all pairs of a row.

    The mean over the two neighbours on either side of the most likely column: the mean over all of a row lies between
    two candidates, where nothing is.
    """
    likely = volume.softmax(-1)
    padded = fn.pad(likely, (2, 2))
    offsets = torch.arange(5, device=volume.device)
    around = likely.argmax(-1, keepdim=True) + offsets
    weights = torch.gather(padded, 3, around)
    mass = weights.sum(-1)
    column = (weights * (around - 2)).sum(-1) / mass
    disparity = columns_like(column.unsqueeze(1)) - column.unsqueeze(1)
    return disparity, mass.unsqueeze(1)
