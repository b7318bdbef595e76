"""What is done to the two eyes before they are compared: each step says what it found, and is one click from off."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QPushButton, QWidget

from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.status import SessionStatus
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.preparation import Preparation
from depthview.ui.parts.sections import Section
from depthview.ui.speech import sentence


@dataclass(frozen=True, slots=True)
class Step:
    """What is shown of one step: whether it is in force, a short figure, and the reason in a sentence."""

    in_force: bool
    figure: str
    reason: str


class StepRow(QWidget):
    """`turned(bool)` only when a person clicks."""

    turned = Signal(bool)

    def __init__(self, label: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip = tip
        self.box = QCheckBox(label, self)
        self.box.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.box.clicked.connect(self.turned)
        self.figure = QLabel(self)
        self.figure.setProperty("faint", True)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.box)
        row.addStretch(1)
        row.addWidget(self.figure)
        self.show_step(Step(False, "", ""))

    def show_step(self, step: Step) -> None:
        self.box.setChecked(step.in_force)
        self.figure.setText(step.figure)
        self.setToolTip("\n".join(part for part in (self._tip, step.reason) if part))


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
        self.steady = self._step(self.tr("Hold still"), self.tr("What stands still keeps its depth, without flicker"))
        self.bars.turned.connect(lambda on: self._turn(replace(self._choices, bars=on)))
        self.rows.turned.connect(lambda on: self._turn(replace(self._choices, rows=on)))
        self.colours.turned.connect(lambda on: self._turn(replace(self._choices, colours=on)))
        self.shift.turned.connect(lambda on: self._turn(replace(self._choices, shift_share=None if on else 0.0)))
        self.steady.turned.connect(lambda on: self._settle(replace(self._settings, steady=on)))
        self.compare = QPushButton(self.tr("Compare with untouched"), self)
        self.compare.setCheckable(True)
        self.compare.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.compare.setToolTip(self.tr("Show the depth of the two eyes just as they come (U)"))
        self.compare.clicked.connect(self.untouched)
        self.form.addRow(self.compare)

    def show_settings(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.compare.setChecked(settings.untouched)
        self.steady.show_step(Step(settings.steady, "", ""))

    def show_status(self, status: SessionStatus) -> None:
        """What was found, and what is done."""
        two_eyes = status.eyes != 1
        for row in (self.rows, self.colours, self.shift):
            self.show_row(row, two_eyes)
        self.show_row(self.compare, two_eyes)
        findings, done = status.findings, status.preparation
        known = findings is not None and findings.looked and done is not None
        # What a rig measured is of the whole picture, and brings the rows to one height itself.
        for row in (self.colours, self.shift):
            row.box.setEnabled(known)
        for row in (self.bars, self.rows):
            row.box.setEnabled(known and not self._measured)
        if findings is None or done is None or not known:
            return
        self.bars.show_step(self._of_bars(findings, done))
        self.rows.show_step(self._of_rows(findings, done))
        self.colours.show_step(self._of_colours(findings, done))
        self.shift.show_step(self._of_shift(findings, done))

    # What each step says

    def _of_bars(self, findings: Findings, done: Preparation) -> Step:
        height, width = findings.size_hw
        if self._measured:
            reason = self.tr("A measured rig is in force, and it is of the whole picture.")
            return Step(False, self.tr("by the rig"), reason)
        box = findings.bars.left
        if box.size_hw == findings.size_hw:
            return Step(False, self.tr("none"), self.tr("There are no black bars."))
        figure = self.tr("{across} x {down} px stay").format(across=box.width, down=box.height)
        reason = self.tr("The picture is {across} x {down} of {width} x {height} pixels of an eye.").format(
            across=box.width, down=box.height, width=width, height=height
        )
        return Step(done.bars.left.size_hw != findings.size_hw, figure, reason)

    def _of_rows(self, findings: Findings, done: Preparation) -> Step:
        rows = findings.rows
        if self._measured:
            reason = self.tr("A measured rig is in force, and it does this.")
            return Step(done.warp is not None, self.tr("by the rig"), reason)
        if rows is None:
            return Step(False, "", "")
        figure = self.tr("even") if rows.warp is None and rows.trusted else ""
        if rows.before_px is not None and rows.after_px is not None and rows.warp is not None:
            figure = self.tr("{before:.1f} → {after:.1f} px").format(before=rows.before_px, after=rows.after_px)
        return Step(done.warp is not None, figure, sentence(rows.reason))

    def _of_colours(self, findings: Findings, done: Preparation) -> Step:
        colours = findings.colours
        if colours is None:
            return Step(False, "", "")
        levels = round(colours.difference)
        figure = self.tr("{levels} of 255 off").format(levels=levels) if levels else ""
        return Step(done.colours is not None, figure, sentence(colours.reason))

    def _of_shift(self, findings: Findings, done: Preparation) -> Step:
        figure = self.tr("{shift} px").format(shift=done.shift_px) if done.shift_px else ""
        reason = sentence(findings.span.reason) if findings.span is not None else ""
        return Step(self._choices.shift_share is None and done.span is not None, figure, reason)

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
        self._settle(replace(self._settings, preparation=choices, untouched=False))

    def _settle(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.chosen.emit(settings)
