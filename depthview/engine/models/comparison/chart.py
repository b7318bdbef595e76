"""The comparison as a picture: time against difference, a colour for each model, a dot's size by its iterations.

Drawn with Pillow, which is here already and has a font of its own: at twice the size, then made smaller, for smooth
edges.
"""

import itertools
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image as Pillow
from PIL import ImageDraw, ImageFont

from depthview.engine.exports import write_image
from depthview.engine.frames import Image
from depthview.engine.models.comparison.difference import Aligned
from depthview.engine.models.comparison.run import Trial, pareto

Rgb = tuple[int, int, int]
Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""

MODEL_RGB: tuple[Rgb, ...] = (
    (0, 114, 178),
    (230, 120, 0),
    (0, 158, 115),
    (204, 80, 150),
    (86, 180, 233),
    (160, 110, 20),
    (110, 80, 190),
    (120, 120, 120),
)
"""After M. Okabe and K. Ito, "Color Universal Design": told apart by colour-blind people too."""

_SIZE = (1440, 900)
_FINER = 2
_LEFT, _TOP, _RIGHT, _BOTTOM = 96, 92, 300, 78
_INK, _FAINT, _GRID, _PAPER = (32, 34, 38), (110, 114, 120), (228, 230, 233), (255, 255, 255)
_DOT_PX = (6.0, 2.0)
"""Radius of a dot: at no iterations, and what the square root of their number adds."""
_FLOOR_PX = 26
"""How far above the axis a difference of 0 is: the reference is to be seen whole."""
_MOST_LABELS = 40
_APART_PX = 7
_ALL_PERCENT = 99


def radius_px(iterations: int | None) -> float:
    """A dot's radius, before any scaling of the chart."""
    return _DOT_PX[0] + _DOT_PX[1] * math.sqrt(min(iterations or 0, 64))


def model_colours(trials: Sequence[Trial]) -> dict[str, Rgb]:
    """A colour for each model id, in the order in which the models come."""
    models = dict.fromkeys(trial.setting.model_id for trial in trials)
    return {model_id: MODEL_RGB[index % len(MODEL_RGB)] for index, model_id in enumerate(models)}


def short_name(trial: Trial) -> str:
    """What tells a setting from the others of its model: `5 it, 480x640`."""
    words = [f"{trial.asked_iterations} it"] if trial.asked_iterations is not None else []
    words += ["x".join(map(str, trial.size_hw))] if trial.size_hw else []
    return ", ".join(words) or trial.title


def write_chart(path: Path, trials: Sequence[Trial], *, about: str = "") -> None:
    """Write `draw_chart` as the picture that the suffix names. Raises UserError when that is not possible."""
    write_image(path, draw_chart(trials, about=about))


def draw_chart(trials: Sequence[Trial], *, about: str = "") -> Image:
    """(900, 1440, 3) uint8 RGB: what was tried so far. `about` says on what."""
    good = [t for t in trials if t.difference is not None and math.isfinite(t.difference.mean)]
    chart = _Chart(good, model_colours(trials))
    chart.head(len(trials), about)
    if good:
        chart.axes()
        chart.dots()
    chart.legend()
    return chart.finished()


