"""The panoramas that are open, and the work on them: beside the window, one at a time, anew only where it changed."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.errors import UserError
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.opening.web_photo import fetch_photo, is_address
from depthview.engine.panorama.recipe import AutoScale, DistanceScale, Levelling, Recipe
from depthview.engine.panorama.road import PanoramaRoad
from depthview.engine.panorama.views import ViewSet
from depthview.engine.progress import Report, StopToken
from depthview.ui.jobs import Job, Jobs
from depthview.ui.panorama.shown import Shown, shown_of
from depthview.ui.welcome import spec_title

_SETTLE_MS = 150
"""What is turned by a slider is worked on when the hand rests."""
_KEPT_WHOLE = 3
"""So many panoramas keep what was worked out for them; the others are worked out again when they are looked at."""
_TURN_S = 0.05


@dataclass(eq=False)
class Panorama:
    """One that is open. `shown` is what was made of it last, `stale` when that is not what the recipe says."""

    spec: tuple[str, ...]
    recipe: Recipe
    file: Path | None = None
    """The photo, once it is here."""
    road: PanoramaRoad | None = field(default=None, repr=False)
    shown: Shown | None = None
    fault: UserError | None = None
    stale: bool = True
    job: Job | None = field(default=None, repr=False)

    @property
    def title(self) -> str:
        return spec_title(self.spec).rpartition("/")[2] or spec_title(self.spec)


class Studio(QObject):
    """`changed(Panorama)` when something came of it, or of the attempt; `first_shown(Panorama)` when it is known that
    it can be opened. All in the window's thread.
    """

    changed = Signal(object)
    first_shown = Signal(object)

    def __init__(self, jobs: Jobs, models: OpenedModels, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._models = jobs, models
        self._turn = threading.Lock()
        self._fetched: TemporaryDirectory[str] | None = None
        self.panoramas: list[Panorama] = []
        self._order: list[Panorama] = []
        """The one that was looked at last comes last."""
        self._waiting: Panorama | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SETTLE_MS)
        self._timer.timeout.connect(self._begin_waiting)

    def open(self, spec: tuple[str, ...], recipe: Recipe) -> Panorama:
        """The panorama of this photo, opened if it is not yet."""
        for panorama in self.panoramas:
            if panorama.spec == spec and panorama.fault is None:
                return panorama
        panorama = Panorama(spec, for_another(recipe))
        self.panoramas.append(panorama)
        return panorama

    def look_at(self, panorama: Panorama) -> None:
        """This is the one on the screen: it is worked on, and others may have to forget what is not needed now."""
        if panorama in self._order:
            self._order.remove(panorama)
        self._order.append(panorama)
        for other in self._order[:-_KEPT_WHOLE]:
            if other.shown is not None or other.job is None:
                other.shown, other.stale = None, True
                self._forget(other)
        if panorama.stale and panorama.job is None and panorama.fault is None:
            self._begin(panorama)

    def cook(self, panorama: Panorama, recipe: Recipe) -> None:
        """Make it by another recipe, soon."""
        if recipe == panorama.recipe and not panorama.stale:
            return
        panorama.recipe, panorama.stale = recipe, True
        self._waiting = panorama
        self._timer.start()

    def close(self, panorama: Panorama) -> None:
        """Have done with it."""
        if panorama.job is not None:
            panorama.job.cancel()
        if self._waiting is panorama:
            self._waiting = None
        self.panoramas.remove(panorama)
        if panorama in self._order:
            self._order.remove(panorama)
        self._forget(panorama)

    def shut_down(self) -> None:
        """Begin nothing any more."""
        self._timer.stop()
        self._waiting = None

    def close_models(self, timeout_s: float) -> bool:
        """Close the models, unless a view is still being estimated by then."""
        if not self._turn.acquire(timeout=max(0.0, timeout_s)):
            return False
        try:
            self._models.close()
        finally:
            self._turn.release()
        if self._fetched is not None:
            self._fetched.cleanup()
        return True

    # The work

    def _begin_waiting(self) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is not None:
            self._begin(waiting)

    def _begin(self, panorama: Panorama) -> None:
        if panorama.job is not None:
            panorama.job.cancel()
        panorama.fault = None
        wanted = panorama.recipe
        recipe = wanted if panorama.shown is not None else first_look(wanted)

        folder = self._folder_for(panorama)

        def work(report: Report, stop: StopToken) -> Shown:
            if panorama.file is None and folder is not None:
                panorama.file = fetch_photo(panorama.spec[0], folder, report=report, stop=stop)
            with self._my_turn(stop):
                if panorama.road is None:
                    panorama.road = PanoramaRoad(panorama.file or Path(panorama.spec[0]), self._models)
                return shown_of(panorama.road.run(recipe, report=report, stop=stop))

        def done(shown: Shown) -> None:
            if not self._is_latest(panorama, job):
                return
            is_first, panorama.shown, panorama.job = panorama.shown is None, shown, None
            panorama.stale = recipe != panorama.recipe
            if is_first:
                self.first_shown.emit(panorama)
            self.changed.emit(panorama)
            if recipe != wanted and panorama.recipe == wanted:
                self._begin(panorama)

        def failed(error: UserError) -> None:
            if self._is_latest(panorama, job):
                panorama.job, panorama.fault = None, error
                self.changed.emit(panorama)

        def stopped() -> None:
            if self._is_latest(panorama, job):
                panorama.job = None
                self.changed.emit(panorama)

        job = self._jobs.run(panorama.title, work, done, failed, stopped)
        panorama.job = job
        self.changed.emit(panorama)

    def _is_latest(self, panorama: Panorama, job: Job) -> bool:
        """Whether nothing newer was begun, and it is still open."""
        return panorama.job is job and panorama in self.panoramas

    def _folder_for(self, panorama: Panorama) -> Path | None:
        """Where a photo at a web address comes to; None for one that lies on a disk."""
        if not is_address(panorama.spec[0]):
            return None
        if self._fetched is None:
            self._fetched = TemporaryDirectory(prefix="depthview-photos-")
        return Path(self._fetched.name) / str(id(panorama))

    @contextmanager
    def _my_turn(self, stop: StopToken) -> Iterator[None]:
        """The models serve one job at a time. Raises Stopped when nobody wants it any more."""
        while not self._turn.acquire(timeout=_TURN_S):
            stop.raise_if_stopped()
        try:
            stop.raise_if_stopped()
            yield
        finally:
            self._turn.release()

    def _forget(self, panorama: Panorama) -> None:
        if panorama.job is None:
            panorama.road = None


def first_look(recipe: Recipe) -> Recipe:
    """What is quickly made, to be looked at while the rest is worked on: the usual model, few views."""
    return replace(recipe, models=(), views=ViewSet.FAST, preprocess=())


def for_another(recipe: Recipe) -> Recipe:
    """The recipe without what belongs to one photo alone: how that was tilted, and what was measured in it."""
    level = recipe.level if isinstance(recipe.level, Levelling) else Levelling.AUTO
    scale = AutoScale() if isinstance(recipe.scale, DistanceScale) else recipe.scale
    return replace(recipe, level=level, scale=scale)
