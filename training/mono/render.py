"""A room as a photograph: first hits, paint, lamps with falling light and soft shadows, dark corners, a camera's curve.

Depth is exact: metres along the optical axis at each pixel's centre.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from training.mono.paints import Paints
from training.mono.parts import Array
from training.mono.rooms import Light, Room, turn_of
from training.mono.view import Pinhole, Stage
from training.stereo.cast import Hits
from training.stereo.textures import Atlas, read

_SHADOW_PX = 160
_SHADOW_FOCAL = 0.16
"""Of the map that a light looks through: 144 degrees wide. What it does not see is lit."""

_SHADOW_SLACK = 0.03
_OCCLUSION_M = 0.35
_TAPS = ((1.0, 0.0), (0.31, 0.95), (-0.81, 0.59), (-0.81, -0.59), (0.31, -0.95))


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`picture` (1, 3, H, W) float32 RGB 0..1, perfect but for the exposure; `depth_m` (1, 1, H, W) float32."""

    picture: Tensor
    depth_m: Tensor


def photographed(room: Room, atlas: Atlas, height: int, width: int) -> Snapshot:
    """The room as its camera sees it."""
    camera = Pinhole(room.camera.eye, room.camera.turn, room.camera.focal, height, width)
    hits = Stage.of(room.low, room.high, room.parts, camera).hits()
    depth = 1.0 / hits.near
    x, y = (torch.from_numpy(value) for value in camera.directions())
    points = torch.cat([x * depth, y.unsqueeze(1) * depth, depth])  # (3, H, W) in the camera's axes
    normals = torch.cat([hits.normal_x, hits.normal_y, hits.normal_z])
    slots = _paints_of_slots(room)[hits.slot.long()]
    colour, glow = painted(room.paints, atlas, hits, slots)
    light = (
        torch.from_numpy(room.ambient).float().view(3, 1, 1)
        * _corners(points, normals, room)
        * _crevices(points, normals, camera.focal)
    )
    gloss = torch.from_numpy(room.paints.gloss)[slots]
    shine = torch.zeros_like(light)
    for lamp in room.lights:
        direct, glint = _lamp(lamp, room, camera, points, normals)
        light = light + direct
        shine = shine + gloss * glint
    linear = colour * light + shine + colour * glow
    return Snapshot(_developed(linear).unsqueeze(0), depth.unsqueeze(1))


def _paints_of_slots(room: Room) -> Tensor:
    return torch.tensor([*room.faces, *(part.paint for part in room.parts)])


def painted(paints: Paints, atlas: Atlas, hits: Hits, rows: Tensor) -> tuple[Tensor, Tensor]:
    """(3, H, W) what the surfaces reflect, linear, and (1, H, W) how much they glow; `rows` (1, H, W) of the table."""
    density = torch.from_numpy(paints.density)[rows]
    level = torch.log2((hits.footprint * density).clamp(min=1e-6))
    # Each thing begins elsewhere in the texture: planks of two boxes shall not join by chance.
    offset = hits.slot.float() * 37.0
    texel = read(atlas, torch.from_numpy(paints.texture)[rows], hits.u * density + offset, hits.v * density, level)
    contrast = torch.from_numpy(paints.contrast)[rows].unsqueeze(-1)
    tint = torch.from_numpy(paints.tint)[rows]
    grey = texel.mean(-1, keepdim=True)
    mean = atlas_means(atlas)[torch.from_numpy(paints.texture)].clamp(min=0.05)[rows].unsqueeze(-1)
    patterned = tint * (1.0 + contrast * (grey / mean - 1.0))
    colour = torch.where(torch.from_numpy(paints.raw)[rows].unsqueeze(-1), texel * tint, patterned)
    linear = colour.clamp(0.005, 1.0).pow(2.2)
    return linear[0].permute(2, 0, 1), torch.from_numpy(paints.glow)[rows]


def atlas_means(atlas: Atlas) -> Tensor:
    """(textures,): the mean brightness of each, which is its last mip level."""
    last = torch.arange(atlas.count) * atlas.stride + atlas.begins[-1]
    return atlas.texels[last].mean(-1)


def _lamp(lamp: Light, room: Room, camera: Pinhole, points: Tensor, normals: Tensor) -> tuple[Tensor, Tensor]:
    """(3, H, W) light that arrives from one lamp, and (3, H, W) what polished surfaces mirror of it."""
    place = torch.from_numpy((lamp.place - camera.eye) @ camera.turn).float().view(3, 1, 1)
    towards = place - points
    apart = towards.square().sum(0, keepdim=True)
    towards = towards * torch.rsqrt(apart + 1e-6)
    facing = (towards * normals).sum(0, keepdim=True)
    colour = torch.from_numpy(lamp.colour).float().view(3, 1, 1)
    arriving = colour * _unshadowed(lamp, room, camera, points) / (1.0 + apart / lamp.reach_m**2)
    half = towards - points * torch.rsqrt(points.square().sum(0, keepdim=True))
    half = half * torch.rsqrt(half.square().sum(0, keepdim=True) + 1e-6)
    glint = (half * normals).sum(0, keepdim=True).clamp(0.0, 1.0) ** 40
    # Lamps and windows are wide: what is turned a little away is still lit.
    return arriving * ((facing + 0.15) / 1.15).clamp(min=0.0), arriving * glint * 0.5


