"""Random scenes, a batch at a time: a room, boxes, ellipsoids and poles in it, curved cut-out layers in front of it.

Space is the left camera's: x right, y down, z forward, the nearest things about 1 away. A layer is a function of the
left picture instead, an inverse depth with slope, waves and an outline, so that bumpy and lace-like things cost no
more than planes. Everything is a tensor whose first axis is the sample and whose second is the thing.
"""

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from training.stereo.draws import Draws

BOXES, ELLIPSOIDS, POLES, LAYERS = 14, 4, 7, 7
ROOM_FACES = 6
SLOTS = ROOM_FACES + BOXES + ELLIPSOIDS + POLES + LAYERS
"""Each thing has a slot in the table of paints; the room has one for each of its faces."""

OUTLINES = 6


@dataclass(frozen=True, slots=True)
class Solids:
    """`centre` (B, K, 3), `turn` (B, K, 3, 3) from own to camera axes, `half` (B, K, 3) half sizes or radii."""

    centre: Tensor
    turn: Tensor
    half: Tensor


@dataclass(frozen=True, slots=True)
class Layers:
    """All (B, K) unless said. Lengths in shares of the picture's width, `near` an inverse depth.

    `slope` (B, K, 2) and `waves` (B, K, 3, 4: amplitude, two frequencies, phase) bend `near` by shares of itself;
    `outline` is which of OUTLINES shapes, `size` (B, K, 2), `angle`, `petals` (B, K, 6, 2) its form.
    """

    middle: Tensor
    near: Tensor
    slope: Tensor
    waves: Tensor
    outline: Tensor
    size: Tensor
    angle: Tensor
    petals: Tensor


@dataclass(frozen=True, slots=True)
class Paints:
    """(B, SLOTS): `texture` in the atlas, `density` texels per unit (per picture width for layers), `gloss` 0..1."""

    texture: Tensor
    density: Tensor
    gloss: Tensor


@dataclass(frozen=True, slots=True)
class Scene:
    """`focal` (B,) in picture widths. `light` (B, 3): where light comes from, `ambient` (B,): what is everywhere."""

    focal: Tensor
    room: Solids
    boxes: Solids
    ellipsoids: Solids
    poles: Solids
    layers: Layers
    paints: Paints
    light: Tensor
    ambient: Tensor


def turn_about(yaw: Tensor, pitch: Tensor, roll: Tensor) -> Tensor:
    """(*, 3, 3) rotation: roll first, then pitch, then yaw."""
    zero, one = torch.zeros_like(yaw), torch.ones_like(yaw)

    def matrix(*rows: Tensor) -> Tensor:
        return torch.stack(rows, -1).unflatten(-1, (3, 3))

    c, s = yaw.cos(), yaw.sin()
    about_y = matrix(c, zero, s, zero, one, zero, -s, zero, c)
    c, s = pitch.cos(), pitch.sin()
    about_x = matrix(one, zero, zero, zero, c, -s, zero, s, c)
    c, s = roll.cos(), roll.sin()
    about_z = matrix(c, -s, zero, s, c, zero, zero, zero, one)
    return about_y @ about_x @ about_z


def normalised(vectors: Tensor) -> Tensor:
    return vectors / vectors.norm(dim=1, keepdim=True)


def random_scene(draws: Draws, textures: int) -> Scene:
    """A scene for each sample; `textures` is how many the atlas holds."""
    focal = draws.log_uniform(0.6, 1.8)
    room, bottom, walls = _room(draws)
    boxes = _boxes(draws, room, bottom, walls)
    reach = draws.log_uniform(1.0, 8.0, ELLIPSOIDS)
    ellipsoids = Solids(
        _in_view(draws, reach, focal),
        _any_turn(draws, ELLIPSOIDS),
        draws.log_uniform(0.03, 0.3, ELLIPSOIDS, 1) * reach.unsqueeze(-1) * draws.uniform(0.5, 1.0, ELLIPSOIDS, 3),
    )
    ellipsoids = _present(ellipsoids, draws.chance(0.5, ELLIPSOIDS))
    return Scene(
        focal=focal,
        room=room,
        boxes=boxes,
        ellipsoids=ellipsoids,
        poles=_poles(draws, focal),
        layers=_layers(draws),
        paints=_paints(draws, textures, focal),
        light=normalised(draws.normal(1.0, 3) + torch.tensor([0.0, -1.2, -0.8], device=draws.device)),
        ambient=draws.uniform(0.35, 0.9),
    )


