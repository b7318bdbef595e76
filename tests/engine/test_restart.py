"""The engine is restarted while the source goes on; and at most two models are in memory, wherever they are used."""

import threading
from collections.abc import Iterator

import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.execution.failure import EngineBroken
from depthview.engine.live.session import LiveSession
from depthview.engine.live.settings import LiveSettings
from depthview.engine.progress import StopToken
from depthview.engine.sources import SourceKind
from tests.engine.live_fakes import PATIENCE_S, FakeSource, Shelf, Workshop, check_no_threads_left, wait_until

no_threads_left = pytest.fixture(autouse=True)(check_no_threads_left)


def model(number: int) -> LiveSettings:
    return LiveSettings(Selection(str(number)))


@pytest.fixture
def workshop() -> Workshop:
    return Workshop()


@pytest.fixture
def film() -> FakeSource:
    return FakeSource(10**6, fps=200.0)


@pytest.fixture
def session(workshop: Workshop, film: FakeSource) -> Iterator[LiveSession]:
    still = FakeSource(1, kind=SourceKind.IMAGE, seekable=False)
    made = LiveSession(workshop, settings=model(1), opener=Shelf(a=film, still=still))
    yield made
    for gate in (*workshop.build_gates.values(), *workshop.estimate_gates.values()):
        gate.set()
    made.close(PATIENCE_S)


def says(session: LiveSession, number: int) -> int:
    """The number of the first picture of which this model says something."""
    found: list[int] = []

    def look() -> bool:
        result = session.results.take(0.02)
        if result is not None and result.values[0, 0] == number:
            found.append(result.pair.seq)
        return bool(found)

    wait_until(look, f"an answer of model {number}")
    return found[0]


def test_a_broken_engine_is_said_and_restarted_without_losing_the_source(
    session: LiveSession, workshop: Workshop, film: FakeSource
) -> None:
    session.open("a")
    before = says(session, 1)
    broken = workshop.of("1")
    broken.fails = EngineBroken("CUDA", "CUDA failure 700")
    wait_until(lambda: isinstance(session.status.fault, EngineBroken))
    reads = film.reads
    wait_until(lambda: film.reads > reads + 3, "the film to go on all the while")
    session.results.clear()
    session.restart_engine()
    assert says(session, 1) > before, "where it is by now, not from its beginning"
    assert session.status.fault is None
    assert (broken.closed, broken.closed_at_work) == (1, False)
    assert workshop.asked == ["1", "1"]
    assert film.closed == 0


def test_a_still_is_seen_again_after_a_restart(session: LiveSession, workshop: Workshop) -> None:
    session.open("still")
    says(session, 1)
    session.restart_engine()
    says(session, 1)
    assert workshop.asked == ["1", "1"]


def test_a_restart_while_a_model_is_made_ready_throws_that_one_away(session: LiveSession, workshop: Workshop) -> None:
    session.open("a")
    says(session, 1)
    gate = workshop.build_gates["2"] = threading.Event()
    session.configure(model(2))
    wait_until(lambda: "2" in workshop.asked)
    session.restart_engine()
    gate.set()
    says(session, 2)
    assert workshop.asked == ["1", "2", "2"]
    assert workshop.most_alive <= 2
    assert workshop.alive == ["2"]


def test_a_model_that_could_not_be_loaded_is_tried_again(session: LiveSession, workshop: Workshop) -> None:
    workshop.fails["1"] = UserError("No luck today: try again")
    session.open("a")
    wait_until(lambda: session.status.model_fault is not None)
    workshop.fails.clear()
    session.restart_engine()
    says(session, 1)
    assert session.status.fault is None


# --- two models in memory


def test_while_another_model_is_in_memory_elsewhere_the_session_keeps_one(
    session: LiveSession, workshop: Workshop
) -> None:
    session.open("a")
    for number in (1, 2):
        session.configure(model(number))
        says(session, number)
    assert workshop.alive == ["1", "2"]
    with session.lodge(StopToken()):
        assert workshop.alive == ["2"]
        says(session, 2)
        for number in (3, 2):
            session.configure(model(number))
            says(session, number)
            assert workshop.alive == [str(number)], "freed before the next was loaded"
    workshop.most_alive = 0
    session.configure(model(1))
    says(session, 1)
    assert workshop.alive == ["2", "1"], "and two again"
    assert not any(estimator.closed_at_work for estimator in workshop.built)


def test_who_wants_in_waits_for_what_is_being_made_ready_or_goes_away(session: LiveSession, workshop: Workshop) -> None:
    session.open("a")
    says(session, 1)
    gate = workshop.build_gates["2"] = threading.Event()
    session.configure(model(2))
    wait_until(lambda: "2" in workshop.asked)
    stop, entered = StopToken(), threading.Event()
    stop.stop()
    with pytest.raises(Stopped), session.lodge(stop):
        entered.set()
    assert not entered.is_set()

    def lodge() -> None:
        with session.lodge(StopToken()):
            seen.append(list(workshop.alive))

    seen: list[list[str]] = []
    guest = threading.Thread(target=lodge)
    guest.start()
    guest.join(0.3)
    assert seen == []
    gate.set()
    guest.join(PATIENCE_S)
    assert seen == [["2"]]
