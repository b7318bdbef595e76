"""Which cameras this machine has, by what name each is known for good, and how one of them is opened.

Measured facts and the traps behind them: notes/ecosystem.md 3.3.
"""

import contextlib
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import cv2
import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.frames import Image

PREFIX = "camera:"

STEREO_SIZES_WH = ((3840, 1080), (3200, 1200), (2560, 960), (2560, 800), (2560, 720), (1344, 376), (1280, 480))
"""What cameras with two lenses deliver side by side, the widest first."""

PLAIN_SIZE_WH = (1280, 720)
STEREO_ASPECT = 2.6
"""No camera with one lens is that wide: 2.67 is two 4:3 pictures, 3.56 two of 16:9."""

_FIRST_READS = 10
_BACKENDS = {
    "linux": (cv2.CAP_V4L2,),
    "darwin": (cv2.CAP_AVFOUNDATION,),
    "win32": (cv2.CAP_MSMF, cv2.CAP_DSHOW),  # DirectShow also knows virtual cameras that Media Foundation does not
}


@dataclass(frozen=True, slots=True)
class CameraInfo:
    """A camera that is plugged in now.

    `name` is for people, numbered when two are called the same. `identity` stays the same over unplugging and
    replugging: VID:PID and the port or the device's own path where they are known. `index` and `backend` are where
    OpenCV finds it at this moment, and may change when anything is plugged in.
    """

    name: str
    identity: str
    index: int
    backend: int


@dataclass(frozen=True, slots=True)
class CameraWish:
    """What is asked of a camera; it may give something else. `packed`: look for two eyes side by side first."""

    size_wh: tuple[int, int] | None = None
    fps: float | None = None
    packed: bool = True


class CameraDevice(Protocol):
    """One camera, opened, read and closed by one thread.

    `open` returns the frame rate that the camera says it gives (1/s, None = it does not say), raises UserError.
    `read` returns (H, W, 3) uint8 RGB, or None when there is no picture; it may block for as long as a driver does.
    `close` may be called without `open`, and twice.
    """

    def open(self, camera: CameraInfo, wish: CameraWish) -> float | None: ...

    def read(self) -> Image | None: ...

    def close(self) -> None: ...


class DeviceTable(Protocol):
    """Lists the cameras that are there now, and makes a device (not yet open) for one of them."""

    def cameras(self) -> list[CameraInfo]: ...

    def device(self) -> CameraDevice: ...


class _Listed(Protocol):
    """What cv2_enumerate_cameras says of a camera."""

    index: int
    name: str | None
    path: str | None
    vid: int | None
    pid: int | None
    backend: int


def list_cameras() -> list[CameraInfo]:
    """The cameras plugged in now, in the order of their index; empty where there are none or nothing can list them."""
    found: list[Any] = []
    # A machine without cameras, without the library's system part or with a broken driver has no cameras: no error.
    with contextlib.suppress(Exception):
        from cv2_enumerate_cameras import enumerate_cameras

        for backend in _BACKENDS.get(sys.platform, ()):
            found += sorted(enumerate_cameras(backend), key=lambda camera: int(camera.index))
    return identify(found)


def identify(found: Iterable[_Listed], sysfs: Path = Path("/sys/class/video4linux")) -> list[CameraInfo]:
    """Names and lasting identities for what a backend listed; a camera that two backends list is taken once."""
    cameras: list[CameraInfo] = []
    backend_of: dict[str, int] = {}
    for entry in found:
        port = _port(entry, sysfs)
        name = (entry.name or "").strip() or "Camera"
        usb = f"{entry.vid:04x}:{entry.pid:04x}" if entry.vid is not None and entry.pid is not None else ""
        identity = f"{usb or name}@{port}" if port else usb or name
        if backend_of.setdefault(identity, entry.backend) != entry.backend:
            continue
        name = _numbered(name, {camera.name for camera in cameras})
        identity = _numbered(identity, {camera.identity for camera in cameras})
        cameras.append(CameraInfo(name, identity, entry.index, entry.backend))
    return cameras


def _numbered(text: str, taken: set[str]) -> str:
    number = 1
    while (candidate := text if number == 1 else f"{text} #{number}") in taken:
        number += 1
    return candidate


def _port(entry: _Listed, sysfs: Path) -> str:
    """Where the camera is plugged in, or its own unique path; empty when only the index is known."""
    path = entry.path or ""
    if re.fullmatch(r"/dev/video\d+", path):  # the index in other words: the kernel counts up on every replugging
        device = sysfs / Path(path).name / "device"
        return device.resolve().name if device.exists() else ""
    # Windows: \\?\usb#vid_..&pid_..#instance#{class}\global; the class differs between the two backends.
    return path.lower().removeprefix("\\\\?\\").split("#{", 1)[0]


