"""Frames as they come from films, phones and cameras, drawn here: two eyes packed in every way, or one eye alone.

What makes them hard is drawn as well: black bars around the packed frame or around each eye, unequal exposure, noise,
JPEG, converging cameras, uneven heights; single pictures that are the same on both sides, or of any shape.
"""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from benchmarks.drawn_clips import Faults, draw_clip, through_jpeg
from depthview.engine.frames import Image, Layout

PACKED = (Layout.SIDE_BY_SIDE, Layout.HALF_SIDE_BY_SIDE, Layout.OVER_UNDER, Layout.HALF_OVER_UNDER)
LAYOUTS = (*PACKED, Layout.MONO)
_EYES_HW = ((360, 640), (480, 640), (540, 960), (720, 1280), (480, 854), (400, 600), (640, 480), (640, 360), (480, 600))
"""No squares: squeezed to half their height they have the shape of panoramas, of which films all around stack two."""
_WIDE_HW = ((270, 960), (360, 1080), (320, 1280), (400, 960))
"""Single pictures as wide as two: cut from panoramas, or of anamorphic films."""

FILM_SHAPES = (4 / 3, 16 / 9, 1.85, 2.0, 2.2, 2.39, 2.53)
"""Width / height of what films show, which reach us in frames of 16:9 with bars."""


@dataclass(frozen=True, slots=True)
class DrawnFrame:
    image: Image
    layout: Layout
    what: str
    """In words, for the list of errors."""


def draw_frame(seed: int) -> DrawnFrame:
    """The frame of that seed; five in a row have the five layouts."""
    rng = np.random.default_rng((seed, 77))
    layout = LAYOUTS[seed % len(LAYOUTS)]
    if layout is Layout.MONO:
        return _single(seed, rng)
    size_hw = _EYES_HW[int(rng.integers(len(_EYES_HW)))]
    clip = draw_clip(size_hw, seed)
    clip = replace(clip, faults=replace(clip.faults, raised_share=float(rng.normal(0, 0.015)), jpeg=None))
    pair = clip.pair(0)
    eyes, bars = [pair.left, pair.right], ""
    if rng.random() < 0.15:
        upright = rng.random() < 0.5
        eyes, bars = [_between_bars(eye, upright) for eye in eyes], ", bars around each eye"
    packed = pack(eyes[0], eyes[1], layout)
    if not bars and rng.random() < 0.2:
        packed, bars = _on_television(packed), ", on a television's frame"
    quality = int(rng.integers(55, 96)) if rng.random() < 0.7 else None
    return DrawnFrame(through_jpeg(packed, quality), layout, f"{size_hw[1]} x {size_hw[0]}{bars}, {clip.faults}")


def draw_film(seed: int) -> DrawnFrame:
    """A film's frame: each eye, or the one picture, between bars in a frame of 16:9; the layouts take turns."""
    layout, aspect = LAYOUTS[seed % len(LAYOUTS)], FILM_SHAPES[seed // len(LAYOUTS) % len(FILM_SHAPES)]
    pair = draw_clip((540, 960), seed).pair(0)
    return DrawnFrame(through_jpeg(film(pair.left, pair.right, layout, aspect), 85), layout, f"a film of {aspect:.2f}")


def film(left: Image, right: Image, layout: Layout, aspect: float, frame_hw: tuple[int, int] = (540, 960)) -> Image:
    """Both eyes cut to that width / height, each in a frame of 16:9 with bars, and packed; of mono the left one."""
    eyes = [_letterboxed(eye, aspect, frame_hw) for eye in (left, right)]
    return eyes[0] if layout is Layout.MONO else pack(eyes[0], eyes[1], layout)


def _letterboxed(image: Image, aspect: float, frame_hw: tuple[int, int]) -> Image:
    height, width = image.shape[:2]
    cut_h, cut_w = min(height, round(width / aspect)), min(width, round(height * aspect))
    cut = image[(height - cut_h) // 2 :, (width - cut_w) // 2 :][:cut_h, :cut_w]
    frame_h, frame_w = frame_hw
    shown_h, shown_w = min(frame_h, round(frame_w / aspect)), min(frame_w, round(frame_h * aspect))
    shown = cv2.resize(cut, (shown_w, shown_h), interpolation=cv2.INTER_AREA)
    down, across = frame_h - shown_h, frame_w - shown_w
    sides = down // 2, down - down // 2, across // 2, across - across // 2
    return np.asarray(cv2.copyMakeBorder(shown, *sides, cv2.BORDER_CONSTANT), np.uint8)


def _single(seed: int, rng: np.random.Generator) -> DrawnFrame:
    wide = rng.random() < 0.25
    sizes = _WIDE_HW if wide else _EYES_HW
    size_hw = sizes[int(rng.integers(len(sizes)))]
    image = draw_clip(size_hw, seed, Faults(noise_levels=float(rng.uniform(0, 5)))).pair(0).left
    what = f"{size_hw[1]} x {size_hw[0]}"
    if rng.random() < 0.25:
        # Façades, faces and halls: the one side mirrors the other.
        half = image[:, : image.shape[1] // 2]
        image, what = np.ascontiguousarray(np.hstack([half, half[:, ::-1]])), what + ", symmetrical"
    elif rng.random() < 0.2:
        half = image[: image.shape[0] // 2]
        image, what = np.ascontiguousarray(np.vstack([half, half[::-1]])), what + ", mirrored in water"
    if rng.random() < 0.2:
        image, what = _on_television(image), what + ", on a television's frame"
    return DrawnFrame(through_jpeg(image, int(rng.integers(55, 96))), Layout.MONO, what)


def pack(left: Image, right: Image, layout: Layout) -> Image:
    """Both eyes in one frame; half layouts squeeze them first."""
    height, width = left.shape[0] // 2 * 2, left.shape[1] // 2 * 2
    across = layout in (Layout.SIDE_BY_SIDE, Layout.HALF_SIDE_BY_SIDE)
    size = width, height
    if layout is Layout.HALF_SIDE_BY_SIDE:
        size = width // 2, height
    elif layout is Layout.HALF_OVER_UNDER:
        size = width, height // 2
    eyes = [cv2.resize(eye[:height, :width], size, interpolation=cv2.INTER_AREA) for eye in (left, right)]
    return np.asarray(np.concatenate(eyes, axis=1 if across else 0), np.uint8)


def _between_bars(eye: Image, upright: bool) -> Image:
    height, width = eye.shape[:2]
    if upright:
        return np.asarray(cv2.copyMakeBorder(eye, 0, 0, width // 6, width // 6, cv2.BORDER_CONSTANT), np.uint8)
    return np.asarray(cv2.copyMakeBorder(eye, height // 8, height // 8, 0, 0, cv2.BORDER_CONSTANT), np.uint8)


def _on_television(image: Image) -> Image:
    """The picture in the middle of a 16:9 frame, black around it."""
    height, width = image.shape[:2]
    down, across = max(0, round(width * 9 / 16) - height), max(0, round(height * 16 / 9) - width)
    return np.asarray(
        cv2.copyMakeBorder(image, down // 2, down - down // 2, across // 2, across - across // 2, cv2.BORDER_CONSTANT),
        np.uint8,
    )
