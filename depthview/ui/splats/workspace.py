"""The Splats workspace: the scenes that are open, the pane that shows them, and what can be turned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QImage
from PySide6.QtWidgets import QHBoxLayout, QWidget

from depthview.engine.capture.jobs.states import ENDED
from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.ui.actions import WindowState
from depthview.ui.capture.desk import CaptureDesk
from depthview.ui.places import Host, Place, Spec
from depthview.ui.scene.navigation import CameraState
from depthview.ui.splats.camera_work import CameraWork
from depthview.ui.splats.following import Following
from depthview.ui.splats.inspector import SplatInspector
from depthview.ui.splats.items import Item
from depthview.ui.splats.job_panes import JobPanes
from depthview.ui.splats.panes import SplatPanes
from depthview.ui.splats.placing import Placing
from depthview.ui.splats.shelf import Shelf
from depthview.ui.splats.stage import Stage
from depthview.ui.splats.trained_scene import TrainedScene
from depthview.ui.splats.words import figures
from depthview.ui.splats_memory import Ground, SceneMemory, SplatsLook, SplatsMemory, Stand

if TYPE_CHECKING:
    from depthview.ui.scene.splat_pane import SplatPane

_TITLE_ACTIONS = ("measure_splats", "turntable", "reset_3d")
_GROUNDS = {Ground.BLACK: "#000000", Ground.GREY: "#808080", Ground.WHITE: "#ffffff"}
_LOOK_EVERY_MS = 500


class SplatWorkspace(QWidget):
    """Signals: `changed` when something is another, `opened(spec)` once it is read, `failed(UserError)`,
    `news(sentence)`, `remembered(SplatsMemory)`, and `emptied` when the last scene was taken out.
    """

    changed = Signal()
    opened = Signal(object)
    failed = Signal(object)
    news = Signal(str)
    remembered = Signal(object)
    emptied = Signal()

    def __init__(
        self, host: Host, bring_in: Sequence[tuple[QAction, str]], desk: CaptureDesk, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._by_name: Mapping[str, QAction] = host.actions
        self.memory: SplatsMemory = host.preferences().splats
        self.fault: UserError | None = None
        self.current: Item | None = None
        """The one that is worked on in the inspector."""
        self.pane: SplatPane | None = None
        self._aimed_at: frozenset[int] = frozenset()
        self._aimed: CameraState | None = None
        """The first look at what stands there."""
        self._clouds: tuple[PointCloud, ...] = ()
        self.stage = Stage(host.errands, self)
        self.shelf = Shelf(host.jobs, self.stage, self._stand_of, self)
        self.following = Following(self.stage, self)
        self.panes = SplatPanes([host.actions[name] for name in _TITLE_ACTIONS], self)
        self.job_panes = JobPanes(desk, self.panes, self)
        self.inspector = SplatInspector(bring_in, host.actions, desk, self)
        self.placing = Placing(self.inspector, self.stage, host.jobs, self)
        self.camera = CameraWork(self.inspector.views, self.inspector.film, self)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addWidget(self.panes, 1)
        row.addWidget(self.inspector)

        self.shelf.came.connect(self._take)
        self.shelf.failed.connect(self._fail)
        self.shelf.changed.connect(self.changed)
        self.stage.changed.connect(self._show_items)
        self.stage.drawn_changed.connect(self._draw)
        self.stage.failed.connect(self.failed)
        self.trained = TrainedScene(desk, self.stage, host.errands, self._stand_under, self)
        self.trained.failed.connect(self.failed)
        self._desk = desk
        for source in (desk, self.trained):
            source.changed.connect(self._invite)
        checkpoints = self.inspector.jobs.section.checkpoints
        self.trained.changed.connect(lambda: checkpoints.mark(self.trained.shown))
        self._keep_checkpoints(host.preferences().capture.keep_checkpoints)
        self.inspector.jobs.checkpoint_chosen.connect(self.trained.show_checkpoint)
        self.inspector.jobs.keep_changed.connect(self._keep_checkpoints)
        self.placing.failed.connect(self.failed)
        self.placing.news.connect(self.news)
        self.placing.stood.connect(self._remember_stand)
        self.camera.remembered.connect(self._remember_scene)
        scenes, look, filters = self.inspector.scenes, self.inspector.look, self.inspector.filters
        scenes.list.chosen.connect(self._choose)
        scenes.list.visible_changed.connect(self.stage.set_visible)
        scenes.list.removed.connect(self.remove)
        scenes.stand.measure_wanted.connect(lambda: self.measure(True))
        look.look_changed.connect(self.show_look)
        look.fov_changed.connect(lambda degrees: self.pane.set_fov(degrees) if self.pane is not None else None)
        look.parallel_changed.connect(self.look_parallel)
        look.turntable_changed.connect(self.turn)
        filters.filters_changed.connect(self.stage.set_filters)
        self._status_timer = QTimer(self)
        self._status_timer.setInterval(_LOOK_EVERY_MS)
        self._status_timer.timeout.connect(self.changed)
        self.show_look(self.memory.look)

    # What the window asks for

    def open(self, specs: Sequence[Spec], *, replaces: bool) -> None:
        """Read these files; `replaces`: in the place of the scenes that stand there."""
        self.fault = None
        self.stage.aspect = self.panes.width() / max(1, self.panes.height())
        self.shelf.open(specs, replaces=replaces)

    def bring_in(self, source: Place, name: str) -> bool:
        """Put the cloud of another place beside what stands there; False where it has none."""
        item = self.following.bring_in(source, name)
        if item is not None:
            self._choose(item.number)
        return item is not None

    def remove(self, number: int) -> None:
        """Take one out of the pane."""
        left = tuple(item for item in self.stage.items if item.number != number)
        if self.current is not None and self.current.number == number:
            self.current = left[-1] if left else None
        self.stage.show(left)
        if not left and not self.shelf.reading:
            self.emptied.emit()

    def remove_current(self) -> None:
        if self.current is not None:
            self.remove(self.current.number)

    def show_look(self, look: SplatsLook) -> None:
        """Look at it in another way."""
        before, self.memory = self.memory.look, replace(self.memory, look=look)
        self.stage.set_size_factor(look.size_factor)
        self._show_degree()
        self._by_name["splats_as_points"].setChecked(look.as_points)
        if self.pane is not None:
            _dress(self.pane, look, before)
        self.remembered.emit(self.memory)

    def draw_points(self, points: bool) -> None:
        if points != self.memory.look.as_points:
            self.show_look(replace(self.memory.look, as_points=points))

    def show_cameras(self, on: bool) -> None:
        """Whether it is seen where the photos of a scene were taken from."""
        self.trained.show_cameras(on)

    def look_parallel(self, parallel: bool) -> None:
        if self.pane is not None:
            self.pane.set_parallel(parallel)

    def turn(self, on: bool) -> None:
        """Let the eye go round by itself."""
        if self.pane is not None:
            self.pane.set_turntable(on)

    def measure(self, on: bool) -> None:
        if self.pane is not None:
            self.pane.set_measuring(on)
            self.pane.setFocus()

    def reset_3d(self) -> None:
        if self.pane is not None:
            self.pane.reset_view()

    @property
    def state(self) -> WindowState:
        return WindowState(
            has_source=bool(self.stage.items) or self.fault is not None,
            has_depth=self.stage.drawn.splats is not None,
            has_several=len(self.stage.items) > 1,
        )

    @property
    def figures(self) -> str:
        return figures(self.stage.drawn, 1000 * self.pane.last_render_s if self.pane is not None else 0.0)

    @property
    def provider(self) -> str:
        """What draws."""
        if self.pane is None or not self.stage.items:
            return ""
        return self.tr("drawn by the processor") if self.pane.by_processor else self.tr("drawn by the graphics card")

    def grab_pane(self) -> QImage:
        return self.pane.grab_image() if self.pane is not None else self.grab().toImage()

    def watch(self, on: bool) -> None:
        """Whether somebody looks: figures are told anew now and then, and what plays elsewhere is followed."""
        self.following.rest(not on)
        if on:
            self._status_timer.start()
        else:
            self.camera.play(False)
            self._status_timer.stop()

    def end(self) -> QByteArray:
        """Begin nothing any more; how the panes are arranged."""
        self.watch(False)
        self.shelf.stop()
        self.trained.end()
        self.stage.end()
        return self.panes.save_state()

    def shut_down(self) -> None:
        if self.pane is not None:
            self.pane.release()

    # What comes from below

    def _take(self, item: Item) -> None:
        self._choose(item.number)
        self.opened.emit(item.spec)
        if item.facts.reduced:
            self.news.emit(item.facts.reduced)

    def _fail(self, error: UserError, _spec: Spec) -> None:
        if self.stage.items:
            self.failed.emit(error)
        else:
            self.fault = error
            self.changed.emit()

    def _choose(self, number: int) -> None:
        self.current = self.stage.find(number)
        self._show_items()

    def _show_items(self) -> None:
        if self.current is not None:
            self.current = self.stage.find(self.current.number)
        if self.current is None and self.stage.items:
            self.current = self.stage.items[-1]
        self.inspector.scenes.show_items(self.stage.items, self.current)
        self.inspector.thin.show_item(self.current)
        self.inspector.filters.show_filters(self.stage.filters)
        self.inspector.filters.setEnabled(bool(self.stage.items))
        self.placing.current = self.current
        self.camera.show(self.memory.of_scene(self._identity))
        self._show_degree()
        self.changed.emit()

    def _draw(self) -> None:
        """What is to be drawn is ready."""
        drawn, pane = self.stage.drawn, self._ensure_pane()
        numbers = frozenset(item.number for item in drawn.items)
        if pane.splats is not drawn.splats:
            # What comes beside is looked at too, unless the person has begun to look at something already.
            has_moved = pane.camera != self._aimed
            keeps = bool(numbers & self._aimed_at) and (numbers <= self._aimed_at or has_moved)
            pane.show_splats(drawn.splats, keep_view=keeps, first=drawn.first)
            self._aimed = self._aimed if keeps else pane.camera
        before, now = ({id(cloud): cloud for cloud in clouds} for clouds in (self._clouds, drawn.clouds))
        self._clouds = drawn.clouds
        for key in now.keys() - before.keys():
            pane.add_cloud(now[key])
        for key in before.keys() - now.keys():
            pane.remove_cloud(before[key])
        self._aimed_at = numbers
        selection = drawn.selection
        pane.set_kept(selection.indices if selection is not None and selection.hidden else None)
        pane.set_crop_box(drawn.filters.box)
        shown = [item for item in drawn.items if item.visible]
        pane.set_metres_per_unit(1.0 if shown and all(item.stand.has_metres for item in shown) else None)
        self.inspector.filters.show_selection(selection)
        self.changed.emit()

    def _show_degree(self) -> None:
        degree = max((item.scene.degree for item in self.stage.items if item.scene is not None), default=0)
        self.inspector.look.show_look(self.memory.look, degree)

    def _ensure_pane(self) -> "SplatPane":
        """VTK is loaded when there is a first scene to show, not when the window opens."""
        if self.pane is None:
            from depthview.ui.scene.splat_pane import SplatPane

            pane, look = SplatPane(self.panes), self.inspector.look
            self.pane = pane
            self.panes.place_view(pane)
            self.placing.take_pane(pane)
            self.camera.steer(pane)
            self.trained.take_pane(pane)
            self._invite()
            pane.measuring_changed.connect(self._by_name["measure_splats"].setChecked)
            pane.turntable_changed.connect(self._by_name["turntable"].setChecked)
            pane.turntable_changed.connect(look.show_turntable)
            pane.as_points_changed.connect(self.draw_points)
            pane.failed.connect(self.failed)
            pane.camera_changed.connect(look.show_camera)
            pane.camera_changed.connect(lambda camera: self._by_name["parallel"].setChecked(camera.parallel))
            _dress(pane, self.memory.look, None)
        return self.pane

    def _invite(self) -> None:
        """Say what the empty pane waits for: the chosen job, where it is still to bring something, or the person."""
        if self.pane is not None:
            job = self._desk.chosen
            waits = job is not None and job.state not in ENDED and self.trained.follows
            comes = self.tr("The scene appears here as soon as its photos are placed.")
            brings = self.tr("Open a splat scene, drop one here, or make one from photos.")
            self.pane.say_when_empty(comes if waits else brings)

    def _keep_checkpoints(self, keep: bool) -> None:
        self.trained.keep_every_checkpoint = keep
        self.inspector.jobs.show_keep(keep)

    # What is remembered

    @property
    def _identity(self) -> str:
        """Of what stands there: the first that has one."""
        return next((item.identity for item in self.stage.items if item.identity), "")

    def _stand_of(self, spec: Spec) -> Stand:
        return self._stand_under(spec[0])

    def _stand_under(self, identity: str) -> Stand:
        return self.memory.of_scene(identity).stand

    def _remember_stand(self, item: Item) -> None:
        if item.identity:
            lasting = replace(item.stand, shift=Stand().shift)  # where it stood among others says nothing of it alone
            memory = replace(self.memory.of_scene(item.identity), stand=lasting)
            self._remember(item.identity, memory)

    def _remember_scene(self, memory: SceneMemory) -> None:
        if self._identity:
            stand = self.memory.of_scene(self._identity).stand
            self._remember(self._identity, replace(memory, stand=stand))

    def _remember(self, identity: str, memory: SceneMemory) -> None:
        self.memory = self.memory.with_scene(identity, memory)
        self.remembered.emit(self.memory)


def _dress(pane: "SplatPane", look: SplatsLook, before: SplatsLook | None) -> None:
    if before is None or look.degree != before.degree:
        pane.set_degree(look.degree)
    if before is None or look.as_points != before.as_points:
        pane.set_as_points(look.as_points)
    if before is None or look.ground != before.ground:
        colour = _GROUNDS.get(look.ground)
        pane.set_background(QColor(colour) if colour is not None else None)
