"""From nothing to depth: the welcome page, the sample, dropping, pasting, typing, opening again."""

import time
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, Qt
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QMenu, QPushButton

from depthview.engine.live.settings import LiveSettings
from depthview.ui import actions
from tests.engine.web_server import Reply, web_server
from tests.window.conftest import NewWindow
from tests.window.driver import PATIENCE_MS, Driver, address, drop, files
from tests.window.stereo_pictures import SHIFT_PX, write_photo


def recents_menu(at: Driver) -> dict[str, QAction]:
    """What File > Open again offers."""
    menu = next(m for m in at.window.findChildren(QMenu) if m.title() == "Open again")
    menu.aboutToShow.emit()
    return {action.text(): action for action in menu.actions()}


def test_the_first_page_plays_the_sample_at_one_click(at: Driver) -> None:
    assert at.window.pages.currentWidget() is at.window.live.welcome
    play = at.window.live.welcome.findChild(QPushButton, "primary")
    assert play is not None
    QTest.mouseClick(play, Qt.MouseButton.LeftButton)

    view = at.until_depth()

    assert at.window.pages.currentWidget() is at.workspace
    assert view.depth.values.shape == (720, 1280)
    assert not view.rig.assumed, "the sample's camera is known"
    assert at.window.windowTitle().startswith("room_sbs.mp4")
    assert at.window.preferences.recents == (), "the sample is always at hand and needs no entry of its own"


def test_a_file_dropped_on_the_first_page_is_opened(at: Driver, photo: Path) -> None:
    assert drop(at.window, files(photo), over=at.window.live.welcome)
    at.until_depth()
    assert at.median_px() == pytest.approx(SHIFT_PX, abs=0.5)


@pytest.mark.parametrize("place", ["picture", "depth", "cloud", "inspector", "address"])
def test_a_file_can_be_dropped_anywhere_while_something_plays(playing: Driver, photo: Path, place: str) -> None:
    workspace = playing.workspace
    playing.until(lambda: workspace.viewport is not None, "the 3D pane")
    over = {
        "picture": workspace.panes.picture_view,
        "depth": workspace.panes.depth_view.image,
        "cloud": workspace.viewport,
        "inspector": workspace.inspector,
        "address": playing.window.address,
    }[place]
    assert over is not None

    assert drop(playing.window, files(photo), over=over)

    view = playing.until_view(lambda v: v.depth.pair.size_hw == (240, 320), "the photo's depth")
    assert float(np.nanmedian(view.depth.values)) == pytest.approx(SHIFT_PX, abs=0.5)


def test_two_dropped_files_are_the_two_eyes(at: Driver, tmp_path: Path) -> None:
    left = write_photo(tmp_path / "a left.png", 0, (240, 160))
    right = write_photo(tmp_path / "b right.png", 0, (240, 160))
    drop(at.window, files(left, right), over=at.window.live.welcome)
    view = at.until_depth()
    assert view.depth.pair.size_hw == (240, 320)
    assert at.status.layout == "separate"


def test_three_dropped_files_are_one_too_many_and_nothing_is_lost(playing: Driver, photo: Path) -> None:
    playing.window.open_many([str(photo)] * 3)
    assert playing.said.startswith("More than two files")
    assert playing.playback.phase == "playing"


def test_what_is_no_file_and_no_address_is_not_taken(at: Driver) -> None:
    mime = QMimeData()
    mime.setText("a shopping list")
    assert not drop(at.window, mime, over=at.window.live.welcome)


def test_a_dropped_link_is_asked_for_exactly_as_the_page_gave_it(at: Driver, photo: Path) -> None:
    path = "/a%20b/%EB%B0%A9.png"
    with web_server() as web:
        web.pages[path] = Reply(photo.read_bytes(), "image/png")
        drop(at.window, address(web.url(path) + "?sig=a%2Bb%2F%20c"), over=at.window.live.welcome)
        at.until_depth()
        assert web.requests[0].query == "sig=a%2Bb%2F%20c"


def test_ctrl_v_opens_the_address_on_the_clipboard(at: Driver, photo: Path) -> None:
    with web_server() as web:
        web.pages["/wall.png"] = Reply(photo.read_bytes(), "image/png")
        QGuiApplication.clipboard().setText(f"  {web.url('/wall.png')}\n")
        at.window.live.welcome.setFocus()
        at.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
        at.until_depth()
    assert at.median_px() == pytest.approx(SHIFT_PX, abs=0.5)


def test_ctrl_v_in_the_address_line_only_pastes(at: Driver) -> None:
    QGuiApplication.clipboard().setText("http://127.0.0.1/never-asked")
    at.window.address.focus()
    at.until(at.window.address.line.hasFocus, "the address line has the keyboard")
    at.press(Qt.Key.Key_V, Qt.KeyboardModifier.ControlModifier)
    assert at.window.address.line.text() == "http://127.0.0.1/never-asked"
    assert at.window.live.workspace is None


