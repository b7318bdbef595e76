"""The wheel over the inspector scrolls it, and changes nothing that it rolls past."""

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from tests.window.driver import Driver


def is_left_to_others(over: QWidget) -> bool:
    """Whether a notch of the wheel over a field is none of its business: Qt then rolls what lies around it."""
    at = QPointF(over.rect().center())
    event = QWheelEvent(
        at,
        QPointF(over.mapToGlobal(at.toPoint())),
        QPoint(),
        QPoint(0, -120),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(over, event)
    return not event.isAccepted()


@pytest.mark.parametrize("field", ["layout", "colours", "distance", "confidence"])
def test_what_is_rolled_past_stays_as_it_is(still: Driver, field: str) -> None:
    inspector = still.workspace.inspector
    over = {
        "colours": inspector.colour_map,
        "layout": inspector.source.layout_choice,
        "distance": inspector.max_distance,
        "confidence": inspector.confidence.slider,
    }[field]
    over.setEnabled(True)
    inspector.confidence.setEnabled(True)  # not of this model
    settings, look = still.workspace.session.settings, still.workspace.look
    assert is_left_to_others(over)
    assert still.workspace.session.settings == settings
    assert still.workspace.look == look


def test_a_number_that_somebody_works_in_is_turned_by_the_wheel(still: Driver) -> None:
    distance = still.workspace.inspector.max_distance
    distance.setFocus()
    still.until(distance.hasFocus, "the keyboard to be there")
    distance.setValue(5.0)
    assert not is_left_to_others(distance)
    assert still.workspace.look.max_distance_m == 4.5
