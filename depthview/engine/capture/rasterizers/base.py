"""What a rasterizer for training is: it draws Gaussians so that what is wrong with the picture moves them."""

from dataclasses import dataclass
from typing import Protocol

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.camera import Camera

Colour = tuple[float, float, float]

NEAR = 0.01
"""Nothing nearer than that to the camera is drawn; in the units of the reconstruction."""


@dataclass(frozen=True, slots=True, eq=False)
class Rendering:
    """A picture of N Gaussians.

    `image` (H, W, 3) on the ground asked for, display space, not clamped; `alpha` (H, W); both with their gradients.
    `means_px` (N, 2): the middles on the picture, whose `grad` tells after `backward` how they are pulled, in units of
    the loss per pixel. `radii_px` (N,): three standard deviations of the longer axis, 0 = not seen.
    """

    image: torch.Tensor
    alpha: torch.Tensor
    means_px: torch.Tensor
    radii_px: torch.Tensor


class Rasterizer(Protocol):
    """Draws by the published equations: Kerbl et al. 2023, after Zwicker et al. 2001."""

    def render(self, gaussians: Gaussians, camera: Camera, degree: int, background: Colour) -> Rendering:
        """What `camera` sees, with harmonics of at most `degree`. Of one device: that of the Gaussians."""
        ...
