"""Answers that mean different things on one scale, and the differences that are left then."""

import numpy as np
import pytest

from depthview.engine.frames import Meaning
from depthview.engine.models.comparison.difference import Aligned, Answer, Difference, Unit, difference, mean_of

RNG = np.random.default_rng(4)
DISPARITY = RNG.uniform(5, 60, (40, 60)).astype(np.float32)
DEPTH = (300 / DISPARITY).astype(np.float32)


@pytest.mark.parametrize(
    ("found", "reference", "unit"),
    [
        (Answer(0.02 * DISPARITY - 3, Meaning.RELATIVE_INVERSE_DEPTH), Answer(DISPARITY), Unit.PIXELS),
        (Answer(DEPTH, Meaning.METRIC_DEPTH), Answer(DISPARITY), Unit.PIXELS),
        (Answer(300 / (DISPARITY + 20), Meaning.METRIC_DEPTH), Answer(DISPARITY), Unit.PIXELS),  # converged eyes
        (Answer(7 * DEPTH + 2, Meaning.AFFINE_DEPTH), Answer(DISPARITY), Unit.PIXELS),
        (Answer(7 * DEPTH + 2, Meaning.AFFINE_DEPTH), Answer(DEPTH, Meaning.METRIC_DEPTH), Unit.METRES),
        (Answer(DISPARITY), Answer(DEPTH, Meaning.METRIC_DEPTH), Unit.METRES),
        (Answer(5 * DISPARITY + 1, Meaning.RELATIVE_INVERSE_DEPTH), Answer(DEPTH, Meaning.METRIC_DEPTH), Unit.METRES),
        (
            Answer(3 * DISPARITY - 9, Meaning.RELATIVE_INVERSE_DEPTH),
            Answer(DISPARITY, Meaning.RELATIVE_INVERSE_DEPTH),
            Unit.PERCENT_OF_RANGE,
        ),
    ],
)
def test_what_differs_only_in_scale_and_shift_does_not_differ(found: Answer, reference: Answer, unit: Unit) -> None:
    result = difference(found, reference)
    assert result.mean == pytest.approx(0.0, abs=0.01)
    assert (result.unit, result.aligned) == (unit, Aligned.SCALE_AND_SHIFT)
    assert result.known == pytest.approx(1.0)


@pytest.mark.parametrize("meaning", [Meaning.DISPARITY, Meaning.METRIC_DEPTH, Meaning.RANGE])
def test_pixels_and_metres_are_never_aligned(meaning: Meaning) -> None:
    result = difference(Answer(DISPARITY + 2, meaning), Answer(DISPARITY, meaning))
    assert result.mean == pytest.approx(2.0, abs=1e-4)
    assert result.aligned is Aligned.NOTHING


def test_what_is_left_after_the_alignment_is_counted_in_pixels_of_the_reference() -> None:
    wrong = DISPARITY.copy()
    wrong[:, ::2] += 4
    wrong[:, 1::2] -= 4
    found = Answer((0.1 * wrong + 3).astype(np.float32), Meaning.RELATIVE_INVERSE_DEPTH)
    assert difference(found, Answer(DISPARITY)).mean == pytest.approx(4.0, abs=0.35)


def test_nearness_turned_round_is_no_mere_scale() -> None:
    """Depth taken for inverse depth must not come out as good."""
    straight = difference(Answer(DISPARITY, Meaning.RELATIVE_INVERSE_DEPTH), Answer(DISPARITY))
    mistaken = difference(Answer(DEPTH, Meaning.RELATIVE_INVERSE_DEPTH), Answer(DISPARITY))
    assert straight.mean < 0.01
    assert mistaken.mean > 3


def test_percent_of_the_range_of_the_middle_of_the_reference() -> None:
    reference = np.tile(np.linspace(0, 10, 101, dtype=np.float32), (20, 1))
    found = reference.copy()
    found[::2] += 0.48  # what a shift takes away is half of it on each side
    result = difference(
        Answer(found, Meaning.RELATIVE_INVERSE_DEPTH), Answer(reference, Meaning.RELATIVE_INVERSE_DEPTH)
    )
    assert result.mean == pytest.approx(100 * 0.24 / 9.6, rel=0.02)


def test_too_little_in_common_is_not_made_up() -> None:
    found = np.full_like(DISPARITY, np.nan)
    found[0, :10] = 1
    result = difference(Answer(found, Meaning.RELATIVE_INVERSE_DEPTH), Answer(DISPARITY), is_truth=True)
    assert np.isnan(result.mean)
    assert result.known == 0
    assert result.bad == (1.0, 1.0, 1.0)


def test_infinite_answers_are_unknown_and_do_not_disturb() -> None:
    found = DISPARITY.copy()
    found[0] = np.inf
    result = difference(Answer(found), Answer(DISPARITY))
    assert (result.mean, result.known) == (pytest.approx(0.0), pytest.approx(39 / 40))


def test_sizes_must_agree_and_something_must_be_known() -> None:
    with pytest.raises(ValueError, match="against"):
        difference(Answer(DISPARITY[:-1]), Answer(DISPARITY))
    with pytest.raises(ValueError, match="nothing is known"):
        difference(Answer(DISPARITY), Answer(np.full_like(DISPARITY, np.nan)))


def test_pictures_weigh_the_same() -> None:
    one = Difference(1.0, Unit.PIXELS, Aligned.NOTHING, 1.0, (0.2, 0.1, 0.0))
    two = Difference(3.0, Unit.PIXELS, Aligned.SCALE_AND_SHIFT, 0.5, (0.4, 0.3, 0.2))
    both = mean_of([one, two])
    assert (both.mean, both.known, both.aligned) == (2.0, 0.75, Aligned.SCALE_AND_SHIFT)
    assert both.bad == pytest.approx((0.3, 0.2, 0.1))
    nothing = Difference(float("nan"), Unit.PIXELS, Aligned.NOTHING, 0.0)
    assert mean_of([one, nothing]).mean == 1.0
