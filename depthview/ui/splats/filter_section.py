"""The inspector's section about what is left out of the scenes, with how much each filter hides."""

import math
from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QWidget

from depthview.engine.splats.editing.selection import Box, Filters, Selection
from depthview.ui.figures import counted
from depthview.ui.parts.sections import Number, Percent, Section, say
from depthview.ui.parts.triplet import Triple, Triplet

_SIZES = (1e-6, 1e6)
_FARTHEST = 1e6
_NOTHING = Selection(np.empty(0, np.int32), 0)


class FilterSection(Section):
    """`filters_changed(Filters)` when a person turns something, `box_wanted` for one that fits the scenes."""

    filters_changed = Signal(object)
    box_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("FilterSection", "Filters"), parent)
        self._filters = Filters()
        self.opacity = Percent(0, 100)
        self.opacity.changed.connect(lambda percent: self._settle(replace(self._filters, least_opacity=percent / 100)))
        self.add(self.tr("Opacity from"), self.opacity, self.tr("Fainter splats are left out, per cent"))
        self._faint = self._count()
        self.smallest = Number(
            lowest=_SIZES[0], highest=_SIZES[1], step=0.001, decimals=6, suffix="", unset=self.tr("any")
        )
        self.smallest.changed.connect(lambda size: self._settle(replace(self._filters, smallest_size=size or 0.0)))
        self.add(self.tr("Size from"), self.smallest, self.tr("Smaller splats are left out, in the scene's unit"))
        self._small = self._count()
        self.largest = Number(
            lowest=_SIZES[0], highest=_SIZES[1], step=0.01, decimals=4, suffix="", unset=self.tr("any")
        )
        self.largest.changed.connect(
            lambda size: self._settle(replace(self._filters, largest_size=math.inf if size is None else size))
        )
        self.add(
            self.tr("Size up to"),
            self.largest,
            self.tr("Larger splats are left out, in the scene's unit: those that lie over everything like a veil"),
        )
        self._large = self._count()
        for field in (self.smallest, self.largest):
            field.setStepType(Number.StepType.AdaptiveDecimalStepType)
        self.floaters = self._switch(
            self.tr("Leave out floaters"), self.tr("What hangs alone in the air, far from any neighbour; takes a while")
        )
        self.floaters.toggled.connect(lambda on: self._settle(replace(self._filters, without_floaters=on)))
        self._floating = self._count()
        self.crop = self._switch(self.tr("Only what is in a box"), self.tr("Its corners can be typed, or pulled"))
        self.crop.toggled.connect(self._crop)
        self.low, self.high = (
            Triplet(
                ("x", "y", "z"),
                (
                    self.tr("Left to right, in the world's unit"),
                    self.tr("Top to bottom, in the world's unit"),
                    self.tr("Near to far, in the world's unit"),
                ),
                limit=_FARTHEST,
                step=0.1,
                decimals=2,
            )
            for _corner in range(2)
        )
        for corner in (self.low, self.high):
            corner.changed.connect(lambda _values: self._settle(replace(self._filters, box=self._typed_box())))
            self.form.addRow(corner)
        self.outside = self._switch(self.tr("Only what is outside of it"), self.tr("Cut out what is in the box"))
        self.outside.toggled.connect(lambda on: self._settle(replace(self._filters, outside_box=on)))
        self._cut = self._count()
        self._unsound = self.add_note()
        self.clear = QPushButton(self.tr("Show everything"), self)
        self.clear.setToolTip(self.tr("No filter at all"))
        self.clear.clicked.connect(lambda: self._settle(Filters()))
        self._total = self.add_note()
        self.form.addRow(self.clear)
        self.show_filters(self._filters)

    def show_filters(self, filters: Filters) -> None:
        self._filters = filters
        self.opacity.show_percent(round(100 * filters.least_opacity))
        self.smallest.show_number(filters.smallest_size or None)
        self.largest.show_number(filters.largest_size if math.isfinite(filters.largest_size) else None)
        for box, on in (
            (self.floaters, filters.without_floaters),
            (self.crop, filters.box is not None),
            (self.outside, filters.outside_box),
        ):
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)
        for field in (self.low, self.high, self.outside):
            self.show_row(field, filters.box is not None)
        if filters.box is not None:
            corners = filters.box.corners
            size, farthest = float(np.ptp(corners, axis=0).max()), float(10 * np.abs(corners).max())
            for field in (self.low, self.high):
                field.suit(size, farthest)
            self.low.show_values(_triple(corners.min(0)))
            self.high.show_values(_triple(corners.max(0)))

    def show_selection(self, selection: Selection | None) -> None:
        """How much each of them hides."""
        found = selection if selection is not None else _NOTHING
        filters = self._filters
        for note, count, on in (
            (self._faint, found.faint, filters.least_opacity > 0),
            (self._small, found.small, filters.smallest_size > 0),
            (self._large, found.large, math.isfinite(filters.largest_size)),
            (self._floating, found.floating, filters.without_floaters),
            (self._cut, found.cut, filters.box is not None),
        ):
            say(note, self._hides(count, found.total) if on else "")
        unsound = self.tr("{count} make no sense in the file, and cannot be drawn")
        say(self._unsound, unsound.format(count=counted(found.unsound)) if found.unsound else "")
        together = self.tr("Together: {words}").format(words=self._hides(found.hidden, found.total))
        say(self._total, together if found.hidden > found.unsound else "")

    def _hides(self, count: int, total: int) -> str:
        return self.tr("{count} of {total} hidden").format(count=counted(count), total=counted(total))

    def _count(self) -> QLabel:
        """A line for how much the filter above hides."""
        note = self.add_note()
        note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return note

    def _switch(self, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text, self)
        box.setToolTip(tip)
        box.setAccessibleName(text)
        self.form.addRow(box)
        return box

    def _crop(self, on: bool) -> None:
        if on:
            self.box_wanted.emit()
        else:
            self._settle(replace(self._filters, box=None))

    def _typed_box(self) -> Box:
        return Box.between(np.array(self.low.values), np.array(self.high.values))

    def _settle(self, filters: Filters) -> None:
        self.show_filters(filters)
        self.filters_changed.emit(filters)


def _triple(values: object) -> Triple:
    x, y, z = (float(value) for value in values)  # type: ignore[attr-defined]
    return x, y, z