def parse_camera(item: str) -> tuple[str, CameraWish]:
    """`camera:NAME-IDENTITY-OR-INDEX[?size=WxH&fps=F]` -> what names the camera, and the wish. Raises UserError."""
    text = item.removeprefix(PREFIX).strip()
    asked = re.search(r"\?([a-z]+=[^?]*)$", text)
    if asked is None:
        return text, CameraWish()
    size: tuple[int, int] | None = None
    fps: float | None = None
    for part in asked[1].split("&"):
        key, _, value = part.partition("=")
        if key == "size" and (wh := re.fullmatch(r"(\d{2,5})[x×](\d{2,5})", value)):
            size = int(wh[1]), int(wh[2])
        elif key == "fps" and re.fullmatch(r"\d{1,3}(\.\d{1,3})?", value) and float(value) > 0:
            fps = float(value)
        else:
            raise UserError(
                "A camera can be asked for size=WIDTHxHEIGHT and fps=NUMBER, joined by &, but not for this: {part}",
                part=part,
            )
    return text[: asked.start()].strip(), CameraWish(size, fps)


def find_camera(cameras: list[CameraInfo], wanted: str) -> CameraInfo:
    """The camera that a person names: by index, identity, name, or a part of the name that only one has.

    Raises UserError, with the names of what is there.
    """
    if not cameras:
        raise UserError("No camera was found: plug one in, and try again: {wanted}", wanted=PREFIX + wanted)
    word = wanted.casefold()
    if word.isdecimal():
        matches = [camera for camera in cameras if camera.index == int(word)]
    else:
        matches = [camera for camera in cameras if word in (camera.identity.casefold(), camera.name.casefold())]
        matches = matches or [camera for camera in cameras if word and word in camera.name.casefold()]
    if matches and (len(matches) == 1 or word.isdecimal()):
        return matches[0]  # an index is counted by each backend; the first backend is the one to prefer
    names = ", ".join(f"{camera.name} ({PREFIX}{camera.index})" for camera in matches or cameras)
    if matches:
        raise UserError(
            "More than one camera is called that; choose one of {names}: {wanted}", names=names, wanted=PREFIX + wanted
        )
    raise UserError(
        "No camera is called that; plug it in or choose one of {names}: {wanted}", names=names, wanted=PREFIX + wanted
    )


def find_again(cameras: list[CameraInfo], lost: CameraInfo, taken: Iterable[str] = ()) -> CameraInfo | None:
    """A camera that was unplugged, wherever its index went; None while it is away.

    In another port it is known by VID:PID, when it is the only one of its model that is not `taken` (identities).
    """
    for camera in cameras:
        if camera.identity == lost.identity:
            return camera
    model = lost.identity.split("@")[0]
    alike = [c for c in cameras if c.identity.split("@")[0] == model and c.identity not in set(taken)]
    return alike[0] if len(alike) == 1 else None


class OpenCVDevice:
    """A camera through cv2.VideoCapture."""

    def __init__(self) -> None:
        self._capture: cv2.VideoCapture | None = None

    def open(self, camera: CameraInfo, wish: CameraWish) -> float | None:
        # Every loss is told in a sentence of our own; OpenCV's warnings would come on top, on the person's terminal.
        cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)
        try:
            self._capture = cv2.VideoCapture(camera.index, camera.backend)
            if not self._capture.isOpened():
                raise refusal(camera)
            scales = camera.backend == cv2.CAP_AVFOUNDATION
            if not settle_mode(self._capture, wish, scales=scales):
                raise UserError(
                    "The camera opens but sends no picture: close other programs that use it, "
                    "or plug it into another port: {camera}",
                    camera=camera.name,
                )
            fps = self._capture.get(cv2.CAP_PROP_FPS)
        except cv2.error as error:
            raise UserError(
                "The camera's driver failed: unplug the camera, plug it in again and try once more: {camera}",
                camera=camera.name,
                details=str(error),
            ) from error
        return fps if 0 < fps < 1000 else None

    def read(self) -> Image | None:
        if self._capture is None:
            return None
        try:
            good, picture = self._capture.read()
            return _rgb(picture) if good else None
        except cv2.error:
            return None  # a broken JPEG, or a device that has gone: the watchdog tells the two apart

    def close(self) -> None:
        capture, self._capture = self._capture, None
        if capture is not None:
            capture.release()


