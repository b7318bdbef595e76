"""Webcams: what they are called, which mode they are given, and that one comes back after being pulled out."""

import contextlib
import queue
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.frames import Frame, Image, Layout
from depthview.engine.progress import StopToken
from depthview.engine.sources.base import Notice, SourceKind
from depthview.engine.sources.camera_reader import choose_pair, retry_delay_s
from depthview.engine.sources.cameras import (
    CameraDevice,
    CameraInfo,
    CameraWish,
    OpenCVDevice,
    find_again,
    find_camera,
    identify,
    list_cameras,
    parse_camera,
    settle_mode,
)
from depthview.engine.sources.webcam import CameraSource, open_camera
from tests.engine.fake_camera import LATE, FakeCamera, FakeClock, FakeDevices, number_of, picture
from tests.engine.live_fakes import PATIENCE_S, wait_until

GONE = "The camera stopped sending pictures. Waiting for it to come back."
BACK = "The camera is back."
C920 = CameraInfo("HD Pro Webcam C920", "046d:082d@1-2:1.0", 0, cv2.CAP_V4L2)
TWIN = CameraInfo("HD Pro Webcam C920 #2", "046d:082d@1-3:1.0", 2, cv2.CAP_V4L2)
OTHER = CameraInfo("Integrated Camera", "04f2:b6be@1-8:1.0", 0, cv2.CAP_V4L2)


@pytest.fixture(autouse=True)
def no_thread_left() -> Iterator[None]:
    before = set(threading.enumerate())
    yield
    until = time.monotonic() + PATIENCE_S
    while (left := set(threading.enumerate()) - before) and time.monotonic() < until:
        time.sleep(0.01)
    assert not left


@pytest.fixture
def stop() -> Iterator[StopToken]:
    """Also the way out when a read that should give something does not: Stopped fails the test, nothing hangs."""
    token = StopToken()
    timer = threading.Timer(PATIENCE_S, token.stop)
    timer.daemon = True
    timer.start()
    yield token
    token.stop()
    timer.cancel()
    timer.join()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def desk(clock: FakeClock) -> Iterator[FakeDevices]:
    desk = FakeDevices(clock)
    yield desk
    desk.release.set()


def frame(source: CameraSource) -> Frame:
    item = source.read()
    while isinstance(item, Notice):
        item = source.read()
    assert item is not None
    return item


def until_notice(source: CameraSource, text: str) -> tuple[Notice, list[int]]:
    """The notice with that text, and the numbers of the pictures that came before it."""
    numbers: list[int] = []
    while True:
        item = source.read()
        if isinstance(item, Frame):
            numbers.append(number_of(item.image))
        elif isinstance(item, Notice) and item.text == text:
            return item, numbers


# --- names and identities


def listed(index: int, name: str | None, path: str | None, usb: tuple[int, int] | None, backend: int) -> Any:
    vid, pid = usb or (None, None)
    return SimpleNamespace(index=index, name=name, path=path, vid=vid, pid=pid, backend=backend)


def on_linux(sysfs: Path, index: int, port: str | None, name: str, usb: tuple[int, int] | None) -> Any:
    """A V4L2 camera as the kernel shows it: /sys/class/video4linux/videoN/device -> .../port."""
    node = sysfs / f"video{index}"
    node.mkdir(parents=True)
    if port:
        device = sysfs / "devices" / f"{port}_{index}" / port
        device.mkdir(parents=True)
        (node / "device").symlink_to(device)
    return listed(index, name, f"/dev/video{index}", usb, cv2.CAP_V4L2)


def test_listing_is_quiet_and_never_raises(capfd: pytest.CaptureFixture[str]) -> None:
    cameras = list_cameras()
    assert len({camera.identity for camera in cameras}) == len(cameras)
    assert not any(camera.identity.isdecimal() for camera in cameras)
    assert capfd.readouterr() == ("", "")


