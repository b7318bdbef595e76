"""The inspector's section about where the chosen scene stands: which way is up, how it is turned, what a metre is."""

from dataclasses import replace

import numpy as np
from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QWidget

from depthview.ui.parts.sections import Choice, Number, Section, say
from depthview.ui.parts.triplet import Triplet
from depthview.ui.splats.items import Item
from depthview.ui.splats.turning import upright_deg
from depthview.ui.splats.words import facts_words, unit_words
from depthview.ui.splats_memory import Stand, Triple

_FARTHEST = 1e6
_SCALES = (1e-4, 1e4)
_LENGTHS_M = (0.001, 1e5)
_GUESS = "guess"

_AXES = {"-y": (0, -1, 0), "+y": (0, 1, 0), "+z": (0, 0, 1), "-z": (0, 0, -1), "+x": (1, 0, 0), "-x": (-1, 0, 0)}
"""What may be up in a file, the likeliest first: photos that COLMAP placed have y down, most 3D programs y or z up."""
_UPS: dict[str, Triple] = {name: upright_deg(np.array(axis, np.float64)) for name, axis in _AXES.items()}
"""Yaw, pitch and roll that let each of them stand up."""
_TRAINED = "-y"


class StandSection(Section):
    """`stand_changed(Stand)` when a person moves it, `length_known(Stand)` when its size follows from the line that was
    measured, `guess_wanted` for which way is up, `beside_wanted`, and
    `measure_wanted` when a known length is to be measured first."""

    stand_changed = Signal(object)
    length_known = Signal(object)
    guess_wanted = Signal()
    beside_wanted = Signal()
    measure_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("StandSection", "Where it stands"), parent)
        self._stand = Stand()
        self._length: float | None = None
        self.up = Choice()
        self.up.chosen.connect(self._choose_up)
        self.add(self.tr("Up"), self.up, self.tr("Which of the file's axes stands up; nothing in a file tells"))
        self.turn = Triplet(
            ("", "", ""),
            (
                self.tr("Yaw: turned to the right, degrees"),
                self.tr("Pitch: turned up, degrees"),
                self.tr("Roll: turned sideways, degrees"),
            ),
            limit=180.0,
            step=1.0,
            decimals=1,
            suffix="°",
        )
        self.turn.changed.connect(lambda turn: self._settle(replace(self._stand, turn_deg=turn)))
        self._add_below(self.tr("Turned right, up, sideways"), self.turn)
        self.shift = Triplet(
            ("", "", ""),
            (
                self.tr("Shifted to the right, in the unit below"),
                self.tr("Shifted down, in the unit below"),
                self.tr("Shifted forward, in the unit below"),
            ),
            limit=_FARTHEST,
            step=0.1,
            decimals=2,
        )
        self.shift.changed.connect(lambda shift: self._settle(replace(self._stand, shift=shift)))
        self._add_below(self.tr("Shifted right, down, forward"), self.shift)
        self.scale = Number(lowest=_SCALES[0], highest=_SCALES[1], step=0.05, decimals=4, suffix=" ×")
        self.scale.changed.connect(lambda scale: self._settle(replace(self._stand, scale=scale)))
        self.add(self.tr("Size"), self.scale, self.tr("So many times as large as it was trained"))
        self.true_length = Number(
            lowest=_LENGTHS_M[0],
            highest=_LENGTHS_M[1],
            step=0.1,
            decimals=3,
            suffix=" m",
            unset=self.tr("measure first"),
        )
        self.true_length.changed.connect(self._set_length)
        self.add(
            self.tr("True length"),
            self.true_length,
            self.tr("Of the line that was measured in the scene (M), as it is in truth, metres: it sizes the scene"),
        )
        self.measure = QPushButton(self.tr("Measure"), self)
        self.measure.setToolTip(self.tr("Click two points in the scene (M), then type how far they are apart, metres"))
        self.measure.clicked.connect(self.measure_wanted)
        self.beside = QPushButton(self.tr("Beside"), self)
        self.beside.setToolTip(self.tr("Put it to the right of all others"))
        self.beside.clicked.connect(self.beside_wanted)
        self.back = QPushButton(self.tr("As trained"), self)
        self.back.setToolTip(self.tr("Back to where and as large as the file has it"))
        self.back.clicked.connect(lambda: self._settle(Stand()))
        row = QHBoxLayout()
        row.setSpacing(4)
        for button in (self.measure, self.beside, self.back):
            row.addWidget(button, 1)
        self.form.addRow(row)
        self._unit = self.add_note()
        self._facts = self.add_note()

    def show_item(self, item: Item | None) -> None:
        """What is chosen; None where there is nothing."""
        self.setVisible(item is not None)
        if item is None:
            return
        self._stand = item.stand
        by_hand = next((up for up, turn in _UPS.items() if np.allclose(turn, item.stand.turn_deg, atol=0.05)), "")
        entries = [(self._axis(up), up) for up in _UPS]
        self.up.offer([*entries, (self.tr("guess it"), _GUESS)], by_hand)
        self.turn.show_values(item.stand.turn_deg)
        low, high = item.world_box
        self.shift.suit(float((high - low).max()), 10 * float(max(np.abs(low).max(), np.abs(high).max())))
        self.shift.show_values(item.stand.shift)
        self.scale.show_number(item.stand.scale)
        self.true_length.setEnabled(self._length is not None)
        say(self._unit, unit_words(item))
        say(self._facts, facts_words(item))

    def take_measure(self, length: float | None) -> None:
        """So long is the line that was measured, in the world's unit; None: there is none any more."""
        self._length = length
        self.true_length.show_number(None)
        self.true_length.setEnabled(length is not None)
        self.true_length.setSpecialValueText(self.tr("measure first") if length is None else self.tr("type it"))
        if length is not None:
            self.true_length.setFocus()

    def _add_below(self, words: str, field: QWidget) -> None:
        """A field that takes the whole row, and what it is above it."""
        heading = QLabel(words, self)
        heading.setProperty("faint", True)
        self.form.addRow(heading)
        self.form.addRow(field)

    def _axis(self, up: str) -> str:
        return self.tr("-y, as trained") if up == _TRAINED else up

    def _choose_up(self, up: str) -> None:
        if up == _GUESS:
            self.guess_wanted.emit()
        else:
            self._settle(replace(self._stand, turn_deg=_UPS[up]))

    def _set_length(self, metres: float | None) -> None:
        if metres is not None and self._length:
            scale = min(_SCALES[1], max(_SCALES[0], self._stand.scale * metres / self._length))
            self._length = metres
            self._stand = replace(self._stand, scale=scale, has_metres=True)
            self.length_known.emit(self._stand)

    def _settle(self, stand: Stand) -> None:
        self._stand = stand
        self.stand_changed.emit(stand)
