"""The live session: what comes in comes out or is counted, and whatever fails, the rest goes on."""

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import DepthFrame, Frame, Image, Layout, StereoPair
from depthview.engine.live.playback import Clock, Phase
from depthview.engine.live.session import LiveSession
from depthview.engine.live.settings import LiveSettings
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.sources import Notice, SourceKind, open_source
from tests.engine.live_fakes import (
    EYE,
    PATIENCE_S,
    FakeEstimator,
    FakeSource,
    Shelf,
    Workshop,
    check_no_threads_left,
    depthview_threads,
    wait_until,
)
from training.room.truth import load_sample

no_threads_left = pytest.fixture(autouse=True)(check_no_threads_left)


def model(number: int) -> LiveSettings:
    return LiveSettings(Selection(str(number)))


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


Start = Callable[..., LiveSession]


@pytest.fixture
def start(workshop: Workshop) -> Iterator[Start]:
    """A session with model "1" on the named fake sources; playing `a` unless told not to open it."""
    sessions: list[LiveSession] = []

    def make(*, clock: Clock = Clock.LIVE, opens: bool = True, paused: bool = False, **sources: object) -> LiveSession:
        session = LiveSession(workshop, settings=model(1), clock=clock, opener=Shelf(**sources))  # type: ignore[arg-type]
        sessions.append(session)
        if opens:
            session.open("a", paused=paused)
        return session

    yield make
    for gate in (*workshop.build_gates.values(), *workshop.estimate_gates.values()):
        gate.set()
    for session in sessions:
        session.close(PATIENCE_S)


def still() -> FakeSource:
    return FakeSource(1, kind=SourceKind.IMAGE, seekable=False)


def next_result(session: LiveSession) -> DepthFrame:
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        result = session.results.take(0.05)
        if result is not None:
            return result
    pytest.fail(f"no result: {session.status}")


def says(session: LiveSession, number: int) -> DepthFrame:
    """The next result that comes from this model."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        result = session.results.take(0.05)
        if result is not None and float(result.values[0, 0]) == number:
            return result
    pytest.fail(f"model {number} never served: {session.status}")


def sees(session: LiveSession, left: Image) -> DepthFrame:
    """The next result whose left eye is this one: the one before may come again as long as nothing else is known."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until:
        result = session.results.take(0.05)
        if result is not None and np.array_equal(result.pair.left, left):
            return result
    pytest.fail(f"that picture never came: {session.status}")


def balanced(session: LiveSession) -> None:
    counted = session.status.telemetry
    assert counted.frames_in == counted.frames_out + counted.drops, counted
    assert counted.under_way == 0


# --- counting


def test_live_every_frame_is_published_or_counted_as_dropped(start: Start) -> None:
    session = start(opens=False, a=FakeSource(10_000, fps=1e6))
    # With the stabiliser the last one may come once more, see below: when it stands still.
    session.open("a", settings=replace(model(1), steady=False))
    seqs: list[int] = []
    while (status := session.status).playback is None or status.playback.phase is not Phase.ENDED:
        result = session.results.take(0.05)
        if result is not None:
            seqs.append(result.pair.seq)
    wait_until(lambda: session.status.telemetry.under_way == 0)
    assert session.close(PATIENCE_S)
    balanced(session)
    counted = session.status.telemetry
    assert counted.frames_in == 10_000
    assert counted.drops > 0, "nobody estimates a million frames a second"
    last = session.results.take()
    seqs += [last.pair.seq] if last else []
    assert seqs == sorted(set(seqs)), "in order, none twice"
    assert seqs[-1] == 9_999, "the newest is never lost"


def test_every_frame_none_is_dropped_and_the_order_is_kept(start: Start) -> None:
    session = start(clock=Clock.EVERY_FRAME, a=FakeSource(10_000, fps=1e6))
    seqs = [next_result(session).pair.seq for _ in range(10_000)]
    assert seqs == list(range(10_000))
    wait_until(lambda: session.status.telemetry.under_way == 0)
    assert session.close(PATIENCE_S)
    balanced(session)
    assert session.status.telemetry.frames_out == 10_000
    assert session.status.telemetry.drops == 0


