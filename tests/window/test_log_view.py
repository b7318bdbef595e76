"""The log of a job: its end is followed, and what is read stays where it is."""

import pytest
from PySide6.QtGui import QGuiApplication, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from depthview.ui.capture.log_view import LogView
from tests.window.driver import PATIENCE_MS, put_on_screen


def told(first: int, last: int) -> tuple[str, ...]:
    return tuple(f"2026-11-22 00:00:{n:02d} line {n}" for n in range(first, last))


@pytest.fixture
def view(dressed: QApplication, qtbot: QtBot) -> LogView:
    """As large as a pane."""
    view = LogView()
    qtbot.addWidget(view)
    view.resize(480, 240)
    put_on_screen(view)
    return view


def test_a_sentence_until_something_is_told(view: LogView) -> None:
    assert view.sentence.isVisible()
    assert view.sentence.text()
    view.show_lines(told(0, 2))
    assert not view.sentence.isVisible()
    assert view.text.toPlainText() == "\n".join(told(0, 2))
    view.show_lines(())
    assert view.sentence.isVisible()
    assert view.text.toPlainText() == ""


def test_the_end_is_followed_until_somebody_reads_further_up(view: LogView) -> None:
    view.show_lines(told(0, 80))
    bar = view.text.verticalScrollBar()
    assert bar.maximum() > 0
    assert bar.value() == bar.maximum()
    view.show_lines(told(0, 90))
    assert bar.value() == bar.maximum()
    bar.setValue(20)
    view.show_lines(told(10, 100))
    assert bar.value() == 20
    bar.setValue(bar.maximum())
    view.show_lines(told(90, 110))  # a long line leaves room for fewer
    assert bar.value() == bar.maximum()
    assert view.text.toPlainText() == "\n".join(told(0, 110))


def test_a_log_that_is_opened_late_shows_its_end(dressed: QApplication, qtbot: QtBot) -> None:
    view = LogView()
    qtbot.addWidget(view)
    view.show_lines(told(0, 80))
    view.resize(480, 240)
    put_on_screen(view)
    bar = view.text.verticalScrollBar()
    qtbot.waitUntil(lambda: bar.maximum() > 0 and bar.value() == bar.maximum(), timeout=PATIENCE_MS)
    view.resize(200, 120)
    qtbot.waitUntil(lambda: view.height() == 120 and bar.value() == bar.maximum(), timeout=PATIENCE_MS)


def test_another_log_takes_the_place(view: LogView) -> None:
    view.show_lines(told(0, 80))
    view.text.verticalScrollBar().setValue(3)
    view.show_lines(told(500, 560))
    assert view.text.toPlainText() == "\n".join(told(500, 560))
    assert view.text.verticalScrollBar().value() == view.text.verticalScrollBar().maximum()
    view.show_lines(told(500, 510))  # tried again: its log begins anew
    assert view.text.toPlainText() == "\n".join(told(500, 510))


def test_what_is_selected_stays_selected_and_is_copied(view: LogView) -> None:
    view.show_lines(told(0, 5))
    cursor = view.text.textCursor()
    cursor.setPosition(0)
    cursor.movePosition(QTextCursor.MoveOperation.EndOfBlock, QTextCursor.MoveMode.KeepAnchor)
    view.text.setTextCursor(cursor)
    view.show_lines(told(0, 9))
    assert view.text.textCursor().selectedText() == told(0, 1)[0]
    menu = view.menu()
    (copy,) = [action for action in menu.actions() if action.text() == "Copy"]
    copy.trigger()
    assert QGuiApplication.clipboard().text() == told(0, 1)[0]
    menu.close()


def test_without_a_selection_all_of_it_is_copied(view: LogView) -> None:
    view.show_lines(told(0, 5))
    menu = view.menu()
    (copy,) = [action for action in menu.actions() if action.text() == "Copy everything"]
    copy.trigger()
    assert QGuiApplication.clipboard().text() == "\n".join(told(0, 5))
    assert not view.text.textCursor().hasSelection()
    menu.close()


def test_it_is_read_and_not_written(view: LogView) -> None:
    view.show_lines(told(0, 2))
    QTest.keyClicks(view.text, "x")
    assert view.text.toPlainText() == "\n".join(told(0, 2))


def test_signs_of_markup_are_words_like_others(view: LogView) -> None:
    lines = ("<b>no</b> &amp;", "")
    view.show_lines(lines)
    assert view.text.toPlainText() == "\n".join(lines)