@pytest.mark.skipif(sys.platform == "win32", reason="needs symbolic links, and is about Linux")
def test_identity_survives_a_new_index_and_tells_twins_apart(tmp_path: Path) -> None:
    usb = (0x046D, 0x082D)
    before = identify(
        [on_linux(tmp_path / "a", n, p, "C920", usb) for n, p in ((0, "1-2:1.0"), (2, "1-3:1.0"))], tmp_path / "a"
    )
    after = identify(
        [on_linux(tmp_path / "b", n, p, "C920", usb) for n, p in ((4, "1-3:1.0"), (7, "1-2:1.0"))], tmp_path / "b"
    )
    assert [(c.name, c.identity, c.index) for c in before] == [
        ("C920", "046d:082d@1-2:1.0", 0),
        ("C920 #2", "046d:082d@1-3:1.0", 2),
    ]
    assert {c.identity: c.index for c in after} == {"046d:082d@1-3:1.0": 4, "046d:082d@1-2:1.0": 7}


def test_cameras_that_nothing_tells_apart_are_numbered(tmp_path: Path) -> None:
    entries = [on_linux(tmp_path, n, None, "OBS Virtual Camera", None) for n in (10, 11)]
    assert [(c.name, c.identity) for c in identify(entries, tmp_path)] == [
        ("OBS Virtual Camera", "OBS Virtual Camera"),
        ("OBS Virtual Camera #2", "OBS Virtual Camera #2"),
    ]


def test_a_camera_in_two_windows_backends_is_listed_once() -> None:
    path = "\\\\?\\usb#vid_046d&pid_082d&mi_00#7&1A2B&0&0000#{%s}\\global"
    usb = (0x046D, 0x082D)
    cameras = identify(
        [
            listed(0, "C920", path % "e5323777", usb, cv2.CAP_MSMF),
            listed(0, "OBS Virtual Camera", None, None, cv2.CAP_DSHOW),
            listed(1, "C920", path % "65e8773d", usb, cv2.CAP_DSHOW),
        ]
    )
    assert [(c.name, c.backend, c.index) for c in cameras] == [
        ("C920", cv2.CAP_MSMF, 0),
        ("OBS Virtual Camera", cv2.CAP_DSHOW, 0),
    ]
    wanted, wish = parse_camera(f"camera:{cameras[0].identity}?size=2560x720")
    assert find_camera(cameras, wanted) == cameras[0]
    assert wish.size_wh == (2560, 720)


@pytest.mark.parametrize(
    ("item", "wanted", "size_wh", "fps"),
    [
        ("camera:0", "0", None, None),
        ("camera:HD Pro Webcam", "HD Pro Webcam", None, None),
        ("camera:Who?", "Who?", None, None),
        ("camera:046d:082d@1-2:1.0?fps=29.97", "046d:082d@1-2:1.0", None, 29.97),
        ("camera:카메라?size=2560x720&fps=60", "카메라", (2560, 720), 60.0),
    ],
)
def test_what_is_asked_of_a_camera(item: str, wanted: str, size_wh: tuple[int, int] | None, fps: float | None) -> None:
    assert parse_camera(item) == (wanted, CameraWish(size_wh, fps))


@pytest.mark.parametrize("wish", ["size=2560", "size=0x0", "fps=0", "fps=-3", "fps=nan", "gain=3", "size=1x1&fps=9"])
def test_a_wish_that_makes_no_sense_is_refused(wish: str) -> None:
    with pytest.raises(UserError, match="size=WIDTHxHEIGHT"):
        parse_camera(f"camera:0?{wish}")


@pytest.mark.parametrize("wanted", ["2", "hd pro webcam c920 #2", "046D:082D@1-3:1.0"])
def test_a_camera_is_found_by_index_name_and_identity(wanted: str) -> None:
    assert find_camera([OTHER, C920, TWIN], wanted) == TWIN


def test_a_part_of_the_name_is_enough_when_only_one_has_it() -> None:
    assert find_camera([OTHER, C920, TWIN], "integrated") == OTHER
    with pytest.raises(UserError, match=r"More than one.*C920 \(camera:0\), .*#2 \(camera:2\)"):
        find_camera([OTHER, C920, TWIN], "webcam")


@pytest.mark.parametrize("wanted", ["5", "Kinect", ""])
def test_an_unknown_camera_lists_what_is_there(wanted: str) -> None:
    with pytest.raises(UserError, match=r"Integrated Camera \(camera:0\)"):
        find_camera([OTHER, C920], wanted)


def test_no_camera_at_all(desk: FakeDevices) -> None:
    with pytest.raises(UserError, match=r"No camera was found: plug one in.*camera:0"):
        open_camera(("camera:0",), devices=desk)


