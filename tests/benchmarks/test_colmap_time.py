"""The time to the cameras is that of all stages, and what was placed is counted."""

from pathlib import Path

import pytest

from benchmarks.colmap_time import timed
from depthview.engine.capture.poses.marks import Stage
from tests.engine.capture.drawn_photos import drawn_photos


def test_all_stages_are_timed(tmp_path: Path) -> None:
    drawn_photos(tmp_path, 3)
    found = timed(tmp_path, 160)
    assert (found["placed"], found["photos"]) == (3, 3)
    assert list(found["stages"]) == [stage.value for stage in Stage]
    assert found["seconds"] == pytest.approx(sum(found["stages"].values()), abs=0.1)
    assert min(found["stages"].values()) > 0
