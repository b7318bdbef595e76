"""Light that is not a lamp's: what polished floors and mirrors show of the room, sun through windows, the sky."""

import math
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.mono.furniture import Dice
from training.mono.parts import Array
from training.panorama.cells import Cell
from training.panorama.glass import Pane


@dataclass(frozen=True, slots=True)
class Sun:
    """`towards` (3,) it, unit; `colour` (3,) times strength; the `panes` through which it shines."""

    towards: Array
    colour: Array
    panes: tuple[Pane, ...]


@dataclass(frozen=True, slots=True)
class Sky:
    """Linear colours (3,) at the zenith, at the horizon and of the clouds; `cover` 0..1; `seed` of their shapes."""

    zenith: Array
    horizon: Array
    cloud: Array
    cover: float
    seed: int


def drawn_sun(dice: Dice, panes: list[Pane]) -> Sun | None:
    """Low or high, from any side; None on dull days and where there is no window."""
    if not panes or dice.random() < 0.5:
        return None
    bearing, height = dice.uniform(-np.pi, np.pi), math.radians(dice.uniform(15.0, 65.0))
    towards = np.array([math.sin(bearing) * math.cos(height), -math.sin(height), math.cos(bearing) * math.cos(height)])
    return Sun(towards, np.array([1.0, 0.93, 0.8]) * dice.uniform(1.0, 6.0), tuple(panes))


def sunlight(sun: Sun, points: Tensor, normals: Tensor, room: Tensor) -> Tensor:
    """(3, N): patches of sun within the room of each window, as if nothing stood in its way.

    `points`, `normals` (3, N) in the world, `room` (N,).
    """
    light = torch.zeros_like(points)
    towards = torch.from_numpy(sun.towards).float()[:, None]
    facing = (towards * normals).sum(0).clamp(min=0.0)
    colour = torch.from_numpy(sun.colour).float()[:, None]
    for pane in sun.panes:
        half = float(np.linalg.norm(pane.along))
        along = pane.along / half
        outward = np.array([along[2], 0.0, -along[0]])
        slant = float(outward @ sun.towards)
        if abs(slant) < 0.05:
            continue
        away = torch.from_numpy(pane.middle).float()[:, None] - points
        far = (away * torch.from_numpy(outward).float()[:, None]).sum(0) / slant
        miss = towards * far - away
        beside = (miss * torch.from_numpy(along).float()[:, None]).sum(0).abs()
        # Edges are soft by half a degree; the pane's bars are thin beside that.
        soft = 0.01 + 0.006 * far.abs()
        inside = ((half - beside) / soft).clamp(0.0, 1.0) * ((pane.half_high - miss[1].abs()) / soft).clamp(0.0, 1.0)
        light += colour * (inside * facing * ((far > 0.05) & (room == pane.room)))
    return light


def mirrored(
    linear: Tensor,
    points: Tensor,
    normals: Tensor,
    rays: Tensor,
    gloss: Tensor,
    cells: tuple[Cell, ...],
    eye: Array,
    turn: Array,
) -> Tensor:
    """`linear` (3, H, W) with what polished surfaces show of it. `points`, `normals`, `rays` (3, N) in the world.

    The room is taken for its empty box when a mirrored ray is followed (parallax-corrected environment maps, Lagarde
    and Zanuttini 2012), and what the eye sees there is what the mirror shows.
    """
    at = torch.nonzero(gloss > 0.08)[:, 0]
    if not len(at):
        return linear
    height, width = linear.shape[1:]
    box = next(cell for cell in cells if cell.holds(eye))
    normal, ray, point = normals[:, at], rays[:, at], points[:, at]
    facing = (ray * normal).sum(0)
    away = ray - 2.0 * facing * normal
    low, high = (torch.from_numpy(side).float()[:, None] for side in (box.low, box.high))
    safe = torch.where(away.abs() < 1e-6, 1e-6, away)
    length = torch.maximum((low - point) / safe, (high - point) / safe).clamp(min=0.05).min(0).values
    seen = torch.from_numpy(turn.T).float() @ (point + away * length - torch.from_numpy(eye).float()[:, None])
    column = (torch.atan2(seen[0], seen[2]) / (2 * math.pi) + 0.5) * width - 0.5
    row = (torch.atan2(seen[1], torch.hypot(seen[0], seen[2])) / math.pi + 0.5) * height - 0.5
    picture = np.ascontiguousarray(linear.permute(1, 2, 0).numpy())
    # Only true mirrors are sharp.
    soft = np.asarray(cv2.blur(picture, (7, 7)), np.float32)
    places = [np.ascontiguousarray(value.numpy(), np.float32)[None] for value in (column, row)]
    both = [_looked_up(source, places) for source in (picture, soft)]
    found = np.where(gloss[at].numpy()[:, None] > 1.0, both[0], both[1])
    share = (gloss[at] * (0.06 + 0.94 * (1.0 + facing.clamp(-1.0, 0.0)) ** 4)).clamp(0.0, 0.95)
    flat = linear.flatten(1).clone()
    flat[:, at] = flat[:, at] * (1.0 - share) + torch.from_numpy(found).T * share
    return flat.view_as(linear)


def _looked_up(picture: NDArray[np.float32], places: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    count, most = places[0].shape[1], 30000  # OpenCV's remap has 16-bit sizes
    pieces = [
        cv2.remap(picture, places[0][:, k : k + most], places[1][:, k : k + most], cv2.INTER_LINEAR,
                  borderMode=cv2.BORDER_REPLICATE)[0]
        for k in range(0, count, most)
    ]  # fmt: skip
    return np.concatenate(pieces)


def drawn_sky(dice: Dice) -> Sky:
    """Blue, white or grey, by day or in the evening."""
    blue = np.array([0.25, 0.45, 0.9]) * dice.uniform(0.4, 1.3) + dice.uniform(0.0, 0.3)
    pale = np.array([0.8, 0.88, 1.0]) * dice.uniform(0.6, 1.6) + dice.normal(0.0, 0.05, 3)
    grey = np.ones(3) * dice.uniform(0.4, 1.8)
    cover = float(dice.uniform(0.0, 1.0)) if dice.random() < 0.7 else 0.0
    return Sky(blue, pale.clip(0.05), grey, cover, int(dice.integers(2**31)))


def sky_seen(sky: Sky, rays: Tensor) -> Tensor:
    """(3, N) linear colours of the sky along rays (3, N) in the world."""
    up = (-rays[1]).clamp(0.0, 1.0)
    share = up.sqrt()
    colour = torch.from_numpy(sky.zenith).float()[:, None] * share + torch.from_numpy(sky.horizon).float()[:, None] * (
        1 - share
    )
    dice = np.random.default_rng(sky.seed)
    # Clouds: sums of waves on a flat layer overhead.
    x, z = (rays[axis] / (up + 0.15) for axis in (0, 2))
    field = torch.zeros_like(up)
    for octave in range(6):
        for _ in range(3):
            (a, b), phase = dice.normal(0.0, 1.7 * 1.8**octave, 2).tolist(), dice.uniform(0.0, 2 * math.pi)
            field += torch.sin(a * x + b * z + phase + 1.5 * field) / (1.5**octave)
    cloudy = torch.sigmoid((field * 0.5 + 4.0 * sky.cover - 2.6) * 2.5) * (0.0 if sky.cover == 0 else 1.0)
    return colour * (1 - cloudy) + torch.from_numpy(sky.cloud).float()[:, None] * cloudy
