"""Single pictures whose halves resemble one another, drawn here: what must not be taken for two eyes.

Water that mirrors, columns in a row, wallpaper, two photos in one picture, comics, screens of phones, panoramas all
around, empty skies.
"""

from collections.abc import Callable
from types import MappingProxyType

import cv2
import numpy as np

from benchmarks.drawn_clips import draw_clip, through_jpeg
from benchmarks.drawn_frames import DrawnFrame
from depthview.engine.frames import Image, Layout

_SIZES_HW = ((360, 640), (480, 640), (600, 800), (540, 960), (400, 600), (640, 480))


def draw_hard_single(seed: int) -> DrawnFrame:
    """The picture of that seed; the kinds take turns."""
    rng = np.random.default_rng((seed, 78))
    kind = tuple(_KINDS)[seed % len(_KINDS)]
    image = through_jpeg(_KINDS[kind](seed, rng), int(rng.integers(60, 96)))
    return DrawnFrame(image, Layout.MONO, f"{kind}, {image.shape[1]} x {image.shape[0]}")


def _size_hw(rng: np.random.Generator) -> tuple[int, int]:
    return _SIZES_HW[int(rng.integers(len(_SIZES_HW)))]


def _scene(size_hw: tuple[int, int], seed: int) -> Image:
    return draw_clip(size_hw, seed).pair(0).left


