"""The clock of files: every frame of a source becomes depth, nothing is dropped, and the source waits."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from depthview.engine.camera import CameraChoice
from depthview.engine.depth_road import DepthRoad, RoadChoices
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, EstimatorInfo
from depthview.engine.frames import DepthFrame, Frame, Layout, StereoPair
from depthview.engine.resources import known_camera
from depthview.engine.sources import Notice, Source, SourceKind
from depthview.engine.steady import GaugeMemory
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.judge import PairJudge
from depthview.engine.stereo.prepare.kept_judge import keep_judge, kept_judge
from depthview.engine.stereo.prepare.preparation import Prepared
from depthview.engine.stereo.prepare.preparer import EyesDecision
from depthview.engine.stereo.rigs.rig import CalibratedRig, WrongShapeError
from depthview.engine.stereo.rigs.rig_file import Rig
from depthview.engine.stereo.rigs.rig_in_force import rig_in_force

_SAME_MOMENT_S = 1e-6
_PRIMED_S = 2.0
"""The first looks at a running source come within this time, see `stereo/prepare/judge.py`."""
_LONGEST_PRIMED_S = 5.0
"""So long it is waited for a second eye: clips fade in from black."""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the preparation of the next frames hangs on: `judge` as `keep_judge` has it, after the frame that was read
    as the `seq`-th and is shown at `pts_s`."""

    seq: int
    pts_s: float
    judge: bytes


class _Judge:
    """The judge in force, which another may take the place of."""

    def __init__(self, judge: PairJudge) -> None:
        self.now = judge

    @property
    def findings(self) -> Findings | None:
        return self.now.findings

    def offer(self, pair: StereoPair, asked: Asked) -> None:
        self.now.offer(pair, asked)


