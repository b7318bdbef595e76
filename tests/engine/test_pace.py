"""A rate is held on machines of every speed: simulated ones, whose true cost is known."""

import itertools
import random
from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from depthview.engine.estimators.fit import Fit
from depthview.engine.estimators.pace import Pace, Rung, ladder

SIZES_HW = ((240, 320), (360, 480), (480, 640), (720, 1280))
COUNTS = (1, 2, 3, 5, 8, 12, 20)
WITH_NONE = (0, *COUNTS)
PICTURE_HW = (720, 1280)


@dataclass
class Machine:
    """`fixed_ns` and `each_ns` a pixel, and a share of it all as noise; more than linear in pixels with `power`.

    Without iterations it takes `alone_share` of the fixed part.
    """

    fixed_ns: float
    each_ns: float
    alone_share: float = 0.25
    overhead_s: float = 0.0
    power: float = 1.0
    noise: float = 0.05
    picture_hw: tuple[int, int] = PICTURE_HW
    slowness: Callable[[float], float] = lambda _now_s: 1.0
    dice: random.Random = field(default_factory=lambda: random.Random(7))

    def true_s(self, rung: Rung, now_s: float = 0.0) -> float:
        height, width = Fit.inside(self.picture_hw, rung.size_hw).content_hw
        pixels = 57_600 * (height * width / 57_600) ** self.power
        fixed_ns = self.fixed_ns * (1.0 if rung.iterations else self.alone_share)
        cost_s = pixels * (fixed_ns + self.each_ns * rung.iterations) * 1e-9
        return (self.overhead_s + cost_s) * self.slowness(now_s)

    def takes_s(self, rung: Rung, now_s: float) -> float:
        return self.true_s(rung, now_s) * (1 + self.noise * self.dice.uniform(-1, 1))


def play(pace: Pace, machine: Machine, seconds: float, *, begin_s: float = 0.0, period_s: float = 0.04) -> list[Rung]:
    """The rungs used, one for each picture of a source that gives one every `period_s`."""
    now_s, used = begin_s, []
    while now_s < begin_s + seconds:
        rung = pace.rung
        took_s = machine.takes_s(rung, now_s)
        now_s += took_s
        pace.took(took_s, iterations=rung.iterations, ended_s=now_s)
        now_s += max(0.0, period_s - took_s)
        used.append(rung)
    return used


def best(machine: Machine, rate_hz: float, rungs: tuple[Rung, ...], now_s: float = 0.0) -> int:
    fitting = [n for n, rung in enumerate(rungs) if machine.true_s(rung, now_s) <= 0.85 / rate_hz]
    return max(fitting, default=0)


MACHINES = {
    "far too slow": Machine(4000, 500),
    "a slow laptop": Machine(600, 80),
    "two cores": Machine(290, 36),
    "many cores": Machine(60, 8, overhead_s=0.002),
    "a GPU": Machine(3, 0.3, overhead_s=0.003),
    "a GPU that is all overhead": Machine(0.1, 0.01, overhead_s=0.02),
    "memory bound": Machine(200, 25, power=1.2),
    "dear iterations": Machine(60, 60),
    "cheap iterations": Machine(300, 3),
    "noisy": Machine(290, 36, noise=0.25),
}


@pytest.mark.parametrize("counts", [COUNTS, WITH_NONE])
@pytest.mark.parametrize("rate_hz", [5.0, 10.0, 24.0])
@pytest.mark.parametrize("name", MACHINES)
def test_it_finds_the_best_that_fits_and_stays(name: str, rate_hz: float, counts: tuple[int, ...]) -> None:
    machine = MACHINES[name]
    pace = Pace(rate_hz, PICTURE_HW, SIZES_HW, counts)
    rungs = ladder(PICTURE_HW, SIZES_HW, counts)
    play(pace, machine, 30)
    used = play(pace, machine, 30, begin_s=30)
    wanted = best(machine, rate_hz, rungs)
    places = [rungs.index(rung) for rung in used]
    usual = max(set(places), key=places.count)
    assert wanted - 1 <= usual <= wanted + 1, (rungs[usual], rungs[wanted])
    if machine.true_s(rungs[0]) < 0.9 / rate_hz:
        late = sum(machine.true_s(rung) > 1 / rate_hz for rung in used)
        assert late <= 0.03 * len(used), "what is too dear is tried now and then, for a moment"
    changes = sum(a != b for a, b in itertools.pairwise(places))
    assert changes <= 6, "no swinging"


