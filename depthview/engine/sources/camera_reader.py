"""Reads one camera in a thread of its own, watches it, and finds it again after unplugging.

OpenCV's read may block for ever or give the last picture again and again once a camera is unplugged (opencv issues
4468, 5746, 14044; notes/ecosystem.md 3.3), so nothing here believes a picture that does not change, and nobody but
the camera's own daemon thread ever waits for a driver.
"""

import contextlib
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.sources.base import Notice
from depthview.engine.sources.cameras import (
    PREFIX,
    CameraDevice,
    CameraInfo,
    CameraWish,
    DeviceTable,
    find_again,
)

STALL_S = 2.0
"""A camera without a new picture for so long, or for two of its own intervals, counts as lost."""
READ_LIMIT_S = 5.0
"""A thread whose driver keeps it for longer is given up, and another one tries."""
START_LIMIT_S = 20.0
"""Media Foundation needs that long to open some cameras."""
FIRST_PICTURE_S = 5.0
QUICK_TRIES = 6
_PAIR_QUEUE = 3
_FEATURELESS = 8


class Clock(Protocol):
    """Time as the threads of a source see it, so that a test can let an hour pass."""

    def now(self) -> float: ...

    def wait(self, ended: threading.Event, timeout_s: float) -> None: ...


class SystemClock:
    """time.perf_counter and real waiting, which ends early when `ended` is set."""

    def now(self) -> float:
        return time.perf_counter()

    def wait(self, ended: threading.Event, timeout_s: float) -> None:
        ended.wait(timeout_s)


def retry_delay_s(tries: int, *, listed: bool) -> float:
    """How long to wait after the given number of tries (from 1) for a camera that is away, or listed but refusing.

    Looking into the list is cheap, so even after hours a camera is found within 1 s of being plugged in; opening one
    that refuses is not, so that backs off to 5 s.
    """
    if tries <= QUICK_TRIES:
        return 0.5
    return min(0.5 * 2.0 ** min(tries - QUICK_TRIES, 4), 5.0 if listed else 1.0)


@dataclass(frozen=True, slots=True)
class Shot:
    """One camera's picture, and the clock's time when it was there."""

    image: Image
    captured_at: float


def choose_pair(times_s: tuple[Sequence[float], Sequence[float]], gaps_s: Sequence[float]) -> tuple[int, int] | None:
    """The newest left and right that belong together, as positions in two rising lists of times; None to wait.

    The camera that is behind decides: its newest picture goes with the nearest of the other's. When that one is more
    than half an interval (`gaps_s`, 0 = not known) ahead, the next picture of the camera behind will be nearer still.
    """
    left, right = times_s
    if not left or not right:
        return None
    behind = 0 if left[-1] <= right[-1] else 1
    moment = times_s[behind][-1]
    other = times_s[1 - behind]
    nearest = min(range(len(other)), key=lambda i: abs(other[i] - moment))
    if other[nearest] - moment > gaps_s[behind] / 2 > 0:
        return None
    newest = len(times_s[behind]) - 1
    return (newest, nearest) if behind == 0 else (nearest, newest)


