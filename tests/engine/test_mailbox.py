"""One value at a time: the newest wins, what it displaces is counted, and nobody waits for nothing."""

import random
import threading
import time

from depthview.engine.live.mailbox import Mailbox
from tests.engine.live_fakes import PATIENCE_S, wait_until


def test_the_newest_wins_and_the_displaced_is_counted() -> None:
    box: Mailbox[str] = Mailbox()
    assert box.take() is None
    assert box.put("a") == 0
    assert box.put("b") == 1
    assert box.take() == "b"
    assert box.take() is None
    assert box.clear() == 0
    box.put("c")
    assert box.clear() == 1


def test_a_value_that_is_false_is_a_value() -> None:
    box: Mailbox[int] = Mailbox()
    box.put(0)
    assert box.put(0) == 1
    assert box.take() == 0


def test_take_waits_for_what_another_thread_leaves() -> None:
    box: Mailbox[int] = Mailbox()
    taken: list[int | None] = []
    thread = threading.Thread(target=lambda: taken.append(box.take(PATIENCE_S)))
    thread.start()
    time.sleep(0.02)
    box.put(5)
    thread.join(PATIENCE_S)
    assert taken == [5]


def test_wake_ends_a_wait_and_one_that_has_not_begun_yet() -> None:
    box: Mailbox[int] = Mailbox()
    taken: list[int | None] = []
    thread = threading.Thread(target=lambda: taken.append(box.take(1000)))
    thread.start()
    time.sleep(0.02)
    box.wake()
    thread.join(PATIENCE_S)
    assert taken == [None]
    box.wake()
    assert box.take(1000) is None, "the wake came between two waits and must not be lost"
    box.wake()
    box.put(3)
    assert box.take(1000) == 3


def test_put_when_empty_waits_its_turn_or_gives_up() -> None:
    box: Mailbox[int] = Mailbox()
    assert box.put_when_empty(1, give_up=lambda: True), "an empty box is not given up"
    assert not box.put_when_empty(2, give_up=lambda: True)
    assert box.take() == 1
    given_up = threading.Event()
    box.put(1)
    answers: list[bool] = []
    thread = threading.Thread(target=lambda: answers.append(box.put_when_empty(2, give_up=given_up.is_set)))
    thread.start()
    time.sleep(0.02)
    assert answers == []
    assert box.take() == 1
    thread.join(PATIENCE_S)
    assert answers == [True]
    thread = threading.Thread(target=lambda: answers.append(box.put_when_empty(3, give_up=given_up.is_set)))
    thread.start()
    given_up.set()
    thread.join(PATIENCE_S)
    assert answers == [True, False]
    assert box.take() == 2


def test_waiting_until_it_is_taken() -> None:
    box: Mailbox[int] = Mailbox()
    assert box.wait_until_empty(0.0)
    box.put(1)
    assert not box.wait_until_empty(0.01)
    threading.Timer(0.02, box.take).start()
    assert box.wait_until_empty(PATIENCE_S)


def test_every_value_is_taken_once_or_counted_once() -> None:
    box: Mailbox[int] = Mailbox()
    taken: list[int] = []
    displaced = 0
    done = threading.Event()

    def take() -> None:
        while not done.is_set():
            value = box.take(0.05)
            if value is not None:
                taken.append(value)
                if random.random() < 0.05:
                    time.sleep(0.0005)

    consumer = threading.Thread(target=take)
    consumer.start()
    for n in range(20_000):
        displaced += box.put(n)
    wait_until(lambda: box.wait_until_empty(0.01))
    done.set()
    consumer.join(PATIENCE_S)
    assert len(taken) + displaced == 20_000
    assert taken == sorted(set(taken)), "in order, none twice"
    assert taken[-1] == 19_999, "the newest is never lost"
