"""Eyes that converge, in the window: all that is seen stands in the 3D view, and the view looks at it."""

from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from depthview.engine.frames import DisparitySpan
from depthview.ui.live import cloud_stage
from tests.window.driver import Driver
from tests.window.stereo_pictures import write_photo


def test_what_lies_behind_the_screen_is_in_the_view_which_is_aimed_at_it(at: Driver, tmp_path: Path) -> None:
    at.open(write_photo(tmp_path / "wall_sbs.png", shift_px=-20))
    at.until_depth()
    at.choose(at.workspace.inspector.source.layout_choice, "side by side")
    swap = at.workspace.inspector.source.swap
    swap.click()  # what a person says holds, whatever is found of the order and when
    if swap.isChecked():
        swap.click()
    assert at.workspace.session.settings.swap is False

    def is_whole() -> bool:
        cloud, values = at.view.cloud, at.view.depth.values
        behind = bool(np.nanmedian(values) < 0)
        return cloud is not None and behind and len(cloud) > 0.8 * np.isfinite(values).sum()

    at.until(lambda: at.workspace.view is not None and is_whole(), "the wall behind the screen in the cloud")
    viewport = at.workspace.viewport
    assert viewport is not None
    at.until(lambda: viewport.cloud is at.view.cloud, "that cloud in the view")
    stands = viewport.camera_state()
    at.workspace.reset_3d()
    assert stands.distance_m == pytest.approx(viewport.camera_state().distance_m, rel=0.01), "as if it were aimed now"


def test_a_cloud_that_was_aimed_at_blindly_is_aimed_at_once_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only where the eyes turn out to converge, and once: whoever has turned the room keeps their view."""
    monkeypatch.setattr(cloud_stage, "why_no_point", lambda _view: "")
    for spans, aims in (
        ([None, None, DisparitySpan(-9, 9), DisparitySpan(-12, 9)], 2),
        ([None, DisparitySpan(0, 9), DisparitySpan(-9, 9)], 1),
        ([DisparitySpan(-9, 9), DisparitySpan(-12, 9)], 1),
    ):
        stage, viewport = cloud_stage.CloudStage(Mock(), Mock()), Mock()
        stage.viewport = viewport
        for span in spans:
            view = Mock(cloud=[1])
            view.depth.pair.span = span
            stage.show(view)
        assert viewport.reset_view.call_count == aims
