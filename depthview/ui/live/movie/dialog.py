"""What is asked before a whole movie is written: what, and where; it says what the folder holds already."""

from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from depthview.engine.colour import Limits
from depthview.engine.depth import DepthScale
from depthview.engine.movie.standing import Standing
from depthview.engine.movie.task import LEAST_FPS, MOST_FPS, PICTURES_FPS, MovieOutputs
from depthview.ui.live.movie.choices import FIELD_PX, MovieChoices
from depthview.ui.parts.elided_label import ElidedLabel
from depthview.ui.parts.sections import Number
from depthview.ui.parts.wrapped_label import WrappedLabel, breakable
from depthview.ui.speech import sentence

_WIDTH_PX = 560


@dataclass(frozen=True, slots=True)
class MovieOffer:
    """What plays: `title`, `model` as it is called, `frames` where the film says how many it has, `is_pictures` where
    it is a folder of them; how its values are read, and the colours in which it is seen."""

    title: str
    model: str
    frames: int | None
    is_pictures: bool
    scale: DepthScale
    colour_map: str
    limits: Limits | None


@dataclass(frozen=True, slots=True)
class MovieWish:
    """What a person asks for: what is written, and where. `fps`: how many of a folder's pictures follow each other in a
    second, None for a film, which has its own times."""

    outputs: MovieOutputs
    folder: Path
    fps: float | None = None


class _Rate(Number):
    """24, and 23.976: three decimals where there are any."""

    def textFromValue(self, value: float) -> str:
        return self.locale().toString(value, "g", 7)


