"""The table of splats' figures, on a small scene."""

import pytest

from benchmarks import splats
from depthview.ui.scene.offscreen import OffscreenScene
from tests.engine.splats.drawn_splats import random_scene


def test_both_of_our_drawings_are_exact_and_f3d_need_not_be_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(splats, "_MOVING_S", 0.3)
    monkeypatch.setattr(splats, "_rival", lambda *_: None)
    opened = OffscreenScene()
    rows = splats.measure("small", random_scene(500, 1, 1), (64, 48), 1, opened)
    opened.release()
    assert [row.drawn_by for row in rows] == ["DepthView, OpenGL", "DepthView, processor"]
    for row in rows:
        assert row.splats == 500
        assert row.psnr_db > 50
        assert row.whole_s > 0
        assert row.moving_fps is not None
    lines = splats._as_text(rows).splitlines()
    assert len(lines) == 3
    assert "drawn by" in lines[0]
