"""A judge that was kept goes on as if it had never stopped, and a stranger's file makes nothing run."""

import io
import pickle
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.engine.frames import StereoPair
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.prepare.geometry import Asked
from depthview.engine.stereo.prepare.judge import PairJudge
from depthview.engine.stereo.prepare.kept_judge import keep_judge, kept_judge
from tests.engine.rigs.bent_rig import bent_rig

SCENE = known_scenes(1)[0].pair


def moments(count: int, *, first: int = 0) -> Iterator[StereoPair]:
    """The right eye is turned and darker, and turns on; the picture moves."""
    height, width = SCENE.size_hw
    for seq in range(first, first + count):
        turn = cv2.getRotationMatrix2D((width / 2, height / 2), 1.0 + 0.1 * seq, 1.0)
        right = cv2.warpAffine(SCENE.right, turn, (width, height), borderMode=cv2.BORDER_REFLECT)
        darker = np.asarray(right * np.float32(0.8), np.uint8)
        left, right = (np.roll(eye, 2 * seq, axis=1) for eye in (SCENE.left, darker))
        yield StereoPair(left, right, seq, 0.5 * seq, 0.0)


@pytest.mark.parametrize("with_rig", [False, True])
def test_it_goes_on_where_it_was(with_rig: bool) -> None:
    rig = bent_rig() if with_rig else None
    asked = Asked(choices=PreparationChoices(rig=rig))
    pairs = [pair if rig is None else resized(pair, rig.size_hw) for pair in moments(6)]
    one = PairJudge()
    for pair in pairs[:3]:
        one.offer(pair, asked)
    again = kept_judge(keep_judge(one), rig)
    assert again is not None
    for judge in (one, again):
        for pair in pairs[3:]:
            judge.offer(pair, asked)
    assert one.findings is not None
    assert again.findings is not None
    assert again.findings.seq == one.findings.seq > 2
    done, done_again = (judge.findings.preparation(asked) for judge in (one, again) if judge.findings)
    assert done.colours is not None, "there is something to remember"
    assert done.warp is not None
    matched, matched_again = (preparation.apply(pairs[5]).matched for preparation in (done, done_again))
    np.testing.assert_array_equal(matched.left, matched_again.left)
    np.testing.assert_array_equal(matched.right, matched_again.right)


def resized(pair: StereoPair, size_hw: tuple[int, int]) -> StereoPair:
    left, right = (np.asarray(cv2.resize(eye, size_hw[::-1]), np.uint8) for eye in (pair.left, pair.right))
    return StereoPair(left, right, pair.seq, pair.pts_s, 0.0)


def test_one_that_looked_through_a_rig_is_nothing_without_it() -> None:
    rig = bent_rig()
    judge = PairJudge()
    eye = np.zeros((*rig.size_hw, 3), np.uint8)
    judge.offer(StereoPair(eye, eye.copy(), 0, 0.0, 0.0), Asked(choices=PreparationChoices(rig=rig)))
    assert kept_judge(keep_judge(judge), None) is None


class Harmful:
    def __init__(self, path: Path) -> None:
        self._path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self._path,)


def test_what_others_put_there_is_not_run(tmp_path: Path) -> None:
    kept = io.BytesIO()
    np.savez(kept, objects=np.frombuffer(pickle.dumps(Harmful(tmp_path / "was here")), np.uint8))
    whole = keep_judge(PairJudge())
    for raw in (kept.getvalue(), whole[: len(whole) // 2], b"", b"not this"):
        assert kept_judge(raw, None) is None
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_reached_by_way_of_what_a_room_imports(tmp_path: Path) -> None:
    """numpy's memmap makes a file; from numpy it is as far to subprocess, though the pickle names rooms only."""
    made = pickle.PROTO + b"\x05" + pickle.GLOBAL + b"depthview.engine.stereo.rigs.rig\nnp.memmap\n"
    arguments = pickle.dumps((str(tmp_path / "was here"), "uint8", "w+", 0, (8,)), protocol=2)[2:-1]
    kept = io.BytesIO()
    np.savez(kept, objects=np.frombuffer(made + arguments + pickle.REDUCE + pickle.STOP, np.uint8))
    assert kept_judge(kept.getvalue(), None) is None
    assert list(tmp_path.iterdir()) == []
