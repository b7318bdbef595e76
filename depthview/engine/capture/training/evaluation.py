"""How near drawn pictures are to photos that training has not seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch

from depthview.engine.atomic import atomic_path
from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.rasterizers.base import Colour, Rasterizer
from depthview.engine.capture.training.likeness import ssim
from depthview.engine.capture.training.loss import psnr_db
from depthview.engine.capture.training.photos import Sized, TrainingPhoto
from depthview.engine.progress import StopToken

GROUND: Colour = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Measured:
    """Means over the photos: PSNR in decibels, SSIM up to 1."""

    psnr: float
    ssim: float


def measure(
    gaussians: Gaussians,
    photos: Sequence[TrainingPhoto],
    rasterizer: Rasterizer,
    degree: int,
    device: str,
    stop: StopToken | None = None,
) -> Measured | None:
    """Of the pictures as a viewer shows them, clamped to 0..1; None without photos. Raises Stopped."""
    found = []
    for photo in photos:
        if stop is not None:
            stop.raise_if_stopped()
        shown = photo.sizes[1]
        image, target = drawn(gaussians, shown, rasterizer, degree), shown.target(device)
        found.append((psnr_db(image, target), float(ssim(image, target))))
    if not found:
        return None
    psnr, likeness = np.mean(found, axis=0)
    return Measured(float(psnr), float(likeness))


@torch.no_grad()  # type: ignore[untyped-decorator]
def drawn(gaussians: Gaussians, shown: Sized, rasterizer: Rasterizer, degree: int) -> torch.Tensor:
    """(H, W, 3) 0 to 1: what the photo's camera sees of the Gaussians."""
    return rasterizer.render(gaussians, shown.camera, degree, GROUND).image.clamp(0, 1)


def write_beside(path: Path, shown: Sized, image: torch.Tensor) -> None:
    """A picture with the photo on the left and what was drawn (H, W, 3) on the right. Raises UserError."""
    right = (image.cpu().numpy() * 255).round().astype(np.uint8)
    both = np.concatenate([shown.pixels, right], axis=1)
    _, encoded = cv2.imencode(".png", both[..., ::-1])
    with atomic_path(path) as temporary:
        temporary.write_bytes(encoded.tobytes())
