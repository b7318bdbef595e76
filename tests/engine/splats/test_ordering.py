"""The worker that sorts: the latest look, what changed, and a clean end."""

import threading
import time
from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.splats.ordering import Ordering, Sorted
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.sorting import depth_order
from depthview.engine.splats.view import View
from tests.engine.splats.drawn_splats import front, random_scene

PATIENCE_S = 60.0


@pytest.fixture
def splats() -> PreparedSplats:
    return prepared([Placed(random_scene(3000, 1))])


def turned(degrees: float, eye: tuple[float, float, float] = (0, 0, 0)) -> View:
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    return replace(front(), axes=np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]]), eye=np.array(eye, float))


def answer(ordering: Ordering, view: View) -> Sorted:
    """The answer for this look; earlier ones may come first."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        found = ordering.take()
        if found is not None and found.view is view:
            return found
        time.sleep(0.002)
    raise AssertionError("no answer")


def test_order_and_colours_are_those_of_the_look(splats: PreparedSplats) -> None:
    ordering = Ordering(splats)
    view = turned(30, (0.5, 0, 0))
    ordering.ask(view, 1)
    found = answer(ordering, view)
    np.testing.assert_array_equal(found.order, depth_order(splats.xyz, view.axes[2]))
    assert found.colours is not None
    np.testing.assert_array_equal(found.colours, splats.colours(view.eye, 1))
    assert ordering.take() is None
    ordering.close()


def test_only_what_changed_is_told_anew(splats: PreparedSplats) -> None:
    ordering = Ordering(splats)
    looks = [turned(0), turned(20), turned(20, (1, 0, 0)), turned(20, (1, 0, 0))]
    found = []
    for look, degree in zip(looks, (None, None, None, 0), strict=True):
        ordering.ask(look, degree)
        found.append(answer(ordering, look))
    assert [one.colours is not None for one in found] == [True, False, True, True]
    assert found[1].order is found[2].order is found[3].order
    assert found[0].order is not found[1].order
    ordering.close()


def test_of_many_questions_the_last_is_answered_and_no_colours_are_lost(splats: PreparedSplats) -> None:
    ordering = Ordering(splats)
    for degrees in range(100):
        last = turned(degrees)
        ordering.ask(last)
    seen = []
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end and not (seen and seen[-1].view is last):
        time.sleep(0.05)
        if (one := ordering.take()) is not None:
            seen.append(one)
    assert seen[-1].view is last
    assert len(seen) < 100
    assert seen[0].colours is not None
    assert all(one.colours is None for one in seen[1:])
    ordering.close()


def test_untaken_colours_travel_with_the_next_order(splats: PreparedSplats) -> None:
    ordering = Ordering(splats)
    first, second = turned(0), turned(10)
    for look in (first, second):
        ordering.ask(look)
        end = time.monotonic() + PATIENCE_S
        while time.monotonic() < end and (ordering._answer is None or ordering._answer.view is not look):
            time.sleep(0.002)
    found = ordering.take()
    assert found is not None
    assert found.view is second
    assert found.colours is not None
    ordering.close()


def test_small_moves_are_not_worth_it(splats: PreparedSplats) -> None:
    ordering = Ordering(splats)
    here = turned(10)
    assert not ordering.wanted(here, turned(10))
    assert not ordering.wanted(here, turned(10.01, (0.0005, 0, 0)))
    assert ordering.wanted(here, turned(10.2))
    assert ordering.wanted(here, turned(10, (0, 0.2, 0)))
    ordering.close()


def test_its_thread_ends(splats: PreparedSplats) -> None:
    def at_work() -> set[threading.Thread]:
        return {thread for thread in threading.enumerate() if thread.name == "depthview-order"}

    before = at_work()
    ordering = Ordering(splats)
    assert at_work() <= before
    for degrees in range(20):
        ordering.ask(turned(degrees))
    (own,) = at_work() - before
    ordering.close()
    own.join(PATIENCE_S)
    assert not own.is_alive()
    ordering.ask(turned(1))
    assert at_work() <= before
    Ordering(splats).close()


def test_what_goes_wrong_is_told_to_who_takes(splats: PreparedSplats) -> None:
    ordering = Ordering(replace(splats, xyz=splats.xyz[:, :2]))
    bad = replace(front(), axes=np.eye(2))
    ordering.ask(bad)
    with pytest.raises(IndexError):
        answer(ordering, bad)
    ordering.close()
