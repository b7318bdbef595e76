"""What is asked of the network: the right shape of the depth, its steps at the right places, and roughly its metres.

Scale-invariant logarithmic error: Eigen, Puhrsch, Fergus, NeurIPS 2014. Gradients on four scales: Li and Snavely
(MegaDepth), CVPR 2018.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as fn

_FORGIVEN_SCALE = 0.85
"""How much of a common factor is forgiven; the rest keeps the answer in metres (the share that BTS uses, Lee 2019)."""

_SCALES = 4
_GRADIENT_SHARE = 0.25


@dataclass(frozen=True, slots=True)
class Score:
    """0-d tensors: `loss` to minimise; `gradient` in logarithms; `abs_rel` once each picture's median is made right."""

    loss: Tensor
    gradient: Tensor
    abs_rel: Tensor


def score(log_depth: Tensor, truth_m: Tensor, valid: Tensor) -> Score:
    """(B, 1, H, W) each; `valid` bool: where the truth counts."""
    error = log_depth.float() - truth_m.clamp(min=1e-3).log()
    gradient = gradient_error(error, valid)
    loss = scale_invariant(error, valid, _FORGIVEN_SCALE) + _GRADIENT_SHARE * gradient
    with torch.no_grad():
        flat = torch.where(valid, error, torch.nan).flatten(1)
        shifted = flat - flat.nanmedian(1, keepdim=True).values
        abs_rel = torch.nanmean((shifted.exp() - 1.0).abs())
    return Score(loss, gradient.detach(), abs_rel)


def scale_invariant(error: Tensor, valid: Tensor, forgiven: float) -> Tensor:
    """Mean over pictures of the root of (mean of squares - `forgiven` * square of the mean) of errors in log depth."""
    known = valid.float()
    count = known.sum((1, 2, 3)).clamp(min=1.0)
    mean = (error * known).sum((1, 2, 3)) / count
    squares = (error.square() * known).sum((1, 2, 3)) / count
    return (squares - forgiven * mean.square()).clamp(min=1e-8).sqrt().mean()


def gradient_error(error: Tensor, valid: Tensor) -> Tensor:
    """Mean absolute difference of neighbouring errors, both known, summed over four scales, each half the last."""
    total = error.new_zeros(())
    for _ in range(_SCALES):
        for axis in (2, 3):
            both = _pairs(valid, axis)[0] & _pairs(valid, axis)[1]
            first, second = _pairs(error, axis)
            total = total + ((second - first).abs() * both).sum() / both.sum().clamp(min=1)
        if min(error.shape[2:]) < 4:
            break
        error = fn.avg_pool2d(error, 2)
        valid = fn.avg_pool2d(valid.float(), 2) > 0.99
    return total


def _pairs(values: Tensor, axis: int) -> tuple[Tensor, Tensor]:
    count = values.shape[axis] - 1
    return values.narrow(axis, 0, count), values.narrow(axis, 1, count)
