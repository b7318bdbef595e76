"""From depth to what a window draws: values that can be computed by hand, and never an old view."""

import time
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from depthview.engine.camera import CameraChoice
from depthview.engine.colour import UNKNOWN_RGB, RunningLimits, lookup_table
from depthview.engine.frames import DepthFrame, Meaning
from depthview.engine.live import presenter as presenter_module
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.live.presenter import LiveView, Presenter, ViewSettings, make_cloud, make_view
from depthview.engine.stereo.views.compose import PictureMode
from tests.engine.dot_pairs import depth_frame
from tests.engine.live_fakes import PATIENCE_S, check_no_threads_left, wait_until

no_threads_left = pytest.fixture(autouse=True)(check_no_threads_left)

STEPS = np.repeat(np.array([[4, 8, 16, 32]], np.float32), 30, axis=1).repeat(60, axis=0)
CAMERA = CameraChoice(baseline_m=0.1, focal_px=160.0)  # 16 / disparity metres: 4, 2, 1 and 0.5


def view_of(depth: DepthFrame, **changes: object) -> LiveView:
    settings = ViewSettings(camera=CAMERA, **changes)  # type: ignore[arg-type]
    return make_view(depth, settings, RunningLimits(), at_s=0.0, cloud=make_cloud(depth, settings))


def _level(table: np.ndarray, colour: np.ndarray) -> int:
    """Where in the table a colour lies; it must lie there exactly."""
    (found,) = np.flatnonzero((table == colour).all(axis=1))
    return int(found)


def test_a_view_says_what_it_shows() -> None:
    view = view_of(depth_frame(STEPS), colour_map="magma", limits=(4.0, 32.0))
    table = lookup_table("magma")
    for column, disparity in ((15, 4), (45, 8), (75, 16), (105, 32)):
        assert _level(table, view.depth_rgb[30, column]) == pytest.approx((disparity - 4) / 28 * 255, abs=1.01)
    assert view.limits == (4.0, 32.0)
    assert view.histogram.sum() == 30 * 60
    assert np.flatnonzero(view.histogram).tolist() == [0, 9, 27, 63]
    assert set(view.histogram[view.histogram > 0]) == {450}
    np.testing.assert_array_equal(view.picture_rgb, view.depth.pair.left)
    assert not view.rig.assumed


def test_beyond_the_distance_all_is_unknown_everywhere() -> None:
    view = view_of(depth_frame(STEPS), max_distance_m=1.5, limits=(0.0, 40.0))
    assert view.depth_rgb[30, 45].tolist() == list(UNKNOWN_RGB)
    assert view.depth_rgb[30, 75].tolist() != list(UNKNOWN_RGB)
    assert view.histogram.sum() == 15 * 60
    assert view.cloud is not None
    assert 0.49 < np.abs(view.cloud.xyz_m[:, 2]).min() < np.abs(view.cloud.xyz_m[:, 2]).max() < 1.01


def test_small_panes_get_small_pictures_with_the_same_disparities() -> None:
    view = view_of(depth_frame(STEPS), largest_px=60, limits=(4.0, 32.0), picture=PictureMode.ANAGLYPH)
    assert view.depth_rgb.shape == (30, 60, 3)
    assert view.picture_rgb.shape == (30, 60, 3)
    colours = np.unique(view.depth_rgb.reshape(-1, 3), axis=0)
    levels = sorted(_level(lookup_table("turbo"), colour) for colour in colours)
    assert levels == pytest.approx([0, 36.4, 109.3, 255], abs=1.01)


def test_no_cloud_when_none_is_wanted_and_a_bound_when_one_is() -> None:
    assert view_of(depth_frame(STEPS), cloud_points=0).cloud is None
    cloud = view_of(depth_frame(STEPS), cloud_points=500).cloud
    assert cloud is not None
    assert 0 < len(cloud.xyz_m) <= 500


def test_the_cloud_leaves_out_what_the_model_does_not_trust() -> None:
    """Each of the four steps is 1800 pixels, trusted less from left to right; 0.5 m, the last, not at all."""
    trust = np.repeat(np.array([[1.0, 0.7, 0.4, 0.0]], np.float32), 30, axis=1).repeat(60, axis=0)
    depth = replace(depth_frame(STEPS), confidence=trust)
    for least, steps_left in ((0.0, 4), (0.4, 3), (0.41, 2), (0.95, 1)):
        cloud = view_of(depth, min_confidence=least).cloud
        assert cloud is not None
        assert len(cloud) == steps_left * 1800
        assert cloud.xyz_m[:, 2].min() == pytest.approx(16 / (4 * 2 ** (steps_left - 1)))
    unsaid = view_of(depth_frame(STEPS), min_confidence=0.95).cloud
    assert unsaid is not None
    assert len(unsaid) == 4 * 1800, "a model that says nothing of its trust is believed"


