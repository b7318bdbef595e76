"""Which setting is worth its time: differences at the picture's own size, and a run that nothing stops but a person."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators import iterative, sgm
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.frames import Meaning, StereoPair
from depthview.engine.models.comparison.difference import Aligned, Answer, Difference, Unit
from depthview.engine.models.comparison.run import Sample, Trial, compare, pareto, plan
from depthview.engine.models.library import BUILT_INS, ModelFamily, ModelLibrary, Variant
from depthview.engine.progress import PauseToken, Progress, StopToken
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import flat_pair, pair_of, texture
from tests.engine.live_fakes import PATIENCE_S, wait_until

ROOM = pair_of(texture(48, 64), texture(48, 64))
SMALL, LARGE = (24, 32), (48, 64)


class Told:
    """Answers a number that its setting decides, so long as nothing is wrong with it."""

    alive = 0
    most_alive = 0

    def __init__(self, selection: Selection, number: float, meaning: Meaning = Meaning.DISPARITY) -> None:
        Told.alive += 1
        Told.most_alive = max(Told.most_alive, Told.alive)
        self.info = EstimatorInfo(f"told {selection.model_id}", selection, "CPU", meaning=meaning)
        self._number = number
        self.estimated = 0
        self.forgot = 0

    def forget(self) -> None:
        self.forgot += 1

    def estimate(self, pair: StereoPair) -> Estimate:
        self.estimated += 1
        return Estimate(np.full(pair.size_hw, self._number, np.float32), meaning=self.info.meaning)

    def close(self) -> None:
        Told.alive -= 1


@pytest.fixture(autouse=True)
def nobody_is_left_open() -> object:
    Told.alive = Told.most_alive = 0
    yield
    assert Told.alive == 0


def settings_of(**models: tuple[int, ...]) -> list[Selection]:
    return [
        Selection(model, count, size) for model, counts in models.items() for size in (SMALL, LARGE) for count in counts
    ]


def by_work(selection: Selection) -> Told:
    """The more iterations and pixels, the nearer to 10."""
    assert selection.size_hw is not None
    return Told(selection, 10 - 4 / (selection.iterations or 1) - 64 / selection.size_hw[1])


def means(trials: list[Trial]) -> dict[tuple[int | None, tuple[int, int] | None], float]:
    return {(t.setting.iterations, t.setting.size_hw): t.difference.mean for t in trials if t.difference}


def test_the_most_demanding_setting_is_the_reference_and_comes_first() -> None:
    trials = list(compare(settings_of(net=(1, 4)), [Sample("room", ROOM)], by_work, repeats=2))
    assert [t.is_reference for t in trials] == [True, False, False, False]
    assert (trials[0].setting.iterations, trials[0].setting.size_hw) == (4, LARGE)
    assert means(trials) == {
        (4, LARGE): pytest.approx(0.0),
        (1, SMALL): pytest.approx(4.0),
        (4, SMALL): pytest.approx(1.0),
        (1, LARGE): pytest.approx(3.0),
    }
    assert {t.difference.unit for t in trials if t.difference} == {Unit.PIXELS}
    assert all(t.difference.bad is None for t in trials if t.difference), "bad pixels are for ground truth"
    assert all(t.time_ms > 0 and t.provider == "CPU" for t in trials)
    assert Told.most_alive == 1, "one estimator in memory at a time"


def test_another_model_can_be_the_reference() -> None:
    settings = settings_of(net=(1,), other=(9,))
    trials = list(compare(settings, [Sample("room", ROOM)], by_work, reference_model="other", repeats=1))
    assert (trials[0].setting.model_id, trials[0].setting.size_hw, trials[0].is_reference) == ("other", LARGE, True)
    assert [t.setting.model_id for t in trials[1:]] == ["net", "net", "other"]


def test_with_ground_truth_there_is_no_reference_and_bad_pixels_are_counted() -> None:
    truth = np.full(ROOM.size_hw, 8.0, np.float32)
    truth[:, :16] = 5.5  # a quarter: 6 is 0.5 px off there, and 2 px elsewhere
    truth[:12] = np.nan
    settings = [Selection("net", None, SMALL)]
    (trial,) = compare(settings, [Sample("room", ROOM, Answer(truth))], lambda s: Told(s, 6.0), repeats=1)
    assert not trial.is_reference
    found = trial.difference
    assert found is not None
    assert found.mean == pytest.approx(0.25 * 0.5 + 0.75 * 2.0)
    assert found.bad == pytest.approx((0.75, 0.0, 0.0)), "off by exactly 2 px is not off by more"


def test_what_is_unknown_is_bad_but_not_part_of_the_mean() -> None:
    class Holes(Told):
        def estimate(self, pair: StereoPair) -> Estimate:
            values = super().estimate(pair).values
            values[:, :32] = np.nan
            return Estimate(values)

    truth = Answer(np.full(ROOM.size_hw, 7.0, np.float32))
    (trial,) = compare([Selection("net")], [Sample("room", ROOM, truth)], lambda s: Holes(s, 7.5), repeats=1)
    found = trial.difference
    assert found is not None
    assert (found.mean, found.known) == (pytest.approx(0.5), pytest.approx(0.5))
    assert found.bad == pytest.approx((0.5, 0.5, 0.5))


def test_disparities_are_rescaled_before_they_are_compared(tmp_path: Path) -> None:
    """The same answer at two working sizes is the same answer: resized but not multiplied by the ratio of the widths,
    the one of half the size would be off by half its disparity (notes/stereo.md 1.1)."""
    paths = [
        graphs.constant_graph(tmp_path / f"net_{h}x{w}.onnx", np.full((h, w), px, np.float32))
        for (h, w), px in (((32, 64), 6.0), ((64, 128), 12.0), ((96, 128), 12.0))
    ]
    library = ModelLibrary(paths)
    (family,) = (f for f in library.families if f.model_id == "net")
    pair = flat_pair(128, 256, 24)
    trials = list(compare(plan([family]), [Sample("wall", pair)], library.open_estimator, repeats=1))
    assert len(trials) == 3
    # 96x128 has another shape than the picture: its content is 64x128, and that width is what counts.
    assert [t.difference.mean for t in trials if t.difference] == pytest.approx([0, 0, 0], abs=1e-4)
    with_truth = Sample("wall", pair, Answer(np.full((128, 256), 24, np.float32)))
    trials = list(compare(plan([family]), [with_truth], library.open_estimator, repeats=1))
    assert [t.difference.mean for t in trials if t.difference] == pytest.approx([0, 0, 0], abs=1e-4)


def test_matching_at_low_resolution_is_off_by_less_than_a_pixel_of_its_own() -> None:
    pair = flat_pair(240, 320, 24)
    settings = [Selection(sgm.MODEL_ID, None, size_hw) for size_hw in ((120, 160), (240, 320))]
    trials = list(compare(settings, [Sample("wall", pair)], ModelLibrary().open_estimator, repeats=1))
    small = trials[1].difference
    assert small is not None
    assert small.mean < 1.0, "12 px would be the artefact"
    assert small.known > 0.8


def test_a_setting_that_fails_is_a_row_and_the_rest_goes_on() -> None:
    def build(selection: Selection) -> Told:
        if selection.size_hw == LARGE and selection.iterations == 4:
            raise UserError("Too large for this computer.")
        if selection.iterations == 2:
            raise RuntimeError("CUDA error 700")
        return by_work(selection)

    trials = list(compare(settings_of(net=(1, 2, 4)), [Sample("room", ROOM)], build, repeats=1))
    assert len(trials) == 6
    assert str(trials[0].fault) == "Too large for this computer."
    assert "CUDA error 700" in trials[1].fault.details if trials[1].fault else False
    reference = trials[2]
    assert (reference.is_reference, reference.setting) == (True, Selection("net", 1, LARGE)), "the next lesser one"
    assert sum(t.fault is None for t in trials) == 3
    assert all(np.isnan(t.time_ms) and t.difference is None for t in trials if t.fault)


def test_failures_in_the_middle_close_what_was_opened() -> None:
    class Breaks(Told):
        def estimate(self, pair: StereoPair) -> Estimate:
            raise MemoryError

    (trial,) = compare([Selection("net")], [Sample("room", ROOM)], lambda s: Breaks(s, 1.0))
    assert trial.fault is not None


def test_a_reference_must_know_something() -> None:
    def build(selection: Selection) -> Told:
        return Told(selection, float("nan") if selection.size_hw == LARGE else 3.0)

    trials = list(compare(settings_of(net=(1,)), [Sample("room", ROOM)], build, repeats=1))
    assert trials[0].fault is not None
    assert "no depth" in str(trials[0].fault)
    assert trials[1].is_reference


def test_warm_up_repeats_and_several_pictures() -> None:
    built: list[Told] = []

    def build(selection: Selection) -> Told:
        built.append(Told(selection, 3.0))
        return built[-1]

    larger = pair_of(texture(64, 96), texture(64, 96))
    samples = [Sample("a", ROOM), Sample("b", ROOM), Sample("c", larger)]
    (trial,) = compare([Selection("net", 5)], samples, build, repeats=4)
    assert built[0].estimated == 3 * 4 + 2, "one more for each size, not counted"
    assert built[0].forgot == built[0].estimated, "nothing goes on from the run before"
    assert trial.iterations == 5


def test_every_run_of_the_bundled_network_starts_anew() -> None:
    """Going on from the last run would make it look quicker and better than it is for a picture."""
    pair = flat_pair(96, 128, 6)
    once = ModelLibrary().open_estimator(Selection(iterative.MODEL_ID, 2, (96, 128)))
    try:
        first = once.estimate(pair)
    finally:
        once.close()
    truth = Answer(first.values)
    setting = Selection(iterative.MODEL_ID, 2, (96, 128))
    (trial,) = compare([setting], [Sample("wall", pair, truth)], ModelLibrary().open_estimator, repeats=2)
    assert trial.difference is not None
    assert trial.difference.mean == pytest.approx(0.0, abs=1e-6)


def test_one_eyed_material_fails_for_models_of_two_eyes_alone() -> None:
    def build(selection: Selection) -> Told:
        made = by_work(selection)
        made.info = replace(made.info, eyes=1 if selection.model_id == "mono" else 2)
        return made

    trials = list(compare(settings_of(net=(1,), mono=(1,)), [Sample("a", ROOM, has_two_eyes=False)], build, repeats=1))
    assert {t.setting.model_id: t.fault is None for t in trials} == {"net": False, "mono": True}
    assert "two eyes" in str(trials[0].fault)


def test_it_says_how_far_it_is_and_stops_where_it_is_told_to() -> None:
    said: list[Progress] = []
    stop = StopToken()
    running = compare(
        settings_of(net=(1, 4)), [Sample("room", ROOM)], by_work, repeats=1, report=said.append, stop=stop
    )
    next(running)
    next(running)
    stop.stop()
    with pytest.raises(Stopped):
        next(running)
    assert [(p.done, p.total) for p in said] == [(0, 4), (1, 4)]
    assert said[0].label == "net, 4 iterations, 48x64"
    said.clear()
    list(compare(settings_of(net=(1,)), [Sample("room", ROOM)], by_work, repeats=1, report=said.append))
    assert (said[-1].done, said[-1].total) == (2, 2)


def test_it_rests_while_it_is_paused_and_ends_all_the_same_when_told_to() -> None:
    stop, pause = StopToken(), PauseToken()
    trials: list[Trial] = []
    ended = threading.Event()

    def work() -> None:
        try:
            trials.extend([])
            for trial in compare(
                settings_of(net=(1, 4)), [Sample("r", ROOM)], by_work, repeats=1, stop=stop, pause=pause
            ):
                trials.append(trial)
                if len(trials) in (1, 3):
                    pause.pause()
        except Stopped:
            ended.set()

    thread = threading.Thread(target=work)
    thread.start()
    wait_until(lambda: pause.paused, "the first pause")
    assert len(trials) == 1
    pause.resume()
    wait_until(lambda: len(trials) == 3, "two more")
    assert not ended.wait(0.2), "it rests"
    assert len(trials) == 3
    stop.stop()
    assert ended.wait(PATIENCE_S)
    thread.join()


def test_the_pareto_set() -> None:
    def trial(time_ms: float, mean: float, name: str) -> Trial:
        return Trial(
            Selection(name), name, time_ms=time_ms, difference=Difference(mean, Unit.PIXELS, Aligned.NOTHING, 1)
        )

    trials = [
        trial(10, 5, "quick"),
        trial(20, 6, "slower and worse"),
        trial(20, 3, "good"),
        trial(20, 4, "as slow, worse"),
        trial(30, 3, "as good, slower"),
        trial(40, 0, "best"),
        trial(1, float("nan"), "knows nothing"),
        Trial(Selection("failed"), "failed", fault=UserError("no")),
    ]
    assert [t.title for t in pareto(reversed(trials))] == ["quick", "good", "best"]
    assert pareto([]) == []


def test_the_plan_takes_what_is_nearest_and_nothing_twice() -> None:
    own, classical = BUILT_INS[0], next(f for f in BUILT_INS if f.model_id == sgm.MODEL_ID)
    files = ModelFamily("net", "net", tuple(Variant(n, (240, 320), Path(f"{n}")) for n in (2, 5)))
    free = ModelFamily("free", "free", (Variant(None, None, Path("f")),))
    found = plan([own, classical, files, free], (1, 2, 7), ((240, 320), (100, 200)))
    assert [(s.iterations, s.size_hw) for s in found if s.model_id == own.model_id] == [
        (count, size) for size in ((240, 320), (100, 200)) for count in (1, 2, 7)
    ]
    assert [(s.iterations, s.size_hw) for s in found if s.model_id == sgm.MODEL_ID] == [
        (None, (240, 320)),
        (None, (100, 200)),
    ]
    assert [(s.iterations, s.size_hw) for s in found if s.model_id == "net"] == [(2, (240, 320)), (5, (240, 320))]
    assert [(s.iterations, s.size_hw) for s in found if s.model_id == "free"] == [
        (None, (240, 320)),
        (None, (100, 200)),
    ]
    everything = plan([files])
    assert [(s.iterations, s.size_hw) for s in everything] == [(2, (240, 320)), (5, (240, 320))]
