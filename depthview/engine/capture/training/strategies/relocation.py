"""Several Gaussians in the place of one, so that the picture stays nearly the same."""

import math

import torch

_MOST_COPIES = 51
"""As published; the sum below is exact to ten digits up to there."""


def shared(opacity: torch.Tensor, copies: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """The opacity (M,) of each of `copies` (M,) Gaussians that stand for one of `opacity` (M,), and by how much the
    standard deviations are multiplied. float64 inside.

    Kheradmand et al., "3D Gaussian Splatting as Markov Chain Monte Carlo", 2024, equation 9. Its double sum over i and
    k of binomials (i - 1 over k) is summed over i first: that is one binomial (N over k + 1).
    """
    number = copies.clamp(1, _MOST_COPIES).double()
    before = opacity.double().clamp(0, 1 - 1e-7)
    after = 1 - (1 - before) ** (1 / number)
    total, binomial = torch.zeros_like(after), torch.ones_like(after)
    for k in range(1, int(number.max()) + 1 if number.numel() else 1):
        binomial = binomial * (number - k + 1).clamp_min(0) / k
        total += (-1) ** (k - 1) / math.sqrt(k) * binomial * after**k
    return after.to(opacity.dtype), (before / total).to(opacity.dtype)
