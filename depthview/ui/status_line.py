"""The status bar: frames in and out, drops, latency, and where the model really runs."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget

if TYPE_CHECKING:
    from depthview.engine.live.session import SessionStatus


class StatusLine(QStatusBar):
    """Figures of the running session, refreshed by whoever has a status."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures = QLabel(self)
        self._figures.setToolTip(
            self.tr(
                "Frames a second in and out, frames dropped because a newer one was there, time from picture to depth"
            )
        )
        self._figures.setAccessibleName(self.tr("Frames, drops and latency"))
        self._provider = QLabel(self)
        self._provider.setToolTip(self.tr("The model that runs, and what it really runs on"))
        self._provider.setAccessibleName(self.tr("Model and where it runs"))
        self.addWidget(self._figures)
        self.addPermanentWidget(self._provider)

    def show_status(self, status: "SessionStatus") -> None:
        info = status.playback.info if status.playback else None
        plays = info is not None and info.kind in ("video", "live", "sequence")
        self._figures.setVisible(plays)  # of a still there is no rate to tell, and none was dropped
        figures = status.telemetry
        self._figures.setText(
            self.tr("{fps_in:.1f} in   {fps_out:.1f} out   {drops} dropped   latency {latency:.0f} ms").format(
                fps_in=figures.fps_in,
                fps_out=figures.fps_out,
                drops=figures.drops,
                latency=1e3 * figures.latency_median_s,
            )
        )
        running = status.running
        if running is not None:
            note = f" ({running.provider_note})" if running.provider_note else ""
            self._provider.setText(f"{running.title}   {running.provider}{note}")