@pytest.mark.parametrize("clock", list(Clock))
def test_closed_in_the_middle_the_count_is_exact_and_stays_so(start: Start, clock: Clock) -> None:
    session = start(clock=clock, a=FakeSource(1_000_000, fps=1e6))
    for _ in range(5):
        next_result(session)
    assert session.close(PATIENCE_S)
    balanced(session)
    before = session.status.telemetry
    assert before.frames_in >= 5
    time.sleep(0.05)
    assert session.status.telemetry.frames_in == before.frames_in
    assert depthview_threads() == []


def test_opening_another_source_in_the_middle_keeps_the_count(start: Start) -> None:
    session = start(a=FakeSource(10**9, fps=1e5), b=lambda: FakeSource(500, fps=1e5, title="b"))
    for n in range(10):
        next_result(session)
        session.open("ab"[n % 2] if n < 9 else "b")
    wait_until(lambda: (at := session.status.playback) is not None and at.phase is Phase.ENDED)
    wait_until(lambda: session.status.telemetry.under_way == 0)
    assert session.close(PATIENCE_S)
    balanced(session)


def test_what_is_ready_just_as_another_source_is_opened_is_a_drop_and_not_its_first_picture(start: Start) -> None:
    session = start(opens=False, a=still(), b=FakeSource(1, kind=SourceKind.IMAGE, seekable=False, title="b"))
    publish, moments = session._publish, []

    def in_between(result: DepthFrame | None, generation: int, *, fresh: bool) -> None:
        if not moments:
            moments.append(session.open("b", paused=True))
        publish(result, generation, fresh=fresh)

    session._publish = in_between  # type: ignore[method-assign]
    session.open("a")
    result = next_result(session)
    assert result.pair.captured_at > moments[0], "of what was opened"
    wait_until(lambda: session.status.telemetry.under_way == 0)
    counted = session.status.telemetry
    assert (counted.frames_in, counted.frames_out, counted.drops) == (2, 1, 1)


def test_frames_that_fail_are_drops(start: Start, workshop: Workshop) -> None:
    session = start(a=FakeSource(10**6, fps=500.0))
    next_result(session)
    workshop.of("1").fails = ValueError("bad weights")
    wait_until(lambda: session.status.fault is not None)
    fault = session.status.fault
    assert fault is not None
    assert str(fault) == "The depth of this picture could not be computed: choose another model or resolution."
    assert "bad weights" in fault.details
    workshop.of("1").fails = None
    next_result(session)
    wait_until(lambda: session.status.fault is None)
    session.close(PATIENCE_S)
    balanced(session)
    assert session.status.telemetry.drops > 0


@pytest.mark.parametrize("clock", list(Clock))
def test_pictures_of_one_eye_are_shown_but_are_drops(start: Start, clock: Clock) -> None:
    session = start(opens=False, clock=clock, a=FakeSource(30, fps=1000.0))
    opened_at = session.open("a", settings=replace(model(1), layout=Layout.MONO))
    wait_until(lambda: session.status.telemetry.drops == 30)
    assert session.close(PATIENCE_S)
    balanced(session)
    assert session.status.telemetry.frames_out == 0
    result = session.results.take()
    assert (result is None) == (clock is Clock.EVERY_FRAME), "a recorder keeps what is known only"
    if result is not None:
        assert np.isnan(result.values).all()
        np.testing.assert_array_equal(result.pair.left, EYE)
        assert result.settled_at == opened_at


# --- models, while it plays


def test_the_old_model_serves_until_the_new_one_is_ready(start: Start, workshop: Workshop) -> None:
    gate = workshop.build_gates["2"] = threading.Event()
    session = start(a=FakeSource(10**6, fps=200.0))
    says(session, 1)
    session.configure(model(2))
    wait_until(lambda: session.status.loading == Selection("2"))
    for _ in range(5):
        assert float(next_result(session).values[0, 0]) == 1
    running = session.status.running
    assert running is not None
    assert running.selection == Selection("1")
    gate.set()
    says(session, 2)
    wait_until(lambda: session.status.loading is None)
    assert workshop.asked == ["1", "2"]


