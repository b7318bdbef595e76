"""What a person may turn while something plays."""

from dataclasses import dataclass, replace

from depthview.engine.camera import CameraChoice
from depthview.engine.depth_road import RoadChoices
from depthview.engine.estimators.base import Selection
from depthview.engine.frames import Layout
from depthview.engine.models.usual import UsualModels
from depthview.engine.stereo.prepare.choices import UNTOUCHED, PreparationChoices


@dataclass(frozen=True, slots=True)
class LiveSettings:
    """What the person may turn while it plays. None leaves layout and order to detection.

    `selection` runs whatever is shown; without one it is the `usual` one for as many eyes as there are to see. Of the
    `camera` only the field of view counts here, for models for one eye whose metres hang on it; None is what the source
    says of itself. `preparation` overrules what is done to the eyes before they are matched; with `untouched` nothing
    is, for a while. `steady`: what stands still keeps its depth.
    """

    selection: Selection | None = None
    layout: Layout | None = None
    swap: bool | None = None
    camera: CameraChoice | None = None
    preparation: PreparationChoices = PreparationChoices()  # noqa: RUF009 - frozen
    steady: bool = True
    untouched: bool = False
    usual: UsualModels = UsualModels()  # noqa: RUF009 - frozen

    @property
    def road(self) -> RoadChoices:
        """What of this is turned on the way from a frame to its depth."""
        preparation = UNTOUCHED if self.untouched else self.preparation
        return RoadChoices(self.layout, self.swap, self.camera, preparation, self.steady, finds_rig=False)

    def selection_for(self, eyes: int) -> Selection:
        """What runs on something that shows so many eyes."""
        return self.selection or self.usual.of(eyes)

    def choosing(self, selection: Selection, *, model_eyes: int, shown_eyes: int) -> "LiveSettings":
        """These settings once a person chose a model, while something plays that shows so many eyes.

        It is the usual one from now on for as many eyes as it looks with; what plays it gets in any case.
        """
        usual = self.usual.with_model(selection, model_eyes)
        return replace(self, usual=usual, selection=None if model_eyes == shown_eyes else selection)