@pytest.mark.parametrize("counts", [COUNTS, WITH_NONE])
@pytest.mark.parametrize("name", MACHINES)
def test_it_is_there_within_seconds(name: str, counts: tuple[int, ...]) -> None:
    machine = MACHINES[name]
    pace = Pace(10.0, PICTURE_HW, SIZES_HW, counts)
    rungs = ladder(PICTURE_HW, SIZES_HW, counts)
    play(pace, machine, 10)
    assert rungs.index(pace.rung) >= best(machine, 10.0, rungs) - 2


def test_a_machine_that_becomes_slower_is_followed_at_once_and_back_again() -> None:
    machine = Machine(60, 8, slowness=lambda now_s: 4.0 if 30 <= now_s < 60 else 1.0)
    pace = Pace(10.0, PICTURE_HW, SIZES_HW, COUNTS)
    rungs = ladder(PICTURE_HW, SIZES_HW, COUNTS)
    play(pace, machine, 30)
    assert pace.rung == rungs[best(machine, 10.0, rungs)]
    stumble = play(pace, machine, 3, begin_s=30)
    assert sum(machine.true_s(rung, 30) > 0.1 for rung in stumble) <= 8
    used = play(pace, machine, 27, begin_s=33)
    assert abs(rungs.index(used[-1]) - best(machine, 10.0, rungs, 40)) <= 1
    play(pace, machine, 60, begin_s=60)
    assert abs(rungs.index(pace.rung) - best(machine, 10.0, rungs)) <= 1, "and it recovers"


def test_one_slow_picture_is_no_reason_and_three_of_four_are() -> None:
    pace = Pace(10.0, PICTURE_HW, SIZES_HW, COUNTS)
    before = pace.rung
    pace.took(5.0, iterations=before.iterations, ended_s=0.0)
    assert pace.rung == before, "the first at a size makes room for itself"
    times = [0.05, 0.12, 0.05, 0.05, 0.12, 0.05, 0.05]
    for k, seconds in enumerate(times):
        pace.took(seconds, iterations=before.iterations, ended_s=0.1 * k)
        assert pace.rung == before, k
    for k, seconds in enumerate([0.105, 0.105, 0.105]):
        assert pace.rung == before, k
        pace.took(seconds, iterations=before.iterations, ended_s=0.7 + 0.1 * k)
    assert pace.rung != before


def test_every_other_picture_far_too_slow_is_late_as_well() -> None:
    pace = Pace(10.0, PICTURE_HW, SIZES_HW, COUNTS)
    before = pace.rung
    for k in range(12):
        pace.took(0.3 if k % 2 else 0.03, iterations=before.iterations, ended_s=0.1 * k)
    assert pace.rung == Rung((240, 320), 1)


def test_nothing_far_dearer_than_what_was_measured_is_tried_at_a_blow() -> None:
    """This machine could do anything; that is found out step by step."""
    pace = Pace(10.0, PICTURE_HW, SIZES_HW, COUNTS)
    before = pace.rung
    for k in range(15):
        pace.took(0.0001, iterations=before.iterations, ended_s=0.1 * k)
        if pace.rung != before:
            break
    machine = Machine(290, 36)
    assert 1 < machine.true_s(pace.rung) / machine.true_s(before) < 5


def test_it_rises_only_after_a_calm_second() -> None:
    pace = Pace(10.0, PICTURE_HW, SIZES_HW, COUNTS)
    before = pace.rung
    now_s = 0.0
    while now_s < 0.95:
        pace.took(0.01, iterations=before.iterations, ended_s=now_s)
        assert pace.rung == before
        now_s += 0.1
    pace.took(0.01, iterations=before.iterations, ended_s=1.05)
    assert pace.rung != before


