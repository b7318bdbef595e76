"""Which state may follow which, and how long the rest takes."""

import itertools

import pytest

from depthview.engine.capture.jobs.estimate import Estimate
from depthview.engine.capture.jobs.states import AT_WORK, ENDED, State, may_follow

FORWARD = (State.QUEUED, *AT_WORK, State.DONE)


@pytest.mark.parametrize(("before", "after"), list(itertools.product(State, State)))
def test_every_step(before: State, after: State) -> None:
    if before in ENDED:
        allowed = after is State.QUEUED
    elif after in ENDED:
        allowed = True
    elif before is State.QUEUED:
        allowed = after is not State.QUEUED
    else:
        allowed = after is State.QUEUED or FORWARD.index(after) >= FORWARD.index(before)
    assert may_follow(before, after) is allowed


def test_a_job_of_steady_pace_is_foretold_exactly() -> None:
    shares = {State.FEATURES: 10.0, State.MATCHING: 30.0, State.TRAINING: 60.0}
    estimate = Estimate(shares)
    now = 1000.0
    for state, share in shares.items():
        for part in range(11):
            now += share / 10 * 2 if part else 0  # two seconds a share: 200 s in all
            estimate.follow(state, part / 10, now)
            assert estimate.progress == pytest.approx((now - 1000) / 2)
            if estimate.eta_s is not None:
                assert estimate.eta_s == pytest.approx(1200 - now)
    assert estimate.progress == 100
    assert estimate.eta_s == 0


def test_nothing_is_foretold_from_nothing() -> None:
    estimate = Estimate({State.FEATURES: 1.0, State.TRAINING: 9.0})
    assert (estimate.progress, estimate.eta_s) == (0.0, None)
    estimate.follow(State.FEATURES, 0.0, 50.0)
    assert estimate.eta_s is None
    estimate.follow(State.FEATURES, 0.5, 51.0)
    assert estimate.progress == 5.0
    assert estimate.eta_s is None, "one second tells nothing"


def test_a_job_that_goes_on_is_judged_by_this_run_alone() -> None:
    estimate = Estimate({State.FEATURES: 10.0, State.TRAINING: 90.0})
    estimate.follow(State.TRAINING, 0.5, 10.0)
    estimate.follow(State.TRAINING, 0.6, 20.0)
    assert estimate.eta_s == pytest.approx(40.0)


def test_a_stage_that_has_not_said_how_far_it_is() -> None:
    estimate = Estimate({State.FEATURES: 10.0, State.TRAINING: 90.0})
    estimate.enter(State.FEATURES)
    estimate.follow(State.FEATURES, 0.0, 10.0)
    estimate.follow(State.FEATURES, 1.0, 20.0)
    assert estimate.enter(State.TRAINING) == 10.0
    assert (estimate.progress, estimate.eta_s) == (10.0, None)


def test_the_pace_of_today_counts() -> None:
    estimate = Estimate({State.TRAINING: 1.0})
    for second in range(1000):
        estimate.follow(State.TRAINING, 0.0004 * second, float(second))
    for second in range(1000, 1300):
        estimate.follow(State.TRAINING, 0.4 + 0.001 * (second - 1000), float(second))
    assert estimate.eta_s == pytest.approx((1 - 0.699) / 0.001, rel=0.02)


def test_a_stage_that_begins_to_count_something_else() -> None:
    estimate = Estimate({State.FEATURES: 1.0})
    estimate.follow(State.FEATURES, 0.9, 10.0)
    estimate.follow(State.FEATURES, 0.1, 11.0)
    assert estimate.eta_s is None
    assert estimate.progress == pytest.approx(10)


def test_a_stage_that_goes_on_in_its_middle_is_not_taken_for_a_quick_one() -> None:
    estimate = Estimate({State.FEATURES: 10.0, State.TRAINING: 90.0})
    assert estimate.enter(State.TRAINING) == 10.0
    assert estimate.eta_s is None
    estimate.follow(State.TRAINING, 0.5, 10.0)
    estimate.follow(State.TRAINING, 0.6, 20.0)
    assert estimate.eta_s == pytest.approx(40.0)
