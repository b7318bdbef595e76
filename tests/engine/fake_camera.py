"""Cameras made of Python: plugged in, pulled out, frozen, deaf. No OpenCV, no hardware."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.sources.cameras import CameraDevice, CameraInfo, CameraWish

_NOISE = np.random.default_rng(7).integers(0, 256, (720, 2560, 3), dtype=np.uint8)


def picture(number: int, size_wh: tuple[int, int] = (160, 120)) -> Image:
    """Noise with a number written into its first pixel, so that a test knows which picture it holds."""
    width, height = size_wh
    image = _NOISE[:height, :width].copy()
    image[0, 0] = number >> 16 & 255, number >> 8 & 255, number & 255
    return image


def number_of(image: Image) -> int:
    high, middle, low = (int(value) for value in image[0, 0])
    return high << 16 | middle << 8 | low


LATE = 0xFFFFFF
"""The number of the picture that a deaf driver gives when it wakes up."""


class FakeClock:
    """Time that passes only while somebody waits for it; `at` lets something happen at a moment."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._now = 1000.0
        self._events: list[tuple[float, Callable[[], None]]] = []

    def now(self) -> float:
        with self._lock:
            return self._now

    def wait(self, ended: threading.Event, timeout_s: float) -> None:
        if not ended.is_set():
            self.advance(timeout_s)

    def at(self, moment_s: float, happens: Callable[[], None]) -> None:
        with self._lock:
            self._events.append((moment_s, happens))

    def advance(self, seconds: float) -> None:
        with self._lock:
            until = self._now + seconds
            for event in sorted(self._events, key=lambda event: event[0]):
                if event[0] <= until:
                    self._events.remove(event)
                    self._now = max(self._now, event[0])
                    event[1]()
            self._now = until
        time.sleep(0.0005)  # gives the other threads their turn


@dataclass
class FakeCamera:
    """The thing on the desk. `unplugged_gives`: what a dead handle answers: stale, nothing, error, deaf."""

    info: CameraInfo
    size_wh: tuple[int, int] = (160, 120)
    fps: float = 20.0
    unplugged_gives: str = "stale"
    refuses: UserError | None = None
    shows: Callable[[int], Image] | None = None
    silent: bool = False
    plugs: int = 0
    delivered: int = 0
    deaf: int = 0
    """How many threads were held by a driver that does not answer."""
    wishes: list[CameraWish] = field(default_factory=list)
    opened: list[tuple[float, int]] = field(default_factory=list)
    """(moment, index) of every time it was opened."""
    owners: list[set[int]] = field(default_factory=list)
    """For every device object, the threads that touched it."""
    closed: int = 0


class FakeDevices:
    """A desk with a hub: the list of what is plugged in, and devices for it."""

    def __init__(self, clock: FakeClock, *cameras: FakeCamera) -> None:
        self.clock = clock
        self.plugged: list[FakeCamera] = []
        self.release = threading.Event()
        """Set at the end of a test: lets threads go that a deaf driver holds."""
        for camera in cameras:
            self.plug(camera)

    def plug(self, camera: FakeCamera, index: int | None = None) -> None:
        if index is not None:
            camera.info = replace(camera.info, index=index)
        camera.plugs += 1
        self.plugged = [*self.plugged, camera]

    def unplug(self, camera: FakeCamera) -> None:
        camera.plugs += 1
        self.plugged = [other for other in self.plugged if other is not camera]

    def cameras(self) -> list[CameraInfo]:
        return [camera.info for camera in self.plugged]

    def device(self) -> CameraDevice:
        return FakeDevice(self)


class FakeDevice:
    def __init__(self, desk: FakeDevices) -> None:
        self._desk = desk
        self._camera: FakeCamera | None = None
        self._plugs = 0
        self._last: Image | None = None
        self._threads: set[int] = set()

    def open(self, camera: CameraInfo, wish: CameraWish) -> float | None:
        found = [c for c in self._desk.plugged if c.info.index == camera.index]
        if not found:
            raise OSError("no such device")
        self._camera = found[0]
        self._plugs = self._camera.plugs
        self._camera.owners.append(self._threads)
        self._touch()
        self._camera.wishes.append(wish)
        if self._camera.refuses is not None:
            raise self._camera.refuses
        self._camera.opened.append((self._desk.clock.now(), camera.index))
        return self._camera.fps

    def read(self) -> Image | None:
        self._touch()
        camera = self._camera
        assert camera is not None
        if camera.plugs != self._plugs:
            return self._dead(camera)
        if camera.silent:
            return None
        self._desk.clock.advance(1 / camera.fps)
        if camera.plugs != self._plugs:  # pulled out while it was waiting
            return self._dead(camera)
        camera.delivered += 1
        show = camera.shows or (lambda number: picture(number, camera.size_wh))
        self._last = show(camera.delivered)
        return self._last

    def close(self) -> None:
        self._touch()
        if self._camera is not None:
            self._camera.closed += 1
            if self._camera.plugs != self._plugs:
                raise OSError("closing a device that has gone")

    def _dead(self, camera: FakeCamera) -> Image | None:
        if camera.unplugged_gives == "error":
            raise OSError("no such device")
        if camera.unplugged_gives == "deaf":
            camera.deaf += 1
            self._desk.release.wait()
            return picture(LATE)  # so late that nobody may want it any more
        return self._last if camera.unplugged_gives == "stale" else None

    def _touch(self) -> None:
        self._threads.add(threading.get_ident())
