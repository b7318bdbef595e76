"""Layout and order of what people really have, from content alone: each source in both orders, packed in every way."""

from dataclasses import replace
from functools import lru_cache

import pytest

from benchmarks.drawn_frames import PACKED, pack
from benchmarks.real_eyes import STEREO, RealEyes, real_eyes
from depthview.engine.frames import Frame, Layout
from depthview.engine.stereo.eyes.layout import guess_layout
from depthview.engine.stereo.eyes.order import OrderJudge
from depthview.engine.stereo.matching.matches import find_matches

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not STEREO.is_dir(), reason=f"no real data at {STEREO}"),
]

_EVERY = 3
"""Of the chessboards every third will do: the benchmark looks at all."""


@lru_cache(maxsize=1)
def some() -> tuple[RealEyes, ...]:
    eyes = tuple(real_eyes())
    boards = [e for e in eyes if e.name.startswith(("opencv", "usb WIN"))]
    return tuple(e for e in eyes if e not in boards or boards.index(e) % _EVERY == 0)


def test_the_order_of_the_eyes_both_ways() -> None:
    wrong = []
    for eyes in some():
        judges = OrderJudge(), OrderJudge()
        for pair in eyes.pairs:
            matches = find_matches(pair)
            judges[0].look(pair, matches)
            judges[1].look(replace(pair, left=pair.right, right=pair.left), matches.swapped)
        verdicts = [judge.verdict for judge in judges]
        if [verdict.swapped for verdict in verdicts] != [False, True]:
            wrong.append((eyes.name, verdicts))
    assert not wrong


def test_the_layout_however_they_are_packed() -> None:
    wrong = []
    for eyes in some():
        cases = [(frame, Layout.SIDE_BY_SIDE) for frame in eyes.packed]
        if not eyes.packed:
            pair = eyes.pairs[0]
            cases += [(Frame(pack(pair.left, pair.right, layout), None, 0, 0.0, 0.0), layout) for layout in PACKED]
            cases += [(Frame(eye, None, 0, 0.0, 0.0), Layout.MONO) for eye in (pair.left, pair.right)]
        for frame, layout in cases:
            found = guess_layout(frame, hint=None, name="")
            if found.layout is not layout:
                wrong.append((eyes.name, layout, found))
    assert not wrong
