"""The status bar: how it goes at the place at hand, and where the model really runs."""

from PySide6.QtWidgets import QLabel, QStatusBar, QWidget


class StatusLine(QStatusBar):
    """Two short lines, refreshed by whoever has something to say."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._figures = QLabel(self)
        self._figures.setToolTip(
            self.tr(
                "Live: frames a second in and out, frames dropped because a newer one was there, time from picture to "
                "depth. Panorama: what is known of the photo at hand. Splats: how many are drawn, and how long a "
                "picture takes"
            )
        )
        self._figures.setAccessibleName(self.tr("Figures"))
        self._provider = QLabel(self)
        self._provider.setToolTip(self.tr("The model that runs, and what it really runs on"))
        self._provider.setAccessibleName(self.tr("Model and where it runs"))
        self.addWidget(self._figures, 1)  # all the room: figures that grow may be painted before laid out
        self.addPermanentWidget(self._provider)

    def say(self, figures: str, provider: str) -> None:
        self._figures.setText(figures)
        self._figures.setVisible(bool(figures))
        self._provider.setText(provider)
