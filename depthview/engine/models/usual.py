"""Which model runs where nobody chose one for what plays: one for two eyes, another for one, and one for panoramas."""

from dataclasses import dataclass, replace

from depthview.engine.estimators import iterative, one_eye, whole_sphere
from depthview.engine.estimators.base import Selection

DEFAULT_TWO_EYES = Selection(iterative.MODEL_ID, rate_hz=iterative.LIVE_RATE_HZ)
"""Fluid at once on any machine: size and iterations follow from what it can do."""

DEFAULT_ONE_EYE = Selection(one_eye.MODEL_ID, None, one_eye.USUAL_HW)

DEFAULT_PANORAMA = Selection(whole_sphere.MODEL_ID, None, whole_sphere.USUAL_HW)


def default_panorama() -> Selection:
    """What estimates a 360° photo: the bundled panorama network, or in an installation without it the model for one
    eye, which is shown views."""
    return DEFAULT_PANORAMA if whole_sphere.is_there() else DEFAULT_ONE_EYE


def unhurried(selection: Selection) -> Selection:
    """The same for a file, whose frames nobody waits for: no rate is held, what is left open is chosen for quality."""
    open_count = selection.model_id == iterative.MODEL_ID and selection.iterations is None
    iterations = iterative.STILL_ITERATIONS if open_count else selection.iterations
    return replace(selection, iterations=iterations, rate_hz=None)


@dataclass(frozen=True, slots=True)
class UsualModels:
    """A selection for what shows two eyes, and one for what shows one."""

    two_eyes: Selection = DEFAULT_TWO_EYES
    one_eye: Selection = DEFAULT_ONE_EYE

    def of(self, eyes: int) -> Selection:
        """The one for what shows so many eyes."""
        return self.one_eye if eyes == 1 else self.two_eyes

    def with_model(self, selection: Selection, eyes: int) -> "UsualModels":
        """The same with another one for so many eyes."""
        return replace(self, one_eye=selection) if eyes == 1 else replace(self, two_eyes=selection)
