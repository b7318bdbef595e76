"""The inspector's number fields, typed into as a person does."""

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from depthview.ui.parts.sections import Number


@pytest.mark.parametrize("typed", ["", "any"])
def test_a_number_is_unset_by_emptying_it_or_by_its_word(qtbot: QtBot, typed: str) -> None:
    field = Number(lowest=0.1, highest=100, step=0.5, decimals=1, suffix=" m", unset="any")
    qtbot.addWidget(field)
    field.show()
    field.setValue(3.0)
    heard: list[object] = []
    field.changed.connect(heard.append)
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClicks(field, typed)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.number is None
    assert heard == [None]
    assert field.text() == "any"


def test_a_number_that_is_always_set_cannot_be_emptied(qtbot: QtBot) -> None:
    field = Number(lowest=-10, highest=10, step=1, decimals=1, suffix=" px")
    qtbot.addWidget(field)
    field.show()
    field.setValue(3.0)
    field.selectAll()
    QTest.keyClick(field, Qt.Key.Key_Delete)
    QTest.keyClick(field, Qt.Key.Key_Return)
    assert field.number == 3.0
