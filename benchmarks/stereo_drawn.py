"""A scene drawn here for what is hardest: wires of one and two pixels, and a board before a far wall; all exact.

Every layer is cut out of painted paper and lies at one disparity. It is drawn at twice the size, where all shifts
are whole numbers, and averaged down: both eyes see the same paint, and a wire of one pixel is one pixel.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.stereo_pairs import Kind, KnownPair
from depthview.engine.frames import Image

FINER = 2
WALL_PX, FAR_WIRES_PX, NEAR_WIRES_PX, BOARD_PX = 10.0, 22.0, 30.0, 48.0
NOISE_GREY_LEVELS = 1.5

Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class DrawnScene:
    """`wires` maps a thickness in pixels to where such wires are in the left eye, (H, W) bool."""

    pair: KnownPair
    wires: dict[int, Mask]


@dataclass(frozen=True, slots=True)
class _Layer:
    """`shape` and `paint` as the left eye sees them, at the fine size and wider than the picture by a margin."""

    disparity_px: float
    shape: Mask
    paint: NDArray[np.float32]
    thickness_px: int = 0


def draw_scene(size_hw: tuple[int, int] = (480, 640), seed: int = 3) -> DrawnScene:
    """The scene at a size; the same seed gives the same pixels."""
    height, width = size_hw
    margin = round(BOARD_PX) + 16
    fine_hw = (height * FINER, (width + 2 * margin) * FINER)
    rng = np.random.default_rng(seed)
    layers = _layers(fine_hw, margin * FINER, rng)
    left, owner = _look(layers, 0, fine_hw)
    right, _owner = _look(layers, 1, fine_hw)
    cut = slice(margin * FINER, (margin + width) * FINER)
    truth, thickness = _truth(layers, owner[:, cut], size_hw)
    seen = _seen(layers, owner, fine_hw)[:, cut]
    both_see = _average(seen.astype(np.float32), size_hw) > 0.5
    eyes = [_develop(eye[:, cut], size_hw, rng) for eye in (left, right)]
    # What the right eye's picture does not reach, nobody can see with it.
    reached = np.arange(width)[None] - truth >= 0
    pair = KnownPair("wires and board", eyes[0], eyes[1], truth, both_see & reached, Kind.DRAWN)
    return DrawnScene(pair, {t: thickness == t for t in (1, 2)})


def _layers(fine_hw: tuple[int, int], margin: int, rng: np.random.Generator) -> list[_Layer]:
    """From far to near."""
    height, wide = fine_hw
    width = wide - 2 * margin
    layers = [_Layer(WALL_PX, np.ones(fine_hw, bool), _paint(fine_hw, rng))]
    for disparity_px, first in ((FAR_WIRES_PX, 0.06), (NEAR_WIRES_PX, 0.16)):
        for thickness in (1, 2):
            shape = np.zeros(fine_hw, bool)
            side = thickness * FINER
            for k in range(2):
                column = margin + int(width * (first + 0.2 * k + 0.05 * (thickness - 1))) // FINER * FINER
                shape[height // 20 : height * 11 // 20, column : column + side] = True
            row = int(height * (0.62 + first + 0.05 * thickness)) // FINER * FINER
            shape[row : row + side, margin : margin + width * 2 // 5] = True
            slant = np.zeros(fine_hw, np.uint8)
            start = (margin + int(width * (first + 0.06 * thickness)), height // 20)
            end = (start[0] + width * 3 // 10, height * 19 // 20)
            cv2.line(slant, start, end, 1, side)
            layers.append(_Layer(disparity_px, shape | (slant > 0), _paint(fine_hw, rng, dark=True), thickness))
    board = np.zeros(fine_hw, bool)
    top, left = height // 5 // FINER * FINER, margin + width * 3 // 5 // FINER * FINER
    board[top : height * 4 // 5 // FINER * FINER, left : left + width // 5 // FINER * FINER] = True
    hole = (margin + width * 7 // 10, height // 2)
    cut_out = np.zeros(fine_hw, np.uint8)
    cv2.circle(cut_out, hole, width // 20, 1, -1)
    knob = np.zeros(fine_hw, np.uint8)
    cv2.circle(knob, (margin + width * 7 // 10, height // 5), width // 20, 1, -1)
    layers.append(_Layer(BOARD_PX, (board | (knob > 0)) & (cut_out == 0), _paint(fine_hw, rng)))
    return layers


def _paint(fine_hw: tuple[int, int], rng: np.random.Generator, *, dark: bool = False) -> NDArray[np.float32]:
    """Plaster of one colour: blotches at several sizes, none so small that it is lost when it is averaged down."""
    light = np.zeros(fine_hw, np.float32)
    for blotch, weight in ((2 * FINER, 0.3), (6 * FINER, 0.3), (20 * FINER, 0.4)):
        small = rng.uniform(-1, 1, (fine_hw[0] // blotch + 2, fine_hw[1] // blotch + 2)).astype(np.float32)
        light += np.float32(weight) * cv2.resize(small, fine_hw[::-1], interpolation=cv2.INTER_LINEAR)
    colour = rng.uniform(0.3, 0.45, 3) if dark else rng.uniform(0.8, 1.3, 3)
    return np.asarray((128 + 90 * light)[..., None] * colour.astype(np.float32), np.float32)


def _look(layers: list[_Layer], right: int, fine_hw: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """One eye's fine picture, and which layer each of its points shows."""
    picture = np.zeros((*fine_hw, 3), np.float32)
    owner = np.zeros(fine_hw, np.int64)
    for number, layer in enumerate(layers):
        shift = -right * round(layer.disparity_px * FINER)
        shape = np.roll(layer.shape, shift, axis=1)
        picture[shape] = np.roll(layer.paint, shift, axis=1)[shape]
        owner[shape] = number
    return picture, owner


def _seen(layers: list[_Layer], owner: NDArray[np.int64], fine_hw: tuple[int, int]) -> Mask:
    """Which fine points of the left eye no nearer layer hides from the right eye."""
    seen = np.ones(fine_hw, bool)
    for number, layer in enumerate(layers):
        hidden = np.zeros(fine_hw, bool)
        for nearer in layers[number + 1 :]:
            # A left point x lies at x - d for the right eye; there the nearer layer shows its own point x - d + D.
            hidden |= np.roll(nearer.shape, round((layer.disparity_px - nearer.disparity_px) * FINER), axis=1)
        seen[(owner == number) & hidden] = False
    return seen


def _truth(
    layers: list[_Layer], owner: NDArray[np.int64], size_hw: tuple[int, int]
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Disparity of the layer that covers most of each pixel, and how thick a wire that is (0: none)."""
    shares = np.stack([_average((owner == number).astype(np.float32), size_hw) for number in range(len(layers))])
    most = shares.argmax(axis=0)
    disparity = np.asarray([layer.disparity_px for layer in layers], np.float32)[most]
    return disparity, np.asarray([layer.thickness_px for layer in layers])[most]


def _average(fine: NDArray[np.float32], size_hw: tuple[int, int]) -> NDArray[np.float32]:
    return np.asarray(cv2.resize(fine, size_hw[::-1], interpolation=cv2.INTER_AREA), np.float32)


def _develop(fine: NDArray[np.float32], size_hw: tuple[int, int], rng: np.random.Generator) -> Image:
    picture = _average(fine, size_hw) + rng.normal(0, NOISE_GREY_LEVELS, (*size_hw, 3))
    return np.ascontiguousarray(np.clip(np.rint(picture), 0, 255), np.uint8)
