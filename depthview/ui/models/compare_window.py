"""The comparison in the window: what to try, a chart that fills as it goes, and a click that takes a setting over."""

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QCoreApplication, QSize, QTimer, Signal
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from depthview.engine.errors import UserError
from depthview.engine.frames import StereoPair
from depthview.engine.models.comparison.chart import write_chart
from depthview.engine.models.comparison.run import Build, Sample, Trial
from depthview.engine.models.comparison.table import write_table
from depthview.ui.errands import Errands
from depthview.ui.models.compare_chart import CompareChart
from depthview.ui.models.compare_lists import CompareLists
from depthview.ui.models.compare_run import ComparisonRun, Lodge
from depthview.ui.models.compare_words import failures, reference, trial_words
from depthview.ui.parts.buttons import push_button
from depthview.ui.parts.own_window import OwnWindow
from depthview.ui.parts.thin_bar import ThinBar
from depthview.ui.speech import sentence

_LOOK_MS = 100
_LISTS_PX = 248

PictureAtHand = Callable[[], tuple[str, StereoPair] | None]
"""The title and the eyes of what is on the screen; whoever asks wants it to stand still."""


class CompareWindow(OwnWindow):
    """`setting_chosen` carries the Selection whose dot was clicked."""

    setting_chosen = Signal(object)

    def __init__(
        self, picture_at_hand: PictureAtHand, build: Build, lodge: Lodge, errands: Errands, parent: QWidget
    ) -> None:
        super().__init__(QCoreApplication.translate("CompareWindow", "Compare models"), QSize(1060, 660), parent)
        self._picture_at_hand, self._build, self._lodge, self._errands = picture_at_hand, build, lodge, errands
        self._run: ComparisonRun | None = None
        self._about = ""
        self.trials: list[Trial] = []
        self.lists = CompareLists(self)
        self.lists.setFixedWidth(_LISTS_PX)
        self.chart = CompareChart(self)
        self.said = self._label()
        self.readout = self._label()
        self.faults = self._label("warn")
        self.progress = ThinBar(self)
        self.start = push_button(
            self.tr("Start"), self.tr("Try everything that is ticked on the picture on the screen"), self
        )
        self.start.setObjectName("primary")
        self.pause = push_button(self.tr("Pause"), self.tr("Rest after the estimate under way, and go on later"), self)
        self.pause.setCheckable(True)
        self.cancel = push_button(self.tr("Cancel"), self.tr("End it; what was found stays"), self)
        self.save_table = push_button(self.tr("Save CSV…"), self.tr("Keep the table of what was tried"), self)
        self.save_chart = push_button(self.tr("Save PNG…"), self.tr("Keep the chart as a picture"), self)
        self.start.clicked.connect(self.begin)
        self.pause.toggled.connect(self._set_paused)
        self.cancel.clicked.connect(self.rest)
        self.save_table.clicked.connect(lambda: self._ask_where("csv"))
        self.save_chart.clicked.connect(lambda: self._ask_where("png"))
        self.lists.changed.connect(self._refresh)
        self.chart.pointed.connect(self._read_out)
        self.chart.chosen.connect(self._choose)
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_MS)
        self._timer.timeout.connect(self._look)
        self._lay_out()
        self._read_out(None)
        self._refresh()

    # What it does

    def begin(self) -> None:
        """Try what is ticked on the picture on the screen."""
        at_hand = self._picture_at_hand()
        settings = self.lists.settings
        if self.is_running or not settings:
            return
        if at_hand is None:
            self.said.setText(self.tr("There is no picture on the screen yet: open one first."))
            return
        title, pair = at_hand
        height, width = pair.size_hw
        self._about = f"{title}, {width} x {height}"
        self.trials = []
        self.chart.show_trials([])
        sample = Sample(title, pair, has_two_eyes=pair.left is not pair.right)
        self._run = ComparisonRun(
            settings,
            sample,
            self._build,
            titles=self.lists.titles,
            repeats=self.lists.repeats.value(),
            lodge=self._lodge,
        )
        self._timer.start()
        self._refresh()

    @property
    def is_running(self) -> bool:
        return self._run is not None

    def save_to(self, path: Path) -> None:
        """Write the table, or for another suffix the chart; told below the chart when it is done."""
        trials, about = tuple(self.trials), self._about

        def write() -> Path:
            if path.suffix.lower() == ".csv":
                write_table(path, trials)
            else:
                write_chart(path, trials, about=about)
            return path

        def tell(written: Path) -> None:
            self.said.setText(self.tr("Saved {name}").format(name=written.name))

        self._errands.run("compare-save", write, tell, self._tell_fault)

    def shut_down(self, deadline: float) -> bool:
        """End what is under way before `deadline`, of time.monotonic(); True when nothing is left behind."""
        self._timer.stop()
        run, self._run = self._run, None
        return run is None or run.close(deadline)

    def rest(self) -> None:
        """What was found stays."""
        if self._run is not None:
            self._run.cancel()

    # What happens

    def _look(self) -> None:
        """Take what was found since the last look."""
        run = self._run
        if run is None:
            return
        ended = not run.running  # before the outcomes are taken: what ended has left its own
        fresh = run.take()
        if fresh:
            self.trials += fresh
            self.chart.show_trials(self.trials)
        if ended:
            self._run = None
            self._timer.stop()
            self.pause.setChecked(False)
            if run.fault is not None:
                self._tell_fault(run.fault)
        self._show_progress(run)
        if fresh or ended:
            self._refresh()

    def _show_progress(self, run: ComparisonRun) -> None:
        progress = run.progress
        self.progress.show_share(len(self.trials) / (progress.total or 1))
        if self._run is None:
            words = self.tr("{done} of {total} settings tried.")
            self.said.setText(words.format(done=len(self.trials), total=int(progress.total or 0)))
        elif run.paused:
            self.said.setText(
                self.tr("Paused after {done} of {total}.").format(done=len(self.trials), total=int(progress.total or 0))
            )
        else:
            words = self.tr("{done} of {total}: {setting}. The film rests, so that times are fair.")
            self.said.setText(
                words.format(done=len(self.trials), total=int(progress.total or 0), setting=progress.label)
            )

    def _refresh(self) -> None:
        """Offer what can be done now."""
        count = len(self.lists.settings)
        running = self.is_running
        self.start.setText(self.tr("Start: {count} settings").format(count=count) if count != 1 else self.tr("Start"))
        self.start.setEnabled(count > 0 and not running)
        self.lists.setEnabled(not running)
        self.pause.setEnabled(running)
        self.cancel.setEnabled(running)
        self.progress.setVisible(running)
        kept = bool(self.trials)
        self.save_table.setEnabled(kept)
        self.save_chart.setEnabled(kept)
        words, all_of_them = failures(self.trials)
        self.faults.setText(words)
        self.faults.setToolTip(all_of_them)
        self.faults.setVisible(bool(words))
        self._read_out(None)

    def _set_paused(self, paused: bool) -> None:
        self.pause.setText(self.tr("Go on") if paused else self.tr("Pause"))
        if self._run is not None:
            self._run.set_paused(paused)
            self._show_progress(self._run)

    def _choose(self, trial: Trial) -> None:
        self.setting_chosen.emit(trial.setting)
        self.said.setText(self.tr("Now in use: {name}").format(name=trial.name))

    def _read_out(self, trial: Trial | None) -> None:
        if trial is not None:
            self.readout.setText(trial_words(trial))
        elif self.trials:
            hint = self.tr("Point at a dot to see its setting, click it to use it.")
            self.readout.setText(f"{reference(self.trials)} {hint}".strip())
        else:
            self.readout.setText(
                self.tr("Each setting that is tried becomes a dot: left is quick, low is near the best.")
            )

    def _tell_fault(self, error: UserError) -> None:
        self.said.setText(sentence(error))

    def _ask_where(self, suffix: str) -> None:
        kinds = {"csv": "CSV (*.csv)", "png": "PNG (*.png)"}
        chosen, _filter = QFileDialog.getSaveFileName(self, self.tr("Keep"), f"compare.{suffix}", kinds[suffix])
        if chosen:
            path = Path(chosen)
            self.save_to(path if path.suffix.lower() == f".{suffix}" else path.with_name(f"{path.name}.{suffix}"))

    # What it is made of

    def _lay_out(self) -> None:
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.start, self.pause, self.cancel):
            buttons.addWidget(button)
        buttons.addStretch(1)
        buttons.addWidget(self.save_table)
        buttons.addWidget(self.save_chart)
        right = QVBoxLayout()
        right.setSpacing(8)
        right.addWidget(self.chart, 1)
        right.addWidget(self.readout)
        right.addWidget(self.faults)
        right.addWidget(self.progress)
        right.addWidget(self.said)
        right.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(14, 10, 14, 12)
        row.setSpacing(14)
        row.addWidget(self.lists)
        row.addLayout(right, 1)

    def _label(self, kind: str = "faint") -> QLabel:
        label = QLabel(self)
        label.setProperty(kind, True)
        label.setWordWrap(True)
        return label
