"""From a scene to a stereo pair with its exact answer: disparity of the left eye, and what the right eye sees of it."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as fn

from training.stereo.cast import Hits, Rig, cast
from training.stereo.draws import Draws
from training.stereo.scene import Scene
from training.stereo.textures import Atlas, read

_SEEN_WITHIN_PX = 0.25
_FARTHEST_SHARE = 0.55
_PLACES, _COARSE_COLUMNS, _STEP_SHARE = 4, 40, 0.05
"""How many windows are compared, how many rays wide each is probed, and what share of 1 / z is a step."""


@dataclass(frozen=True, slots=True)
class StereoBatch:
    """`left`, `right` (B, 3, H, W) float32 RGB 0..255; `disparity_px` (B, 1, H, W) float32 of the left eye.

    `valid` (B, 1, H, W) bool: the disparity is known; `visible`: the right eye sees the point as well.
    """

    left: Tensor
    right: Tensor
    disparity_px: Tensor
    valid: Tensor
    visible: Tensor


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a picture that is drawn: `zoom` times narrower than the picture, around `middle` (B, 2).

    `middle` is in picture widths from the picture's own middle. Training sees pictures as wide as people's through
    windows as small as it can pay for.
    """

    zoom: float
    middle: Tensor


def random_window(draws: Draws, height: int, width: int) -> Window:
    """One zoom for the batch (it is compiled in), a place for each sample, all of it inside a 4:3 picture."""
    zoom = float((1.0, 1.5, 2.0, 2.0)[int(draws.whole(4)[0])])
    return Window(zoom, random_middle(draws, height, width, zoom))


def random_middle(draws: Draws, height: int, width: int, zoom: float) -> Tensor:
    """(B, 2): places of windows that lie inside a 4:3 picture."""
    room_x, room_y = 0.5 - 0.5 / zoom, max(0.0, 0.375 - 0.5 * height / width / zoom)
    return torch.cat([draws.uniform(-room_x, room_x, 1), draws.uniform(-room_y, room_y, 1)], 1)


def busy_window(scene: Scene, rig: Rig, draws: Draws, height: int, width: int) -> Window:
    """As `random_window`; seven of ten samples look at the one of a few places that has most steps in depth.

    Small windows into wide scenes show mostly one wall; what has to be learnt is at the edges of things.
    """
    first = random_window(draws, height, width)
    if first.zoom == 1.0:
        return first
    others = [first.middle, *(random_middle(draws, height, width, first.zoom) for _ in range(_PLACES - 1))]
    rows, columns = max(2, round(_COARSE_COLUMNS * height / width)), _COARSE_COLUMNS
    points = [_through(Window(first.zoom, middle), rows, columns) for middle in others]
    x, y = (torch.cat([point[axis] for point in points], 1) for axis in range(2))
    near = cast(scene, rig, x, y, columns * first.zoom, right=False).near.view(-1, _PLACES, rows, columns)
    across = near.diff(dim=3).abs() > _STEP_SHARE * near[..., 1:]
    down = near.diff(dim=2).abs() > _STEP_SHARE * near[..., 1:, :]
    busiest = (across.sum((2, 3)) + down.sum((2, 3))).argmax(1)
    chosen = torch.where(draws.chance(0.7), busiest, torch.zeros_like(busiest))
    middle = torch.stack(others, 1)[torch.arange(draws.batch, device=draws.device), chosen]
    return Window(first.zoom, middle)


