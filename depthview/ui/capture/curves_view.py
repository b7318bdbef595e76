"""How a training goes: its curves while they grow, and in its title line how far it is and how good."""

from collections.abc import Sequence

from PySide6.QtWidgets import QWidget

from depthview.engine.capture.training.curve import CurvePoint
from depthview.ui.capture.curve_plot import CurvePlot
from depthview.ui.capture.curve_words import latest_words
from depthview.ui.capture.waiting import Waiting
from depthview.ui.parts.readout import Readout


class CurvesView(Waiting):
    """Loss and PSNR against iterations. Loads pyqtgraph with its module: import it where it is made."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("", parent)
        self.sentence.setText(self.tr("The curves of loss and likeness are drawn here while it trains."))
        self.readout = Readout(self)
        """How far it is; whoever arranges the pane places it."""
        self.readout.setAccessibleName(self.tr("How far the training is"))
        tip = self.tr(
            "PSNR, in dB: how near the splats come to photos that they were not trained on. More is better.\n"
            "Loss: what training makes smaller. Dotted lines: checkpoints."
        )
        self.readout.setToolTip(tip)
        self.plot = CurvePlot(self)
        self.hold(self.plot)
        self._shown: tuple[Sequence[CurvePoint], int, tuple[int, ...]] = ((), 0, ())

    def show_curve(self, points: Sequence[CurvePoint], iterations: int, checkpoints: Sequence[int] = ()) -> None:
        """The points so far, rising, of a training that ends after `iterations`, with `checkpoints` after so many.

        The same points again cost nothing; without any there is a sentence.
        """
        shown = points, iterations, tuple(checkpoints)
        if points is self._shown[0] and shown[1:] == self._shown[1:]:
            return
        self._shown = shown
        if points:
            self.plot.show_points(*shown)
            self.readout.setText(latest_words(points[-1], max(iterations, points[-1].iteration)))
        else:
            self.readout.setText("")
        self.show_view(bool(points))
        self.plot.setAccessibleDescription(self.readout.text())
