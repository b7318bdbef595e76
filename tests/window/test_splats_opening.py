"""Splat scenes come into the window: by content, several at once, beside others; or with a sentence why not."""

from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from depthview.engine.cloud import PointCloud
from depthview.engine.resources import splat_sample
from depthview.engine.splats.scene import SplatScene
from depthview.ui.splats import loading
from tests.window.conftest import NewWindow
from tests.window.driver import Driver, drop, files
from tests.window.splats_driver import Ball, SplatsDriver, ball, write_ball, write_cloud
from tests.window.stereo_pictures import write_photo

__all__ = ["ball"]


@pytest.fixture
def splats(at: Driver) -> SplatsDriver:
    return SplatsDriver(at)


def test_a_dropped_scene_is_shown_where_scenes_are_shown(splats: SplatsDriver, ball: Path) -> None:
    window = splats.at.window
    assert window.place is window.live
    assert drop(window, files(ball), over=window.live.welcome)
    (item,) = splats.until_settled("ball.ply")
    assert window.place is window.splats
    assert window.pages.currentWidget() is splats.workspace
    assert window.windowTitle().startswith("ball.ply")
    assert (str(ball),) in window.preferences.recents
    assert isinstance(item.what, SplatScene)
    assert (len(item), item.what.degree) == (400, 1)
    assert splats.pane.splats is not None
    np.testing.assert_array_equal(splats.pane.splats.xyz, item.what.xyz)
    assert "400 splats" in window.status._figures.text()
    row = splats.inspector.scenes.list.rows[item.number]
    assert "400 splats · SH 1" in row._line.text()


def test_the_sample_is_one_click_away_and_no_recent_file(splats: SplatsDriver) -> None:
    window = splats.at.window
    splats.at.do("go_splats")
    assert window.pages.currentWidget() is window.splats.welcome
    button = window.splats.welcome.findChild(QPushButton, "primary")
    assert button is not None
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    (item,) = splats.until_settled(splat_sample().name)
    assert isinstance(item.what, SplatScene)
    assert item.what.degree == 1
    assert window.preferences.recents == ()


def test_content_decides_not_the_name(splats: SplatsDriver, ball: Path, tmp_path: Path) -> None:
    odd = tmp_path / "holiday.jpg"
    odd.write_bytes(ball.read_bytes())
    splats.at.open(odd)
    splats.until_settled("holiday.jpg")
    splats.at.until_said("Taken for a splat scene")


def test_a_wrong_guess_is_one_click_from_right(splats: SplatsDriver, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    write_photo(folder / "wall_1.png")
    (folder / "meta.json").write_text("{}")
    splats.at.open(folder)
    splats.at.until_said("pictures")
    window = splats.at.window
    assert window.place is window.splats
    assert "Traceback" not in splats.at.said
    splats.at.until(window.problem._remedy.isVisible, "the other place to be offered")
    QTest.mouseClick(window.problem._remedy, Qt.MouseButton.LeftButton)
    assert window.place is window.live
    splats.at.until_depth()


def test_several_stand_beside_one_another_and_never_in_one_another(splats: SplatsDriver, tmp_path: Path) -> None:
    paths = [write_ball(tmp_path / f"{name}.ply", Ball(seed=seed)) for seed, name in enumerate("abc")]
    items = splats.open(*paths)
    boxes = [item.world_box for item in items]
    for (_low, high), (low, _high) in pairwise(boxes):
        assert low[0] > high[0], "to the right of the one before"
        assert high[1] == pytest.approx(boxes[0][1][1], abs=0.2), "on the same ground"
    assert len(splats.world) == 1200


def test_another_file_takes_the_place_of_the_first_or_comes_beside_it(splats: SplatsDriver, tmp_path: Path) -> None:
    one, other, third = (write_ball(tmp_path / f"{name}.ply", Ball(seed=s)) for s, name in enumerate(("a", "b", "c")))
    splats.open(one)
    splats.open(other)
    splats.at.window.splats.open_each([(str(third),)], replaces=False)
    splats.until_settled("b.ply", "c.ply")
    assert splats.workspace.current is splats.items[1]


def test_a_plain_cloud_is_shown_as_a_cloud(splats: SplatsDriver, tmp_path: Path) -> None:
    (item,) = splats.open(write_cloud(tmp_path / "cloud.ply"))
    assert isinstance(item.what, PointCloud)
    splats.at.until(lambda: "60 points" in splats.at.window.status._figures.text(), "the figures")
    assert splats.pane.splats is None


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("cut.ply", None),
        ("letter.ply", b"Dear Sir or Madam,\n" * 40),
        ("empty.spz", b""),
        ("noise.sog", b"PK\x03\x04 and nothing more"),
        ("bare.glb", b"glTF\x02\x00\x00\x00\x0c\x00\x00\x00"),
    ],
)
def test_what_cannot_be_opened_is_told_in_a_sentence(
    splats: SplatsDriver, ball: Path, tmp_path: Path, name: str, content: bytes | None
) -> None:
    path = tmp_path / name
    path.write_bytes(ball.read_bytes()[:3000] if content is None else content)
    splats.at.open(path)
    said = splats.at.until_said(name)
    assert "Traceback" not in said
    window = splats.at.window
    assert window.place is window.splats
    assert window.pages.currentWidget() is window.splats.welcome, "which says what to do next"
    assert (str(path),) not in window.preferences.recents
    splats.open(ball)
    assert splats.at.said == ""


