"""The measured rig by which `depthview live` goes: looked for once it is known how large the eyes are."""

from dataclasses import replace
from pathlib import Path

from depthview.commands.outcome import note
from depthview.engine.camera import CameraChoice
from depthview.engine.errors import UserError
from depthview.engine.frames import DepthFrame
from depthview.engine.live.session import LiveSession
from depthview.engine.live.status import SessionStatus
from depthview.engine.stereo.rigs.rig import CalibratedRig, WrongShapeError
from depthview.engine.stereo.rigs.rig_file import Rig
from depthview.engine.stereo.rigs.rig_in_force import rig_in_force


class LiveRig:
    """Follows one session, in the thread that asks it for depth."""

    def __init__(self, session: LiveSession, named: Path | None, *, searches: bool) -> None:
        """`named` and `searches` as for `rig_in_force`."""
        self._session, self._named, self._searches = session, named, searches
        self._size_hw: tuple[int, int] | None = None
        self._rig: Rig | None = None
        self.reason: str | None = None
        """Where the rig is from, or why one is not used; None where there is none."""

    def follow(self, status: SessionStatus) -> None:
        """Look at what plays now. Raises UserError where the rig that was named cannot be used."""
        info = status.playback.info if status.playback is not None else None
        if info is None or status.findings is None or status.eyes != 2 or status.findings.size_hw == self._size_hw:
            return
        self._size_hw = status.findings.size_hw
        found = rig_in_force(info.identity, self._size_hw, named=self._named, searches=self._searches, tell=note)
        self.reason = None if found is None else found.reason
        self._go_by(None if found is None else found.rig)

    def let_go_for(self, fault: UserError) -> bool:
        """Whether the session goes on in spite of this: the eyes turned out to be packed otherwise than at first, and
        a rig that was only found is no reason to end."""
        if self._named is not None or not isinstance(fault, WrongShapeError):
            return False
        if self._rig is not None:
            self.reason = str(fault)
            note(f"The rig that was found is not used: {fault}")
            self._go_by(None)
        return True

    def shown_in(self, depth: DepthFrame) -> bool:
        """Whether this was estimated by the rig: what was under way when it was found was not."""
        return not isinstance(self._rig, CalibratedRig) or depth.pair.rig is not None

    def camera(self, camera: CameraChoice) -> CameraChoice:
        """The same with what the rig knows of pictures that are rectified already."""
        return camera if self._rig is None or isinstance(self._rig, CalibratedRig) else replace(camera, rig=self._rig)

    def _go_by(self, rig: Rig | None) -> None:
        self._rig = rig
        measured = rig if isinstance(rig, CalibratedRig) else None
        settings = self._session.settings
        if settings.preparation.rig is not measured:
            self._session.configure(replace(settings, preparation=replace(settings.preparation, rig=measured)))
