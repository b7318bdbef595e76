"""Screenshots and exports: written by a thread beside the window, told when they are done."""

import queue
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtGui import QGuiApplication, QImage

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.cloud import PointCloud, cloud_from_depth
from depthview.engine.errors import UserError
from depthview.engine.exports import preview, write_depth_png, write_image, write_npy, write_pfm
from depthview.engine.live.presenter import LiveView
from depthview.engine.ply import write_ply

if TYPE_CHECKING:
    from depthview.ui.live.look import Look

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

    def keep_depth(self, view: LiveView, path: Path, kind: str, *, look: "Look") -> None:
        """Write the depth on the screen as `kind`: ply, png, npy, pfm or preview. It is kept as it looks: of the cloud,
        what is left out on the screen is left out of the file."""
        values, rig, scale = view.depth.values, view.rig, view.scale
        shown = scale.within(values, look.max_distance_m)
        clipped = replace(view.depth, values=shown)

        def cloud() -> PointCloud:
            return cloud_from_depth(
                view.depth, rig, max_distance_m=look.max_distance_m, min_confidence=look.min_confidence
            )

        def depth_png() -> None:
            depth_m = scale.metres(shown)
            if depth_m is None:
                raise UserError("This model gives no metres: keep the values as NPY or PFM instead: {path}", path=path)
            write_depth_png(path, depth_m)

        works: dict[str, Callable[[], None]] = {
            "ply": lambda: write_ply(path, cloud()),
            "png": depth_png,
            "npy": lambda: write_npy(path, values),
            "pfm": lambda: write_pfm(path, values),
            "preview": lambda: write_image(path, preview(clipped, rig, view.limits, colour_map=look.colour_map)),
        }
        self._start(works[kind], path)

    def keep_picture(self, image: QImage, folder: str) -> None:
        """Write a screenshot into `folder` under the present time."""
        path = Path(folder) / f"depthview-{datetime.now():%Y%m%d-%H%M%S-%f}.png"

        def write() -> None:
            output_folder(path.parent)
            with atomic_path(path) as temporary:
                if not image.save(str(temporary), "PNG"):  # type: ignore[call-overload]  # the stubs want bytes, Qt wants str
                    raise OSError(f"Qt could not write {temporary}")

        self._start(write, path)

    def copy_picture(self, image: QImage) -> None:
        QGuiApplication.clipboard().setImage(image)
        self.kept.emit(self.tr("Copied to the clipboard"), "")

    def finish(self, deadline: float) -> None:
        """Wait for what is being written until `deadline`, of time.monotonic(): closing must not cut a file."""
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        self._timer.stop()

    def _start(self, work: Callable[[], None], path: Path) -> None:
        def run() -> None:
            try:
                work()
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

    def _report(self) -> None:
        while not self._done.empty():
            outcome = self._done.get()
            if isinstance(outcome, UserError):
                self.failed.emit(outcome)
            else:
                self.kept.emit(*outcome)
        if not any(thread.is_alive() for thread in self._threads) and self._done.empty():
            self._timer.stop()