class EveryFrame:
    """One source's frames through the estimator for as many eyes as they show. Owned by one thread.

    `estimator_of` gives the estimator for so many eyes, `tell` hears what the source has to say on the way. What is
    not asked for is looked for: the camera in the file, the rig that was remembered for the source or lies beside it.
    """

    def __init__(
        self,
        source: Source,
        choices: RoadChoices,
        estimator_of: Callable[[int], Estimator],
        tell: Callable[[str], None],
        rig_file: Path | None = None,
    ) -> None:
        """`rig_file` is a measured rig to go by, if there are two eyes."""
        known = known_camera(source.info.identity, source.info.fov_deg, source.info.baseline_m)
        self.camera = (choices.camera or CameraChoice()).filled(known)
        """What is known of it so far; a rig joins it with the first frame."""
        self.rig_from: str | None = None
        """Where the rig is from, or why one is not used, in words; None where there is none."""
        self.rig: Rig | None = None
        """The measured one that was found or named; None before it was looked for, and where there is none."""
        self._source, self._choices = source, replace(choices, camera=self.camera)
        self._estimator_of, self._tell, self._rig_file = estimator_of, tell, rig_file
        self.looked_for_rig = False
        self.each_alone = source.info.kind is SourceKind.SEQUENCE
        """Whether each frame is judged by itself: a folder's pictures come from many cameras."""
        self._judge = _Judge(PairJudge(each_alone=self.each_alone))
        self._road = DepthRoad(source.info, self._judge)
        self._seq, self._pts_s = 0, 0.0
        self._estimator: Estimator | None = None
        self._passed: Prepared | None = None
        self.notices: list[str] = []

    @property
    def decision(self) -> EyesDecision:
        """What the newest frame's eyes were taken for; there was one."""
        assert self._road.decision is not None
        return self._road.decision

    @property
    def estimator(self) -> EstimatorInfo:
        """What estimated the newest frame; there was one."""
        assert self._estimator is not None
        return self._estimator.info

    def prime(self) -> None:
        """Look through the beginning of a video that can be sought, so that its first frames are already prepared as
        the later ones are. Raises as `read`."""
        info = self._source.info
        if info.kind is not SourceKind.VIDEO or not info.seekable:
            return
        while (frame := self.read()) is not None:
            self._prepare_only(frame)
            waits_for_eyes = self.decision.layout is Layout.MONO and self._choices.layout is None
            if frame.pts_s >= (_LONGEST_PRIMED_S if waits_for_eyes else _PRIMED_S):
                break
        self._source.seek(0.0)

    @property
    def seen(self) -> Seen:
        """What was seen up to the newest frame, for a later run."""
        return Seen(self._seq - 1, self._pts_s, keep_judge(self._judge.now))

    def go_on_after(self, seen: Seen) -> bool:
        """Go to the frame after the one that `seen` is of, as if all before it had been read; False, with nothing
        changed, where that cannot be done. Raises as `read`."""
        if not self._source.info.seekable:
            return False
        judge = kept_judge(seen.judge, self._choices.preparation.rig)
        if judge is None:
            return False
        before = self._seq
        self._source.seek(seen.pts_s)
        frame = self.read()
        if frame is None or abs(frame.pts_s - seen.pts_s) > _SAME_MOMENT_S:
            self._source.seek(0.0)
            self._seq = before
            return False
        self._judge.now, self._seq = judge, seen.seq + 1
        return True

    def hold_layout(self) -> None:
        """Keep to the layout that was found: a film cannot change its size on the way."""
        if self._choices.layout is None and self._road.decision is not None:
            self._choices = replace(self._choices, layout=self._road.decision.layout)

    def pass_over(self) -> bool:
        """Take in the next frame without its depth, for what is judged over many; False at the end. Raises as
        `read`."""
        frame = self.read()
        if frame is not None:
            self._passed = self._prepare_only(frame)
        return frame is not None

    @property
    def memory(self) -> GaugeMemory | None:
        """See `DepthRoad.memory`."""
        return self._road.memory

    def recall(self, memory: GaugeMemory) -> None:
        """Go on in the scale of an earlier run: `memory` is of the frame that was passed over last."""
        if self._passed is not None:
            self._road.recall(memory, self._passed)

    def depth(self) -> DepthFrame | None:
        """The next frame's depth; None at the end. Raises UserError where it cannot be read or estimated."""
        frame = self.read()
        if frame is None:
            return None
        self._look_for_rig(frame)
        # Asked each time: a film that begins in the dark may turn out to hold two eyes.
        self._estimator = estimator = self._estimator_of(self._road.eyes_in(frame, self._choices))
        prepared = self._prepare(frame, estimator.info.eyes)
        return self._road.estimate(prepared, estimator, self._choices)

    def read(self) -> Frame | None:
        """The next frame; None at the end. Raises UserError when the source cannot go on."""
        while True:
            try:
                item = self._source.read()
            except OSError as error:
                raise UserError(
                    "This source cannot be read any further: open it again: {title}",
                    title=self._source.info.title,
                    details=repr(error),
                ) from error
            if isinstance(item, Notice):
                self._note(item.text)
                continue
            if item is not None:
                item = replace(item, seq=self._seq)  # its own, since a run that goes on has not read all
                self._seq, self._pts_s = self._seq + 1, item.pts_s
            return item

    def _prepare_only(self, frame: Frame) -> Prepared:
        self._look_for_rig(frame)
        return self._prepare(frame, self._road.eyes_in(frame, self._choices))

    def _look_for_rig(self, frame: Frame) -> None:
        """Before the first frame with two eyes is prepared. Raises UserError where the rig that was asked for cannot be
        used."""
        if self.looked_for_rig or self._road.eyes_in(frame, self._choices) == 1:
            return
        self.looked_for_rig = True
        chosen = self._choices.preparation
        if chosen.rig is not None or self.camera.rig is not None:
            return
        size_hw = self._road.prepare(frame, self._choices, eyes=2).shown.size_hw
        found = rig_in_force(
            self._source.info.identity,
            size_hw,
            named=self._rig_file,
            searches=self._choices.finds_rig,
            tell=self._note,
        )
        if found is None:
            return
        self.rig, self.rig_from = found.rig, found.reason
        if isinstance(found.rig, CalibratedRig):
            self._choices = replace(self._choices, preparation=replace(chosen, rig=found.rig))
        elif found.rig is not None:
            self.camera = replace(self.camera, rig=found.rig)
            self._choices = replace(self._choices, camera=self.camera)

    def _prepare(self, frame: Frame, eyes: int) -> Prepared:
        """A rig that was only found is left out where a picture of a folder has another shape."""
        try:
            return self._road.prepare(frame, self._choices, eyes=eyes)
        except WrongShapeError as error:
            if self._rig_file is not None:
                raise
            self._note(f"The rig that was found is not used for every picture: {error}")
            bare = replace(self._choices, preparation=replace(self._choices.preparation, rig=None))
            return self._road.prepare(frame, bare, eyes=eyes)

    def _note(self, text: str) -> None:
        if text not in self.notices:  # what was primed comes twice
            self.notices.append(text)
            self._tell(text)