def test_a_lost_camera_is_known_in_another_port_unless_that_is_somebody_else() -> None:
    moved = CameraInfo(C920.name, "046d:082d@2-1:1.0", 3, C920.backend)
    assert find_again([OTHER, moved], C920) == moved
    assert find_again([OTHER], C920) is None
    assert find_again([TWIN], C920, taken=[TWIN.identity]) is None
    assert find_again([TWIN, moved], C920, taken=[TWIN.identity]) == moved
    assert find_again([TWIN, moved], C920) is None


# --- modes


class UvcCamera:
    """A capture with modes: a size that it does not have becomes the nearest in area; wide ones need MJPG."""

    def __init__(self, *modes_wh: tuple[int, int], lies: bool = False) -> None:
        self._modes = modes_wh
        self._lies = lies
        self._asked = {cv2.CAP_PROP_FRAME_WIDTH: 640.0, cv2.CAP_PROP_FRAME_HEIGHT: 480.0}
        self._mjpg = False
        self.size_wh = (640, 480)

    def set(self, prop: int, value: float, /) -> bool:
        if prop == cv2.CAP_PROP_FOURCC:
            self._mjpg = int(value).to_bytes(4, "little") == b"MJPG"
        if prop in self._asked:
            self._asked[prop] = value
            width, height = self._asked.values()
            modes = [m for m in self._modes if self._mjpg or m[0] <= 1280]
            self.size_wh = min(modes, key=lambda m: (abs(m[0] * m[1] - width * height), -m[0]))
        return True

    def get(self, prop: int, /) -> float:
        if self._lies and prop in self._asked:
            return self._asked[prop]
        position = {cv2.CAP_PROP_FRAME_WIDTH: 0, cv2.CAP_PROP_FRAME_HEIGHT: 1}
        return float(self.size_wh[position[prop]]) if prop in position else 30.0

    def read(self) -> tuple[bool, Any]:
        return True, np.zeros((self.size_wh[1], self.size_wh[0], 3), np.uint8)


@pytest.mark.parametrize(
    ("modes", "wish", "granted"),
    [
        (((640, 480), (1280, 480), (2560, 720), (2560, 960)), CameraWish(), (2560, 960)),
        (((640, 480), (1280, 480), (2560, 720)), CameraWish(), (2560, 720)),
        (((640, 480), (1280, 480)), CameraWish(), (1280, 480)),
        (((640, 240), (2000, 500)), CameraWish(), (2000, 500)),  # a stereo mode that no list knows
        (((640, 480), (1280, 720), (1920, 1080), (3840, 2160)), CameraWish(), (1280, 720)),
        (((640, 480),), CameraWish(), (640, 480)),
        (((640, 480), (1280, 720), (2560, 720)), CameraWish(packed=False), (1280, 720)),
        (((640, 480), (1280, 480), (2560, 720)), CameraWish((1280, 480)), (1280, 480)),
        (((640, 480), (1280, 480)), CameraWish((1280, 500)), (1280, 480)),
    ],
)
def test_the_widest_stereo_mode_is_taken(
    modes: tuple[tuple[int, int], ...], wish: CameraWish, granted: tuple[int, int]
) -> None:
    camera = UvcCamera(*modes)
    assert settle_mode(camera, wish)
    assert camera.size_wh == granted


def test_a_driver_that_promises_a_size_and_sends_another_is_not_believed() -> None:
    camera = UvcCamera((640, 480), (1280, 720), (1920, 1080), lies=True)
    assert settle_mode(camera, CameraWish())
    assert camera.size_wh == (1280, 720)


def test_a_backend_that_scales_keeps_the_cameras_own_size() -> None:
    camera = UvcCamera((640, 480), (2560, 720))
    assert settle_mode(camera, CameraWish(), scales=True)
    assert camera.size_wh == (640, 480)


@pytest.mark.skipif(sys.platform != "linux", reason="V4L2")
def test_opencv_refuses_a_camera_that_is_not_there_in_one_sentence(capfd: pytest.CaptureFixture[str]) -> None:
    device = OpenCVDevice()
    with pytest.raises(UserError, match="has been unplugged: plug it in again: Ghost"):
        device.open(CameraInfo("Ghost", "0:0", 999, cv2.CAP_V4L2), CameraWish())
    assert device.read() is None
    device.close()
    device.close()
    assert capfd.readouterr() == ("", "")