def test_a_model_that_cannot_be_loaded_keeps_the_old_one_and_says_why(start: Start, workshop: Workshop) -> None:
    workshop.fails = {"2": UserError("This model is broken: download it again"), "3": MemoryError("no room")}
    session = start(a=FakeSource(10**6, fps=200.0))
    says(session, 1)
    for number, sentence in ((2, "This model is broken"), (3, "This model could not be loaded: choose another one.")):
        session.configure(model(number))
        wait_until(lambda: session.status.fault is not None)
        assert str(session.status.fault).startswith(sentence)
        says(session, 1)
        session.configure(model(1))
        wait_until(lambda: session.status.fault is None)
    assert workshop.asked == ["1", "2", "3"], "tried once each, and 1 was still there"


def test_at_most_two_models_are_kept_and_never_the_serving_one_is_freed(start: Start, workshop: Workshop) -> None:
    session = start(a=FakeSource(10**6, fps=500.0))
    says(session, 1)
    for number in (2, 3, 2, 4, 5, 4, 1, 2):
        session.configure(model(number))
        says(session, number)
        assert len(workshop.alive) <= 2
        assert str(number) in workshop.alive
    assert workshop.most_alive <= 2, "with the one that is being made"
    assert workshop.asked == ["1", "2", "3", "4", "5", "1", "2"], "back to the one before costs nothing"
    assert session.close(PATIENCE_S)
    assert workshop.alive == []
    assert all(e.closed == 1 for e in workshop.built)
    assert not any(e.closed_at_work for e in workshop.built)


def test_a_wish_changed_while_loading_is_what_counts(start: Start, workshop: Workshop) -> None:
    gate = workshop.build_gates["2"] = threading.Event()
    session = start(a=still())
    says(session, 1)
    session.configure(model(2))
    wait_until(lambda: "2" in workshop.asked)
    session.configure(model(3))
    gate.set()
    says(session, 3)
    assert workshop.most_alive <= 2
    running = session.status.running
    assert running is not None
    assert running.selection == Selection("3")


def test_the_first_model_fails_and_another_is_chosen(start: Start, workshop: Workshop) -> None:
    workshop.fails["1"] = UserError("This model is broken: download it again")
    session = start(a=still())
    wait_until(lambda: session.status.fault is not None)
    assert session.results.take() is None
    session.configure(model(2))
    assert says(session, 2).pair.seq == 0, "the still that waited all the time"
    wait_until(lambda: session.status.fault is None)


# --- settings on a picture that stands still


@pytest.mark.parametrize("there_and_back", [False, True])
def test_what_was_prepared_otherwise_can_be_told_and_what_is_wanted_follows(
    start: Start, workshop: Workshop, there_and_back: bool
) -> None:
    workshop.estimate_gates["1"] = gate = threading.Event()
    session = start(opens=False, a=still())
    opened_at = session.open("a")
    wait_until(lambda: session.status.telemetry.under_way == 1)
    settled_at = session.configure(replace(model(1), swap=True))
    if there_and_back:
        settled_at = session.configure(model(1))
    assert session.configure(session.settings) == settled_at > opened_at, "nothing is otherwise than before"
    gate.set()
    while (result := next_result(session)).settled_at < settled_at:
        assert result.settled_at == opened_at
    assert result.settled_at == settled_at


def test_a_still_is_estimated_again_when_what_matters_changes_and_only_then(start: Start, workshop: Workshop) -> None:
    session = start(a=still())
    says(session, 1)
    estimator = workshop.of("1")
    assert estimator.estimated == 1
    session.configure(model(1))
    time.sleep(0.4)
    assert estimator.estimated == 1, "nothing changed"
    session.configure(replace(model(1), swap=True))
    next_result(session)
    assert estimator.estimated == 2
    session.configure(replace(model(2), swap=True))
    says(session, 2)
    assert estimator.estimated == 2, "waiting for a model is no reason to ask the old one again"
    counted = session.status.telemetry
    assert (counted.frames_in, counted.frames_out, counted.drops) == (1, 1, 0), "a frame counts once"


