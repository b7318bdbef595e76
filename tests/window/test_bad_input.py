"""What is broken, hostile or away: one plain sentence in the window, and the next good file plays."""

import os
import socket
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QPlainTextEdit, QPushButton

from depthview.engine.errors import UserError
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import Disparity, Layout, Meaning, StereoPair
from tests.engine.web_server import Reply, web_server
from tests.window.driver import PATIENCE_MS, Driver
from tests.window.stereo_pictures import SHIFT_PX, write_photo

TECHNICAL = ("Traceback", "Error(", "Exception", "errno", "Errno", "\n", ".py", "0x")


def png(width: int, height: int, rows: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


BAD_FILES: dict[str, tuple[str, bytes]] = {
    "random bytes as .png": ("noise.png", bytes(np.random.default_rng(3).integers(0, 256, 5000, np.uint8))),
    "random bytes as .mp4": ("noise.mp4", bytes(np.random.default_rng(4).integers(0, 256, 5000, np.uint8))),
    "empty": ("nothing.png", b""),
    "text as .mp4": ("notes.mp4", b"Buy milk.\nCall Grandmother.\n" * 20),
    "half a png": ("half.png", png(64, 32, b"\0" * 32 * 193)[:60]),
    "1x1": ("dot.png", png(1, 1, b"\0\xff\0\0")),
    "30 000 x 30 000 in the header": ("giant.png", png(30_000, 30_000, b"\0" * 100)),
    "korean name": ("깨진 사진 (1).png", b"\x89PNG\r\n\x1a\n broken"),
}


def expect_one_sentence(at: Driver, about: str) -> None:
    """The line says one plain sentence that names `about`."""
    said = at.until_said(about)
    for word in TECHNICAL:
        assert word not in said.replace(about, ""), f"{word!r} is no word for a person: {said}"
    assert len(said.replace(about, "")) < 220


def expect_it_goes_on(at: Driver, good: Path) -> None:
    at.open(good)
    # What is bad may have been taken for one eye: its model serves until the other is ready.
    at.until_view(lambda v: v.depth.meaning is Meaning.DISPARITY, "depth of two eyes")
    assert at.median_px() == pytest.approx(SHIFT_PX, abs=0.5)
    assert at.said == ""


@pytest.mark.parametrize("kind", list(BAD_FILES))
def test_a_bad_file_is_one_sentence_and_the_next_good_one_plays(
    at: Driver, tmp_path: Path, kind: str, photo: Path
) -> None:
    name, data = BAD_FILES[kind]
    path = tmp_path / name
    path.write_bytes(data)
    at.open(path)
    expect_one_sentence(at, str(path) if kind != "1x1" else "too small")
    assert at.workspace.view is None
    assert not at.window.actions_by_name["export_cloud"].isEnabled()
    expect_it_goes_on(at, photo)


def test_a_bad_file_while_a_good_one_plays_takes_its_picture_away(playing: Driver, tmp_path: Path, photo: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    playing.open(path)
    expect_one_sentence(playing, str(path))
    playing.until(lambda: playing.workspace.panes.picture_view._item.image is None, "the sample's picture to go")
    playing.until(lambda: not playing.window.actions_by_name["export_cloud"].isEnabled(), "no export of the sample")
    expect_it_goes_on(playing, photo)


def test_a_file_that_is_not_there(at: Driver, tmp_path: Path, photo: Path) -> None:
    path = tmp_path / "not there.mp4"
    at.open(path)
    expect_one_sentence(at, str(path))
    expect_it_goes_on(at, photo)


@pytest.mark.parametrize("text", ["x" * 6000, "a\0b", "ftp://127.0.0.1/film.mp4", "http://", "camera:no such camera"])
def test_nonsense_in_the_address_line(at: Driver, text: str, photo: Path) -> None:
    at.window.open_many([text])
    at.until(lambda: at.said != "", "a sentence")
    assert "Traceback" not in at.said
    expect_it_goes_on(at, photo)


def test_a_name_that_is_no_text(at: Driver, tmp_path: Path, photo: Path) -> None:
    """Linux allows any bytes in a name; such a file opens, is remembered or not, but never breaks the window."""
    try:
        path = write_photo(tmp_path / "good.png").rename(tmp_path / os.fsdecode(b"caf\xe9.png"))
    except OSError:
        pytest.skip("this file system takes no such names")
    at.open(path)
    at.until(lambda: at.said != "" or at.workspace.view is not None, "an answer")
    expect_it_goes_on(at, photo)
    at.close()
    assert not at.window.isVisible()


def test_an_address_where_nobody_listens(at: Driver, photo: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/film.mp4"
        at.open(url)
        expect_one_sentence(at, url)
    expect_it_goes_on(at, photo)


@pytest.mark.parametrize("status", [403, 404, 500])
def test_an_address_that_refuses(at: Driver, status: int, photo: Path) -> None:
    with web_server() as web:
        web.pages["/film.mp4"] = Reply(b"no", "text/plain", status)
        at.open(web.url("/film.mp4"))
        expect_one_sentence(at, web.url("/film.mp4"))
    expect_it_goes_on(at, photo)


def test_a_folder_that_may_not_be_read(at: Driver, tmp_path: Path, photo: Path) -> None:
    if not hasattr(os, "geteuid") or os.geteuid() == 0:
        pytest.skip("root may read every folder; test_a_folder_that_may_not_be_read_as_another_user does this for root")
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o000)
    try:
        at.open(folder)
        expect_one_sentence(at, str(folder))
    finally:
        folder.chmod(0o700)
    expect_it_goes_on(at, photo)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root can become another user")
def test_a_folder_that_may_not_be_read_as_another_user(tmp_path: Path) -> None:
    """Root may read everything, so a child process gives its rights up and asks the same question."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o000)
    script = (
        "import os, sys\n"
        "from depthview.engine.errors import UserError\n"
        "from depthview.engine.sources import open_source\n"
        "import depthview.engine.sources.folder\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "try:\n    open_source(sys.argv[1])\n"
        "except UserError as error:\n    print(error)\n"
    )
    for parent in (tmp_path, *list(tmp_path.parents)[:2]):
        parent.chmod(0o755)
    done = subprocess.run(
        [sys.executable, "-c", script, str(folder)],
        capture_output=True,
        text=True,
        cwd=Path(__file__).parents[2],
        timeout=60,
        check=False,
    )
    said = done.stdout.strip()
    assert said.endswith(str(folder)), done.stderr
    assert "permission" in said.lower() or "may not" in said.lower()


def test_one_eye_only_says_so_and_another_layout_helps(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    at.choose(at.workspace.inspector.source.layout_choice, "one eye only")
    model = at.workspace.inspector.models.model
    at.until(lambda: model.currentData() == "dv-mono", "the model for one eye to be selected")
    assert at.workspace.session.settings.layout is Layout.MONO, "itself, not Qt's text of it"
    at.choose(model, "Semi-global matching")
    at.until_said("This picture shows one eye only")
    said = at.said
    at.until_view(lambda v: not v.has_depth, "depth that is not known to go")
    assert at.view.depth.pair.size_hw == (240, 2 * 320), "the whole picture, there to be seen"
    assert at.workspace.panes.picture_view._item.image is not None
    at.until(lambda: not at.window.actions_by_name["export_cloud"].isEnabled(), "no export of nothing")
    at.choose(at.workspace.inspector.source.layout_choice, "side by side")
    at.until(lambda: at.said == "", f"{said!r} to go")
    at.until_view(lambda v: v.has_depth, "depth to come back")
    assert at.median_px() == pytest.approx(SHIFT_PX, abs=0.5)


def test_depth_that_cannot_be_drawn_is_told(playing: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_arguments: object, **_named: object) -> None:
        raise ValueError("no colours")

    with monkeypatch.context() as broken:
        broken.setattr("depthview.engine.live.presenter.colourise", fail)
        playing.until_said("could not be drawn")
    playing.until(lambda: playing.said == "", "the sentence to go")


@pytest.fixture
def failing(playing: Driver, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Makes the running method fail on every frame from now on."""

    def fail(self: SemiGlobalEstimator, pair: StereoPair) -> Disparity:
        raise UserError("The model failed on this picture: choose another one.", details=f"frame {pair.seq}")

    return lambda: monkeypatch.setattr(SemiGlobalEstimator, "estimate", fail)


def test_details_stay_open_though_every_frame_fails_anew(playing: Driver, failing: Callable[[], None]) -> None:
    failing()
    playing.until_said("The model failed")
    more = next(b for b in playing.window.problem.findChildren(QPushButton) if b.text() == "Details")
    details = playing.window.problem.findChild(QPlainTextEdit)
    assert details is not None
    more.click()
    failed_in = playing.status.telemetry.drops
    playing.until(lambda: playing.status.telemetry.drops > failed_in + 8, "more frames to fail")
    with playing.qtbot.waitSignals([playing.workspace.status_changed] * 2, timeout=PATIENCE_MS):
        pass
    assert details.isVisible()
    assert details.toPlainText().startswith("frame ")


def test_a_dismissed_problem_stays_away_though_every_frame_fails_anew(
    playing: Driver, failing: Callable[[], None]
) -> None:
    failing()
    playing.until_said("The model failed")
    dismiss = next(b for b in playing.window.problem.children() if getattr(b, "toolTip", str)() == "Dismiss")
    dismiss.click()
    failed_in = playing.status.telemetry.drops
    playing.until(lambda: playing.status.telemetry.drops > failed_in + 8, "more frames to fail")
    with playing.qtbot.waitSignals([playing.workspace.status_changed] * 2, timeout=PATIENCE_MS):
        pass
    assert playing.said == ""


def test_what_the_person_did_is_answered_though_something_is_broken(at: Driver, tmp_path: Path) -> None:
    path = tmp_path / "empty.mp4"
    path.touch()
    at.open(path)
    at.until_said("empty")
    bad = tmp_path / "bad.onnx"
    bad.write_text("no")
    at.open(bad)
    at.until_said("This is not an ONNX model")
    with at.qtbot.waitSignals([at.workspace.status_changed] * 2, timeout=PATIENCE_MS):
        pass
    assert at.said.startswith("This is not an ONNX model")
    more = next(b for b in at.window.problem.findChildren(QPushButton) if b.text() == "Details")
    assert more.isVisible()


def test_damage_in_the_middle_of_a_film_is_told_and_the_film_goes_on(
    at: Driver, sample_clip: Path, tmp_path: Path
) -> None:
    data = bytearray(sample_clip.read_bytes())
    middle = len(data) // 2
    data[middle : middle + 4000] = bytes(np.random.default_rng(5).integers(0, 256, 4000, np.uint8))
    path = tmp_path / "damaged.mp4"
    path.write_bytes(bytes(data))
    at.open(path)
    at.until_depth()
    at.choose(at.workspace.transport.speed, "4×")
    at.until(lambda: at.said != "", "the word that something was skipped")
    at.until(lambda: at.playback.position_s > 3.5, "the end of the film")
    assert at.playback.phase != "failed"
