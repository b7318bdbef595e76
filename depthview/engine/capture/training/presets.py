"""The settings that a person chooses among, by what the machine has. Knows no torch."""

from dataclasses import replace
from enum import Enum

from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.errors import UserError

_MOST_ITERATIONS = 1_000_000
_MOST_SPLATS = 20_000_000
_SIZES_PX = 64, 16_384
_OUT_OF_RANGE = "{what} must be between {least} and {most}, not {value}: choose another number."


class Preset(Enum):
    """PREVIEW: a usable object in minutes on two processors. FULL: the published length."""

    PREVIEW = "preview"
    FULL = "full"


_ON_THE_PROCESSOR = {
    Preset.PREVIEW: TrainingSettings(3_000, 40_000, 480, degree=2, coarse_to_fine=True),
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
        settings = replace(settings, iterations=_within("The number of iterations", iterations, 1, _MOST_ITERATIONS))
    if max_splats is not None:
        settings = replace(settings, max_splats=_within("The number of splats", max_splats, 1, _MOST_SPLATS))
    if max_size_px is not None:
        settings = replace(settings, max_size_px=_within("The photos' size in pixels", max_size_px, *_SIZES_PX))
    return settings


def _within(what: str, value: int, least: int, most: int) -> int:
    if not least <= value <= most:
        raise UserError(_OUT_OF_RANGE, what=what, least=least, most=most, value=value)
    return value
