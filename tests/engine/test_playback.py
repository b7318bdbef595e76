"""Playback: what the transport promises, frame by frame, on the sample and on sources that misbehave."""

import threading
import time
from collections.abc import Callable, Iterator

import pytest

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame
from depthview.engine.live.playback import Clock, Phase, Playback
from depthview.engine.sources import Notice, SourceKind, open_source
from tests.engine.live_fakes import PATIENCE_S, FakeSource, Shelf, check_no_threads_left, wait_until
from training.room.truth import load_sample

no_threads_left = pytest.fixture(autouse=True)(check_no_threads_left)

FPS = 24


class Taken:
    """Everything that was delivered, in order. `then`: what is done after so many frames, in the reader's thread."""

    def __init__(self) -> None:
        self.frames: list[Frame] = []
        self.then: dict[int, Callable[[], None]] = {}

    def __call__(self, frame: Frame) -> None:
        self.frames.append(frame)
        if (act := self.then.pop(len(self.frames), None)) is not None:
            act()

    @property
    def numbers(self) -> list[int]:
        """Frame numbers of the sample's, which must be exact."""
        for frame in self.frames:
            assert frame.pts_s * FPS == pytest.approx(round(frame.pts_s * FPS), abs=1e-6)
        return [round(frame.pts_s * FPS) for frame in self.frames]

    def wait_for(self, numbers: list[int]) -> None:
        wait_until(lambda: self.numbers == numbers, f"{numbers}")


@pytest.fixture
def taken() -> Taken:
    return Taken()


@pytest.fixture
def play(taken: Taken) -> Iterator[Callable[..., Playback]]:
    started: list[Playback] = []

    def start(source: FakeSource | None = None, **options: object) -> Playback:
        if source is None:
            playback = Playback(
                str(load_sample().clip), taken, opener=lambda spec, stop: open_source(spec, stop=stop), **options
            )
        else:
            playback = Playback("a", taken, opener=Shelf(a=source), **options)
        started.append(playback)
        return playback

    yield start
    for playback in started:
        playback.request_stop()
        assert playback.join(PATIENCE_S)


def phase(playback: Playback, wanted: Phase) -> None:
    wait_until(lambda: playback.status.phase is wanted, f"{wanted}, it is {playback.status}")


# --- the sample, frame by frame


def test_opened_paused_it_shows_the_first_picture_and_waits(play: Callable[..., Playback], taken: Taken) -> None:
    playback = play(paused=True)
    wait_until(lambda: len(taken.frames) == 1)
    phase(playback, Phase.PAUSED)
    time.sleep(0.15)
    assert taken.numbers == [0]
    info = playback.status.info
    assert info is not None
    assert (info.fps, info.kind, info.seekable) == (FPS, SourceKind.VIDEO, True)


def test_steps_go_on_and_back_by_exactly_as_many(play: Callable[..., Playback], taken: Taken) -> None:
    playback = play(paused=True)
    expected = [0]
    wait_until(lambda: taken.numbers == expected)
    for step in (1, 1, 3, -1, -2, 1, -1):
        start = expected[-1]
        playback.step(step)
        expected += range(start + 1, start + step + 1) if step > 0 else [start + step]
        taken.wait_for(expected)
        assert playback.status.position_s == pytest.approx(expected[-1] / FPS)
    playback.step(-50)
    wait_until(lambda: taken.numbers[-1] == 0)


def test_steps_back_that_come_faster_than_pictures_all_count(play: Callable[..., Playback], taken: Taken) -> None:
    playback = play(paused=True)
    wait_until(lambda: taken.numbers == [0])
    playback.seek(60 / FPS)
    wait_until(lambda: taken.numbers[-1] == 60)
    for _ in range(12):
        playback.step(-1)
    wait_until(lambda: taken.numbers[-1] == 48)
    time.sleep(0.1)
    assert taken.numbers[-1] == 48