# --- opening


def test_one_wide_camera_is_said_to_be_side_by_side(desk: FakeDevices, stop: StopToken) -> None:
    desk.plug(FakeCamera(C920, size_wh=(2560, 720), fps=30))
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    info = source.info
    assert (info.kind, info.title, info.identity) == (SourceKind.LIVE, C920.name, f"camera:{C920.identity}")
    assert (info.size_hw, info.fps, info.seekable, info.duration_s) == ((720, 2560), 30, False, None)
    assert info.hint is not None
    assert (info.hint.layout, info.hint.certain) == (Layout.SIDE_BY_SIDE, False)
    frames = [frame(source) for _ in range(5)]
    source.close()
    assert [f.seq for f in frames] == [0, 1, 2, 3, 4]
    assert frames[0].pts_s == 0
    for f in frames:
        assert f.pts_s == f.captured_at - frames[0].captured_at
        assert f.right is None
        assert f.image.shape == (720, 2560, 3)
    numbers = [number_of(f.image) for f in frames]
    assert numbers == sorted(set(numbers))
    # The picture's own time: the n-th comes n intervals after the camera was opened.
    assert [f.captured_at for f in frames] == pytest.approx([1000 + n / 30 for n in numbers])
    assert source.read() is None


def test_an_ordinary_camera_says_nothing_of_the_layout(desk: FakeDevices, stop: StopToken) -> None:
    desk.plug(FakeCamera(C920))
    source = open_camera(("camera:C920",), devices=desk, clock=desk.clock, stop=stop)
    source.close()
    assert source.info.hint is None


def test_the_size_is_read_from_the_picture_and_a_refused_wish_is_told(desk: FakeDevices, stop: StopToken) -> None:
    camera = FakeCamera(C920, size_wh=(1280, 480))
    desk.plug(camera)
    source = open_camera(("camera:0?size=2560x720&fps=60",), devices=desk, clock=desk.clock, stop=stop)
    assert camera.wishes[0] == CameraWish((2560, 720), 60)
    assert source.info.size_hw == (480, 1280)
    assert source.read() == Notice("The camera gives 1280x480, not 2560x720: HD Pro Webcam C920")
    source.close()


@pytest.mark.parametrize("why", ["Another program is using the camera", "This account may not use the camera"])
def test_a_camera_that_refuses_is_not_waited_for(desk: FakeDevices, stop: StopToken, why: str) -> None:
    camera = FakeCamera(C920, refuses=UserError(why + ": {camera}", camera="C920"))
    desk.plug(camera)
    with pytest.raises(UserError, match=why):
        open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    assert camera.closed == 1


def test_a_camera_that_opens_and_sends_nothing(desk: FakeDevices, stop: StopToken) -> None:
    camera = FakeCamera(C920, silent=True)
    desk.plug(camera)
    with pytest.raises(UserError, match="sends no picture: close other programs"):
        open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    assert camera.closed == 1


def test_a_driver_error_becomes_a_sentence_with_details(desk: FakeDevices, stop: StopToken) -> None:
    def broken(_number: int) -> Image:
        raise RuntimeError("0xC00D36B2")

    desk.plug(FakeCamera(C920, shows=broken))
    with pytest.raises(UserError, match="driver failed: unplug") as caught:
        open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    assert "0xC00D36B2" in caught.value.details


def test_both_eyes_cannot_be_one_camera(desk: FakeDevices) -> None:
    desk.plug(FakeCamera(C920))
    with pytest.raises(UserError, match="need two cameras"):
        open_camera(("camera:0", "camera:C920"), devices=desk)


def test_a_camera_cannot_be_wound(desk: FakeDevices, stop: StopToken) -> None:
    desk.plug(FakeCamera(C920))
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    with pytest.raises(UserError, match="cannot be wound"):
        source.seek(3.0)
    source.close()


# --- unplugged and back


