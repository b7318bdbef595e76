"""What is done to the two eyes of every frame before they are matched, and undone in the result."""

import math
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from depthview.engine.estimators.base import Estimate
from depthview.engine.frames import DisparitySpan, Image, Meaning, StereoPair
from depthview.engine.stereo.box import Box
from depthview.engine.stereo.prepare.bars import Bars
from depthview.engine.stereo.prepare.colours import ColourMatch
from depthview.engine.stereo.rectification.rows import Warp

_T = TypeVar("_T", bound=np.generic)

_NOISE_PX = 1.0
"""Where the rig is known, what lies farther than infinity by more than this is no answer, but a wrong match."""


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A pair on its way through an estimator.

    `shown` is what a person sees and what the result belongs to: of the eyes' full size, its rows evened, its bars in
    their place. `matched` is what the estimator gets. `place` is where that lies in `shown`. `seen`: (H, W) of
    `matched`'s size, False where a warp left the left eye empty; None where it did nowhere.
    """

    shown: StereoPair
    matched: StereoPair
    place: Box
    seen: NDArray[np.bool_] | None

    def seen_under(self, fov_deg: float | None) -> "Prepared":
        """The same for a model that is told the field of view of the whole picture, degrees."""
        cut_deg = None
        if fov_deg is not None:
            share = self.place.width / self.shown.size_hw[1]
            cut_deg = math.degrees(2 * math.atan(share * math.tan(math.radians(fov_deg) / 2)))
        matched = replace(self.matched, fov_deg=cut_deg)
        return replace(self, shown=replace(self.shown, fov_deg=fov_deg), matched=matched)

    def result(self, estimate: Estimate) -> Estimate:
        """What was said of `matched` as a statement about `shown`: the bars unknown."""
        values, confidence = estimate.values, estimate.confidence
        if self.shown.rig is not None and estimate.meaning is Meaning.DISPARITY:
            farthest_px = -self.shown.rig.scaled_to(self.shown.size_hw[1]).doffs_px - _NOISE_PX
            values = np.where(values >= farthest_px, values, np.float32(np.nan))
        if self.seen is not None:
            values = np.where(self.seen, values, np.float32(np.nan))
        if self.place.size_hw != self.shown.size_hw:
            values = _put_back(values, self.place, self.shown.size_hw, np.float32(np.nan))
            if confidence is not None:
                confidence = _put_back(confidence, self.place, self.shown.size_hw, np.float32(0))
        return estimate if values is estimate.values else replace(estimate, values=values, confidence=confidence)


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """Applied to each frame alike. `bars` and `warp` belong to eyes of one size, in the order that `swap` makes; `span`
    is of the eyes when all else is done."""

    swap: bool
    bars: Bars
    warp: Warp | None = None
    colours: ColourMatch | None = None
    span: DisparitySpan | None = None

    @property
    def shift_px(self) -> int:
        """Where the span begins, pixels of an eye, mostly 0 or below: by so much the right eye is moved for models that
        know no disparities below zero."""
        return 0 if self.span is None else self.span.lowest_px

    def does_the_same_as(self, other: "Preparation") -> bool:
        """Whether both make the same of any pair."""
        mine = (self.swap, self.bars, self.span, self.warp, self.colours)
        return mine == (other.swap, other.bars, other.span, other.warp, other.colours)

    def apply(self, pair: StereoPair) -> Prepared:
        """`pair` as the source gives it. Where nothing is to be done, nothing is copied."""
        boxes = (self.bars.left, self.bars.right)
        eyes = (pair.left, pair.right)
        if self.swap:
            boxes, eyes = boxes[::-1], eyes[::-1]
        whole = Box.whole(pair.size_hw)
        inner = replace(pair, left=_cut(eyes[0], boxes[0]), right=_cut(eyes[1], boxes[1]))
        if self.warp is not None:
            inner = self.warp.warp(inner)
            inner = replace(inner, turned=inner.rig is None)
        inner = replace(inner, span=self.span)
        place = boxes[0]
        shown = inner
        if place != whole:
            left = _put_back(inner.left, place, whole.size_hw, np.uint8(0)) if self.warp is not None else eyes[0]
            # The right eye's own bars may lie elsewhere: side by side, both pictures are seen in one place.
            right = _put_back(inner.right, place, whole.size_hw, np.uint8(0))
            shown = replace(inner, left=left, right=right)
        matched = inner
        if self.colours is not None:
            matched = replace(matched, right=self.colours.apply(matched.right))
        return Prepared(shown, matched, place, self.warp.seen() if self.warp is not None else None)


def _cut(eye: Image, box: Box) -> Image:
    return eye if box.size_hw == eye.shape[:2] else np.ascontiguousarray(box.of(eye))


def _put_back(part: NDArray[_T], place: Box, size_hw: tuple[int, int], elsewhere: _T) -> NDArray[_T]:
    whole = np.full((*size_hw, *part.shape[2:]), elsewhere, part.dtype)
    place.of(whole)[...] = part
    return whole
