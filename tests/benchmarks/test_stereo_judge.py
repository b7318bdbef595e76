"""The arithmetic of the stereo figures, on answers whose figures can be counted by hand."""

import numpy as np
import pytest

from benchmarks.stereo_judge import bleeding, falls, flicker_px, judge, share_found, still_pixels
from benchmarks.stereo_pairs import Kind, KnownPair

BLACK = np.zeros((10, 40, 3), np.uint8)


def known(truth: np.ndarray, seen: np.ndarray | None = None, kind: Kind = Kind.OTHER) -> KnownPair:
    eye = np.zeros((*truth.shape, 3), np.uint8)
    return KnownPair("pair", eye, eye, truth.astype(np.float32), seen, kind)


def board(height: int = 20, width: int = 60) -> np.ndarray:
    """A board at 30 px from column 20 up to column 40, before a wall at 10 px."""
    truth = np.full((height, width), 10, np.float32)
    truth[:, 20:40] = 30
    return truth


def test_bad_pixels_are_counted_where_the_truth_is_known_and_unknown_answers_are_bad() -> None:
    truth = np.full((10, 10), 5, np.float32)
    truth[0] = np.nan  # 90 known
    found = truth.copy()
    found[0] = 99
    found[1] = 7.5  # 10 bad, off by 2.5
    found[2] = 6.5  # within 2 px
    found[3] = np.nan  # 10 bad
    seen = np.ones((10, 10), bool)
    seen[1] = False
    score = judge(known(truth, seen), found)
    assert score.bad == pytest.approx(20 / 90)
    assert score.bad_seen == pytest.approx(10 / 80)
    assert score.unknown == pytest.approx(10 / 90)
    assert score.error_px == pytest.approx((10 * 2.5 + 10 * 1.5) / 80)


@pytest.mark.parametrize(("kind", "bad"), [(Kind.KITTI, 0.0), (Kind.MIDDLEBURY, 1.0), (Kind.TSUKUBA, 1.0)])
def test_each_set_has_its_own_rule(kind: Kind, bad: float) -> None:
    truth = np.full((4, 4), 20, np.float32)
    assert judge(known(truth, kind=kind), truth + 2.5).bad == bad
    assert judge(known(truth, kind=Kind.TSUKUBA), truth + 1.5).bad == 1.0


def test_confidence_is_judged_by_what_is_bad_among_the_sure() -> None:
    truth = np.full((10, 10), 5, np.float32)
    found = truth.copy()
    found[:4] = 50
    confidence = np.ones((10, 10), np.float32)
    confidence[:3] = 0.1
    score = judge(known(truth), found, confidence)
    assert score.sure == pytest.approx(0.7)
    assert score.bad_sure == pytest.approx(10 / 70)


def test_an_answer_of_another_size_is_refused() -> None:
    with pytest.raises(ValueError, match="for a pair of"):
        judge(known(np.ones((4, 4), np.float32)), np.ones((4, 5), np.float32))


def test_the_truth_itself_does_not_bleed() -> None:
    figures = bleeding(board(), board())
    assert figures is not None
    assert (figures.largest_px, figures.over_3_px, figures.edges) == (0, 0, 80)  # two edges of 20 rows, two sides each


@pytest.mark.parametrize("wider_px", [1, 3, 7])
def test_a_fat_board_bleeds_as_far_as_it_is_too_wide(wider_px: int) -> None:
    found = board()
    found[:, 20 - wider_px : 20] = 30
    figures = bleeding(board(), found)
    assert figures is not None
    assert figures.largest_px == wider_px
    assert figures.over_3_px == pytest.approx(0.25 if wider_px > 3 else 0.0)  # one side of four
    assert bleeding(board().T, found.T) == figures


def test_a_thin_board_bleeds_inwards() -> None:
    found = board()
    found[:, 34:40] = 11
    figures = bleeding(board(), found)
    assert figures is not None
    assert figures.largest_px == 6


def test_an_unknown_answer_does_not_bleed_and_ends_bleeding() -> None:
    found = board()
    found[:, 10:20] = 30
    found[:, 16] = np.nan
    figures = bleeding(board(), found)
    assert figures is not None
    assert figures.largest_px == 3


def test_bleeding_is_told_apart_where_one_eye_sees_nothing() -> None:
    found = board()
    found[:, 15:20] = 30
    seen = np.ones(found.shape, bool)
    seen[:, 5:20] = False
    figures = bleeding(board(), found, seen)
    assert figures is not None
    assert figures.half_occluded_p95_px == 5
    assert figures.half_occluded_over_3_px == 1.0
    assert figures.over_3_px == pytest.approx(0.25)


def test_a_surface_without_edges_cannot_bleed() -> None:
    slope = np.tile(np.arange(40, dtype=np.float32), (5, 1))
    assert bleeding(slope, slope + 30) is None


def test_a_lost_wire_is_not_found_and_its_neighbours_do_not_bleed() -> None:
    truth = np.full((10, 30), 10, np.float32)
    truth[:, 12] = 25
    lost = np.full_like(truth, 10)
    figures = bleeding(truth, lost)
    assert figures is not None
    assert figures.largest_px == 1
    wire = truth == 25
    assert share_found(truth, lost, wire, 2.0) == 0.0
    assert share_found(truth, truth + 1.5, wire, 2.0) == 1.0


def test_falling_allows_a_plateau_but_no_rise() -> None:
    assert falls([3, 2, 2, 1])
    assert not falls([3, 2, 2.1, 1])


def test_flicker_is_the_change_where_nothing_moved() -> None:
    after = BLACK.copy()
    after[:, 20:] = 9
    still = still_pixels(BLACK, after)
    assert still[:, :20].all()
    assert not still[:, 20:].any()
    disparity = np.zeros((10, 40), np.float32)
    changed = disparity + np.where(np.arange(40) < 20, 0.5, 8.0).astype(np.float32)
    changed[0, 0] = np.nan
    assert flicker_px(disparity, changed, still) == pytest.approx(0.5)
