"""Short clips drawn here as people's two cameras would have taken them: what layout and order are judged by.

A scene is a floor, a wall and boards of many outlines that stand on the floor or hang in the air, all painted with
blotches, stripes, checks and bricks. Each is a plane, so its disparity is a linear function of the place in the
picture (Hartley and Zisserman 2004, section 13): both eyes are drawn from the middle one without a ray being cast.
Then come the faults of people's cameras: converging, a roll, uneven heights, unequal exposure, noise, JPEG.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair

Floats = NDArray[np.float32]

_TILE_PX = 640
"""Large enough that blotches hardly repeat within a picture, as they do not outside of drawings."""
_FAR_FIRST = 8
"""Boards are drawn from far to near, each whole: there are at most so many."""


@dataclass(frozen=True, slots=True)
class Faults:
    """What is wrong with the two cameras; all zero: nothing.

    `converged_share` of the width is taken off all disparities. `roll_deg` and `raised_share` (of the height) are the
    right eye's; `gain` and `offset_levels` its exposure; `noise_levels` both eyes'; `jpeg` a quality, or None.
    """

    converged_share: float = 0.0
    roll_deg: float = 0.0
    raised_share: float = 0.0
    gain: float = 1.0
    offset_levels: float = 0.0
    noise_levels: float = 0.0
    jpeg: int | None = None


@dataclass(frozen=True, slots=True)
class _Board:
    """A painted plane. Places are in picture widths from the middle: x right, y down.

    `near`: disparity in widths at the middle, and what a step right and a step down add to it.
    `shape`: 0 all of it, 1 a rectangle, 2 an ellipse, 3 a flower; `drift` is how far it moves by itself in a frame.
    """

    near: tuple[float, float, float]
    shape: int
    centre: tuple[float, float]
    half: tuple[float, float]
    tile: Floats
    texels: float
    drift: tuple[float, float]
    top: float = -10.0

    def seen(self, x: Floats, y: Floats, moved: tuple[float, float]) -> NDArray[np.bool_]:
        u, v = (x - self.centre[0] - moved[0]) / self.half[0], (y - self.centre[1] - moved[1]) / self.half[1]
        if self.shape == 0:
            return np.asarray(y > self.top)
        if self.shape == 1:
            return np.asarray((np.abs(u) < 1) & (np.abs(v) < 1))
        radius = np.hypot(u, v)
        if self.shape == 2:
            return np.asarray(radius < 1)
        return np.asarray(radius < 0.75 + 0.25 * np.sin(5 * np.arctan2(v, u)))


@dataclass(frozen=True, slots=True)
class DrawnClip:
    """A scene, two cameras and their faults. `pair(number)` is one of its moments, in the right order."""

    size_hw: tuple[int, int]
    faults: Faults
    _boards: tuple[_Board, ...]
    _pan: tuple[float, float]
    _seed: int

    def pair(self, number: int) -> StereoPair:
        rng = np.random.default_rng((self._seed, number))
        left, right = self._eye(number, -0.5), self._eye(number, 0.5)
        right = right * np.float32(self.faults.gain) + np.float32(self.faults.offset_levels)
        eyes = [self._developed(eye, rng) for eye in (left, right)]
        return StereoPair(eyes[0], eyes[1], number, number / 25, 0.0)

    def _eye(self, number: int, side: float) -> Floats:
        """(H, W, 3). `side` is -0.5 for the left eye, 0.5 for the right one."""
        height, width = self.size_hw
        y, x = np.mgrid[:height, :width].astype(np.float32)
        x, y = (x - width / 2) / np.float32(width), (y - height / 2) / np.float32(width)
        if side > 0:
            turn = np.deg2rad(self.faults.roll_deg)
            x, y = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
            y = y - np.float32(self.faults.raised_share * height / width)
        picture = np.zeros((height, width, 3), np.float32)
        for board in self._boards:
            base, across, down = board.near
            at_y = (y + np.float32(self._pan[1] * number)).astype(np.float32)
            offset = base + down * at_y - self.faults.converged_share
            middle = ((x + side * offset) / (1 - side * across) + self._pan[0] * number).astype(np.float32)
            moved = board.drift[0] * number, board.drift[1] * number
            seen = board.seen(middle, at_y, moved)
            if not seen.any():
                continue
            # The floor's paint runs together towards the horizon, as a floor's does.
            far = 1 / np.maximum(1e-3, (base + down * at_y) / max(base, 1e-3)) if down > 0 and board.shape == 0 else 1.0
            u, v = ((middle - moved[0]) * far, far if isinstance(far, np.ndarray) else at_y - moved[1])
            paint = cv2.remap(
                board.tile,
                np.mod(u * board.texels, _TILE_PX).astype(np.float32),
                np.mod(np.broadcast_to(v, u.shape) * board.texels, _TILE_PX).astype(np.float32),
                cv2.INTER_LINEAR,
                borderMode=cv2.BORDER_WRAP,
            )
            picture[seen] = paint[seen]
        return picture

    def _developed(self, eye: Floats, rng: np.random.Generator) -> Image:
        noisy = eye + rng.normal(0, self.faults.noise_levels, eye.shape)
        return through_jpeg(np.clip(np.rint(noisy), 0, 255).astype(np.uint8), self.faults.jpeg)


def through_jpeg(image: Image, quality: int | None) -> Image:
    """`image` stored as JPEG and read again; None leaves it alone."""
    if quality is None:
        return image
    coded = cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR), np.uint8)


def draw_clip(size_hw: tuple[int, int], seed: int, faults: Faults | None = None) -> DrawnClip:
    """The clip of that seed; where no `faults` are given, they are drawn as well: converged cameras and all."""
    rng = np.random.default_rng(seed)
    height, width = size_hw
    shape = height / width
    # Disparities of the farthest and the nearest things, in widths.
    far = float(rng.uniform(0.002, 0.03))
    reach = float(rng.uniform(0.025, 0.1))
    boards = [_Board((far, 0, 0), 0, (0, 0), (1, 1), _paint(rng), _texels(rng), (0, 0))]
    horizon = float(rng.uniform(-0.25, 0.35)) * shape
    has_floor = rng.random() < 0.7
    if has_floor:
        down = reach / max(0.1, 0.5 * shape - horizon)
        floor = (far - down * horizon, 0.0, down)
        boards.append(_Board(floor, 0, (0, 0), (1, 1), _paint(rng), _texels(rng), (0, 0), top=horizon))
    nears = np.sort(rng.uniform(0.15, 1.0, int(rng.integers(3, _FAR_FIRST))))
    for nearness in nears:
        near = far + reach * float(nearness)
        half = float(rng.uniform(0.04, 0.22)), float(rng.uniform(0.05, 0.3)) * shape
        across = float(rng.uniform(-0.48, 0.48))
        stands = has_floor and rng.random() < 0.7
        foot = horizon + (0.5 * shape - horizon) * float(nearness)
        down_at = foot - half[1] if stands else float(rng.uniform(-0.45, 0.45)) * shape
        # Some boards are turned about their upright axis: nearer on one side.
        slant = float(rng.normal(0, 0.04)) if rng.random() < 0.4 else 0.0
        plane = (near - slant * across, slant, 0.0)
        drift = (float(rng.normal(0, 0.004)), 0.0) if rng.random() < 0.4 else (0.0, 0.0)
        kind = int(rng.integers(1, 4))
        boards.append(_Board(plane, kind, (across, down_at), half, _paint(rng), _texels(rng), drift))
    pan = (float(rng.normal(0, 0.004)), float(rng.normal(0, 0.001))) if rng.random() < 0.5 else (0.0, 0.0)
    drawn = faults if faults is not None else _random_faults(rng, far, reach)
    return DrawnClip(size_hw, drawn, tuple(boards), pan, seed)


def draw_wall(size_hw: tuple[int, int], seed: int) -> DrawnClip:
    """Nothing but a flat wall, which leans or is turned or not: nothing hides anything, and where the cameras converge
    nothing tells their order."""
    rng = np.random.default_rng((seed, 99))
    height, width = size_hw
    near = float(rng.uniform(0.01, 0.1))
    # All of it is before the cameras: the two slants together take off less than there is.
    across, down = near * rng.uniform(-0.9, 0.9, 2) * (1.2, 1.0 * width / height) * rng.integers(0, 2, 2)
    wall = _Board((near, float(across), float(down)), 0, (0, 0), (1, 1), _paint(rng), _texels(rng), (0, 0))
    faults = _random_faults(rng, 0.2 * near, 1.6 * near)
    return DrawnClip(size_hw, replace(faults, noise_levels=float(rng.uniform(0, 8))), (wall,), (0, 0), seed)


def _random_faults(rng: np.random.Generator, far: float, reach: float) -> Faults:
    """Half of the cameras converge, on something between the farthest and the nearest thing."""
    converged = far + reach * float(rng.uniform(0.05, 0.95)) if rng.random() < 0.5 else 0.0
    if converged == 0.0 and rng.random() < 0.3:
        converged = -float(rng.uniform(0.0, 0.05))  # toed out, or cut unevenly
    unequal = rng.random() < 0.6
    return Faults(
        converged_share=converged,
        roll_deg=float(rng.normal(0, 0.7)) if rng.random() < 0.5 else 0.0,
        raised_share=float(rng.normal(0, 0.012)) if rng.random() < 0.5 else 0.0,
        gain=float(rng.uniform(0.75, 1.3)) if unequal else 1.0,
        offset_levels=float(rng.uniform(-12, 12)) if unequal else 0.0,
        noise_levels=float(rng.uniform(0, 5)),
        jpeg=int(rng.integers(60, 96)) if rng.random() < 0.7 else None,
    )


def _texels(rng: np.random.Generator) -> float:
    """Texels for a picture's width."""
    return float(np.exp(rng.uniform(np.log(200), np.log(900))))


