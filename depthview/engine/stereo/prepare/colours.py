"""Exposure and colours of the right eye brought to the left eye's, where matching is the better for it.

From the colours of what both eyes see: a curve for each channel, gain x value ** gamma + offset, which is what two
cameras that set exposure, white balance and contrast by themselves differ by. Only what is matched is changed, never
what is shown.
"""

from collections import deque
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair
from depthview.engine.sentence import Sentence
from depthview.engine.stereo.matching.matches import Matches, Points

_SAMPLED_WIDTH_PX = 320
"""Colours are taken from pictures of this width: a sample is then a patch, and no pixel's noise."""
_ROW_SHARE = 0.02
"""Of the height: matches that lie further apart are wrong ones."""
_FEWEST_MATCHES = 60
_QUANTILES = np.linspace(0.02, 0.98, 49)
"""Where too few things match, the whole pictures' distributions of colours are compared instead."""
_LOOKS = 8
_BLACK, _WHITE = 4.0, 250.0
"""Grey levels outside of which a camera says nothing of the light: clipped, or a warp's empty border."""

_GAMMAS = np.exp(np.linspace(-0.7, 0.7, 29))
_ROUNDS = 8
_IDENTITY_SHARE = 0.02
"""Of all samples' weight, for colours that no sample has: there the curve goes on as a mere gain would."""
_LEAST_SCALE = 1.5 / 255
_MOST_GAIN = 4.0

_HELPS_GREY_LEVELS = 3.0
"""Measured by benchmarks/stereo_colours.py: from there on both methods are better with equal colours. Below it
semi-global matching still gains a little, and the network loses as often."""
_HOLDS_SHARE = 0.6
_EXPLAINS_SHARE, _OF_CONTRAST = 0.95, 0.5
"""Of the difference, and of the picture's own contrast, as much may be left: what leaves more was no matter of
exposure, or not the same thing."""
_HELD_GREY_LEVELS = 2.0
"""A curve that would change by less stays as it is: each change is one more thing that may flicker."""

Samples = NDArray[np.float64]
"""(N, 2, 3): what the left and the right eye show of one thing; R, G, B, 0..1."""
Curves = NDArray[np.uint8]
"""(3, 256): the new value of each value of R, G and B."""


@dataclass(frozen=True, slots=True, eq=False)
class ColourMatch:
    """Monotone curves that give the right eye the left eye's colours."""

    curves: Curves

    def apply(self, image: Image) -> Image:
        """(H, W, 3) of the right eye as the left eye would have shown it; a new picture."""
        return np.asarray(cv2.LUT(image, np.ascontiguousarray(self.curves.T[None])), np.uint8)


@dataclass(frozen=True, slots=True)
class ColoursVerdict:
    """What was found of the eyes' colours.

    `match` is None where nothing usable was found. `helps` says whether matching is the better for it. `difference` is
    by how many grey levels (of 255) `match` changes the right eye in the middle. `reason` is one sentence.
    """

    match: ColourMatch | None
    helps: bool
    difference: float
    reason: str


class ColoursJudge:
    """Collects the colours of one source's frames, and says how to make them equal. The newest looks count."""

    def __init__(self) -> None:
        self._looks: deque[Samples] = deque(maxlen=_LOOKS)
        self._verdict = ColoursVerdict(None, False, 0.0, "the eyes' colours have not been compared yet")

    def look(self, pair: StereoPair, matches: Matches) -> None:
        """Take in a pair whose rows are even, and its matches in the same pixels; wrong ones may be among them."""
        small = [_small(eye) for eye in (pair.left, pair.right)]
        height = matches.size_hw[0]
        even = np.abs(matches.left[:, 1] - matches.right[:, 1]) < _ROW_SHARE * height
        if even.sum() < _FEWEST_MATCHES:
            even[:] = True  # rows that could not be evened; what is wrong among them is outvoted
        if len(matches) >= _FEWEST_MATCHES:
            scale = small[0].shape[1] / matches.size_hw[1]
            places = (matches.left[even], matches.right[even])
            samples = np.stack([_at(eye, at, scale) for eye, at in zip(small, places, strict=True)], axis=1)
        else:
            samples = np.stack([_distribution(eye) for eye in small], axis=1)
        self._looks.append(samples)
        self._verdict = _next(self._verdict, np.concatenate(self._looks))

    @property
    def verdict(self) -> ColoursVerdict:
        return self._verdict


def _small(eye: Image) -> NDArray[np.float32]:
    """(h, w, 3) 0..1."""
    height, width = eye.shape[:2]
    scale = min(1.0, _SAMPLED_WIDTH_PX / width)
    size = max(8, round(width * scale)), max(8, round(height * scale))
    small = cv2.resize(eye, size, interpolation=cv2.INTER_AREA) if scale < 1 else cv2.blur(eye, (3, 3))
    return np.asarray(small, np.float32) / np.float32(255)


def _at(eye: NDArray[np.float32], places: Points, scale: float) -> NDArray[np.float64]:
    """(N, 3): the colours at `places`, which are pixels of a picture 1 / `scale` as large."""
    at = ((places + 0.5) * scale - 0.5).astype(np.float32)
    return cv2.remap(eye, at[:, :1], at[:, 1:], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0].astype(float)


