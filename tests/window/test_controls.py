"""Keys, fields and names: what a keyboard and a screen reader meet."""

from pathlib import Path

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QIcon
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPlainTextEdit, QPushButton, QToolButton, QWidget

from depthview.engine.estimators.base import Selection
from depthview.engine.live.settings import LiveSettings
from depthview.ui import settings, theme
from depthview.ui.live.inspector import Inspector
from depthview.ui.parts.sections import Choice
from tests.window.conftest import NewWindow
from tests.window.driver import Driver, pixels
from tests.window.stereo_pictures import write_photo


def test_space_presses_the_button_that_has_the_keyboard_and_plays_elsewhere(still: Driver) -> None:
    swap = still.workspace.inspector.source.swap
    swap.setFocus()
    before = swap.isChecked()
    QTest.keyClick(swap, Qt.Key.Key_Space)
    assert swap.isChecked() is not before
    assert still.playback.phase == "paused"
    still.workspace.setFocus()
    still.press(Qt.Key.Key_Space)
    still.until(lambda: still.playback.phase != "paused", "the film to play")


def test_a_button_that_was_clicked_leaves_space_to_the_player(still: Driver) -> None:
    still.workspace.setFocus()
    QTest.mouseClick(still.workspace.inspector.lock, Qt.MouseButton.LeftButton)
    assert QApplication.focusWidget() is not still.workspace.inspector.lock


def test_the_icon_of_a_button_that_is_on_is_seen_on_it(still: Driver) -> None:
    swap = still.workspace.inspector.source.swap
    swap.setChecked(True)
    shown = swap.grab().toImage()
    paper = shown.pixelColor(8, shown.height() // 2)
    assert paper == QColor(theme.ACCENT)
    drawn = pixels(swap.icon().pixmap(QSize(16, 16), QIcon.Mode.Normal, QIcon.State.On).toImage()).reshape(-1, 3)
    assert np.abs(drawn.astype(int) - paper.getRgb()[:3]).max() > 100, "not of the colour that it lies on"
    assert (drawn > 200).all(axis=1).any()


def test_figures_that_grow_are_not_cut_off(still: Driver) -> None:
    status = still.window.status
    status.say("9.9 in", "DepthView stereo   CPU")
    still.until(lambda: status._provider.width() >= status._provider.sizeHint().width(), "the line to be laid out")
    status.say("25.0 in   20.0 out   4321 dropped   latency 1078 ms", "DepthView stereo   CPU")
    assert status._figures.width() >= status._figures.sizeHint().width(), "before it is laid out anew"


def test_only_steps_and_jumps_repeat_while_a_key_is_held(at: Driver) -> None:
    repeating = {name for name, action in at.window.actions_by_name.items() if action.autoRepeat()}
    assert repeating == {"step_back", "step_on", "jump_back", "jump_on"}


def test_a_choice_never_shows_what_is_not_chosen(at: Driver) -> None:
    box = Choice(at.window)
    box.offer([("one", 1), ("two", 2)], 2)
    assert box.currentText() == "two"
    box.select(3)
    assert box.currentIndex() == -1


def test_the_selected_model_is_named_before_the_models_are_read(at: Driver) -> None:
    inspector = Inspector(at.window)
    inspector.show_settings(LiveSettings(Selection("my model", None, None)))
    assert inspector.models.model.currentText() == "my model"
    inspector.show_settings(LiveSettings())
    assert inspector.models.model.currentText() == "DepthView stereo"
    assert "my model" not in at.entries(inspector.models.model)


def test_the_view_menu_follows_the_panes_own_choice(still: Driver) -> None:
    still.choose(still.workspace.panes.picture_mode, "anaglyph")
    assert still.window.actions_by_name["show_anaglyph"].isChecked()
    assert not still.window.actions_by_name["show_left"].isChecked()
    still.do("show_right")
    assert still.workspace.panes.picture_mode.currentText() == "right eye"


def test_a_picture_chosen_before_anything_is_open_is_shown(at: Driver, clip: Path) -> None:
    at.do("show_overlay")
    at.open(clip)
    assert at.workspace.panes.picture_mode.currentText() == "overlay"


def test_a_number_can_be_typed_where_a_word_stands(still: Driver) -> None:
    field = still.workspace.inspector.max_distance
    assert field.text() == "any"
    QTest.mouseClick(field.lineEdit(), Qt.MouseButton.LeftButton)
    still.until(lambda: field.lineEdit().selectedText() == "any", "the word to be selected")
    QTest.keyClicks(field.lineEdit(), "7.5")
    QTest.keyClick(field.lineEdit(), Qt.Key.Key_Return)
    assert still.workspace.look.max_distance_m == 7.5
    still.workspace.setFocus()
    QTest.mouseClick(field.lineEdit(), Qt.MouseButton.LeftButton)
    still.until(lambda: field.lineEdit().selectedText() == "7.5", "the number to be selected")


def test_what_stands_on_the_screen_has_a_name_and_says_what_it_is(still: Driver) -> None:
    panes = still.workspace.panes
    assert panes.picture_view.accessibleName() == "Picture"
    assert panes.depth_view.image.accessibleName() == "Depth in colour"
    problem = still.window.problem
    labels = still.window.status.findChildren(QLabel)
    named: list[QWidget] = [*labels, *problem.findChildren(QPlainTextEdit), *problem.findChildren(QToolButton)]
    spoken: list[QWidget] = [*named, *problem.findChildren(QPushButton)]
    assert len(spoken) >= 5
    assert [widget for widget in named if not widget.accessibleName()] == []
    # A button without words is not on the screen: what it will do, and how, it says when there is something to do.
    assert [widget for widget in spoken if not widget.toolTip() and widget.property("text") != ""] == []


def test_an_ampersand_in_a_name_stands_as_it_is(new_window: NewWindow, tmp_path: Path) -> None:
    path = write_photo(tmp_path / "you & me.png")
    settings.save(settings.Preferences(recents=((str(path),),)))
    at = new_window()
    assert "you && me.png" in [b.text() for b in at.window.live.welcome.findChildren(QPushButton)]
