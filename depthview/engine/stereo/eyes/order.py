"""Which eye is which, from the content alone.

Three cues, each with a weight in the manner of log odds. Outlines: what hides something is nearer (see `occlusion`);
that holds however the cameras converge. Side: of parallel cameras all things lie further right in the left eye's
picture. Rows: what is lower in the picture is mostly nearer. The weights were fitted by logistic regression to the
drawn clips of `benchmarks/drawn_clips.py` and the pairs in ../shared/data, in both orders.

Side and rows are a flat wall's as well as a scene's: a wall that leans, or on which the cameras converge, can look
exchanged in both. So a verdict is sure only where one surface is seen to hide another.
"""

from dataclasses import dataclass

import numpy as np

from depthview.engine.frames import StereoPair
from depthview.engine.stereo.eyes.occlusion import Outlines, judge_outlines
from depthview.engine.stereo.eyes.rough import RoughDepth
from depthview.engine.stereo.matching.matches import Matches, find_matches

_FEWEST_MATCHED = 0.1
"""Share of the pixels that match: of two pictures that have nothing in common, fewer do."""
_OUTLINES_WEIGHT, _SIDE_WEIGHT, _ROWS_WEIGHT = 6.5, 3.0, 3.0
_MANY_EDGES = 200
"""With fewer edges outlines weigh less."""
_SURE = 4.0
"""Log odds: one error in fifty, if the cues were independent."""
_PROVEN = 2.0
"""Standard deviations. Of 160 drawn walls 18 were sure without it, 5 of them wrong, and none with it."""
_ONE_SIDE_PERCENT = 10.0
_ON_SCREEN_SHARE = 0.002
_FAR_OFF_SCREEN_SHARE = 0.03
"""Of the width: films that are shown on a screen have nothing farther behind it than an eye's distance."""

_REASONS = (
    ("what lies in front hides what lies behind", "what lies in front would be hidden by what lies behind"),
    ("things lie further right in the left picture", "things lie further left in the left picture"),
    ("what is lower in the picture is nearer", "what is lower in the picture would be farther away"),
)


@dataclass(frozen=True, slots=True)
class OrderVerdict:
    """`swapped`: the first eye looks like the right one; `sure`: enough so to exchange them without asking.

    `reason` says in plain words which cue decided.
    """

    swapped: bool
    sure: bool
    reason: str


@dataclass(frozen=True, slots=True)
class _Cues:
    """Each from -1 (swapped) to 1; their sum is what was seen in several looks."""

    outlines: Outlines
    side: float
    rows: float

    @classmethod
    def of(cls, rough: RoughDepth) -> "_Cues | None":
        """None where too little matches."""
        known = np.isfinite(rough.first_px)
        if known.mean() < _FEWEST_MATCHED:
            return None
        near = rough.first_px[known] / known.shape[1]
        low, high = np.percentile(near, (_ONE_SIDE_PERCENT, 100 - _ONE_SIDE_PERCENT))
        off_screen = max(0.0, low - _ON_SCREEN_SHARE) - max(0.0, -high - _ON_SCREEN_SHARE)
        side = float(np.clip(off_screen / _FAR_OFF_SCREEN_SHARE, -1, 1))
        inside = (near >= low) & (near <= high)
        rows = np.nonzero(known)[0][inside]
        likeness = 0.0
        if high - low > _ON_SCREEN_SHARE and np.ptp(rows) > 0:
            likeness = float(np.corrcoef(near[inside], rows)[0, 1])
        return cls(judge_outlines(rough), side, likeness)


class OrderJudge:
    """Collects what the frames of one source show of the order of their eyes. Owned by one thread."""

    def __init__(self) -> None:
        self._outlines = Outlines()
        self._side = self._rows = 0.0
        self._looks = 0

    def look(self, pair: StereoPair, matches: Matches) -> bool:
        """Take in one moment: eyes in the source's order, bars cut off, and matches of theirs, wrong ones among them.

        True where there was something to be seen. Takes about 50 ms for any size of picture.
        """
        cues = _Cues.of(RoughDepth.of(pair, matches))
        if cues is None:
            return False
        self._looks += 1
        self._outlines = self._outlines + cues.outlines
        self._side += cues.side
        self._rows += cues.rows
        return True

    @property
    def verdict(self) -> OrderVerdict:
        """What all looks say together; before the first one that the eyes are as they should be."""
        if not self._looks:
            return OrderVerdict(swapped=False, sure=False, reason="too little of the two pictures matches to tell")
        edges = min(1.0, self._outlines.count / self._looks / _MANY_EDGES) ** 0.5
        odds = (
            _OUTLINES_WEIGHT * self._outlines.balance * edges,
            _SIDE_WEIGHT * self._side / self._looks,
            _ROWS_WEIGHT * self._rows / self._looks,
        )
        total = sum(odds)
        swapped = total < 0
        decisive = max(range(len(odds)), key=lambda cue: -odds[cue] if swapped else odds[cue])
        # What one look takes for two surfaces, the next one does as well: looks do not add up as chances do.
        proof = self._outlines.proof / self._looks**0.5
        sure = abs(total) > _SURE and (-proof if swapped else proof) > _PROVEN
        return OrderVerdict(swapped, sure, _REASONS[decisive][swapped])


def judge_order(pair: StereoPair) -> OrderVerdict:
    """What one moment of a source shows; for stills. See `OrderJudge`."""
    judge = OrderJudge()
    judge.look(pair, find_matches(pair))
    return judge.verdict
