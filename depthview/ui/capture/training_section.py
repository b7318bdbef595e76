"""How far a job's training is, and how good."""

from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtWidgets import QLabel, QWidget

from depthview.engine.capture.jobs.watched import Watched
from depthview.ui.capture.curve_words import psnr_words
from depthview.ui.figures import counted
from depthview.ui.parts.sections import Section


class TrainingSection(Section):
    """Hidden until there is a first figure."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("TrainingSection", "Training"), parent)
        self.iteration, self.psnr, self.splats = self._figure(), self._figure(), self._figure()
        self.add(self.tr("Iterations"), self.iteration, self.tr("Done of those asked for; each learns from one photo"))
        self.add(
            self.tr("PSNR"),
            self.psnr,
            self.tr("Decibels, more is better: how near the splats come to photos that they never saw"),
        )
        self.add(self.tr("Splats"), self.splats, self.tr("How many there are now"))
        self.setVisible(False)

    def show_training(self, watched: Watched | None) -> None:
        self.setVisible(watched is not None and bool(watched.curve))
        if watched is None or not watched.curve:
            return
        last = watched.curve[-1]
        done = counted(last.iteration)
        if watched.asked is not None:
            asked = watched.asked.training_now
            done = self.tr("{done} of {all}").format(done=done, all=counted(asked.iterations))
            most = counted(asked.max_splats)
            self.splats.setToolTip(self.tr("How many there are now; at most {most} are allowed").format(most=most))
        self.iteration.setText(done)
        self.splats.setText(counted(last.count))
        self.show_row(self.psnr, last.psnr is not None)
        self.psnr.setText("" if last.psnr is None else psnr_words(last.psnr))

    def _figure(self) -> QLabel:
        label = QLabel(self)
        label.setTextFormat(Qt.TextFormat.PlainText)
        return label
