"""One or two cameras as a live source, each read by a thread of its own (camera_reader.py)."""

import time
from collections.abc import Sequence
from dataclasses import replace

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout, LayoutGuess
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Notice, SourceInfo, SourceKind
from depthview.engine.sources.camera_reader import START_LIMIT_S, Clock, Reader, Shot, SystemClock, Tray
from depthview.engine.sources.cameras import (
    PREFIX,
    STEREO_ASPECT,
    CameraInfo,
    CameraWish,
    DeviceTable,
    find_camera,
    parse_camera,
    system_devices,
)

CLOSE_LIMIT_S = 1.0
MOST_GIVEN_UP = 3
"""Threads stuck in a driver at the same time; beyond that, another one would be stuck as well."""
_POLL_S = 0.1


class CameraSource:
    """One camera, or two as left and right eye; made by `open_camera`. Opened, read and closed by one thread."""

    def __init__(
        self, held: list[CameraInfo], wishes: Sequence[CameraWish], stop: StopToken, devices: DeviceTable, clock: Clock
    ) -> None:
        self._clock = clock
        self._stop = stop
        self._tray = Tray(len(held))
        self._held, self._wishes, self._devices = held, wishes, devices
        self._readers = [self._new_reader(eye) for eye in range(len(held))]
        self._given_up: list[Reader] = []
        self._seq = 0
        self._first_at = 0.0
        self._closed = False
        for reader in self._readers:
            reader.thread.start()
        try:
            self._info = self._describe(list(held), wishes)
        except BaseException:
            self.close()
            raise

    @property
    def info(self) -> SourceInfo:
        return self._info

    @property
    def dropped(self) -> int:
        """Pictures that the cameras gave and no frame holds, because a newer one came first."""
        return self._tray.dropped

    def read(self) -> Frame | Notice | None:
        """The newest frame, or a notice; waits for one until the stop token is set. None only after `close`.

        Raises Stopped, at the latest 0.1 s after the token was set.
        """
        while not self._closed:
            self._stop.raise_if_stopped()
            item = self._tray.take(_POLL_S)
            self._watch()
            if isinstance(item, Notice):
                return item
            if isinstance(item, UserError):
                raise item
            if item is not None:
                return self._frame(item)
        return None

    def seek(self, pts_s: float) -> None:
        raise UserError("A camera shows what is now: it cannot be wound to {pts_s:.1f} s.", pts_s=pts_s)

    def close(self) -> None:
        """Ends within 1 s; a thread that a driver holds closes its device whenever the driver lets it go."""
        self._closed = True
        for reader in (*self._readers, *self._given_up):
            reader.retired.set()
        until = time.perf_counter() + CLOSE_LIMIT_S
        for reader in self._readers:
            reader.thread.join(max(0.0, until - time.perf_counter()))
        self._tray.clear()

    def _describe(self, held: list[CameraInfo], wishes: Sequence[CameraWish]) -> SourceInfo:
        """Wait for each camera's first picture: only that tells the real size. Raises what went wrong."""
        names = " + ".join(camera.name for camera in held)
        until = self._clock.now() + START_LIMIT_S
        while True:
            late = self._clock.now() > until  # before looking: a picture that is there in the end counts
            if all(size is not None for size in self._tray.sizes_wh):
                break
            self._stop.raise_if_stopped()
            news = self._tray.take(_POLL_S, only_news=True)
            if isinstance(news, UserError):
                raise news
            if late:
                raise UserError(
                    "The camera does not answer: unplug it, plug it in again and try once more: {camera}", camera=names
                )
        sizes = [size for size in self._tray.sizes_wh if size is not None]
        for camera, wish, (width, height) in zip(held, wishes, sizes, strict=True):
            if wish.size_wh is not None and wish.size_wh != (width, height):
                asked = f"{wish.size_wh[0]}x{wish.size_wh[1]}"
                self._tray.tell(Notice(f"The camera gives {width}x{height}, not {asked}: {camera.name}"))
        width, height = sizes[0]
        hint = None
        if len(held) == 2:
            hint = LayoutGuess(Layout.SEPARATE, False, "two cameras", certain=True)
        elif width >= STEREO_ASPECT * height:
            hint = LayoutGuess(
                Layout.SIDE_BY_SIDE, False, f"the camera's picture is {width}x{height}, wide enough for two eyes"
            )
        return SourceInfo(
            SourceKind.LIVE,
            title=names,
            identity=" + ".join(PREFIX + camera.identity for camera in held),
            size_hw=(height, width),
            fps=min((reader.fps for reader in self._readers if reader.fps), default=None),
            hint=hint,
        )

    def _new_reader(self, eye: int) -> Reader:
        return Reader(eye, self._held, self._wishes[eye], self._devices, self._clock, self._tray)

    def _watch(self) -> None:
        """Give up threads that their driver does not let go, and let another one try."""
        for eye, reader in enumerate(self._readers):
            silent, hopeless = reader.stuck()
            if silent:
                self._tray.lose(eye)
            self._given_up = [old for old in self._given_up if old.thread.is_alive()]
            if hopeless and len(self._given_up) < MOST_GIVEN_UP:
                reader.retired.set()
                self._given_up.append(reader)
                self._readers[eye] = self._new_reader(eye)
                self._readers[eye].thread.start()

    def _frame(self, shots: tuple[Shot, ...]) -> Frame:
        """The left eye's time is the frame's: its is the depth."""
        left, right = shots[0], shots[1].image if len(shots) == 2 else None
        if self._seq == 0:
            self._first_at = left.captured_at
        frame = Frame(left.image, right, self._seq, left.captured_at - self._first_at, left.captured_at)
        self._seq += 1
        return frame


def open_camera(
    items: tuple[str, ...],
    *,
    stop: StopToken | None = None,
    devices: DeviceTable = system_devices,
    clock: Clock | None = None,
) -> CameraSource:
    """Open `camera:NAME-IDENTITY-OR-INDEX[?size=WxH&fps=F]`, or two of them, left eye first.

    Waits for the first picture of each. Raises UserError (none there, unknown, busy, forbidden, silent) and Stopped.
    """
    if len(items) not in (1, 2):
        raise UserError("Choose one camera, or two for the left and the right eye: {items}", items=", ".join(items))
    stop = stop or StopToken()
    stop.raise_if_stopped()
    parsed = [parse_camera(item) for item in items]
    listed = devices.cameras()
    held = [find_camera(listed, wanted) for wanted, _wish in parsed]
    if len(held) == 2 and held[0] == held[1]:
        raise UserError(
            "The left and the right eye need two cameras, but both names mean this one: {camera}", camera=held[0].name
        )
    # Side by side is for one camera that holds both eyes.
    wishes = [replace(wish, packed=len(held) == 1) for _wanted, wish in parsed]
    return CameraSource(held, wishes, stop, devices, clock or SystemClock())
