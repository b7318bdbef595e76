"""Which model is selected when nobody is asked: at the start, and when the wanted one cannot be had."""

from dataclasses import replace

from depthview.engine.estimators import sgm
from depthview.engine.estimators.base import Selection
from depthview.engine.live.session import DEFAULT_SELECTION
from depthview.engine.models.library import BUILT_INS
from depthview.ui.settings import Preferences

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 1.0, 60.0
USUAL_RATE_HZ = DEFAULT_SELECTION.rate_hz or 10.0

_LAST_RESORT = Selection(sgm.MODEL_ID, None, sgm.LIVE_HW)


def leaves_something(selection: Selection) -> bool:
    """Whether iterations or size are left to the model."""
    return selection.iterations is None or selection.size_hw is None


def remembered_selection(preferences: Preferences) -> Selection:
    """What the person chose the last time; on the first day the default.

    The settings are a file that a person can edit, and it may say anything. The built-in models would take any size,
    also one that fills the memory: of these the nearest that they offer is taken.
    """
    if not preferences.model_id:
        return DEFAULT_SELECTION
    wanted = Selection(preferences.model_id, preferences.iterations, preferences.size_hw, preferences.rate_hz)
    family = next((family for family in BUILT_INS if family.model_id == wanted.model_id), None)
    if family is None:
        return replace(wanted, rate_hz=None)
    size_hw = family.nearest(wanted).size_hw
    if not family.holds_rate:
        return replace(wanted, iterations=None, size_hw=size_hw, rate_hz=None)
    if wanted.size_hw is not None:
        wanted = replace(wanted, size_hw=size_hw)
    if wanted.iterations is not None and family.most_iterations is not None:
        wanted = replace(wanted, iterations=min(wanted.iterations, family.most_iterations))
    rate_hz = min(max(wanted.rate_hz or USUAL_RATE_HZ, LOWEST_RATE_HZ), HIGHEST_RATE_HZ)
    return replace(wanted, rate_hz=rate_hz if leaves_something(wanted) else None)


def in_place_of(failed: Selection) -> Selection | None:
    """What to run when `failed` cannot be loaded: the default, and if that fails too, what needs no model file."""
    if failed.model_id == _LAST_RESORT.model_id:
        return None
    return _LAST_RESORT if failed.model_id == DEFAULT_SELECTION.model_id else DEFAULT_SELECTION