def _distribution(eye: NDArray[np.float32]) -> NDArray[np.float64]:
    """(quantiles, 3) of what is neither black nor white."""
    pixels = eye.reshape(-1, 3)
    pixels = pixels[(pixels.min(axis=1) > _BLACK / 255) & (pixels.max(axis=1) < _WHITE / 255)]
    if len(pixels) < len(_QUANTILES):
        return np.zeros((0, 3))
    return np.asarray(np.quantile(pixels, _QUANTILES, axis=0), np.float64)


def _next(held: ColoursVerdict, samples: Samples) -> ColoursVerdict:
    """The verdict on all samples; what was `held` stays where little has changed."""
    usable = (samples > _BLACK / 255).all(axis=(1, 2)) & (samples < _WHITE / 255).all(axis=(1, 2))
    samples = samples[usable]
    if len(samples) < len(_QUANTILES) // 2:
        return held if held.match else ColoursVerdict(None, False, 0.0, "too little is seen to compare the colours")
    match = ColourMatch(np.stack([_curve(samples[:, 0, c], samples[:, 1, c]) for c in range(3)]))
    if held.match is not None and _changed(samples, held.match, match) < _HELD_GREY_LEVELS:
        match = held.match
    left, right = samples[:, 0] * 255, samples[:, 1] * 255
    after = _through(match, right)
    difference = float(np.median(np.abs(after - right).mean(axis=1)))
    unlike = np.median(np.abs(left - after))
    contrast = np.median(np.abs(left - np.median(left, axis=0)))
    explained = unlike <= min(_EXPLAINS_SHARE * np.median(np.abs(left - right)), _OF_CONTRAST * contrast)
    enough = bool(difference >= _HELPS_GREY_LEVELS * (_HOLDS_SHARE if held.helps else 1.0))
    helps = bool(enough and explained)
    return ColoursVerdict(match, helps, difference, _reason(helps, enough, difference, float(np.median(left - right))))


def _reason(helps: bool, enough: bool, difference: float, brighter: float) -> str:
    if enough and not helps:
        return "the eyes' colours differ by more than exposure explains, and are left as they are"
    if not helps:
        return Sentence(
            "the eyes differ by {levels:.0f} of 255 grey levels, which does not disturb matching", levels=difference
        )
    if abs(brighter) <= difference / 2:
        words = "the right eye's colours differ by {levels:.0f} of 255 grey levels, and are matched to the left's"
    elif brighter > 0:
        words = "the right eye is {levels:.0f} of 255 grey levels darker, and is matched to the left eye"
    else:
        words = "the right eye is {levels:.0f} of 255 grey levels brighter, and is matched to the left eye"
    return Sentence(words, levels=difference)


def _through(match: ColourMatch, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """(N, 3) grey levels that need not be whole ones."""
    levels = np.arange(256)
    return np.stack([np.interp(values[:, c], levels, match.curves[c]) for c in range(3)], axis=1)


def _changed(samples: Samples, one: ColourMatch, other: ColourMatch) -> float:
    """How far two matches lie apart for these samples, grey levels."""
    right = samples[:, 1] * 255
    return float(np.abs(_through(one, right) - _through(other, right)).mean())


def _curve(left: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.uint8]:
    """(256,): the curve that makes `right` (N,) look like `left`; wrong samples are outvoted.

    Gamma by trying, gain and offset by reweighted least squares under Cauchy's loss.
    """
    gain = float(np.clip(np.median(left / right), 1 / _MOST_GAIN, _MOST_GAIN))
    elsewhere = np.linspace(0, 1, 9)
    weight = _IDENTITY_SHARE * len(left) / len(elsewhere)
    prior = np.full(len(elsewhere), weight)
    x = np.concatenate([right, elsewhere])
    y = np.concatenate([left, gain * elsewhere])
    best, best_cost = (gain, 0.0, 1.0), np.inf
    residual = left - gain * right
    scale = max(_LEAST_SCALE, 1.5 * float(np.median(np.abs(residual))))
    for gamma in _GAMMAS:
        curved = x**gamma
        weights = np.concatenate([1 / (1 + (residual / scale) ** 2), prior])
        slope, offset = gain, 0.0
        for _ in range(_ROUNDS):
            slope, offset = _line(curved, y, weights)
            off = (y - slope * curved - offset) / scale
            weights = np.concatenate([1 / (1 + off[: len(left)] ** 2), prior])
        cost = float((np.log1p(off[: len(left)] ** 2)).sum() + weight * (off[len(left) :] ** 2).sum())
        if slope > 0 and cost < best_cost:
            best, best_cost = (slope, offset, float(gamma)), cost
    slope, offset, power = best
    curve = slope * np.linspace(0, 1, 256) ** power + offset
    return np.asarray(np.clip(np.rint(255 * curve), 0, 255), np.uint8)


def _line(x: NDArray[np.float64], y: NDArray[np.float64], weights: NDArray[np.float64]) -> tuple[float, float]:
    """Slope and offset of y over x."""
    total = weights.sum()
    mean_x, mean_y = (weights * x).sum() / total, (weights * y).sum() / total
    spread = (weights * (x - mean_x) ** 2).sum()
    slope = (weights * (x - mean_x) * (y - mean_y)).sum() / max(spread, 1e-12)
    return float(slope), float(mean_y - slope * mean_x)
