"""Screenshots and exports: written by a thread beside the window, told when they are done."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication, QImage

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.errors import UserError
from depthview.ui.errands import Errands


class Keeper(QObject):
    """`kept(sentence, folder)` and `failed(UserError)` are emitted in the window's thread; `made(sentence, folder)` of
    what took so long that nobody waited for it."""

    kept = Signal(str, str)
    made = Signal(str, str)
    failed = Signal(object)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._errands = Errands(self)

    def keep(self, path: Path, write: Callable[[], None]) -> None:
        """Call `write`, which writes `path`, in a thread."""

        def run() -> None:
            try:
                write()
            except UserError:
                raise
            except Exception as error:
                raise UserError("This file could not be written: {path}", path=path, details=repr(error)) from error

        def tell(_none: None) -> None:
            self.kept.emit(self.tr("Saved {name}").format(name=path.name), str(path.parent))

        self._errands.run("keeper", run, tell, self.failed.emit)

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
        self._errands.close(deadline)
