"""Saved views and the film: what is remembered of them, and the flight that one looks at in the pane."""

import time
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.splats.camera_path import CameraPath
from depthview.ui.scene.navigation import CameraState
from depthview.ui.splats.film_section import FilmSection
from depthview.ui.splats.flight import camera_at, camera_path
from depthview.ui.splats.view_section import ViewSection
from depthview.ui.splats_memory import FilmPlan, Flight, SavedView, SceneMemory

if TYPE_CHECKING:
    from depthview.ui.scene.splat_pane import SplatPane

_PERIOD_MS = 15


class CameraWork(QObject):
    """`remembered(SceneMemory)` when a view or the film's plan is another."""

    remembered = Signal(object)

    def __init__(self, views: ViewSection, film: FilmSection, parent: QObject) -> None:
        super().__init__(parent)
        self._views, self._film = views, film
        self._pane: SplatPane | None = None
        self.memory = SceneMemory()
        self._flying: CameraPath | None = None
        self._began_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(_PERIOD_MS)
        self._timer.timeout.connect(self._fly)
        views.saved.connect(self.save)
        views.chosen.connect(lambda place: self._go(self.memory.views[place].camera))
        views.renamed.connect(self._rename)
        views.removed.connect(self._remove)
        film.plan_changed.connect(self._plan)
        film.stop_wanted.connect(self.add_stop)
        film.stop_chosen.connect(lambda place: self._go(self.memory.film.stops[place]))
        film.play_wanted.connect(self.play)

    def steer(self, pane: "SplatPane") -> None:
        """This is the pane from now on."""
        self._pane = pane

    def show(self, memory: SceneMemory) -> None:
        """What is remembered of the scenes that are shown now."""
        if memory != self.memory:
            self.memory = memory
            self._views.show_views(memory.views)
            self._film.show_plan(memory.film)

    def path(self) -> CameraPath | None:
        """Where the film's camera goes; None where nothing is shown, or there are no keyframes."""
        if self._pane is None or (self.memory.film.flight is Flight.THROUGH and not self.memory.film.stops):
            return None
        return camera_path(self.memory.film, self._pane.camera)

    def save(self, name: str = "") -> None:
        """Keep the view that is shown."""
        if self._pane is not None:
            number = len(self.memory.views) + 1
            view = SavedView(name or self.tr("View {number}").format(number=number), self._pane.camera)
            self._settle(replace(self.memory, views=(*self.memory.views, view)))

    def add_stop(self) -> None:
        """The view that is shown becomes the next keyframe."""
        if self._pane is not None:
            film = self.memory.film
            self._plan(replace(film, flight=Flight.THROUGH, stops=(*film.stops, self._pane.camera)))

    def play(self, on: bool) -> None:
        """Fly along in the pane, or end that."""
        path = self.path() if on else None
        self._flying = path
        self._film.show_playing(path is not None)
        if path is None:
            self._timer.stop()
        else:
            self._began_s = time.perf_counter()
            self._timer.start()

    def _fly(self) -> None:
        assert self._flying is not None
        assert self._pane is not None
        passed_s = time.perf_counter() - self._began_s
        self._pane.set_camera(camera_at(self._flying, passed_s, self._pane.camera))
        if passed_s >= self._flying.end_s:
            self.play(False)

    def _go(self, camera: CameraState) -> None:
        self.play(False)
        if self._pane is not None:
            self._pane.set_camera(camera)

    def _rename(self, place: int, name: str) -> None:
        views = list(self.memory.views)
        views[place] = replace(views[place], name=name.strip() or views[place].name)
        self._settle(replace(self.memory, views=tuple(views)))

    def _remove(self, place: int) -> None:
        if 0 <= place < len(self.memory.views):
            views = (*self.memory.views[:place], *self.memory.views[place + 1 :])
            self._settle(replace(self.memory, views=views))

    def _plan(self, plan: FilmPlan) -> None:
        self.play(False)
        self._settle(replace(self.memory, film=plan))

    def _settle(self, memory: SceneMemory) -> None:
        self.show(memory)
        self.remembered.emit(memory)
