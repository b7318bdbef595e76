"""While it plays: pause, step, seek, speed, loop, swap, layout. The clip's disparity tells which frame is shown."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from depthview.engine.live.presenter import LiveView
from tests.window.conftest import NewWindow
from tests.window.driver import Driver
from tests.window.stereo_pictures import SHIFT_PX, clip_disparity_px

LAST_S = 3.9
"""When the clip's last frame is shown."""


def shown_frame(at: Driver) -> int:
    return round(at.view.depth.pair.pts_s * 10)


def until_frame(at: Driver, number: int) -> None:
    """Wait until the picture and the depth on the screen are those of frame `number`. What was held while it played
    gives way to the frame's own depth once it stands."""

    def is_there(view: LiveView) -> bool:
        median_px = float(np.nanmedian(view.depth.values))
        return round(view.depth.pair.pts_s * 10) == number and abs(median_px - clip_disparity_px(number)) <= 0.6

    at.until_view(is_there, f"frame {number} and its depth")


def test_space_stops_and_goes_on(at: Driver, clip: Path) -> None:
    at.open(clip)
    at.until_depth()
    at.press(Qt.Key.Key_Space)
    at.until_phase("paused")
    at.until(lambda: shown_frame(at) == round(at.playback.position_s * 10), "the last frame that was under way")
    stopped_at = at.playback.position_s
    at.press(Qt.Key.Key_Space)
    at.until_phase("playing")
    # Either way: near its end it begins again.
    at.until(lambda: abs(at.playback.position_s - stopped_at) > 0.3, "the clip to go on")


def test_full_stop_and_comma_step_by_one_frame(still: Driver) -> None:
    still.workspace.player.seek(1.0)
    until_frame(still, 10)
    still.press(Qt.Key.Key_Period)
    until_frame(still, 11)
    still.press(Qt.Key.Key_Period)
    until_frame(still, 12)
    still.press(Qt.Key.Key_Comma)
    until_frame(still, 11)
    assert still.playback.phase == "paused"


def test_seeking_shows_the_frame_there(still: Driver) -> None:
    for number in (30, 7, 39, 0):
        still.workspace.player.seek(number / 10)
        until_frame(still, number)