def test_pasting_what_is_no_address_says_so(at: Driver) -> None:
    QGuiApplication.clipboard().setText("no address at all")
    at.do("paste")
    assert at.said.startswith("The clipboard holds no address")


def test_an_address_is_typed_and_entered(at: Driver, photo: Path) -> None:
    at.window.address.focus()
    QTest.keyClicks(at.window.address.line, str(photo))
    at.press(Qt.Key.Key_Return)
    at.until_depth()


def test_typing_into_the_address_line_presses_no_shortcuts(playing: Driver) -> None:
    playing.window.address.focus()
    QTest.keyClicks(playing.window.address.line, "S L I 1 2 3 , .")
    assert playing.window.address.line.text() == "S L I 1 2 3 , ."
    assert playing.playback.phase == "playing"
    assert not playing.status.swap


def test_a_folder_of_photos_plays_as_a_sequence(at: Driver, tmp_path: Path) -> None:
    folder = tmp_path / "walls"
    folder.mkdir()
    for number in range(3):
        write_photo(folder / f"wall {number}_sbs.png", 8 + number)
    drop(at.window, files(folder), over=at.window.live.welcome)
    at.until_depth()
    at.until(at.window.actions_by_name["play"].isEnabled, "playing to be offered")


def test_korean_and_space_laden_paths_are_opened_and_shown(at: Driver, tmp_path: Path) -> None:
    folder = tmp_path / "거실 사진 (최종)"
    folder.mkdir()
    path = write_photo(folder / "왼쪽 오른쪽 3.5 m.png")
    at.open(path)
    at.until_depth()
    assert "왼쪽 오른쪽 3.5 m.png" in at.window.windowTitle()
    assert at.window.address.line.text() == str(path)


def test_what_was_open_lately_is_offered_and_what_is_gone_is_greyed(
    new_window: NewWindow, photo: Path, tmp_path: Path
) -> None:
    gone = write_photo(tmp_path / "gone.png")
    first = new_window()
    for path in (gone, photo):
        first.open(path)
        first.until_depth()
        first.until(lambda p=path: (str(p),) in first.window.preferences.recents, "the file to be noted")
    first.close()
    gone.unlink()

    second = new_window()
    entries = recents_menu(second)
    assert list(entries) == ["wall.png", "gone.png"], "newest first"
    assert entries["wall.png"].isEnabled()
    assert not entries["gone.png"].isEnabled()
    buttons = {b.text(): b for b in second.window.live.welcome.findChildren(QPushButton)}
    assert not buttons["gone.png"].isEnabled()

    buttons["wall.png"].click()
    second.until_depth()
    assert second.median_px() == pytest.approx(SHIFT_PX, abs=0.5)


def test_a_relative_path_is_found_again_from_elsewhere(
    new_window: NewWindow, photo: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(photo.parent)
    first = new_window()
    first.open(photo.name)
    first.until(lambda: len(first.window.preferences.recents) == 1, "the file to be noted")
    first.close()

    monkeypatch.chdir("/")
    second = new_window()
    assert recents_menu(second)["wall.png"].isEnabled()


def test_another_source_takes_the_place_of_the_first_at_once(playing: Driver, photo: Path) -> None:
    playing.open(photo)
    assert playing.workspace.view is None, "the sample's depth must not be exported under the photo's name"
    view = playing.until_depth()
    assert view.depth.pair.size_hw == (240, 320)


def test_a_picture_that_comes_while_another_source_is_being_opened_is_not_taken_for_its_own(
    playing: Driver, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = playing.workspace
    views, show_settings = workspace.presenter.views, workspace.inspector.show_settings

    def meanwhile(settings: LiveSettings) -> None:
        """What opening does takes long, and the film goes on all the while."""
        begun = time.perf_counter()
        view = views.take(PATIENCE_MS / 1000)
        while view is not None and view.depth.pair.captured_at < begun:
            view = views.take(PATIENCE_MS / 1000)
        assert view is not None
        views.put(view)
        show_settings(settings)

    with monkeypatch.context() as patch:
        patch.setattr(workspace.inspector, "show_settings", meanwhile)
        playing.open(photo)
    workspace._pull()
    assert workspace.view is None, "the sample's picture is not the photo's"
    assert playing.until_depth().depth.pair.size_hw == (240, 320)


def test_f1_lists_every_key(at: Driver) -> None:
    at.press(Qt.Key.Key_F1)
    sheet = at.window.findChild(QDialog)
    assert sheet is not None
    assert sheet.isVisible()
    words = {label.text() for label in sheet.findChildren(QLabel)}
    for spec in actions.ACTIONS:
        if spec.shortcut:
            assert at.window.actions_by_name[spec.name].shortcut().toString() in words
    QTest.keyClick(sheet, Qt.Key.Key_Escape)
    at.until(lambda: not at.window.findChildren(QDialog), "the sheet to go")


def test_a_picture_that_is_seen_before_it_is_recognised_is_shown(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    at.workspace._status_timer.stop()  # whoever looks at the status first recognises the source: now it is the view
    at.open(photo)
    at.until_depth()