def _rgb(picture: Any) -> Image | None:
    if picture is None or picture.size == 0 or picture.dtype != np.uint8:
        return None
    code = cv2.COLOR_BGR2RGB if picture.ndim == 3 and picture.shape[2] == 3 else cv2.COLOR_GRAY2RGB
    return np.ascontiguousarray(cv2.cvtColor(picture, code), dtype=np.uint8)


class Capture(Protocol):
    """The part of cv2.VideoCapture that is needed to choose a mode."""

    def get(self, propId: int, /) -> float: ...  # noqa: N803 - OpenCV's name

    def set(self, propId: int, value: float, /) -> bool: ...  # noqa: N803

    def read(self) -> tuple[bool, Any]: ...


def settle_mode(capture: Capture, wish: CameraWish, *, scales: bool = False) -> bool:
    """Ask for the best mode that serves the wish; False when no picture comes, whatever is asked.

    A size counts as granted when a real picture has it: what `get` says after `set` is only the driver's promise.
    `scales` marks a backend that stretches the picture to any size asked for (AVFoundation), where a granted size
    proves nothing: without a wish, the camera's own size is kept there.
    """
    # First MJPG, then the size: uncompressed, USB 2 does not carry the wide modes, so they would be refused.
    capture.set(cv2.CAP_PROP_FOURCC, cv2.VideoWriter.fourcc(*"MJPG"))
    if wish.size_wh is not None or scales:
        if wish.size_wh is not None and _grants(capture, wish.size_wh, wish):
            return True
        _ask_rate(capture, wish)
        return _first_size(capture) is not None
    offers: set[tuple[int, int]] = set()
    for size in STEREO_SIZES_WH if wish.packed else ():
        if _grants(capture, size, wish):
            return True
        offers.add(_promised(capture))
    # A refused size is answered with the nearest one: that is how an unlisted stereo mode shows itself.
    wide = sorted((size for size in offers if size[0] >= STEREO_ASPECT * size[1] > 0), reverse=True)
    return any(_grants(capture, size, wish) for size in (*wide, PLAIN_SIZE_WH)) or _first_size(capture) is not None


def _grants(capture: Capture, size_wh: tuple[int, int], wish: CameraWish) -> bool:
    capture.set(cv2.CAP_PROP_FRAME_WIDTH, size_wh[0])
    capture.set(cv2.CAP_PROP_FRAME_HEIGHT, size_wh[1])
    if _promised(capture) != size_wh:
        return False
    _ask_rate(capture, wish)
    return _first_size(capture) == size_wh


def _promised(capture: Capture) -> tuple[int, int]:
    return int(capture.get(cv2.CAP_PROP_FRAME_WIDTH)), int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))


def _ask_rate(capture: Capture, wish: CameraWish) -> None:
    if wish.fps is not None:
        capture.set(cv2.CAP_PROP_FPS, wish.fps)


def _first_size(capture: Capture) -> tuple[int, int] | None:
    """(width, height) of the first picture that comes; cameras often drop the first ones after a change."""
    for _ in range(_FIRST_READS):
        good, picture = capture.read()
        if good and picture is not None and picture.size:
            return int(picture.shape[1]), int(picture.shape[0])
    return None


def refusal(camera: CameraInfo) -> UserError:
    """Why a listed camera did not open: OpenCV does not say, so this looks."""
    device = Path(f"/dev/video{camera.index}")
    if camera.backend == cv2.CAP_V4L2 and not device.exists():
        return UserError("The camera has been unplugged: plug it in again: {camera}", camera=camera.name)
    if camera.backend == cv2.CAP_V4L2 and not os.access(device, os.R_OK | os.W_OK):
        return UserError(
            "This account may not use the camera: run `sudo usermod -aG video $USER`, then log in again: {camera}",
            camera=camera.name,
        )
    if camera.backend == cv2.CAP_V4L2:
        return UserError("Another program is using the camera: close it, and try again: {camera}", camera=camera.name)
    place = (
        "System Settings > Privacy & Security > Camera"
        if camera.backend == cv2.CAP_AVFOUNDATION
        else "Settings > Privacy & security > Camera"
    )
    return UserError(
        "The camera does not open: close other programs that use it, and allow it for this one in {place}: {camera}",
        place=place,
        camera=camera.name,
    )


class SystemDevices:
    """The machine's real cameras."""

    def cameras(self) -> list[CameraInfo]:
        return list_cameras()

    def device(self) -> CameraDevice:
        return OpenCVDevice()


system_devices: DeviceTable = SystemDevices()