class Tray:
    """Where the readers lay their pictures and the source takes them: bounded, the oldest is dropped and counted."""

    def __init__(self, eyes: int) -> None:
        self._changed = threading.Condition()
        self._shots: list[deque[Shot]] = [deque() for _ in range(eyes)]
        self._last_at: list[float | None] = [None] * eyes
        self._gaps_s = [0.0] * eyes
        self._lost = [False] * eyes
        self._news: deque[Notice | UserError] = deque(maxlen=16)
        self.sizes_wh: list[tuple[int, int] | None] = [None] * eyes
        self.dropped = 0

    def put(self, eye: int, shot: Shot, retired: threading.Event) -> None:
        with self._changed:
            if retired.is_set():  # looked at under the lock: a thread that was given up never speaks again
                return
            if self._lost[eye]:
                self._lost[eye] = False
                self._tell(eye, "The {camera} is back.", trouble=False)
            if self.sizes_wh[eye] is None:
                self.sizes_wh[eye] = shot.image.shape[1], shot.image.shape[0]
            last = self._last_at[eye]
            self._gaps_s[eye] = 0.0 if last is None else shot.captured_at - last
            self._last_at[eye] = shot.captured_at
            self._shots[eye].append(shot)
            self._drop(eye, len(self._shots[eye]) - (1 if len(self._shots) == 1 else _PAIR_QUEUE))
            self._changed.notify_all()

    def lose(self, eye: int) -> None:
        """Says once that a camera is lost; its pictures of before belong to nothing that is to come."""
        with self._changed:
            if not self._lost[eye]:
                self._lost[eye] = True
                self._last_at[eye] = None
                self._drop(eye, len(self._shots[eye]))
                self._tell(eye, "The {camera} stopped sending pictures. Waiting for it to come back.")

    def tell(self, news: Notice | UserError) -> None:
        with self._changed:
            self._news.append(news)
            self._changed.notify_all()

    def take(self, timeout_s: float, *, only_news: bool = False) -> tuple[Shot, ...] | Notice | UserError | None:
        with self._changed:
            item = self._next(only_news)
            if item is None and self._changed.wait(timeout_s):
                item = self._next(only_news)
            return item

    def clear(self) -> None:
        with self._changed:
            for eye, shots in enumerate(self._shots):
                self._drop(eye, len(shots))
            self._changed.notify_all()

    def _next(self, only_news: bool) -> tuple[Shot, ...] | Notice | UserError | None:
        if self._news or only_news:
            return self._news.popleft() if self._news else None
        if len(self._shots) == 1:
            return (self._shots[0].popleft(),) if self._shots[0] else None
        left, right = self._shots
        picked = choose_pair(([s.captured_at for s in left], [s.captured_at for s in right]), self._gaps_s)
        if picked is None:
            return None
        for eye, position in enumerate(picked):
            self._drop(eye, position)
        return left.popleft(), right.popleft()

    def _drop(self, eye: int, count: int) -> None:
        for _ in range(count):
            self._shots[eye].popleft()
            self.dropped += 1

    def _tell(self, eye: int, text: str, *, trouble: bool = True) -> None:
        side = "" if len(self._shots) == 1 else ("left ", "right ")[eye]
        self._news.append(Notice(text.format(camera=f"{side}camera"), trouble))
        self._changed.notify_all()


