"""Numbers too small for the usual form count as 0, here and now and nowhere else."""

import platform
import sys
from threading import Thread

import numpy as np
import pytest

from depthview.engine.denormals import denormals_flushed

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
        elsewhere: list[float] = []
        halves = [float(np.float32(1.5) / np.float32(2)), float(np.float32(1e-30) * np.float32(1e-5))]
    assert tiny_times_one() > 0
    assert halves == [0.75, float(np.float32(1e-35))], "all other numbers are left alone"
    thread = Thread(target=lambda: elsewhere.append(tiny_times_one()))
    thread.start()
    thread.join()
    assert elsewhere[0] > 0


def test_an_error_leaves_nothing_behind() -> None:
    with pytest.raises(ZeroDivisionError), denormals_flushed():
        raise ZeroDivisionError
    assert tiny_times_one() > 0
