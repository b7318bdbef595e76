"""How far apart other eyes are to be, and how both become one picture."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QWidget

from depthview.engine.stereo.views.eyes_format import EyesFormat
from depthview.engine.stereo.views.rerender import EyesChoice
from depthview.ui.parts.sections import Choice, Number

_FARTHEST_SHARE = 4.0
"""Of the distance of the eyes that took it. Farther apart, more is guessed than was seen."""
_DISTANCE_PX = 84


class EyesFields(QWidget):
    """`changed` when a person turns something; `choice` is what is asked for then."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.distance = Number(lowest=0.0, highest=_FARTHEST_SHARE, step=0.25, decimals=2, suffix=" ×")
        self.distance.setFixedWidth(_DISTANCE_PX)
        self.distance.setToolTip(self.tr("Distance of the new eyes: 1 × as taken, 2 × twice as far apart"))
        self.distance.setAccessibleName(self.tr("Distance of the new eyes"))
        self.format = Choice(self)
        self.format.offer(
            [
                (self.tr("side by side"), EyesFormat.SIDE_BY_SIDE),
                (self.tr("side by side, half"), EyesFormat.HALF_SIDE_BY_SIDE),
                (self.tr("cross-eye"), EyesFormat.CROSS_EYE),
                (self.tr("over-under"), EyesFormat.OVER_UNDER),
                (self.tr("over-under, half"), EyesFormat.HALF_OVER_UNDER),
                (self.tr("red-cyan"), EyesFormat.ANAGLYPH),
                (self.tr("red-cyan, least ghosts"), EyesFormat.ANAGLYPH_DUBOIS),
            ],
            EyesFormat.SIDE_BY_SIDE,
        )
        self.format.setToolTip(self.tr("How both eyes become one picture"))
        self.format.setAccessibleName(self.tr("How both eyes become one picture"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.distance)
        row.addWidget(self.format, 1)
        self.show_choice(EyesChoice(1.5))
        self.distance.changed.connect(lambda _share: self.changed.emit())
        self.format.chosen.connect(lambda _format: self.changed.emit())

    @property
    def choice(self) -> EyesChoice:
        """What is asked for."""
        return EyesChoice(self.distance.value(), None, EyesFormat(self.format.currentData()))

    def show_choice(self, choice: EyesChoice) -> None:
        """Show `choice` without emitting."""
        self.distance.show_number(choice.distance_share)
        self.format.select(choice.format)