class MovieDialog(QDialog):
    """A window of its own that keeps nobody waiting.

    `asked_about(MovieWish)` whenever another answer of `show_standing` is wanted; `wanted(MovieWish, anew)` when a
    person starts it. It stays until it is told that it began: what they have chosen is not lost where it cannot.
    """

    asked_about = Signal(object)
    wanted = Signal(object, bool)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("Export the whole movie"))
        self.title = ElidedLabel(self)
        self.title.setProperty("section", True)
        self.about = ElidedLabel(self)
        self.about.setProperty("faint", True)
        self.fps = _Rate(lowest=LEAST_FPS, highest=MOST_FPS, step=1, decimals=3, suffix=self.tr(" a second"))
        self.fps.setToolTip(self.tr("How many of the folder's pictures follow each other in a second of the film"))
        self.fps.setAccessibleName(self.tr("Pictures"))
        self.fps.setFixedWidth(FIELD_PX)
        self.choices = MovieChoices(self)
        self.folder = QLineEdit(self)
        self.folder.setAccessibleName(self.tr("Folder"))
        self.folder.setToolTip(self.tr("Where all of it is written; a folder that is not there is made"))
        self.choose = QPushButton(self.tr("Choose…"), self)
        self.choose.setAutoDefault(False)
        self.says = WrappedLabel(self, "faint")
        self.anew = QCheckBox(self.tr("Begin again, in place of what lies there"), self)
        self.cancel = QPushButton(self.tr("Cancel"), self)
        self.cancel.setAutoDefault(False)
        self.start = QPushButton(self.tr("Export"), self)
        self.start.setObjectName("primary")
        self.start.setDefault(True)
        self._frames: int | None = None
        self._standing: Standing | None = None
        self._may_adopt = True
        self._lay_out()
        self.fps.changed.connect(lambda _fps: self._turn())
        self.choices.changed.connect(self._turn)
        self.folder.editingFinished.connect(self._ask)
        self.choose.clicked.connect(self._choose_folder)
        self.anew.toggled.connect(lambda _on: self._refresh())
        self.cancel.clicked.connect(self.close)
        self.start.clicked.connect(self._start)

    def offer(self, movie: MovieOffer, folder: Path) -> None:
        """Ask about this movie, with `folder` as a proposal."""
        self._frames = movie.frames
        self._pictures.setVisible(movie.is_pictures)
        self.fps.show_number(PICTURES_FPS)
        self.title.setText(movie.title)
        parts = [self.tr("{count} frames").format(count=movie.frames)] if movie.frames else []
        self.about.setText("  ·  ".join([*parts, movie.model, self.tr("as it plays now")]))
        self.choices.offer(movie.scale, movie.colour_map, movie.limits)
        self.folder.setText(str(folder))
        self._may_adopt = True
        self._ask()

    @property
    def where(self) -> Path | None:
        """The folder that was named; None where there is none."""
        text = self.folder.text().strip()
        return Path(text).expanduser() if text else None

    @property
    def wish(self) -> MovieWish | None:
        """What is asked for; None where no folder is named."""
        fps = self.fps.value() if self._pictures.isVisibleTo(self) else None
        return MovieWish(self.choices.outputs, where, fps) if (where := self.where) else None

    def show_standing(self, wish: MovieWish, standing: Standing) -> None:
        """What lies in the folder, as far as it is of `wish`. An answer to an older question is none."""
        if wish != self.wish:
            return
        if standing.begun is not None and self._may_adopt:
            self._may_adopt = False
            self.choices.show_outputs(standing.begun.outputs)  # what was begun here is what is meant until they say
            self.fps.show_number(standing.begun.fps or PICTURES_FPS)
            self._ask()
            return
        self._standing = standing
        self.anew.setChecked(False)
        self._refresh()

    # Inside

    def _turn(self) -> None:
        self._may_adopt = False
        self._ask()

    def _ask(self) -> None:
        self._standing = None
        self._refresh()
        if self.wish is not None:
            self.asked_about.emit(self.wish)

    def _refresh(self) -> None:
        standing = self._standing if self.choices.outputs.any else None
        finished = standing is not None and standing.finished
        blocked = standing is not None and (standing.fault is not None or standing.lost is not None)
        self.anew.setVisible(finished or blocked)
        can_start = standing is not None and (not blocked or self.anew.isChecked()) and not self._is_shut(standing)
        self.start.setEnabled(can_start)
        self.start.setText(self.tr("Go on") if self._goes_on else self.tr("Export"))
        self.says.setText(self._sentence())

    def _is_shut(self, standing: Standing) -> bool:
        """What is finished need not be written, as long as it is not begun again."""
        return standing.shut is not None and (self.anew.isChecked() or not standing.finished)

    @property
    def _goes_on(self) -> bool:
        standing = self._standing
        return standing is not None and standing.frames > 0 and not standing.finished and not self.anew.isChecked()

    def _sentence(self) -> str:
        standing, outputs = self._standing, self.choices.outputs
        if not outputs.any:
            return self.tr("Nothing is chosen to be written.")
        if self.where is None:
            return self.tr("Choose a folder.")
        if standing is None:
            return ""
        if standing.shut is not None and self._is_shut(standing):
            return breakable(sentence(standing.shut))
        if standing.begun is not None:
            if standing.begun.outputs == outputs:
                return self.tr("This movie was begun here with its pictures at another speed: choose another folder.")
            return self.tr("This movie was begun here with other things to write: choose another folder for these.")
        if standing.fault is not None:
            return self.tr("Something else lies in this folder, or the film as it played then: choose another one.")
        if standing.lost is not None:
            lost = self.tr("It was finished here, and {name} was taken away since: bring it back, or begin again.")
            return breakable(lost.format(name=standing.lost.name))
        if standing.finished:
            return self.tr("All of it is here already.")
        if standing.frames and self._frames:
            return self.tr("{done} of {total} frames are there: it goes on from there.").format(
                done=standing.frames, total=self._frames
            )
        if standing.frames:
            return self.tr("{done} frames are there: it goes on from there.").format(done=standing.frames)
        return self.tr("Made beside the window. It can rest, be stopped, and go on another day.")

    def _start(self) -> None:
        wish, anew = self.wish, self.anew.isChecked()
        if wish is not None and self.start.isEnabled():
            self.start.setEnabled(False)  # until it began, or it is known why it cannot
            self.wanted.emit(wish, anew)

    def _choose_folder(self) -> None:
        parent = self.where.parent if self.where is not None else Path.home()
        chosen = QFileDialog.getExistingDirectory(self, self.tr("Where the movie is written"), str(parent))
        if chosen:
            self.folder.setText(chosen)
            self._may_adopt = True
            self._ask()

    def _lay_out(self) -> None:
        heading = QLabel(self.tr("Folder"), self)
        heading.setProperty("section", True)
        heading.setIndent(0)
        where = QHBoxLayout()
        where.setSpacing(6)
        where.addWidget(self.folder, 1)
        where.addWidget(self.choose)
        self._pictures = QWidget(self)
        pictures = QHBoxLayout(self._pictures)
        pictures.setContentsMargins(0, 0, 0, 0)
        pictures.addWidget(QLabel(self.tr("Pictures"), self._pictures), 1)
        pictures.addWidget(self.fps)
        buttons = QHBoxLayout()
        buttons.addStretch(1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start)
        # Room for two lines, so that nothing moves when the sentence changes.
        self.says.setMinimumHeight(2 * self.says.fontMetrics().lineSpacing())
        self.says.setAlignment(Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 20, 24, 16)
        column.setSpacing(8)
        column.addWidget(self.title)
        column.addWidget(self.about)
        column.addSpacing(8)
        column.addWidget(self._pictures)
        column.addWidget(self.choices)
        column.addSpacing(4)
        column.addWidget(heading)
        column.addLayout(where)
        column.addWidget(self.says)
        column.addWidget(self.anew)
        column.addStretch(1)
        column.addLayout(buttons)
        self.resize(_WIDTH_PX, self.sizeHint().height())
