"""The training loop, the same for every rasterizer."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.posed import PosedPhotos
from depthview.engine.capture.rasterizers.base import Rasterizer
from depthview.engine.capture.training.arrays_file import Arrays
from depthview.engine.capture.training.evaluation import GROUND
from depthview.engine.capture.training.exposures import Exposures
from depthview.engine.capture.training.learning import NAMES, LearntGaussians
from depthview.engine.capture.training.loss import photo_loss
from depthview.engine.capture.training.photos import PhotoSet
from depthview.engine.capture.training.settings import StrategyName, TrainingSettings
from depthview.engine.capture.training.strategies.base import Moment, Strategy, sound
from depthview.engine.capture.training.strategies.classic import ClassicStrategy
from depthview.engine.capture.training.strategies.mcmc import McmcStrategy
from depthview.engine.errors import UserError

_NO_POINTS = "These photos share no points: take more of them, with more overlap, and run the job again."
_EXTENT_MARGIN = 1.1
_GROWTH = 0.05
_FULL_AFTER = 0.5
"""By that share of the iterations the cap is reached, from however few points."""
_ACT = 1_000_003


class Training:
    """Gaussians that learn from posed photos, one photo a step.

    Chance depends on the settings' seed and the iteration alone, so that nothing of it needs to be saved: on the
    processor two trainings of the same photos, settings and rasterizer are the same to the last bit, also when one was
    saved and restored. One thread only. Raises UserError where there are no points to begin from.
    """

    def __init__(
        self,
        posed: PosedPhotos,
        photos: PhotoSet,
        settings: TrainingSettings,
        rasterizer: Rasterizer,
        device: str = "cpu",
    ) -> None:
        self.settings, self.photos, self.device = settings, photos, device
        self._rasterizer = rasterizer
        self.iteration = 0
        self.cap = settings.max_splats
        self.extent = _extent(posed)
        self.learnt = LearntGaussians(_first(posed, settings, device))
        self._strategy = _strategy(settings, len(self.learnt))
        self._exposures = Exposures(len(photos.learnt), device) if settings.exposures else None

    @property
    def gaussians(self) -> Gaussians:
        """As they are now; only to be looked at."""
        return self.learnt.now

    @property
    def degree(self) -> int:
        """Of the harmonics that are learnt by now."""
        return self.settings.degree_at(self.iteration)

    def step(self) -> torch.Tensor:
        """Learn from one photo; the loss, without gradient, on the Gaussians' device."""
        photo = self._photo(self.iteration)
        shown = self.photos.learnt[photo].sizes[self.settings.reduction(self.iteration)]
        self.learnt.forget_gradients()
        rendering = self._rasterizer.render(self.learnt.now, shown.camera, self.degree, GROUND)
        image = rendering.image if self._exposures is None else self._exposures.applied(photo, rendering.image)
        loss = photo_loss(image, shown.target(self.device))
        penalty = self._strategy.penalty(self.learnt.now, self.extent)
        (loss if penalty is None else loss + penalty).backward()
        self._strategy.look(rendering)
        rate = self.extent * self.settings.position_rate(self.iteration)
        self.learnt.step(rate)
        if self._exposures is not None:
            self._exposures.step(photo, self.iteration / self.settings.iterations)
        self.iteration += 1
        refine, reset = (due(self.iteration) for due in (self.settings.refines_after, self.settings.resets_after))
        moment = Moment(self.iteration, self.extent, rate, self.cap, refine, reset)
        self._strategy.after(self.learnt, moment, self._chance())
        return loss.detach()

    def lower_cap(self) -> int:
        """Halve how many Gaussians there may be, and leave out the most transparent. Returns the cap."""
        self.learnt.forget_gradients()
        self.cap = max(1, min(self.cap, len(self.learnt)) // 2)
        self._leave_out()
        return self.cap

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def _leave_out(self) -> None:
        if len(self.learnt) > self.cap:
            worth = torch.sigmoid(self.learnt.now.opacity_logit.detach()) * sound(self.learnt.now)
            kept = torch.topk(worth, self.cap).indices.sort().values
            self.learnt.keep_and_add(kept)
            self._strategy.chosen(kept)

    def state(self) -> tuple[dict[str, Any], dict[str, np.ndarray[Any, Any]]]:
        """All that is needed to go on as if nothing had happened: what `restore` takes."""
        about: dict[str, Any] = {"iteration": self.iteration, "cap": self.cap, "steps": self.learnt.steps}
        tensors = {f"gaussians.{name}": getattr(self.learnt.now, name) for name in NAMES}
        tensors |= {f"first.{name}": tensor for name, tensor in self.learnt.first.items()}
        tensors |= {f"second.{name}": tensor for name, tensor in self.learnt.second.items()}
        tensors |= {f"strategy.{name}": tensor for name, tensor in self._strategy.state().items()}
        if self._exposures is not None:
            about["exposure_steps"] = self._exposures.steps
            for name in ("matrices", "first", "second"):
                tensors[f"exposures.{name}"] = getattr(self._exposures, name)
        return about, {name: tensor.detach().cpu().numpy() for name, tensor in tensors.items()}

    def restore(self, about: Mapping[str, Any], arrays: Arrays) -> None:
        """Go on from `state`. Raises ValueError, TypeError or KeyError, changing nothing, for what is no such thing."""
        iteration, cap, steps = (about[name] for name in ("iteration", "cap", "steps"))
        if not all(type(n) is int and n >= 0 for n in (iteration, cap, steps)) or iteration > self.settings.iterations:
            raise ValueError(f"after {iteration!r} iterations, {steps!r} steps, with a cap of {cap!r}")
        count = len(arrays["gaussians.xyz"])
        parts = []
        for part in ("gaussians", "first", "second"):
            shapes = {name: (count, *getattr(self.learnt.now, name).shape[1:]) for name in NAMES}
            parts.append({name: self._tensor(arrays[f"{part}.{name}"], shapes[name]) for name in NAMES})
        strategy = {
            name.removeprefix("strategy."): self._tensor(array, array.shape)
            for name, array in arrays.items()
            if name.startswith("strategy.")
        }
        exposures = self._restored_exposures(about, arrays)
        self._strategy.restore(strategy)
        learnt = LearntGaussians(Gaussians(**parts[0]), steps)
        learnt.first, learnt.second = parts[1], parts[2]
        self.learnt, self._exposures = learnt, exposures
        self.iteration, self.cap = iteration, max(1, min(cap, self.settings.max_splats))
        self._leave_out()

    def _restored_exposures(self, about: Mapping[str, Any], arrays: Arrays) -> Exposures | None:
        if self._exposures is None:
            return None
        made = Exposures(len(self.photos.learnt), self.device)
        for name in ("matrices", "first", "second"):
            setattr(made, name, self._tensor(arrays[f"exposures.{name}"], tuple(made.matrices.shape)))
        steps = about["exposure_steps"]
        if len(steps) != len(made.steps) or not all(type(n) is int and n >= 0 for n in steps):
            raise ValueError(f"exposures of {len(steps)} photos")
        made.steps = list(steps)
        return made

    def _tensor(self, array: np.ndarray[Any, Any], shape: tuple[int, ...]) -> torch.Tensor:
        if array.shape != shape or array.dtype != np.float32:
            raise ValueError(f"{array.dtype} {array.shape} in the place of {shape}")
        return torch.from_numpy(array).to(self.device)

    def _photo(self, iteration: int) -> int:
        """Every photo once, in an order by chance, before any comes again."""
        count = len(self.photos.learnt)
        order = np.random.default_rng([self.settings.seed, iteration // count]).permutation(count)
        return int(order[iteration % count])

    def _chance(self) -> torch.Generator:
        return torch.Generator(self.device).manual_seed(self.settings.seed * _ACT + self.iteration)


def _extent(posed: PosedPhotos) -> float:
    """How far the cameras are from their middle, as the published method counts it."""
    eyes = np.array([photo.camera.eye for photo in posed.photos])
    farthest = float(np.linalg.norm(eyes - eyes.mean(axis=0), axis=1).max(initial=0))
    return _EXTENT_MARGIN * farthest if farthest > 0 else 1.0


def _first(posed: PosedPhotos, settings: TrainingSettings, device: str) -> Gaussians:
    finite = np.flatnonzero(np.isfinite(posed.points_xyz).all(axis=1))
    if not len(finite):
        raise UserError(_NO_POINTS)
    if len(finite) > settings.max_splats:
        chance = np.random.default_rng(settings.seed)
        finite = np.sort(chance.choice(finite, settings.max_splats, replace=False))
    opacity, size_factor = _BEGINNINGS[settings.strategy]
    points = posed.points_xyz[finite], posed.points_rgb[finite]
    made = Gaussians.from_points(*points, settings.degree, opacity=opacity, size_factor=size_factor)
    return Gaussians(**{name: getattr(made, name).to(device) for name in NAMES})


_BEGINNINGS = {StrategyName.MCMC: (0.5, 0.5), StrategyName.CLASSIC: (0.1, 1.0)}
"""Opacity, and the size in shares of how far the neighbours are. As published, but for the size with MCMC, there 0.1:
so small, the first hundreds of iterations of a short training only close the gaps (measured)."""


def _strategy(settings: TrainingSettings, count: int) -> Strategy:
    if settings.strategy is StrategyName.CLASSIC:
        return ClassicStrategy()
    until = int(_FULL_AFTER * settings.iterations)
    refinements = sum(settings.refines_after(iteration) for iteration in range(1, until))
    return McmcStrategy(max(_GROWTH, (settings.max_splats / count) ** (1 / max(1, refinements)) - 1))