@pytest.mark.parametrize(
    "disparity",
    [
        np.full((16, 16), np.nan, np.float32),
        np.full((16, 2000), 3.0, np.float32),
        np.full((17, 19), np.inf, np.float32),
        np.zeros((16, 16), np.float32),
        np.full((40, 40), -7.0, np.float32),
    ],
)
@pytest.mark.parametrize("limits", [None, (5.0, 5.0), (9.0, 3.0)])
def test_odd_depth_still_makes_a_view(disparity: np.ndarray, limits: tuple[float, float] | None) -> None:
    view = view_of(depth_frame(disparity), limits=limits, max_distance_m=3.0, largest_px=32)
    assert view.depth_rgb.dtype == np.uint8
    assert view.depth_rgb.shape[:2] == view.picture_rgb.shape[:2]
    assert view.histogram.shape == (64,)


@pytest.fixture
def source() -> Mailbox[DepthFrame]:
    return Mailbox()


@pytest.fixture
def presenter(source: Mailbox[DepthFrame]) -> Iterator[Presenter]:
    presenter = Presenter(source, ViewSettings(cloud_points=0))
    yield presenter
    assert presenter.close(PATIENCE_S)


def numbered(n: int) -> DepthFrame:
    depth = depth_frame(np.full((20, 20), 5, np.float32))
    return replace(depth, pair=replace(depth.pair, seq=n))


def next_view(presenter: Presenter) -> LiveView:
    view = presenter.views.take(PATIENCE_S)
    assert view is not None
    return view


def test_a_slow_screen_gets_the_newest_and_never_what_was_made_long_ago(
    presenter: Presenter, source: Mailbox[DepthFrame]
) -> None:
    source.put(numbered(0))
    wait_until(lambda: not presenter.views.wait_until_empty(0.0))
    for n in range(1, 50):
        source.put(numbered(n))
        time.sleep(0.001)
    assert next_view(presenter).depth.pair.seq == 0, "this one lay there"
    assert next_view(presenter).depth.pair.seq == 49, "and the next is made when there is room"


def test_new_settings_draw_the_present_frame_again(presenter: Presenter, source: Mailbox[DepthFrame]) -> None:
    source.put(numbered(3))
    first = next_view(presenter)
    presenter.configure(ViewSettings(cloud_points=0, limits=(1.0, 2.0)))
    second = next_view(presenter)
    assert second.depth is first.depth
    assert second.limits == (1.0, 2.0)
    presenter.configure(ViewSettings(cloud_points=0, limits=(1.0, 2.0)))
    assert presenter.views.take(0.4) is None, "the same settings draw nothing new"


def test_the_colours_start_anew_with_a_scene_and_only_then(
    presenter: Presenter, source: Mailbox[DepthFrame], monkeypatch: pytest.MonkeyPatch
) -> None:
    now_s = [0.0]  # a twenty-fifth of a second from frame to frame, whatever the machine takes
    clock = SimpleNamespace(monotonic=lambda: now_s[0], perf_counter=time.perf_counter)
    monkeypatch.setattr(presenter_module, "time", clock)

    def shown(scene: int, factor: float) -> tuple[float, float]:
        now_s[0] += 0.04
        source.put(replace(depth_frame(STEPS * np.float32(factor)), scene=scene))
        return next_view(presenter).limits

    first = shown(0, 1.5)
    assert shown(0, 1.0)[1] > first[1] / 1.45, "within a scene they come closer slowly"
    assert shown(1, 1.0)[1] == pytest.approx(first[1] / 1.5, rel=0.001)


def test_metres_of_the_model_are_coloured_near_to_far_and_cut_by_distance() -> None:
    metres = replace(depth_frame(16 / STEPS), meaning=Meaning.METRIC_DEPTH)  # 4, 2, 1 and 0.5
    view = view_of(metres, colour_map="magma", limits=(0.25, 2.0), max_distance_m=2.5)
    table = lookup_table("magma")
    assert view.depth_rgb[30, 15].tolist() == list(UNKNOWN_RGB)
    for column, nearness in ((45, 0.5), (75, 1.0), (105, 2.0)):
        assert _level(table, view.depth_rgb[30, column]) == pytest.approx((nearness - 0.25) / 1.75 * 255, abs=1.01)
    assert view.cloud is not None
    assert sorted(np.unique(view.cloud.xyz_m[:, 2].round(3)).tolist()) == [0.5, 1.0, 2.0]
    assert view.scale.figures(2.0) == ("2.00 m",)


