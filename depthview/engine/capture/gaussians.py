"""The Gaussians that are trained, as torch tensors. Import it where it is used: torch takes seconds."""

from dataclasses import dataclass, fields
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray

from depthview.engine.splats.editing.neighbours import neighbours
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene
from depthview.engine.splats.spherical_harmonics import C0

_NEIGHBOURS = 3
_LEAST_SPACING = 1e-7
_FIRST_OPACITY = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Gaussians:
    """N Gaussians, float32 on one device, with or without gradients. The numbers are those of `SplatScene`.

    `xyz` (N, 3); `log_scale` (N, 3); `rotation` (N, 4) quaternions w, x, y, z of any length; `opacity_logit` (N,);
    `sh_dc` (N, 3) and `sh_rest` (N, K, 3), K one of 0, 3, 8, 15, 24.
    """

    xyz: torch.Tensor
    log_scale: torch.Tensor
    rotation: torch.Tensor
    opacity_logit: torch.Tensor
    sh_dc: torch.Tensor
    sh_rest: torch.Tensor

    def __len__(self) -> int:
        return len(self.xyz)

    @property
    def degree(self) -> int:
        """Of the spherical harmonics, 0 to 4."""
        return COEFFICIENTS.index(self.sh_rest.shape[1])

    @classmethod
    def from_points(
        cls,
        xyz: NDArray[np.floating],
        rgb: NDArray[np.uint8],
        degree: int,
        *,
        opacity: float = _FIRST_OPACITY,
        size_factor: float = 1.0,
    ) -> Self:
        """One round Gaussian for each point (N, 3) of colour `rgb` (N, 3), `size_factor` times as large as the root
        mean square of how far its three nearest neighbours are (Kerbl et al. 2023)."""
        points = np.ascontiguousarray(xyz, np.float32)
        count = len(points)
        away, _ = neighbours(points, _NEIGHBOURS)
        known = np.isfinite(away)
        square = np.where(known, away, 0).astype(np.float64) ** 2
        spacing = np.sqrt(square.sum(axis=1) / np.maximum(known.sum(axis=1), 1)) * size_factor
        log_scale = np.log(np.maximum(spacing, _LEAST_SPACING))[:, None].repeat(3, axis=1)
        return cls(
            _tensor(points),
            _tensor(log_scale),
            _tensor(np.tile([1, 0, 0, 0], (count, 1))),
            torch.full((count,), float(np.log(opacity / (1 - opacity)))),
            _tensor((np.asarray(rgb, np.float64) / 255 - 0.5) / C0),
            torch.zeros(count, COEFFICIENTS[degree], 3),
        )

    @classmethod
    def from_scene(cls, scene: SplatScene) -> Self:
        return cls(*(_tensor(getattr(scene, field.name)) for field in fields(cls)))

    def to_scene(self) -> SplatScene:
        """A copy for files and for the window."""
        return SplatScene(
            _array(self.xyz),
            _array(self.log_scale),
            _array(self.rotation),
            _array(self.opacity_logit),
            _array(self.sh_dc),
            _array(self.sh_rest),
        )


def _tensor(numbers: NDArray[Any]) -> torch.Tensor:
    return torch.from_numpy(np.array(numbers, np.float32, order="C"))


def _array(tensor: torch.Tensor) -> NDArray[np.float32]:
    return np.array(tensor.detach().cpu().numpy(), np.float32)
