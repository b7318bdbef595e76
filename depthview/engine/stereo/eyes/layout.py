"""Guess how two eyes share a picture: from what the file says, from its name, and then from what it shows.

Content: the two halves must show one scene (see `halves`); whether the eyes are squeezed is told by their shape and by
how steep they are (see `squeeze`).
"""

import math
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Frame, Image, Layout, LayoutGuess
from depthview.engine.stereo.eyes.halves import HalvesCues, LayoutFeatures, halves_cues
from depthview.engine.stereo.eyes.squeeze import BLACK, eye_shape, is_half, lit_span
from depthview.engine.stereo.eyes.tags import LayoutTag, layout_tag

Grey = NDArray[np.uint8]

_WORK_PX = 320 * 240

_FEATURES_WEIGHT, _BLOCKS_WEIGHT, _CONTRAST_WEIGHT, _SEAM_WEIGHT, _BIAS = 1.8, 0.5, 6.7, 1.8, 2.3
"""Log odds, fitted by logistic regression to the frames of `benchmarks/drawn_frames.py` and to those in ../shared/data,
packed in every way."""
_MOST_FEATURES, _NO_FEATURES = 0.3, 0.02
"""The first few found again say the most: their share counts in octaves, up to there and from there on."""
_UNKNOWN_FEATURES = 0.03
"""What counts where there are too few to tell."""
_SEAMS = (-2.0, 3.5)
_NO_SEAM, _NO_SEAM_STEEPNESS = 0.3, 4.0
"""Two pictures that meet without any seam are rare: what is less than that counts so many times more."""
_UNKNOWN_SEAM = 1.6
"""What counts where the middle is black."""
_UNUSUAL_SHAPE = 1.5
"""Log odds for frames of a shape that hardly any single picture has."""


def guess_layout(frame: Frame, *, hint: LayoutGuess | None, name: str) -> LayoutGuess:
    """How `frame`'s eyes are packed, and why that is believed.

    `hint` is what metadata or the kind of source says; `name` is the file's name or title. In this order: certain
    hints, two separate pictures, tags in the name, uncertain hints, content. The order of the eyes is taken from
    hints and tags only (see `order` for the content). Takes about 40 ms on any size.
    """
    if frame.right is not None:
        return hint if hint and hint.layout is Layout.SEPARATE else _separate()
    if hint is not None and hint.certain and hint.layout is not Layout.SEPARATE:
        return hint
    look = _Look.of(frame.image)
    if (tag := layout_tag(name)) is not None:
        return _from_tag(tag, look)
    if hint is not None and hint.layout is not Layout.SEPARATE:
        return hint
    return _from_content(look)


def _separate() -> LayoutGuess:
    return LayoutGuess(Layout.SEPARATE, False, "each eye has its own picture", certain=True)


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    """A packed picture, grey: `small` is about 320 x 240 pixels large, `full` as large as it needs to be."""

    small: Grey
    full: Grey

    @classmethod
    def of(cls, image: Image) -> "_Look":
        height, width = image.shape[:2]
        # Of a large photo every k-th pixel is enough, and averaging all of them is what would take the time.
        k = max(1, math.isqrt(height * width // (16 * _WORK_PX)))
        full = np.asarray(cv2.cvtColor(np.ascontiguousarray(image[::k, ::k]), cv2.COLOR_RGB2GRAY), np.uint8)
        return cls(_small(full), full)

    @property
    def without_outer_bars(self) -> "_Look":
        """As much cut off at both ends as is black at both: the halves stay halves, and the picture is seen larger."""
        rows, columns = (_margin(self.small.max(axis=axis)) for axis in (1, 0))
        if rows == columns == 0:
            return self
        height, width = self.full.shape
        down, over = round(rows * height / self.small.shape[0]), round(columns * width / self.small.shape[1])
        full = self.full[down : height - down, over : width - over]
        return _Look(_small(full), full)

    def is_half(self, across: bool) -> bool:
        """Whether the eyes, side by side if `across`, are squeezed."""
        seen = self.without_outer_bars
        return is_half(eye_shape(seen.small, _size_hw(seen.full), across, _size_hw(self.full)))


def _size_hw(grey: Grey) -> tuple[int, int]:
    return grey.shape[0], grey.shape[1]


def _margin(profile: Grey) -> int:
    """What is black at both ends; nothing where the middle is black too: each eye has its own bars then, and would be
    cut on one side only."""
    first, last = lit_span(profile)
    if profile[len(profile) // 2] <= BLACK:
        return 0
    margin = min(first, len(profile) - last)
    return margin if margin >= 3 else 0


def _small(grey: NDArray[np.uint8]) -> Grey:
    height, width = grey.shape
    scale = min(2.0, math.sqrt(_WORK_PX / (height * width)))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _from_tag(tag: LayoutTag, look: _Look) -> LayoutGuess:
    across = tag.layout is Layout.SIDE_BY_SIDE
    half = tag.half if tag.half is not None else look.is_half(across)
    return LayoutGuess(_layout(across, half), tag.swapped, f"the file's name says “{tag.text}”")


def _from_content(look: _Look) -> LayoutGuess:
    height, width = look.full.shape
    aspect = width / height
    seen = look.without_outer_bars
    features = LayoutFeatures.of(seen.small)
    usual = {True: aspect < 2.2, False: aspect > 1.0 or aspect < 0.6}
    cues = {across: halves_cues(seen.small, features, seen.full, across) for across in (True, False)}
    odds = {a: _log_odds(cues[a], cues[not a]) + (0 if usual[a] else _UNUSUAL_SHAPE) for a in cues}
    across = max(odds, key=odds.__getitem__)
    if all(found.features is None for found in cues.values()) and max(found.blocks for found in cues.values()) == 0:
        if aspect >= 3.0:
            return LayoutGuess(Layout.SIDE_BY_SIDE, False, "the picture is as wide as two pictures side by side")
        return LayoutGuess(Layout.MONO, False, "there is too little to see in the picture to tell")
    if odds[across] <= 0:
        return LayoutGuess(Layout.MONO, False, "the halves of the picture show different things")
    half = look.is_half(across)
    reason = "the left and right halves" if across else "the upper and lower halves"
    reason += " show the same scene, shifted"
    if half:
        reason += ", and squeezed to half their width" if across else ", and squeezed to half their height"
    return LayoutGuess(_layout(across, half), False, reason)


def _log_odds(cues: HalvesCues, other: HalvesCues) -> float:
    """Whether a picture's halves are two eyes, in the manner of log odds; `other` are the halves the other way."""
    features = _UNKNOWN_FEATURES if cues.features is None else min(_MOST_FEATURES, cues.features)
    seam = _UNKNOWN_SEAM if cues.seam is None else cues.seam
    seam = float(np.clip(min(seam, _NO_SEAM + _NO_SEAM_STEEPNESS * (seam - _NO_SEAM)), *_SEAMS))
    return (
        _FEATURES_WEIGHT * math.log2(features + _NO_FEATURES)
        + _BLOCKS_WEIGHT * cues.blocks
        + _CONTRAST_WEIGHT * (cues.blocks - other.blocks)
        + _SEAM_WEIGHT * seam
        + _BIAS
    )


def _layout(across: bool, half: bool) -> Layout:
    if across:
        return Layout.HALF_SIDE_BY_SIDE if half else Layout.SIDE_BY_SIDE
    return Layout.HALF_OVER_UNDER if half else Layout.OVER_UNDER