def test_the_ladder_goes_up_in_cost_and_leaves_out_what_a_larger_size_does_better() -> None:
    rungs = ladder(PICTURE_HW, SIZES_HW, COUNTS)
    machine = Machine(290, 36)
    costs = [machine.true_s(rung) for rung in rungs]
    assert costs == sorted(costs)
    assert len(set(costs)) == len(costs)
    assert rungs[0] == Rung((240, 320), 1)
    assert rungs[-1] == Rung((720, 1280), 20)
    assert {rung.size_hw for rung in rungs} == set(SIZES_HW)
    assert all(rung.iterations >= 3 for rung in rungs if rung.size_hw != (240, 320))


def test_small_sizes_are_for_the_seed_alone_where_it_may_stand_alone() -> None:
    rungs = ladder(PICTURE_HW, SIZES_HW, WITH_NONE)
    assert rungs[:3] == tuple(Rung(size_hw, 0) for size_hw in SIZES_HW[:3])
    assert all(rung.iterations > 0 and rung.size_hw in SIZES_HW[2:] for rung in rungs[3:])
    assert rungs[3] == Rung((480, 640), 1)
    costs = [Machine(290, 36).true_s(rung) for rung in rungs]
    assert costs == sorted(costs)
    assert ladder((100, 140), SIZES_HW, WITH_NONE) == tuple(Rung((100, 140), n) for n in WITH_NONE)
    assert ladder(PICTURE_HW, ((240, 320),), WITH_NONE) == tuple(Rung((240, 320), n) for n in WITH_NONE)
    assert ladder(PICTURE_HW, ((720, 1280),), WITH_NONE) == tuple(Rung((720, 1280), n) for n in WITH_NONE)


def test_what_the_person_chose_is_on_every_rung() -> None:
    assert {rung.iterations for rung in ladder(PICTURE_HW, SIZES_HW, (32,))} == {32}
    assert [rung.size_hw for rung in ladder(PICTURE_HW, SIZES_HW, (2,))] == list(SIZES_HW)
    assert ladder((100, 100), ((480, 640),), COUNTS) == tuple(Rung((480, 640), n) for n in COUNTS)
    assert ladder(PICTURE_HW, ((480, 640),), (7,)) == (Rung((480, 640), 7),)


@pytest.mark.parametrize(
    ("picture_hw", "sizes_hw"),
    [
        ((120, 160), [(120, 160)]),
        ((240, 320), [(240, 320)]),
        ((300, 400), [(240, 320), (300, 400)]),
        ((480, 640), [(240, 320), (360, 480), (480, 640)]),
        ((2160, 3840), list(SIZES_HW)),
        ((16, 4000), [(240, 320), (360, 480), (480, 640), (720, 1280)]),
    ],
)
def test_a_picture_is_never_made_larger_for_its_depth(
    picture_hw: tuple[int, int], sizes_hw: list[tuple[int, int]]
) -> None:
    assert sorted({rung.size_hw for rung in ladder(picture_hw, SIZES_HW, COUNTS)}) == sizes_hw


def test_iterations_that_ended_early_are_what_is_paid_for() -> None:
    """Nothing changes after 2 iterations: all counts cost the same, and the size alone decides."""
    machine = Machine(290, 36)
    pace = Pace(10.0, PICTURE_HW, SIZES_HW, COUNTS)
    now_s = 0.0
    for _ in range(400):
        done = min(2, pace.rung.iterations)
        took_s = machine.true_s(Rung(pace.rung.size_hw, done))
        now_s += max(took_s, 0.04)
        pace.took(took_s, iterations=done, ended_s=now_s)
    largest = max(
        (s for s in SIZES_HW if machine.true_s(Rung(s, 2)) <= 0.085), key=lambda size_hw: size_hw[0] * size_hw[1]
    )
    assert pace.rung.size_hw == largest
