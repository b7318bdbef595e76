"""Screenshots and exports: written by a thread beside the window, told when they are done."""

import queue
import threading
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.errors import UserError

_POLL_MS = 100


class Keeper(QObject):
    """`kept(sentence, folder)` and `failed(UserError)` are emitted in the window's thread."""

    kept = Signal(str, str)
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._done: queue.SimpleQueue[tuple[str, str] | UserError] = queue.SimpleQueue()
        self._threads: list[threading.Thread] = []
        self._timer = QTimer(self)
        self._timer.setInterval(_POLL_MS)
        self._timer.timeout.connect(self._report)

    def keep(self, path: Path, write: Callable[[], None]) -> None:
        """Call `write`, which writes `path`, in a thread."""

        def run() -> None:
            try:
                write()
            except UserError as error:
                self._done.put(error)
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the window goes on and says so
                self._done.put(UserError("This file could not be written: {path}", path=path, details=repr(error)))
            else:
                self._done.put((self.tr("Saved {name}").format(name=path.name), str(path.parent)))

        thread = threading.Thread(target=run, name="depthview-keeper", daemon=True)
        self._threads = [t for t in self._threads if t.is_alive()] + [thread]
        thread.start()
        self._timer.start()

    def keep_picture(self, image: QImage, folder: str) -> None:
        """Write a screenshot into `folder` under the present time."""
        path = Path(folder) / f"depthview-{datetime.now():%Y%m%d-%H%M%S-%f}.png"

        def write() -> None:
            output_folder(path.parent)
            with atomic_path(path) as temporary:
                if not image.save(str(temporary), "PNG"):  # type: ignore[call-overload]  # the stubs want bytes, Qt wants str
                    raise OSError(f"Qt could not write {temporary}")

        self.keep(path, write)

    def copy_picture(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.kept.emit(self.tr("Copied to the clipboard"), "")

    def finish(self, deadline: float) -> None:
        """Wait for what is being written until `deadline`, of time.monotonic(): closing must not cut a file."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._timer.stop()

    def _report(self) -> None:
        while not self._done.empty():
            outcome = self._done.get()
            if isinstance(outcome, UserError):
                self.failed.emit(outcome)
            else:
                self.kept.emit(*outcome)
        if not any(thread.is_alive() for thread in self._threads) and self._done.empty():
            self._timer.stop()
