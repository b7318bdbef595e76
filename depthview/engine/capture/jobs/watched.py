"""What the folder of one job tells while it is worked on, read again only where its files changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.checkpoints import Checkpoint, checkpoints
from depthview.engine.capture.jobs.folder import ASKED, LOG, log_tail, read_asked
from depthview.engine.capture.poses.marks import DENSE, Stage, is_done, mark_path
from depthview.engine.capture.poses.outcome import OUTCOME, Outcome, Retry, read_outcome, retry_of
from depthview.engine.capture.training.curve import CurvePoint, read_curve
from depthview.engine.capture.training.files import BESIDE, PROGRESS
from depthview.engine.errors import UserError

_LOG_LINES = 500

T = TypeVar("T")
_Stamp = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Stamped:
    """A file whose content changes under the same name: `changed_ns` since 1970 tells one content from the next."""

    path: Path
    changed_ns: int


@dataclass(frozen=True, slots=True)
class Watched:
    """Of job `number`: what it was asked to do (None: that cannot be read), the curve and the log's last lines so far,
    which photos were placed (None: not known yet for what is asked now), what to try instead where too few were, the
    checkpoints, rising.

    `beside` is the photo held out beside what the splats draw of it. `cameras` is the `dense` folder, once it is whole
    (`read_posed` reads it). What did not change since the last look is the same object.
    """

    number: int
    asked: Asked | None = None
    curve: tuple[CurvePoint, ...] = ()
    log: tuple[str, ...] = ()
    outcome: Outcome | None = None
    retry: Retry | None = None
    checkpoints: tuple[Checkpoint, ...] = ()
    beside: Stamped | None = None
    cameras: Path | None = None


class FolderWatch:
    """Looks at one job's folder again and again. One thread; never raises: what cannot be read is as if not there."""

    def __init__(self, number: int, folder: Path) -> None:
        self.number, self.folder = number, folder
        asked, mapped = folder / ASKED, mark_path(folder, Stage.MAPPING)
        undistorted = mark_path(folder, Stage.UNDISTORTION)
        self._asked = _Kept[Asked | None]((asked,), lambda: read_asked(folder), None)
        self._curve = _Kept[tuple[CurvePoint, ...]]((folder / PROGRESS,), lambda: read_curve(folder / PROGRESS), ())
        self._log = _Kept[tuple[str, ...]]((folder / LOG,), lambda: log_tail(folder, _LOG_LINES), ())
        self._outcome = _Kept[Outcome | None]((folder / OUTCOME, asked, mapped), self._read_outcome, None)
        self._cameras = _Kept[Path | None]((folder / DENSE, asked, undistorted), self._find_cameras, None)
        self._latest = Watched(number)

    def look(self) -> Watched:
        """The same object as the last time where nothing changed."""
        asked, outcome = self._asked.now(), self._outcome.now()
        found = Watched(
            self.number,
            asked,
            self._curve.now(),
            self._log.now(),
            outcome,
            None if asked is None or outcome is None else retry_of(outcome, asked.poses),
            checkpoints(self.folder),
            _stamped(self.folder / BESIDE),
            self._cameras.now(),
        )
        if found != self._latest:
            self._latest = found
        return self._latest

    def _read_outcome(self) -> Outcome | None:
        """Not one of an earlier try: mapping is done as asked now, or it failed after this was asked for."""
        asked = self._asked.now()
        if asked is None:
            return None
        written, told = _stamp(self.folder / OUTCOME), _stamp(self.folder / ASKED)
        failed = written is not None and told is not None and written[0] >= told[0]
        return read_outcome(self.folder) if failed or is_done(self.folder, Stage.MAPPING, asked.poses) else None

    def _find_cameras(self) -> Path | None:
        asked = self._asked.now()
        whole = asked is not None and is_done(self.folder, Stage.UNDISTORTION, asked.poses)
        return self.folder / DENSE if whole else None


class _Kept(Generic[T]):
    """What files tell: `read` is called where one of them changed; `nothing` is told where the first is missing."""

    def __init__(self, paths: Sequence[Path], read: Callable[[], T], nothing: T) -> None:
        self._paths, self._read, self._nothing = paths, read, nothing
        self._stamps: list[_Stamp | None] = [None]
        self._value = nothing

    def now(self) -> T:
        stamps = [_stamp(path) for path in self._paths]
        if stamps == self._stamps:
            return self._value
        found = self._nothing
        try:
            if stamps[0] is not None:
                found = self._read()
        except UserError as error:
            if isinstance(error.__cause__, OSError):
                return self._value  # it is being replaced, perhaps: it is asked again the next time
        self._stamps = stamps
        if found != self._value:
            self._value = found
        return self._value


def _stamp(path: Path) -> _Stamp | None:
    """When it was written, how large, and which file it is; None where there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _stamped(path: Path) -> Stamped | None:
    stamp = _stamp(path)
    return None if stamp is None else Stamped(path, stamp[0])
