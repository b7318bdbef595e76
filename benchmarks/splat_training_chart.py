"""PSNR of photos held out against seconds of training, as a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from depthview.engine.exports import write_image

_SIZE = (1200, 720)
_LEFT, _TOP, _RIGHT, _BOTTOM = 90, 60, 40, 80
_INK, _GRID, _PAPER = (32, 34, 38), (228, 230, 233), (255, 255, 255)
_COLOURS = ((0, 114, 178), (230, 120, 0), (0, 158, 115), (204, 80, 150))
"""After M. Okabe and K. Ito, "Color Universal Design"."""
_STEPS = 6


@dataclass(frozen=True, slots=True)
class Line:
    """`points`: seconds and decibels."""

    name: str
    points: Sequence[tuple[float, float]]


def draw_chart(lines: Sequence[Line], path: Path) -> None:
    """Write a PNG. Raises UserError where the disk refuses."""
    picture = Image.new("RGB", _SIZE, _PAPER)
    drawing = ImageDraw.Draw(picture)
    font = ImageFont.load_default(18)
    numbers = np.array([point for line in lines for point in line.points] or [(0.0, 0.0)])
    low = np.array([0.0, np.floor(numbers[:, 1].min())])
    high = np.maximum(np.array([numbers[:, 0].max(), np.ceil(numbers[:, 1].max())]), low + 1)
    wide, tall = _SIZE[0] - _LEFT - _RIGHT, _SIZE[1] - _TOP - _BOTTOM

    def place(seconds: float, decibels: float) -> tuple[float, float]:
        across, up = (np.array([seconds, decibels]) - low) / (high - low)
        return _LEFT + across * wide, _TOP + (1 - up) * tall

    for share in np.linspace(0, 1, _STEPS):
        seconds, decibels = low + share * (high - low)
        x, y = place(seconds, decibels)
        drawing.line([(x, _TOP), (x, _TOP + tall)], _GRID)
        drawing.line([(_LEFT, y), (_LEFT + wide, y)], _GRID)
        drawing.text((x, _TOP + tall + 10), f"{seconds:.0f}", _INK, font, anchor="ma")
        drawing.text((_LEFT - 10, y), f"{decibels:.1f}", _INK, font, anchor="rm")
    drawing.text((_LEFT, 20), "PSNR of photos held out, dB", _INK, font)
    drawing.text((_LEFT + wide, _SIZE[1] - 30), "seconds of training", _INK, font, anchor="ra")
    for number, line in enumerate(lines):
        colour = _COLOURS[number % len(_COLOURS)]
        places = [place(*point) for point in line.points]
        if len(places) > 1:
            drawing.line(places, colour, 3)
        drawing.text((_LEFT + wide - 10, _TOP + tall - 30 - 24 * number), line.name, colour, font, anchor="ra")
    path.parent.mkdir(parents=True, exist_ok=True)
    write_image(path, np.asarray(picture))
