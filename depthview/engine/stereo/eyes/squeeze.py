"""Whether the eyes of a packed frame were squeezed to half their width or height.

A sum of evidence in the manner of log odds: pictures are mostly of a few shapes; films are squeezed to fit a
television's frame; squeezing makes a picture steeper across than down.
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

BLACK = 16
"""Grey level that bars do not exceed: black of video, read as if it were full range."""
_TELEVISION = 16 / 9
_CINEMA = (1.85, 2.0, 2.2, 2.35, 2.39, 2.53)
_SHAPES = {
    **dict.fromkeys(_CINEMA, 0.3),
    4 / 3: 3.0,
    16 / 9: 3.0,
    3 / 2: 1.3,
    8 / 5: 0.6,
    5 / 4: 0.4,
    6 / 5: 0.4,
    1.0: 0.5,
    17 / 20: 0.3,
    2.0: 0.5,
    3 / 4: 1.3,
    9 / 16: 2.0,
    2 / 3: 0.4,
}
"""How often pictures of these shapes (width / height) are met, to one another: cameras, phones, films, panoramas,
and the upright sensors of robots."""
_OTHER_SHAPES, _USUAL, _USUAL_OCTAVES = 0.5, 1.3, 0.45
"""The share of pictures that are cut to some other shape, which one that mostly is, and how far from it they stray."""
_ROUNDED_PX, _EXACT_OCTAVES, _BARRED_OCTAVES = 0.3, 0.001, 0.03
"""How exactly a shape is known: by the frame's own numbers, by bars measured in a small picture."""

_SHAPE_WEIGHT, _STEEPNESS_WEIGHT, _BIAS = 2.7, 3.6, -0.15
"""Log odds, fitted by logistic regression to the frames of `benchmarks/drawn_frames.py` and to those in ../shared/data,
packed in every way."""
_CINEMA_ODDS = 6.0
"""For eyes that have a cinema's shape once they are stretched and share a television's frame, letterboxed: that is how
films are sold."""
_OWN_FRAME_ODDS = 8.0
"""Against it for an eye that has bars in a television's frame of its own: nobody squeezes what has the room."""
_PANORAMA_ODDS, _SQUARE_ODDS = 4.0, 1.0
"""For eyes of 2:1 above one another: films all around stack two panoramas, which are steeper down than pictures are. A
panorama goes on at its right end where it begins at its left one; others of that shape are rather squeezed squares."""
_AROUND_PX, _GOES_ON = 6, 1.5
"""Columns at both ends that are looked at; log2 of the step from the last to the first over those beside them."""
_STEEPNESS_BETWEEN = {True: 0.27, False: -0.52}
"""Half way between eyes as they were and eyes squeezed across (True) or down, of 50 photographs and frames."""
_MOST_STEEPNESS = 1.5
"""What is farther out says no more."""
_BARRED = 0.97
"""Of a side: what is less has bars; what is more may be an edge that is dark."""

Grey = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class EyeShape:
    """One eye as packed, black bars cut off. `barred`: bars at the left or right, `letterboxed`: above or below."""

    across: bool
    aspect: float
    frame_hw: tuple[int, int]
    barred: bool
    letterboxed: bool
    steepness: float
    """log2 of how much steeper the eye is across than down."""
    all_around: bool
    """Whether the right end goes on at the left one."""


def eye_shape(grey: Grey, full_hw: tuple[int, int], across: bool, frame_hw: tuple[int, int]) -> EyeShape:
    """Of a packed picture of `full_hw`, which is what is left of a frame of `frame_hw` when bars around it are cut off;
    `grey` is the same picture, small."""
    eyes = _eyes(grey, across)
    height, width = eyes[0].shape
    # Bars of the frame lie left of the left eye and right of the right one: each eye has a place of its own. The one of
    # which more is lit shows its shape.
    number = max((0, 1), key=lambda n: _lit_area(eyes[n]))
    eye = eyes[number]
    left, right = lit_span(eye.max(axis=0))
    top, bottom = lit_span(eye.max(axis=1))
    barred, letterboxed = right - left < _BARRED * width, bottom - top < _BARRED * height
    # A frame's own numbers are exact; the small picture's are rounded.
    full_h, full_w = full_hw
    aspect = full_w / 2 / full_h if across else full_w / (full_h / 2)
    aspect *= (right - left) / width if barred else 1
    aspect /= (bottom - top) / height if letterboxed else 1
    barred |= full_w < _BARRED * frame_hw[1]
    letterboxed |= full_h < _BARRED * frame_hw[0]
    return EyeShape(
        across,
        aspect,
        frame_hw,
        barred,
        letterboxed,
        _steepness(eye[top:bottom, left:right]),
        _is_all_around(eye[top:bottom, left:right]),
    )