class Reader:
    """Opens, reads, watches, closes and reopens one camera, until `retired` is set. A daemon: drivers can be deaf."""

    def __init__(
        self, eye: int, held: list[CameraInfo], wish: CameraWish, table: DeviceTable, clock: Clock, tray: Tray
    ):
        self.thread = threading.Thread(target=self._run, name=f"{PREFIX}{held[eye].name}", daemon=True)
        self.retired = threading.Event()
        self._eye = eye
        self._held = held  # shared by a source's readers, each writes its own place: who has which camera
        self._wish = wish
        self._table = table
        self._clock = clock
        self._tray = tray
        self._tries = 0
        self.fps: float | None = None
        self._interval_s = 0.0
        self._mark: int | None = None
        self._call: tuple[float, float, bool] | None = None

    def stuck(self) -> tuple[bool, bool]:
        """Has the driver been silent for long enough to say so, and for long enough to give this thread up?"""
        now = self._clock.now()  # first: a call that begins meanwhile has waited for nothing
        call = self._call
        if call is None:
            return False, False
        began, limit_s, reading = call
        waited_s = now - began
        return reading and waited_s > self._stall_s(), waited_s > max(limit_s, self._stall_s())

    def _run(self) -> None:
        while (camera := self._find()) is not None:
            self._held[self._eye] = camera
            device = self._table.device()
            try:
                self._serve(device, camera)
                self._tries = 0
            except Exception as error:  # noqa: BLE001 - a driver may raise anything; the camera may still come back
                self._tries += 1
                if self.retired.is_set() or not self._refused(error):
                    return
            finally:
                with contextlib.suppress(Exception), self._driver(READ_LIMIT_S):
                    device.close()
            if not self.retired.is_set():
                self._tray.lose(self._eye)
                if self._tries:
                    self._clock.wait(self.retired, retry_delay_s(self._tries, listed=True))

    def _find(self) -> CameraInfo | None:
        """The camera, wherever it is plugged in now; None only when this thread is to end."""
        looks = 0
        while not self.retired.is_set():
            others = [camera.identity for eye, camera in enumerate(self._held) if eye != self._eye]
            camera = find_again(self._table.cameras(), self._held[self._eye], others)
            if camera is not None:
                return camera
            if self._tray.sizes_wh[self._eye] is None:
                self._tray.tell(
                    UserError("The camera has been unplugged: plug it in again: {camera}", camera=self._name)
                )
                return None
            looks += 1
            self._tries = 0  # whatever made it refuse, it comes back as new
            self._clock.wait(self.retired, retry_delay_s(looks, listed=False))
        return None

    @property
    def _name(self) -> str:
        return self._held[self._eye].name

    def _refused(self, error: Exception) -> bool:
        """Tell why a camera cannot be used; is there anything to wait for?"""
        told = error
        if not isinstance(told, UserError):
            told = UserError(
                "The camera's driver failed: unplug the camera and plug it in again: {camera}",
                camera=self._name,
                details=repr(error),
            )
        if self._tray.sizes_wh[self._eye] is None:
            self._tray.tell(told)
            return False
        if self._tries == QUICK_TRIES:
            self._tray.tell(Notice(str(told)))
        return True

    def _serve(self, device: CameraDevice, camera: CameraInfo) -> None:
        """Read until the camera is lost. Raises what a driver raises, and UserError when it never gives a picture."""
        with self._driver(START_LIMIT_S):
            fps = device.open(camera, self._wish)
        self._interval_s = 1 / fps if fps else 0.0
        fresh_at = self._clock.now()
        before, self._mark = self._mark, None
        still = False
        gap_s = 0.0
        while not self.retired.is_set():
            with self._driver(READ_LIMIT_S, reading=True):
                image = device.read()
            now = self._clock.now()
            first = self._mark is None
            mark = None if image is None else _fingerprint(image)
            changed = mark is not None and mark != self._mark
            if changed:
                # A picture that is the same even after reopening is no frozen driver but a test card.
                still = first and mark == before
                # The shorter of the last two gaps: one hiccup must not make the watchdog patient.
                last_gap_s, gap_s = gap_s, 0.0 if first else now - fresh_at
                self._interval_s = max(1 / fps if fps else 0.0, min(gap_s, last_gap_s))
                fresh_at, self._mark = now, mark
            calm = image is not None and not changed and (still or _featureless(image))
            if image is not None and (changed or calm):
                if first:
                    self._wish = replace(self._wish, size_wh=(image.shape[1], image.shape[0]))
                    self.fps = fps
                self._tray.put(self._eye, Shot(image, now), self.retired)
            if now - fresh_at > (FIRST_PICTURE_S if self._mark is None else self._stall_s()):
                if self._mark is None:
                    raise UserError(
                        "The camera sends no picture: close other programs that use it, or plug it into another port: "
                        "{camera}",
                        camera=camera.name,
                    )
                if not (calm and camera in self._table.cameras()):
                    return
                fresh_at = now  # a covered lens or a test card, on a camera that is still there
            if not changed:
                self._clock.wait(self.retired, 0.01)  # a dead device answers at once, again and again

    def _stall_s(self) -> float:
        return max(STALL_S, 2 * self._interval_s)

    @contextlib.contextmanager
    def _driver(self, limit_s: float, *, reading: bool = False) -> Iterator[None]:
        self._call = self._clock.now(), limit_s, reading
        try:
            yield
        finally:
            self._call = None


def _fingerprint(image: Image) -> int:
    """Sensor noise makes any two real pictures differ, even in every 64th pixel."""
    return hash((image.shape, image[::8, ::8].tobytes()))


def _featureless(image: Image) -> bool:
    """A covered lens: black enough to lose even its noise to the JPEG."""
    sample = image[::8, ::8]
    return int(np.max(sample.max(axis=(0, 1)) - sample.min(axis=(0, 1)))) <= _FEATURELESS
