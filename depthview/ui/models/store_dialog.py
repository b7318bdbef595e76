"""The catalogue in the window: what there is, what it may be used for, and one button that brings it here."""

from collections.abc import Callable

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QMessageBox,
    QVBoxLayout,
    QWidget,
)

from depthview.engine.errors import UserError
from depthview.engine.models.catalogue import Catalogue, CatalogueModel
from depthview.engine.progress import Progress
from depthview.ui.errands import Errands
from depthview.ui.models.store_page import ModelPage
from depthview.ui.models.store_work import Installed, Outcome, StoreWork
from depthview.ui.parts.buttons import push_button
from depthview.ui.parts.sections import Choice
from depthview.ui.parts.thin_bar import ThinBar
from depthview.ui.speech import sentence

_LIST_PX = 300
_EVERYTHING = ""


class StoreDialog(QDialog):
    """A window of its own that keeps nobody waiting. `changed` when a model came or went.

    It may be closed while a download goes on; `cancel` ends that.
    """

    changed = Signal()

    def __init__(self, errands: Errands, catalogue: Callable[[], Catalogue], parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(self.tr("More models"))
        self.resize(940, 600)
        self._models: dict[str, CatalogueModel] = {}
        self._installed: Installed = {}
        self.work = StoreWork(errands, catalogue, self)
        self.work.listed.connect(self._show_catalogue)
        self.work.moved.connect(self._show_progress)
        self.work.ended.connect(self._end)
        self.work.failed.connect(self._fail)
        self.which = Choice()
        self.which.offer(
            [
                (self.tr("All models"), _EVERYTHING),
                (self.tr("For two eyes"), "stereo"),
                (self.tr("For one eye"), "mono"),
                (self.tr("For 360° photos"), "panorama"),
                (self.tr("Installed"), "installed"),
            ],
            _EVERYTHING,
        )
        self.which.chosen.connect(lambda _which: self._list())
        self.list = QListWidget(self)
        self.list.currentItemChanged.connect(lambda _new, _old: self._show_model())
        self.page = ModelPage(self)
        self.page.variant.chosen.connect(lambda _label: self._refresh())
        self.progress = ThinBar(self)
        self.download = push_button(self.tr("Download"), self.tr("Bring this model to this computer"), self)
        self.download.setObjectName("primary")
        self.cancel_button = push_button(
            self.tr("Cancel"), self.tr("What has come so far is kept for the next time"), self
        )
        self.remove = push_button(self.tr("Remove…"), self.tr("Delete this model from this computer"), self)
        self.download.clicked.connect(self._download)
        self.cancel_button.clicked.connect(self.work.cancel)
        self.remove.clicked.connect(self._ask_remove)
        self._lay_out()
        self._refresh()
        self.work.look()

    @property
    def model(self) -> CatalogueModel | None:
        """The one that is looked at."""
        item = self.list.currentItem()
        return self._models.get(item.data(Qt.ItemDataRole.UserRole)) if item is not None else None

    def select(self, model_id: str) -> None:
        """Look at this one, if it is in the list."""
        for row in range(self.list.count()):
            if self.list.item(row).data(Qt.ItemDataRole.UserRole) == model_id:
                self.list.setCurrentRow(row)

    # What the person does

    def _download(self) -> None:
        model = self.model
        if model is not None and model.variants and not self.work.is_busy:
            self.page.say(self.tr("Connecting…"))
            self.work.pull(model, model.choose(label=self.page.variant.currentData()))
            self._refresh()

    def _ask_remove(self) -> None:
        model = self.model
        if model is None or self.work.is_busy:
            return
        question = QMessageBox(
            QMessageBox.Icon.Question,
            self.tr("Remove"),
            self.tr("Remove {title} from this computer?").format(title=model.title),
            QMessageBox.StandardButton.Yes | QMessageBox.StandardButton.No,
            self,
        )
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setDefaultButton(QMessageBox.StandardButton.No)
        question.button(QMessageBox.StandardButton.Yes).clicked.connect(lambda: self._remove(model))
        question.open()

    def _remove(self, model: CatalogueModel) -> None:
        self.work.remove(model)
        self._refresh()

    # What it shows

    def _show_catalogue(self, catalogue: Catalogue, installed: Installed) -> None:
        self._models = {model.model_id: model for model in catalogue.models}
        self._installed = installed
        self._list()

    def _list(self) -> None:
        which, before = self.which.currentData(), self.model
        self.list.clear()
        for model in self._models.values():
            here = bool(self._installed.get(model.model_id))
            if which not in (_EVERYTHING, model.sees) and not (which == "installed" and here):
                continue
            item = QListWidgetItem(f"{model.title}  ✓" if here else model.title)
            item.setData(Qt.ItemDataRole.UserRole, model.model_id)
            item.setToolTip(model.good_for)
            self.list.addItem(item)
        if before is not None:
            self.select(before.model_id)
        if self.list.currentItem() is None:
            self.list.setCurrentRow(0)
        self._show_model()

    def _show_model(self) -> None:
        model = self.model
        self.page.show_model(model, self._installed.get(model.model_id, ()) if model is not None else ())
        self._refresh()

    def _refresh(self) -> None:
        model, busy = self.model, self.work.is_busy
        installed = self._installed.get(model.model_id, ()) if model is not None else ()
        label = self.page.variant.currentData()
        has_files = model is not None and bool(model.variants)
        self.download.setEnabled(has_files and not busy and label not in installed)
        self.download.setVisible(has_files)
        self.remove.setEnabled(bool(installed) and not busy)
        self.cancel_button.setVisible(busy)
        self.progress.setVisible(busy)
        if not busy:
            self.progress.show_share(0)

    def _show_progress(self, progress: Progress) -> None:
        self.progress.show_progress(progress)
        amount = f"{progress.done:.0f} / {progress.total:.0f}" if progress.total else f"{progress.done:.0f}"
        self.page.say(f"{progress.label}: {amount}")

    def _end(self, outcome: Outcome) -> None:
        if outcome.stopped:
            self.page.say(self.tr("Cancelled. What has come so far is kept: the next download goes on from there."))
        elif outcome.pulled is None:
            self.page.say(self.tr("{title} was removed.").format(title=outcome.model.title))
        elif outcome.pulled.pinned:
            words = self.tr("{title} is installed. Nobody has published its sum; from now on it has to stay the same.")
            self.page.say(words.format(title=outcome.model.title))
        else:
            self.page.say(
                self.tr("{title} is installed, and is what its authors published.").format(title=outcome.model.title)
            )
        self._refresh()
        self.work.look()
        if not outcome.stopped:
            self.changed.emit()

    def _fail(self, error: UserError) -> None:
        self.page.say(sentence(error), trouble=True)
        self._refresh()

    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(8)
        self.list.setFixedWidth(_LIST_PX)
        self.list.setSpacing(2)
        left.addWidget(self.which)
        left.addWidget(self.list, 1)
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        buttons.addWidget(self.remove)
        buttons.addStretch(1)
        buttons.addWidget(self.cancel_button)
        buttons.addWidget(self.download)
        right = QVBoxLayout()
        right.setSpacing(10)
        right.addWidget(self.page, 1)
        right.addWidget(self.progress)
        right.addLayout(buttons)
        row = QHBoxLayout(self)
        row.setContentsMargins(18, 16, 18, 16)
        row.setSpacing(20)
        row.addLayout(left)
        row.addLayout(right, 1)
