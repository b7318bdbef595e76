"""What was read of a mapped file can be given back, and is read again when it is used again."""

import mmap
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.lib.stride_tricks import as_strided

from depthview.engine.mapped import MappedFile, forget

MEGABYTE = 1 << 20


def memory_mb() -> float:
    return float(psutil.Process().memory_info().rss) / MEGABYTE


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="this system gives it back by itself")
def test_views_into_a_file_cost_no_memory_once_they_are_forgotten(tmp_path: Path) -> None:
    numbers = np.arange(16 * MEGABYTE, dtype=np.float32)
    (tmp_path / "file").write_bytes(numbers.tobytes())
    whole = np.frombuffer(MappedFile(tmp_path / "file").data, np.float32).reshape(-1, 4)
    view = as_strided(whole[:, 1:], (len(whole), 2), writeable=False)
    before = memory_mb()
    total = float(view.sum(dtype=np.float64))
    assert memory_mb() - before > 48, "all of the 64 MB were read"
    forget(view)
    assert memory_mb() - before < 16
    assert float(view.sum(dtype=np.float64)) == total
    assert view[-1].tolist() == numbers[-3:-1].tolist()


def test_what_lies_in_memory_stays_there() -> None:
    numbers = np.arange(10.0)
    forget(numbers[2:5])
    assert numbers.tolist() == list(range(10))
