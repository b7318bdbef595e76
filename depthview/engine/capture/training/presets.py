"""The settings that a person chooses among, by what the machine has. Knows no torch."""

from collections.abc import Sequence
from dataclasses import replace
from enum import Enum

from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.errors import UserError

ITERATIONS = 1, 1_000_000
SPLATS = 1, 20_000_000
SIZES_PX = 64, 16_384
"""The least and the most that a person may ask for."""

_OUT_OF_RANGE = "{what} must be between {least} and {most}, not {value}: choose another number."


class Preset(Enum):
    """PREVIEW: a usable object in minutes on two processors. FULL: the published length."""

    PREVIEW = "preview"
    FULL = "full"


_ON_THE_PROCESSOR = {
    Preset.PREVIEW: TrainingSettings(5_000, 50_000, 480, degree=2, coarse_to_fine=True),
    Preset.FULL: TrainingSettings(30_000, 200_000, 960, coarse_to_fine=True),
}
_WITH_CUDA = {
    Preset.PREVIEW: TrainingSettings(7_000, 300_000, 960),
    Preset.FULL: TrainingSettings(30_000, 1_000_000, 1600),
}


def settings_for(
    preset: Preset,
    *,
    cuda: bool,
    iterations: int | None = None,
    max_splats: int | None = None,
    max_size_px: int | None = None,
) -> TrainingSettings:
    """The preset, and what the person wants otherwise. Raises UserError for numbers out of range."""
    settings = (_WITH_CUDA if cuda else _ON_THE_PROCESSOR)[preset]
    if iterations is not None:
        settings = replace(settings, iterations=_within("The number of iterations", iterations, *ITERATIONS))
    if max_splats is not None:
        settings = replace(settings, max_splats=_within("The number of splats", max_splats, *SPLATS))
    if max_size_px is not None:
        settings = replace(settings, max_size_px=_within("The photos' size in pixels", max_size_px, *SIZES_PX))
    return settings


def times_the_work(settings: TrainingSettings, other: TrainingSettings, sizes_px: Sequence[tuple[int, int]]) -> float:
    """How many times as many pixels of photos of these sizes are drawn with `settings` as with `other`."""
    return _pixels_drawn(settings, sizes_px) / _pixels_drawn(other, sizes_px)


def _pixels_drawn(settings: TrainingSettings, sizes_px: Sequence[tuple[int, int]]) -> float:
    scales = (min(1.0, settings.max_size_px / max(size)) for size in sizes_px)
    return settings.iterations * sum(w * h * scale**2 for (w, h), scale in zip(sizes_px, scales, strict=True))


def _within(what: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise UserError(_OUT_OF_RANGE, what=what, least=least, most=most, value=value)
    return value