def _paint(rng: np.random.Generator) -> Floats:
    """(TILE, TILE, 3): a tile that can be laid side by side."""
    v, u = np.mgrid[:_TILE_PX, :_TILE_PX].astype(np.float32) / _TILE_PX
    light = np.zeros((_TILE_PX, _TILE_PX), np.float32)
    rough = float(rng.uniform(0.6, 1.3))
    for cells in (10, 20, 40, 80, 160):
        cell_px = _TILE_PX // cells
        noise = np.pad(rng.standard_normal((cells, cells)).astype(np.float32), 2, mode="wrap")
        grown = cv2.resize(noise, None, fx=cell_px, fy=cell_px, interpolation=cv2.INTER_CUBIC)
        light += grown[2 * cell_px : -2 * cell_px, 2 * cell_px : -2 * cell_px] * np.float32((10 / cells) ** rough)
    light *= np.float32(rng.uniform(8, 28)) / max(1e-3, float(light.std()))
    cells, kind = int(rng.choice([5, 10, 20, 40])), int(rng.integers(0, 5))
    strength = np.float32(rng.uniform(10, 45))
    if kind == 1:
        light += strength * np.sign(np.sin(2 * np.pi * cells * (u if rng.random() < 0.5 else v)))
    elif kind == 2:
        light += strength * np.sign(np.sin(2 * np.pi * cells * u) * np.sin(2 * np.pi * cells * v))
    elif kind == 3:
        odd = (np.floor(v * 2 * cells) % 2) / 2
        joint = (np.mod(v * 2 * cells, 1) < 0.15) | (np.mod(u * cells + odd, 1) < 0.08)
        light += strength * joint
    colour = rng.uniform(0.6, 1.1, 3).astype(np.float32)
    return np.asarray(np.clip(light + np.float32(rng.uniform(50, 190)), 0, 255)[..., None] * colour, np.float32)
