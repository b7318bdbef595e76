"""What a pixel may take over: a neighbour's disparity, or the first match.

Where nothing matches (hidden, without texture) the answer stands next door. Taking it over is one choice; inventing it
from features would be a regression that has to be learnt for every disparity. The idea is PatchMatch's (Barnes et al.
2009) and HITNet's; the choice is soft, by weights, as in RAFT's upsampling.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as fn

_NEAR = [(y, x) for y in (-1, 0, 1) for x in (-1, 0, 1) if (y, x) != (0, 0)]
_FAR = [(y * reach, x * reach) for reach in (3, 8) for y, x in ((0, -1), (0, 1), (-1, 0), (1, 0))]
_PLACES = _NEAR + _FAR
_REACH = 8

OFFERS = len(_PLACES) + 1
"""Eight neighbours, four at 3 cells, four at 8 cells, and the first match."""

_SATISFIED = 6.0
"""How much an untrained network prefers what it has: offers are wild at first, and one that moves is one that learns
never to move again."""


def prefer_staying(logits: nn.Conv2d) -> None:
    """Start a convolution whose last channels are logits for `chosen`, staying first, at nearly no change."""
    with torch.no_grad():
        logits.weight.mul_(0.05)
        assert logits.bias is not None
        logits.bias.zero_()
        logits.bias[-1 - OFFERS] = _SATISFIED


def offered(disparity: Tensor, first: Tensor) -> Tensor:
    """(B, 1, H, W) twice -> (B, OFFERS, H, W): how far each offer lies from the present disparity, in cells."""
    padded = fn.pad(disparity, (_REACH, _REACH, _REACH, _REACH), mode="replicate")
    height, width = padded.shape[2] - 2 * _REACH, padded.shape[3] - 2 * _REACH
    offers = [padded[:, :, _REACH + y : _REACH + y + height, _REACH + x : _REACH + x + width] for y, x in _PLACES]
    return torch.cat([*offers, first], 1) - disparity


def chosen(offers: Tensor, logits: Tensor) -> Tensor:
    """(B, 1, H, W): the way to the mean of what is wanted. `logits` has one more channel, staying, as its first."""
    # Sums of exponentials by hand: a softmax over an axis that is not the last is slow on a CPU.
    staying, wanted = (logits - logits.amax(1, keepdim=True)).exp().split([1, OFFERS], 1)
    total = staying + wanted.sum(1, keepdim=True)
    return (wanted * offers).sum(1, keepdim=True) / total
