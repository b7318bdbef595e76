"""Black bars around an eye's picture: found to the pixel, over several looks, and held.

What tells a bar from a dark scene: it is black from the edge on, its inner border is one straight line, and it stays
where it is while the scene moves. So of every place near the border it is remembered in how many looks it was lit.
"""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image
from depthview.engine.stereo.box import Box

_BINS = 64
"""A line is looked at in so many pieces: noise and ringing average out in one, letters do not."""
_LIT_GREY_LEVELS = 10.0
"""Above the bars' own black: twice what coding and noise leave of a piece in the clips drawn in the tests."""
_DARKEST_BLACK, _LIGHTEST_BLACK = 0.0, 24.0
"""Video black read as full range is 16; what is lighter is a dark scene."""
_BLEND_SHARE = 0.3
_BLEND_PX = 4
"""A line with less than this share of the light of its neighbours is the border's own blur, or its ringing."""

_MEMORY = 12
"""Looks. As many are averaged; what is older fades."""
_MEMORY_OF_EXTENT, _EVER = 100, 0.01
"""Looks in which a scene's dark parts are remembered to have shown something: a lit window in a dark room has straight
borders as well, but they do not go from end to end. And the share of them that is enough."""
_NEVER = 0.08
"""Share of looks, just under one in `_MEMORY`: lit less often counts as black for a bar that grows."""
_SEEN = 0.2
_SEEN_LOOKS = 1.5
"""Share of looks, and of few looks a number, above which a bar must have been picture: never a single frame."""
_STRAY_SHARE = 0.02
"""Of a line's pieces: one speck is no picture."""
_STRAIGHT_SHARE, _STRAIGHT_SHARE_AT_LENGTH = 0.6, 0.5
"""How much of the border's first lines some look shows lit at once, at a first look and after `_LONG` of them. All
looks together would not do: what a camera pans over lights every line in the end."""
_LONG = 8
_BORDER_PX = 3
_BEST_FADES = 0.99
"""A look: what once was the best view of a border is worth a tenth less after ten."""

_TEXT_SHARE = 0.55
_TEXT_LOOKS = 4
_TEXT_MOST, _TEXT_MOST_HELD = 0.7, 0.9
"""Share of looks in which letters may stand in a bar that is to be found, and in one that was."""
_GAP_SHARE = 0.005
"""Of the eye's side: black between letters and the picture."""

_DARK_SHARE = 0.02
"""A frame with less light than this says nothing."""
_THINNEST_PX = 2
_LEAST_LEFT_SHARE = 0.25
_SAME_PX = 2
"""The eyes' bars at one side that differ by no more are the same bar, blurred differently."""

Light = NDArray[np.float32]
"""(N, pieces): of the lines from one edge to the other, each in pieces, what share of the looks was lit."""


@dataclass(frozen=True, slots=True)
class Bars:
    """What of each eye is picture; both boxes are of one size, but not always at one place.

    A packed frame with bars at its own left and right has one at the left of the left eye and one at the right of the
    right eye. Disparities between the cut eyes are those of the picture as it was taken.
    """

    left: Box
    right: Box

    @classmethod
    def whole(cls, size_hw: tuple[int, int]) -> "Bars":
        """No bars at all."""
        return cls(Box.whole(size_hw), Box.whole(size_hw))

    def any_in(self, size_hw: tuple[int, int]) -> bool:
        """Whether something is cut off eyes of this size."""
        return self != Bars.whole(size_hw)


