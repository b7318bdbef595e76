"""Guess how two eyes share a picture: from what the file says, from its name, and then from what it shows.

Content: the same local features (SIFT, Lowe 2004) must appear in both halves, at the same height, size and direction.
Whether the eyes are squeezed: by the shape that one eye would have, and by how much steeper a picture is across than
down, which squeezing doubles. The thresholds were set on the pairs in ../shared/data packed in every way.
"""

import math
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Frame, Image, Layout, LayoutGuess
from depthview.engine.stereo.eyes.tags import LayoutTag, layout_tag

_WORK_PX = 320 * 240
_BLACK = 16

_SIMILAR = 0.9
"""Least cosine of two RootSIFT descriptors (Arandjelovic and Zisserman 2012) of the same thing."""

_TURN_DEG = 25.0
_SIZE_OCTAVES = 0.6
_HEIGHT_SHARE = 0.1
_SHIFT_SHARE = 0.45
_ROW_SCATTER = 0.025

_MIN_FEATURES = 8
_MIN_MATCHES = 4
_SAME = 0.1
"""Share of features found again in the other half: 0.11 and more for two eyes, 0.09 and less for one."""
_SAME_WHERE_EXPECTED = 0.06
"""For frames of a shape that hardly any single picture has."""

_TELEVISION = 16 / 9
_CINEMA = (1.85, 2.2, 2.35, 2.39)

Grey = NDArray[np.uint8]


def guess_layout(frame: Frame, *, hint: LayoutGuess | None, name: str) -> LayoutGuess:
    """How `frame`'s eyes are packed, and why that is believed.

    `hint` is what metadata or the kind of source says; `name` is the file's name or title. In this order: certain
    hints, two separate pictures, tags in the name, uncertain hints, content. The order of the eyes is taken from
    hints and tags only; content does not tell it here. Takes about 25 ms on any size.
    """
    if frame.right is not None:
        return hint if hint and hint.layout is Layout.SEPARATE else _separate()
    if hint is not None and hint.certain and hint.layout is not Layout.SEPARATE:
        return hint
    grey = _small_grey(frame.image)
    size_hw = frame.image.shape[0], frame.image.shape[1]
    if (tag := layout_tag(name)) is not None:
        return _from_tag(tag, grey, size_hw)
    if hint is not None and hint.layout is not Layout.SEPARATE:
        return hint
    return _from_content(grey, size_hw)


def _separate() -> LayoutGuess:
    return LayoutGuess(Layout.SEPARATE, False, "each eye has its own picture", certain=True)


def _from_tag(tag: LayoutTag, grey: Grey, size_hw: tuple[int, int]) -> LayoutGuess:
    across = tag.layout is Layout.SIDE_BY_SIDE
    half = tag.half if tag.half is not None else _is_half(_eye_shape(grey, size_hw, across))
    return LayoutGuess(_layout(across, half), tag.swapped, f"the file's name says “{tag.text}”")


def _from_content(grey: Grey, size_hw: tuple[int, int]) -> LayoutGuess:
    height, width = size_hw
    aspect = width / height
    features = _Features.of(grey)
    found = {across: features.found_again(across) for across in (True, False)}
    shares = {across: share for across, share in found.items() if share is not None}
    usual = {True: aspect < 2.2, False: aspect > 1.0 or aspect < 0.6}
    good = {a: s for a, s in shares.items() if s >= (_SAME if usual[a] else _SAME_WHERE_EXPECTED)}
    if good:
        across = max(good, key=good.__getitem__)
        half = _is_half(_eye_shape(grey, size_hw, across))
        reason = "the left and right halves" if across else "the upper and lower halves"
        reason += " show the same scene, shifted"
        if half:
            reason += ", and squeezed to half their width" if across else ", and squeezed to half their height"
        return LayoutGuess(_layout(across, half), False, reason)
    if not shares:
        if aspect >= 3.0:
            return LayoutGuess(Layout.SIDE_BY_SIDE, False, "the picture is as wide as two pictures side by side")
        return LayoutGuess(Layout.MONO, False, "there is too little to see in the picture to tell")
    return LayoutGuess(Layout.MONO, False, "the halves of the picture show different things")


def _layout(across: bool, half: bool) -> Layout:
    if across:
        return Layout.HALF_SIDE_BY_SIDE if half else Layout.SIDE_BY_SIDE
    return Layout.HALF_OVER_UNDER if half else Layout.OVER_UNDER


def _small_grey(image: Image) -> Grey:
    """About 320 x 240 pixels, black bars included."""
    height, width = image.shape[:2]
    # Of a large photo every k-th pixel is enough, and averaging all of them is what would take the time.
    k = max(1, math.isqrt(height * width // (16 * _WORK_PX)))
    grey = cv2.cvtColor(np.ascontiguousarray(image[::k, ::k]), cv2.COLOR_RGB2GRAY)
    scale = min(2.0, math.sqrt(_WORK_PX / (height * width)))
    size = max(8, round(width * scale)), max(8, round(height * scale))
    return np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), np.uint8)


