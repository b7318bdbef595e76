"""What things in rooms are painted with: a few muted colours a room, little pattern, the same wood here and there.

The anchors were chosen by eye: walls are light, floors are warm or grey, ceilings white, cloth is any colour.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Colour = tuple[float, float, float]

_WALLS: tuple[Colour, ...] = (
    (0.88, 0.86, 0.82), (0.80, 0.76, 0.68), (0.92, 0.91, 0.90), (0.72, 0.66, 0.54), (0.66, 0.70, 0.70),
    (0.62, 0.66, 0.56), (0.78, 0.66, 0.52), (0.56, 0.62, 0.70), (0.55, 0.50, 0.45), (0.74, 0.44, 0.34),
)  # fmt: skip
_WOODS: tuple[Colour, ...] = (
    (0.72, 0.56, 0.38), (0.55, 0.38, 0.24), (0.36, 0.22, 0.14), (0.24, 0.15, 0.11), (0.80, 0.68, 0.50),
    (0.60, 0.30, 0.18), (0.90, 0.88, 0.84), (0.14, 0.12, 0.12), (0.50, 0.46, 0.42),
)  # fmt: skip
_FLOORS: tuple[Colour, ...] = (
    (0.66, 0.50, 0.34), (0.45, 0.30, 0.20), (0.60, 0.56, 0.50), (0.70, 0.66, 0.60), (0.45, 0.45, 0.46),
    (0.50, 0.42, 0.34), (0.34, 0.36, 0.40), (0.78, 0.76, 0.72), (0.40, 0.24, 0.20),
)  # fmt: skip
_CLOTH: tuple[Colour, ...] = (
    (0.30, 0.32, 0.36), (0.62, 0.56, 0.48), (0.82, 0.78, 0.72), (0.24, 0.28, 0.42), (0.46, 0.20, 0.18),
    (0.34, 0.38, 0.28), (0.16, 0.15, 0.15), (0.70, 0.50, 0.36), (0.56, 0.62, 0.68), (0.76, 0.70, 0.40),
    (0.92, 0.90, 0.88),
)  # fmt: skip
_THINGS: tuple[Colour, ...] = (
    (0.85, 0.84, 0.80), (0.12, 0.12, 0.13), (0.66, 0.16, 0.14), (0.16, 0.30, 0.58), (0.20, 0.42, 0.26),
    (0.78, 0.62, 0.24), (0.60, 0.46, 0.32), (0.50, 0.50, 0.52), (0.82, 0.60, 0.46),
    (0.44, 0.28, 0.48), (0.30, 0.22, 0.16),
    (0.86, 0.50, 0.20),
)  # fmt: skip
_METAL: tuple[Colour, ...] = ((0.62, 0.62, 0.63), (0.85, 0.85, 0.84), (0.20, 0.20, 0.21), (0.66, 0.56, 0.36))


@dataclass(frozen=True, slots=True)
class Paints:
    """A table, one row a paint: `texture` (P,) in the atlas, `density` (P,) texels per metre, `tint` (P, 3) 0..1.

    `contrast` (P,) is how much of the texture's pattern shows, `raw` (P,) bool: its own colours instead of the tint;
    `gloss` (P,) 0..1; `glow` (P,): light that it sends out by itself, in multiples of its colour.
    """

    texture: NDArray[np.int64]
    density: NDArray[np.float32]
    tint: NDArray[np.float32]
    contrast: NDArray[np.float32]
    raw: NDArray[np.bool_]
    gloss: NDArray[np.float32]
    glow: NDArray[np.float32]


class Palette:
    """Mixes paints for one room; each method returns a row number. Woods and metals come back in the same room."""

    def __init__(self, rng: np.random.Generator, textures: int) -> None:
        self._rng = rng
        self._textures = textures
        self._rows: list[tuple[int, float, NDArray[np.float64], float, bool, float, float]] = []
        self._usual_wood = self._new_wood()
        self._usual_metal = self._one(_METAL, contrast=0.05, gloss=0.5)
        self.trim = self._one(((0.92, 0.91, 0.88),), contrast=0.03, gloss=0.1)
        """Door frames, skirting boards, window frames."""

    def wall(self) -> int:
        rng = self._rng
        if rng.random() < 0.06:
            return self._raw(60.0, 300.0)
        return self._one(_WALLS, contrast=rng.uniform(0.0, 0.06) if rng.random() < 0.88 else rng.uniform(0.06, 0.5))

    def ceiling(self) -> int:
        white = self._rng.random() < 0.85
        return self._one(((0.92, 0.92, 0.90),) if white else _WALLS + _WOODS, contrast=self._rng.uniform(0.0, 0.12))

    def floor(self) -> int:
        rng = self._rng
        if rng.random() < 0.1:
            return self._raw(60.0, 300.0)
        return self._one(_FLOORS, contrast=rng.uniform(0.05, 0.8), gloss=rng.uniform(0.0, 0.5))

    def wood(self) -> int:
        return self._usual_wood if self._rng.random() < 0.6 else self._new_wood()

    def metal(self) -> int:
        return self._usual_metal if self._rng.random() < 0.6 else self._one(_METAL, contrast=0.05, gloss=0.5)

    def cloth(self) -> int:
        rng = self._rng
        if rng.random() < 0.2:
            return self._raw(100.0, 500.0)
        return self._one(_CLOTH, contrast=rng.uniform(0.02, 0.5))

    def thing(self) -> int:
        rng = self._rng
        if rng.random() < 0.3:
            return self._raw(200.0, 1500.0)
        return self._one(_THINGS, contrast=rng.uniform(0.0, 0.4), gloss=rng.uniform(0.0, 0.6))

    def picture(self) -> int:
        return self._raw(150.0, 600.0)

    def leaf(self) -> int:
        return self._one(((0.20, 0.34, 0.14), (0.30, 0.42, 0.20), (0.16, 0.26, 0.14)), contrast=0.8)

    def white(self) -> int:
        return self._one(((0.90, 0.90, 0.89), (0.84, 0.83, 0.78)), contrast=0.03, gloss=0.3)

    def dark(self) -> int:
        return self._one(((0.07, 0.07, 0.08), (0.12, 0.11, 0.11)), contrast=0.1, gloss=0.5)

    def mirror(self) -> int:
        """Black but for what it mirrors."""
        return self._one(((0.03, 0.03, 0.03),), contrast=0.0, gloss=10.0)

    def outside(self) -> int:
        """What is seen through a window: bright, often too bright for the camera, sometimes night."""
        rng = self._rng
        if rng.random() < 0.15:
            return self._one(((0.04, 0.05, 0.08),), contrast=0.5, gloss=0.6)
        glow = rng.uniform(0.5, 4.0)
        return (
            self._raw(40.0, 200.0, glow=glow)
            if rng.random() < 0.4
            else self._one(((0.85, 0.92, 1.0), (0.95, 0.95, 0.92)), contrast=rng.uniform(0.0, 0.5), glow=glow)
        )

    def lamp(self) -> int:
        return self._one(((1.0, 0.92, 0.76), (1.0, 0.97, 0.92)), contrast=0.05, glow=self._rng.uniform(1.0, 4.0))

    def table(self) -> Paints:
        columns = list(zip(*self._rows, strict=True))
        return Paints(
            np.array(columns[0], np.int64),
            np.array(columns[1], np.float32),
            np.array(columns[2], np.float32),
            np.array(columns[3], np.float32),
            np.array(columns[4], np.bool_),
            np.array(columns[5], np.float32),
            np.array(columns[6], np.float32),
        )

    def _new_wood(self) -> int:
        return self._one(_WOODS, contrast=self._rng.uniform(0.02, 0.22), gloss=self._rng.uniform(0.0, 0.4))

    def _one(self, anchors: tuple[Colour, ...], *, contrast: float, gloss: float = 0.0, glow: float = 0.0) -> int:
        rng = self._rng
        anchor = np.array(anchors[rng.integers(len(anchors))])
        tint = (anchor * rng.uniform(0.75, 1.2) + rng.normal(0.0, 0.025, 3)).clip(0.02, 0.98)
        return self._add(float(np.exp(rng.uniform(np.log(60.0), np.log(500.0)))), tint, contrast, False, gloss, glow)

    def _raw(self, low: float, high: float, glow: float = 0.0) -> int:
        rng = self._rng
        density = float(np.exp(rng.uniform(np.log(low), np.log(high))))
        return self._add(density, rng.uniform(0.7, 1.2) * np.ones(3), 1.0, True, rng.uniform(0.0, 0.3), glow)

    def _add(
        self, density: float, tint: NDArray[np.float64], contrast: float, raw: bool, gloss: float, glow: float
    ) -> int:
        self._rows.append((int(self._rng.integers(self._textures)), density, tint, contrast, raw, gloss, glow))
        return len(self._rows) - 1
