"""Gaussians for the tests of rasterizers: everything that a training may come to."""

import numpy as np
import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.camera import Camera
from depthview.engine.splats.scene import COEFFICIENTS

NAMES = ("xyz", "log_scale", "rotation", "opacity_logit", "sh_dc", "sh_rest")


def learning(**numbers: object) -> Gaussians:
    """With gradients, from arrays by their names."""
    return Gaussians(*(torch.tensor(np.asarray(numbers[name]), dtype=torch.float32).requires_grad_() for name in NAMES))


def some(count: int = 60, seed: int = 0, degree: int = 3, **chosen: object) -> Gaussians:
    """At random around (0, 0, 4), but for what is `chosen`."""
    chance = np.random.default_rng(seed)
    numbers = {
        "xyz": chance.normal(0, 1, (count, 3)) + np.array([0, 0, 4]),
        "log_scale": chance.normal(-2, 0.7, (count, 3)),
        "rotation": chance.normal(0, 2, (count, 4)),
        "opacity_logit": chance.normal(0, 2, count),
        "sh_dc": chance.normal(0, 1, (count, 3)),
        "sh_rest": chance.normal(0, 0.2, (count, COEFFICIENTS[degree], 3)),
    }
    return learning(**(numbers | chosen))


def aside(size_px: tuple[int, int] = (64, 48)) -> Camera:
    """Turned, shifted, with two focal lengths and its middle far from the picture's."""
    angle = 0.2
    turn = np.array([[np.cos(angle), 0, -np.sin(angle)], [0, 1, 0], [np.sin(angle), 0, np.cos(angle)]])
    camera = Camera(turn, np.array([0.7, 0.1, 0.2]), (50.0, 55.0), (38.5, 19.25), 64, 48)
    return camera.scaled_to(size_px)


def pulls(seed: int, camera: Camera) -> tuple[torch.Tensor, torch.Tensor]:
    """(H, W, 3) and (H, W) at random: what a loss may be by a picture and by its alpha."""
    chance = torch.Generator().manual_seed(seed)
    size = camera.height_px, camera.width_px
    return torch.randn(*size, 3, generator=chance), torch.randn(*size, generator=chance)