class BarsJudge:
    """Says the bars of one source's frames. Bars grow only where all looks were black, and are held in the dark."""

    def __init__(self) -> None:
        self._size_hw: tuple[int, int] | None = None
        self._eyes = (_Eye(), _Eye())

    def look(self, left: Image, right: Image) -> None:
        """Take in both eyes, (H, W, 3) uint8 of one size, as they were cut from the frame; of one eye, it twice.

        Takes about 7 ms of one core for eyes of a megapixel. Eyes of another size than before start anew.
        """
        height, width = left.shape[:2]
        if self._size_hw != (height, width):
            self._size_hw = height, width
            self._eyes = (_Eye(), _Eye())
        if (right is left) != (self._eyes[0] is self._eyes[1]):
            eye = _Eye()
            self._eyes = (eye, eye if right is left else _Eye())
        self._eyes[0].look(left)
        if right is not left:
            self._eyes[1].look(right)

    @property
    def bars(self) -> Bars:
        """As far as is known; a box of nothing before the first look."""
        if self._size_hw is None:
            return Bars.whole((0, 0))
        height, width = self._size_hw
        eyes = self._eyes
        top_bottom = _agreed(eyes[0].rows.edges_px, eyes[1].rows.edges_px, height)
        left_right = _agreed(eyes[0].columns.edges_px, eyes[1].columns.edges_px, width)
        boxes = [
            Box(top, left, height - top - bottom, width - left - right)
            for (top, bottom), (left, right) in zip(top_bottom, left_right, strict=True)
        ]
        return Bars(boxes[0], boxes[1])


def _agreed(one: tuple[int, int], other: tuple[int, int], length: int) -> tuple[tuple[int, int], tuple[int, int]]:
    """The bars at both ends of a side of the two eyes, made to leave the same length."""
    same = [max(a, b) if abs(a - b) <= _SAME_PX else None for a, b in zip(one, other, strict=True)]
    one = one[0] if same[0] is None else same[0], one[1] if same[1] is None else same[1]
    other = other[0] if same[0] is None else same[0], other[1] if same[1] is None else same[1]
    excess = sum(other) - sum(one)
    if excess < 0:
        swapped = _agreed(other, one, length)
        return swapped[1], swapped[0]
    # What one eye has less of is cut where the other has more: one eye's bar may not have been seen yet.
    first = min(excess, max(0, other[0] - one[0]))
    one = one[0] + first, one[1] + excess - first
    if length - sum(one) < max(1, _LEAST_LEFT_SHARE * length):
        return (0, 0), (0, 0)
    return one, other


class _Eye:
    """The bars of one eye."""

    def __init__(self) -> None:
        self.rows, self.columns = _Side(), _Side()

    def look(self, eye: Image) -> None:
        grey = cv2.cvtColor(eye, cv2.COLOR_RGB2GRAY)
        height, width = grey.shape
        rows = cv2.resize(grey, (min(_BINS, width), height), interpolation=cv2.INTER_AREA).astype(np.float32)
        columns = cv2.resize(grey, (width, min(_BINS, height)), interpolation=cv2.INTER_AREA).astype(np.float32).T
        outermost = np.concatenate([side[line] for side in (rows, columns) for line in (0, -1)])
        black = float(np.clip(np.percentile(outermost, 10.0), _DARKEST_BLACK, _LIGHTEST_BLACK))
        lit_rows, lit_columns = _lit(rows, black), _lit(columns, black)
        if lit_rows.mean() < _DARK_SHARE:
            return
        self.rows.look(lit_rows)
        self.columns.look(lit_columns)


def _lit(levels: NDArray[np.float32], black: float) -> NDArray[np.bool_]:
    """(N, pieces) of a look: which pieces show something."""
    above = levels - np.float32(black)
    around = cv2.dilate(above, np.ones((2 * _BLEND_PX + 1, 1), np.uint8))
    return np.asarray(above > np.maximum(_LIT_GREY_LEVELS, _BLEND_SHARE * around), np.bool_)


