"""All that is drawn of one place: air, things, paints, lights, and where the camera stands."""

from dataclasses import dataclass

from training.mono.paints import Paints
from training.mono.parts import Array, Part
from training.mono.rooms import Light
from training.panorama.cells import Cell
from training.panorama.shine import Sky, Sun


@dataclass(frozen=True, slots=True)
class Building:
    """`eye` (3,) and `turn` (3, 3) of the camera; `rooms` (parts,): whose light each part has.

    `ambient` (rooms, 3): the light that comes from everywhere in each. The first `firm` parts belong to the empty
    shell: houses outdoors. Where there is a `sky`, only the cell's floor is a surface.
    """

    cells: tuple[Cell, ...]
    parts: tuple[Part, ...]
    rooms: tuple[int, ...]
    paints: Paints
    lights: tuple[Light, ...]
    ambient: Array
    eye: Array
    turn: Array
    sun: Sun | None = None
    sky: Sky | None = None
    firm: int = 0
