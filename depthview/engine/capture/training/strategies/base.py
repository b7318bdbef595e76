"""What a strategy is: it sees every picture, and adds and takes away Gaussians between iterations."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.rasterizers.base import Rendering
from depthview.engine.capture.training.learning import LearntGaussians

LEAST_OPACITY = 0.005
"""What covers less is not needed."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where training stands after a step: `iteration` (counted from 1), the extent of the cameras, the rate at which
    places are learnt, in the scene's units, how many Gaussians there may be, and what is due."""

    iteration: int
    extent: float
    position_rate: float
    cap: int
    refine: bool
    reset: bool


class Strategy(Protocol):
    """Kept between iterations, saved and given back with the rest of the state."""

    def penalty(self, gaussians: Gaussians, extent: float) -> torch.Tensor | None:
        """What is added to the loss, or nothing."""
        ...

    def look(self, rendering: Rendering) -> None:
        """After the gradients of a picture are known."""
        ...

    def after(self, learnt: LearntGaussians, moment: Moment, chance: torch.Generator) -> None:
        """After a step: move, add and take away. `chance` is of the Gaussians' device."""
        ...

    def chosen(self, which: torch.Tensor) -> None:
        """Someone else kept only the Gaussians at these places."""
        ...

    def state(self) -> Mapping[str, torch.Tensor]:
        """What must be saved to go on as if nothing had happened."""
        ...

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """Raises KeyError where something is missing."""
        ...


def sound(gaussians: Gaussians) -> torch.Tensor:
    """(N,) bool: whether all numbers are finite."""
    parts = (gaussians.xyz, gaussians.log_scale, gaussians.rotation, gaussians.opacity_logit[:, None], gaussians.sh_dc)
    whole = torch.cat([part.detach() for part in parts], 1).isfinite().all(1)
    return whole & gaussians.sh_rest.detach().flatten(1).isfinite().all(1)


def axes(rotation: torch.Tensor) -> torch.Tensor:
    """(N, 3, 3) rotations of quaternions (N, 4) w, x, y, z of any length."""
    w, x, y, z = torch.nn.functional.normalize(rotation, dim=1).unbind(1)
    rows = (
        *(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        *(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        *(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    )
    return torch.stack(rows, 1).view(-1, 3, 3)


def turned(rotation: torch.Tensor, vectors: torch.Tensor, *, back: bool = False) -> torch.Tensor:
    """(N, 3) vectors turned by quaternions (N, 4), or back. Not by `bmm`, which takes ten times as long."""
    return (axes(rotation) * (vectors[:, :, None] if back else vectors[:, None, :])).sum(1 if back else 2)
