"""Which models are selected when nobody is asked: at the start, and when the wanted one cannot be had."""

from dataclasses import replace

from depthview.engine.estimators import sgm
from depthview.engine.estimators.base import Selection
from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.status import SessionStatus
from depthview.engine.models.library import BUILT_INS
from depthview.engine.models.usual import DEFAULT_ONE_EYE, DEFAULT_TWO_EYES, UsualModels
from depthview.ui.settings import Preferences

LOWEST_RATE_HZ, HIGHEST_RATE_HZ = 1.0, 60.0
USUAL_RATE_HZ = DEFAULT_TWO_EYES.rate_hz or 10.0

_LAST_RESORT = Selection(sgm.MODEL_ID, None, sgm.LIVE_HW)


def leaves_something(selection: Selection) -> bool:
    """Whether iterations or size are left to the model."""
    return selection.iterations is None or selection.size_hw is None


def remembered_models(preferences: Preferences) -> UsualModels:
    """What the person chose the last time; on the first day the defaults."""
    two_eyes, one_eye = preferences.two_eyes, preferences.one_eye
    return UsualModels(
        DEFAULT_TWO_EYES if two_eyes is None else _offered(two_eyes),
        DEFAULT_ONE_EYE if one_eye is None else _offered(one_eye),
    )


def _offered(wanted: Selection) -> Selection:
    """The settings are a file that a person can edit, and it may say anything. The built-in models would take any size,
    also one that fills the memory: of these the nearest that they offer is taken.
    """
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


def without_what_failed(settings: LiveSettings, status: SessionStatus) -> LiveSettings | None:
    """The settings to go on with when nothing runs because the wanted model cannot be loaded; None while all is well,
    or when there is nothing else to run."""
    eyes = status.eyes or 2
    runs = status.running is not None and status.running.eyes <= eyes
    if runs or status.loading is not None or status.model_fault is None:
        return None
    instead = _in_place_of(settings.selection_for(eyes), eyes)
    if instead is None:
        return None
    return replace(settings, selection=None, usual=settings.usual.with_model(instead, eyes))


def _in_place_of(failed: Selection, eyes: int) -> Selection | None:
    """What to run on so many eyes when `failed` cannot be loaded: the default, and if that fails too, what needs no
    model file. For one eye there is nothing of that kind."""
    if failed.model_id == _LAST_RESORT.model_id:
        return None
    default = UsualModels().of(eyes)
    if failed.model_id != default.model_id:
        return default
    return _LAST_RESORT if eyes == 2 else None
