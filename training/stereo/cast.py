"""What a ray meets first: closed forms for solids, a few Newton steps for the layers' right view.

A loop over things, never over pixels or samples: on a GPU one launch handles millions of rays, and a compiler can fuse
them. Rays are parametrised so that their length is the depth z.
"""

from collections.abc import Callable
from dataclasses import fields
from functools import lru_cache
from typing import NamedTuple

import torch
from torch import Tensor

from training.stereo.scene import BOXES, ELLIPSOIDS, LAYERS, POLES, ROOM_FACES, SLOTS, Layers, Scene, Solids

_NEAREST = 0.05
_NEWTON_STEPS = 2


class Rig(NamedTuple):
    """(B,) each: `baseline` in the scene's unit, `shift` in widths: disparity = focal * baseline / z - shift."""

    baseline: Tensor
    shift: Tensor


class Hits(NamedTuple):
    """(B, H, W) each: `near` = 1 / z, the slot of the paint, texture coordinates, footprint, normal."""

    near: Tensor
    slot: Tensor
    u: Tensor
    v: Tensor
    footprint: Tensor
    normal_x: Tensor
    normal_y: Tensor
    normal_z: Tensor


class Rays(NamedTuple):
    """`origin_x` (B, 1, 1) beside the left eye; `x`, `y` (B, H, W): direction per unit of z; `pixel` its width."""

    origin_x: Tensor
    x: Tensor
    y: Tensor
    pixel: Tensor


class Solid(NamedTuple):
    """One thing of each sample: (B, 3), (B, 3, 3), (B, 3)."""

    centre: Tensor
    turn: Tensor
    half: Tensor


class Layer(NamedTuple):
    """One layer of each sample, as in `Layers`."""

    middle: Tensor
    near: Tensor
    slope: Tensor
    waves: Tensor
    outline: Tensor
    size: Tensor
    angle: Tensor
    petals: Tensor


Three = tuple[Tensor, Tensor, Tensor]


def cast(scene: Scene, rig: Rig, x: Tensor, y: Tensor, width_px: float, *, right: bool, fuse: bool = False) -> Hits:
    """First hits of the rays through (B, H, W) points of one eye; lengths in picture widths from the middle.

    `fuse` compiles each kind of thing into one kernel: seconds once, many times faster on a GPU afterwards.
    """
    x, y = x.contiguous(), y.contiguous()
    focal = _column(scene.focal)
    shift, baseline = _column(rig.shift), _column(rig.baseline)
    origin = baseline if right else torch.zeros_like(baseline)
    rays = Rays(origin, (x - shift if right else x) / focal, y / focal + torch.zeros_like(x), 1.0 / (focal * width_px))
    # Each its own allocation: compiled code is made anew for every other alignment of its inputs.
    slots = [torch.full((), n, device=x.device, dtype=torch.int32) for n in range(SLOTS)]
    hits: Hits = _made(inside_room, fuse)(Solid(*_one(scene.room, 0)), rays)
    slot = ROOM_FACES
    for solids, count, meet in (
        (scene.boxes, BOXES, meet_box),
        (scene.ellipsoids, ELLIPSOIDS, meet_ellipsoid),
        (scene.poles, POLES, meet_pole),
    ):
        step = _made(meet, fuse)
        for k in range(count):
            hits = step(hits, Solid(*_one(solids, k)), rays, slots[slot])
            slot += 1
    # A right-eye point shows the layer's left point x with x - disparity(x) = the point; the left eye needs no solving.
    across = focal * baseline if right else torch.zeros_like(focal)
    offset = shift if right else torch.zeros_like(shift)
    pixel = torch.full_like(focal, 1.0 / width_px)
    step = _made(_meet_layer_right if right else _meet_layer_left, fuse)
    for k in range(LAYERS):
        hits = step(hits, Layer(*_one(scene.layers, k)), x, y, across, offset, pixel, slots[slot])
        slot += 1
    return hits


@lru_cache(maxsize=16)
def _made(step: Callable[..., Hits], fuse: bool) -> Callable[..., Hits]:
    return torch.compile(step, dynamic=False) if fuse else step


def _one(things: Solids | Layers, k: int) -> list[Tensor]:
    return [getattr(things, field.name)[:, k].contiguous() for field in fields(things)]


def _nearer(
    before: Hits, met: Tensor, depth: Tensor, slot: Tensor, u: Tensor, v: Tensor, size: Tensor, normal: Three
) -> Hits:
    near = 1.0 / depth.clamp(min=_NEAREST)
    wins = met & (near > before.near)
    after = (near, slot, u, v, size, *normal)
    return Hits(*(torch.where(wins, new, old) for new, old in zip(after, before, strict=True)))


def _column(values: Tensor) -> Tensor:
    return values.view(-1, 1, 1)


def _local(solid: Solid, rays: Rays) -> tuple[list[Tensor], list[Tensor], Tensor]:
    """Ray origin (B, 1, 1) and direction (B, H, W) in the thing's own axes, and the rotation."""
    turn, centre = solid.turn, solid.centre
    origin, direction = [], []
    for axis in range(3):
        a, b, c = (_column(turn[:, n, axis]) for n in range(3))
        origin.append(
            a * (rays.origin_x - _column(centre[:, 0])) - b * _column(centre[:, 1]) - c * _column(centre[:, 2])
        )
        direction.append(a * rays.x + b * rays.y + c)
    return origin, direction, turn