def test_what_the_frames_before_held_is_estimated_once_more_when_it_stands(start: Start, workshop: Workshop) -> None:
    def seen(count: int) -> None:  # before the next is read: were they dropped, there would be no moments before
        wait_until(lambda: session.status.telemetry.frames_out == count, f"{count} frames")

    def pause() -> None:  # in the reader's thread, so that the frame it reads just now is surely the last one
        seen(50)
        playback = session.playback
        assert playback is not None
        playback.set_paused(True)

    script = {count: partial(seen, count) for count in range(1, 50)}
    session = start(opens=False, a=FakeSource(10**6, fps=100.0, script={**script, 50: pause}))
    session.open("a")
    while (last := next_result(session)).held or last.pair.seq < 50:
        pass
    wait_until(lambda: session.status.telemetry.under_way == 0)
    counted = session.status.telemetry
    assert workshop.of("1").estimated == counted.frames_out + 1, "the one that stands was held at first"
    time.sleep(0.4)
    assert workshop.of("1").estimated == counted.frames_out + 1, "once is enough"
    assert session.results.take() is None
    assert session.close(PATIENCE_S)
    balanced(session)
    assert last.pair.seq == session.status.telemetry.frames_in - 1, "what stands is the newest"


class Hurried(FakeEstimator):
    """Says 1 in a hurry, 2 when it has time."""

    refined = 0

    def refine(self, pair: StereoPair) -> Estimate:
        self.refined += 1
        return replace(self.estimate(pair), values=np.full(pair.size_hw, 2.0, np.float32))


def test_what_was_done_in_a_hurry_is_done_better_once_the_picture_stands_still() -> None:
    estimators: list[Hurried] = []

    def build(selection: Selection) -> Hurried:
        estimators.append(Hurried(selection))
        return estimators[-1]

    shelf = Shelf(a=FakeSource(1000, fps=50.0), b=still())
    settings = LiveSettings(Selection("1", rate_hz=10.0), steady=False)
    session = LiveSession(build, settings=settings, opener=shelf)
    try:
        session.open("a", paused=True)
        says(session, 1)
        says(session, 2)
        time.sleep(0.6)
        assert estimators[0].refined == 1, "once is enough"
        session.configure(replace(session.settings, swap=True))
        says(session, 1)
        says(session, 2)
        playback = session.playback
        assert playback is not None
        playback.step(1)
        says(session, 1)
        says(session, 2)
        refined = estimators[0].refined
        playback.set_paused(False)
        wait_until(lambda: session.status.telemetry.frames_out > 40, "a while of playing")
        assert estimators[0].refined == refined, "what plays has to hurry"
        session.open("b")
        says(session, 1)
        says(session, 2)
        session.configure(replace(session.settings, selection=Selection("1", 5, (240, 320))))
        says(session, 1)
        time.sleep(0.6)
        assert estimators[1].refined == 0, "what the person chose is what is done"
    finally:
        assert session.close(PATIENCE_S)
    balanced(session)


def test_where_every_frame_counts_none_is_given_twice() -> None:
    estimators: list[Hurried] = []

    def build(selection: Selection) -> Hurried:
        estimators.append(Hurried(selection))
        return estimators[-1]

    settings = LiveSettings(Selection("1", rate_hz=10.0))
    session = LiveSession(build, settings=settings, clock=Clock.EVERY_FRAME, opener=Shelf(a=still()))
    try:
        session.open("a")
        says(session, 1)
        time.sleep(0.6)
        assert estimators[0].refined == 0
    finally:
        assert session.close(PATIENCE_S)


