"""A slim bar that says how far something is."""

from PySide6.QtWidgets import QProgressBar, QWidget

from depthview.engine.progress import Progress

_STEPS = 1000
_HEIGHT_PX = 6


class ThinBar(QProgressBar):
    """Without words: what is being done stands beside it."""

    def __init__(self, parent: QWidget, *, height_px: int = _HEIGHT_PX) -> None:
        super().__init__(parent)
        self.setTextVisible(False)
        self.setFixedHeight(height_px)
        self.setRange(0, _STEPS)

    def show_progress(self, progress: Progress) -> None:
        """Where nobody knows how much there is to do, it only moves."""
        if progress.total:
            self.show_share(progress.done / progress.total)
        else:
            self.setRange(0, 0)

    def show_share(self, share: float) -> None:
        """0 to 1."""
        self.setRange(0, _STEPS)
        self.setValue(round(_STEPS * min(1.0, share)))