@pytest.mark.parametrize("dead_handle", ["stale", "nothing", "error"])
@pytest.mark.parametrize("away_s", [1.2, 10.0, 3600.0])
def test_back_within_three_seconds_of_replugging(
    desk: FakeDevices, stop: StopToken, dead_handle: str, away_s: float
) -> None:
    camera = FakeCamera(C920, unplugged_gives=dead_handle)
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    seen = number_of(frame(source).image)
    unplugged_at = desk.clock.now() + 5.0
    desk.clock.at(unplugged_at, lambda: desk.unplug(camera))
    replugged_at = unplugged_at + away_s
    desk.clock.at(replugged_at - 1, lambda: desk.plug(FakeCamera(OTHER), index=0))  # takes the old index
    desk.clock.at(replugged_at, lambda: desk.plug(camera, index=2))
    gone, before = until_notice(source, GONE)
    before = [seen, *before]
    back, between = until_notice(source, BACK)
    after = frame(source)
    source.close()
    assert (gone.trouble, back.trouble) == (True, False)
    assert between == []
    assert before == sorted(set(before)), "a dead handle's old picture was handed out as new"
    assert [index for _moment, index in camera.opened] == [0, 2]
    assert number_of(after.image) > before[-1]
    assert replugged_at < after.captured_at
    assert camera.opened[1][0] + 1 / camera.fps - replugged_at <= 3.0, "the first new picture"
    assert after.seq == len(before)
    assert all(len(threads) == 1 for threads in camera.owners), "opened, read and closed by one thread"
    wait_until(lambda: camera.closed == 2)
    assert camera.wishes[1].size_wh == camera.size_wh, "it comes back in the mode it had"


def test_looking_for_a_camera_never_takes_three_seconds_and_a_refusing_one_is_tried_less_often() -> None:
    looks = [retry_delay_s(n, listed=False) for n in range(1, 200)]
    assert max(looks) <= 1.0
    assert retry_delay_s(10**6, listed=False) <= 1.0
    tries = [retry_delay_s(n, listed=True) for n in range(1, 200)]
    assert sum(tries[:5]) < 3.0
    assert tries == sorted(tries)
    assert tries[-1] == 5.0


def test_a_camera_that_is_back_but_taken_says_so_and_is_used_when_free(desk: FakeDevices, stop: StopToken) -> None:
    camera = FakeCamera(C920)
    desk.plug(camera)

    def back_but_taken() -> None:
        camera.refuses = UserError("Another program is using the camera: close it: {camera}", camera="C920")
        desk.plug(camera)

    desk.clock.at(1002.0, lambda: desk.unplug(camera))
    desk.clock.at(1010.0, back_but_taken)
    desk.clock.at(1060.0, lambda: setattr(camera, "refuses", None))
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    until_notice(source, GONE)
    until_notice(source, "Another program is using the camera: close it: C920")
    until_notice(source, BACK)
    source.close()
    assert 0 <= camera.opened[1][0] - 1060 <= 5
    assert len(camera.owners) < 25, "a camera that refuses is tried less and less often"


def test_a_camera_that_refused_before_it_was_pulled_out_again_starts_anew(desk: FakeDevices, stop: StopToken) -> None:
    camera = FakeCamera(C920)
    desk.plug(camera)
    desk.clock.at(1002.0, lambda: desk.unplug(camera))
    desk.clock.at(1009.0, lambda: setattr(camera, "refuses", UserError("Taken")))
    desk.clock.at(1010.0, lambda: desk.plug(camera))
    desk.clock.at(1100.0, lambda: desk.unplug(camera))
    desk.clock.at(1110.0, lambda: desk.plug(camera))
    desk.clock.at(1111.2, lambda: setattr(camera, "refuses", None))  # the system sets the permissions a bit late
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    until_notice(source, BACK)
    source.close()
    assert 1.2 <= camera.opened[1][0] - 1110 <= 3


def test_a_covered_lens_is_not_a_lost_camera(desk: FakeDevices, stop: StopToken) -> None:
    black = np.zeros((120, 160, 3), np.uint8)
    camera = FakeCamera(C920, shows=lambda n: picture(n) if n < 20 else black)
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    dark = 0
    while dark <= 10 or desk.clock.now() < 1030.0:
        item = source.read()
        assert isinstance(item, Frame), "black pictures are pictures"
        dark += not item.image.any()
    desk.unplug(camera)
    until_notice(source, GONE)
    source.close()


