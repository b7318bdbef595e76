"""Live's place in the window: the workspace is made when there is first something to play."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray
from PySide6.QtGui import QAction

from depthview.engine.cloud import PointCloud
from depthview.engine.errors import UserError
from depthview.engine.resources import sample
from depthview.ui import dialogs, geometry, theme
from depthview.ui.actions import WindowState
from depthview.ui.live.calibrating import Calibrating
from depthview.ui.live.comparing import Comparing
from depthview.ui.places import Host, Place, Spec
from depthview.ui.settings import Preferences
from depthview.ui.welcome import WelcomePage

if TYPE_CHECKING:
    from depthview.engine.live.status import SessionStatus
    from depthview.engine.stereo.views.rerender import EyesChoice
    from depthview.ui.live.movie.exporting import MovieExporting
    from depthview.ui.live.other_eyes import OtherEyesDialog
    from depthview.ui.live.player import Player
    from depthview.ui.live.rigs import Rigs
    from depthview.ui.live.workspace import LiveWorkspace
    from depthview.ui.models.model_files import ModelFiles

_TRANSPORT = ("step_back", "play", "step_on", "loop")


class LivePlace(Place):
    """Plays what is opened, and shows its depth; until then the first page, which says what can be opened."""

    name = "live"

    def __init__(self, host: Host) -> None:
        super().__init__(host)
        self.workspace: LiveWorkspace | None = None
        self.welcome = self._first_page()
        self.page = self.welcome
        self.comparing = Comparing(host.window, host.errands, self._ensure_workspace)
        self.calibrating = Calibrating(host.window, host.errands, self._ensure_workspace)
        self.calibrating.remembered.connect(self.remembered)
        self.rigs: Rigs | None = None
        self.movies: MovieExporting | None = None
        self.other_eyes: OtherEyesDialog | None = None
        self._status: SessionStatus | None = None
        self._not_yet_opened: Spec | None = None
        self._lent = False

    # What the window shows

    @property
    def state(self) -> WindowState:
        if self.workspace is None or self._status is None:
            return WindowState()
        state = self.workspace.window_state(self._status)
        return replace(state, is_still=state.has_source and not state.can_pause and len(self.spec) == 1)

    @property
    def fault(self) -> UserError | None:
        return self._status.fault if self._status is not None else None

    @property
    def remedy(self) -> QAction | None:
        from depthview.engine.execution.failure import EngineBroken

        return self.host.actions["restart_engine"] if isinstance(self.fault, EngineBroken) else None

    @property
    def figures(self) -> str:
        from depthview.ui.live.status_words import figures

        return figures(self._status) if self._status is not None else ""

    @property
    def provider(self) -> str:
        from depthview.ui.live.status_words import provider

        return provider(self._status) if self._status is not None else ""

    @property
    def cloud(self) -> PointCloud | None:
        """The last that there was: a picture that comes too fast has none."""
        viewport = self.workspace.viewport if self.workspace is not None else None
        return viewport.cloud if viewport is not None else None

    def lend_cloud(self, lent: bool) -> None:
        self._lent = lent
        if self.workspace is not None:
            self.workspace.cloud_lent = lent
            if lent:
                self.enter()
            elif not self.workspace.isVisible():
                self.leave()

    # What the person does

    def handlers(self) -> dict[str, Callable[..., None]]:
        def picture(mode: str) -> Callable[[], None]:
            def call() -> None:
                if self.workspace is not None:
                    from depthview.engine.stereo.views.compose import PictureMode

                    self.workspace.show_picture(PictureMode(mode))

            return call

        def playing(verb: "Callable[[Player], None]") -> Callable[[], None]:
            return lambda: verb(self.workspace.player) if self.workspace is not None else None

        return {
            "play": playing(lambda player: player.toggle()),
            "step_back": playing(lambda player: player.step(-1)),
            "step_on": playing(lambda player: player.step(1)),
            "jump_back": playing(lambda player: player.jump(-5.0)),
            "jump_on": playing(lambda player: player.jump(5.0)),
            "loop": self._set_loop,
            "swap": lambda _on: self.asking("swap")(),
            "untouched": lambda on: self.asking("show_untouched", on)(),
            "compare_models": lambda: self.comparing.show(),
            "calibrate": lambda: self.calibrating.show(self.host.preferences().board),
            "open_rig": self._choose_rig,
            "export_movie": self._export_movie,
            "export_eyes": self._ask_for_eyes,
            "measure_depth": lambda on: self.workspace.tape.set_on(on) if self.workspace is not None else None,
            "restart_engine": lambda: self.workspace.engine.restart() if self.workspace is not None else None,
            "show_left": picture("left"),
            "show_right": picture("right"),
            "show_overlay": picture("overlay"),
            "show_anaglyph": picture("anaglyph"),
        }

    @property
    def sample(self) -> Spec:
        return (str(sample().clip),)

    def open(self, spec: Spec) -> None:
        workspace = self._ensure_workspace()
        self.page, self.spec = workspace, spec
        self._status = None
        self.changed.emit()
        if self.rigs is not None:
            self.rigs.start_over()
        workspace.open(spec)
        workspace.setFocus()  # keys are the player's now, not the address line's
        self._not_yet_opened = None if spec == self.sample else spec

    def enter(self) -> None:
        if self.workspace is not None:
            self.workspace.player.end_rest(self)

    def leave(self) -> None:
        """What plays rests: it would take the time that is wanted elsewhere, unless it is shown there."""
        if self._lent:
            return
        if self.workspace is not None:
            self.workspace.player.rest_for(self)

    def add_models(self, paths: list[Path]) -> None:
        """Use ONNX files as models, once they are read; told in the problem line."""
        from depthview.ui.models.model_files import read_model_files

        self._ensure_workspace()
        self.host.errands.run("model-files", lambda: read_model_files(paths), self._take_models, self.failed.emit)

    def _take_models(self, brought: "ModelFiles") -> None:
        if brought.good:
            self._ensure_workspace().use_model_files(brought)
            names = ", ".join(path.name for path, _family in brought.good)
            self.news.emit(self.tr("Now in use: {name}").format(name=names), False)
        if brought.faults:
            self.failed.emit(brought.faults[0])

    def list_models_anew(self) -> None:
        if self.workspace is not None:
            self.workspace.models.reread()

    def fit(self) -> None:
        if self.workspace is not None:
            self.workspace.fit()

    @property
    def export_stem(self) -> str:
        view = self.workspace.view if self.workspace is not None else None
        return view.scale.file_stem if view is not None and view.has_depth else ""

    def export(self, path: Path, kind: str) -> None:
        from depthview.ui.live.exporting import write_view

        workspace = self.workspace
        view = workspace.view if workspace is not None else None
        if workspace is not None and view is not None and view.has_depth:
            look = workspace.look
            self.host.keeper.keep(path, lambda: write_view(view, path, kind, look))

    def _ask_for_eyes(self) -> None:
        if self.other_eyes is None:
            from depthview.ui.live.other_eyes import OtherEyesDialog

            self.other_eyes = OtherEyesDialog(self.host.window)
            self.other_eyes.wanted.connect(self._keep_eyes)
        self.other_eyes.ask()
        self.other_eyes.show()
        self.other_eyes.raise_()

    def _keep_eyes(self, choice: "EyesChoice") -> None:
        from depthview.engine.writable import check_file
        from depthview.ui.live.exporting import write_eyes

        view, asked = self.workspace.view if self.workspace is not None else None, self.other_eyes
        if view is None or asked is None:
            return
        title = self.host.window.windowTitle()
        path = dialogs.choose_export(asked, "eyes", self.host.preferences().last_folder, title, "")
        if path is None:
            return

        def keep(_none: None) -> None:
            asked.close()
            self.host.keeper.keep(path, lambda: write_eyes(view, path, choice))

        self.host.errands.run("eyes-file", lambda: check_file(path), keep, asked.show_refusal)

    def _export_movie(self) -> None:
        if self.workspace is None:
            return
        if self.movies is None:
            from depthview.ui.live.movie.exporting import MovieExporting

            self.movies = MovieExporting(self.host, self.workspace)
            self.movies.news.connect(self.news)
            self.movies.failed.connect(self.failed)
        self.movies.ask(self.spec)

    # The end

    def end(self) -> QByteArray:
        if self.movies is not None:
            self.movies.end()
        if self.other_eyes is not None:
            self.other_eyes.close()
        self.calibrating.cancel()
        self.comparing.cancel()  # told first, waited for last: its estimate may take a while
        return self.workspace.save_layout() if self.workspace is not None else QByteArray()

    def close(self, deadline: float) -> bool:
        ended = self.workspace is None or self.workspace.shut_down(deadline)
        ended = self.calibrating.close(deadline) and ended
        return self.comparing.close(deadline) and ended

    # Inside

    def _first_page(self) -> WelcomePage:
        by_name = self.host.actions
        return WelcomePage(
            self.tr("See the depth in your stereo pictures"),
            self.tr(
                "Drop a stereo video, a photo pair, a folder or a web address here.\n"
                "Side by side, over-under and cross-eye are recognised."
            ),
            [
                (by_name["open_sample"], self.tr("Play the sample")),
                (by_name["open"], by_name["open"].text()),
                (by_name["open_address"], by_name["open_address"].text()),
            ],
            self.host.window,
        )

    def _ensure_workspace(self) -> "LiveWorkspace":
        if self.workspace is None:
            from depthview.engine.stereo.views.compose import PictureMode
            from depthview.ui.live.rigs import Rigs
            from depthview.ui.live.workspace import LiveWorkspace

            by_name = self.host.actions
            workspace = LiveWorkspace(self.host.preferences(), [by_name[name] for name in _TRANSPORT], self.host.window)
            self.workspace = workspace
            self.rigs = rigs = Rigs(self.host.errands, workspace)
            rigs.failed.connect(self.failed)
            rigs.news.connect(self.news)
            self.calibrating.used.connect(rigs.use)
            workspace.inspector.camera.forget_wanted.connect(rigs.forget)
            workspace.inspector.camera.return_wanted.connect(rigs.use_again)
            workspace.inspector.camera.open_wanted.connect(by_name["open_rig"].trigger)
            workspace.inspector.camera.calibration_wanted.connect(by_name["calibrate"].trigger)
            workspace.status_changed.connect(rigs.follow)
            workspace.status_changed.connect(self._take_status)
            workspace.news.connect(self.news)
            workspace.remembered.connect(self._remember)
            workspace.model_file_wanted.connect(self._choose_model)
            workspace.inspector.models.more_wanted.connect(by_name["more_models"].trigger)
            workspace.inspector.eyes.untouched.connect(lambda _on: by_name["untouched"].trigger())
            for mode in PictureMode:
                if by_name[f"show_{mode}"].isChecked():
                    workspace.show_picture(mode)  # it may have been chosen before there was anything to show
            workspace.panes.picture_mode_chosen.connect(lambda mode: by_name[f"show_{mode}"].setChecked(True))
            workspace.panes.offer(by_name["measure_depth"])
            workspace.tape.changed.connect(by_name["measure_depth"].setChecked)
            workspace.inspector.setVisible(by_name["inspector"].isChecked())
            workspace.panes.restore_state(geometry.kept(f"panes_{self.name}"))
        return self.workspace

    def _choose_model(self) -> None:
        chosen = dialogs.choose_model(self.host.window, self.host.preferences().last_folder)
        if chosen:
            self.add_models([Path(chosen)])

    def _choose_rig(self) -> None:
        chosen = dialogs.choose_rig(self.host.window, self.host.preferences().last_folder)
        if chosen and self.rigs is not None:
            self.rigs.open_file(Path(chosen))

    def _set_loop(self, loop: bool) -> None:
        if self.workspace is not None:
            self.workspace.set_loop(loop)
        self.remembered.emit(lambda now: replace(now, loop=loop))

    def _take_status(self, status: "SessionStatus") -> None:
        assert self.workspace is not None
        self._status = status
        playback = status.playback
        if playback is not None and playback.phase == "failed" and self.workspace.view is None:
            self.page = self.welcome  # empty panes would not say what to do next
        if playback is not None and playback.info is not None:
            # What could be opened stands under *Open again*; what could not would only be in the way.
            spec, self._not_yet_opened = self._not_yet_opened, None
            if spec is not None:
                self.opened.emit(spec)
        self.host.actions["swap"].setChecked(self.workspace.inspector.source.swap.isChecked())
        self.host.actions["untouched"].setChecked(self.workspace.session.settings.untouched)
        self._dress_play(playback is not None and playback.phase == "playing")
        self.changed.emit()

    def _dress_play(self, playing: bool) -> None:
        play = self.host.actions["play"]
        if play.property("playing") != playing:
            play.setProperty("playing", playing)
            play.setIcon(theme.icon("pause" if playing else "play"))

    def _remember(self, kept: Preferences) -> None:
        """The workspace knows nothing of what others remember."""
        self.remembered.emit(
            lambda now: replace(
                now,
                two_eyes=kept.two_eyes,
                one_eye=kept.one_eye,
                device=kept.device,
                model_files=kept.model_files,
                colour_map=kept.colour_map,
                point_size=kept.point_size,
                min_confidence=kept.min_confidence,
                loop=kept.loop,
                sources=kept.sources,
            )
        )
