"""From a frame to two eyes that can be matched: where they are, which is which, and what is done to them before."""

from dataclasses import dataclass

from depthview.engine.frames import Frame, Layout, LayoutGuess, StereoPair
from depthview.engine.stereo.eyes.judge import LayoutJudge
from depthview.engine.stereo.eyes.split import split, whole
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.judge import Judging
from depthview.engine.stereo.prepare.preparation import Preparation, Prepared


@dataclass(frozen=True, slots=True, eq=False)
class EyesDecision:
    """What one frame's eyes were taken for.

    `guess` is what was found of the layout; `layout`, `swap` and `preparation` are in force; `findings` is what they
    follow from. `proposes_swap` says that the eyes look the other way round.
    """

    guess: LayoutGuess
    layout: Layout
    swap: bool
    proposes_swap: bool
    preparation: Preparation
    findings: Findings


class PairPreparer:
    """Prepares the frames of one source, in their order; owned by one thread. `judge` looks at them at once or beside.

    `each_alone` says that what was found of one frame says nothing of the next (a folder of pictures).
    """

    def __init__(self, hint: LayoutGuess | None, name: str, judge: Judging, *, each_alone: bool = False) -> None:
        self._layouts = LayoutJudge(hint, name)
        self._judge = judge
        self._each_alone = each_alone
        self._last: tuple[StereoPair, Asked, int] | None = None

    def layout_of(self, frame: Frame, layout: Layout | None) -> Layout:
        """The layout in which `frame` is split where `layout` is asked for, None: as found."""
        return layout or self._layouts.guess(frame).layout

    def prepare(
        self, frame: Frame, layout: Layout | None, swap: bool | None, choices: PreparationChoices, *, eyes: int = 2
    ) -> tuple[Prepared, EyesDecision]:
        """The eyes of `frame` for an estimator that looks at so many `eyes`. Where the picture shows one, it is both.

        Raises UserError when it shows one and two are wanted, or a chosen rig does not fit it.
        """
        guess = self._layouts.guess(frame)
        in_force = layout or guess.layout
        one_eye = in_force is Layout.MONO and eyes == 1
        pair = whole(frame) if one_eye else split(frame, in_force, swap=False)
        asked = Asked(swap, choices, guess)
        self._judge.offer(pair, asked)
        decision = self._decide(pair, guess, in_force, asked, looks_with=eyes)
        self._last = pair, asked, eyes
        return decision.preparation.apply(pair), decision

    def decide_again(self, decision: EyesDecision) -> EyesDecision:
        """What the newest frame's eyes are taken for by now: the same object where nothing else was found since."""
        if self._last is None or self._judge.findings in (None, decision.findings):
            return decision
        pair, asked, eyes = self._last
        return self._decide(pair, decision.guess, decision.layout, asked, looks_with=eyes)

    def _decide(
        self, pair: StereoPair, guess: LayoutGuess, layout: Layout, asked: Asked, *, looks_with: int
    ) -> EyesDecision:
        findings = self._judge.findings
        if findings is None or not self._speaks_of(findings, pair):
            findings = Findings.none_yet(pair.size_hw, asked)
        preparation = findings.preparation(asked)
        if looks_with == 1:  # it looks at one picture: nothing of it has to fit the other
            preparation = Preparation(preparation.swap, preparation.bars)
        two_eyes = pair.left is not pair.right
        proposes = two_eyes and asked.proposes_swap(findings.order)
        return EyesDecision(guess, layout, preparation.swap, proposes, preparation, findings)

    def _speaks_of(self, findings: Findings, pair: StereoPair) -> bool:
        return findings.size_hw == pair.size_hw and (findings.seq == pair.seq or not self._each_alone)
