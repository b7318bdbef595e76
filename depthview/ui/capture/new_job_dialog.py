"""From photos to a job: what was brought, what is wrong with it, how good it is to become, and one button."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QDialog,
    QFrame,
    QHBoxLayout,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.training.presets import Preset, settings_for, times_the_work
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.errors import UserError
from depthview.engine.folders import jobs_folder
from depthview.engine.progress import Progress
from depthview.ui import dialogs
from depthview.ui.capture import new_job_words as words
from depthview.ui.capture.findings import Findings
from depthview.ui.capture.fold import Fold
from depthview.ui.capture.more_choices import MoreChoices
from depthview.ui.capture.photo_strip import HEIGHT_PX, PhotoStrip
from depthview.ui.capture.preflight_work import Looked, PreflightWork, Room, Wish
from depthview.ui.capture.preset_choice import PresetChoice
from depthview.ui.capture_memory import CaptureChoice
from depthview.ui.errands import Errands
from depthview.ui.parts.buttons import push_button
from depthview.ui.parts.elided_label import ElidedLabel
from depthview.ui.parts.thin_bar import ThinBar
from depthview.ui.parts.wrapped_label import WrappedLabel

if TYPE_CHECKING:
    from depthview.engine.capture.photos.glance import Glance

_WIDTH_PX = 740
_SCREEN_SHARE = 0.9
_BAR_PX = 3


class NewJobDialog(QDialog):
    """A window of its own that keeps nobody waiting; it deletes itself when it is closed.

    `wanted(name, Asked, CaptureChoice)` when a person starts it: the choice is worth remembering, and says where the
    job lies. Photos, folders and a video may be dropped on it, or chosen: they come to what is there.
    """

    wanted = Signal(str, object, object)

    def __init__(
        self, inputs: Sequence[Path], choice: CaptureChoice, errands: Errands, parent: QWidget, *, folder: str = ""
    ) -> None:
        """`inputs`: folders, photos, or one video; none yet is right too. `choice`: what was chosen the last time.
        `folder`: where choosing files begins."""
        super().__init__(parent)
        parent.window().installEventFilter(self)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(self.tr("Make a scene from photos"))
        self.setAcceptDrops(True)
        self._inputs: tuple[Path, ...] = ()
        self._folder = folder
        self._choice = choice
        self._cuda: bool | None = None
        self._seen: Glance | None = None
        self._looked: Looked | None = None
        self._room: Room | None = None
        self.strip = PhotoStrip()
        self.brought = self._line("section")
        self.add_photos = push_button(self.tr("Add photos…"), self.tr("Photos one by one, or one video"), self)
        self.add_folder = push_button(self.tr("Add a folder…"), self.tr("A folder of photos"), self)
        self.findings = Findings()
        self.preset = PresetChoice()
        self.room = WrappedLabel(self, "faint")
        self.runs_on = WrappedLabel(self, "faint")
        self.more = MoreChoices()
        self.more_fold = Fold(self.more, self.tr("Numbers, how cameras are found, where the job lies"), self)
        self.more_fold.say(self.tr("More"))
        self.progress = ThinBar(self, height_px=_BAR_PX)
        self.progress.setAccessibleName(self.tr("Looking at the photos"))
        keeps = self.progress.sizePolicy()
        keeps.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(keeps)
        self.doing = self._line("faint")
        self.cancel = push_button(self.tr("Cancel"), self.tr("Close this; nothing is made"), self)
        self.start_button = push_button(self.tr("Start"), "", self)
        self.start_button.setObjectName("primary")
        self.start_button.setDefault(True)
        self.work = PreflightWork(errands, self)
        self._body = QWidget()
        self._lay_out()
        self._listen()
        self._show_choice()
        self.work.try_card()
        self.bring(inputs)
        self.preset.setFocus()

    @property
    def inputs(self) -> tuple[Path, ...]:
        """All that was brought."""
        return self._inputs

    def bring(self, paths: Sequence[Path]) -> None:
        """These come to what is there, and all is looked at anew."""
        inputs = tuple(dict.fromkeys((*self._inputs, *(path.absolute() for path in paths))))
        if inputs and inputs == self._inputs:
            return
        self._inputs = inputs
        self._seen = self._looked = self._room = None
        self.findings.clear()
        if not inputs:
            self.strip.invite()
        else:
            self.more.suggest_name(inputs[0].stem or str(inputs[0]))
            self._folder = str(inputs[0].parent)
            self.work.look(inputs, round(HEIGHT_PX * self.devicePixelRatioF()))
        self._refresh()

    # What the person does

    def _start(self) -> None:
        self.more.settle()
        if not self._may_start:
            return
        settings = self._settings(self._choice.preset)
        choice = self._choice
        poses = PoseSettings(
            self._inputs,
            settings.max_size_px,
            choice.frame_count,
            choice.matcher,
            choice.mapper,
            choice.loose,
            settings.max_splats,
        )
        self.wanted.emit(self.more.job_name, Asked(poses, settings), choice)
        self.accept()

    def _choose(self, chooser: Callable[[QWidget, str], list[str]]) -> None:
        chosen = chooser(self, self._folder)
        if chosen:
            self.bring(list(map(Path, chosen)))

    def _choose_preset(self, preset: Preset) -> None:
        if preset is not self._choice.preset:
            # Numbers that were chosen for the one mean nothing for the other.
            self._take(replace(self._choice, preset=preset, iterations=None, max_splats=None, max_size_px=None))

    def _take(self, choice: CaptureChoice) -> None:
        self._choice = choice
        self._show_choice()
        self._weigh()

    # What comes of it

    def _show_glance(self, seen: "Glance") -> None:
        self._seen = seen
        if seen.pictures:
            self.strip.show_pictures(seen.pictures)
        else:
            self.strip.invite()
        if self._looked is not None:
            self.findings.show_looked(self._looked, seen.passed_over)
        self._refresh()

    def _show_progress(self, progress: Progress) -> None:
        if progress.total:
            self.progress.show_progress(progress)
        self.doing.setText(QCoreApplication.translate("Engine", progress.label))

    def _show_looked(self, looked: Looked) -> None:
        self._looked = looked
        self.findings.show_looked(looked, self._seen.passed_over if self._seen is not None else ())
        self.more.show_frames(looked.found.video is not None)
        self._show_choice()
        self._weigh()

    def _show_fault(self, error: UserError) -> None:
        self.findings.show_fault(error)
        if not self.strip.count:
            self.strip.invite()
        self._refresh()

    def _show_room(self, room: Room) -> None:
        self._room = room
        self._refresh()

    def _learn_card(self, why_not: str | None) -> None:
        self._cuda = why_not is None
        says = self.tr("Training will run on the graphics card.")
        self.runs_on.setText(says if self._cuda else self.tr("Training will run on the processor."))
        self.runs_on.setToolTip(why_not or "")
        self._show_choice()
        self._weigh()

    def _weigh(self) -> None:
        if self._looked is not None:
            settings = self._settings(self._choice.preset)
            chosen = self._choice.jobs_folder
            lies_in = Path(chosen) if chosen else jobs_folder()
            wish = Wish(self._choice.frame_count, settings.max_size_px, settings.max_splats, lies_in)
            self.work.weigh(self._looked, wish)

    def _settings(self, preset: Preset) -> TrainingSettings:
        """With what the person changed, where this is the preset that is chosen."""
        own = self._choice if preset is self._choice.preset else CaptureChoice()
        settings = settings_for(
            preset,
            cuda=bool(self._cuda),
            iterations=own.iterations,
            max_splats=own.max_splats,
            max_size_px=own.max_size_px,
        )
        return replace(settings, strategy=self._choice.strategy, exposures=self._choice.exposures)

    # What it shows

    @property
    def _may_start(self) -> bool:
        is_known = self._looked is not None and self._cuda is not None
        return is_known and self._room is not None and self._room.fault is None

    def _show_choice(self) -> None:
        self.preset.show_preset(self._choice.preset)
        sizes_px = self._looked.found.sizes_px(self._choice.frame_count) if self._looked is not None else []
        preview = settings_for(Preset.PREVIEW, cuda=bool(self._cuda))
        for preset in Preset:
            settings = self._settings(preset)
            times = times_the_work(settings, preview, sizes_px) if sizes_px else None
            self.preset.describe(preset, words.preset_words(preset, settings, times))
        self.more.show_choice(self._choice, self._settings(self._choice.preset))
        self._refresh()

    def _refresh(self) -> None:
        looking = self.work.is_looking
        self.progress.setVisible(looking)
        if self._seen is not None:
            self.brought.setText(words.brought_words(self._seen, self._looked))
        elif not self._inputs:
            self.brought.setText(self.tr("Nothing is here yet"))
        else:
            self.brought.setText(self.more.name.placeholderText())
        room = self._room
        if room is not None:
            self.room.setText(words.fault_words(room.fault) if room.fault is not None else words.room_words(room))
            self.room.setProperty("warn", room.fault is not None or words.lacks_memory(room))
            self.room.setProperty("faint", not self.room.property("warn"))
            self.room.style().polish(self.room)
        self.room.setVisible(room is not None)
        self.runs_on.setVisible(self._cuda is not None)
        if not looking:
            self.progress.show_share(0)
            self.doing.setText(self.tr("Asking for the graphics card…") if self._cuda is None else "")
        self.start_button.setEnabled(self._may_start)
        self.start_button.setToolTip(self._start_tip())
        QTimer.singleShot(0, self, self._fit)

    def _start_tip(self) -> str:
        if self._may_start:
            return self.tr("Make this scene: it goes on when this window is closed (Enter)")
        if not self._inputs:
            return self.tr("Bring photos or a video first")
        if self.work.is_looking or self._cuda is None:
            return self.tr("Once the photos have been looked at")
        return self.tr("What is wrong is said above")

    def _fit(self) -> None:
        """As high as what it says, and no higher than the screen."""
        layout = self._body.layout()
        if layout is None:
            return
        layout.activate()
        inside = layout.heightForWidth(self.width()) if layout.hasHeightForWidth() else layout.sizeHint().height()
        rest = self.sizeHint().height() - self._area.sizeHint().height()
        most = round(self.screen().availableSize().height() * _SCREEN_SHARE)
        self.resize(self.width(), min(inside + rest, most))

    # What it is made of

    def _listen(self) -> None:
        self.add_photos.clicked.connect(lambda: self._choose(dialogs.choose_photos))
        self.add_folder.clicked.connect(lambda: self._choose(dialogs.choose_photos_folder))
        self.cancel.clicked.connect(self.reject)
        self.start_button.clicked.connect(self._start)
        self.preset.chosen.connect(self._choose_preset)
        self.more.changed.connect(self._take)
        self.more_fold.toggled.connect(lambda _open: self._fit())
        self.findings.resized.connect(self._fit)
        self.work.glanced.connect(self._show_glance)
        self.work.moved.connect(self._show_progress)
        self.work.looked.connect(self._show_looked)
        self.work.failed.connect(self._show_fault)
        self.work.weighed.connect(self._show_room)
        self.work.tried.connect(self._learn_card)
        self.finished.connect(lambda _result: self.work.close())

    def _lay_out(self) -> None:
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(self.brought, 1)
        line.addWidget(self.add_photos)
        line.addWidget(self.add_folder)
        body = QVBoxLayout(self._body)
        body.setContentsMargins(24, 20, 24, 12)
        body.setSpacing(14)
        body.addWidget(self.strip)
        body.addLayout(line)
        body.addWidget(self.findings)
        body.addWidget(self.preset)
        costs = QVBoxLayout()
        costs.setSpacing(2)
        costs.addWidget(self.room)
        costs.addWidget(self.runs_on)
        body.addLayout(costs)
        body.addWidget(self.more_fold)
        body.addWidget(self.more)
        body.addStretch(1)
        self._area = QScrollArea(self)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setWidgetResizable(True)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self._body)
        buttons = QHBoxLayout()
        buttons.setContentsMargins(24, 10, 24, 16)
        buttons.setSpacing(8)
        buttons.addWidget(self.doing, 1)
        buttons.addWidget(self.cancel)
        buttons.addWidget(self.start_button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._area, 1)
        column.addWidget(self.progress)
        column.addLayout(buttons)
        self.more.show_frames(False)
        self.resize(_WIDTH_PX, 10)

    def _line(self, property_name: str) -> ElidedLabel:
        """For names that may be of any length."""
        label = ElidedLabel(self)
        label.setProperty(property_name, True)
        label.setIndent(0)
        return label

    # Qt's own

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The window that it belongs to is closed: what looks at photos is not to be waited for."""
        if event.type() == QEvent.Type.Close:
            self.reject()
        return super().eventFilter(watched, event)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _local(event):
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        event.acceptProposedAction()
        self.bring(_local(event))


def _local(event: QDropEvent) -> list[Path]:
    """What was dropped and lies on this computer."""
    return [Path(item) for item in dialogs.dropped_items(event.mimeData()) if item and "://" not in item]
