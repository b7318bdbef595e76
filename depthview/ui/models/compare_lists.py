"""What is to be compared: models, iterations and resolutions to tick, and how many settings that makes."""

from collections.abc import Hashable, Iterable
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QLabel, QListWidget, QListWidgetItem, QSpinBox, QVBoxLayout, QWidget

from depthview.engine.estimators.base import Selection
from depthview.engine.models.comparison.run import USUAL_ITERATIONS, USUAL_REPEATS, USUAL_SIZES_HW, plan
from depthview.engine.models.library import BUILT_INS, ModelFamily

_ROWS_SHOWN = 7


class CheckList(QListWidget):
    """Entries to tick; `ticked` is emitted when a person ticks one."""

    ticked = Signal()

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSpacing(1)
        self.itemChanged.connect(lambda _item: self.ticked.emit())

    def offer(self, entries: Iterable[tuple[str, Hashable]], ticked: Iterable[Hashable], *, anew: bool = False) -> None:
        """Show (label, value) pairs. What was there before stays as the person left it, unless it is to begin `anew`;
        of the others these are on."""
        before = {} if anew else {self._value(row): self._is_on(row) for row in range(self.count())}
        usual = set(ticked)
        self.blockSignals(True)
        self.clear()
        for label, value in entries:
            item = QListWidgetItem(label, self)
            item.setToolTip(label)
            item.setData(Qt.ItemDataRole.UserRole, [value])  # in a list, since Qt would turn a tuple into one
            item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsUserCheckable)
            on = before.get(value, value in usual)
            item.setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)
        self.blockSignals(False)
        row_px = max(18, self.sizeHintForRow(0))
        self.setMinimumHeight(row_px * min(_ROWS_SHOWN, max(2, self.count())) + 6)

    def tick(self, value: Hashable, on: bool = True) -> None:
        """As a person does."""
        row = next(row for row in range(self.count()) if self._value(row) == value)
        self.item(row).setCheckState(Qt.CheckState.Checked if on else Qt.CheckState.Unchecked)

    @property
    def values(self) -> list[Any]:
        """What is ticked."""
        return [self._value(row) for row in range(self.count()) if self._is_on(row)]

    def _value(self, row: int) -> Any:
        (value,) = self.item(row).data(Qt.ItemDataRole.UserRole)
        return tuple(value) if isinstance(value, list) else value

    def _is_on(self, row: int) -> bool:
        return self.item(row).checkState() is Qt.CheckState.Checked


class CompareLists(QWidget):
    """The lists, the number of runs, and the count of settings. `changed` is emitted when a person changes any."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._families: tuple[ModelFamily, ...] = ()
        self._eyes = 2
        self._titles: dict[str, str] = {}
        self.models = CheckList(self.tr("Models"), self)
        self.iterations = CheckList(self.tr("Iterations"), self)
        self.sizes = CheckList(self.tr("Resolutions"), self)
        self.repeats = QSpinBox(self)
        self.repeats.setRange(1, 100)
        self.repeats.setValue(USUAL_REPEATS)
        self.repeats.setAccessibleName(self.tr("Runs"))
        self.repeats.setToolTip(self.tr("The median time of so many runs counts; one more before them does not"))
        self.repeats.setPrefix(self.tr("Runs each: "))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        tips = (
            (
                self.models,
                3,
                self.tr("What is compared; the first one's best setting is what the others are held against"),
            ),
            (self.iterations, 2, self.tr("For models that iterate; each takes what it has that is nearest")),
            (
                self.sizes,
                2,
                self.tr("The sizes to work at, height x width; each model takes what it has that is nearest"),
            ),
        )
        for widget, stretch, tip in tips:
            heading = QLabel(widget.accessibleName(), self)
            heading.setProperty("section", True)
            heading.setToolTip(tip)
            widget.setToolTip(tip)
            column.addWidget(heading)
            column.addWidget(widget, stretch)
            widget.ticked.connect(self.changed)
        column.addSpacing(4)
        column.addWidget(self.repeats)
        self.offer(BUILT_INS)

    def offer(self, families: tuple[ModelFamily, ...], *, eyes: int = 2, chosen: str = "") -> None:
        """Offer these models; at first the one with the id `chosen` is ticked, and the built-in ones for pictures with
        so many `eyes`."""
        other_eyes = eyes != self._eyes
        if families == self._families and not other_eyes:
            return
        self._families, self._eyes = families, eyes
        self._titles = {family.model_id: family.title for family in families}
        usual = {family.model_id for family in BUILT_INS if family.eyes == eyes} | {chosen}
        models = [(family.title, family.model_id) for family in families]
        self.models.offer(models, usual, anew=other_eyes)
        counts = {count for family in families for count in family.iterations} | set(USUAL_ITERATIONS)
        self.iterations.offer([(str(count), count) for count in sorted(counts)], USUAL_ITERATIONS)
        sizes = {size_hw for family in families for size_hw in family.sizes_hw} | set(USUAL_SIZES_HW)
        self.sizes.offer([(f"{h} × {w}", (h, w)) for h, w in sorted(sizes)], USUAL_SIZES_HW)
        self.changed.emit()

    @property
    def titles(self) -> dict[str, str]:
        """The models' names for people, by their ids."""
        return self._titles

    @property
    def settings(self) -> list[Selection]:
        """What is ticked, as settings to try; empty where one of the lists has nothing ticked."""
        wanted = set(self.models.values)
        families = [family for family in self._families if family.model_id in wanted]
        if not (self.iterations.values and self.sizes.values):
            return []
        return plan(families, self.iterations.values, self.sizes.values)
