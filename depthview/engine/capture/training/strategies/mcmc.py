"""Gaussians as samples: those not needed move to where others are, and all tremble a little.

Kheradmand et al., "3D Gaussian Splatting as Markov Chain Monte Carlo", 2024: equations 8 (noise) and 9 (relocation),
section 3.4 (penalties), with the published factors. Sizes are penalised in shares of the cameras' extent.
"""

from collections.abc import Mapping

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.rasterizers.base import Rendering
from depthview.engine.capture.training.learning import LearntGaussians
from depthview.engine.capture.training.strategies.base import LEAST_OPACITY, Moment, sound, turned
from depthview.engine.capture.training.strategies.relocation import shared

_OPACITY_PENALTY = _SIZE_PENALTY = 0.01
_NOISE = 5e5
_STEEPNESS, _THRESHOLD = 100.0, 0.995
_FIRM_LOGIT = -1.5
"""From there on, an opacity of 0.18, the noise is below a millionth of its most: it is left out, which saves time."""
_MOST_DRAWN = 1 << 24
"""`multinomial` takes no more."""


class McmcStrategy:
    """Grows by the share `growth` at every refinement, up to the cap."""

    def __init__(self, growth: float) -> None:
        self._growth = growth

    def penalty(self, gaussians: Gaussians, extent: float) -> torch.Tensor | None:
        opacity = torch.sigmoid(gaussians.opacity_logit).mean()
        return _OPACITY_PENALTY * opacity + _SIZE_PENALTY / extent * gaussians.log_scale.exp().mean()

    def look(self, rendering: Rendering) -> None:
        """Pictures tell it nothing."""

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def after(self, learnt: LearntGaussians, moment: Moment, chance: torch.Generator) -> None:
        if moment.refine:
            relocate(learnt, chance)
            wanted = min(moment.cap, int((1 + self._growth) * len(learnt))) - len(learnt)
            if wanted > 0:
                grow(learnt, wanted, chance)
        tremble(learnt.now, moment.position_rate, chance)

    def chosen(self, which: torch.Tensor) -> None:
        """It remembers nothing of single Gaussians."""

    def state(self) -> Mapping[str, torch.Tensor]:
        return {}

    def restore(self, state: Mapping[str, torch.Tensor]) -> None:
        """It has no state."""


def relocate(learnt: LearntGaussians, chance: torch.Generator) -> int:
    """Move what is transparent, or no number any more, to where others are, more likely to the opaque; how many."""
    opacity = torch.sigmoid(learnt.now.opacity_logit.detach())
    alive = (opacity > LEAST_OPACITY) & sound(learnt.now)
    dead, living = (~alive).nonzero()[:, 0], alive.nonzero()[:, 0]
    if not len(dead) or not len(living):
        return 0
    source = living[_drawn(opacity[living], len(dead), chance)]
    _share(learnt, source)
    learnt.change(dead, learnt.taken(source))
    return len(dead)


def grow(learnt: LearntGaussians, count: int, chance: torch.Generator) -> None:
    """Add so many, each where another is."""
    opacity = torch.sigmoid(learnt.now.opacity_logit.detach()) * sound(learnt.now)
    if not bool((opacity > 0).any()):
        return
    source = _drawn(opacity, count, chance)
    _share(learnt, source)
    everyone = torch.ones(len(learnt), dtype=torch.bool, device=source.device)
    learnt.keep_and_add(everyone, Gaussians(**learnt.taken(source)))


def tremble(gaussians: Gaussians, position_rate: float, chance: torch.Generator) -> None:
    """Move by chance, along each one's own shape, the more the more transparent it is (equation 8)."""
    which = (gaussians.opacity_logit < _FIRM_LOGIT).nonzero()[:, 0]
    rotation, log_scale = gaussians.rotation[which], gaussians.log_scale[which]
    noise = torch.randn(len(which), 3, generator=chance, device=which.device)
    loose = torch.sigmoid(_STEEPNESS * (1 - torch.sigmoid(gaussians.opacity_logit[which]) - _THRESHOLD))
    along = turned(rotation, noise, back=True) * (2 * log_scale).exp()
    gaussians.xyz[which] += turned(rotation, along) * (loose * (_NOISE * position_rate))[:, None]


def _share(learnt: LearntGaussians, source: torch.Tensor) -> None:
    """Make those at `source` (M,) what they and their copies, one for each time that they are named, are to be."""
    named, times = torch.unique(source, return_counts=True)
    opacity, size = shared(torch.sigmoid(learnt.now.opacity_logit.detach()[named]), times + 1)
    opacity = opacity.clamp(LEAST_OPACITY, 1 - 1e-6)
    values = {
        "opacity_logit": torch.logit(opacity),
        "log_scale": learnt.now.log_scale.detach()[named] + size.log()[:, None],
    }
    learnt.change(named, values)


def _drawn(weights: torch.Tensor, count: int, chance: torch.Generator) -> torch.Tensor:
    """(count,) places, each the more likely the greater its weight."""
    if len(weights) < _MOST_DRAWN:
        return torch.multinomial(weights, count, replacement=True, generator=chance)
    sums = weights.double().cumsum(0)
    at = torch.rand(count, generator=chance, device=weights.device, dtype=torch.float64) * sums[-1]
    return torch.searchsorted(sums, at).clamp_max(len(weights) - 1)
