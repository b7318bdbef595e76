"""Guess how two eyes share a picture: from what the file says, from its name, and then from what it shows.

Content: the two halves must show one scene (see `halves`); whether the eyes are squeezed is told by their shape and by
how steep they are (see `squeeze`).
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Frame, Image, Layout, LayoutGuess
from depthview.engine.sentence import Sentence
from depthview.engine.stereo.eyes.halves import HalvesCues, LayoutFeatures, halves_cues
from depthview.engine.stereo.eyes.squeeze import BLACK, eye_shape, is_half, lit_span
from depthview.engine.stereo.eyes.tags import LayoutTag, layout_tag

Grey = NDArray[np.uint8]

_WORK_PX = 320 * 240

_FEATURES_WEIGHT, _BLOCKS_WEIGHT, _CONTRAST_WEIGHT = 3.7, 4.0, 8.4
_MIRRORED_WEIGHT, _SEAM_WEIGHT, _BIAS = 22.0, 1.9, 6.8
"""Log odds, fitted by logistic regression to the frames of `benchmarks/drawn_frames.py`, the pictures of
`benchmarks/hard_singles.py` and those in ../shared/data, packed in every way; kinds of real ones weigh more."""
_MOST_FEATURES = 0.13
"""The first few found again say the most: their share counts in octaves, and no further than this."""
_UNKNOWN_CONTRAST = 0.2
"""What counts where the other halves show nothing."""
_CONTRADICTED = -5.0
"""Log odds below which metadata is not believed. Of 412 drawn and real pairs none has less than -1; of 163 single
pictures 86 in 100 have less than this."""
_SEAMS = (-3.5, 3.5)
_NO_SEAM, _NO_SEAM_STEEPNESS = 0.7, 6.0
"""Two pictures that meet without any seam are rare: what is less than that counts so many times more."""
_UNKNOWN_SEAM, _DROWNED_SEAM = 1.6, 1.2
"""What counts where the middle is black, and where it is so rough that no seam would show."""
_LEAST_CONTRAST, _MOST_GAIN = 20.0, 6.0
"""Grey levels, standard deviation: dim and hazy pictures are compared as if they were lit well."""
_LEAST_MARGIN = 3
"""Rows or columns of the small picture: what is less may be an edge that is dark."""


def guess_layout(frame: Frame, *, hint: LayoutGuess | None, name: str) -> LayoutGuess:
    """How `frame`'s eyes are packed, and why that is believed.

    `hint` is what metadata or the kind of source says; `name` is the file's name or title. In this order: certain
    hints, two separate pictures, tags in the name, uncertain hints, content. Metadata that the content contradicts
    counts for nothing: who cuts one eye out of a film keeps what was said of two. The order of the eyes is taken from
    hints and tags only (see `order` for the content). Takes about 40 ms on any size.
    """
    if frame.right is not None:
        return hint if hint and hint.layout is Layout.SEPARATE else _separate()
    look = _Look.of(frame.image)
    if hint is not None and hint.certain and hint.layout is not Layout.SEPARATE:
        across = hint.layout in (Layout.SIDE_BY_SIDE, Layout.HALF_SIDE_BY_SIDE)
        odds = _odds(look)
        if odds is None or odds[across] > _CONTRADICTED:
            return hint
        seen = _from_content(look, odds)
        reason = "the file says that it holds two eyes, but its halves show different things"
        return replace(seen, reason=reason) if seen.layout is Layout.MONO else seen
    if (tag := layout_tag(name)) is not None:
        return _from_tag(tag, look)
    if hint is not None and hint.layout is not Layout.SEPARATE:
        return hint
    return _from_content(look, _odds(look))


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
        down, over = (_margin(self.small.max(axis=axis), self.full.max(axis=axis)) for axis in (1, 0))
        if down == over == 0:
            return self
        height, width = self.full.shape
        full = self.full[down : height - down, over : width - over]
        return _Look(_small(full), full)

    @property
    def without_bars_of_eyes(self) -> "_Look":
        """Cut off at both ends of each half is what is black in both: the eyes lose the same, however they are packed.
        Bars would be found again wherever the picture is divided, and leave less room for what is seen."""
        rows, columns = (_within_bars(self.small.max(axis=axis), self.full.shape[1 - axis]) for axis in (1, 0))
        if rows.all() and columns.all():
            return self
        full = np.ascontiguousarray(self.full[rows][:, columns])
        return _Look(_small(full), full)

    def is_half(self, across: bool) -> bool:
        """Whether the eyes, side by side if `across`, are squeezed."""
        seen = self.without_outer_bars
        return is_half(eye_shape(seen.small, _size_hw(seen.full), across, _size_hw(self.full)))


def _size_hw(grey: Grey) -> tuple[int, int]:
    return grey.shape[0], grey.shape[1]


def _margin(small: Grey, full: Grey) -> int:
    """What is black at both ends of the full picture's profile; nothing where the middle is black too: each eye has its
    own bars then, and would be cut on one side only. Small pictures see through noise, full ones to the pixel."""
    if small[len(small) // 2] <= BLACK:
        return 0
    (first, last), (full_first, full_last) = lit_span(small), lit_span(full)
    margin = min(first, len(small) - last)
    if margin < _LEAST_MARGIN:
        return 0
    return max(round(margin * len(full) / len(small)), min(full_first, len(full) - full_last))


def _within_bars(small: Grey, length: int) -> NDArray[np.bool_]:
    """(`length`,): the rows, or columns, of the full picture that do not belong to bars which both halves have."""
    kept = np.ones(length, np.bool_)
    half = len(small) // 2
    first, last = lit_span(np.maximum(small[:half], small[len(small) - half :]))
    if first + half - last < _LEAST_MARGIN:
        return kept
    before, after = (math.ceil(px * length / len(small)) for px in (first, half - last))
    for start, end in ((0, length // 2), (length - length // 2, length)):
        kept[start : start + before] = kept[end - after : end] = False
    return kept


def _small(grey: NDArray[np.uint8]) -> Grey:
    height, width = grey.shape
    scale = min(2.0, math.sqrt(_WORK_PX / (height * width)))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


def _well_lit(grey: Grey) -> Grey:
    mean, deviation = float(grey.mean()), float(grey.std())
    if deviation >= _LEAST_CONTRAST:
        return grey
    gain = min(_MOST_GAIN, _LEAST_CONTRAST / max(deviation, 1e-6))
    return np.asarray(np.clip((grey - mean) * gain + 128, 0, 255), np.uint8)


def _from_tag(tag: LayoutTag, look: _Look) -> LayoutGuess:
    across = tag.layout is Layout.SIDE_BY_SIDE
    half = tag.half if tag.half is not None else look.is_half(across)
    return LayoutGuess(_layout(across, half), tag.swapped, Sentence("the file's name says “{tag}”", tag=tag.text))


def _from_content(look: _Look, odds: dict[bool, float] | None) -> LayoutGuess:
    if odds is None:
        height, width = look.full.shape
        if width / height >= 3.0:
            return LayoutGuess(Layout.SIDE_BY_SIDE, False, "the picture is as wide as two pictures side by side")
        return LayoutGuess(Layout.MONO, False, "there is too little to see in the picture to tell")
    across = max(odds, key=odds.__getitem__)
    if odds[across] <= 0:
        return LayoutGuess(Layout.MONO, False, "the halves of the picture show different things")
    half = look.is_half(across)
    reason = "the left and right halves" if across else "the upper and lower halves"
    reason += " show the same scene, shifted"
    if half:
        reason += ", and squeezed to half their width" if across else ", and squeezed to half their height"
    return LayoutGuess(_layout(across, half), False, reason)


def _odds(look: _Look) -> dict[bool, float] | None:
    """Log odds that the halves are two eyes, side by side (True) and one upon the other; None where there is too little
    to see."""
    seen = look.without_outer_bars.without_bars_of_eyes
    lit = _well_lit(seen.small)
    features = LayoutFeatures.of(lit)
    cues = {across: halves_cues(lit, features, seen.full, across) for across in (True, False)}
    if features.are_few and max(found.blocks for found in cues.values()) == 0:
        return None
    return {across: _log_odds(cues[across], cues[not across]) for across in cues}


def _log_odds(cues: HalvesCues, other: HalvesCues) -> float:
    """Whether a picture's halves are two eyes, in the manner of log odds; `other` are the halves the other way."""
    contrast = cues.blocks - other.blocks if other.blocks > 0 else _UNKNOWN_CONTRAST
    seam = _UNKNOWN_SEAM if cues.seam is None else cues.seam
    seam = float(np.clip(min(seam, _NO_SEAM + _NO_SEAM_STEEPNESS * (seam - _NO_SEAM)), *_SEAMS))
    if cues.seam is not None:
        seam = max(seam, cues.seam_shows * seam + (1 - cues.seam_shows) * _DROWNED_SEAM)
    return (
        _FEATURES_WEIGHT * math.log2(min(_MOST_FEATURES, cues.features))
        + _BLOCKS_WEIGHT * cues.blocks
        + _CONTRAST_WEIGHT * contrast
        - _MIRRORED_WEIGHT * max(0.0, cues.mirrored - cues.blocks)
        + _SEAM_WEIGHT * seam
        + _BIAS
    )


def _layout(across: bool, half: bool) -> Layout:
    if across:
        return Layout.HALF_SIDE_BY_SIDE if half else Layout.SIDE_BY_SIDE
    return Layout.HALF_OVER_UNDER if half else Layout.OVER_UNDER
