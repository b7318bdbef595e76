"""Where the two eyes are in what plays, and which is which: what was found, each one click from being put right."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QPushButton, QWidget

from depthview.engine.frames import Layout
from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.status import SessionStatus
from depthview.ui import theme
from depthview.ui.parts.sections import Choice, Section, say
from depthview.ui.speech import sentence


class SourceSection(Section):
    """`chosen(LiveSettings)`: the settings as the person has turned them."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("SourceSection", "Source"), parent)
        self._settings = LiveSettings()
        self.layout_choice = Choice()
        self.layout_choice.offer(
            [(self.tr("auto"), None)] + [(layout_title(layout), layout) for layout in Layout], None
        )
        self.layout_choice.chosen.connect(lambda layout: self._settle(replace(self._settings, layout=layout)))
        self.add(self.tr("Layout"), self.layout_choice, self.tr("How the two eyes share the picture"))
        self._layout_note = self.add_note()
        self.swap = QPushButton(theme.icon("swap", switched_on=theme.ON_ACCENT), self.tr("Swap left and right"))
        self.swap.setCheckable(True)
        self.swap.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # once clicked, Space is the player's still
        self.swap.setToolTip(self.tr("Exchange the eyes, for cross-eye material (S)"))
        self.swap.toggled.connect(lambda on: self._settle(replace(self._settings, swap=on)))
        self.form.addRow(self.swap)
        self._swapped_note = self.add_note()
        self.swap_note = self.add_note()
        self.swap_note.setProperty("warn", True)

    def show_settings(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.layout_choice.select(settings.layout)

    def show_status(self, status: SessionStatus) -> None:
        """What detection says."""
        reason = status.guess.reason if status.guess else ""
        say(self._layout_note, self.tr("Detected: {reason}").format(reason=sentence(reason)) if reason else "")
        self.swap.blockSignals(True)
        self.swap.setChecked(status.swap if self._settings.swap is None else self._settings.swap)
        self.swap.blockSignals(False)
        self.swap.setEnabled(status.eyes != 1)
        order = status.findings.order if status.findings is not None and status.eyes == 2 else None
        corrected = order is not None and order.sure and order.swapped and status.swap and self._settings.swap is None
        words = self.tr("Swapped: {reason}").format(reason=sentence(order.reason)) if order and corrected else ""
        say(self._swapped_note, words)
        say(self.swap_note, self.tr("The eyes look swapped (cross-eye): press S.") if status.proposes_swap else "")

    def _settle(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.chosen.emit(settings)


def layout_title(layout: Layout) -> str:
    """A layout's name for people."""
    titles = {
        Layout.MONO: QCoreApplication.translate("Layout", "one eye only"),
        Layout.SIDE_BY_SIDE: QCoreApplication.translate("Layout", "side by side"),
        Layout.HALF_SIDE_BY_SIDE: QCoreApplication.translate("Layout", "half side by side"),
        Layout.OVER_UNDER: QCoreApplication.translate("Layout", "over-under"),
        Layout.HALF_OVER_UNDER: QCoreApplication.translate("Layout", "half over-under"),
        Layout.SEPARATE: QCoreApplication.translate("Layout", "two pictures"),
    }
    return titles[layout]
