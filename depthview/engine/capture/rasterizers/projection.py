"""Gaussians on the picture, with torch's own gradients; written out: `bmm` of small matrices takes ten times as long.

Kerbl et al. 2023 after Zwicker et al. 2001; where the middle of the picture is not the camera's: as gsplat clamps it.
"""

from dataclasses import dataclass

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.rasterizers.base import NEAR
from depthview.engine.splats.spherical_harmonics import terms

_LOW_PASS_PX2 = 0.3
_BEYOND = 0.3
"""Of half the picture: so far beyond its border the Jacobian is what it is there."""


@dataclass(frozen=True, slots=True, eq=False)
class Projected:
    """`middle` (N, 2) px; `spread` (4, N): xx, xy, yy, determinant in px^2 and px^4, with the low-pass;
    `depth` (N,) along the axis, without gradient. Of those behind the camera, finite numbers that mean nothing."""

    middle: torch.Tensor
    spread: torch.Tensor
    depth: torch.Tensor


def project(gaussians: Gaussians, camera: Camera) -> Projected:
    """Where the Gaussians fall and how they spread there."""
    turn = _like(gaussians.xyz, camera.rotation)
    x, y, z = turn @ gaussians.xyz.t() + _like(gaussians.xyz, camera.translation)[:, None]
    depth = z.detach()
    z = torch.where(depth > NEAR, z, 1)
    across, down = x / z, y / z
    (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
    middle = torch.stack([fx * across + cx, fy * down + cy], 1)
    out_x, out_y = _BEYOND * camera.width_px / 2 / fx, _BEYOND * camera.height_px / 2 / fy
    across = across.clamp(-cx / fx - out_x, (camera.width_px - cx) / fx + out_x)
    down = down.clamp(-cy / fy - out_y, (camera.height_px - cy) / fy + out_y)
    # The rows of J R; then as the Gaussian's own axes see them, each as long as its deviation makes it.
    row_x = (turn[0][:, None] - turn[2][:, None] * across) * (fx / z)
    row_y = (turn[1][:, None] - turn[2][:, None] * down) * (fy / z)
    axes = _axes(gaussians.rotation)
    deviation = gaussians.log_scale.t().contiguous().exp()
    a = deviation * (axes[0] * row_x[0] + axes[1] * row_x[1] + axes[2] * row_x[2])
    b = deviation * (axes[0] * row_y[0] + axes[1] * row_y[1] + axes[2] * row_y[2])
    xx, xy, yy = (a * a).sum(0), (a * b).sum(0), (b * b).sum(0)
    # The determinant of xx, xy, yy as the square of a x b: needles would lose it in xx yy - xy xy.
    (a0, a1, a2), (b0, b1, b2) = a, b
    c0, c1, c2 = a1 * b2 - a2 * b1, a2 * b0 - a0 * b2, a0 * b1 - a1 * b0
    determinant = c0 * c0 + c1 * c1 + c2 * c2 + _LOW_PASS_PX2 * (xx + yy) + _LOW_PASS_PX2**2
    return Projected(middle, torch.stack([xx + _LOW_PASS_PX2, xy, yy + _LOW_PASS_PX2, determinant]), depth)


def harmonics(gaussians: Gaussians, camera: Camera, degree: int) -> torch.Tensor:
    """(K, N) values of the harmonics up to `degree` as the camera looks at each; the gradient by the place included, as
    in the published method."""
    if min(degree, gaussians.degree) == 0:
        return gaussians.xyz.new_zeros(0, len(gaussians))
    look = (gaussians.xyz - _like(gaussians.xyz, camera.eye)).t().contiguous()
    length = (look * look).sum(0).clamp_min(1e-24).sqrt()
    x, y, z = look / length
    return torch.stack(terms(x, y, z, min(degree, gaussians.degree)))


def _axes(rotation: torch.Tensor) -> list[torch.Tensor]:
    """The rows of the (3, 3) rotations, each (3, N)."""
    turned = rotation.t().contiguous()
    w, x, y, z = turned / (turned * turned).sum(0).clamp_min(1e-24).sqrt()
    return [
        torch.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)]),
        torch.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)]),
        torch.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)]),
    ]


def _like(tensor: torch.Tensor, numbers: object) -> torch.Tensor:
    return torch.as_tensor(numbers, dtype=tensor.dtype, device=tensor.device)
