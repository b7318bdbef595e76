"""What is said of a line between two places of a picture."""

import math

from PySide6.QtCore import QCoreApplication

from depthview.engine.depth import DepthScale
from depthview.engine.measuring import Measured
from depthview.ui.parts.depth_words import camera_doubt

_MOST_DECIMALS = 3
"""Millimetres: finer, no stereo camera tells."""
_DECIMALS = 2


def length_words(measured: Measured | None, scale: DepthScale) -> str:
    """`1.84 m ± 0.03 m`, with `~` before metres that are a guess; or why there is no length."""
    if not scale.has_metres:
        return _tr("no metres")
    if measured is None:
        return _tr("depth unknown here")
    guess = "~" if measured.guess else ""
    uncertain_m = measured.uncertain_m
    if uncertain_m is None or not math.isfinite(uncertain_m) or uncertain_m <= 0:
        return f"{guess}{measured.distance_m:.{_DECIMALS}f} m"
    decimals = max(0, min(_MOST_DECIMALS, -math.floor(math.log10(uncertain_m))))
    # A half of the last figure is no certainty: what is rounded away is rounded up.
    rounded_m = math.ceil(uncertain_m * 10**decimals - 1e-9) / 10**decimals
    return f"{guess}{measured.distance_m:.{decimals}f} m ± {rounded_m:.{decimals}f} m"


def hint(points: int, scale: DepthScale) -> str:
    """What to do, or, once two points are there, what is to be known of their distance; may be empty."""
    if points < 2:
        return _tr("Click two points, here, in the depth or in 3D; Esc ends")
    doubt = camera_doubt(scale)
    return f"{doubt} {_tr('Say what you know under Camera.')}" if doubt and scale.has_metres else doubt


def _tr(text: str) -> str:
    return QCoreApplication.translate("LiveMeasuring", text)