def test_what_fails_leaves_what_is_there(splats: SplatsDriver, ball: Path, tmp_path: Path) -> None:
    splats.open(ball)
    broken = tmp_path / "broken.ply"
    broken.write_bytes(ball.read_bytes()[:3000])
    splats.at.open(broken)
    splats.at.until_said("broken.ply")
    splats.until_settled("ball.ply")
    assert splats.pane.splats is not None


def test_what_is_too_large_for_the_machine_is_thinned_and_said(
    splats: SplatsDriver, ball: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A machine on which 50 kB are free."""
    monkeypatch.setattr(loading, "_free_bytes", lambda: 50_000)
    splats.at.open(ball)
    splats.at.until_said("too large for this machine")  # it is news, which goes by itself
    (item,) = splats.until_settled("ball.ply")
    assert 100 < len(item) < 400
    assert "too large" in splats.inspector.scenes.stand._facts.text()
    assert "400 splats in the file" in splats.inspector.scenes.stand._facts.text()


def test_an_address_is_told_to_be_downloaded_first(splats: SplatsDriver) -> None:
    splats.at.window.open_many(["https://example.invalid/scene.spz"])
    splats.at.until_said("download it first")


def test_what_was_open_lately_is_opened_again_from_the_menu(new_window: NewWindow, ball: Path) -> None:
    first = SplatsDriver(new_window())
    first.open(ball)
    first.at.close()
    second = SplatsDriver(new_window())
    second.at.do("go_splats")
    window = second.at.window
    assert window.pages.currentWidget() is window.splats.welcome
    window.menus.spec_chosen.emit((str(ball),))
    second.until_settled("ball.ply")


def test_taking_the_last_one_out_shows_the_first_page(splats: SplatsDriver, ball: Path) -> None:
    (item,) = splats.open(ball)
    QTest.mouseClick(splats.inspector.scenes.list.rows[item.number].close_button, Qt.MouseButton.LeftButton)
    window = splats.at.window
    splats.at.until(lambda: window.pages.currentWidget() is window.splats.welcome, "the first page")
    assert window.windowTitle() == "DepthView"
    splats.at.until(lambda: splats.pane.splats is None, "the memory to be free")


def test_closing_in_the_middle_of_reading_leaves_nothing(splats: SplatsDriver, tmp_path: Path) -> None:
    many = write_ball(tmp_path / "many.ply", Ball(count=60_000, degree=3))
    splats.at.window.open_many([str(many)] * 3)
    splats.at.until(lambda: splats.at.window.splats.workspace is not None, "the reading to begin")
    splats.at.close()
