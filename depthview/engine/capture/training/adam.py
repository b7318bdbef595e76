"""One step of Adam: Kingma and Ba, "Adam: a method for stochastic optimization", 2015."""

import torch
from torch.optim.adam import adam

_FIRST, _SECOND = 0.9, 0.999
_EPSILON = 1e-15
"""As published for Gaussians: their gradients are tiny."""


def adam_step(
    values: torch.Tensor, by: torch.Tensor, first: torch.Tensor, second: torch.Tensor, steps: int, rate: float
) -> None:
    """Change `values` and both moments in place; `steps` were made before. To be called under `no_grad`."""
    adam(
        [values],
        [by],
        [first],
        [second],
        [],
        [torch.tensor(float(steps), device=values.device)],
        fused=True,
        lr=rate,
        beta1=_FIRST,
        beta2=_SECOND,
        weight_decay=0.0,
        eps=_EPSILON,
        amsgrad=False,
        maximize=False,
    )
