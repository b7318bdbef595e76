"""What is done to two eyes before they are matched, and that it is undone in what comes back."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig
from depthview.engine.estimators.base import Estimate
from depthview.engine.frames import DisparitySpan, Meaning, StereoPair
from depthview.engine.stereo.box import Box
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.prepare.bars import Bars
from depthview.engine.stereo.prepare.preparation import Preparation
from tests.engine.dot_pairs import flat_pair, pair_of, texture

SIZE_HW = (48, 80)
PAIR = flat_pair(*SIZE_HW, 6)
INNER = Bars(Box(4, 10, 40, 60), Box(4, 0, 40, 60))
"""As of a packed frame with bars at its own left and right: the eyes' pictures lie at different places."""


@dataclass(frozen=True, eq=False)
class TurnedUpsideDown:
    """A warp that anybody can check, which has seen nothing in the first row."""

    size_hw: tuple[int, int]

    def warp(self, pair: StereoPair) -> StereoPair:
        return replace(pair, left=pair.left[::-1].copy(), right=pair.right[::-1].copy())

    def seen(self) -> NDArray[np.bool_] | None:
        seen = np.ones(self.size_hw, np.bool_)
        seen[0] = False
        return seen

    def points(self, matches: Matches) -> Matches:
        return matches


def said(hw: tuple[int, int], value: float = 5.0, meaning: Meaning = Meaning.DISPARITY) -> Estimate:
    return Estimate(np.full(hw, value, np.float32), np.ones(hw, np.float32), meaning=meaning)


def test_where_nothing_is_to_be_done_nothing_is_copied() -> None:
    prepared = Preparation(False, Bars.whole(SIZE_HW)).apply(PAIR)
    assert prepared.matched.left is PAIR.left
    assert prepared.shown.right is PAIR.right
    estimate = said(SIZE_HW)
    assert prepared.result(estimate) is estimate


def test_bars_are_cut_off_each_eye_where_it_has_them_and_come_back_as_unknown() -> None:
    prepared = Preparation(False, INNER).apply(PAIR)
    np.testing.assert_array_equal(prepared.matched.left, PAIR.left[4:44, 10:70])
    np.testing.assert_array_equal(prepared.matched.right, PAIR.right[4:44, 0:60])
    assert prepared.shown.left is PAIR.left, "with its bars"
    np.testing.assert_array_equal(prepared.shown.right[4:44, 10:70], PAIR.right[4:44, 0:60])
    result = prepared.result(said((40, 60)))
    assert result.values.shape == SIZE_HW
    assert (result.values[4:44, 10:70] == 5.0).all()
    assert np.isnan(result.values).sum() == 48 * 80 - 40 * 60
    assert result.confidence is not None
    assert result.confidence[0, 0] == 0.0
    assert result.confidence[20, 40] == 1.0


def test_exchanged_eyes_keep_their_own_bars() -> None:
    prepared = Preparation(True, INNER).apply(PAIR)
    np.testing.assert_array_equal(prepared.matched.left, PAIR.right[4:44, 0:60])
    np.testing.assert_array_equal(prepared.matched.right, PAIR.left[4:44, 10:70])
    assert (prepared.result(said((40, 60))).values[4:44, 0:60] == 5.0).all()


def test_who_matches_is_told_the_span_and_nothing_is_copied_for_it() -> None:
    span = DisparitySpan(-7, 20)
    prepared = Preparation(False, Bars.whole(SIZE_HW), span=span).apply(PAIR)
    assert prepared.matched.span == span
    assert prepared.matched.right is PAIR.right
    assert prepared.shown.span == span


def test_what_a_warp_has_not_seen_is_unknown_and_shown_as_the_warp_made_it() -> None:
    prepared = Preparation(False, INNER, TurnedUpsideDown((40, 60))).apply(PAIR)
    np.testing.assert_array_equal(prepared.shown.left[4:44, 10:70], PAIR.left[4:44, 10:70][::-1])
    assert (prepared.shown.left[:4] == 0).all()
    assert prepared.shown.turned
    values = prepared.result(said((40, 60))).values
    assert np.isnan(values[4]).all()
    assert (values[5:44, 10:70] == 5.0).all()


def test_a_model_for_one_eye_is_told_the_angle_of_what_it_is_given() -> None:
    one = pair_of(texture(*SIZE_HW), texture(*SIZE_HW))
    cut = Preparation(False, Bars(Box(0, 20, 48, 40), Box(0, 20, 48, 40))).apply(one).seen_under(90.0)
    assert cut.shown.fov_deg == 90.0
    assert cut.matched.fov_deg == pytest.approx(np.degrees(2 * np.arctan(0.5)))
    assert cut.seen_under(None).matched.fov_deg is None


def test_through_a_measured_rig_nothing_lies_behind_infinity() -> None:
    rig = StereoRig(80, 70.0, 0.1, 39.5, 23.5, doffs_px=4.0)
    prepared = Preparation(False, Bars.whole(SIZE_HW)).apply(replace(PAIR, rig=rig))
    said_px = np.tile(np.linspace(-40, 39, 80, dtype=np.float32), (48, 1))
    values = prepared.result(Estimate(said_px)).values
    assert np.isnan(values[:, said_px[0] < -5]).all()
    assert (values[:, said_px[0] >= -5] == said_px[:, said_px[0] >= -5]).all()
