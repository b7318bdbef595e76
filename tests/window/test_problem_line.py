"""The line under the address: what is said first, what stays, and what goes by itself."""

import pytest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.errors import UserError
from depthview.ui.problem_line import ProblemLine


@pytest.fixture
def around(qtbot: QtBot) -> QWidget:
    around = QWidget()
    qtbot.addWidget(around)
    around.resize(800, 400)
    around.show()
    return around


@pytest.fixture
def line(around: QWidget) -> ProblemLine:
    line = ProblemLine(around)
    line.float_over(around)
    return line


def test_what_long_work_made_stays_until_it_is_dismissed(line: ProblemLine) -> None:
    line.show_done("The movie is written", folder="/tmp")
    assert line.text == "The movie is written"
    assert line._show_file.isVisibleTo(line)
    line.show_news("Saved a.png")
    assert line.text == "Saved a.png"
    line.clear()
    assert line.text == "The movie is written", "something else was opened"
    line.show_problem(UserError("It broke"))
    assert line.text.startswith("It broke")
    line.show_problem(None)
    assert line.text == "The movie is written"
    line._dismiss()
    assert line.text == ""


def test_dismissing_a_problem_leaves_what_was_made(line: ProblemLine) -> None:
    line.show_done("The movie is written", folder="/tmp")
    line.show_problem(UserError("It broke"))
    line._dismiss()
    assert line.text == "The movie is written"
    line._dismiss()
    assert line.text == ""