def test_steps_back_while_pictures_are_read_all_count(play: Callable[..., Playback], taken: Taken) -> None:
    def again() -> None:
        playback.step(-1)

    playback = play(FakeSource(100, script={59: again, 58: again}), paused=True)
    wait_until(lambda: len(taken.frames) == 1)
    playback.seek(0.060)
    wait_until(lambda: len(taken.frames) == 2)
    playback.step(-1)
    wait_until(lambda: len(taken.frames) == 5)
    assert [round(frame.pts_s * 1000) for frame in taken.frames] == [0, 60, 59, 58, 57]


@pytest.mark.parametrize(("position_s", "number"), [(2.0, 48), (1.9999, 48), (0.0, 0), (3.5 / FPS, 4), (99.0, 95)])
def test_seek_shows_the_first_frame_that_is_not_before(
    play: Callable[..., Playback], taken: Taken, position_s: float, number: int
) -> None:
    playback = play(paused=True)
    wait_until(lambda: taken.numbers == [0])
    playback.seek(position_s)
    wait_until(lambda: len(taken.frames) == 2)
    assert taken.numbers[1] == number
    assert playback.status.phase is Phase.PAUSED


def test_stepping_over_the_end_ends_and_back_again_shows_the_last_but_one(
    play: Callable[..., Playback], taken: Taken
) -> None:
    playback = play(paused=True)
    wait_until(lambda: taken.numbers == [0])
    playback.seek(95 / FPS)
    wait_until(lambda: taken.numbers[-1] == 95)
    playback.step(1)
    phase(playback, Phase.ENDED)
    playback.step(1)
    playback.step(2)
    playback.step(-1)
    wait_until(lambda: taken.numbers[-1] == 94)
    phase(playback, Phase.PAUSED)
    time.sleep(0.05)
    assert taken.numbers == [0, 95, 94], "behind the end there was nothing to step to"
    playback.step(1)
    wait_until(lambda: taken.numbers[-1] == 95)


def test_every_frame_once_and_then_the_end_and_play_starts_anew(play: Callable[..., Playback], taken: Taken) -> None:
    playback = play(clock=Clock.EVERY_FRAME)
    phase(playback, Phase.ENDED)
    assert taken.numbers == list(range(96))
    assert [f.seq for f in taken.frames] == list(range(96))
    playback.set_paused(False)
    wait_until(lambda: len(taken.frames) >= 100)
    assert taken.numbers[96:100] == [0, 1, 2, 3]


def test_loop_goes_round_and_can_be_switched_on_at_the_end(play: Callable[..., Playback], taken: Taken) -> None:
    playback = play(clock=Clock.EVERY_FRAME, paused=True)
    wait_until(lambda: taken.numbers == [0])
    playback.seek(90 / FPS)
    wait_until(lambda: taken.numbers[-1] == 90)
    playback.set_paused(False)
    phase(playback, Phase.ENDED)
    taken.then[13] = lambda: playback.seek(94 / FPS)  # by the reader itself, which does not wait for anybody
    playback.set_loop(True)
    wait_until(lambda: len(taken.frames) > 16)
    assert taken.numbers[:17] == [0, 90, 91, 92, 93, 94, 95, 0, 1, 2, 3, 4, 5, 94, 95, 0, 1]


def test_the_pictures_come_when_they_are_due_at_any_speed(play: Callable[..., Playback], taken: Taken) -> None:
    playback = play(paused=True)
    wait_until(lambda: len(taken.frames) == 1)
    playback.set_speed(4.0)
    assert playback.status.speed == 4.0
    began_at = time.perf_counter()
    playback.set_paused(False)
    phase(playback, Phase.ENDED)
    frames = taken.frames[1:]
    assert taken.numbers == list(range(96)), "playback drops nothing: only a slow estimator does"
    # None before its time: what a busy machine can make of it is only later.
    late = [f.captured_at - began_at - (f.pts_s - frames[0].pts_s) / 4 for f in frames]
    assert min(late) > -1e-6


