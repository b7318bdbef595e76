"""The Live workspace: owns the session, shows its newest view, and passes on what the person turns."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from depthview.engine.camera import CameraChoice, StereoRig
from depthview.engine.frames import Meaning
from depthview.engine.live.presenter import LiveView, Presenter, ViewSettings
from depthview.engine.live.session import LiveSession
from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.status import SessionStatus
from depthview.engine.live.threads import share_cores
from depthview.engine.metres import rig_of
from depthview.engine.sources import SourceKind
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import Rig
from depthview.engine.stereo.views.compose import PictureMode
from depthview.ui.actions import WindowState
from depthview.ui.live.cloud_stage import CloudStage
from depthview.ui.live.engine_control import EngineControl
from depthview.ui.live.inspector import Inspector
from depthview.ui.live.look import Look
from depthview.ui.live.measuring.tape import TapeMeasure
from depthview.ui.live.model_choice import remembered_models, without_what_failed
from depthview.ui.live.models_at_hand import ModelsAtHand
from depthview.ui.live.panes import LivePanes
from depthview.ui.live.player import Player
from depthview.ui.live.recollection import Recollection
from depthview.ui.live.screen_demand import ScreenDemand, screen_demand
from depthview.ui.live.transport import Transport
from depthview.ui.models.model_files import ModelFiles
from depthview.ui.settings import Preferences

if TYPE_CHECKING:
    from depthview.ui.scene.viewport import Viewport

_PULL_MS = 15
_STATUS_MS = 200
_OLD_PICTURE_S = 0.4
"""The old picture stays for a moment while the next one opens: better than a flash of black."""
_LEAST_S = 0.05
_FILMS = (SourceKind.VIDEO, SourceKind.SEQUENCE)
"""What has frames to the end of which an export comes."""


class LiveWorkspace(QWidget):
    """Panes, inspector and transport around one LiveSession.

    Signals carry news upwards: `status_changed(SessionStatus)` five times a second, `news(sentence, trouble)`,
    `remembered(Preferences)` when something worth keeping was changed, `model_file_wanted()`.
    """

    status_changed = Signal(object)
    news = Signal(str, bool)
    remembered = Signal(object)
    model_file_wanted = Signal()

    def __init__(self, preferences: Preferences, buttons: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._memory = Recollection(preferences)
        self.models = ModelsAtHand(preferences.model_files, preferences.device)
        self._look = Look(
            colour_map=preferences.colour_map,
            point_size=preferences.point_size,
            min_confidence=preferences.min_confidence,
        )
        self._picture = PictureMode.LEFT
        self._eyes = 2
        self._demand = ScreenDemand()
        self.cloud_lent = False
        self._view: LiveView | None = None
        self._shown_meaning = Meaning.DISPARITY
        self._opened_at = self._settled_at = 0.0
        self.panes = LivePanes(self)
        self.inspector = Inspector(self)
        self.transport = Transport(buttons, self)
        share_cores()
        self.session = LiveSession(self.models.build, settings=LiveSettings(usual=remembered_models(preferences)))
        self.player = Player(self.session)
        self.presenter = Presenter(self.session.results, self._view_settings())
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.panes, 1)
        row.addWidget(self.inspector)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row, 1)
        column.addWidget(self.transport)

        self.tape = TapeMeasure(self.panes, self._begin_measuring, self)
        self.tape.changed.connect(lambda on: None if on else self.player.end_rest(self.tape))
        self.stage = CloudStage(self.panes, self.tape.join)
        self.stage.set_point_size(self._look.point_size)
        self.inspector.settings_changed.connect(self._settle)
        self.inspector.look_changed.connect(self._show_look)
        self.inspector.model_file_wanted.connect(self.model_file_wanted)
        self.transport.seek_wanted.connect(self.player.seek)
        self.transport.speed_wanted.connect(self.player.set_speed)
        self.panes.picture_mode_chosen.connect(self.show_picture)
        self.panes.depth_view.limits_dragged.connect(
            lambda low, high: self._show_look(replace(self._look, limits=(low, high)))
        )
        self.panes.depth_view.limits_freed.connect(lambda: self._show_look(replace(self._look, limits=None)))
        self.inspector.show_settings(self.session.settings)
        self.inspector.show_look(self._look)
        self.engine = EngineControl(self.models, self.session, self.inspector.models, preferences.device, self)
        self.status_changed.connect(self.engine.look)
        self.engine.chosen.connect(lambda d: self._remember(replace(self._memory.preferences, device=d)))

        self._pull_timer = QTimer(self)
        self._pull_timer.timeout.connect(self._pull)
        self._pull_timer.start(_PULL_MS)
        self._status_timer = QTimer(self)
        self._status_timer.timeout.connect(self._refresh)
        self._status_timer.start(_STATUS_MS)

    # What the window asks for

    def open(self, spec: tuple[str, ...]) -> None:
        """Play `spec`; what was overruled for it before is in force as soon as it is known what it is."""
        self._memory.start_over()
        self.player.start_over()
        self._view = None
        self.stage.aim_anew()
        self.tape.start_over()
        settings = LiveSettings(usual=self.session.settings.usual)
        self.inspector.show_settings(settings)
        self.presenter.start_over()
        self._opened_at = self.session.open(spec, settings=settings, loop=self._memory.preferences.loop)

    def set_loop(self, loop: bool) -> None:
        self.player.set_loop(loop)
        self._remember(replace(self._memory.preferences, loop=loop))

    def swap(self) -> None:
        settings = self.session.settings
        # What was asked for, not what is in force: a slow model may not have come to the last press of the key yet.
        swapped = self.session.status.swap if settings.swap is None else settings.swap
        self._settle(replace(settings, swap=not swapped))
        self.inspector.show_settings(self.session.settings)

    def show_untouched(self, on: bool) -> None:
        """Compare the eyes just as they come, until they are to be prepared again."""
        self._settle(replace(self.session.settings, untouched=on))
        self.inspector.show_settings(self.session.settings)

    def use_rig(self, rig: Rig | None, *, swap: bool | None = None) -> None:
        """Straighten pictures and measure by this rig from now on; with `swap` it is known which eye is which. It is
        not kept with the source: it is found again where it lies."""
        measured = rig if isinstance(rig, CalibratedRig) else None
        rectified = rig if isinstance(rig, StereoRig) else None
        settings = self.session.settings
        settings = replace(settings, preparation=replace(settings.preparation, rig=measured))
        if swap is None or swap == self.session.status.swap:
            self.session.configure(settings)
        else:
            self._settle(replace(settings, swap=swap))
        self.inspector.show_settings(self.session.settings)
        self.set_camera(replace(self._look.camera, rig=rectified))

    def set_camera(self, camera: CameraChoice) -> None:
        """What is known of the camera from now on."""
        if camera != self._look.camera:
            self._show_look(replace(self._look, camera=camera))

    def show_picture(self, mode: PictureMode) -> None:
        self._picture = mode
        if mode is PictureMode.RIGHT:
            self.tape.set_on(False)  # its places are the left eye's
        self.panes.show_picture_mode(mode, eyes=self._eyes)
        self._configure_view()

    def fit(self) -> None:
        self.panes.picture_view.fit()
        self.panes.depth_view.image.fit()

    def reset_3d(self) -> None:
        if self.viewport is not None:
            self.viewport.reset_view()

    def use_model_files(self, brought: ModelFiles) -> None:
        """Use ONNX files from now on; there is at least one good one."""
        new = [str(path) for path, _family in brought.good]
        files = (*(f for f in self._memory.preferences.model_files if f not in new), *new)
        self._remember(replace(self._memory.preferences, model_files=files))
        self.models.use(files)
        selection = brought.selection(self.session.settings.selection_for(self._eyes))
        self._settle(self.session.settings.choosing(selection, model_eyes=brought.eyes, shown_eyes=self._eyes))
        self.inspector.show_settings(self.session.settings)

    @property
    def viewport(self) -> "Viewport | None":
        """The 3D view, once there was a cloud."""
        return self.stage.viewport

    @property
    def view(self) -> LiveView | None:
        """What is on the screen."""
        return self._view

    @property
    def look(self) -> Look:
        """How it is shown."""
        return self._look

    def window_state(self, status: SessionStatus) -> WindowState:
        playback = status.playback
        info = playback.info if playback else None
        moves = info is not None and info.kind is not SourceKind.IMAGE
        return WindowState(
            has_source=info is not None,
            can_seek=bool(moves and info and info.seekable),
            can_pause=moves,
            has_depth=self._view is not None and self._view.has_depth,
            has_metres=self._view is not None and self._view.has_depth and self._view.scale.has_metres,
            has_two_eyes=self._eyes == 2,
            is_movie=self._view is not None and info is not None and info.kind in _FILMS,
        )

    def grab_pane(self) -> QImage:
        """The pane under the mouse as a picture."""
        pane = self.panes.pane_under_mouse()
        return (pane if pane is not None else self).grab().toImage()

    def save_layout(self) -> QByteArray:
        return self.panes.save_state()

    def shut_down(self, deadline: float) -> bool:
        """End the session, its threads and the 3D view before `deadline`, of time.monotonic(); True when nothing is
        left behind."""
        self._pull_timer.stop()
        self._status_timer.stop()
        self.presenter.close(0.0)  # told to end, so that it does so while the session does
        ended = self.session.close(max(0.0, deadline - time.monotonic()))
        ended = self.presenter.close(max(_LEAST_S, deadline - time.monotonic())) and ended
        if self.viewport is not None:
            self.viewport.release()
        return ended

    # What happens all the time

    def _pull(self) -> None:
        view = self.presenter.views.take()
        if view is None or view.depth.pair.captured_at < self._opened_at:
            return  # the second: of what was open before
        if not self._memory.is_known and self._recognise(self.session.status):
            return  # drawn before it was known how the person wants this source to look; the next one is as wanted
        if view.depth.settled_at < self._settled_at:
            return  # estimated before it was known what they want of it
        size_hw = view.depth.pair.size_hw
        if view.rig != rig_of(view.depth.pair, self._look.camera):
            return  # drawn for another camera: its metres are not the ones that the inspector promises
        self.inspector.show_pair(view.depth.pair)
        if self._view is None or _unit_of(view) != _unit_of(self._view):
            self._follow_meaning(*_unit_of(view))
        self._view = view
        if self.panes.picture_view.isVisible():
            self.panes.picture_view.show_image(view.picture_rgb, size_hw)
        if self.panes.depth_view.isVisible():
            self.panes.depth_view.show_view(
                view, colour_map=self._look.colour_map, locked=self._look.limits is not None
            )
        self.stage.show(view)
        self.tape.show(view)

    def _begin_measuring(self) -> None:
        """What is measured holds still, and is the left eye's: depth is of that one."""
        self.player.rest_for(self.tape)
        if self._picture is PictureMode.RIGHT:
            self.show_picture(PictureMode.LEFT)
        self.setFocus()

    def _follow_meaning(self, meaning: Meaning, guessed: bool) -> None:
        """Speak in the unit of what is shown from now on; a range in another unit says nothing of it."""
        self.inspector.show_meaning(meaning, guessed=guessed)
        if self._shown_meaning is not meaning and self._look.limits is not None:
            self._show_look(replace(self._look, limits=None))
        self._shown_meaning = meaning

    def _refresh(self) -> None:
        status = self.session.status
        if status.playback is not None:
            self._recognise(status)
            self.transport.show_status(status.playback)
        if status.fault is None:
            status = replace(status, fault=self.presenter.fault)
        self.inspector.show_status(status)
        if status.eyes is not None and status.eyes != self._eyes:
            self._eyes = status.eyes
            self.show_picture(self._picture)
        self.panes.show_untouched(self.session.settings.untouched and self._eyes == 2)
        self._fall_back(status)
        if self._view is not None:
            self.inspector.show_limits(self._view.limits)
            if self._view.has_depth:
                self.inspector.show_whether_sure(self._view.depth.confidence is not None)
        elif time.perf_counter() - self._opened_at > _OLD_PICTURE_S:
            self._clear()
        families = self.models.take_families()
        if families is not None:
            self.inspector.show_families(families)
        for notice in self.session.take_notices():
            self.news.emit(notice.text, notice.trouble)
        self._fit_work_to_screen()
        self.status_changed.emit(status)

    def _fall_back(self, status: SessionStatus) -> None:
        """A model that was remembered may be gone: use a built-in one rather than none."""
        settings = self.session.settings
        instead = without_what_failed(settings, status)
        if instead is not None:
            name = settings.selection_for(self._eyes).model_id
            self.news.emit(self.tr("{name} cannot be used; a built-in model runs instead.").format(name=name), True)
            self.session.configure(instead)
            self.inspector.show_settings(instead)
            self._remember(self._memory.without_model(self._eyes))

    def _clear(self) -> None:
        """Show nothing rather than what was open before."""
        self.panes.picture_view.clear_image()
        self.panes.depth_view.clear()
        self.stage.clear()

    def _recognise(self, status: SessionStatus) -> bool:
        """Once a source is open: what is known of it, and what the person overruled for it before; True when that
        changes how it is drawn, so that what was drawn until now is not what is wanted."""
        memory = self._memory.recognise(status.playback.info if status.playback else None)
        if memory is None:
            return False
        # A view that is dropped must come again: the camera counts as views follow it, not as it was named or not.
        before = self._view_settings()
        settings = replace(
            self.session.settings,
            layout=memory.layout,
            swap=memory.swap,
            camera=memory.camera,
            preparation=memory.preparation,
            steady=memory.steady,
        )
        self._settled_at = self.session.configure(settings)
        self.inspector.show_settings(settings)
        self._look = replace(self._look, camera=memory.camera, max_distance_m=memory.max_distance_m, limits=None)
        self.inspector.show_look(self._look)
        self._configure_view()
        return before != self._view_settings()

    def _fit_work_to_screen(self) -> None:
        demand = screen_demand(self.panes, cloud_lent=self.cloud_lent)
        if demand != self._demand:
            self._demand = demand
            self._configure_view()

    # What the person turns

    def _settle(self, settings: LiveSettings) -> None:
        preferences = self._memory.with_models(self.session.settings.usual, settings.usual)
        self.session.configure(settings)
        self._remember(self._memory.with_source(preferences, settings, self._look))

    def _show_look(self, look: Look) -> None:
        of_source = (look.camera, look.max_distance_m) != (self._look.camera, self._look.max_distance_m)
        if look.camera != self._look.camera:
            self.session.configure(replace(self.session.settings, camera=look.camera))
            self.inspector.show_settings(self.session.settings)
        self._look = look
        self.inspector.show_look(look)
        self.stage.set_point_size(look.point_size)
        self._configure_view()
        preferences = replace(
            self._memory.preferences,
            colour_map=look.colour_map,
            point_size=look.point_size,
            min_confidence=look.min_confidence,
        )
        kept = self._memory.with_source(preferences, self.session.settings, look) if of_source else preferences
        self._remember(kept)

    def _remember(self, preferences: Preferences) -> None:
        if self._memory.keep(preferences):
            self.remembered.emit(preferences)

    def _configure_view(self) -> None:
        self.presenter.configure(self._view_settings())

    def _view_settings(self) -> ViewSettings:
        return self._demand.settings(self._look, self.panes.picture_shown)


def _unit_of(view: LiveView) -> tuple[Meaning, bool]:
    """What a view's values are, and whether their metres are a guess of the model."""
    return view.depth.meaning, view.depth.guessed
