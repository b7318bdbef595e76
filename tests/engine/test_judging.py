"""Looking at what plays beside the estimator: what is already known of the very first picture."""

import numpy as np

from depthview.engine.frames import StereoPair
from depthview.engine.live.judging import JudgeBeside
from depthview.engine.stereo.box import Box
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.judge import PairJudge
from tests.engine.dot_pairs import flat_pair, pair_of, texture

BAR_PX = 24


def barred(disparity_px: int = 4) -> StereoPair:
    wall = flat_pair(160, 240, disparity_px)
    left, right = (np.pad(eye, ((BAR_PX, BAR_PX), (0, 0), (0, 0))) for eye in (wall.left, wall.right))
    return pair_of(left, right)


def test_not_even_the_first_picture_is_shown_with_its_bars() -> None:
    handed_over: list[StereoPair] = []
    beside = JudgeBeside(PairJudge(), lambda task: handed_over.append(task[1]))
    pair = barred()
    beside.offer(pair, Asked())
    found = beside.findings
    assert found is not None
    assert found.preparation(Asked()).bars.left == Box(BAR_PX, 0, 160, 240)
    assert not found.looked, "of all else nothing is said before the look is over"
    assert len(handed_over) == 1, "the look itself comes"
    beside.look(pair, Asked())
    assert beside.findings is not found
    assert beside.findings is not None
    assert beside.findings.looked


def test_the_pictures_of_a_folder_wait_for_their_own_look() -> None:
    beside = JudgeBeside(PairJudge(each_alone=True), lambda task: None, each_alone=True)
    beside.offer(barred(), Asked())
    assert beside.findings is None


def test_a_picture_without_bars_stays_whole() -> None:
    beside = JudgeBeside(PairJudge(), lambda task: None)
    beside.offer(pair_of(texture(160, 240, seed=1), texture(160, 240, seed=2)), Asked())
    assert beside.findings is not None
    assert beside.findings.preparation(Asked()).bars.left == Box.whole((160, 240))