def _lake(seed: int, rng: np.random.Generator) -> Image:
    """A shore and its picture in the water: upside down, darker, drawn apart by waves; not quite half of it all."""
    height, width = _size_hw(rng)
    shore_h = round(height * float(rng.uniform(0.46, 0.54)))
    shore = _scene((shore_h, width), seed)
    y, x = np.mgrid[: height - shore_h, :width].astype(np.float32)
    wave = float(rng.uniform(0, 3)) * np.sin(y * float(rng.uniform(0.3, 1.2)) + 0.02 * x)
    mirrored = cv2.remap(shore, x + wave, shore_h - 1 - y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    water = mirrored * float(rng.uniform(0.6, 1.0)) + rng.normal(0, 3, mirrored.shape)
    return np.vstack([shore, np.clip(water, 0, 255).astype(np.uint8)])


def _colonnade(seed: int, rng: np.random.Generator) -> Image:
    """Columns or windows, alike but for light and wear, before a scene that is not."""
    height, width = _size_hw(rng)
    image = _scene((height, width), seed).astype(np.float32)
    number = int(rng.integers(4, 11))
    step = width / number
    column_w = max(8, round(step * float(rng.uniform(0.3, 0.7))))
    top, bottom = round(height * float(rng.uniform(0, 0.3))), round(height * float(rng.uniform(0.7, 1)))
    column = _scene((bottom - top, column_w), seed + 1).astype(np.float32)
    for place in range(number):
        left = round(step * place + (step - column_w) / 2)
        worn = column * float(rng.uniform(0.85, 1.1)) + rng.normal(0, 4, column.shape)
        image[top:bottom, left : left + column_w] = worn[:, : width - left]
    return np.clip(image, 0, 255).astype(np.uint8)


def _wallpaper(seed: int, rng: np.random.Generator) -> Image:
    """One tile over and over, evenly lit or not, and mostly something before it."""
    height, width = _size_hw(rng)
    tile = _scene((int(rng.integers(40, 130)), int(rng.integers(40, 130))), seed)
    rows, columns = height // tile.shape[0] + 1, width // tile.shape[1] + 1
    image = np.tile(tile, (rows, columns, 1))[:height, :width].astype(np.float32)
    image *= np.linspace(float(rng.uniform(0.6, 1)), 1, width, dtype=np.float32)[None, :, None]
    if rng.random() < 0.7:
        before = _scene((height, width), seed + 1)
        mask = np.zeros((height, width), np.uint8)
        centre = int(rng.uniform(0.2, 0.8) * width), int(rng.uniform(0.4, 0.9) * height)
        cv2.ellipse(mask, centre, (width // 6, height // 3), float(rng.uniform(0, 180)), 0, 360, 1, -1)
        image = np.where(mask[..., None] > 0, before, image)
    return np.clip(image + rng.normal(0, 3, image.shape), 0, 255).astype(np.uint8)


def _two_photos(seed: int, rng: np.random.Generator) -> Image:
    """Two photos of different things in one picture, beside or above one another, with a gap or without."""
    size_hw = _size_hw(rng)
    across = int(rng.random() < 0.5)
    one, other = _scene(size_hw, seed), _scene(size_hw, seed + 500_000)
    gap_px = int(rng.choice([0, 0, 2, 8, 20]))
    gap_hw = (size_hw[0], gap_px) if across else (gap_px, size_hw[1])
    gap = np.full((*gap_hw, 3), int(rng.choice([0, 128, 255])), np.uint8)
    return np.concatenate([one, gap, other], axis=across)


def _comic(seed: int, rng: np.random.Generator) -> Image:
    """Panels of a page, or of two pages, in rows with white between them."""
    rows, columns = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    panel_hw = int(rng.integers(120, 220)), int(rng.integers(120, 220))
    page = np.full((rows * (panel_hw[0] + 12) + 12, columns * (panel_hw[1] + 12) + 12, 3), 250, np.uint8)
    for row in range(rows):
        for column in range(columns):
            panel = _scene(panel_hw, seed + 1_000_000 * (1 + row * columns + column))
            top, left = 12 + row * (panel_hw[0] + 12), 12 + column * (panel_hw[1] + 12)
            page[top : top + panel_hw[0], left : left + panel_hw[1]] = panel
            cv2.rectangle(page, (left, top), (left + panel_hw[1], top + panel_hw[0]), (0, 0, 0), 2)
    return page


def _tall(seed: int, rng: np.random.Generator) -> Image:
    """A phone's whole screen."""
    return _scene((int(rng.integers(780, 1040)), 480), seed)


def _all_around(seed: int, rng: np.random.Generator) -> Image:
    """A panorama of 2:1: its left end goes on at its right one, its poles are smeared."""
    height = int(rng.choice([300, 400, 480]))
    image = _scene((height, 2 * height), seed).astype(np.float32)
    turned = np.roll(image, height, axis=1)
    blend = np.clip(np.abs(np.arange(2 * height) - height) / (0.08 * height), 0, 1)[None, :, None]
    image = (turned * blend + image[:, ::-1] * (1 - blend)).astype(np.float32)
    smear = np.linspace(-1, 1, height) ** 4
    for row in np.flatnonzero(smear > 0.1):
        image[row] = cv2.blur(image[row][None], (max(1, round(float(smear[row]) * height)), 1))[0]
    return np.clip(image, 0, 255).astype(np.uint8)


def _sky(seed: int, rng: np.random.Generator) -> Image:
    """Land under a sky of few clouds, or sea: one half nearly empty."""
    height, width = _size_hw(rng)
    image = _scene((height, width), seed).astype(np.float32)
    horizon = round(height * float(rng.uniform(0.45, 0.6)))
    sky = np.linspace(150, 220, horizon, dtype=np.float32)[:, None, None] * np.array([0.8, 0.9, 1.0], np.float32)
    clouds = cv2.GaussianBlur(rng.normal(0, 60, (horizon, width)).astype(np.float32), (0, 0), width / 30)
    image[:horizon] = sky + clouds[..., None] * float(rng.uniform(0, 3))
    return np.clip(image + rng.normal(0, 1.5, image.shape), 0, 255).astype(np.uint8)


_KINDS: MappingProxyType[str, Callable[[int, np.random.Generator], Image]] = MappingProxyType(
    {
        "a lake": _lake,
        "a colonnade": _colonnade,
        "wallpaper": _wallpaper,
        "two photos": _two_photos,
        "a comic": _comic,
        "a tall picture": _tall,
        "all around": _all_around,
        "a sky": _sky,
    }
)
