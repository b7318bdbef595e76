"""Splats' place in the window: the workspace is made when there is a first scene to show."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QAction

from depthview.engine.errors import UserError
from depthview.engine.resources import splat_sample
from depthview.ui import dialogs, geometry
from depthview.ui.actions import SPLATS, WindowState
from depthview.ui.capture.capturing import Capturing
from depthview.ui.places import Host, Place, Spec
from depthview.ui.welcome import WelcomePage, lasting_spec

if TYPE_CHECKING:
    from depthview.ui.capture_memory import CaptureMemory
    from depthview.ui.splats.workspace import SplatWorkspace
    from depthview.ui.splats_memory import SplatsMemory

_NO_FILE = "Splat scenes are opened from files: download it first, then open the file: {address}"


class SplatsPlace(Place):
    """Shows trained splat scenes, and makes them from photos; until there is one, a page that says what to bring."""

    name = SPLATS

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        by_name = host.actions
        self.workspace: SplatWorkspace | None = None
        self.welcome = WelcomePage(
            self.tr("Look into a splat scene"),
            self.tr(
                "Drop a trained Gaussian splat scene here: PLY, SPZ, SOG, splat, ksplat or glTF.\n"
                "Or drop photos of a place, or a video: DepthView makes a scene of them."
            ),
            [
                (by_name["open_sample"], self.tr("Look into the sample")),
                (by_name["open_splats"], by_name["open_splats"].text()),
                (by_name["new_capture"], by_name["new_capture"].text()),
            ],
            host.window,
        )
        self.page = self.welcome
        self._is_here = False
        self.capturing = Capturing(host, self)
        self.capturing.desk.changed.connect(self._look_at_jobs)
        self.capturing.begun.connect(self._show_begun)
        self.capturing.failed.connect(self.failed)
        self.capturing.remembered.connect(self._remember_capture)

    # What the window shows

    @property
    def state(self) -> WindowState:
        return self.workspace.state if self.workspace is not None else WindowState()

    @property
    def fault(self) -> UserError | None:
        return self.workspace.fault if self.workspace is not None else None

    @property
    def remedy(self) -> QAction | None:
        """What cannot be opened here may be pictures."""
        return self.host.actions["splats_as_picture"] if self.fault is not None else None

    @property
    def figures(self) -> str:
        return self.workspace.figures if self.workspace is not None else ""

    @property
    def provider(self) -> str:
        return self.workspace.provider if self.workspace is not None else ""

    # What the person does

    def handlers(self) -> dict[str, Callable[..., None]]:
        return {
            "open_splats_beside": lambda: self._choose(dialogs.choose_splats, replaces=False),
            "close_splats": self.asking("remove_current"),
            "show_cameras": lambda on: self.asking("show_cameras", on)(),
            "save_view": lambda: self._camera_work("save"),
            "add_keyframe": lambda: self._camera_work("add_stop"),
            "splats_as_points": lambda on: self.asking("draw_points", on)(),
            "parallel": lambda on: self.asking("look_parallel", on)(),
            "turntable": lambda on: self.asking("turn", on)(),
            "measure_splats": lambda on: self.asking("measure", on)(),
        }

    @property
    def sample(self) -> Spec:
        return (str(splat_sample()),)

    def open(self, spec: Spec) -> None:
        self.open_each([spec])

    def open_each(self, specs: Sequence[Spec], *, replaces: bool = True) -> None:
        """Open these in the place of what is there, or beside it."""
        addresses = [spec[0] for spec in specs if "://" in spec[0]]
        if addresses:
            self.failed.emit(UserError(_NO_FILE, address=addresses[0]))
            return
        workspace = self._ensure_workspace()
        self.page = workspace
        if replaces:
            self.spec = specs[0]
        workspace.open(specs, replaces=replaces)
        if workspace.pane is not None:
            workspace.pane.setFocus()
        else:
            workspace.setFocus()
        self.changed.emit()

    def show_jobs(self) -> None:
        """The scenes that are made from photos, be there any or not."""
        self.capturing.desk.wake()
        workspace = self._ensure_workspace()
        self.page = workspace
        workspace.inspector.show_jobs()
        self.host.actions["inspector"].setChecked(True)
        self.show_inspector(True)
        self.changed.emit()

    def bring_in(self, source: Place) -> None:
        """Put the cloud of another place among the scenes."""
        workspace = self._ensure_workspace()
        name = self.host.actions[f"go_{source.name}"].text()
        if workspace.bring_in(source, name):
            self.page = workspace
            self.changed.emit()
        else:
            self.news.emit(self.tr("{place} has no cloud yet: open something there first.").format(place=name), True)

    @property
    def export_stem(self) -> str:
        return "splats" if self.workspace is not None and self.workspace.stage.drawn.splats is not None else ""

    def export(self, path: Path, kind: str) -> None:
        """Scenes and films are written as a job; told in the problem line when it is done."""
        from depthview.ui.splats.exporting import work_of

        workspace = self.workspace
        work = work_of(workspace, path, kind) if workspace is not None else None
        if work is not None:
            saved = self.tr("Saved {name}").format(name=path.name)
            self.host.jobs.run(
                path.name,
                work,
                lambda _none: self.host.keeper.kept.emit(saved, str(path.parent)),
                self.failed.emit,
                lambda: self.news.emit(self.tr("Stopped: nothing was written."), False),
            )

    def enter(self) -> None:
        self._is_here = True
        if self.workspace is not None:
            self.workspace.watch(True)
        self._look_at_jobs()

    def leave(self) -> None:
        self._is_here = False
        if self.workspace is not None:
            self.workspace.watch(False)

    def fit(self) -> None:
        """Look at all of it, as at first."""
        self.asking("reset_3d")()

    # The end

    def end(self) -> QByteArray:
        return self.workspace.end() if self.workspace is not None else QByteArray()

    def close(self, deadline: float) -> bool:
        if self.workspace is not None:
            self.workspace.shut_down()
        return self.capturing.close(deadline)

    # Inside

    def _camera_work(self, name: str) -> None:
        if self.workspace is not None:
            getattr(self.workspace.camera, name)()

    def _ensure_workspace(self) -> "SplatWorkspace":
        if self.workspace is None:
            from depthview.ui.splats.workspace import SplatWorkspace

            host = self.host
            bring_in = [
                (host.actions["open_splats_beside"], self.tr("File")),
                (host.actions["bring_live"], self.tr("Live")),
                (host.actions["bring_panorama"], self.tr("Panorama")),
            ]
            workspace = self.workspace = SplatWorkspace(host, bring_in, self.capturing.desk, host.window)
            workspace.changed.connect(self._follow)
            workspace.opened.connect(self._tell_opened)
            workspace.failed.connect(self.failed)
            workspace.news.connect(lambda words: self.news.emit(words, False))
            workspace.remembered.connect(self._remember)
            workspace.emptied.connect(self._show_first_page)
            workspace.inspector.film.film_wanted.connect(host.actions["export_film"].trigger)
            host.actions["show_cameras"].setChecked(True)
            jobs = workspace.inspector.jobs
            jobs.new_wanted.connect(host.actions["new_capture"].trigger)
            jobs.save_wanted.connect(self.capturing.save)
            jobs.keep_changed.connect(self.capturing.keep_checkpoints)
            jobs.most_running_changed.connect(self.capturing.set_most_running)
            workspace.inspector.setVisible(host.actions["inspector"].isChecked())
            workspace.panes.restore_state(geometry.kept(f"panes_{self.name}"))
            workspace.watch(True)
        return self.workspace

    def _follow(self) -> None:
        workspace = self.workspace
        assert workspace is not None
        if workspace.current is not None and workspace.current.spec:
            self.spec = workspace.current.spec
        if workspace.fault is not None and not workspace.stage.items and not self.capturing.desk.now.jobs:
            self.page = self.welcome  # an empty pane would not say what to do next
        self.changed.emit()

    def _tell_opened(self, spec: Spec) -> None:
        """The sample is always at hand and needs no entry of its own."""
        if spec != self.sample:
            self.opened.emit(spec)

    def _show_first_page(self) -> None:
        """Jobs are to be seen on the workspace, be there a scene or not."""
        self.spec = ()
        if not self.capturing.desk.now.jobs:
            self.page = self.welcome
        self.changed.emit()

    def _show_begun(self) -> None:
        self.show_jobs()
        assert self.workspace is not None
        self.workspace.trained.expect_job()

    def _look_at_jobs(self) -> None:
        """Whoever comes here, and has jobs, sees them."""
        if self._is_here and self.workspace is None and self.capturing.desk.now.jobs:
            self.show_jobs()

    def _remember(self, memory: "SplatsMemory") -> None:
        self.remembered.emit(lambda now: replace(now, splats=memory))

    def _remember_capture(self, change: "Callable[[CaptureMemory], CaptureMemory]") -> None:
        self.remembered.emit(lambda now: replace(now, capture=change(now.capture)))

    def _choose(self, chooser: Callable[..., list[str]], *, replaces: bool) -> None:
        chosen = chooser(self.host.window, self.host.preferences().last_folder)
        if chosen:
            self.open_each([lasting_spec([item]) for item in chosen], replaces=replaces)