def test_swap_and_layout_act_on_the_next_frame(start: Start) -> None:
    left, right = EYE, EYE[::-1].copy()
    packed = np.concatenate([left, right], axis=1)
    tall = np.concatenate([right, left, left, right], axis=0)

    class Packed(FakeSource):
        def read(self) -> Frame | Notice | None:
            item = super().read()
            return replace(item, image=self._image, right=None) if isinstance(item, Frame) else item

    kind = {"kind": SourceKind.IMAGE, "seekable": False}
    session = start(opens=False, a=Packed(1, image=packed, **kind), b=Packed(1, image=tall, **kind))  # type: ignore[arg-type]
    session.open("a", settings=replace(model(1), layout=Layout.SIDE_BY_SIDE, swap=False))
    result = sees(session, left)
    np.testing.assert_array_equal(result.pair.right, right)
    assert (session.status.layout, session.status.swap) == (Layout.SIDE_BY_SIDE, False)
    session.configure(replace(model(1), layout=Layout.SIDE_BY_SIDE, swap=True))
    sees(session, right)
    wait_until(lambda: session.status.swap)
    session.open("b", settings=replace(model(1), layout=Layout.OVER_UNDER, swap=False))
    sees(session, np.concatenate([right, left]))
    session.configure(replace(model(1), layout=Layout.MONO))
    wait_until(lambda: session.status.fault is not None)
    assert str(session.status.fault).startswith("This picture shows one eye only")
    result = sees(session, tall)
    assert result.pair.right is result.pair.left, "the picture itself is there to be seen"
    assert np.isnan(result.values).all()
    session.configure(replace(model(1), layout=Layout.OVER_UNDER, swap=False))
    sees(session, np.concatenate([right, left]))
    assert session.status.fault is None


# --- the sample, truly estimated


def test_on_the_sample_the_layout_is_found_and_nothing_is_exchanged() -> None:
    quick = Selection("sgm", None, (120, 160))
    session = LiveSession(
        SemiGlobalEstimator,
        settings=LiveSettings(quick),
        opener=lambda spec, stop: open_source(spec, stop=stop),
    )
    session.open(str(load_sample().clip), paused=True)
    result = next_result(session)
    status = session.status
    assert (status.layout, status.swap, status.proposes_swap) == (Layout.SIDE_BY_SIDE, False, False)
    assert result.pair.size_hw == (720, 1280)
    assert result.values.shape == (720, 1280)
    assert np.nanmedian(result.values) > 5
    assert session.close(PATIENCE_S)


def test_cross_eye_pictures_are_put_right_and_stay_as_a_person_wants_them(workshop: Workshop) -> None:
    pair = known_scenes(2)[1].pair
    source = still()

    def read_both() -> Frame | None:
        source.reads += 1
        return Frame(pair.right, pair.left, 0, 0.0, 0.0) if source.reads == 1 else None

    source.read = read_both  # type: ignore[method-assign]
    session = LiveSession(workshop, settings=model(1), opener=Shelf(a=source))
    session.open("a")
    sees(session, pair.left)  # at once where the judge was quick
    status = session.status
    assert status.swap
    assert (status.layout, status.proposes_swap) == (Layout.SEPARATE, False)
    assert status.findings is not None
    assert status.findings.order.sure
    session.configure(replace(model(1), swap=False))
    wait_until(lambda: session.status.proposes_swap)
    sees(session, pair.right)
    assert session.close(PATIENCE_S)


# --- what cannot be opened, notices


def test_what_cannot_be_opened_is_a_fault_and_the_next_source_plays(start: Start) -> None:
    session = start(a=UserError("There is no such file: choose another"), b=still())
    wait_until(lambda: session.status.fault is not None)
    assert str(session.status.fault) == "There is no such file: choose another"
    session.open("b")
    next_result(session)
    assert session.status.fault is None


def test_notices_are_handed_on(start: Start) -> None:
    session = start(a=FakeSource(5, script={2: Notice("Damage was skipped.")}))
    notices: list[Notice] = []

    def come() -> bool:
        notices.extend(session.take_notices())
        return bool(notices)

    wait_until(come)
    assert [n.text for n in notices] == ["Damage was skipped."]


