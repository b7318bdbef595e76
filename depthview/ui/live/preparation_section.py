"""What is done to the two eyes before they are compared: a tick is what the person wants of a step, beside it stands
what was found and done. What is left alone although it is wanted is one click from being done."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QWidget

from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.status import SessionStatus
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.preparation import Preparation
from depthview.ui.parts.sections import Section
from depthview.ui.speech import sentence

_UNLIKE_LEVELS = 3
"""Grey levels. Colours that differ by less do not disturb matching, see engine/stereo/prepare/colours.py."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one step: a few words, and the reason in a sentence. `could_be_done`: it is left alone, and would
    be done if it were insisted on."""

    words: str = ""
    reason: str = ""
    could_be_done: bool = False


class StepRow(QWidget):
    """`turned(bool)` only when a person clicks; `insisted` when they want what is left alone done all the same."""

    turned = Signal(bool)
    insisted = Signal()

    def __init__(self, label: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip = tip
        self.box = QCheckBox(label, self)
        self.box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.box.clicked.connect(self.turned)
        self.figure = QLabel(self)
        self.figure.setProperty("faint", True)
        self.insist = QToolButton(self)
        self.insist.setObjectName("anyway")
        self.insist.setText(self.tr("anyway"))
        self.insist.setToolTip(self.tr("Do it all the same"))
        self.insist.setAccessibleName(self.tr("{step}, all the same").format(step=label))
        self.insist.clicked.connect(lambda _on: self.insisted.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.box)
        row.addStretch(1)
        row.addWidget(self.figure)
        row.addWidget(self.insist)
        self.show_outcome(Outcome())

    def show_wanted(self, wanted: bool) -> None:
        self.box.setChecked(wanted)

    def show_outcome(self, outcome: Outcome) -> None:
        self.figure.setText(outcome.words)
        self.insist.setVisible(outcome.could_be_done)
        self.setToolTip("\n".join(part for part in (self._tip, outcome.reason) if part))


class PreparationSection(Section):
    """`chosen(LiveSettings)`: the settings as the person has turned them. `untouched(bool)`: compare, for a while."""

    chosen = Signal(object)
    untouched = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("PreparationSection", "Eyes"), parent)
        self._settings = LiveSettings()
        self.bars = self._step(self.tr("Cut black bars"), self.tr("Bars are cut before matching and put back after"))
        self.rows = self._step(
            self.tr("Even the rows"), self.tr("Turns the eyes until the same thing lies at one height in both")
        )
        self.colours = self._step(
            self.tr("Match the colours"), self.tr("For matching only: what is shown keeps its colours")
        )
        self.shift = self._step(
            self.tr("Follow converged eyes"),
            self.tr("Looks only where things lie, also behind the screen, where eyes are turned in"),
        )
        self._found = (self.bars, self.rows, self.colours, self.shift)
        self.steady = self._step(self.tr("Hold still"), self.tr("What stands still keeps its depth, without flicker"))
        self.bars.turned.connect(lambda on: self._turn(replace(self._choices, bars=None if on else False)))
        self.rows.turned.connect(lambda on: self._turn(replace(self._choices, rows=None if on else False)))
        self.rows.insisted.connect(lambda: self._turn(replace(self._choices, rows=True)))
        self.colours.turned.connect(lambda on: self._turn(replace(self._choices, colours=None if on else False)))
        self.colours.insisted.connect(lambda: self._turn(replace(self._choices, colours=True)))
        self.shift.turned.connect(lambda on: self._turn(replace(self._choices, shift_share=None if on else 0.0)))
        self.steady.turned.connect(lambda on: self.chosen.emit(replace(self._settings, steady=on)))
        self.compare = QPushButton(self.tr("Compare with untouched"), self)
        self.compare.setCheckable(True)
        self.compare.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.compare.setToolTip(self.tr("Show the depth of the two eyes just as they come (U)"))
        self.compare.clicked.connect(self.untouched)
        self.form.addRow(self.compare)
        self.show_settings(self._settings)

    def show_settings(self, settings: LiveSettings) -> None:
        """What the person wants; what becomes of it the next status says."""
        if settings != self._settings:
            for row in self._found:
                row.show_outcome(Outcome())
        self._settings = settings
        choices = settings.preparation
        self.compare.setChecked(settings.untouched)
        self.bars.show_wanted(choices.bars is not False)
        self.rows.show_wanted(choices.rows is not False)
        self.colours.show_wanted(choices.colours is not False)
        self.shift.show_wanted(choices.shift_share != 0)
        self.steady.show_wanted(settings.steady)
        # What a rig measured is of the whole picture, and brings the rows to one height itself.
        for row in (self.bars, self.rows):
            row.box.setEnabled(not self._measured)

    def show_status(self, status: SessionStatus) -> None:
        """What was found, and what is done."""
        two_eyes = status.eyes != 1
        for row in (self.rows, self.colours, self.shift):
            self.show_row(row, two_eyes)
        self.show_row(self.compare, two_eyes)
        findings, done = status.findings, status.preparation
        if findings is None or done is None or not findings.looked:
            outcomes = [Outcome()] * 4
        elif self._settings.untouched:
            outcomes = [Outcome(self.tr("not now"), self.tr("Not done while the eyes are shown untouched."))] * 4
        else:
            outcomes = [
                self._of_bars(findings, done),
                self._of_rows(findings, done),
                self._of_colours(findings, done),
                self._of_shift(findings, done),
            ]
        for row, outcome in zip(self._found, outcomes, strict=True):
            row.show_outcome(outcome)

    # What became of each step

    def _of_bars(self, findings: Findings, done: Preparation) -> Outcome:
        height, width = findings.size_hw
        if self._measured:
            reason = self.tr("A measured rig is in force, and it is of the whole picture.")
            return Outcome(self.tr("by the rig"), reason)
        box = findings.bars.left
        if box.size_hw == findings.size_hw:
            return Outcome(self.tr("none"), self.tr("There are no black bars."))
        reason = self.tr("The picture is {across} x {down} of {width} x {height} pixels of an eye.").format(
            across=box.width, down=box.height, width=width, height=height
        )
        if done.bars.left.size_hw == findings.size_hw:
            return Outcome(self.tr("left in"), reason)
        return Outcome(self.tr("cut off"), reason)

    def _of_rows(self, findings: Findings, done: Preparation) -> Outcome:
        rows = findings.rows
        if self._measured:
            return Outcome(self.tr("by the rig"), self.tr("A measured rig is in force, and it does this."))
        if rows is None or self._choices.rows is False:
            return Outcome()
        reason = sentence(rows.reason)
        if done.warp is None:
            if rows.trusted:
                return Outcome(self.tr("even"), reason)
            return Outcome(self.tr("left alone"), reason, could_be_done=rows.warp is not None)
        if rows.before_px is None or rows.after_px is None:
            return Outcome(self.tr("evened"), reason)
        words = self.tr("evened, {after:.1f} px off").format(after=rows.after_px)
        figures = self.tr("The same thing lay {before:.1f} px higher or lower in one eye, and {after:.1f} px now.")
        return Outcome(words, f"{reason}\n{figures.format(before=rows.before_px, after=rows.after_px)}")

    def _of_colours(self, findings: Findings, done: Preparation) -> Outcome:
        colours = findings.colours
        if colours is None or self._choices.colours is False:
            return Outcome()
        levels, reason = round(colours.difference), sentence(colours.reason)
        if done.colours is not None:
            return Outcome(self.tr("by {levels} of 255").format(levels=levels), reason)
        if colours.match is not None and levels < _UNLIKE_LEVELS:
            return Outcome(self.tr("alike"), reason)
        return Outcome(self.tr("left alone"), reason, could_be_done=colours.match is not None)

    def _of_shift(self, findings: Findings, done: Preparation) -> Outcome:
        if self._choices.shift_share == 0:
            return Outcome()
        reason = sentence(findings.span.reason) if findings.span is not None else ""
        if done.span is None:
            return Outcome(self.tr("not known"), reason)
        if done.shift_px == 0:
            return Outcome(self.tr("not converged"), reason)
        return Outcome(self.tr("by {shift} px").format(shift=abs(done.shift_px)), reason)

    # What the person did

    def _step(self, label: str, tip: str) -> StepRow:
        row = StepRow(label, tip, self)
        self.form.addRow(row)
        return row

    @property
    def _choices(self) -> PreparationChoices:
        return self._settings.preparation

    @property
    def _measured(self) -> bool:
        """Whether a measured rig is in force."""
        return self._settings.road.preparation.rig is not None

    def _turn(self, choices: PreparationChoices) -> None:
        # Whoever turns a step wants to see what it does.
        self.chosen.emit(replace(self._settings, preparation=choices, untouched=False))