def _turned(turn: Tensor, own: Three) -> Three:
    x, y, z = own
    rows = [_column(turn[:, n, 0]) * x + _column(turn[:, n, 1]) * y + _column(turn[:, n, 2]) * z for n in range(3)]
    return rows[0], rows[1], rows[2]


def _slabs(origin: list[Tensor], direction: list[Tensor], half: Tensor) -> tuple[list[Tensor], list[Tensor]]:
    enters, leaves = [], []
    for axis in range(3):
        safe = torch.where(direction[axis].abs() < 1e-7, 1e-7, direction[axis])
        middle = -origin[axis] / safe
        reach = _column(half[:, axis]) / safe.abs()
        enters.append(middle - reach)
        leaves.append(middle + reach)
    return enters, leaves


def _on_faces(
    depth: Tensor, axis: Tensor, origin: list[Tensor], direction: list[Tensor], turn: Tensor, rays: Rays
) -> tuple[Tensor, Tensor, Tensor, Three]:
    """Texture coordinates, footprint and normal where a ray meets the face across `axis`."""
    point = [o + depth * d for o, d in zip(origin, direction, strict=True)]
    u = torch.where(axis == 0, point[2], point[0])
    v = torch.where(axis == 1, point[2], point[1])
    facing = torch.where(axis == 0, direction[0], torch.where(axis == 1, direction[1], direction[2]))
    length = torch.sqrt(direction[0] ** 2 + direction[1] ** 2 + direction[2] ** 2)
    slant = (facing.abs() / length).clamp(min=0.05)
    against = -facing.sign()
    zero = torch.zeros_like(facing)
    own = (
        torch.where(axis == 0, against, zero),
        torch.where(axis == 1, against, zero),
        torch.where(axis == 2, against, zero),
    )
    return u, v, depth * rays.pixel / slant.sqrt(), _turned(turn, own)


def inside_room(room: Solid, rays: Rays) -> Hits:
    origin, direction, turn = _local(room, rays)
    _, leaves = _slabs(origin, direction, room.half)
    depth = torch.minimum(torch.minimum(leaves[0], leaves[1]), leaves[2]).clamp(min=_NEAREST)
    axis = torch.where(depth == leaves[0], 0, torch.where(depth == leaves[1], 1, 2))
    u, v, footprint, normal = _on_faces(depth, axis, origin, direction, turn, rays)
    ahead = torch.where(axis == 0, direction[0], torch.where(axis == 1, direction[1], direction[2])) > 0
    return Hits(1.0 / depth, (2 * axis + ahead.long()).to(torch.int32), u, v, footprint, *normal)


def meet_box(hits: Hits, box: Solid, rays: Rays, slot: Tensor) -> Hits:
    origin, direction, turn = _local(box, rays)
    enters, leaves = _slabs(origin, direction, box.half)
    depth = torch.maximum(torch.maximum(enters[0], enters[1]), enters[2])
    out = torch.minimum(torch.minimum(leaves[0], leaves[1]), leaves[2])
    axis = torch.where(depth == enters[0], 0, torch.where(depth == enters[1], 1, 2))
    met = (depth < out) & (depth > _NEAREST)
    u, v, footprint, normal = _on_faces(depth, axis, origin, direction, turn, rays)
    return _nearer(hits, met, depth, slot, u, v, footprint, normal)


def meet_ellipsoid(hits: Hits, ellipsoid: Solid, rays: Rays, slot: Tensor) -> Hits:
    origin, direction, turn = _local(ellipsoid, rays)
    half = [_column(ellipsoid.half[:, n]) for n in range(3)]
    o = [a / h for a, h in zip(origin, half, strict=True)]
    d = [a / h for a, h in zip(direction, half, strict=True)]
    depth, met = _first_root(
        d[0] ** 2 + d[1] ** 2 + d[2] ** 2,
        o[0] * d[0] + o[1] * d[1] + o[2] * d[2],
        o[0] ** 2 + o[1] ** 2 + o[2] ** 2 - 1.0,
    )
    p = [a + depth * b for a, b in zip(o, d, strict=True)]
    own = [a / h for a, h in zip(p, half, strict=True)]
    length = torch.sqrt(own[0] ** 2 + own[1] ** 2 + own[2] ** 2) + 1e-9
    normal = _turned(turn, (own[0] / length, own[1] / length, own[2] / length))
    u = torch.atan2(p[2], p[0]) * half[0]
    return _nearer(hits, met, depth, slot, u, p[1] * half[1], depth * rays.pixel * 1.3, normal)


