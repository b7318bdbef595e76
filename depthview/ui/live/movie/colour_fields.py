"""In which colours a movie's films show depth: those that Live shows, until a person says otherwise."""

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from depthview.engine.colour import COLOUR_MAPS, Limits
from depthview.engine.depth import DepthScale
from depthview.ui.parts.sections import Choice


class ColourFields(QWidget):
    """`changed` when a person turns something. `limits` (nearness) are None where colours follow the scene."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.colour_map = Choice(self)
        self.colour_map.offer([(name, name) for name in COLOUR_MAPS], COLOUR_MAPS[0])
        self.colour_map.setToolTip(self.tr("Of the films that show depth in colours"))
        self.colour_map.setAccessibleName(self.tr("Colours"))
        self.held = QCheckBox(self)
        self.held.setToolTip(self.tr("Each colour means one depth all through the film, as it is set in Live"))
        self._limits: Limits | None = None
        self._scale: DepthScale | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.colour_map)
        column.addWidget(self.held)
        self.show_colours(COLOUR_MAPS[0], None)
        self.colour_map.chosen.connect(lambda _name: self.changed.emit())
        self.held.toggled.connect(lambda _on: self.changed.emit())

    @property
    def limits(self) -> Limits | None:
        """What is asked for."""
        return self._limits if self.held.isChecked() else None

    def show_scale(self, scale: DepthScale) -> None:
        """How the values of what plays are read."""
        self._scale = scale
        self._say_range()

    def show_colours(self, colour_map: str, limits: Limits | None) -> None:
        """Show what is in force, without emitting."""
        self.colour_map.select(colour_map)
        self._limits = limits
        self.held.blockSignals(True)
        self.held.setChecked(limits is not None)
        self.held.blockSignals(False)
        self.held.setVisible(limits is not None)
        self._say_range()

    def _say_range(self) -> None:
        if self._limits is None or self._scale is None:
            return
        far, near = (self._scale.figures(self._scale.value_at(limit), decimals=1)[0] for limit in self._limits)
        self.held.setText(self.tr("from {far} to {near}").format(far=far, near=near))
