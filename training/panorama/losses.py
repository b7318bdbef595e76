"""What is asked of the network: the room's shape, steps in the right places, the bare layout, roughly metres."""

import math
from dataclasses import dataclass

import torch
from torch import Tensor

from training.mono.losses import gradient_error
from training.panorama.batches import Batch
from training.panorama.network import Found
from training.panorama.sphere import latitudes

_METRES_SHARE, _GRADIENT_SHARE, _LAYOUT_SHARE = 0.1, 0.12, 0.3
_POLES_COUNT = 0.25


@dataclass(frozen=True, slots=True)
class Score:
    """0-d tensors: `loss` to minimise; `abs_rel` once medians are made right; `layout`, `gradient` in logarithms."""

    loss: Tensor
    abs_rel: Tensor
    layout: Tensor
    gradient: Tensor


def score(found: Found, batch: Batch) -> Score:
    known, bare = batch.range_m > 0, batch.shell_m > 0
    error = found.log_range - batch.range_m.clamp(min=1e-2).log()
    off = found.layout - batch.shell_m.clamp(min=1e-2).log()
    upright = (latitudes(error.shape[2]).cos() + _POLES_COUNT).view(1, 1, -1, 1)
    layout = _shape(off, bare * upright, bare)
    gradient = gradient_error(error, known)
    metres = (error.abs() * upright * known).sum() / (upright * known).sum().clamp(min=1.0)
    loss = _shape(error, known * upright, known) + _GRADIENT_SHARE * gradient
    loss = loss + _METRES_SHARE * metres + _LAYOUT_SHARE * layout
    with torch.no_grad():
        flat = torch.where(known, error, torch.nan).flatten(1)
        abs_rel = torch.nanmean(((flat - flat.nanmedian(1, keepdim=True).values).exp() - 1.0).abs())
    return Score(loss, abs_rel, layout.detach(), gradient.detach())


def _shape(error: Tensor, weight: Tensor, known: Tensor) -> Tensor:
    """Mean absolute error once each picture's median error is taken from it."""
    flat = torch.where(known, error.detach(), torch.nan).flatten(1)
    median = flat.nanmedian(1).values.nan_to_num().view(-1, 1, 1, 1)
    apart = (error - median).abs().clamp(max=math.log(20))
    return ((apart * weight).sum((1, 2, 3)) / weight.sum((1, 2, 3)).clamp(min=1.0)).mean()