def test_depth_keeps_the_frame_s_own_numbers(start: Start) -> None:
    session = start(clock=Clock.EVERY_FRAME, a=FakeSource(20, fps=10_000.0))
    for n in range(20):
        result = next_result(session)
        assert (result.pair.seq, result.pair.pts_s) == (n, pytest.approx(n / 10_000))
        assert (result.model, result.provider) == ("fake 1", "CPU")
        assert 0 <= result.estimate_s <= result.latency_s


# --- closing


def test_closing_before_anything_was_opened(start: Start) -> None:
    assert start(opens=False).close()


@pytest.mark.parametrize("state", ["opening", "playing", "paused", "ended", "failed", "loading", "waiting"])
def test_closing_ends_all_threads_in_every_state(start: Start, workshop: Workshop, state: str) -> None:
    opening, release = threading.Event(), threading.Event()

    def slow() -> FakeSource:
        opening.set()
        release.wait(PATIENCE_S)
        return still()

    sources: dict[str, object] = {
        "opening": slow,
        "playing": FakeSource(10**6, fps=300.0),
        "paused": FakeSource(10**6),
        "ended": FakeSource(3),
        "failed": RuntimeError("x"),
        "loading": still(),
        "waiting": FakeSource(10**6),
    }
    if state == "loading":
        release = workshop.build_gates["1"] = threading.Event()
    clock = Clock.EVERY_FRAME if state == "waiting" else Clock.LIVE
    session = start(clock=clock, paused=state == "paused", a=sources[state])
    if state == "opening":
        assert opening.wait(PATIENCE_S)
    elif state == "loading":
        wait_until(lambda: workshop.asked == ["1"])
    elif state == "waiting":
        wait_until(lambda: session.status.telemetry.frames_in >= 3)  # nobody takes: all wait for all
    else:
        wait_until(lambda: (at := session.status.playback) is not None and at.phase == state)

    def once_it_closes() -> None:
        session._stop.wait(PATIENCE_S)
        release.set()

    threading.Thread(target=once_it_closes).start()
    assert session.close(PATIENCE_S)
    assert depthview_threads() == []
    assert workshop.alive == []
    balanced(session)
    assert session.close(), "twice is once"


def test_a_reader_stuck_in_its_device_is_left_behind_and_said(start: Start, workshop: Workshop) -> None:
    stuck, release = threading.Event(), threading.Event()

    def hang() -> None:
        stuck.set()
        release.wait(PATIENCE_S)

    source = FakeSource(10**6, script={3: hang})
    session = start(a=source)
    assert stuck.wait(PATIENCE_S)
    assert session.close(0.3) is False
    wait_until(lambda: depthview_threads() == ["depthview-reader"], "the end of all others")
    assert workshop.alive == []
    balanced(session)
    release.set()
    wait_until(lambda: depthview_threads() == [])
    assert source.closed == 1, "by its own thread, when the device lets it go"
    balanced(session)


def test_a_model_at_work_is_not_freed_under_its_thread(start: Start, workshop: Workshop) -> None:
    gate = workshop.estimate_gates["1"] = threading.Event()
    session = start(a=still())
    wait_until(lambda: bool(workshop.built) and workshop.of("1").at_work)
    assert session.close(0.2) is False
    assert workshop.of("1").closed == 0
    gate.set()
    wait_until(lambda: depthview_threads() == [])
    assert workshop.of("1").closed == 1
    assert not workshop.of("1").closed_at_work
    balanced(session)


def test_a_model_that_was_loading_is_freed_when_it_is_there(start: Start, workshop: Workshop) -> None:
    gate = workshop.build_gates["1"] = threading.Event()
    session = start(a=still())
    wait_until(lambda: workshop.asked == ["1"])
    assert session.close(0.2) is False
    gate.set()
    wait_until(lambda: depthview_threads() == [])
    assert [e.closed for e in workshop.built] == [1]