# --- what sources may do


def test_pausing_holds_and_step_while_playing_goes_one_on(play: Callable[..., Playback], taken: Taken) -> None:
    source = FakeSource(100, fps=0.01)  # the second picture lies ready long before it is due
    playback = play(source)
    wait_until(lambda: len(taken.frames) == 1 and source.reads == 2)
    playback.step(1)
    wait_until(lambda: len(taken.frames) == 2, "the next at once")
    phase(playback, Phase.PAUSED)
    time.sleep(0.25)
    assert [f.seq for f in taken.frames] == [0, 1]


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (UserError("The cable is out: plug it in"), "The cable is out: plug it in"),
        (RuntimeError("segfault nearly"), "This source failed in an unexpected way: open it again, or another one."),
    ],
)
def test_a_source_that_fails_says_so_and_is_closed(
    play: Callable[..., Playback], taken: Taken, error: Exception, sentence: str
) -> None:
    source = FakeSource(10, script={3: error})
    playback = play(source)
    phase(playback, Phase.FAILED)
    assert playback.join(PATIENCE_S)
    assert len(taken.frames) == 3
    fault = playback.status.fault
    assert fault is not None
    assert str(fault) == sentence
    assert ("segfault nearly" in fault.details) is isinstance(error, RuntimeError)
    assert source.closed == 1


@pytest.mark.parametrize("paused", [False, True])
def test_notices_come_beside_the_frames(play: Callable[..., Playback], taken: Taken, paused: bool) -> None:
    source = FakeSource(3, script={0: Notice("first"), 2: Notice("second")})
    playback = play(source, paused=paused)
    wait_until(lambda: len(taken.frames) == (1 if paused else 3))
    if paused:
        playback.step(2)
        wait_until(lambda: len(taken.frames) == 3)
    assert [n.text for n in playback.take_notices()] == ["first", "second"]
    assert playback.take_notices() == []


def test_one_thread_opens_reads_seeks_and_closes(play: Callable[..., Playback], taken: Taken) -> None:
    source = FakeSource(50)
    playback = play(source)
    phase(playback, Phase.ENDED)
    playback.seek(0.0)
    wait_until(lambda: bool(source.seeks))
    playback.request_stop()
    assert playback.join(PATIENCE_S)
    assert playback.status.phase is Phase.CLOSED
    assert len(source.threads) == 1
    assert source.closed == 1


def test_a_source_without_frames_does_not_loop_for_nothing(play: Callable[..., Playback]) -> None:
    source = FakeSource(0)
    playback = play(source, loop=True)
    phase(playback, Phase.ENDED)
    time.sleep(0.05)
    assert source.reads < 5


def test_a_still_is_shown_once_and_does_not_loop(play: Callable[..., Playback], taken: Taken) -> None:
    source = FakeSource(1, kind=SourceKind.IMAGE, seekable=False)
    playback = play(source, loop=True)
    phase(playback, Phase.ENDED)
    playback.set_loop(True)
    playback.set_paused(False)
    playback.seek(0.0)
    time.sleep(0.05)
    assert len(taken.frames) == 1
    phase(playback, Phase.ENDED)


def test_a_paused_camera_reads_on_and_can_be_stepped(play: Callable[..., Playback], taken: Taken) -> None:
    source = FakeSource(10**9, kind=SourceKind.LIVE, seekable=False, script={})
    pace = threading.Event()
    original = source.read

    def read() -> Frame | Notice | None:
        pace.wait(0.001)
        return original()

    source.read = read  # type: ignore[method-assign]
    playback = play(source, paused=True)
    wait_until(lambda: len(taken.frames) == 1, "the first picture, even so")
    wait_until(lambda: source.reads > 20)
    assert len(taken.frames) == 1
    playback.step(1)
    wait_until(lambda: len(taken.frames) == 2)
    assert taken.frames[1].seq > 15, "what is now, not what was when it was paused"
    playback.set_paused(False)
    wait_until(lambda: len(taken.frames) > 10)