def is_half(eye: EyeShape) -> bool:
    """Whether the eye was squeezed to half its width (`across`) or height."""
    frame_h, frame_w = eye.frame_hw
    shared = _is_television(frame_w, frame_h)
    own = _is_television(frame_w / 2, frame_h) if eye.across else _is_television(frame_w, frame_h / 2)
    unsqueezed = eye.aspect * 2 if eye.across else eye.aspect / 2
    exact = _EXACT_OCTAVES + _ROUNDED_PX / (min(frame_h, frame_w) / 2)
    spread = _BARRED_OCTAVES if eye.barred or eye.letterboxed else exact
    odds = _SHAPE_WEIGHT * math.log(_how_common(unsqueezed, spread) / _how_common(eye.aspect, spread)) + _BIAS
    if shared and eye.letterboxed and any(abs(unsqueezed / c - 1) < 0.025 for c in _CINEMA):
        odds += _CINEMA_ODDS
    if own and (eye.barred or eye.letterboxed):
        odds -= _OWN_FRAME_ODDS
    if not eye.across and abs(eye.aspect / 2 - 1) < 0.01:
        odds += -_PANORAMA_ODDS if eye.all_around else _SQUARE_ODDS
    sign = 1 if eye.across else -1
    steepness = sign * (eye.steepness - _STEEPNESS_BETWEEN[eye.across])
    odds += _STEEPNESS_WEIGHT * float(np.clip(steepness, -_MOST_STEEPNESS, _MOST_STEEPNESS))
    return odds > 0


def lit_span(profile: Grey) -> tuple[int, int]:
    """The first and one past the last place that is not black; everything when all is black."""
    lit = np.flatnonzero(profile > BLACK)
    return (int(lit[0]), int(lit[-1]) + 1) if lit.size and lit[-1] > lit[0] else (0, len(profile))


def _is_television(width: float, height: float) -> bool:
    return abs(width / height / _TELEVISION - 1) < 0.015


def _lit_area(eye: Grey) -> int:
    (left, right), (top, bottom) = lit_span(eye.max(axis=0)), lit_span(eye.max(axis=1))
    return (right - left) * (bottom - top)


def _eyes(grey: Grey, across: bool) -> tuple[Grey, Grey]:
    height, width = grey.shape
    rows, columns = height // 2, width // 2
    if across:
        return grey[:, :columns], grey[:, width - columns :]
    return grey[:rows], grey[height - rows :]


def _how_common(aspect: float, spread: float) -> float:
    """The density of pictures of that shape, for an octave; it is known but for a `spread` in octaves."""
    common = sum(weight * _bell(math.log2(aspect / shape), spread) for shape, weight in _SHAPES.items())
    other = _bell(math.log2(aspect / _USUAL), _USUAL_OCTAVES)
    return (1 - _OTHER_SHAPES) * common / sum(_SHAPES.values()) + _OTHER_SHAPES * other + 1e-6


def _bell(off: float, spread: float) -> float:
    return math.exp(-((off / spread) ** 2) / 2) / (spread * math.sqrt(2 * math.pi))


def _is_all_around(eye: Grey) -> bool:
    if eye.shape[1] < 2 * _AROUND_PX:
        return False
    ends = np.roll(eye, _AROUND_PX, axis=1)[:, : 2 * _AROUND_PX].astype(np.float32)
    steps = np.abs(np.diff(ends, axis=1)).mean(axis=0)
    return float(np.log2((steps[_AROUND_PX - 1] + 0.5) / (np.median(steps) + 0.5))) < _GOES_ON


def _steepness(grey: Grey) -> float:
    if min(grey.shape) < 8:
        return 0.0
    smooth = cv2.GaussianBlur(grey, (0, 0), 1.5).astype(np.float32)
    across = np.abs(np.diff(smooth, axis=1))[:-1]
    down = np.abs(np.diff(smooth, axis=0))[:, :-1]
    either = np.maximum(across, down)
    steep = either > np.median(either)
    if not steep.any():
        return 0.0
    return float(np.mean(np.log2((across[steep] + 1) / (down[steep] + 1))))
