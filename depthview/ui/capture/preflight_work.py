"""Looking at photos beside the window: what they are, what is wrong with them, and what they need."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, StopToken
from depthview.ui.errands import Errands

if TYPE_CHECKING:
    from depthview.engine.capture.photos.glance import Glance
    from depthview.engine.capture.photos.judging import Hint
    from depthview.engine.capture.photos.preflight import Preflight
    from depthview.engine.capture.photos.room import Needed

MOST_PICTURES = 12
_LOOK_MS = 100

T = TypeVar("T")


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What the photos are good for. `hints` are about the photos alone: what they need depends on what is asked."""

    found: "Preflight"
    hints: "tuple[Hint, ...]"


@dataclass(frozen=True, slots=True)
class Wish:
    """What a job would be asked: the numbers that decide what it needs, and where it would lie."""

    frame_count: int
    max_size_px: int
    max_splats: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Room:
    """What `wish` needs, and what is free; `fault`: why the job cannot lie there, and then `free_disk_bytes` is 0."""

    wish: Wish
    needed: "Needed"
    free_disk_bytes: int
    free_memory_bytes: int
    fault: UserError | None


class PreflightWork(QObject):
    """What is asked last is what is answered: answers to what was asked before are dropped. The signals come in the
    window's thread: `glanced(Glance)`, `moved(Progress)`, then `looked(Looked)` or `failed(UserError)`; `weighed(Room)`
    answers `weigh`, `tried(str | None)` answers `try_card`."""

    glanced = Signal(object)
    moved = Signal(object)
    looked = Signal(object)
    failed = Signal(object)
    weighed = Signal(object)
    tried = Signal(object)

    def __init__(self, errands: Errands, parent: QObject) -> None:
        super().__init__(parent)
        self._errands = errands
        self._closed = StopToken()
        self._stop: StopToken | None = None
        self._progress: Progress | None = None
        self._weighing = False
        self._next: tuple[Looked, Wish] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._tell_progress)

    @property
    def is_looking(self) -> bool:
        return self._stop is not None

    def look(self, inputs: Sequence[Path], height_px: int) -> None:
        """Look at these, and at nothing that was asked before; the small pictures come at this height."""
        if self._stop is not None:
            self._stop.stop()
        self._stop = stop = StopToken()
        paths, self._progress = tuple(inputs), None
        self._timer.start()

        def see() -> "Glance":
            from depthview.engine.capture.photos.glance import glance

            return glance(paths, MOST_PICTURES, height_px, stop)

        def inspect() -> Looked:
            from depthview.engine.capture.photos.judging import hints_about
            from depthview.engine.capture.photos.preflight import preflight

            found = preflight(paths, report=self._note, stop=stop)
            return Looked(found, hints_about(found.photos) if found.photos else ())

        def end(tell: Callable[[], None]) -> None:
            self._stop = None
            self._timer.stop()
            tell()

        self._run("glance", see, stop, self.glanced.emit, lambda _error: None)
        self._run(
            "preflight",
            inspect,
            stop,
            lambda looked: end(lambda: self.looked.emit(looked)),
            lambda error: end(lambda: self.failed.emit(error)),
        )

    def weigh(self, looked: Looked, wish: Wish) -> None:
        """Ask the disk and the memory; one asks at a time, and what is wished meanwhile is asked next."""
        self._next = looked, wish
        if not self._weighing:
            self._weigh_next()

    def try_card(self) -> None:
        """Find out, in a process of its own, whether training can run on a graphics card."""

        def ask() -> str | None:
            from depthview.engine.capture.rasterizers.gsplat import why_not

            return why_not()

        self._run("card", ask, self._closed, self.tried.emit, lambda error: self.tried.emit(str(error)))

    def close(self) -> None:
        """Nothing is told any more."""
        self._closed.stop()
        if self._stop is not None:
            self._stop.stop()
        self._timer.stop()

    def _weigh_next(self) -> None:
        if self._next is None:
            return
        (looked, wish), self._next = self._next, None
        self._weighing = True

        def ask() -> Room:
            from depthview.engine.capture.photos.preflight import LONGEST_PX
            from depthview.engine.capture.photos.room import check_disk, free_memory_bytes, needed

            sizes_px = looked.found.sizes_px(wish.frame_count)
            asked = needed(sizes_px, max(LONGEST_PX, wish.max_size_px), wish.max_size_px, wish.max_splats)
            try:
                free, fault = check_disk(wish.folder, asked.disk_bytes), None
            except UserError as error:
                free, fault = 0, error
            return Room(wish, asked, free, free_memory_bytes(), fault)

        def tell(room: Room) -> None:
            self._weighing = False
            if self._next is None:
                self.weighed.emit(room)
            self._weigh_next()

        def fail(error: UserError) -> None:
            self._weighing = False
            self.failed.emit(error)

        self._run("room", ask, self._closed, tell, fail)

    def _run(
        self,
        name: str,
        work: Callable[[], T],
        stop: StopToken,
        done: Callable[[T], None],
        failed: Callable[[UserError], None],
    ) -> None:
        """An errand that tells nothing once `stop` is set."""

        self._errands.run(
            name,
            work,
            lambda outcome: None if stop.stopped else done(outcome),
            lambda error: None if stop.stopped else failed(error),
        )

    def _note(self, progress: Progress) -> None:
        self._progress = progress

    def _tell_progress(self) -> None:
        if self._progress is not None:
            self.moved.emit(self._progress)
