"""Looks at some of a source's frames, and says what has to be done to all of them."""

from dataclasses import replace
from typing import Protocol

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.eyes.order import OrderJudge
from depthview.engine.stereo.matching.carried import Moment
from depthview.engine.stereo.matching.matches import Matches, find_matches
from depthview.engine.stereo.prepare.bars import BarsJudge
from depthview.engine.stereo.prepare.colours import ColoursJudge
from depthview.engine.stereo.prepare.findings import Findings
from depthview.engine.stereo.prepare.geometry import Asked, Geometry
from depthview.engine.stereo.prepare.preparation import Preparation
from depthview.engine.stereo.prepare.span import SpanJudge
from depthview.engine.stereo.rectification.rows import RowsJudge

_EAGER_LOOKS = 5
_EAGER_S = 0.35
_STEADY_S = 1.5
_SWUNG_S = 0.1
"""Between looks. The first few settle a clip; from then on a look only notices that something has changed."""
_GLANCE_S = 0.5
"""After a longer pause nothing is followed."""
_KEPT_SHARE = 0.7
"""Of the points that are followed: with fewer, half the picture may have come in since the last look."""
_ORDER_LOOKS = 12
"""After so many the order of the eyes has said what it can."""


class Judging(Protocol):
    """Who looks: at once, or beside the picture in a thread of its own."""

    @property
    def findings(self) -> Findings | None:
        """The newest; None until there was a look."""
        ...

    def offer(self, pair: StereoPair, asked: Asked) -> None:
        """A pair as the source gives it, in the frames' order. Most are not looked at."""
        ...


class PairJudge:
    """Looks at once. One source, owned by one thread. With `each_alone` every frame is judged by itself, as in a folder
    whose pictures come from many cameras."""

    def __init__(self, *, each_alone: bool = False) -> None:
        self.findings: Findings | None = None
        self._each_alone = each_alone
        self._cadence = Cadence()
        self._geometry: Geometry | None = None
        self._moment: Moment | None = None
        self._start_over()

    def offer(self, pair: StereoPair, asked: Asked) -> None:
        """Look at `pair` where it is time to. Raises UserError for a rig of another shape."""
        if self.wants(pair, asked):
            self.look(pair, asked)
        elif self.follows(pair):
            self.glance(pair)

    def wants(self, pair: StereoPair, asked: Asked) -> bool:
        """Whether this pair should be looked at. Raises as `offer`."""
        if not self.speaks_of(pair, asked):
            return True
        thinned = self._moment is not None and self._moment.kept_share < _KEPT_SHARE
        return not self._each_alone and self._cadence.due(pair, moving=self._rows.moving, thinned=thinned)

    def speaks_of(self, pair: StereoPair, asked: Asked) -> bool:
        """Whether what was found holds for this pair and for what is asked for. Raises as `offer`."""
        now = self.findings
        if now is None or now.size_hw != pair.size_hw or (self._each_alone and now.seq != pair.seq):
            return False
        return now.geometry == Geometry.of(now.size_hw, now.bars, now.order, asked)

    def follows(self, pair: StereoPair) -> bool:
        """Whether the eyes turn against each other, so that a glance at this pair, which `speaks_of`, is worth it."""
        last = self._moment
        return last is not None and last.seq != pair.seq and 0 < pair.pts_s - last.pts_s < _GLANCE_S

    def glance(self, pair: StereoPair) -> None:
        """Follow the eyes' turns in a pair that comes soon after the last one; all else stays as it was found."""
        assert self.findings is not None
        assert self._moment is not None
        before = self._moment
        self._moment = before.next(_compared(pair, self.findings.geometry))
        self._rows.glance(self._moment.matches, pair.pts_s - before.pts_s)
        rows, matches = self._rows.verdict, self._moment.matches
        self._span.glance(matches if rows.warp is None else rows.warp.points(matches))
        self.findings = replace(self.findings, seq=pair.seq, rows=rows, span=self._span.verdict)

    def look(self, pair: StereoPair, asked: Asked) -> None:
        before = self.findings
        if self._each_alone or before is None or before.size_hw != pair.size_hw:
            self._start_over()
        self._cadence.looked(pair)
        self._moment = None
        one_eye = pair.left is pair.right
        self._bars.look(pair.left, pair.right)
        bars = self._bars.bars
        inner = Preparation(False, bars).apply(pair).matched
        matches = None if one_eye else find_matches(inner)
        if matches is not None and self._order_looks < _ORDER_LOOKS:
            self._order_looks += self._order.look(inner, matches)  # what is dark says nothing, and does not count
        order = self._order.verdict
        geometry = Geometry.of(pair.size_hw, bars, order, asked)
        if geometry != self._geometry:
            self._geometry = geometry
            self._rows, self._colours, self._span = RowsJudge(), ColoursJudge(), SpanJudge()
        found = Findings(pair.size_hw, pair.seq, bars, order, geometry)
        self.findings = found if matches is None else self._finer(pair, matches, found, asked)

    def _finer(self, pair: StereoPair, matches: Matches, found: Findings, asked: Asked) -> Findings:
        """Rows, colours and span, each judged on what the one before makes of the pair."""
        geometry = found.geometry
        if geometry.bars != found.bars:
            matches = find_matches(Preparation(False, geometry.bars).apply(pair).matched)
        if geometry.swap:
            matches = matches.swapped
        rows = None
        if geometry.evened:
            self._rows.look(matches)
            rows = self._rows.verdict
            if self._rows.restless and not self._each_alone:
                self._moment = Moment.of(_compared(pair, geometry), matches)
        found = replace(found, rows=rows)
        step = found.preparation(asked)
        even = replace(step, colours=None, span=None).apply(pair).matched
        if step.warp is not None:
            matches = step.warp.points(matches)
        self._colours.look(even, matches)
        self._span.look(even, matches)
        return replace(found, colours=self._colours.verdict, span=self._span.verdict)

    def _start_over(self) -> None:
        self._moment = None
        self._bars, self._order, self._order_looks = BarsJudge(), OrderJudge(), 0
        self._geometry = None
        self._rows, self._colours, self._span = RowsJudge(), ColoursJudge(), SpanJudge()


def _compared(pair: StereoPair, geometry: Geometry) -> StereoPair:
    """What rows are judged in: the eyes in their order, without their bars."""
    return Preparation(geometry.swap, geometry.bars).apply(pair).matched


class Cadence:
    """When a running source deserves another look, by its own clock: often at first, and after a jump."""

    def __init__(self) -> None:
        self._looks = 0
        self._last_s = 0.0
        self._seq = -1

    def due(self, pair: StereoPair, *, moving: bool, thinned: bool = False) -> bool:
        """`moving`: the eyes turn against each other; `thinned`: little of what was last seen is still to be seen."""
        if pair.seq == self._seq:
            return False  # it stands still
        pause_s = _EAGER_S if moving or self._looks < _EAGER_LOOKS else _STEADY_S
        pause_s = _SWUNG_S if thinned else pause_s
        return not self._last_s <= pair.pts_s < self._last_s + pause_s

    def looked(self, pair: StereoPair) -> None:
        self._looks += 1
        self._last_s, self._seq = pair.pts_s, pair.seq
