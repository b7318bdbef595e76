"""What is asked of the network: every iteration's disparity, the first match, and to know when it is wrong."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as fn

from training.stereo.render import StereoBatch

MATCH_PX = (8, 4)
"""What a cell of each volume of matches stands for."""

_HOPELESS_PX = 3.0
_RIGHT_WITHIN_PX = 1.0
_EASY_PX = 0.3
_SPOILING = 8.0
"""Where seed and network differ by more than 2 px, the seed is right as often as the network on generated pairs, and
six times as often on photos: weights make up for that (EXPERIMENTS.md 14)."""
_MATCH_SHARE, _CONFIDENCE_SHARE = 0.3, 0.2


@dataclass(frozen=True, slots=True)
class Prediction:
    """(B, 1, H, W) disparity in px and the logit of being right, and how much its error counts."""

    disparity_px: Tensor
    confidence: Tensor
    weight: float


@dataclass(frozen=True, slots=True)
class Score:
    """0-d tensors on the device, so that nobody waits for it: `loss` to minimise, the rest to look at."""

    loss: Tensor
    first_error_px: Tensor
    last_error_px: Tensor
    bad_2: Tensor
    match: Tensor


def softened(error_px: Tensor) -> Tensor:
    """The error itself up to `_HOPELESS_PX`, growing only as its logarithm beyond.

    Pixels that nobody can know (deep in an occlusion, half the picture away) would else drown the rest.
    """
    far = _HOPELESS_PX * (1.0 + torch.log(error_px.clamp(min=_HOPELESS_PX) / _HOPELESS_PX))
    return torch.where(error_px <= _HOPELESS_PX, error_px, far)


def score(
    predictions: list[Prediction],
    match_logits: tuple[Tensor, ...],
    truth: StereoBatch,
    seed_px: Tensor | None = None,
) -> Score:
    """`predictions`: of several iterations, in their order; the last one's confidence is judged too.

    `seed_px` (B, 1, H, W), NaN for none: spoiling what was right in it counts more than curing what was wrong.
    """
    known = truth.valid.float()
    count = known.sum().clamp(min=1.0)
    errors = [(p.disparity_px - truth.disparity_px).abs() for p in predictions]
    share = known * _shares(softened(errors[-1].detach()), known)
    if seed_px is not None:
        right = (seed_px - truth.disparity_px).abs() < _RIGHT_WITHIN_PX
        share = share * torch.where(right, _SPOILING, 1.0)
    loss = known.new_zeros(())
    for prediction, error in zip(predictions, errors, strict=True):
        loss = loss + prediction.weight * (softened(error) * share).sum()
    match = sum(
        (match_loss(logits, truth, px) for logits, px in zip(match_logits, MATCH_PX, strict=True)), known.new_zeros(())
    )
    right = (errors[-1].detach() < _RIGHT_WITHIN_PX).float()
    sure = fn.binary_cross_entropy_with_logits(predictions[-1].confidence, right, reduction="none")
    loss = loss + _MATCH_SHARE * match + _CONFIDENCE_SHARE * (sure * known).sum() / count
    with torch.no_grad():
        first, last = ((e * known).sum() / count for e in (errors[0], errors[-1]))
        bad = ((errors[-1] > 2.0) * known).sum() / count
    return Score(loss, first, last, bad, match.detach())


def _shares(error_px: Tensor, known: Tensor) -> Tensor:
    """(B, 1, 1, 1): what a known pixel of each sample counts; all pixels together count 1.

    Hopeless samples would drown the good ones, in which much less is left to be learnt. So a sample counts the less the
    worse it is.
    """
    pixels = known.sum((1, 2, 3), keepdim=True).clamp(min=1.0)
    each = 1.0 / ((error_px * known).sum((1, 2, 3), keepdim=True) / pixels + _EASY_PX)
    return each / each.sum() / pixels


def match_loss(logits: Tensor, truth: StereoBatch, cell_px: int) -> Tensor:
    """Cross-entropy of the right column, shared between the two columns that the true match lies between.

    Only where the right eye sees the point: elsewhere there is no right column. Logits are (B, h, w, w), of cells.
    """
    width = logits.shape[2]
    half = cell_px // 2
    disparity = truth.disparity_px[:, 0, half::cell_px, half::cell_px] / cell_px
    seen = (truth.visible & truth.valid)[:, 0, half::cell_px, half::cell_px]
    columns = torch.arange(width, device=logits.device).float()
    target = columns - disparity
    seen = seen & (target >= 0) & (target <= width - 1)
    below = target.floor().clamp(0, width - 1)
    share = (target - below).clamp(0.0, 1.0)
    logs = logits.float().log_softmax(-1)
    first = below.long().unsqueeze(-1)
    second = (first + 1).clamp(max=width - 1)
    wanted = (1 - share) * logs.gather(3, first).squeeze(-1) + share * logs.gather(3, second).squeeze(-1)
    return -(wanted * seen).sum() / seen.sum().clamp(min=1)
