"""Everything else that can be chosen of a scene, for who wants to: folded away at first."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from depthview.engine.capture.training.presets import ITERATIONS, SIZES_PX, SPLATS
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.folders import jobs_folder
from depthview.ui.capture.new_job_words import MAPPERS, MATCHERS, STRATEGIES, words_of
from depthview.ui.capture_memory import FRAMES, CaptureChoice
from depthview.ui.parts.sections import Choice, Number, Section


class MoreChoices(QWidget):
    """`changed(CaptureChoice)` after a person changed something. The name belongs to one job and is no part of it."""

    changed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._choice = CaptureChoice()
        self.iterations = _number(ITERATIONS, 1000)
        self.max_splats = _number(SPLATS, 10_000)
        self.max_size_px = _number(SIZES_PX, 80, " px")
        self.strategy = _table(STRATEGIES)
        self.exposures = QCheckBox(self.tr("Exposure per photo"))
        self.matcher = _table(MATCHERS)
        self.mapper = _table(MAPPERS)
        self.loose = QCheckBox(self.tr("Accept weaker features"))
        self.frame_count = _number(FRAMES, 10)
        self.name = QLineEdit()
        self.folder = QLineEdit()
        self.folder.setPlaceholderText(str(jobs_folder()))
        self.folder.setToolTip(self.tr("The job's own folder is made here; needs some GiB"))
        self.choose_folder = QPushButton(self.tr("Choose…"))
        self.as_preset = QPushButton(self.tr("As the preset has it"))
        self._lay_out()
        self._listen()

    def show_choice(self, choice: CaptureChoice, settings: TrainingSettings) -> None:
        """Show what is chosen, and the numbers that follow from it, without emitting."""
        self._choice = choice
        self.iterations.show_number(settings.iterations)
        self.max_splats.show_number(settings.max_splats)
        self.max_size_px.show_number(settings.max_size_px)
        self.frame_count.show_number(choice.frame_count)
        self.strategy.select(choice.strategy)
        self.matcher.select(choice.matcher)
        self.mapper.select(choice.mapper)
        self.exposures.setChecked(choice.exposures)
        self.loose.setChecked(choice.loose)
        if not self.folder.hasFocus():
            self.folder.setText(choice.jobs_folder)
        own = (choice.iterations, choice.max_splats, choice.max_size_px)
        self.as_preset.setEnabled(any(number is not None for number in own))

    def show_frames(self, shown: bool) -> None:
        """Only a video has frames to be taken."""
        self._cameras.show_row(self.frame_count, shown)

    def suggest_name(self, name: str) -> None:
        """What the job is called where the person names it not."""
        self.name.setPlaceholderText(name)

    @property
    def job_name(self) -> str:
        return self.name.text().strip() or self.name.placeholderText()

    def settle(self) -> None:
        """What is being typed counts as it stands."""
        for number in (self.iterations, self.max_splats, self.max_size_px, self.frame_count):
            number.interpretText()
        self._take_folder()

    def _listen(self) -> None:
        for field, name in (
            (self.iterations, "iterations"),
            (self.max_splats, "max_splats"),
            (self.max_size_px, "max_size_px"),
            (self.frame_count, "frame_count"),
        ):
            field.changed.connect(lambda number, n=name: self._change(**{n: int(number)}))
        for choice, name in ((self.strategy, "strategy"), (self.matcher, "matcher"), (self.mapper, "mapper")):
            choice.chosen.connect(lambda value, n=name: self._change(**{n: value}))
        self.exposures.clicked.connect(lambda on: self._change(exposures=on))
        self.loose.clicked.connect(lambda on: self._change(loose=on))
        self.folder.editingFinished.connect(self._take_folder)
        self.choose_folder.clicked.connect(self._ask_folder)
        self.as_preset.clicked.connect(lambda: self._change(iterations=None, max_splats=None, max_size_px=None))

    def _change(self, **values: Any) -> None:
        self._choice = replace(self._choice, **values)
        self.changed.emit(self._choice)

    def _take_folder(self) -> None:
        if (folder := _whole(self.folder.text().strip())) != self._choice.jobs_folder:
            self._change(jobs_folder=folder)

    def _ask_folder(self) -> None:
        start = self._choice.jobs_folder or str(jobs_folder())
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Where the job's folder comes"), start)
        if chosen:
            self.folder.setText(chosen)
            self._take_folder()

    def _lay_out(self) -> None:
        training = Section(self.tr("Training"))
        training.add(self.tr("Iterations"), self.iterations, self.tr("Of one photo each; 30,000 is what was published"))
        training.add(self.tr("Splats"), self.max_splats, self.tr("At most so many; more show more, and need memory"))
        training.add(self.tr("Photos"), self.max_size_px, self.tr("Their longer side in pixels while training"))
        training.add(self.tr("Strategy"), self.strategy, self.tr("How splats are added while training goes on"))
        _flag(training, self.exposures, self.tr("Learn how bright each photo is, where a camera chose it anew"))
        training.form.addRow("", self.as_preset)
        self.as_preset.setAutoDefault(False)
        self.as_preset.setToolTip(self.tr("Iterations, splats and photos as Preview or Full begins with"))
        cameras = self._cameras = Section(self.tr("Cameras"))
        cameras.add(self.tr("Compare"), self.matcher, self.tr("Which photos are compared with which"))
        cameras.add(self.tr("Place"), self.mapper, self.tr("How cameras are found; all at once is quicker on many"))
        cameras.add(self.tr("Frames"), self.frame_count, self.tr("How many to take of the video, the sharpest of each"))
        _flag(cameras, self.loose, self.tr("Where photos do not hold together otherwise; takes longer"))
        job = Section(self.tr("Job"))
        job.add(self.tr("Name"), self.name, self.tr("What the list of jobs calls it"))
        self.choose_folder.setAutoDefault(False)
        self.choose_folder.setToolTip(self.tr("Choose the folder that the job's own folder is made in"))
        where = QWidget()
        line = QHBoxLayout(where)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.folder, 1)
        line.addWidget(self.choose_folder)
        job.add(self.tr("Lies in"), where, self.tr("The job's own folder is made here; needs some GiB"))
        self.folder.setAccessibleName(self.tr("The folder that the job lies in"))
        columns = QHBoxLayout()
        columns.setSpacing(28)
        columns.addWidget(training, 1, Qt.AlignmentFlag.AlignTop)
        columns.addWidget(cameras, 1, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(columns)
        column.addWidget(job)


def _whole(typed: str) -> str:
    """From the root on; empty where nothing was typed."""
    if not typed:
        return ""
    try:
        return str(Path(typed).expanduser().absolute())
    except RuntimeError:  # the home of nobody
        return str(Path(typed).absolute())


def _number(limits: tuple[int, int], step: int, suffix: str = "") -> Number:
    number = Number(lowest=limits[0], highest=limits[1], step=step, decimals=0, suffix=suffix)
    number.setGroupSeparatorShown(True)
    return number


def _table(words: dict[Any, str]) -> Choice:
    choice = Choice()
    choice.offer([(words_of(text), value) for value, text in words.items()], next(iter(words)))
    return choice


def _flag(section: Section, box: QCheckBox, tip: str) -> None:
    box.setToolTip(tip)
    box.setAccessibleName(box.text())
    section.form.addRow(box)