def test_a_frozen_picture_is_a_lost_camera_even_while_it_is_listed(desk: FakeDevices, stop: StopToken) -> None:
    camera = FakeCamera(C920)
    seen = threading.Event()
    frozen: list[int] = []

    def show(number: int) -> Image:
        if seen.is_set() and not frozen:
            frozen.append(number)
        return picture(frozen[0] if frozen and len(camera.opened) == 1 else number)

    camera.shows = show
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    for _ in range(5):
        frame(source)
    seen.set()
    _gone, before = until_notice(source, GONE)
    until_notice(source, BACK)
    assert number_of(frame(source).image) > frozen[0]
    source.close()
    assert all(number <= frozen[0] for number in before)
    frozen_at = 1000 + frozen[0] / camera.fps
    assert 2.0 <= camera.opened[1][0] - frozen_at <= 2.5


def test_one_hiccup_does_not_make_the_watchdog_patient(desk: FakeDevices, clock: FakeClock, stop: StopToken) -> None:
    camera = FakeCamera(C920)
    frozen_at: list[float] = []

    def show(number: int) -> Image:
        if number == 40:
            clock.advance(4.0)  # the driver sleeps, gives one picture, and freezes
            frozen_at.append(clock.now())
        return picture(min(number, 40) if len(camera.opened) == 1 else number)

    camera.shows = show
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=clock, stop=stop)
    while len(camera.opened) < 2:
        source.read()
    source.close()
    assert camera.opened[1][0] - frozen_at[0] <= 2.5


def test_a_test_card_is_doubted_once_and_then_believed(desk: FakeDevices, stop: StopToken) -> None:
    camera = FakeCamera(C920, shows=lambda _number: picture(1))
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    until_notice(source, GONE)
    until_notice(source, BACK)
    start = desk.clock.now()
    while desk.clock.now() < start + 20:
        assert isinstance(source.read(), Frame)
    source.close()
    assert len(camera.opened) == 2


# --- drivers that do not answer


def test_a_deaf_driver_is_given_up_and_another_thread_takes_over(
    desk: FakeDevices, clock: FakeClock, stop: StopToken
) -> None:
    camera = FakeCamera(C920, unplugged_gives="deaf")
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=clock, stop=stop)
    taken = 0
    while taken < 10:
        taken += isinstance(source.read(), Frame)
    desk.unplug(camera)
    wait_until(lambda: camera.deaf == 1)
    clock.advance(2.5)
    taken += len(until_notice(source, GONE)[1])
    assert len(camera.owners) == 1
    desk.plug(camera, index=5)
    clock.advance(3.0)
    taken += len(until_notice(source, BACK)[1])
    assert camera.opened[1][1] == 5
    assert camera.closed == 0, "nobody but its own thread closes a device"
    desk.release.set()
    while camera.closed == 0:
        item = source.read()
        assert isinstance(item, Frame)
        assert number_of(item.image) != LATE
        taken += 1
    source.close()
    wait_until(lambda: camera.closed == 2)
    assert taken + source.dropped <= camera.delivered, "the picture that came too late does not count"
    assert [len(threads) for threads in camera.owners] == [1, 1]


def test_threads_given_up_do_not_pile_up(desk: FakeDevices, clock: FakeClock, stop: StopToken) -> None:
    camera = FakeCamera(C920, unplugged_gives="deaf")
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=clock, stop=stop)

    def read_on() -> None:
        with contextlib.suppress(Stopped):
            while source.read() is not None:
                pass

    consumer = threading.Thread(target=read_on, daemon=True)
    consumer.start()
    for held in range(1, 5):
        wait_until(lambda: len(camera.opened) == held)  # noqa: B023
        desk.unplug(camera)  # every handle of before is deaf from here on
        desk.plug(camera)
        wait_until(lambda: camera.deaf == held)  # noqa: B023
        clock.advance(6.0)
    for _ in range(5):
        time.sleep(0.1)  # time enough for another thread, if there were to be one
        clock.advance(6.0)
    assert len(camera.opened) == 4
    assert sum(thread.name.startswith("camera:") for thread in threading.enumerate()) == 4, "three were given up"
    desk.release.set()
    delivered = camera.delivered
    wait_until(lambda: camera.delivered >= delivered + 10, "going on once the driver lets go")
    stop.stop()
    consumer.join()
    source.close()


