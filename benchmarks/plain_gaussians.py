"""The trainer's picture in plain torch, tile after tile: what the compiled tiles are measured against."""

import torch

from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.rasterizers.base import NEAR
from depthview.engine.capture.rasterizers.projection import harmonics, project
from depthview.engine.splats.spherical_harmonics import C0

_TILE = 16
_LEAST_ALPHA, _MOST_ALPHA = 1 / 255, 0.99


def plain_image(gaussians: Gaussians, camera: Camera, degree: int) -> torch.Tensor:
    """(H, W, 3) on black, with torch's own gradients."""
    projected = project(gaussians, camera)
    basis = harmonics(gaussians, camera, degree)
    rest = gaussians.sh_rest[:, : len(basis)]
    colour = (0.5 + C0 * gaussians.sh_dc + (basis.t()[:, :, None] * rest).sum(1)).clamp_min(0)
    opacity = gaussians.opacity_logit.sigmoid()
    xx, xy, yy, determinant = projected.spread
    numbers = torch.stack([*projected.middle.unbind(1), yy / determinant, -xy / determinant, xx / determinant, opacity])
    reach = 2 * (opacity.detach() / _LEAST_ALPHA).clamp_min(1).log()
    half = torch.stack([reach * xx.detach(), reach * yy.detach()]).sqrt()
    low, high = projected.middle.detach().t() - half, projected.middle.detach().t() + half
    shown = (projected.depth > NEAR) & (opacity.detach() >= _LEAST_ALPHA)
    order = torch.argsort(projected.depth)
    order = order[shown[order]]
    low, high = low[:, order], high[:, order]
    rows = []
    for top in range(0, camera.height_px, _TILE):
        bottom = min(top + _TILE, camera.height_px)
        in_row = (low[1] < bottom) & (high[1] > top)
        row_order, row_low, row_high = order[in_row], low[0, in_row], high[0, in_row]
        tiles = []
        for left in range(0, camera.width_px, _TILE):
            right = min(left + _TILE, camera.width_px)
            which = row_order[(row_low < right) & (row_high > left)]
            tiles.append(_tile(numbers[:, which], colour[which], (left, right, top, bottom)))
        rows.append(torch.cat(tiles, 1))
    return torch.cat(rows, 0)


def _tile(numbers: torch.Tensor, colour: torch.Tensor, edges: tuple[int, int, int, int]) -> torch.Tensor:
    """Near to far, (M,) each on all pixels at once."""
    left, right, top, bottom = edges
    middle_x, middle_y, across, both, down, opacity = numbers[:, :, None]
    y, x = torch.meshgrid(torch.arange(top, bottom) + 0.5, torch.arange(left, right) + 0.5, indexing="ij")
    dx, dy = x.reshape(1, -1) - middle_x, y.reshape(1, -1) - middle_y
    cover = opacity * torch.exp(-0.5 * (across * dx * dx + 2 * both * dx * dy + down * dy * dy))
    cover = torch.where(cover < _LEAST_ALPHA, 0, cover.clamp_max(_MOST_ALPHA))
    after = torch.cumprod(1 - cover, 0)
    before = torch.cat([torch.ones_like(after[:1]), after[:-1]]) if len(after) else after
    return ((cover * before).t() @ colour).view(bottom - top, right - left, 3)