def moved(scene: Scene, draws: Draws) -> Scene:
    """The scene a moment later: the camera has walked and turned a little, and each thing has moved by itself."""
    still = draws.chance(0.2).float().view(-1, 1)
    walk = draws.normal(0.03, 3) * (1 - still)
    angles = draws.normal(0.012, 3) * (1 - still)
    turn = turn_about(angles[:, 0], angles[:, 1], angles[:, 2] * 0.3).unsqueeze(1)

    def carried(solids: Solids, own: float) -> Solids:
        count = solids.centre.shape[1]
        moves = draws.chance(0.3, count, 1)
        centre = solids.centre + walk.unsqueeze(1) + moves * draws.normal(own, count, 3)
        return replace(solids, centre=(turn @ centre.unsqueeze(-1)).squeeze(-1), turn=turn @ solids.turn)

    layers = scene.layers
    turned = torch.stack([angles[:, 1], -angles[:, 0]], 1)
    walked = walk[:, None, :2] * layers.near.unsqueeze(-1)
    shift = scene.focal.view(-1, 1, 1) * (walked + turned.unsqueeze(1))
    drift = draws.chance(0.3, LAYERS, 1) * draws.normal(0.02, LAYERS, 2)
    near = layers.near / (1 + walk[:, 2:3] * layers.near).clamp(min=0.5)
    return replace(
        scene,
        room=carried(scene.room, 0.0),
        boxes=carried(scene.boxes, 0.03),
        ellipsoids=carried(scene.ellipsoids, 0.05),
        poles=carried(scene.poles, 0.03),
        layers=replace(layers, middle=layers.middle + shift + drift, near=near),
    )


def _room(draws: Draws) -> tuple[Solids, Tensor, Tensor]:
    """The box around the camera, how far its floor lies below, and (B, 3) its half sizes."""
    wide = draws.log_uniform(1.2, 9.0, 2)
    below, above = draws.log_uniform(0.7, 2.5), draws.log_uniform(0.7, 3.5)
    behind, ahead = draws.uniform(0.3, 2.0), draws.log_uniform(2.0, 25.0)
    outdoors = draws.chance(0.2)
    above, ahead = torch.where(outdoors, 200.0, above), torch.where(outdoors, ahead * 4, ahead)
    wide = torch.where(outdoors.unsqueeze(1), wide * 6, wide)
    low = torch.stack([-wide[:, 0], -above, -behind], 1)
    high = torch.stack([wide[:, 1], below, ahead], 1)
    turn = turn_about(draws.uniform(-0.9, 0.9), draws.normal(0.18), draws.normal(0.05))
    half = (high - low) / 2
    centre = (turn @ ((high + low) / 2).unsqueeze(-1)).squeeze(-1)
    return Solids(centre.unsqueeze(1), turn.unsqueeze(1), half.unsqueeze(1)), below, half


def _boxes(draws: Draws, room: Solids, below: Tensor, walls: Tensor) -> Solids:
    """Furniture that stands on the floor or against a wall, boards and bars, and some boxes that float."""
    half = draws.log_uniform(0.06, 0.9, BOXES, 3)
    thin = draws.chance(0.4, BOXES)
    axis = draws.whole(3, BOXES)
    flat = torch.nn.functional.one_hot(axis, 3).bool() & thin.unsqueeze(-1)
    half = torch.where(flat, draws.log_uniform(0.006, 0.05, BOXES, 1), half)
    spot = draws.uniform(-1.0, 1.0, BOXES, 3)
    # In front of the camera, within the room, in the room's own axes.
    depth = draws.log_uniform(1.1, 7.0, BOXES)
    centre = torch.stack([spot[..., 0] * 0.65 * depth, spot[..., 1] * 0.5 * depth, depth], -1)
    floor = below.view(-1, 1) - half[..., 1]
    stands = draws.chance(0.6, BOXES)
    centre[..., 1] = torch.where(stands, floor, centre[..., 1])
    turn = room.turn.expand(-1, BOXES, 3, 3)
    own = torch.where(
        draws.chance(0.4, BOXES)[..., None, None],
        turn_about(draws.uniform(-1.6, 1.6, BOXES), torch.zeros_like(depth), torch.zeros_like(depth)),
        torch.eye(3, device=draws.device),
    )
    floats = draws.chance(0.2, BOXES)
    own = torch.where(floats[..., None, None], _any_turn(draws, BOXES), own)
    centre = torch.where(floats.unsqueeze(-1), centre * 0.8, centre)
    centre = (turn @ centre.unsqueeze(-1)).squeeze(-1)
    return _present(Solids(centre, turn @ own, half), draws.chance(0.9, BOXES))