def test_closing_does_not_wait_for_a_deaf_driver(desk: FakeDevices, clock: FakeClock, stop: StopToken) -> None:
    camera = FakeCamera(C920, unplugged_gives="deaf")
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=clock, stop=stop)
    desk.unplug(camera)
    wait_until(lambda: camera.deaf == 1)
    closer = threading.Thread(target=source.close, daemon=True)
    closer.start()
    closer.join(PATIENCE_S)
    assert not closer.is_alive()
    assert camera.closed == 0
    assert all(t.daemon for t in threading.enumerate() if t.name.startswith("camera:"))
    desk.release.set()
    assert source.read() is None


@pytest.mark.parametrize("dead_handle", ["stale", "nothing", "error"])
def test_pulled_out_while_closing(desk: FakeDevices, stop: StopToken, dead_handle: str) -> None:
    camera = FakeCamera(C920, unplugged_gives=dead_handle)
    desk.plug(camera)
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=stop)
    frame(source)
    desk.unplug(camera)  # from here on, closing the device raises
    source.close()
    source.close()
    wait_until(lambda: camera.closed == 1)


def test_the_stop_token_ends_a_read_that_waits_for_a_lost_camera(desk: FakeDevices) -> None:
    camera = FakeCamera(C920)
    desk.plug(camera)
    token = StopToken()
    source = open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=token)
    desk.unplug(camera)
    until_notice(source, GONE)
    timer = threading.Timer(0.2, token.stop)
    timer.start()
    with pytest.raises(Stopped):
        source.read()
    timer.join()
    source.close()


def test_the_stop_token_ends_opening(desk: FakeDevices) -> None:
    desk.plug(FakeCamera(C920))
    token = StopToken()
    token.stop()
    with pytest.raises(Stopped):
        open_camera(("camera:0",), devices=desk, clock=desk.clock, stop=token)


# --- two cameras, picture by picture


class Conducted:
    """Cameras whose every picture comes when the test says so, at the moment the test says."""

    def __init__(self, *cameras: CameraInfo) -> None:
        self._infos = list(cameras)
        self._moment = 100.0
        self.clock: Any = SimpleNamespace(now=lambda: self._moment, wait=lambda ended, timeout_s: ended.wait(0.001))
        self._pictures: dict[int, queue.Queue[Image | None]] = {c.index: queue.Queue() for c in cameras}
        self._asked = {camera.index: 0 for camera in cameras}
        self._given = {camera.index: 0 for camera in cameras}

    def cameras(self) -> list[CameraInfo]:
        return list(self._infos)

    def device(self) -> CameraDevice:
        return _ConductedDevice(self)

    def give(self, index: int, moment_s: float, number: int) -> None:
        """Hand over a picture, and come back when its reader is done with it and asks for the next."""
        self._moment = moment_s
        self._given[index] += 1
        self._pictures[index].put(picture(number))
        wait_until(lambda: self._asked[index] > self._given[index])

    def ask(self, index: int) -> Image | None:
        self._asked[index] += 1
        image = self._pictures[index].get()
        if image is None:  # the end is for every read that is still to come
            self._pictures[index].put(None)
        return image

    def end(self) -> None:
        for pictures in self._pictures.values():
            pictures.put(None)


class _ConductedDevice:
    def __init__(self, desk: Conducted) -> None:
        self._desk = desk
        self._index = -1

    def open(self, camera: CameraInfo, wish: CameraWish) -> float | None:
        assert not wish.packed or len(self._desk.cameras()) == 1
        self._index = camera.index
        return None

    def read(self) -> Image | None:
        return self._desk.ask(self._index)

    def close(self) -> None:
        pass


def opened(desk: Conducted, stop: StopToken, items: tuple[str, ...], first: Callable[[], None]) -> CameraSource:
    """Open while another thread gives the first pictures, which opening waits for."""
    giver = threading.Thread(target=first, daemon=True)
    giver.start()
    source = open_camera(items, devices=desk, clock=desk.clock, stop=stop)
    giver.join()
    return source


