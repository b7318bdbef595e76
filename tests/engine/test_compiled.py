"""Compiled code: kept in the cache folder, and done without where that cannot be written."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SORT = """
import numpy as np
from depthview.engine.splats.kernels.depths import far_to_near
print(far_to_near(np.array([1, 3, 2], np.float32), np.empty(0, np.int32), True).tolist())
print(sum(far_to_near.stats.cache_hits.values()))
"""
PATIENCE_S = 120


def sorted_in(home: Path) -> list[str]:
    """What a fresh process says that has this home: the order, and how much it found compiled."""
    environment = {key: value for key, value in os.environ.items() if key != "NUMBA_CACHE_DIR"}
    done = subprocess.run(
        [sys.executable, "-c", SORT],
        env={**environment, "DEPTHVIEW_HOME": str(home)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split("\n")[:2]


def test_only_the_first_start_compiles_and_what_a_power_cut_left_is_no_harm(tmp_path: Path) -> None:
    assert sorted_in(tmp_path) == ["[1, 2, 0]", "0"]
    assert sorted_in(tmp_path) == ["[1, 2, 0]", "1"]
    kept = list((tmp_path / "cache" / "compiled").rglob("*.nb?"))
    assert kept
    for path in kept:
        path.write_bytes(b"")
    assert sorted_in(tmp_path)[0] == "[1, 2, 0]"


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("in the way")
    assert sorted_in(tmp_path) == ["[1, 2, 0]", "0"]
