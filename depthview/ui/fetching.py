"""Between the window and the catalogue of models: opened when it is first wanted, and what came is offered at once."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QWidget

from depthview.engine.models.catalogue import shipped_catalogue
from depthview.ui.errands import Errands

if TYPE_CHECKING:
    from depthview.ui.models.store_dialog import StoreDialog


class Fetching(QObject):
    """`came` is called, in the window's thread, when a model was downloaded or removed."""

    def __init__(self, parent: QWidget, errands: Errands, came: Callable[[], None]) -> None:
        super().__init__(parent)
        self._parent, self._errands, self._came = parent, errands, came
        self.dialog: StoreDialog | None = None

    def show(self) -> None:
        """Bring the catalogue to the front."""
        from depthview.ui.models.store_dialog import StoreDialog

        if self.dialog is None:
            self.dialog = StoreDialog(self._errands, shipped_catalogue, self._parent)
            self.dialog.changed.connect(self._came)
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def close(self) -> None:
        """Tell what is under way to end; the errands wait for it."""
        if self.dialog is not None:
            self.dialog.work.cancel()
            self.dialog.close()
