"""A building as light on the whole sphere: paint, lamps with soft shadows, dark corners; linear, before any camera."""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from training.mono.parts import BALL, BOX, DRUM
from training.mono.render import painted
from training.mono.rooms import Light
from training.panorama.building import Building
from training.panorama.cast import Met, Sphere, Things, met
from training.panorama.cells import Cell
from training.panorama.shine import mirrored, sky_seen, sunlight
from training.stereo.cast import Hits
from training.stereo.textures import Atlas

_SHADOW_ROWS = 96
_SUN_REACH_M = 100.0
"""What reaches further stands for the sun: its shadows are sharp."""

_SHADOW_SLACK = 0.05
_TAPS = ((0.0, 0.0), (1.5, 0.5), (-0.5, 1.5), (-1.5, -0.5), (0.5, -1.5))
_CREVICES_M = (0.15, 0.6)


@dataclass(frozen=True, slots=True)
class Surface:
    """What rays met, (3, N) or (N,): points and normals in the world, paint coordinates, row of the paint, room."""

    points: Tensor
    normals: Tensor
    u: Tensor
    v: Tensor
    paint: Tensor
    room: Tensor
    number: Tensor


def lit(building: Building, things: Things, seen: Met, sphere: Sphere, atlas: Atlas) -> Tensor:
    """(3, H, W) linear colours."""
    shape = (sphere.height, sphere.width)
    rays = torch.from_numpy(sphere.rays()).flatten(1)
    range_m = torch.from_numpy(seen.range_m).flatten()
    surface = surface_of(building, things, seen, rays, range_m, sphere)
    slant = (rays * surface.normals).sum(0).abs().clamp(min=0.05)
    footprint = range_m * (math.pi / sphere.height) / slant.sqrt()
    nothing = torch.zeros(1, 1, 1)
    slot, u, v, size = (value.view(1, *shape) for value in (surface.number, surface.u, surface.v, footprint))
    hits = Hits(nothing, slot, u, v, size, nothing, nothing, nothing)
    rows = surface.paint.view(1, *shape)
    colour, glow = painted(building.paints, atlas, hits, rows)
    light = torch.from_numpy(building.ambient).float()[surface.room].T.reshape(3, *shape)
    # A little more light from above than from below: sides of one paint differ.
    light = light * (1.0 - 0.2 * surface.normals[1].view(1, *shape))
    # Every second pixel each way is enough for what is soft.
    coarse = [value.view(-1, *shape)[:, ::2, ::2].contiguous() for value in (surface.points, surface.normals, range_m)]
    light = light * fn.interpolate(_crevices(*coarse)[None], shape, mode="bilinear")[0]
    gloss = torch.from_numpy(building.paints.gloss)[rows]
    shine = torch.zeros_like(light)
    for lamp in building.lights:
        direct, glint = _lamp(lamp, building.cells, things, surface, rays)
        light = light + direct.view(3, *shape)
        shine = shine + gloss * glint.view(3, *shape)
    if building.sun is not None:
        light = light + sunlight(building.sun, surface.points, surface.normals, surface.room).view(3, *shape)
    linear = colour * light + shine + colour * glow
    if building.sky is not None:
        linear = torch.where(torch.from_numpy(seen.open), sky_seen(building.sky, rays).view(3, *shape), linear)
    polished = torch.where(torch.from_numpy(seen.open), 0.0, gloss).flatten()
    return mirrored(
        linear, surface.points, surface.normals, rays, polished, building.cells, building.eye, building.turn
    )


def surface_of(building: Building, things: Things, seen: Met, rays: Tensor, range_m: Tensor, sphere: Sphere) -> Surface:
    """Closed forms at each hit, from the number of what was hit and how far away."""
    points = torch.from_numpy(sphere.eye).float()[:, None] + rays * range_m
    made = _walls(building, seen, points)
    number = torch.from_numpy(seen.thing).flatten()
    for shape in (BOX, BALL, DRUM):
        at = torch.nonzero(torch.from_numpy(np.append(things.shape == shape, False)[seen.thing.ravel()]))[:, 0]
        if not len(at):
            continue
        which = number[at]
        turn = torch.from_numpy(things.turn).float()[which]
        half = torch.from_numpy(things.half).float()[which].T
        away = points[:, at] - torch.from_numpy(things.centre).float()[which].T
        own = torch.einsum("nij,in->jn", turn, away)
        u, v, normal = _form(shape, own, half)
        made.normals[:, at] = torch.einsum("nij,jn->in", turn, normal)
        made.u[at], made.v[at] = u, v
        made.paint[at] = torch.from_numpy(things.paint)[which]
        made.room[at] = torch.tensor(building.rooms)[which]
        made.number[at] = 6.0 + which.float()
    return made