@dataclass(slots=True)
class _Side:
    """The bars at the two ends of an eye's rows, or of its columns."""

    edges_px: tuple[int, int] = (0, 0)
    _looks: int = 0
    _light: Light = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    _extent: NDArray[np.float32] = field(default_factory=lambda: np.zeros(0, np.float32))
    """Of the pieces: the share of looks in which anything in it was lit."""
    _best: NDArray[np.float32] = field(default_factory=lambda: np.zeros((2, 0), np.float32))
    """(2, N), seen from the first line and from the last: of each line that came first after black, the largest share
    that was lit at once."""

    def look(self, lit: NDArray[np.bool_]) -> None:
        if self._looks == 0:
            lines, pieces = lit.shape
            self._light = np.zeros((lines, pieces), np.float32)
            self._extent, self._best = np.zeros(pieces, np.float32), np.zeros((2, lines), np.float32)
        self._looks += 1
        self._light += (lit - self._light) / np.float32(min(self._looks, _MEMORY))
        self._extent += (lit.any(axis=0) - self._extent) / np.float32(min(self._looks, _MEMORY_OF_EXTENT))
        wide = self._extent > _EVER
        now = lit[:, wide].mean(axis=1, dtype=np.float32)
        self._best *= np.float32(_BEST_FADES)
        for best, shares in zip(self._best, (now, now[::-1]), strict=True):
            border = slice(first := int(np.argmax(shares > _STRAY_SHARE)), first + _BORDER_PX)
            best[border] = np.maximum(best[border], shares[border])
        self.edges_px = (
            self._edge(self.edges_px[0], self._light[:, wide], self._best[0]),
            self._edge(self.edges_px[1], self._light[::-1, wide], self._best[1]),
        )

    def _edge(self, now_px: int, light: Light, best: NDArray[np.float32]) -> int:
        """The bar at the first line, seen from there."""
        grown = self._found(light, best, _NEVER)
        if grown is not None and grown > now_px:
            return grown
        seen = min(0.9, max(_SEEN, _SEEN_LOOKS / self._looks))
        if now_px > 0 and _is_spoilt(light[:now_px], seen):
            return self._found(light, best, seen) or 0
        return now_px

    def _found(self, light: Light, best: NDArray[np.float32], lit_above: float) -> int | None:
        """Lines that are black up to a straight border; None where there is no such border."""
        reach = _reach(light, lit_above)
        if not (reach > _STRAY_SHARE).any():
            return None
        border = self._beyond_text(light, best, reach)
        if border is not None:
            return border
        border = int(np.argmax(reach > _STRAY_SHARE))
        fall = (_STRAIGHT_SHARE - _STRAIGHT_SHARE_AT_LENGTH) * min(1.0, (self._looks - 1) / (_LONG - 1))
        straight = best[border : border + _BORDER_PX].max() >= _STRAIGHT_SHARE - fall
        return border if straight and border >= _THINNEST_PX else None

    def _beyond_text(self, light: Light, best: NDArray[np.float32], reach: NDArray[np.float32]) -> int | None:
        """The same where letters stand in the bar; None where none do."""
        border = full = int(np.argmax(best >= _STRAIGHT_SHARE))
        while border > 0 and reach[border - 1] > _STRAY_SHARE:
            border -= 1
        straight = best[full] >= _STRAIGHT_SHARE and full - border < _BORDER_PX
        if not straight or self._looks < _TEXT_LOOKS or not (reach[:border] > _STRAY_SHARE).any():
            return None
        return border if _is_text(light[:border], reach[:border], _TEXT_MOST) else None


def _is_spoilt(bar: Light, lit_above: float) -> bool:
    """Whether there is picture in a bar that was found."""
    reach = _reach(bar, lit_above)
    return bool((reach > _STRAY_SHARE).any()) and not _is_text(bar, reach, _TEXT_MOST_HELD)


def _reach(light: Light, lit_above: float) -> NDArray[np.float32]:
    """(N,): of each line, the share that was lit in more than `lit_above` of the looks."""
    return np.asarray((light > lit_above).mean(axis=1), np.float32)


def _is_text(bar: Light, reach: NDArray[np.float32], most: float) -> bool:
    """Whether what is lit in a bar are letters: apart from the picture, not in every look, and not all across."""
    gap = max(2, round(_GAP_SHARE * len(bar)))
    if len(reach) <= gap or (reach[-gap:] > _STRAY_SHARE).any():
        return False
    return bool(reach.max() <= _TEXT_SHARE and bar.max() <= most)
