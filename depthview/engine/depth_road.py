"""The road from a frame to its depth, the same for what plays in the window and for what is written to files."""

import time
from dataclasses import dataclass, replace

from depthview.engine.camera import CameraChoice
from depthview.engine.estimators.base import Estimator, RefiningEstimator, depth_frame
from depthview.engine.frames import DepthFrame, Frame, Layout
from depthview.engine.resources import known_camera
from depthview.engine.sources import SourceInfo, SourceKind
from depthview.engine.stabiliser.stabiliser import Stabiliser
from depthview.engine.steady import GaugeMemory, SteadyGauge
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.judge import Judging
from depthview.engine.stereo.prepare.preparation import Prepared
from depthview.engine.stereo.prepare.preparer import EyesDecision, PairPreparer


@dataclass(frozen=True, slots=True)
class RoadChoices:
    """What a person may overrule on the way; None leaves it to what is found.

    Of the `camera` only the field of view counts here, for models for one eye whose metres hang on it; None is what the
    source says of itself. With `steady`, what stands still in a video keeps its depth. With
    `finds_rig` files go by a measured rig that nobody named: remembered for the source, or lying beside it.
    """

    layout: Layout | None = None
    swap: bool | None = None
    camera: CameraChoice | None = None
    preparation: PreparationChoices = PreparationChoices()  # noqa: RUF009 - frozen
    steady: bool = True
    finds_rig: bool = True


class DepthRoad:
    """One source's frames, in the order in which they are shown; owned by one thread.

    `judge` looks at the eyes, see `Judging`. The pictures of a folder are of many scenes: nothing follows from one of
    them for the next.
    """

    def __init__(self, info: SourceInfo | None, judge: Judging) -> None:
        self._info = info
        self._one_scene = info is None or info.kind is not SourceKind.SEQUENCE
        hint, title = (info.hint, info.title) if info is not None else (None, "")
        self._preparer = PairPreparer(hint, title, judge, each_alone=not self._one_scene)
        self._gauge, self._stabiliser = SteadyGauge(), Stabiliser()
        self._scene = 0
        self.decision: EyesDecision | None = None
        """Of the newest frame that could be divided into its eyes."""

    def decide_again(self) -> bool:
        """Take note of what the judge found since the newest frame was prepared; True when that frame would be prepared
        otherwise now."""
        before = self.decision
        if before is None:
            return False
        self.decision = self._preparer.decide_again(before)
        return not self.decision.preparation.does_the_same_as(before.preparation)

    @property
    def memory(self) -> GaugeMemory | None:
        """What the scale of values without a unit hangs on, after the newest frame; None where there are none."""
        return self._gauge.memory

    def recall(self, memory: GaugeMemory, prepared: Prepared) -> None:
        """Go on in the scale of an earlier run over the same source: `memory` is of its frame `prepared`."""
        self._gauge.recall(memory, prepared.shown)

    def eyes_in(self, frame: Frame, choices: RoadChoices) -> int:
        """How many eyes there are to see."""
        return 1 if self._preparer.layout_of(frame, choices.layout) is Layout.MONO else 2

    def prepare(self, frame: Frame, choices: RoadChoices, *, eyes: int) -> Prepared:
        """The eyes of `frame`, ready for an estimator that looks at so many. Also lets the judge look, so that a frame
        may be passed over and still count. Raises UserError where the frame does not show so many."""
        prepared, self.decision = self._preparer.prepare(
            frame, choices.layout, choices.swap, choices.preparation, eyes=eyes
        )
        return prepared.seen_under(self._fov_deg(choices, prepared)) if eyes == 1 else prepared

    def estimate(
        self, prepared: Prepared, estimator: Estimator, choices: RoadChoices, *, refine: bool = False
    ) -> DepthFrame:
        """The depth of a prepared pair, in line with the frames before it. Raises as the estimator does."""
        started = time.perf_counter()
        if refine and isinstance(estimator, RefiningEstimator):
            estimate = estimator.refine(prepared.matched)
        else:
            estimate = estimator.estimate(prepared.matched)
        ended = time.perf_counter()
        found = depth_frame(prepared.shown, prepared.result(estimate), estimator.info, started_s=started, ended_s=ended)
        gauged, anew = self._gauge.follow(found)
        self._scene += anew
        found = replace(gauged if self._one_scene else found, scene=self._scene)
        shown = self._stabiliser.follow(found) if choices.steady and self._one_scene else found
        return replace(shown, held=shown is not found)

    def _fov_deg(self, choices: RoadChoices, prepared: Prepared) -> float | None:
        camera = choices.camera
        if camera is None and self._info is not None:
            camera = known_camera(self._info.identity, self._info.fov_deg, self._info.baseline_m)
        return None if camera is None else camera.known_fov_deg(prepared.shown.size_hw[1])
