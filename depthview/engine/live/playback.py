"""The reader thread: opens a source, hands out its frames when they are due, and closes it."""

import threading
import time
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import Enum, StrEnum, auto

from depthview.engine.errors import Stopped, UserError
from depthview.engine.frames import Frame
from depthview.engine.progress import StopToken
from depthview.engine.sources import Notice, Source, SourceInfo, SourceKind, Spec

_LATE_S = 0.25
_NOTICES_KEPT = 50
_OLD_READER_TIMEOUT_S = 5.0


class Clock(Enum):
    """LIVE: frames come when they are due and the newest wins. EVERY_FRAME: none is dropped, the source waits."""

    LIVE = auto()
    EVERY_FRAME = auto()


class Phase(StrEnum):
    OPENING = "opening"
    PLAYING = "playing"
    PAUSED = "paused"
    ENDED = "ended"
    FAILED = "failed"
    CLOSED = "closed"


Opener = Callable[[Spec, StopToken], Source]


@dataclass(frozen=True, slots=True)
class PlaybackStatus:
    """Where playback is. `fault` is why it failed."""

    phase: Phase
    info: SourceInfo | None
    position_s: float
    speed: float
    loop: bool
    fault: UserError | None


class Playback:
    """One source from opening to closing, in a thread of its own.

    `deliver` is called from that thread with every frame that is due. All other methods may be called from any thread
    and return at once; what they ask for happens before the next frame.
    """

    def __init__(
        self,
        spec: Spec,
        deliver: Callable[[Frame], None],
        *,
        opener: Opener,
        clock: Clock = Clock.LIVE,
        loop: bool = False,
        paused: bool = False,
        after: "Playback | None" = None,
    ) -> None:
        """`after` is the playback that this one replaces: a camera has to be closed before it can be opened again."""
        self._spec, self._deliver, self._opener, self._clock, self._after = spec, deliver, opener, clock, after
        self._stop = StopToken()
        self._changed = threading.Condition()
        self._paused, self._loop, self._speed = paused, loop, 1.0
        self._seek_to: float | None = None
        self._steps = int(paused)  # the first picture is shown even so
        self._back_from: tuple[float, int] | None = None
        self._ended = False
        self._phase = Phase.OPENING
        self._fault: UserError | None = None
        self._info: SourceInfo | None = None
        self._position_s = 0.0
        self._notices: deque[Notice] = deque(maxlen=_NOTICES_KEPT)
        self._anchor: tuple[float, float] | None = None
        self._thread = threading.Thread(target=self._run, name="depthview-reader", daemon=True)
        self._thread.start()

    @property
    def status(self) -> PlaybackStatus:
        with self._changed:
            phase = self._phase
            if phase is Phase.PLAYING:
                phase = Phase.ENDED if self._ended else Phase.PAUSED if self._paused else phase
            return PlaybackStatus(phase, self._info, self._position_s, self._speed, self._loop, self._fault)

    def take_notices(self) -> list[Notice]:
        with self._changed:
            notices = list(self._notices)
            self._notices.clear()
            return notices

    def set_paused(self, paused: bool) -> None:
        with self._changed:
            if not paused and self._ended and self._info and self._info.seekable:
                self._seek_to = 0.0
            self._paused, self._anchor = paused, None
            self._changed.notify_all()

    def set_speed(self, speed: float) -> None:
        """`speed` is a factor: 0.5 is half as fast."""
        with self._changed:
            self._speed, self._anchor = max(0.05, speed), None
            self._changed.notify_all()

    def set_loop(self, loop: bool) -> None:
        with self._changed:
            self._loop = loop
            if loop and self._ended:
                self._seek_to = 0.0
            self._changed.notify_all()

    def seek(self, position_s: float) -> None:
        with self._changed:
            self._seek_to, self._back_from = max(0.0, position_s), None
            self._steps = 0  # to there and no further, also where it is asked for before the first picture
            self._changed.notify_all()

    def step(self, frames: int) -> None:
        """Pause, and go `frames` on (or back, if negative)."""
        with self._changed:
            self._paused, self._anchor = True, None
            if frames > 0:
                # Behind the last picture there is none, unless it goes back first.
                if not self._ended or self._seek_to is not None:
                    self._steps += frames
            else:
                interval_s = 1.0 / self._info.fps if self._info and self._info.fps else 1 / 24
                # Steps that come faster than pictures are counted from the picture that the first of them saw.
                from_s, back = self._back_from or (self._position_s if self._seek_to is None else self._seek_to, 0)
                self._back_from = from_s, back - frames
                # A quarter of a frame of slack: the first frame at or after the target is then the wanted one.
                self._seek_to = max(0.0, from_s - (back - frames + 0.25) * interval_s)
                if self._info is None:
                    self._steps = 0  # the first picture of all is not one more
            self._changed.notify_all()

    def request_stop(self) -> None:
        self._stop.stop()
        with self._changed:
            self._changed.notify_all()

    def join(self, timeout_s: float) -> bool:
        """True when the thread has ended and the source is closed."""
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        if self._after is not None:
            self._after.join(_OLD_READER_TIMEOUT_S)
            self._after = None
        source: Source | None = None
        try:
            self._stop.raise_if_stopped()  # another source may have been opened since
            source = self._opener(self._spec, self._stop)
            with self._changed:
                self._info, self._phase = source.info, Phase.PLAYING
            self._play(source)
            self._set_phase(Phase.CLOSED)
        except Stopped:
            self._set_phase(Phase.CLOSED)
        except UserError as error:
            self._fail(error)
        except Exception as error:  # noqa: BLE001 - a source must never take the session down with it
            sentence = "This source failed in an unexpected way: open it again, or another one."
            self._fail(UserError(sentence, details="".join(traceback.format_exception(error))))
        finally:
            if source is not None:
                source.close()

    def _play(self, source: Source) -> None:
        is_live = source.info.kind is SourceKind.LIVE
        anything = False
        while not self._stop.stopped:
            wanted = self._wait_for_work(is_live)
            if wanted is None:
                return
            seek_to, single = wanted
            if seek_to is not None and source.info.seekable:
                source.seek(seek_to)
            item = source.read()
            anything = anything or isinstance(item, Frame)
            if isinstance(item, Notice):
                with self._changed:
                    self._notices.append(item)
                    self._steps += single and self._seek_to is None  # a notice is not the frame that was asked for
            elif item is None:
                self._at_end(source, anything)
                anything = False
            elif is_live and not single and self.status.phase is Phase.PAUSED:
                continue  # read on, so that a camera does not show the past when it goes on
            elif single or self._wait_until_due(item, is_live):
                frame = replace(item, captured_at=item.captured_at if is_live else time.perf_counter())
                with self._changed:
                    self._position_s = frame.pts_s
                    if self._seek_to is None:  # else more steps back came while this picture was read
                        self._back_from = None
                self._deliver(frame)

    def _wait_for_work(self, is_live: bool) -> tuple[float | None, bool] | None:
        """(where to seek first, whether one frame only) once there is something to read; None when stopped."""
        with self._changed:
            while not self._stop.stopped:
                seek_to, self._seek_to = self._seek_to, None
                if seek_to is not None:
                    self._ended, self._anchor = False, None
                    return seek_to, self._paused
                if self._steps and not self._ended:
                    self._steps -= 1
                    return None, True
                if not self._ended and (is_live or not self._paused):
                    return None, False
                self._changed.wait()
            return None

    def _wait_until_due(self, frame: Frame, is_live: bool) -> bool:
        """Sleep until `frame` is due; False when it is not wanted any more (a seek, a stop)."""
        if is_live or self._clock is Clock.EVERY_FRAME:
            return not self._stop.stopped
        with self._changed:
            while not self._stop.stopped and self._seek_to is None:
                now = time.perf_counter()
                if self._anchor is None:
                    self._anchor = (now, frame.pts_s)
                due = self._anchor[0] + (frame.pts_s - self._anchor[1]) / self._speed
                if now - due > _LATE_S or frame.pts_s < self._anchor[1]:
                    self._anchor = (now, frame.pts_s)
                    return True
                if self._paused:
                    self._steps = max(0, self._steps - 1)  # this frame is the first of the steps asked for
                    return True
                if now >= due:
                    return True
                self._changed.wait(due - now)
            return False

    def _at_end(self, source: Source, anything: bool) -> None:
        """`anything` says that there was a frame since the last end: a source without one would loop for nothing."""
        with self._changed:
            can_loop = source.info.seekable and source.info.kind is not SourceKind.IMAGE
            if self._loop and can_loop and anything and not self._paused:
                self._seek_to = 0.0
            else:
                self._ended = True
                if self._seek_to is None:  # else it goes back first
                    self._steps = 0

    def _set_phase(self, phase: Phase) -> None:
        with self._changed:
            self._phase = phase

    def _fail(self, error: UserError) -> None:
        with self._changed:
            self._phase, self._fault = Phase.FAILED, error