def meet_pole(hits: Hits, pole: Solid, rays: Rays, slot: Tensor) -> Hits:
    origin, direction, turn = _local(pole, rays)
    radius, length = _column(pole.half[:, 0]), _column(pole.half[:, 1])
    depth, met = _first_root(
        direction[0] ** 2 + direction[2] ** 2,
        origin[0] * direction[0] + origin[2] * direction[2],
        origin[0] ** 2 + origin[2] ** 2 - radius**2,
    )
    along = origin[1] + depth * direction[1]
    x, z = (origin[0] + depth * direction[0]) / radius, (origin[2] + depth * direction[2]) / radius
    normal = _turned(turn, (x, torch.zeros_like(x), z))
    u = torch.atan2(z, x) * radius
    return _nearer(hits, met & (along.abs() < length), depth, slot, u, along, depth * rays.pixel * 1.3, normal)


def _first_root(a: Tensor, half_b: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """The nearer solution of a t^2 + 2 half_b t + c = 0 and whether there is one in front of the eye."""
    inside = half_b**2 - a * c
    depth = (-half_b - torch.sqrt(inside.clamp(min=0.0))) / a.clamp(min=1e-12)
    return depth, (inside > 0) & (depth > _NEAREST)


def _bend(layer: Layer, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
    """The layer's inverse depth and its derivative along x at points relative to its middle."""
    near = _column(layer.near)
    slope = _column(layer.slope[:, 0])
    value = 1.0 + slope * x + _column(layer.slope[:, 1]) * y
    rate = slope + torch.zeros_like(x)
    for n in range(layer.waves.shape[1]):
        high, across, down, phase = (_column(layer.waves[:, n, m]) for m in range(4))
        angle = 6.2832 * (across * x + down * y) + phase
        value = value + high * torch.sin(angle)
        rate = rate + high * across * 6.2832 * torch.cos(angle)
    return near * value.clamp(min=0.2), near * rate


def _meet_layer_left(
    hits: Hits, layer: Layer, x: Tensor, y: Tensor, across: Tensor, offset: Tensor, pixel: Tensor, slot: Tensor
) -> Hits:
    left, down = x - _column(layer.middle[:, 0]), y - _column(layer.middle[:, 1]) + torch.zeros_like(x)
    return _painted_layer(hits, layer, left, down, pixel, slot)


def _meet_layer_right(
    hits: Hits, layer: Layer, x: Tensor, y: Tensor, across: Tensor, offset: Tensor, pixel: Tensor, slot: Tensor
) -> Hits:
    """`across` = focal * baseline. Newton's method: slope and waves are weak enough that it always arrives."""
    target = x - _column(layer.middle[:, 0]) - offset
    down = y - _column(layer.middle[:, 1]) + torch.zeros_like(x)
    left = target + across * _column(layer.near)
    for _ in range(_NEWTON_STEPS):
        near, rate = _bend(layer, left, down)
        left = left - (left - across * near - target) / (1.0 - across * rate).clamp(min=0.2)
    return _painted_layer(hits, layer, left, down, pixel, slot)


def _painted_layer(hits: Hits, layer: Layer, x: Tensor, y: Tensor, pixel: Tensor, slot: Tensor) -> Hits:
    """`x`, `y`: points of the left picture relative to the layer's middle."""
    near, rate = _bend(layer, x, y)
    c, s = _column(layer.angle.cos()), _column(layer.angle.sin())
    u, v = x * c + y * s, y * c - x * s
    steep = rate / near.abs().clamp(min=1e-3)
    tilt = torch.rsqrt(1.0 + steep**2 + 0.1)
    met = _outline(layer, u, v) & (near > 0)
    size = pixel + torch.zeros_like(near)
    return _nearer(hits, met, 1.0 / near.clamp(min=1e-6), slot, u, v, size, (steep * tilt, 0.3 * tilt, -tilt))


def _outline(layer: Layer, x: Tensor, y: Tensor) -> Tensor:
    """Inside the shape: all of it, ellipse, bar, ring, flower or leaf, fence."""
    kind = _column(layer.outline)
    size_x, size_y = _column(layer.size[:, 0]), _column(layer.size[:, 1])
    across, down = x / size_x, y / size_y
    radius = torch.sqrt(across**2 + down**2)
    bar = (across.abs() < 1.0) & (down.abs() < 1.0)
    ring = (radius < 1.0) & (radius > 0.8)
    # Cosines of 1, 2, 3 ... times the angle by multiplying unit complex numbers.
    unit_x, unit_y = across / radius.clamp(min=1e-6), down / radius.clamp(min=1e-6)
    real, imaginary = unit_x, unit_y
    edge = torch.full_like(radius, 0.8)
    for n in range(layer.petals.shape[1]):
        edge = edge + _column(layer.petals[:, n, 0]) * real + _column(layer.petals[:, n, 1]) * imaginary
        real, imaginary = real * unit_x - imaginary * unit_y, real * unit_y + imaginary * unit_x
    gap = (0.25 * size_x).clamp(min=0.02)
    fence = ((x % gap) < 0.12 * gap) | ((y % (gap * 1.7)) < 0.12 * gap)
    inside = kind == 0
    for number, shape in enumerate((radius < 1.0, bar, ring, radius < edge, fence & (radius < 2.5)), start=1):
        inside = inside | ((kind == number) & shape)
    return inside
