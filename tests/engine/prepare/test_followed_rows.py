"""Rows of eyes that turn against each other, as every frame of a film shows them."""

from collections.abc import Iterator
from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import StereoPair
from depthview.engine.live import judging
from depthview.engine.live.judging import JudgeBeside
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.judge import Judging, PairJudge

ROOM = known_scenes(1)[0]
HEIGHT, WIDTH = ROOM.pair.size_hw


def turning(frames: int) -> Iterator[tuple[StereoPair, Matches]]:
    """The right eye rolls by 4 degrees a second from one degree on; also where what both eyes see lies in truth."""
    y, x = np.mgrid[20 : HEIGHT - 20 : 9, 20 : WIDTH - 20 : 9].reshape(2, -1)
    known = np.isfinite(ROOM.disparity_px[y, x])
    left = np.stack([x, y], axis=1)[known].astype(np.float64)
    even = left - np.stack([ROOM.disparity_px[y, x][known], np.zeros(int(known.sum()))], axis=1)
    for seq in range(frames):
        roll: NDArray[np.float64] = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT / 2), 1 + seq * 4 / 24, 1.0)
        right = cv2.warpAffine(ROOM.pair.right, roll, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
        seen = Matches(left, even @ roll[:, :2].T + roll[:, 2], (HEIGHT, WIDTH))
        yield StereoPair(ROOM.pair.left, np.asarray(right, np.uint8), seq, seq / 24, 0.0), seen


def rows_px(judge: Judging, truth: Matches) -> float:
    assert judge.findings is not None
    warp = judge.findings.preparation(Asked()).warp
    assert warp is not None
    there = warp.points(truth)
    return float(np.percentile(np.abs(there.left - there.right)[:, 1], 95)) * 640 / WIDTH


def test_rows_stay_even_in_every_frame() -> None:
    judge, looks = PairJudge(), 0
    for pair, truth in turning(16):
        looks += judge.wants(pair, Asked())
        judge.offer(pair, Asked())
        assert rows_px(judge, truth) < 1.5
        assert judge.findings is not None
        assert judge.findings.seq == pair.seq
    assert looks <= 4, "most frames are only glanced at"


def test_two_pictures_of_one_moment_are_not_followed() -> None:
    """Streams give the same time twice now and then; in no time nothing turns."""
    judge = PairJudge()
    (first, _truth), (later, _truth_later) = turning(2)
    judge.offer(first, Asked())
    assert judge.follows(later)
    assert not judge.follows(replace(later, pts_s=first.pts_s))


def test_glances_come_while_looks_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """What plays live is looked at beside, and rarely: here a look takes so long that after three there is no other."""
    takes_s = {True: 0.001, False: 1000.0}
    now_s = [0.0]
    monkeypatch.setattr(judging.time, "monotonic", lambda: now_s[0])
    tasks: list[bool] = []

    def at_once(task: tuple[JudgeBeside, StereoPair, Asked, bool]) -> None:
        beside, pair, asked, glances = task
        tasks.append(glances)
        began = now_s[0]
        monkeypatch.setattr(judging.time, "monotonic", iter([began, began + takes_s[glances]]).__next__)
        beside.look(pair, asked, glances=glances)
        monkeypatch.setattr(judging.time, "monotonic", lambda: now_s[0])

    beside = JudgeBeside(PairJudge(), at_once)
    for pair, truth in turning(30):
        now_s[0] += 0.04
        beside.offer(pair, Asked())
        assert rows_px(beside, truth) < 2
    assert tasks.count(False) == 3
    assert tasks.count(True) > 20
