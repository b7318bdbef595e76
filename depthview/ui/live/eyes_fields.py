"""How far apart other eyes are to be, what lies on their screen, and how both become one picture."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from depthview.engine.stereo.views.eyes_format import EyesFormat
from depthview.engine.stereo.views.rerender import EyesChoice
from depthview.ui.parts.sections import Choice, Number

_FARTHEST_SHARE = 4.0
"""Of the distance of the eyes that took it. Farther apart, more is guessed than was seen."""


class EyesFields(QWidget):
    """`changed` when a person turns something; `choice` is what is asked for then."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.distance = Number(lowest=0.0, highest=_FARTHEST_SHARE, step=0.25, decimals=2, suffix=" ×")
        self.distance.setToolTip(self.tr("Distance of the new eyes: 1 × as taken, 2 × twice as far apart"))
        self.distance.setAccessibleName(self.tr("Distance of the new eyes"))
        self.screen_plane = Number(lowest=0, highest=100, step=5, decimals=0, suffix=" %", unset=self.tr("auto"))
        self.screen_plane.setToolTip(
            self.tr(
                "Which depth lies on the screen: 0 % the farthest, 100 % the nearest; auto is what is easy to look at"
            )
        )
        self.screen_plane.setAccessibleName(self.tr("Screen"))
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
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(6)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.format, 0, 0, 1, 2)
        named = ((self.tr("Eye distance"), self.distance), (self.tr("Screen"), self.screen_plane))
        for row, (name, field) in enumerate(named, start=1):
            label = QLabel(name, self)
            label.setToolTip(field.toolTip())
            grid.addWidget(label, row, 0)
            grid.addWidget(field, row, 1)
        self.show_choice(EyesChoice(1.5))
        self.distance.changed.connect(lambda _share: self.changed.emit())
        self.screen_plane.changed.connect(lambda _percent: self.changed.emit())
        self.format.chosen.connect(lambda _format: self.changed.emit())

    @property
    def choice(self) -> EyesChoice:
        """What is asked for."""
        percent = self.screen_plane.number
        screen_share = None if percent is None else percent / 100
        return EyesChoice(self.distance.value(), screen_share, EyesFormat(self.format.currentData()))

    def show_choice(self, choice: EyesChoice) -> None:
        """Show `choice` without emitting."""
        self.distance.show_number(choice.distance_share)
        self.screen_plane.show_number(None if choice.screen_share is None else 100 * choice.screen_share)
        self.format.select(choice.format)
