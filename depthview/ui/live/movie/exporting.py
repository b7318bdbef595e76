"""Between what plays and a whole movie on the disk: asked in a dialog, made beside the window, told in the jobs."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from depthview.engine.errors import UserError
from depthview.engine.movie.standing import Standing, folder_for, standing_of
from depthview.engine.movie.task import MovieTask
from depthview.engine.movie.task_text import Plain
from depthview.engine.resources import sample
from depthview.engine.sources import SourceInfo, SourceKind
from depthview.ui.live.movie.dialog import MovieDialog, MovieOffer, MovieWish
from depthview.ui.live.movie.task import movie_task
from depthview.ui.live.movie.under_way import MovieUnderWay
from depthview.ui.places import Host, Spec

if TYPE_CHECKING:
    from depthview.ui.live.workspace import LiveWorkspace


class MovieExporting(QObject):
    """`news(sentence, trouble)`, and `failed(UserError)` where a movie could not be made."""

    news = Signal(str, bool)
    failed = Signal(object)
    _told = Signal(str)
    """From the work's thread to the window's."""

    def __init__(self, host: Host, workspace: "LiveWorkspace") -> None:
        super().__init__(host.window)
        self._host, self._workspace = host, workspace
        self.dialog: MovieDialog | None = None
        self._info: SourceInfo | None = None
        self._task: MovieTask | None = None
        self._under_way: list[MovieUnderWay] = []
        self._told.connect(lambda words: self.news.emit(words, False))

    def ask(self, spec: Spec) -> None:
        """Ask what to write of what plays, which is `spec`, and as it plays now."""
        workspace = self._workspace
        playback, view = workspace.session.playback, workspace.view
        info = playback.status.info if playback is not None else None
        if info is None or view is None:
            return
        beside = Path(spec[0]).absolute().parent
        own = beside == sample().clip.absolute().parent  # the program's folder is nobody's to write into
        parent = beside if beside.is_dir() and Path(spec[0]).exists() and not own else Path.home()
        settings, preferences = workspace.session.settings, self._host.preferences()
        self._info = info
        self._task = movie_task(spec, folder_for(info, parent), settings, workspace.look, preferences)
        if self.dialog is None:
            self.dialog = MovieDialog(self._host.window)
            self.dialog.asked_about.connect(self._look)
            self.dialog.wanted.connect(self._begin)
        frames = round(info.duration_s * info.fps) if info.duration_s and info.fps else None
        look = workspace.look
        pictures = info.kind is SourceKind.SEQUENCE
        offer = MovieOffer(info.title, view.depth.model, frames, pictures, view.scale, look.colour_map, look.limits)
        self.dialog.offer(offer, self._task.folder)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def end(self) -> None:
        """The window closes: nothing is asked any more, and what is under way ends; what is finished stays."""
        if self.dialog is not None:
            self.dialog.close()
        for movie in self._under_way:
            movie.hurry()

    def _look(self, wish: MovieWish) -> None:
        """What is in the dialog's folder is asked beside the window: a disk may sleep."""
        dialog = self.dialog
        if dialog is not None:
            self._ask_standing(wish, lambda _task, standing: dialog.show_standing(wish, standing))

    def _begin(self, wish: MovieWish, anew: bool) -> None:
        """Look once more, the disk may be gone by now: what was chosen is kept until it can begin."""
        dialog = self.dialog

        def take(task: MovieTask, standing: Standing) -> None:
            if dialog is not None and standing.shut is not None and (anew or not standing.finished):
                dialog.show_standing(wish, standing)
                return
            if dialog is not None:
                dialog.close()
            self._make(task, anew=anew)

        self._ask_standing(wish, take)

    def _ask_standing(self, wish: MovieWish, take: Callable[[MovieTask, Standing], None]) -> None:
        info, asked = self._info, self._task
        if info is None or asked is None:
            return
        task = replace(asked, outputs=wish.outputs, folder=wish.folder, fps=wish.fps)
        self._host.errands.run(
            "movie-folder", lambda: standing_of(task, info), lambda standing: take(task, standing), self.failed.emit
        )

    def _make(self, task: MovieTask, *, anew: bool) -> None:
        movie = MovieUnderWay(task, anew=anew, tell=self._told.emit)
        self._under_way.append(movie)
        self._workspace.player.rest_for(movie)  # what plays would take the time that the movie needs
        self._host.jobs.run(
            task.folder.name,
            movie.work,
            lambda result: self._tell_done(movie, result),
            lambda fault: self._tell_fault(movie, fault),
            lambda: self._tell_stopped(movie),
            pause=movie.pause,
        )

    def _tell_done(self, movie: MovieUnderWay, result: Plain) -> None:
        self._end(movie)
        words = self.tr("The movie is written: {count} frames in {folder}")
        said = words.format(count=result["frames"], folder=movie.task.folder.name)
        self._host.keeper.made.emit(said, str(movie.task.folder))

    def _end(self, movie: MovieUnderWay) -> None:
        self._under_way.remove(movie)
        self._workspace.player.end_rest(movie)

    def _tell_fault(self, movie: MovieUnderWay, fault: UserError) -> None:
        self._end(movie)
        self.failed.emit(fault)

    def _tell_stopped(self, movie: MovieUnderWay) -> None:
        self._end(movie)
        if movie.frames:
            words = self.tr("Stopped. {count} frames are kept: export into the same folder to go on.")
            self.news.emit(words.format(count=movie.frames), False)
        else:
            self.news.emit(self.tr("Stopped: no frame was finished yet."), False)