def test_a_click_on_the_slider_goes_there(still: Driver) -> None:
    slider = still.workspace.transport.slider
    still.until(lambda: slider.maximum() > 0, "the clip's length")
    QTest.mouseClick(
        slider,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
        QPoint(round(0.75 * slider.width()), slider.height() // 2),
    )
    still.until(lambda: abs(shown_frame(still) - 30) <= 2, "three quarters of the clip")


def test_arrow_keys_on_the_slider_move_by_something_one_can_see(still: Driver) -> None:
    still.workspace.player.seek(1.0)
    until_frame(still, 10)
    slider = still.workspace.transport.slider
    slider.setFocus()
    still.until(lambda: slider.value() == 1000, "the slider at one second")
    QTest.keyClick(slider, Qt.Key.Key_Right)
    still.until(lambda: shown_frame(still) >= 12, "a picture that is visibly later")


def test_of_a_still_picture_nothing_plays(at: Driver, clip: Path, photo: Path) -> None:
    at.open(photo)
    at.until(lambda: not at.workspace.transport.isVisible(), "the line under the panes to go")
    at.open(clip)
    at.until(lambda: at.workspace.transport.isVisible(), "it to come back")


def test_jumping_beyond_the_end_shows_the_last_frame(still: Driver) -> None:
    still.do("jump_on")
    until_frame(still, 39)
    still.do("jump_back")
    until_frame(still, 0)


def test_speed(at: Driver, clip: Path) -> None:
    at.open(clip)
    at.until_depth()
    at.choose(at.workspace.transport.speed, "4×")
    at.until(lambda: at.playback.speed == 4.0, "fourfold speed")
    at.choose(at.workspace.transport.speed, "0.25×")
    at.until(lambda: at.playback.speed == 0.25, "a quarter of the speed")
    at.until(lambda: at.workspace.transport.speed.currentText() == "0.25×", "the speed in the box")


def test_without_loop_it_ends_and_plays_again_from_the_start(at: Driver, clip: Path) -> None:
    if at.window.actions_by_name["loop"].isChecked():
        at.do("loop")
    at.open(clip)
    at.until_depth()
    at.choose(at.workspace.transport.speed, "4×")
    at.until_phase("ended")
    until_frame(at, 39)
    at.choose(at.workspace.transport.speed, "0.25×")  # or it might have played before anybody has looked
    at.do("play")
    at.until(lambda: at.playback.position_s < 2.0, "the start")
    assert at.playback.phase in ("playing", "ended")


def test_with_loop_it_begins_again_by_itself(at: Driver, clip: Path) -> None:
    assert at.window.actions_by_name["loop"].isChecked()
    at.open(clip)
    at.until_depth()
    at.workspace.player.seek(3.5)
    at.until(lambda: at.playback.position_s >= 3.5, "the last half second")
    at.until(lambda: at.playback.position_s < 1.5, "the beginning")
    assert at.playback.phase == "playing"


def test_s_swaps_the_eyes_of_the_next_frame(at: Driver, photo: Path) -> None:
    at.open(photo)
    before = at.until_depth().depth.pair
    assert at.median_px() == pytest.approx(SHIFT_PX, abs=0.5)

    at.press(Qt.Key.Key_S)

    view = at.until_view(lambda v: float(np.nanmedian(v.depth.values)) < 0, "depth of swapped eyes")
    assert float(np.nanmedian(view.depth.values)) == pytest.approx(-SHIFT_PX, abs=0.5)
    assert np.array_equal(view.depth.pair.left, before.right), "the left eye is now the right one"
    at.until(lambda: at.workspace.inspector.source.swap.isChecked(), "the button to be pressed")
    at.press(Qt.Key.Key_S)
    at.until_view(lambda v: float(np.nanmedian(v.depth.values)) > 0, "depth as at first")


def test_the_swap_button_does_what_the_key_does(at: Driver, photo: Path) -> None:
    at.open(photo)
    at.until_depth()
    at.workspace.inspector.source.swap.click()
    at.until_view(lambda v: float(np.nanmedian(v.depth.values)) < 0, "depth of swapped eyes")


def test_cross_eye_material_is_noticed_and_a_swap_proposed(at: Driver, tmp_path: Path) -> None:
    from tests.window.stereo_pictures import write_photo

    at.open(write_photo(tmp_path / "crossed.png", -SHIFT_PX))
    at.until_depth()
    note = at.workspace.inspector.source.swap_note
    at.until(lambda: at.status.proposes_swap and "press S" in note.text() and not note.isHidden(), "the proposal")


def test_another_layout_is_in_force_at_once(at: Driver, photo: Path) -> None:
    at.open(photo)
    assert at.until_depth().depth.pair.size_hw == (240, 320)
    at.choose(at.workspace.inspector.source.layout_choice, "over-under")
    at.until_view(lambda v: v.depth.pair.size_hw == (120, 640), "the picture cut in two the other way")
    at.choose(at.workspace.inspector.source.layout_choice, "auto")
    at.until_view(lambda v: v.depth.pair.size_hw == (240, 320), "the picture as detected")


def test_frames_are_counted_exactly_and_shown(playing: Driver) -> None:
    playing.do("play")
    playing.until_phase("paused")
    words = playing.window.status._figures

    def all_told() -> bool:
        figures = playing.status.telemetry
        return figures.frames_in == figures.frames_out + figures.drops and f"{figures.drops} dropped" in words.text()

    playing.until(all_told, "every frame to be shown or said to be dropped")
    assert "latency" in words.text()


def test_controls_that_cannot_do_anything_are_greyed(new_window: NewWindow, photo: Path, clip: Path) -> None:
    at = new_window()
    by_name = at.window.actions_by_name
    for name in ("play", "step_on", "swap", "export_cloud", "fit"):
        assert not by_name[name].isEnabled(), f"{name} before anything is open"
    at.open(photo)
    at.until_depth()
    at.until(by_name["export_cloud"].isEnabled, "exports")
    assert not by_name["play"].isEnabled(), "a photo does not play"
    assert by_name["swap"].isEnabled()
    at.open(clip)
    at.until_depth()
    at.until(lambda: by_name["play"].isEnabled() and by_name["step_back"].isEnabled(), "the clip's controls")
