"""Panorama's place in the window: the workspace is made when there is a first 360° photo to show."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QAction

from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.engine.resources import panorama_sample
from depthview.ui import dialogs, geometry
from depthview.ui.actions import WindowState
from depthview.ui.places import Host, Place, Spec
from depthview.ui.welcome import WelcomePage

if TYPE_CHECKING:
    from depthview.engine.models.library import ModelFamily
    from depthview.engine.panorama.recipe import Recipe
    from depthview.ui.models.model_files import ModelFiles
    from depthview.ui.panorama.workspace import PanoramaWorkspace
    from depthview.ui.panorama_memory import PanoramaMemory


class PanoramaPlace(Place):
    """Makes rooms of 360° photos; until there is one, a page that says what to bring."""

    name = "panorama"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        by_name = host.actions
        self.workspace: PanoramaWorkspace | None = None
        self._points: PointCloud | None = None
        self.welcome = WelcomePage(
            self.tr("Walk into a 360° photo"),
            self.tr(
                "Drop a panorama here that is twice as wide as high: JPEG, PNG, TIFF, WebP or HDR.\n"
                "It becomes a room that you can walk in, measure and export."
            ),
            [
                (by_name["open_sample"], self.tr("Walk through the sample")),
                (by_name["open_panorama"], by_name["open_panorama"].text()),
                (by_name["panorama_folder"], by_name["panorama_folder"].text()),
            ],
            host.window,
        )
        self.page = self.welcome

    # What the window shows

    @property
    def state(self) -> WindowState:
        return self.workspace.state if self.workspace is not None else WindowState()

    @property
    def fault(self) -> UserError | None:
        return self.workspace.fault if self.workspace is not None else None

    @property
    def remedy(self) -> QAction | None:
        """What cannot be opened here may be an ordinary picture."""
        nothing_shown = self.workspace is not None and self.workspace.shown is None
        return self.host.actions["as_picture"] if self.fault is not None and nothing_shown else None

    @property
    def figures(self) -> str:
        return self.workspace.figures if self.workspace is not None else ""

    @property
    def provider(self) -> str:
        return self.workspace.provider if self.workspace is not None else ""

    @property
    def cloud(self) -> PointCloud | None:
        """The points of the room; the same object as long as it is the same room."""
        shown = self.workspace.shown if self.workspace is not None else None
        if shown is None:
            return None
        if self._points is None or self._points.xyz_m is not shown.scene.xyz:
            scene, guessed = shown.scene, not shown.scene.has_metres
            self._points = PointCloud(
                scene.xyz, scene.rgb, relative=guessed, unitless=guessed, footprint=scene.footprint
            )
        return self._points

    # What the person does

    def handlers(self) -> dict[str, Callable[..., None]]:
        def picture(name: str) -> Callable[[], None]:
            def call() -> None:
                if self.workspace is not None:
                    from depthview.ui.panorama_memory import Picture

                    self.workspace.show_picture(Picture(name))

            return call

        return {
            "panorama_folder": self._choose_work,
            "close_panorama": self.asking("close_current"),
            "next_panorama": self.asking("go_on", 1),
            "previous_panorama": self.asking("go_on", -1),
            "show_range": picture("range"),
            "show_normals": picture("normals"),
            "show_mask": picture("mask"),
            "outside": lambda on: self.asking("stand_outside", on)(),
            "as_points": lambda on: self.asking("draw_points", on)(),
            "measure": lambda on: self.asking("measure", on)(),
        }

    @property
    def sample(self) -> Spec:
        return (str(panorama_sample()),)

    def open(self, spec: Spec) -> None:
        workspace = self._ensure_workspace()
        self.page, self.spec = workspace, spec
        workspace.open(spec)
        if workspace.room is not None:
            workspace.room.setFocus()
        else:
            workspace.setFocus()
        self.changed.emit()

    def add_models(self, paths: list[Path]) -> None:
        """Use ONNX files as models, once they are read."""
        from depthview.ui.models.model_files import read_model_files

        self._ensure_workspace()
        self.host.errands.run("model-files", lambda: read_model_files(paths), self._take_models, self.failed.emit)

    def _take_models(self, brought: "ModelFiles") -> None:
        if brought.good:
            new = tuple(str(path) for path, _family in brought.good)
            self.remembered.emit(
                lambda now: replace(now, model_files=(*(f for f in now.model_files if f not in new), *new))
            )
            self.list_models_anew()
            self._ensure_workspace().use_model(brought.good[-1][1].model_id)
            names = ", ".join(path.name for path, _family in brought.good)
            self.news.emit(self.tr("Now in use: {name}").format(name=names), False)
        if brought.faults:
            self.failed.emit(brought.faults[0])

    def list_models_anew(self) -> None:
        workspace = self.workspace
        if workspace is None:
            return
        files = [Path(file) for file in self.host.preferences().model_files]

        def read() -> "tuple[ModelFamily, ...]":
            from depthview.engine.models.library import ModelLibrary

            return ModelLibrary(files).everything

        self.host.errands.run("library", read, workspace.show_families, lambda _error: None)

    def fit(self) -> None:
        if self.workspace is not None:
            self.workspace.panes.fit()

    @property
    def export_stem(self) -> str:
        return "range" if self.workspace is not None and self.workspace.shown is not None else ""

    def export(self, path: Path, kind: str) -> None:
        from depthview.engine.exports import write_image
        from depthview.ui.panorama.exporting import write_panorama

        shown = self.workspace.shown if self.workspace is not None else None
        if shown is not None and kind == "view" and self.workspace is not None:
            picture = self.workspace.large_view()
            self.host.keeper.keep(path, lambda: write_image(path, picture))
        elif shown is not None:
            found = shown.found
            self.host.keeper.keep(path, lambda: write_panorama(found, path, kind))

    # The end

    def end(self) -> QByteArray:
        return self.workspace.end() if self.workspace is not None else QByteArray()

    def close(self, deadline: float) -> bool:
        return self.workspace is None or self.workspace.shut_down(deadline)

    # Inside

    def _ensure_workspace(self) -> "PanoramaWorkspace":
        if self.workspace is None:
            from depthview.ui.panorama.workspace import PanoramaWorkspace

            host = self.host
            workspace = PanoramaWorkspace(host.preferences(), host.jobs, host.actions, host.window)
            self.workspace = workspace
            workspace.changed.connect(self._follow)
            workspace.opened.connect(self._tell_opened)
            workspace.remembered.connect(self._remember)
            workspace.emptied.connect(self._show_first_page)
            workspace.inspector.models.more_wanted.connect(host.actions["more_models"].trigger)
            workspace.inspector.models.file_wanted.connect(self._choose_model)
            workspace.inspector.setVisible(host.actions["inspector"].isChecked())
            workspace.panes.restore_state(geometry.kept(f"panes_{self.name}"))
            self.list_models_anew()
        return self.workspace

    def _follow(self) -> None:
        current = self.workspace.current if self.workspace is not None else None
        if current is not None:
            self.spec = current.spec
        self.changed.emit()

    def _tell_opened(self, spec: Spec) -> None:
        """The sample is always at hand and needs no entry of its own."""
        if spec != self.sample:
            self.opened.emit(spec)

    def _show_first_page(self) -> None:
        self.page, self.spec = self.welcome, ()

    def _remember(self, memory: "PanoramaMemory") -> None:
        self.remembered.emit(lambda now: replace(now, panorama=memory))

    def _choose_model(self) -> None:
        chosen = dialogs.choose_model(self.host.window, self.host.preferences().last_folder)
        if chosen:
            self.add_models([Path(chosen)])

    def _choose_work(self) -> None:
        chosen = dialogs.choose_work(self.host.window, self.host.preferences().last_folder)
        if chosen is not None:
            self.make_folder(*chosen)

    def make_folder(self, photos: Path, output: Path) -> None:
        """Make every 360° photo of a folder by the recipe at hand; what was finished before is not made twice."""
        from depthview.ui.panorama.folder_work import FolderOutcome, make_folder

        recipe: Recipe = (
            self.workspace.recipe if self.workspace is not None else self.host.preferences().panorama.recipe
        )
        preferences = self.host.preferences()

        def tell(outcome: FolderOutcome) -> None:
            words = self.tr("{made} made, {before} finished before, {failed} failed: {folder}")
            self.news.emit(
                words.format(
                    made=outcome.made, before=outcome.finished_before, failed=len(outcome.faults), folder=output.name
                ),
                bool(outcome.faults),
            )
            if outcome.faults:
                self.failed.emit(outcome.faults[0])

        self.host.jobs.run(
            self.tr("Folder {name}").format(name=photos.name),
            lambda report, stop: make_folder(photos, output, recipe, preferences, report, stop),
            tell,
            self.failed.emit,
            lambda: self.news.emit(
                self.tr("Stopped. What is made is kept: the same folder goes on from there."), False
            ),
        )
