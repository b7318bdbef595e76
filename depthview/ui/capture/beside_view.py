"""A photo that training has not seen, and over it what the splats draw of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PySide6.QtWidgets import QWidget

from depthview.engine.capture.jobs.watched import Stamped
from depthview.engine.capture.training.curve import CurvePoint
from depthview.engine.sources.images import read_still
from depthview.ui.capture.curve_words import likeness_words
from depthview.ui.capture.swiped_image import SwipedImage
from depthview.ui.capture.waiting import Waiting
from depthview.ui.errands import Errands
from depthview.ui.parts.readout import Readout

Pair = tuple[NDArray[np.uint8], NDArray[np.uint8]]


class BesideView(Waiting):
    """The two are swiped, zoomed and shifted as one. Loads pyqtgraph with its module: import it where it is made."""

    def __init__(self, errands: Errands, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self._will_come = self.tr(
            "A photo that is not trained on stands here, and over it what the splats draw of it, "
            "as soon as there is something to draw."
        )
        self.sentence.setText(self._will_come)
        self.readout = Readout(self)
        """How near the drawn ones are; whoever arranges the pane places it."""
        self.readout.setAccessibleName(self.tr("How near the drawn photos are"))
        self.readout.setToolTip(
            self.tr(
                "How near the splats come to the photos that they were not trained on, the mean of them.\n"
                "PSNR in dB and SSIM up to 1: more is better."
            )
        )
        self.image = SwipedImage(self.tr("photo"), self.tr("drawn"), self)
        self.image.setAccessibleName(self.tr("A photo, and what the splats draw of it"))
        self.image.setToolTip(self.tr("Drag the line, or press ← and →"))
        self.hold(self.image)
        self._errands = errands
        self._wanted: Stamped | None = None
        self._read: Stamped | None = None
        """What was read last, whether or not it could be."""
        self._reading = False

    def show_picture(self, stamped: Stamped | None) -> None:
        """Show this file as soon as it is read, the sentence for None. What cannot be read is passed over.

        The picture of before stays until then where it is the same job's.
        """
        if self._wanted is not None and (stamped is None or stamped.path != self._wanted.path):
            self.image.clear_image()
            self.show_view(False)
            self._read = None
        self._wanted = stamped
        self._read_wanted()

    def show_point(self, point: CurvePoint | None) -> None:
        """Say how near the drawn ones are after this point of the curve, or that no photo was held out."""
        none = point is not None and point.psnr is None
        self.sentence.setText(self.tr("This training holds no photo out.") if none else self._will_come)
        self.readout.setText("" if point is None else likeness_words(point))
        self.image.setAccessibleDescription(self.readout.text())

    def fit(self) -> None:
        """All of both."""
        self.image.fit()

    def _read_wanted(self) -> None:
        wanted = self._wanted
        if wanted is None or wanted == self._read or self._reading:
            return
        self._reading, self._read = True, wanted

        def end(show: Callable[[], None]) -> None:
            self._reading = False
            if self._wanted is not None and self._wanted.path == wanted.path:
                show()
            self._read_wanted()

        def show_pair(pair: Pair) -> None:
            self.image.show_pair(*pair)
            self.show_view(True)

        self._errands.run(
            "held-out",
            lambda: _read_pair(wanted.path),
            lambda pair: end(lambda: show_pair(pair)),
            lambda _error: end(lambda: None),
        )


def _read_pair(path: Path) -> Pair:
    """The photo and what was drawn, as `write_beside` puts them side by side. Raises UserError."""
    both = read_still(path).image
    half = both.shape[1] // 2
    if not half:
        raise ValueError(f"nothing stands side by side in {both.shape}")
    return np.ascontiguousarray(both[:, :half]), np.ascontiguousarray(both[:, half : 2 * half])
