"""Random numbers for a whole batch at once: the same seed and step give the same batch on the same device."""

import math

import torch
from torch import Tensor

_MIX = (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB)
_MASK = (1 << 64) - 1


def mixed_seed(*parts: int) -> int:
    """One 63-bit seed from several numbers; neighbouring numbers give unrelated seeds (splitmix64)."""
    state = 0
    for part in parts:
        state = (state + part + _MIX[0]) & _MASK
        state = ((state ^ (state >> 30)) * _MIX[1]) & _MASK
        state = ((state ^ (state >> 27)) * _MIX[2]) & _MASK
        state ^= state >> 31
    return state >> 1


class Draws:
    """All draws have the shape (batch, *shape) and lie on `device`."""

    def __init__(self, batch: int, device: torch.device, *seed: int) -> None:
        self.batch = batch
        self.device = device
        self.generator = torch.Generator(device).manual_seed(mixed_seed(*seed))

    def uniform(self, low: float, high: float, *shape: int) -> Tensor:
        drawn = torch.rand(self.batch, *shape, generator=self.generator, device=self.device)
        return low + (high - low) * drawn

    def log_uniform(self, low: float, high: float, *shape: int) -> Tensor:
        return self.uniform(math.log(low), math.log(high), *shape).exp()

    def normal(self, deviation: float, *shape: int) -> Tensor:
        return deviation * torch.randn(self.batch, *shape, generator=self.generator, device=self.device)

    def chance(self, share: float, *shape: int) -> Tensor:
        return self.uniform(0.0, 1.0, *shape) < share

    def whole(self, count: int, *shape: int) -> Tensor:
        """0 to count - 1, int64."""
        return torch.randint(count, (self.batch, *shape), generator=self.generator, device=self.device)

    def sign(self, *shape: int) -> Tensor:
        return self.chance(0.5, *shape).float() * 2.0 - 1.0
