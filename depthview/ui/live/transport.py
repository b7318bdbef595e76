"""The line under the panes: play, step, seek, speed, loop."""

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QStyle, QStyleOptionSlider, QWidget

from depthview.engine.live.playback import Phase, PlaybackStatus
from depthview.engine.sources import SourceKind
from depthview.ui.parts.buttons import action_button
from depthview.ui.parts.sections import Choice

_TICKS_PER_S = 1000
SPEEDS = (0.25, 0.5, 1.0, 2.0, 4.0)


class Transport(QWidget):
    """`seek_wanted(seconds)` follows the slider while it is dragged; buttons are the window's own actions."""

    seek_wanted = Signal(float)
    speed_wanted = Signal(object)

    def __init__(self, buttons: list[QAction], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 2, 8, 2)
        for action in buttons:
            row.addWidget(action_button(action, self))
        self.slider = _SeekSlider(Qt.Orientation.Horizontal, self)
        self.slider.setAccessibleName(self.tr("Position"))
        self.slider.setToolTip(self.tr("Position; click or drag to seek, arrows go by a second"))
        self.slider.setSingleStep(_TICKS_PER_S)
        self.slider.setPageStep(5 * _TICKS_PER_S)
        self.slider.setTracking(True)
        self.slider.sliderMoved.connect(lambda ticks: self.seek_wanted.emit(ticks / _TICKS_PER_S))
        self.slider.actionTriggered.connect(self._on_key_or_click)
        self._time = QLabel(self)
        self._time.setProperty("faint", True)
        self._time.setMinimumWidth(110)
        self._time.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.speed = Choice(self)
        self.speed.setToolTip(self.tr("Playback speed"))
        self.speed.setAccessibleName(self.tr("Playback speed"))
        self.speed.offer([(f"{speed:g}×", speed) for speed in SPEEDS], 1.0)
        self.speed.setFixedWidth(76)
        self.speed.chosen.connect(self.speed_wanted)
        row.addWidget(self.slider, 1)
        row.addWidget(self._time)
        row.addWidget(self.speed)

    def show_status(self, playback: PlaybackStatus) -> None:
        info = playback.info
        if info is not None:
            self.setVisible(info.kind is not SourceKind.IMAGE)  # of a still picture nothing plays
        duration_s = (info.duration_s or 0.0) if info else 0.0
        seekable = bool(info and info.seekable and duration_s > 0)
        self.slider.setEnabled(seekable)
        self.speed.setEnabled(seekable)
        self.speed.select(playback.speed)
        if not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setRange(0, round(duration_s * _TICKS_PER_S))
            self.slider.setValue(round(playback.position_s * _TICKS_PER_S))
            self.slider.blockSignals(False)
        if playback.phase is Phase.OPENING:
            self._time.setText(self.tr("opening…"))
        elif seekable:
            self._time.setText(f"{clock_text(playback.position_s)} / {clock_text(duration_s)}")
        else:
            self._time.setText(clock_text(playback.position_s) if info and playback.position_s else "")

    def _on_key_or_click(self, _action: int) -> None:
        if not self.slider.isSliderDown():
            self.seek_wanted.emit(self.slider.sliderPosition() / _TICKS_PER_S)


class _SeekSlider(QSlider):
    """Goes where it is clicked, as film players do; Qt's own would move one page towards it."""

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        handle = self.style().subControlRect(
            QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, self
        )
        at = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(at):
            span = self.width() - handle.width()
            ticks = QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), at.x() - handle.width() // 2, span)
            self.setSliderPosition(ticks)
            self.sliderMoved.emit(ticks)
        super().mousePressEvent(event)  # the handle is under the mouse now and can be dragged on


def clock_text(seconds: float) -> str:
    """75.2 -> 01:15."""
    whole = int(seconds)
    hours, minutes, rest = whole // 3600, whole // 60 % 60, whole % 60
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes:02d}:{rest:02d}"