def test_replaced_before_it_was_opened_it_is_never_opened(taken: Taken) -> None:
    inside, leave = threading.Event(), threading.Event()

    def slow() -> FakeSource:
        inside.set()
        leave.wait(PATIENCE_S)
        return FakeSource(1)

    shelf = Shelf(a=slow, b=FakeSource(1), c=FakeSource(1))
    first = Playback("a", taken, opener=shelf)
    assert inside.wait(PATIENCE_S)
    second = Playback("b", taken, opener=shelf, after=first)
    third = Playback("c", taken, opener=shelf, after=second)
    for old in (first, second):
        old.request_stop()
    leave.set()
    phase(third, Phase.ENDED)
    third.request_stop()
    assert all(p.join(PATIENCE_S) for p in (first, second, third))
    assert shelf.opened == ["a", "c"]


def test_the_old_source_is_closed_before_the_new_one_is_opened(taken: Taken) -> None:
    old = FakeSource(1, kind=SourceKind.IMAGE, seekable=False)
    closed_when_opened: list[int] = []

    def new() -> FakeSource:
        closed_when_opened.append(old.closed)
        return FakeSource(1)

    shelf = Shelf(a=old, b=new)
    first = Playback("a", taken, opener=shelf)
    phase(first, Phase.ENDED)
    first.request_stop()
    second = Playback("b", taken, opener=shelf, after=first)
    phase(second, Phase.ENDED)
    second.request_stop()
    assert second.join(PATIENCE_S)
    assert closed_when_opened == [1]


def test_a_notice_in_between_is_no_reason_to_go_further_than_was_asked(
    play: Callable[..., Playback], taken: Taken
) -> None:
    def seeks() -> None:
        playback.seek(0.05)

    source = FakeSource(100, script={1: seeks})
    read = source.read

    def with_news() -> Frame | Notice | None:
        item = read()
        return Notice("news") if source.reads == 2 else item

    source.read = with_news  # type: ignore[method-assign]
    playback = play(source, paused=True)
    wait_until(lambda: len(taken.frames) == 1)
    playback.step(1)
    wait_until(lambda: len(taken.frames) == 2)
    time.sleep(0.05)
    assert [round(frame.pts_s * 1000) for frame in taken.frames] == [0, 50]


def test_back_and_on_while_the_end_is_found_ends_where_it_was(play: Callable[..., Playback], taken: Taken) -> None:
    def back_and_on() -> None:
        playback.step(-1)
        playback.step(1)

    playback = play(FakeSource(100, script={100: back_and_on}), paused=True)
    wait_until(lambda: len(taken.frames) == 1)
    playback.seek(0.099)
    wait_until(lambda: len(taken.frames) == 2)
    playback.step(1)
    wait_until(lambda: len(taken.frames) == 4)
    assert [round(frame.pts_s * 1000) for frame in taken.frames] == [0, 99, 98, 99]


@pytest.mark.parametrize(
    ("ask", "shown_s"), [(lambda playback: playback.seek(0.05), 0.05), (lambda playback: playback.step(-1), 0.0)]
)
def test_controls_before_it_is_open_count(taken: Taken, ask: Callable[[Playback], None], shown_s: float) -> None:
    may_open = threading.Event()

    def slow() -> FakeSource:
        may_open.wait(PATIENCE_S)
        return FakeSource(100)

    playback = Playback("a", taken, opener=Shelf(a=slow), paused=True)
    ask(playback)
    may_open.set()
    wait_until(lambda: bool(taken.frames))
    time.sleep(0.05)
    assert [frame.pts_s for frame in taken.frames] == [pytest.approx(shown_s)], "there, and not a picture further"
    playback.request_stop()
    assert playback.join(PATIENCE_S)
