"""Which measured rig is in force for what plays: the one remembered for it, one beside it, or one that was opened."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from depthview.engine.camera import CameraChoice, StereoRig, Whence
from depthview.engine.frames import Layout
from depthview.engine.live.status import SessionStatus
from depthview.engine.sentence import Sentence
from depthview.engine.stereo.boards.solving import CalibrationResult
from depthview.engine.stereo.rigs.beside import FoundRig, laid_aside
from depthview.engine.stereo.rigs.remembered import forget, remember, set_aside, take_back
from depthview.engine.stereo.rigs.rig import CalibratedRig, WrongShapeError
from depthview.engine.stereo.rigs.rig_file import Rig, read_rig
from depthview.engine.stereo.rigs.rig_in_force import rig_in_force
from depthview.ui.errands import Errands
from depthview.ui.speech import sentence

if TYPE_CHECKING:
    from depthview.ui.live.workspace import LiveWorkspace


_NONE = FoundRig(None, Sentence(""))
Told = list[Sentence]
"""What is to be said of a look that found something amiss."""


class Rigs(QObject):
    """Looks for a rig once it is known what plays and how its eyes are packed. `failed(UserError)` and
    `news(sentence, trouble)`: the picture goes on without."""

    failed = Signal(object)
    news = Signal(str, bool)

    def __init__(self, errands: Errands, workspace: "LiveWorkspace") -> None:
        super().__init__(workspace)
        self._errands, self._workspace = errands, workspace
        self._of: tuple[str, Layout | None] | None = None
        self._size_hw: tuple[int, int] | None = None
        self._found = _NONE
        self._forgotten: CalibratedRig | None = None
        self._opened: Path | None = None
        self._errand = 0

    def start_over(self) -> None:
        """Something is being opened: what is found next is its own, even if it is the same once more."""
        self._of, self._size_hw, self._opened = None, None, None
        self._forgotten = None
        self._show(_NONE)

    def follow(self, status: SessionStatus) -> None:
        """Look at what plays now, a few times a second."""
        info = status.playback.info if status.playback is not None else None
        if info is None:
            self._of = None
            return
        asked = self._workspace.session.settings.layout
        if self._of != (info.identity, asked):
            if self._of is not None and self._of[0] == info.identity:
                self._put(_NONE)  # it was checked against eyes that were cut otherwise
            else:
                self._forgotten = None
                self._show(_NONE)
            self._of, self._size_hw = (info.identity, asked), None
        if isinstance(status.fault, WrongShapeError) and self._found.rig is not None:
            # The eyes turned out to be packed otherwise than at first: the picture must not stop for that.
            self._put(_NONE)
            self.failed.emit(status.fault)
            return
        known = status.findings is not None and status.eyes == 2 and asked in (None, status.layout)
        if self._size_hw is None and known and status.findings is not None:
            self._size_hw = status.findings.size_hw
            if self._opened is not None:
                self.open_file(self._opened)
            else:
                self._look_for(info.identity, self._size_hw)

    def open_file(self, path: Path) -> None:
        """Use a rig file for what plays, and remember it."""
        if self._of is None or self._size_hw is None:
            self._opened = path  # as soon as it is known how large the eyes are
            return
        self._opened = None
        size_hw, identity = self._size_hw, self._of[0]

        def read(_told: Told) -> FoundRig:
            rig = read_rig(path, pictures_hw=size_hw)
            if isinstance(rig, CalibratedRig):
                rig.warp(size_hw)
                remember(identity, rig)
            return FoundRig(rig, Sentence("as opened"))

        self._run(read, by_person=True)

    def use(self, result: CalibrationResult) -> None:
        """Use what was just calibrated, and remembered."""
        if self._size_hw is None:
            return
        size_hw, rig = self._size_hw, result.rig

        def check(_told: Told) -> FoundRig:
            rig.warp(size_hw)
            return FoundRig(rig, Sentence("calibrated here"))

        self._run(check, by_person=True, swap=result.swapped)

    def forget(self) -> None:
        """Use no rig, and keep none; one that lies beside the pictures is set aside for them."""
        if self._of is None:
            return
        identity, gone = self._of[0], self._found

        def work(_told: Told) -> FoundRig:
            forget(identity)
            if gone.path is None:
                return _NONE
            set_aside(identity, gone.path)
            return laid_aside(gone.path)

        self._put(_NONE)
        self._workspace.set_camera(_without_rig(self._workspace.look.camera))
        self._forgotten = gone.rig if isinstance(gone.rig, CalibratedRig) and gone.path is None else None
        self._run(work)

    def use_again(self) -> None:
        """What was forgotten, or set aside."""
        if self._of is None or self._size_hw is None:
            return
        identity, size_hw, forgotten = self._of[0], self._size_hw, self._forgotten

        def work(told: Told) -> FoundRig:
            if forgotten is not None:
                remember(identity, forgotten)
            else:
                take_back(identity)
            return _found_for(identity, size_hw, told)

        self._run(work)

    # Inside

    def _look_for(self, identity: str, size_hw: tuple[int, int]) -> None:
        self._run(lambda told: _found_for(identity, size_hw, told))

    def _run(self, work: Callable[[Told], FoundRig], *, by_person: bool = False, swap: bool | None = None) -> None:
        of, size_hw = self._of, self._size_hw or (1, 1)
        self._errand = number = self._errand + 1
        told: Told = []

        def take(found: FoundRig) -> None:
            if of != self._of or number != self._errand:
                return  # something else plays by now, or another rig is wanted
            if by_person:  # what was typed before was less well known
                self._workspace.set_camera(_camera_of(found.rig, size_hw))
            self._put(found, swap=swap)
            if by_person and found.rig is not None:  # also in the place of what was wrong with the one before
                self.news.emit(self.tr("The calibration is in use."), False)
            for said in told:
                self.news.emit(sentence(said), True)

        self._errands.run("rig", lambda: work(told), take, self.failed.emit)

    def _put(self, found: FoundRig, *, swap: bool | None = None) -> None:
        if found.rig is not None:
            self._forgotten = None
        if found.rig is not self._found.rig or found.rig is not None:
            self._workspace.use_rig(found.rig, swap=swap)
        self._show(found)

    def _show(self, found: FoundRig) -> None:
        self._found = found
        comes_back = found.rig is None and (found.set_aside or self._forgotten is not None)
        camera = self._workspace.inspector.camera
        camera.show_rig(rig_words(found), in_use=found.rig is not None, comes_back=comes_back)


def _found_for(identity: str, size_hw: tuple[int, int], told: Told) -> FoundRig:
    return rig_in_force(identity, size_hw, named=None, searches=True, tell=told.append) or _NONE


def _camera_of(rig: Rig | None, size_hw: tuple[int, int]) -> CameraChoice:
    """What is to be kept of a rig that lies anywhere: its numbers. A calibrated one is kept whole, elsewhere."""
    if not isinstance(rig, StereoRig):
        return CameraChoice()
    scaled = rig.scaled_to(size_hw[1])
    return CameraChoice(
        scaled.baseline_m, scaled.focal_px, doffs_px=scaled.doffs_px, lens_from=Whence.RIG, baseline_from=Whence.RIG
    )


def _without_rig(camera: CameraChoice) -> CameraChoice:
    """What a person typed, or the file says."""
    if camera.lens_from is Whence.RIG:
        camera = replace(camera, focal_px=None, fov_deg=None, doffs_px=None, lens_from=Whence.BY_HAND)
    if camera.baseline_from is Whence.RIG:
        camera = replace(camera, baseline_m=None, baseline_from=Whence.BY_HAND)
    return replace(camera, rig=None)


def rig_words(found: FoundRig) -> str:
    """What is in force, in a line or two."""
    rig, reason = found.rig, sentence(found.reason) if found.reason else ""
    if rig is None:
        return reason
    known = isinstance(rig, StereoRig) or rig.baseline_known
    length = f"{1000 * rig.baseline_m:.1f} mm" if known else ""
    name = rig.name if rig.name not in reason else ""
    return ", ".join(part for part in (name, length, reason) if part)
