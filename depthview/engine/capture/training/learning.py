"""Gaussians with what the optimiser remembers of each: both are taken, doubled and left out together."""

from collections.abc import Mapping
from dataclasses import fields

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.training.adam import adam_step

_RATES = {
    "log_scale": 5e-3,
    "rotation": 1e-3,
    "opacity_logit": 5e-2,
    "sh_dc": 2.5e-3,
    "sh_rest": 2.5e-3 / 20,
}
NAMES = tuple(field.name for field in fields(Gaussians))


class LearntGaussians:
    """Adam over Gaussians, with the published learning rates.

    `now` are the Gaussians as they are, each tensor a leaf that asks for its gradient. `first` and `second` are the
    optimiser's moments, of the tensors' own shapes; `steps` how often it stepped.
    """

    def __init__(self, gaussians: Gaussians, steps: int = 0) -> None:
        self.now = _asking(Gaussians(**{name: getattr(gaussians, name).detach().clone() for name in NAMES}))
        self.first = {name: torch.zeros_like(getattr(gaussians, name)) for name in NAMES}
        self.second = {name: torch.zeros_like(getattr(gaussians, name)) for name in NAMES}
        self.steps = steps

    def __len__(self) -> int:
        return len(self.now)

    def forget_gradients(self) -> None:
        for name in NAMES:
            getattr(self.now, name).grad = None

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def step(self, position_rate: float) -> None:
        """Follow the gradients, and forget them. `position_rate` is in the scene's own units."""
        for name in NAMES:
            tensor = getattr(self.now, name)
            if tensor.grad is None or not tensor.numel():
                continue
            rate = position_rate if name == "xyz" else _RATES[name]
            adam_step(tensor, tensor.grad, self.first[name], self.second[name], self.steps, rate)
        self.steps += 1
        self.forget_gradients()

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def change(self, which: torch.Tensor, values: Mapping[str, torch.Tensor]) -> None:
        """Give the Gaussians at these places other values; what the optimiser knew of them is forgotten."""
        for name, rows in values.items():
            getattr(self.now, name)[which] = rows
        for name in NAMES:
            self.first[name][which] = 0
            self.second[name][which] = 0

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def keep_and_add(self, kept: torch.Tensor, added: Gaussians | None = None) -> None:
        """Keep those at these places (or of this mask), in their order, and add new ones of which nothing is known.

        Everything is made before anything is exchanged: out of memory leaves all as it was.
        """
        tensors, first, second = {}, {}, {}
        for name in NAMES:
            old = getattr(self.now, name).detach()
            new = getattr(added, name).detach() if added is not None else old[:0]
            tensors[name] = torch.cat([old[kept], new])
            first[name] = torch.cat([self.first[name][kept], torch.zeros_like(new)])
            second[name] = torch.cat([self.second[name][kept], torch.zeros_like(new)])
        self.now, self.first, self.second = _asking(Gaussians(**tensors)), first, second

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def taken(self, which: torch.Tensor) -> dict[str, torch.Tensor]:
        """Copies of the values of those at these places."""
        return {name: getattr(self.now, name)[which].detach() for name in NAMES}


def _asking(gaussians: Gaussians) -> Gaussians:
    for name in NAMES:
        getattr(gaussians, name).requires_grad_()
    return gaussians