def _unshadowed(lamp: Light, room: Room, camera: Pinhole, points: Tensor) -> Tensor:
    """(1, H, W) 0..1: how much of the lamp each point sees, by a depth map from the lamp, softened by five taps."""
    eye = Pinhole(lamp.place, _looking_into(room, lamp.place), _SHADOW_FOCAL, _SHADOW_PX, _SHADOW_PX)
    near = torch.from_numpy(Stage.of(room.low, room.high, room.parts, eye).nearest(smallest_m=0.12)[0])
    turn = torch.from_numpy(eye.turn.T @ camera.turn).float()
    start = torch.from_numpy((camera.eye - eye.eye) @ eye.turn).float().view(3, 1)
    x, y, z = (turn @ points.flatten(1) + start).unbind()
    ahead = z.clamp(min=0.05)
    scale = _SHADOW_FOCAL * _SHADOW_PX
    column, row = x / ahead * scale + _SHADOW_PX / 2, y / ahead * scale + _SHADOW_PX / 2
    inside = (z > 0.05) & (column >= 0) & (column < _SHADOW_PX) & (row >= 0) & (row < _SHADOW_PX)
    lit = torch.zeros_like(z)
    for across, down in _TAPS:
        at_x = (column + 1.2 * across).clamp(0, _SHADOW_PX - 1).long()
        at_y = (row + 1.2 * down).clamp(0, _SHADOW_PX - 1).long()
        lit += (near[at_y, at_x] * (ahead * (1.0 - _SHADOW_SLACK) - _SHADOW_SLACK) < 1.0).float()
    lit = torch.where(inside, lit / len(_TAPS), 1.0).view(1, *points.shape[1:])
    return fn.avg_pool2d(fn.pad(lit.unsqueeze(0), (1, 1, 1, 1), mode="replicate"), 3, 1)[0]


def _looking_into(room: Room, place: Array) -> Array:
    """Lamps look down, windows across the room and a little down."""
    if place[1] < 0.75 * room.low[1]:
        return turn_of(0.0, -np.pi / 2, 0.0)
    to_middle = (room.low + room.high) / 2 - place
    return turn_of(float(np.arctan2(to_middle[0], to_middle[2])), -0.35, 0.0)


def _corners(points: Tensor, normals: Tensor, room: Room) -> Tensor:
    """(1, H, W): less light arrives where walls, floor and ceiling meet."""
    turn = torch.from_numpy(room.camera.turn).float()
    place = (turn @ points.flatten(1)).view_as(points)
    upright = (turn @ normals.flatten(1)).view_as(normals)
    dark = torch.ones_like(points[:1])
    for axis in range(3):
        for side in (room.low[axis], room.high[axis]):
            apart = (place[axis] + float(room.camera.eye[axis] - side)).abs()
            turned_away = 1.0 - upright[axis].abs()
            dark = dark * (1.0 - 0.35 * turned_away * torch.exp(-apart / 0.3))
    return dark


def _crevices(points: Tensor, normals: Tensor, focal: float) -> Tensor:
    """(1, H, W): less light arrives where other things stand close before a surface, seen in the picture itself.

    The estimator is Alchemy's (McGuire et al., HPG 2011) with eight taps.
    """
    height, width = points.shape[1:]
    depth = points[2]
    hidden = torch.zeros_like(depth)
    reach = (_OCCLUSION_M * focal * width / float(depth.median())) / 2
    for k in range(8):
        radius = reach * (0.25 + 0.75 * ((k * 0.618) % 1.0))
        across, down = (round(radius * f(k * 0.7854)) for f in (math.cos, math.sin))
        other = torch.roll(points, (-down, -across), (1, 2))
        towards = other - points
        apart = towards.square().sum(0)
        above = (towards * normals).sum(0) - 0.02 * depth
        near = (1.0 - apart / _OCCLUSION_M**2 / 4).clamp(min=0.0)
        valid = torch.zeros_like(depth)
        valid[max(0, -down) : height - max(0, down), max(0, -across) : width - max(0, across)] = 1.0
        hidden += valid * near * (above.clamp(min=0.0) * torch.rsqrt(apart + 1e-4))
    hidden = fn.avg_pool2d(fn.pad(hidden[None, None], (2, 2, 2, 2), mode="replicate"), 5, 1)[0]
    return (1.0 - 0.9 * hidden / 4).clamp(0.2, 1.0)


def _developed(linear: Tensor) -> Tensor:
    """(3, H, W) 0..1: exposed for the picture's brighter middle, as cameras do, then the usual curve."""
    grey = linear.mean(0).flatten()
    bright = grey.kthvalue(int(0.8 * grey.numel())).values.clamp(min=1e-3)
    return (linear * (0.5 / bright)).clamp(1e-4, 1.0).pow(1.0 / 2.2)
