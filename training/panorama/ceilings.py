"""What is above and what cuts corners: roofs, barrel vaults, trays with hidden light, chamfered walls, for one room."""

import math

import numpy as np

from training.mono.furniture import Dice
from training.mono.paints import Palette
from training.mono.parts import Array
from training.panorama.cells import Cell

Slope = tuple[float, float, float, float, int]
"""As in `Cell`: a plane's normal, its offset, its paint."""


def roof(dice: Dice, low: Array, high: Array, paints: tuple[int, int]) -> list[Slope]:
    """One or two planes from a low wall up to the ridge or to the flat ceiling; `paints` of wall and ceiling."""
    axis, height = _across(dice), -low[1]
    span = float(high[axis] - low[axis])
    sides = (-1.0, 1.0) if dice.random() < 0.6 else (float(dice.choice([-1, 1])),)
    slopes = []
    for side in sides:
        low_wall = dice.uniform(0.3, 0.9) * height
        run = dice.uniform(0.3, 0.5) * span if len(sides) == 2 else dice.uniform(0.4, 1.0) * span
        foot = np.array([0.0, -low_wall, 0.0])
        foot[axis] = high[axis] if side > 0 else low[axis]
        normal = np.zeros(3)
        normal[axis], normal[1] = side * (height - low_wall), -run
        slopes.append(_plane(normal, foot, paints[1] if dice.random() < 0.5 else paints[0]))
    return slopes


def vault(dice: Dice, low: Array, high: Array, paint: int, axis: int | None = None) -> list[Slope]:
    """Planes that touch half an ellipse, which spans `axis`."""
    axis, height = _across(dice) if axis is None else axis, -low[1]
    middle, reach = (high[axis] + low[axis]) / 2, (high[axis] - low[axis]) / 2
    rise = min(reach, height * 0.5) * dice.uniform(0.4, 1.0)
    slopes = []
    for angle in np.linspace(math.radians(8), math.radians(172), int(dice.integers(4, 12))):
        normal, touch = np.zeros(3), np.zeros(3)
        normal[axis], normal[1] = math.cos(angle) / reach, -math.sin(angle) / rise
        touch[axis], touch[1] = middle + reach * math.cos(angle), -(height - rise) - rise * math.sin(angle)
        slopes.append(_plane(normal, touch, paint))
    return slopes


def chamfers(dice: Dice, low: Array, high: Array, paint: int) -> list[Slope]:
    """Upright planes across some corners: bays, octagons, walls that are not square to the others."""
    most = 0.45 * np.array([high[0] - low[0], high[2] - low[2]])
    alike = dice.random() < 0.3
    cut = dice.uniform(0.15, 1.0, 2) * most
    slopes = []
    for side_x in (-1.0, 1.0):
        for side_z in (-1.0, 1.0):
            if not alike:
                if dice.random() < 0.5:
                    continue
                cut = dice.uniform(0.15, 1.0, 2) * most
            corner = np.array([high[0] if side_x > 0 else low[0], 0.0, high[2] if side_z > 0 else low[2]])
            normal = np.array([side_x * cut[1], 0.0, side_z * cut[0]])
            slopes.append(_plane(normal, corner - np.array([side_x * cut[0], 0.0, 0.0]), paint))
    return slopes


def apse(dice: Dice, low: Array, high: Array, paint: int) -> list[Slope]:
    """Upright planes that touch half an ellipse: one end of the room is round."""
    axis, side = _across(dice), float(dice.choice([-1, 1]))
    across = 2 - axis
    middle, reach = (high[across] + low[across]) / 2, (high[across] - low[across]) / 2
    deep = min(reach * dice.uniform(0.4, 1.2), 0.6 * (high[axis] - low[axis]))
    end = high[axis] if side > 0 else low[axis]
    slopes = []
    for angle in np.linspace(math.radians(8), math.radians(172), int(dice.integers(3, 12))):
        normal, touch = np.zeros(3), np.zeros(3)
        normal[across], normal[axis] = math.cos(angle) / reach, side * math.sin(angle) / deep
        touch[across], touch[axis] = middle + reach * math.cos(angle), end - side * deep * (1 - math.sin(angle))
        slopes.append(_plane(normal, touch, paint))
    return slopes


def tray(dice: Dice, palette: Palette, low: Array, high: Array, ceiling: int, room: int) -> Cell | None:
    """A part of the ceiling lies higher: plain, of another colour, or a field of light."""
    sides = np.array([high[0] - low[0], high[2] - low[2]])
    margin = dice.uniform(0.25, max(0.3, 0.35 * sides.min()), (2, 2))
    if (sides - margin.sum(1)).min() < 0.5:
        return None
    rise = dice.uniform(0.08, 0.5) if dice.random() < 0.8 else dice.uniform(0.5, 2.5)
    lower = np.array([low[0] + margin[0, 0], low[1] - rise, low[2] + margin[1, 0]])
    upper = np.array([high[0] - margin[0, 1], low[1] + 0.01, high[2] - margin[1, 1]])
    kind = dice.random()
    top = palette.lamp() if kind < 0.3 else palette.wood() if kind < 0.4 else ceiling
    side = palette.lamp() if dice.random() < 0.15 else palette.wood() if dice.random() < 0.3 else ceiling
    return Cell(lower, upper, (side, side, top, ceiling, side, side), room)


def _across(dice: Dice) -> int:
    return 0 if dice.random() < 0.5 else 2


def _plane(normal: Array, through: Array, paint: int) -> Slope:
    unit = normal / np.linalg.norm(normal)
    return (float(unit[0]), float(unit[1]), float(unit[2]), float(unit @ through), paint)