def grid(height: int, width: int, batch: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """(B, H, W) x and y of the pixels' centres, in picture widths from the middle."""
    x = (torch.arange(width, device=device).float() + 0.5) / width - 0.5
    y = (torch.arange(height, device=device).float() + 0.5 - height / 2) / width
    return x.view(1, 1, width).expand(batch, height, width), y.view(1, height, 1).expand(batch, height, width)


def _through(window: Window, height: int, width: int) -> tuple[Tensor, Tensor]:
    x, y = grid(height, width, window.middle.shape[0], window.middle.device)
    return x / window.zoom + window.middle[:, 0].view(-1, 1, 1), y / window.zoom + window.middle[:, 1].view(-1, 1, 1)


def random_rig(scene: Scene, draws: Draws, height: int, width: int) -> Rig:
    """A baseline that gives the nearest things 0.5 to 35 % of the width as disparity, most often 1 to 15 %.

    Measured on the scene itself, so that the spread of disparities is what is asked for and not what the geometry
    happens to give.
    """
    x, y = grid(height // 8, width // 8, draws.batch, draws.device)
    still = Rig(torch.zeros(draws.batch, device=draws.device), torch.zeros(draws.batch, device=draws.device))
    near = cast(scene, still, x, y, width, right=False).near.flatten(1)
    high = near.sort(1).values[:, int(0.97 * near.shape[1])]
    share = torch.where(draws.chance(0.85), draws.log_uniform(0.01, 0.13), draws.log_uniform(0.005, 0.3))
    baseline = torch.minimum(share / high, _FARTHEST_SHARE / near.amax(1)) / scene.focal
    # Converged cameras: far things get negative disparities.
    shift = torch.where(draws.chance(0.25), draws.uniform(0.0, 0.8) * share, draws.normal(0.002) * draws.chance(0.3))
    return Rig(baseline, shift)


def render(
    scene: Scene,
    rig: Rig,
    atlas: Atlas,
    height: int,
    width: int,
    oversample: int = 1,
    *,
    window: Window | None = None,
    fuse: bool = False,
) -> StereoBatch:
    """Draw both eyes. `oversample` = 2 averages four rays a pixel: clean edges for four times the work."""
    window = window or Window(1.0, torch.zeros(scene.focal.shape[0], 2, device=scene.focal.device))
    picture_px = width * window.zoom
    x, y = _through(window, height, width)
    truth = cast(scene, rig, x, y, picture_px, right=False, fuse=fuse)
    across = scene.focal.view(-1, 1, 1) * rig.baseline.view(-1, 1, 1)
    shift = rig.shift.view(-1, 1, 1)
    disparity = across * truth.near - shift
    answered = cast(scene, rig, x - disparity, y, picture_px, right=True, fuse=fuse)
    apart = (answered.near - truth.near).abs() * across * picture_px
    column = x - disparity - window.middle[:, 0].view(-1, 1, 1)
    visible = (apart < _SEEN_WITHIN_PX) & (column.abs() < 0.5 / window.zoom)
    if oversample > 1:
        fine_x, fine_y = _through(window, height * oversample, width * oversample)
        seen = cast(scene, rig, fine_x, fine_y, picture_px * oversample, right=False, fuse=fuse)
        left = _colours(scene, atlas, seen, fine_x, fine_y)
    else:
        fine_x, fine_y = x, y
        left = _colours(scene, atlas, truth, x, y)
    right_hits = cast(scene, rig, fine_x, fine_y, picture_px * oversample, right=True, fuse=fuse)
    right = _colours(scene, atlas, right_hits, fine_x - shift, fine_y)
    pictures = [fn.avg_pool2d(eye, oversample) if oversample > 1 else eye for eye in (left, right)]
    return StereoBatch(
        left=pictures[0],
        right=pictures[1],
        disparity_px=(disparity * picture_px).unsqueeze(1),
        valid=torch.ones_like(visible).unsqueeze(1),
        visible=visible.unsqueeze(1),
    )


def _colours(scene: Scene, atlas: Atlas, hits: Hits, x: Tensor, y: Tensor) -> Tensor:
    """(B, 3, H, W) 0..255: paint, light from one side, and a highlight that moves with the eye."""
    shape = hits.near.shape
    slot = hits.slot.flatten(1).long()

    def of_slot(table: Tensor) -> Tensor:
        return torch.gather(table, 1, slot).view(shape)

    density = of_slot(scene.paints.density)
    level = torch.log2((hits.footprint * density).clamp(min=1e-6))
    paint = read(atlas, of_slot(scene.paints.texture), hits.u * density, hits.v * density, level)
    light = [scene.light[:, n].view(-1, 1, 1) for n in range(3)]
    n_x, n_y, n_z = hits.normal_x, hits.normal_y, hits.normal_z
    lambert = n_x * light[0] + n_y * light[1] + n_z * light[2]
    ambient = scene.ambient.view(-1, 1, 1)
    shade = ambient + (1 - ambient) * (0.25 * lambert + 0.9 * lambert.clamp(min=0.0))
    focal = scene.focal.view(-1, 1, 1)
    view_x, view_y = x / focal, y / focal
    length = torch.rsqrt(view_x**2 + view_y**2 + 1.0)
    half = [light[0] - view_x * length, light[1] - view_y * length, light[2] - length]
    size = torch.rsqrt(half[0] ** 2 + half[1] ** 2 + half[2] ** 2 + 1e-6)
    facing = ((n_x * half[0] + n_y * half[1] + n_z * half[2]) * size).clamp(0.0, 1.0)
    glint = of_slot(scene.paints.gloss) * facing**24
    colours = paint * shade.unsqueeze(-1) + glint.unsqueeze(-1)
    return colours.clamp(0.0, 1.0).permute(0, 3, 1, 2).contiguous() * 255.0