def _form(shape: int, own: Tensor, half: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Paint coordinates and the normal (3, N) at a point of a solid in its own axes."""
    if shape == BOX:
        axis = (own.abs() - half).argmax(0)
        normal = torch.zeros_like(own)
        normal.scatter_(0, axis[None], own.gather(0, axis[None]).sign())
        return torch.where(axis == 0, own[2], own[0]), torch.where(axis == 1, own[2], own[1]), normal
    if shape == BALL:
        normal = _unit(own / half**2)
        return torch.atan2(own[2], own[0]) * half[0], own[1], normal
    around = _unit(torch.stack([own[0], torch.zeros_like(own[0]), own[2]]))
    return torch.atan2(own[2], own[0]) * half[0], own[1], around


def _walls(building: Building, seen: Met, points: Tensor) -> Surface:
    """All points as if they lay on the shell."""
    cell, plane = (torch.from_numpy(value) for value in (seen.walls.cell, seen.walls.plane))
    most = 6 + max(len(one.slopes) for one in building.cells)
    paints = torch.zeros(len(building.cells), most, dtype=torch.long)
    towards = torch.zeros(len(building.cells), most, 3)
    for n, one in enumerate(building.cells):
        for face, paint in enumerate(one.faces):
            paints[n, face] = paint
            towards[n, face, face // 2] = 1.0 if face % 2 == 0 else -1.0  # normals look into the air
        for k, slope in enumerate(one.slopes):
            paints[n, 6 + k] = slope[4]
            towards[n, 6 + k] = -torch.tensor(slope[:3])
    normals = towards[cell, plane].T.contiguous()
    main = towards.abs().argmax(-1)[cell, plane]
    u = torch.where(main == 0, points[2], points[0])
    v = torch.where(main == 1, points[2], points[1])
    rooms = torch.tensor([one.room for one in building.cells])[cell]
    return Surface(points, normals, u, v, paints[cell, plane], rooms, plane.float())


def _lamp(
    lamp: Light, cells: tuple[Cell, ...], things: Things, surface: Surface, rays: Tensor
) -> tuple[Tensor, Tensor]:
    """(3, N) light that arrives from one lamp, and (3, N) what polished surfaces mirror of it."""
    direct, glint = torch.zeros_like(surface.points), torch.zeros_like(surface.points)
    towards = torch.from_numpy(lamp.place).float()[:, None] - surface.points
    # Lamps and windows are wide: what is turned a little away is still lit.
    at = torch.nonzero((towards * surface.normals).sum(0) > -0.15 * towards.square().sum(0).sqrt())[:, 0]
    if not len(at) or not any(cell.holds(lamp.place) for cell in cells):
        return direct, glint
    towards, normals = towards[:, at], surface.normals[:, at]
    length = towards.square().sum(0).sqrt() + 1e-3
    towards = towards / length
    facing = (towards * normals).sum(0)
    colour = torch.from_numpy(lamp.colour).float()[:, None]
    seen = _unshadowed(lamp, cells, things, -towards, length, facing)
    arriving = colour * (seen / (1.0 + (length / lamp.reach_m) ** 2))
    direct[:, at] = arriving * ((facing + 0.15) / 1.15).clamp(min=0.0)
    glint[:, at] = arriving * (_unit(towards - rays[:, at]) * normals).sum(0).clamp(0.0, 1.0) ** 40 * 0.5
    return direct, glint


def _unit(vectors: Tensor) -> Tensor:
    """(3, N) of length one."""
    return vectors * torch.rsqrt(vectors.square().sum(0) + 1e-12)


def _unshadowed(
    lamp: Light, cells: tuple[Cell, ...], things: Things, looks: Tensor, length: Tensor, facing: Tensor
) -> Tensor:
    """(N,) 0..1: how much of the lamp each point sees, by a range map from the lamp, softened by five taps."""
    height = _SHADOW_ROWS if lamp.reach_m < _SUN_REACH_M else 4 * _SHADOW_ROWS
    width = 2 * height
    eye = Sphere(lamp.place, np.eye(3), height, width)
    # What is small, and the lamp's own bulb, throws no shadow.
    large = (things.half.max(1) > 0.08) & (
        np.linalg.norm(things.centre - lamp.place, axis=1) > things.half.max(1) + 0.1
    )
    blocks = Things(*(value[large] for value in (things.centre, things.turn, things.half, things.shape, things.paint)))
    far = torch.from_numpy(met(cells, blocks, eye, smallest_px=1.5).range_m).flatten()
    column = (torch.atan2(looks[0], looks[2]) / (2 * math.pi) + 0.5) * width
    row = (torch.asin(looks[1].clamp(-1.0, 1.0)) / math.pi + 0.5) * height
    # A texel of the map spans more of a surface the more it is turned away.
    slack = (_SHADOW_SLACK / facing.abs().clamp(min=0.04)).clamp(max=0.6)
    least = length * (1.0 - slack) - 0.03
    seen = torch.zeros_like(length)
    for across, down in _TAPS:
        at_x = (column + across).long() % width
        at_y = (row + down).long().clamp(0, height - 1)
        seen += (far[at_y * width + at_x] > least).float()
    return seen / len(_TAPS)


def _crevices(points: Tensor, normals: Tensor, range_m: Tensor) -> Tensor:
    """(1, H, W): less light arrives where surfaces stand close before another, seen on the sphere itself.

    `points`, `normals` (3, H, W), `range_m` (1, H, W).

    The estimator is Alchemy's (McGuire et al., HPG 2011), six taps at each of two distances.
    """
    height = range_m.shape[1]
    light = torch.ones_like(range_m)
    for reach_m in _CREVICES_M:
        hidden = torch.zeros_like(range_m)
        reach = reach_m / float(range_m.median()) * height / math.pi
        for k in range(6):
            radius = reach * (0.3 + 0.7 * ((k * 0.618) % 1.0))
            across, down = (round(radius * f(k * 1.0472)) for f in (math.cos, math.sin))
            rows = (torch.arange(height) + down).clamp(0, height - 1)
            towards = torch.roll(points, -across, 2)[:, rows] - points
            apart = towards.square().sum(0, keepdim=True)
            above = (towards * normals).sum(0, keepdim=True) - 0.01 * range_m
            near = (1.0 - apart / reach_m**2 / 4).clamp(min=0.0)
            hidden += near * above.clamp(min=0.0) * torch.rsqrt(apart + 1e-4)
        light = light * (1.0 - 0.7 * hidden / 3).clamp(0.3, 1.0)
    light = fn.pad(light[None], (2, 2, 0, 0), mode="circular")
    return fn.avg_pool2d(fn.pad(light, (0, 0, 2, 2), mode="replicate"), 5, 1)[0]
