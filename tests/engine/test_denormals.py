"""Numbers too small for the usual form count as 0, here and now and nowhere else."""

import platform
import sys
from pathlib import Path
from threading import Event, Thread

import numpy as np
import pytest

from depthview.engine.denormals import denormals_flushed
from depthview.engine.runtime import OnnxSession
from tests.engine.iterated_graphs import counting_network

_TURNED = platform.machine().lower() in ("x86_64", "amd64") and sys.platform in ("linux", "win32", "darwin")


def tiny_times_one() -> float:
    return float((np.full(8, 1e-40, np.float32) * np.float32(1))[0])


@pytest.mark.skipif(not _TURNED, reason="this processor does not need it")
def test_they_are_zero_within_and_themselves_again_after() -> None:
    assert tiny_times_one() > 0
    with denormals_flushed():
        assert tiny_times_one() == 0
        with denormals_flushed():
            assert tiny_times_one() == 0
        assert tiny_times_one() == 0
        smallest_usual = float((np.full(8, 2.0**-126, np.float32) * np.float32(1))[0])
        third = float((np.full(8, 1, np.float32) / np.float32(3))[0])
    assert tiny_times_one() > 0
    assert (smallest_usual, third) == (2.0**-126, float(np.float32(1) / np.float32(3))), "other numbers are left alone"


def test_no_other_thread_is_touched() -> None:
    begun, over = Event(), Event()
    inside: list[float] = []

    def work() -> None:
        with denormals_flushed():
            inside.append(tiny_times_one())
            begun.set()
            over.wait(60)

    thread = Thread(target=work)
    thread.start()
    assert begun.wait(60)
    assert tiny_times_one() > 0
    over.set()
    thread.join()
    assert inside == ([0.0] if _TURNED else [tiny_times_one()])


def test_an_error_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError), denormals_flushed():
        raise ZeroDivisionError
    assert tiny_times_one() > 0


def test_a_graph_that_is_loaded_leaves_the_thread_as_it_was(tmp_path: Path) -> None:
    counting_network(tmp_path)
    graph = OnnxSession(tmp_path / "update.onnx", threads=1)
    try:
        assert tiny_times_one() > 0
    finally:
        graph.close()
