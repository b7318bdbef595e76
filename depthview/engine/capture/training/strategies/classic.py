"""Gaussians that are pulled hard are doubled; what is transparent or too large goes. Kerbl et al. 2023, section 5.2."""

import math
from collections.abc import Mapping

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.rasterizers.base import Rendering
from depthview.engine.capture.training.learning import NAMES, LearntGaussians
from depthview.engine.capture.training.strategies.base import LEAST_OPACITY, Moment, sound, turned

_PULL = 2e-4
"""The loss by half the picture: from there on a Gaussian is doubled."""
_SMALL, _TOO_LARGE = 0.01, 0.1
"""In shares of the cameras' extent."""
_PARTS, _SMALLER = 2, 1.6
_OPACITY_AFTER_RESET = 2 * LEAST_OPACITY


class ClassicStrategy:
    """Keeps for each Gaussian how hard the pictures pulled it, and how many saw it, since the last refinement."""

    def __init__(self) -> None:
        self._pull, self._seen = torch.zeros(0), torch.zeros(0)
        self._was_reset = torch.zeros(1)

    def penalty(self, gaussians: Gaussians, extent: float) -> torch.Tensor | None:
        return None

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def look(self, rendering: Rendering) -> None:
        count = len(rendering.radii_px)
        if len(self._pull) != count:
            self._forget(count, rendering.radii_px.device)
        if rendering.means_px.grad is None:
            return
        height, width = rendering.alpha.shape
        halves = torch.tensor([width / 2, height / 2], device=rendering.radii_px.device)
        seen = rendering.radii_px > 0
        self._pull += (rendering.means_px.grad * halves).norm(dim=1).nan_to_num(0, 0, 0) * seen
        self._seen += seen

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def after(self, learnt: LearntGaussians, moment: Moment, chance: torch.Generator) -> None:
        if moment.refine and len(self._pull) == len(learnt):
            self._refine(learnt, moment, chance)
        if moment.reset:
            top = math.log(_OPACITY_AFTER_RESET / (1 - _OPACITY_AFTER_RESET))
            learnt.now.opacity_logit.clamp_(max=top)
            learnt.first["opacity_logit"].zero_()
            learnt.second["opacity_logit"].zero_()
            self._was_reset = torch.ones(1)

    def chosen(self, which: torch.Tensor) -> None:
        if len(self._pull):
            self._pull, self._seen = self._pull[which], self._seen[which]

    def state(self) -> Mapping[str, torch.Tensor]:
        return {"pull": self._pull, "seen": self._seen, "was_reset": self._was_reset}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        self._pull, self._seen, self._was_reset = state["pull"], state["seen"], state["was_reset"].cpu()

    def _refine(self, learnt: LearntGaussians, moment: Moment, chance: torch.Generator) -> None:
        now = learnt.now
        longest = now.log_scale.detach().max(1).values.exp()
        whole = sound(now)
        needed = whole & (torch.sigmoid(now.opacity_logit.detach()) > LEAST_OPACITY)
        if self._was_reset:
            needed &= longest < _TOO_LARGE * moment.extent
        if not bool(needed.any()):
            return
        pull = torch.where(needed, self._pull / self._seen.clamp_min(1), 0)
        hot = (pull > _PULL).nonzero()[:, 0]
        room = moment.cap - int(needed.sum())
        if len(hot) > room:
            hot = hot[torch.topk(pull[hot], max(0, room)).indices].sort().values
        large = longest[hot] > _SMALL * moment.extent
        cloned, split = hot[~large], hot[large]
        needed[split] = False
        parts = [learnt.taken(cloned)] + [_part(learnt.taken(split), chance) for _ in range(_PARTS)]
        added = Gaussians(**{name: torch.cat([part[name] for part in parts]) for name in NAMES})
        learnt.keep_and_add(needed, added)
        self._forget(len(learnt), now.xyz.device)

    def _forget(self, count: int, device: torch.device) -> None:
        self._pull, self._seen = torch.zeros(count, device=device), torch.zeros(count, device=device)


def _part(values: dict[str, torch.Tensor], chance: torch.Generator) -> dict[str, torch.Tensor]:
    """A smaller Gaussian somewhere within each."""
    noise = torch.randn(values["xyz"].shape, generator=chance, device=values["xyz"].device)
    shift = turned(values["rotation"], noise * values["log_scale"].exp())
    return values | {"xyz": values["xyz"] + shift, "log_scale": values["log_scale"] - math.log(_SMALLER)}