@dataclass(frozen=True, slots=True)
class _Features:
    """Local features of a picture `size_hw` large: places (x, y), RootSIFT descriptors, directions, log2 sizes."""

    size_hw: tuple[int, int]
    places: NDArray[np.float32]
    descriptors: NDArray[np.float32]
    angles_deg: NDArray[np.float32]
    octaves: NDArray[np.float32]

    @classmethod
    def of(cls, grey: Grey) -> "_Features":
        height, width = grey.shape
        points, raw = cv2.SIFT.create(nfeatures=400, contrastThreshold=0.02).detectAndCompute(
            grey, np.full(grey.shape, 255, np.uint8)
        )
        if not points:
            raw = np.zeros((0, 128), np.float32)
        sums = np.maximum(raw.sum(axis=1, keepdims=True), 1e-6)
        places = np.array([p.pt for p in points], np.float32).reshape(-1, 2)
        sizes = np.array([p.size for p in points], np.float32)
        return cls(
            (height, width),
            places,
            np.sqrt(raw / sums, dtype=np.float32),
            np.array([p.angle for p in points], np.float32),
            np.log2(np.maximum(sizes, 1e-3)),
        )

    def found_again(self, across: bool) -> float | None:
        """The share of one half's features that the other half has as well; None when there are too few to tell.

        `across` compares left with right, otherwise top with bottom.
        """
        height, width = self.size_hw
        axis, half = (0, width / 2) if across else (1, height / 2)
        first = self.places[:, axis] < half
        fewer = int(min(first.sum(), (~first).sum()))
        if fewer < _MIN_FEATURES:
            return None
        eye_h, eye_w = (height, half) if across else (half, width)
        similar = self.descriptors[first] @ self.descriptors[~first].T
        there = similar.argmax(axis=1)
        here = np.arange(len(there))
        mutual = (similar.argmax(axis=0)[there] == here) & (similar[here, there] > _SIMILAR)
        shift = self.places[~first][there] - self.places[first]
        shift[:, axis] -= half
        turn = np.abs((self.angles_deg[~first][there] - self.angles_deg[first] + 180) % 360 - 180)
        growth = np.abs(self.octaves[~first][there] - self.octaves[first])
        good = mutual & (turn < _TURN_DEG) & (growth < _SIZE_OCTAVES)
        good &= (np.abs(shift[:, 1]) < _HEIGHT_SHARE * eye_h) & (np.abs(shift[:, 0]) < _SHIFT_SHARE * eye_w)
        if good.sum() < _MIN_MATCHES:
            return 0.0
        rows = shift[good, 1]
        # One scatter for all: the eyes may be mounted unevenly, but not every part of the scene differently.
        level = int((np.abs(rows - np.median(rows)) < _ROW_SCATTER * eye_h).sum())
        return level / fewer if level >= _MIN_MATCHES else 0.0


@dataclass(frozen=True, slots=True)
class _EyeShape:
    """One eye as packed, black bars cut off. `barred`: bars at its own left and right, `letterboxed`: above, below."""

    across: bool
    aspect: float
    frame_hw: tuple[int, int]
    barred: bool
    letterboxed: bool
    steepness: float
    """log2 of how much steeper the eye is across than down; about -0.2 for pictures nobody squeezed."""


def _eye_shape(grey: Grey, size_hw: tuple[int, int], across: bool) -> _EyeShape:
    height, width = grey.shape
    rows, columns = height // 2, width // 2
    if across:
        eyes = grey[:, :columns], grey[:, width - columns :]
    else:
        eyes = grey[:rows], grey[height - rows :]
    bright = np.maximum(eyes[0], eyes[1])
    left, right = _lit(bright.max(axis=0))
    top, bottom = _lit(bright.max(axis=1))
    eye_h, eye_w = bright.shape
    barred, letterboxed = right - left < 0.97 * eye_w, bottom - top < 0.97 * eye_h
    # The packed frame's own numbers are exact; the small picture's are rounded.
    frame_h, frame_w = size_hw
    true_w, true_h = (frame_w / 2, frame_h) if across else (frame_w, frame_h / 2)
    aspect = true_w / true_h
    aspect *= (right - left) / eye_w if barred else 1
    aspect /= (bottom - top) / eye_h if letterboxed else 1
    shape = _EyeShape(across, aspect, size_hw, barred, letterboxed, 0.0)
    return replace(shape, steepness=_steepness(eyes[0][top:bottom, left:right]))


def _lit(profile: Grey) -> tuple[int, int]:
    """The first and one past the last place that is not black; everything when all is black."""
    lit = np.flatnonzero(profile > _BLACK)
    return (int(lit[0]), int(lit[-1]) + 1) if lit.size and lit[-1] > lit[0] else (0, len(profile))


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


def _is_half(eye: _EyeShape) -> bool:
    """Whether an eye was squeezed to half its width (`across`) or height.

    A sum of evidence in the manner of log odds: pictures are mostly 4:3 or near it; half layouts exist to fit a
    television frame; and squeezing shows in how steep the picture is.
    """
    frame_h, frame_w = eye.frame_hw
    television = abs(frame_w / frame_h / _TELEVISION - 1) < 0.015
    unsqueezed = eye.aspect * 2 if eye.across else eye.aspect / 2
    odds = 4 * (abs(math.log2(eye.aspect * 3 / 4)) - abs(math.log2(unsqueezed * 3 / 4)))
    if television and not eye.barred:
        odds += 2
    elif abs(frame_w / frame_h / (4 / 3) - 1) > 0.01:
        odds -= 1.6
    if television and eye.letterboxed and any(abs(unsqueezed / c - 1) < 0.025 for c in _CINEMA):
        odds += 4
    if eye.across:
        # Two upright phone pictures side by side; bars are measured on the small picture, hence less exactly.
        for portrait, weight in ((9 / 16, 3.5), (3 / 4, 2.0)):
            if abs(eye.aspect / portrait - 1) < (0.03 if eye.barred else 0.002):
                odds -= weight
        odds += 3 * min(1.0, max(-1.0, eye.steepness - 0.22))
    else:
        if abs(eye.aspect / 2 - 1) < 0.01:
            odds -= 3  # 360 degree films stack two 2:1 panoramas
        odds += 3 * min(1.0, max(-1.0, -0.62 - eye.steepness))
    return odds > 0