def test_two_cameras_at_different_rates_are_paired_nearest_in_time(stop: StopToken) -> None:
    left, right = OTHER, TWIN
    desk = Conducted(left, right)

    def first() -> None:
        desk.give(left.index, 100.000, 1000)
        desk.give(right.index, 100.005, 2005)

    source = opened(desk, stop, ("camera:Integrated", "camera:2"), first)
    assert source.info.hint is not None
    assert (source.info.hint.layout, source.info.hint.certain) == (Layout.SEPARATE, True)
    assert source.info.title == "Integrated Camera + HD Pro Webcam C920 #2"
    # Left at 30/s, right at 12.5/s: (milliseconds, eye), and the pair that is then decided.
    schedule: list[tuple[int, CameraInfo, tuple[int, int] | None]] = [
        (5, right, (0, 5)),
        (33, left, None),
        (67, left, None),
        (85, right, None),  # 67 is 18 behind: the next left one, at 100, will be nearer
        (100, left, (100, 85)),
        (133, left, None),
        (165, right, None),  # 133 is 32 behind
        (167, left, (167, 165)),
        (200, left, None),
        (233, left, None),
        (245, right, (233, 245)),  # 233 is 12 behind, the next at 267 would be 22 ahead
    ]
    for n, (moment_ms, eye, pair) in enumerate(schedule):
        if n > 0:
            desk.give(eye.index, 100 + moment_ms / 1000, (1000 if eye is left else 2000) + moment_ms)
        if pair is not None:
            both = frame(source)
            assert both.right is not None
            assert (number_of(both.image) - 1000, number_of(both.right) - 2000) == pair
            assert both.captured_at == pytest.approx(100 + pair[0] / 1000)
    assert source.dropped == 4  # the left ones at 33, 67, 133 and 200
    for n in range(1, 6):
        desk.give(left.index, 101 + n, n)
    closer = threading.Thread(target=source.close, daemon=True)
    closer.start()
    desk.end()
    closer.join()
    assert source.dropped == 9


def test_the_pair_is_the_nearest_of_all_that_wait() -> None:
    rng = np.random.default_rng(3)
    for _ in range(200):
        left = np.cumsum(rng.uniform(0.01, 0.05, 3)).tolist()
        right = np.cumsum(rng.uniform(0.01, 0.05, 3)).tolist()
        picked = choose_pair((left, right), (0.0, 0.0))
        assert picked is not None
        behind, other, b, o = (left, right, *picked) if left[-1] <= right[-1] else (right, left, *picked[::-1])
        assert b == 2
        assert abs(other[o] - behind[2]) == min(abs(t - behind[2]) for t in other)
    # More than half of the left one's 33 ms ahead: the next left one will be nearer. Less: it would be further away.
    assert choose_pair(([0.067], [0.085]), (0.033, 0.08)) is None
    assert choose_pair(([0.067], [0.079]), (0.033, 0.08)) == (0, 0)
    assert choose_pair(([0.033, 0.067, 0.1], [0.085]), (0.033, 0.08)) == (2, 0)
    assert choose_pair(([], [1.0]), (0.0, 0.0)) is None
    assert choose_pair(([1.0], []), (0.0, 0.0)) is None


def test_one_lost_camera_of_two_is_named_and_its_twin_is_not_taken_for_it(desk: FakeDevices, stop: StopToken) -> None:
    left, right = FakeCamera(C920), FakeCamera(TWIN)
    desk.plug(left)
    desk.plug(right)
    source = open_camera(("camera:0", "camera:2"), devices=desk, clock=desk.clock, stop=stop)
    frame(source)
    desk.unplug(left)
    until_notice(source, "The left camera stopped sending pictures. Waiting for it to come back.")
    start = desk.clock.now()
    while desk.clock.now() < start + 10:
        time.sleep(0.001)
    assert len(right.opened) == 1
    desk.plug(left, index=7)
    until_notice(source, "The left camera is back.")
    assert frame(source).right is not None
    source.close()
    assert [index for _moment, index in left.opened] == [0, 7]


def test_the_newest_picture_wins_and_every_dropped_one_is_counted(stop: StopToken) -> None:
    desk = Conducted(C920)
    source = opened(desk, stop, ("camera:0",), lambda: desk.give(0, 100.0, 1))
    assert number_of(frame(source).image) == 1
    for n in range(2, 8):
        desk.give(0, 100 + n / 10, n)
    newest = frame(source)
    assert (number_of(newest.image), newest.seq) == (7, 1)
    assert newest.pts_s == pytest.approx(0.7)
    assert source.dropped == 5
    desk.give(0, 101, 8)
    closer = threading.Thread(target=source.close, daemon=True)
    closer.start()
    desk.end()
    closer.join()
    assert source.dropped == 6  # 8 given = 2 handed out + 6 dropped