def _poles(draws: Draws, focal: Tensor) -> Solids:
    """Wires, legs, lamp posts: `half` is radius, half length, radius. Half of them only 1 to 3 pixels thick."""
    depth = draws.log_uniform(0.9, 6.0, POLES)
    pixels = torch.where(draws.chance(0.5, POLES), draws.uniform(0.5, 1.6, POLES), draws.log_uniform(1.5, 14.0, POLES))
    radius = pixels / 640.0 * depth / focal.unsqueeze(1)
    length = draws.log_uniform(0.1, 1.5, POLES) * depth
    half = torch.stack([radius, length, radius], -1)
    upright = turn_about(*(draws.normal(0.05, POLES) for _ in range(3)))
    turn = torch.where(draws.chance(0.5, POLES)[..., None, None], upright, _any_turn(draws, POLES))
    return _present(Solids(_in_view(draws, depth, focal), turn, half), draws.chance(0.5, POLES))


def _layers(draws: Draws) -> Layers:
    near = draws.log_uniform(0.1, 1.0, LAYERS)
    backdrop = draws.chance(0.3)
    present = draws.chance(0.55, LAYERS)
    outline = draws.whole(OUTLINES - 1, LAYERS) + 1
    # The first layer is a curved backdrop in front of the room's far end, or nothing.
    outline[:, 0] = torch.where(backdrop, 0, outline[:, 0])
    present[:, 0] |= backdrop
    near[:, 0] = torch.where(backdrop, draws.log_uniform(0.08, 0.5), near[:, 0])
    near = torch.where(present, near, -1.0)
    size = draws.log_uniform(0.03, 0.35, LAYERS, 1) * draws.uniform(0.35, 1.0, LAYERS, 2)
    thin = draws.chance(0.4, LAYERS) & (outline == 2)
    size[..., 1] = torch.where(thin, draws.log_uniform(0.0008, 0.006, LAYERS), size[..., 1])
    waves = torch.stack(
        [
            draws.uniform(0.0, 0.025, LAYERS, 3) * draws.chance(0.5, LAYERS, 1),
            draws.uniform(-4.0, 4.0, LAYERS, 3),
            draws.uniform(-6.0, 6.0, LAYERS, 3),
            draws.uniform(0.0, 6.283, LAYERS, 3),
        ],
        -1,
    )
    return Layers(
        middle=draws.uniform(-0.5, 0.5, LAYERS, 2) * torch.tensor([1.0, 0.6], device=draws.device),
        near=near,
        slope=draws.uniform(-0.5, 0.5, LAYERS, 2),
        waves=waves,
        outline=outline,
        size=size,
        angle=draws.uniform(0.0, 6.283, LAYERS),
        petals=draws.normal(0.1, LAYERS, 6, 2),
    )


def _paints(draws: Draws, textures: int, focal: Tensor) -> Paints:
    # One texel is about one pixel for things 2.5 away in a picture 640 wide; layers count in picture widths.
    density = draws.log_uniform(0.15, 2.5, SLOTS) * 640.0
    of_solids = SLOTS - LAYERS
    density[:, :of_solids] *= focal.unsqueeze(1) / 2.5
    return Paints(draws.whole(textures, SLOTS), density, draws.uniform(0.0, 0.6, SLOTS) * draws.chance(0.3, SLOTS))


def _in_view(draws: Draws, depth: Tensor, focal: Tensor) -> Tensor:
    across = draws.uniform(-0.55, 0.55, depth.shape[1], 2) * torch.tensor([1.0, 0.6], device=draws.device)
    return torch.cat([across * (depth / focal.unsqueeze(1)).unsqueeze(-1), depth.unsqueeze(-1)], -1)


def _any_turn(draws: Draws, count: int) -> Tensor:
    return turn_about(*(draws.uniform(-3.1, 3.1, count) for _ in range(3)))


def _present(solids: Solids, present: Tensor) -> Solids:
    """What is absent lies far behind the camera."""
    centre = solids.centre.clone()
    centre[..., 2] = torch.where(present, centre[..., 2], -1000.0)
    return replace(solids, centre=centre)