def test_closing_does_not_wait_for_a_screen_that_takes_nothing(source: Mailbox[DepthFrame]) -> None:
    presenter = Presenter(source)
    source.put(numbered(0))
    wait_until(lambda: not presenter.views.wait_until_empty(0.0))
    source.put(numbered(1))
    assert presenter.close(PATIENCE_S)


def test_what_cannot_be_drawn_is_told_until_something_can(presenter: Presenter, source: Mailbox[DepthFrame]) -> None:
    broken = replace(numbered(0), values=np.zeros((20, 20, 3), np.float32))
    source.put(broken)
    wait_until(lambda: presenter.fault is not None)
    fault = presenter.fault
    assert fault is not None
    assert str(fault).startswith("This picture's depth could not be drawn")
    assert "Traceback" in fault.details
    source.put(numbered(1))
    assert next_view(presenter).depth.pair.seq == 1
    wait_until(lambda: presenter.fault is None)
    source.put(broken)
    wait_until(lambda: presenter.fault is not None)
    presenter.start_over()
    assert presenter.fault is None, "another source has troubles of its own"


@pytest.fixture
def cloudy(source: Mailbox[DepthFrame]) -> Iterator[Presenter]:
    presenter = Presenter(source, ViewSettings(cloud_points=1000))
    yield presenter
    assert presenter.close(PATIENCE_S)


def test_the_last_frame_of_a_quick_stream_gets_its_cloud(cloudy: Presenter, source: Mailbox[DepthFrame]) -> None:
    seen: list[LiveView] = []
    for n in range(40):
        source.put(numbered(n))
        seen.append(next_view(cloudy))
    assert seen[0].cloud is not None, "the first picture comes with its cloud"
    while seen[-1].cloud is None or seen[-1].depth.pair.seq < 39:
        seen.append(next_view(cloudy))
    assert seen[-1].depth.pair.seq == 39
    same = [view for view in seen if view.depth is seen[-1].depth]
    assert len(same) <= 2
    assert same[0].depth_rgb is same[-1].depth_rgb, "a cloud that comes later colours nothing again"
    assert cloudy.views.take(0.4) is None, "then all is as wanted"


def test_a_slow_stream_has_a_cloud_in_every_view(cloudy: Presenter, source: Mailbox[DepthFrame]) -> None:
    for n in range(3):
        source.put(numbered(n))
        assert next_view(cloudy).cloud is not None
        time.sleep(0.2)


def test_other_colours_keep_the_cloud_and_another_cloud_is_made_at_once(
    cloudy: Presenter, source: Mailbox[DepthFrame]
) -> None:
    source.put(numbered(0))
    cloud = next_view(cloudy).cloud
    assert cloud is not None
    cloudy.configure(ViewSettings(cloud_points=1000, colour_map="grey"))
    assert next_view(cloudy).cloud is cloud, "colours are none of a cloud's business"
    cloudy.configure(ViewSettings(cloud_points=0, colour_map="grey"))
    assert next_view(cloudy).cloud is None
    cloudy.configure(ViewSettings(cloud_points=10))
    fewer = next_view(cloudy).cloud
    assert fewer is not None
    assert 0 < len(fewer) <= 10


def test_another_source_begins_with_a_cloud(cloudy: Presenter, source: Mailbox[DepthFrame]) -> None:
    source.put(numbered(0))
    next_view(cloudy)
    cloudy.start_over()
    other = numbered(1)
    source.put(replace(other, pair=replace(other.pair, captured_at=time.perf_counter())))
    assert next_view(cloudy).cloud is not None


def test_a_cloud_that_cannot_be_made_is_told_once_and_owed_to_nobody(
    cloudy: Presenter, source: Mailbox[DepthFrame]
) -> None:
    source.put(numbered(0))
    next_view(cloudy)
    source.put(replace(numbered(1), confidence=np.zeros((3, 3), np.float32)))
    cloudy.configure(ViewSettings(cloud_points=1000, min_confidence=0.5))

    def told() -> bool:
        cloudy.views.clear()  # the frame itself may have been drawn before the settings came, and nothing goes on then
        return cloudy.fault is not None

    wait_until(told)
    assert cloudy.views.take(0.4) is None
    source.put(numbered(2))
    view = next_view(cloudy)
    assert view.depth.pair.seq == 2
    assert view.cloud is not None
