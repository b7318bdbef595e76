"""Small pictures of jobs, read beside the window: a photo of a camera takes a tenth of a second."""

from collections import deque
from pathlib import Path

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QImage, QImageReader, QPixmap

from depthview.engine.errors import UserError
from depthview.ui.errands import Errands

_MOST_KEPT = 200


class Thumbnails(QObject):
    """One after the other, each once. `ready(path)` when there is one more; a file that is no picture never is."""

    ready = Signal(object)

    def __init__(self, errands: Errands, size_px: QSize, parent: QObject | None = None) -> None:
        """`size_px`: what each fills; what a photo has beyond that shape is cut off on both sides."""
        super().__init__(parent)
        self._errands, self._size_px = errands, size_px
        self._kept: dict[Path, QPixmap] = {}
        self._wanted: deque[Path] = deque()
        self._reading: Path | None = None

    def of(self, path: Path | None) -> QPixmap | None:
        """None until it is read, which this begins."""
        if path is None or path in self._kept:
            return self._kept.get(path) if path is not None else None
        if path != self._reading and path not in self._wanted:
            self._wanted.append(path)
            self._read_next()
        return None

    def _read_next(self) -> None:
        if self._reading is None and self._wanted:
            path = self._reading = self._wanted.popleft()
            self._errands.run("thumbnail", lambda: _small(path, self._size_px), self._take, self._give_up)

    def _take(self, image: QImage) -> None:
        path, self._reading = self._reading, None
        assert path is not None
        while len(self._kept) >= _MOST_KEPT:
            del self._kept[next(iter(self._kept))]
        self._kept[path] = QPixmap.fromImage(image)
        self._read_next()
        self.ready.emit(path)

    def _give_up(self, _error: UserError) -> None:
        self._take(QImage())


def _small(path: Path, size_px: QSize) -> QImage:
    """Empty where it is no picture."""
    reader = QImageReader(str(path))
    reader.setAutoTransform(True)  # as the camera was held
    whole = reader.size()
    if whole.isValid():
        turned = bool(reader.transformation() & reader.transformation().TransformationRotate90)
        target = size_px.transposed() if turned else size_px
        reader.setScaledSize(whole.scaled(target, Qt.AspectRatioMode.KeepAspectRatioByExpanding))
    image = reader.read()
    if image.isNull():
        return image
    if not whole.isValid():  # a kind of file that is only known when it is read
        image = image.scaled(size_px, Qt.AspectRatioMode.KeepAspectRatioByExpanding)
    across, down = (image.width() - size_px.width()) // 2, (image.height() - size_px.height()) // 2
    return image.copy(across, down, size_px.width(), size_px.height())
