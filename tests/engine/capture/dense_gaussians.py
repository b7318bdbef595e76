"""The published equations of Gaussians in float64, every one on every pixel, with torch's own gradients."""

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.camera import Camera
from depthview.engine.splats.spherical_harmonics import C0, terms

NEAR, LOW_PASS_PX2, LEAST_ALPHA, MOST_ALPHA, OPAQUE = 0.01, 0.3, 1 / 255, 0.99, 1e-4


def in_float64(gaussians: Gaussians) -> Gaussians:
    """A copy to be differentiated by."""
    return Gaussians(*(getattr(gaussians, name).detach().double().requires_grad_() for name in Gaussians.__slots__))


def middles_of(gaussians: Gaussians, camera: Camera) -> torch.Tensor:
    """(N, 2) px."""
    place = gaussians.xyz @ torch.tensor(camera.rotation).T + torch.tensor(camera.translation)
    return place[:, :2] / place[:, 2:] * torch.tensor(camera.focal_px) + torch.tensor(camera.centre_px)


def dense(
    gaussians: Gaussians,
    camera: Camera,
    degree: int,
    background: tuple[float, float, float],
    middles: torch.Tensor | None = None,
    *,
    opaque: float = OPAQUE,
) -> tuple[torch.Tensor, torch.Tensor]:
    """The picture (H, W, 3) and its alpha (H, W); nothing more is laid under less light than `opaque`.

    `middles` (N, 2): to be differentiated by; otherwise worked out.
    """
    turn, eye = torch.tensor(camera.rotation), torch.tensor(camera.eye)
    place = gaussians.xyz @ turn.T + torch.tensor(camera.translation)
    middles = middles_of(gaussians, camera) if middles is None else middles
    order = torch.argsort(place[:, 2].detach())
    order = order[place[order, 2] > NEAR]
    x, y, z = place[order].unbind(1)
    (fx, fy), (cx, cy) = camera.focal_px, camera.centre_px
    beyond_x, beyond_y = 0.3 * camera.width_px / 2, 0.3 * camera.height_px / 2
    lean_x = (x / z).clamp((-cx - beyond_x) / fx, (camera.width_px - cx + beyond_x) / fx)
    lean_y = (y / z).clamp((-cy - beyond_y) / fy, (camera.height_px - cy + beyond_y) / fy)
    zero = torch.zeros_like(z)
    jacobian = torch.stack([fx / z, zero, -fx / z * lean_x, zero, fy / z, -fy / z * lean_y], 1).view(-1, 2, 3)
    half = jacobian @ turn @ _turns(gaussians.rotation[order]) * gaussians.log_scale[order].exp()[:, None, :]
    spread = half @ half.transpose(1, 2) + LOW_PASS_PX2 * torch.eye(2).double()
    inverse = torch.linalg.inv(spread)
    rows, columns = torch.meshgrid(
        torch.arange(camera.height_px) + 0.5, torch.arange(camera.width_px) + 0.5, indexing="ij"
    )
    away = torch.stack([columns, rows], 2)[None].double() - middles[order][:, None, None, :]
    power = torch.einsum("nhwa,nab,nhwb->nhw", away, inverse, away) / 2
    cover = torch.sigmoid(gaussians.opacity_logit[order])[:, None, None] * torch.exp(-power)
    cover = torch.where(cover < LEAST_ALPHA, 0.0, cover.clamp_max(MOST_ALPHA))
    before = torch.cat([torch.ones_like(cover[:1]), torch.cumprod(1 - cover, 0)[:-1]])
    cover = torch.where(before.detach() < opaque, 0.0, cover)
    after = torch.cumprod(1 - cover, 0)
    before = torch.cat([torch.ones_like(cover[:1]), after[:-1]])
    colour = 0.5 + C0 * gaussians.sh_dc[order]
    look = torch.nn.functional.normalize(gaussians.xyz[order] - eye, dim=1)
    for k, value in enumerate(terms(*look.unbind(1), degree)):
        colour = colour + value[:, None] * gaussians.sh_rest[order, k]
    image = torch.einsum("nhw,nc->hwc", cover * before, colour.clamp_min(0))
    light = after[-1] if len(after) else torch.ones(camera.height_px, camera.width_px).double()
    return image + light[:, :, None] * torch.tensor(background).double(), 1 - light


def _turns(rotation: torch.Tensor) -> torch.Tensor:
    w, x, y, z = torch.nn.functional.normalize(rotation, dim=1).unbind(1)
    entries = [
        *(1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)),
        *(2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)),
        *(2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)),
    ]
    return torch.stack(entries, 1).view(-1, 3, 3)