class _Chart:
    """Draws at `_FINER` times the size; all coordinates are of the finished picture."""

    def __init__(self, trials: Sequence[Trial], colours: dict[str, Rgb]) -> None:
        self._trials, self._colours = trials, colours
        self._front = pareto(trials)
        self._image = Pillow.new("RGB", (_SIZE[0] * _FINER, _SIZE[1] * _FINER), _PAPER)
        self._draw = ImageDraw.Draw(self._image)
        self._box = (_LEFT, _TOP, _SIZE[0] - _RIGHT, _SIZE[1] - _BOTTOM)
        self._times_ms = time_limits([t.time_ms for t in trials])
        self._highest = _rounded_up(max((_mean(t) for t in trials), default=1.0))

    def finished(self) -> Image:
        return np.asarray(self._image.resize(_SIZE, Pillow.Resampling.LANCZOS), np.uint8)

    def head(self, tried: int, about: str) -> None:
        self._text((_LEFT, 22), "What a setting costs, and what it gives", 25)
        failed = tried - len(self._trials)
        words = [about] if about else []
        words += [_against(self._trials)] if self._trials else ["no setting has worked yet"]
        words += [f"{failed} of {tried} settings failed"] if failed else []
        self._text((_LEFT, 57), " · ".join(words), 15, _FAINT)

    def axes(self) -> None:
        left, top, right, bottom = self._box
        for value in ticks(self._highest):
            y = self._y(value)
            self._line([(left, y), (right, y)], _GRID)
            self._text((left - 10, y), f"{value:g}", 14, _FAINT, "rm")
        for time_ms in log_ticks(*self._times_ms):
            x = self._x(time_ms)
            self._line([(x, top), (x, bottom)], _GRID)
            self._text((x, bottom + 10), time_text(time_ms), 14, _FAINT, "mt")
        self._line([(left, bottom), (right, bottom)], _FAINT)
        self._line([(left, top), (left, bottom)], _FAINT)
        self._text(((left + right) / 2, bottom + 46), "time of one estimate, median", 15, _INK, "mm")
        self._upright((26, (top + bottom) / 2), f"mean difference, {self._unit}", 15)

    def dots(self) -> None:
        corners = front_corners([self._at(trial) for trial in self._front])
        if len(corners) > 1:
            self._line(corners, _FAINT, 2)
        on_front = {id(trial) for trial in self._front}
        taken: list[Box] = [
            (min(a[0], b[0]) - 1, min(a[1], b[1]) - 1, max(a[0], b[0]) + 1, max(a[1], b[1]) + 1)
            for a, b in itertools.pairwise(corners)
        ]
        for trial in sorted(self._trials, key=lambda t: -radius_px(t.asked_iterations)):  # small ones stay visible
            (x, y), radius = self._at(trial), radius_px(trial.asked_iterations)
            ring = _INK if id(trial) in on_front else _PAPER
            self._dot((x, y), radius, self._colours[trial.setting.model_id], ring)
            taken.append((x - radius, y - radius, x + radius, y + radius))
        by_weight = sorted(self._trials, key=lambda t: (not t.is_reference, id(t) not in on_front))
        self._name(by_weight[:_MOST_LABELS], taken)

    def legend(self) -> None:
        x, y = self._box[2] + 34.0, float(_TOP)
        titles = {trial.setting.model_id: trial.title for trial in self._trials}
        for model_id, title in titles.items():
            self._dot((x, y + 8), 7, self._colours[model_id], _PAPER)
            self._text((x + 18, y + 8), self._shortened(title, 15, _SIZE[0] - x - 34), 15, _INK, "lm")
            y += 28
            if known := _knows_less(model_id, self._trials):
                self._text((x + 18, y), known, 13, _FAINT, "lm")
                y += 24
        counts = sorted({t.asked_iterations for t in self._trials if t.asked_iterations is not None})
        if counts:
            self._text((x - 8, y + 22), "iterations", 14, _FAINT, "lm")
            y += 48
            for count in dict.fromkeys((counts[0], counts[len(counts) // 2], counts[-1])):
                self._dot((x, y + 2), radius_px(count), (190, 194, 200), _PAPER)
                self._text((x + 26, y + 2), str(count), 14, _INK, "lm")
                y += 38
        if self._front:
            y += 14
            self._line([(x - 8, y), (x + 12, y)], _FAINT, 2)
            self._dot((x + 2, y), 6, _PAPER, _INK)
            self._text((x + 26, y), "nothing is both quicker", 14, _INK, "lm")
            self._text((x + 26, y + 18), "and nearer (Pareto)", 14, _INK, "lm")

    @property
    def _unit(self) -> str:
        found = self._trials[0].difference
        assert found is not None
        return f"{found.unit} of the picture itself" if found.unit == "px" else str(found.unit)

    def _name(self, trials: Sequence[Trial], taken: list[Box]) -> None:
        """Write beside the dots what they are, as far as there is room; the first ones first."""
        for trial in trials:
            (x, y), radius = self._at(trial), radius_px(trial.asked_iterations)
            text = short_name(trial) + (" (reference)" if trial.is_reference else "")
            width = self._width(text, 13)
            place = free_place((x, y), radius, (width, 15.0), taken, self._box)
            if place is not None:
                taken.append((place[0] - _APART_PX, place[1], place[2] + _APART_PX, place[3]))
                self._text((place[0], (place[1] + place[3]) / 2), text, 13, _INK, "lm")

    def _at(self, trial: Trial) -> tuple[float, float]:
        return self._x(trial.time_ms), self._y(_mean(trial))

    def _x(self, time_ms: float) -> float:
        low, high = (math.log10(limit) for limit in self._times_ms)
        share = (math.log10(max(time_ms, self._times_ms[0])) - low) / (high - low)
        return self._box[0] + share * (self._box[2] - self._box[0])

    def _y(self, value: float) -> float:
        floor = self._box[3] - _FLOOR_PX
        return floor - value / self._highest * (floor - self._box[1])

    def _text(self, at: tuple[float, float], text: str, size_px: int, colour: Rgb = _INK, anchor: str = "la") -> None:
        self._draw.text((at[0] * _FINER, at[1] * _FINER), text, colour, _font(size_px), anchor)

    def _upright(self, centre: tuple[float, float], text: str, size_px: int) -> None:
        width, height = round(self._width(text, size_px)) + 8, size_px + 8
        strip = Pillow.new("RGB", (width * _FINER, height * _FINER), _PAPER)
        ImageDraw.Draw(strip).text((width * _FINER / 2, height * _FINER / 2), text, _INK, _font(size_px), "mm")
        turned = strip.transpose(Pillow.Transpose.ROTATE_90)
        at = (round(centre[0] * _FINER - turned.width / 2), round(centre[1] * _FINER - turned.height / 2))
        self._image.paste(turned, at)

    def _line(self, points: Sequence[tuple[float, float]], colour: Rgb, width_px: float = 1) -> None:
        fine = [(x * _FINER, y * _FINER) for x, y in points]
        self._draw.line(fine, colour, round(width_px * _FINER), "curve")

    def _dot(self, centre: tuple[float, float], radius: float, colour: Rgb, ring: Rgb) -> None:
        x, y, r = centre[0] * _FINER, centre[1] * _FINER, radius * _FINER
        self._draw.ellipse((x - r, y - r, x + r, y + r), colour, ring, round(1.5 * _FINER))

    def _width(self, text: str, size_px: int) -> float:
        return self._draw.textlength(text, _font(size_px)) / _FINER

    def _shortened(self, text: str, size_px: int, most_px: float) -> str:
        if self._width(text, size_px) <= most_px:
            return text
        while text and self._width(text + "…", size_px) > most_px:
            text = text[:-1]
        return text + "…"


def front_corners(places: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    """The stairs through the places of a Pareto set, quickest first: until the next one, this is what can be had."""
    corners: list[tuple[float, float]] = []
    for x, y in places:
        corners += [(x, corners[-1][1]), (x, y)] if corners else [(x, y)]
    return corners


def free_place(
    centre: tuple[float, float], radius: float, size: tuple[float, float], taken: Sequence[Box], inside: Box
) -> Box | None:
    """Where a label of `size` (width, height) next to a dot covers nothing that is `taken`; None where no room is left.

    All in pixels. Right of it first, then left, above, below, and askew.
    """
    (x, y), (width, height), gap = centre, size, radius + 4
    corners = [
        (x + gap, y - height / 2),
        (x - gap - width, y - height / 2),
        (x - width / 2, y - gap - height),
        (x - width / 2, y + gap),
        (x + 0.7 * gap, y - 0.7 * gap - height),
        (x + 0.7 * gap, y + 0.7 * gap),
        (x - 0.7 * gap - width, y - 0.7 * gap - height),
        (x - 0.7 * gap - width, y + 0.7 * gap),
    ]
    for left, top in corners:
        box = (left, top, left + width, top + height)
        fits = box[0] >= inside[0] and box[1] >= inside[1] and box[2] <= inside[2] and box[3] <= inside[3]
        if fits and not any(_overlap(box, other) for other in taken):
            return box
    return None


def time_limits(times_ms: Sequence[float]) -> tuple[float, float]:
    """The ends of the time axis: some room beside the quickest and the slowest, and at least a factor of four."""
    low, high = min(times_ms, default=1.0), max(times_ms, default=10.0)
    low, high = max(low, 1e-3), max(high, 1e-3)
    middle = math.sqrt(low * high)
    return min(low / 1.35, middle / 2), max(high * 1.35, middle * 2)


def log_ticks(low: float, high: float) -> list[float]:
    """1, 2 and 5 times the powers of ten between `low` and `high`; over more than three decades only the powers."""
    steps = (1, 2, 5) if high / low < 1500 else (1,)
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in steps if low <= step * 10.0**power <= high]


def ticks(highest: float) -> list[float]:
    """Round values from 0 to `highest`, four to nine of them."""
    step = 10.0 ** math.floor(math.log10(highest / 4))
    step = next(step * factor for factor in (1, 2, 5, 10) if highest / (step * factor) <= 8)
    return [round(index * step, 10) for index in range(math.floor(highest / step + 1e-9) + 1)]


def time_text(time_ms: float) -> str:
    return f"{time_ms / 1e3:g} s" if time_ms >= 1000 else f"{time_ms:g} ms"


def _against(trials: Sequence[Trial]) -> str:
    """What the differences are held against, and what was done before."""
    reference = next((trial for trial in trials if trial.is_reference), None)
    words = f"difference from {reference.name}" if reference else "difference from ground truth"
    aligned = sorted({t.title for t in trials if t.difference and t.difference.aligned is not Aligned.NOTHING})
    return f"{words} · by scale and shift: {', '.join(aligned)}" if aligned else words


def _knows_less(model_id: str, trials: Sequence[Trial]) -> str:
    """What a model leaves out does not count as different: that it does so has to be said."""
    shares = [t.difference.known for t in trials if t.setting.model_id == model_id and t.difference]
    least, most = round(100 * min(shares)), round(100 * max(shares))
    if least >= _ALL_PERCENT:
        return ""
    return f"answers for {least} % of the pixels" if least == most else f"answers for {least} to {most} % of the pixels"


def _rounded_up(value: float) -> float:
    """The end of the difference axis: above the greatest, so that its dot is whole."""
    return max(value, 1e-3) * 1.08


def _overlap(a: Box, b: Box) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _mean(trial: Trial) -> float:
    assert trial.difference is not None
    return trial.difference.mean


def _font(size_px: int) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    return ImageFont.load_default(size_px * _FINER)
