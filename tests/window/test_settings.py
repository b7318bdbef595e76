"""What is remembered from one start to the next, and what a spoilt file does to it."""

from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st
from PySide6.QtCore import QSize

from depthview.engine.camera import CameraChoice
from depthview.engine.estimators.base import Selection
from depthview.engine.frames import Layout
from depthview.engine.models.usual import DEFAULT_ONE_EYE, DEFAULT_TWO_EYES
from depthview.ui import settings
from depthview.ui.live.model_choice import remembered_models
from tests.window.conftest import NewWindow
from tests.window.driver import Driver
from tests.window.stereo_pictures import SHIFT_PX

NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=30)
METRES = st.floats(0.001, 1e4)
MEMORIES = st.builds(
    settings.SourceMemory,
    layout=st.none() | st.sampled_from(Layout),
    swap=st.none() | st.booleans(),
    camera=st.builds(
        CameraChoice, baseline_m=st.none() | METRES, focal_px=st.none() | METRES, fov_deg=st.none() | METRES
    ),
    max_distance_m=st.none() | METRES,
)
SELECTIONS = st.builds(
    Selection,
    model_id=NAMES,
    iterations=st.none() | st.integers(1, 99),
    size_hw=st.none() | st.tuples(st.integers(1, 4000), st.integers(1, 4000)),
    rate_hz=st.none() | st.floats(0.1, 1000.0),
)
PREFERENCES = st.builds(
    settings.Preferences,
    recents=st.lists(st.lists(NAMES, min_size=1, max_size=2).map(tuple), max_size=5).map(tuple),
    last_folder=NAMES,
    two_eyes=st.none() | SELECTIONS,
    one_eye=st.none() | SELECTIONS,
    model_files=st.lists(NAMES, max_size=3).map(tuple),
    point_size=st.floats(0.25, 4.0),
    min_confidence=st.floats(0.0, settings.MOST_CONFIDENCE),
    loop=st.booleans(),
    theme=st.sampled_from(["system", "dark", "light"]),
    screenshots=NAMES,
    sources=st.dictionaries(NAMES, MEMORIES.filter(lambda m: m != settings.SourceMemory()), max_size=3),
)


@given(PREFERENCES)
@rounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_saved_is_loaded(tmp_path: Path, preferences: settings.Preferences) -> None:
    path = tmp_path / "settings.toml"
    settings.save(preferences, path)
    assert settings.load(path) == preferences


@pytest.mark.parametrize(
    "text",
    [
        'size_hw = "big"\npoint_size = "x"\nrecents = 3\nsources = []\nmodel_files = [1]\nloop = 7\ntheme = ["dark"]',
        '[sources."a"]\nlayout = ["sbs"]\nswap = "yes"\ncamera = 4',
        '[sources."a"]\nlayout = "diagonal"\n[sources."a".camera]\nbaseline_m = -1\nfocal_px = nan\nfov_deg = "wide"',
        "recents = [[], [1], ['a', 'b', 'c'], 'x', ['']]\nsize_hw = [0, -4]\ncolour_map = 'mud'",
        "point_size = inf\niterations = true",
        '[sources."a"]\nmax_distance_m = -3.0\n[sources."b"]\nmax_distance_m = inf',
        "model_id = 'sgm'\nsize_hw = [100000, 100000]\niterations = -3\nrate_hz = 1e9",
        "model_id = 'dv-stereo'\nsize_hw = [1, 1]\niterations = 100000\nrate_hz = -1",
        "min_confidence = 1.5",
        "min_confidence = true\nrate_hz = 'quick'",
    ],
)
def test_nonsense_in_the_file_does_not_stop_the_window(new_window: NewWindow, home: Path, text: str) -> None:
    (home / "settings.toml").write_text(text, encoding="utf-8")
    at = new_window()
    at.do("open_sample")
    at.until_depth()
    assert at.said == ""


@pytest.mark.parametrize(
    ("stored", "selection"),
    [
        ('version = 1\nmodel_id = "sgm"\nsize_hw = [480, 640]', DEFAULT_TWO_EYES),
        ('version = 1\nmodel_id = "sgm"\nsize_hw = [240, 320]', Selection("sgm", None, (240, 320))),
        ('version = 1\nmodel_id = "my net"\niterations = 5', Selection("my net", 5)),
        ('version = 2\nmodel_id = "sgm"\nsize_hw = [480, 640]', Selection("sgm", None, (480, 640))),
        ('version = 2\nmodel_id = "sgm"\nrate_hz = 5.0', Selection("sgm", None, (480, 640))),
        ('version = 2\nmodel_id = "dv-stereo"\nrate_hz = 24.0', Selection("dv-stereo", rate_hz=24.0)),
        ('version = 2\nmodel_id = "dv-stereo"\niterations = 7', Selection("dv-stereo", 7, rate_hz=10.0)),
        ('version = 2\nmodel_id = "dv-stereo"\niterations = 99', Selection("dv-stereo", 32, rate_hz=10.0)),
        (
            'version = 2\nmodel_id = "dv-stereo"\niterations = 8\nsize_hw = [9000, 9000]\nrate_hz = 5.0',
            Selection("dv-stereo", 8, (720, 1280)),
        ),
        ("", DEFAULT_TWO_EYES),
        ('version = 3\n[two_eyes]\nmodel_id = "my net"\niterations = 5', Selection("my net", 5)),
        ('version = 3\n[one_eye]\nmodel_id = "my net"', DEFAULT_TWO_EYES),
        ("version = 3\n[two_eyes]\niterations = 5", DEFAULT_TWO_EYES),
    ],
)
def test_the_model_of_the_last_time(home: Path, stored: str, selection: Selection) -> None:
    """What version 1 began with, nobody chose: the new default takes its place. All else stays as it was chosen."""
    (home / "settings.toml").write_text(stored, encoding="utf-8")
    assert remembered_models(settings.load()).two_eyes == selection


@pytest.mark.parametrize(
    ("stored", "selection"),
    [
        ('version = 2\nmodel_id = "my net"', DEFAULT_ONE_EYE),
        ('version = 3\n[one_eye]\nmodel_id = "midas"\nsize_hw = [256, 256]', Selection("midas", None, (256, 256))),
        (
            'version = 3\n[one_eye]\nmodel_id = "dv-mono"\nsize_hw = [9000, 9000]\nrate_hz = 5.0',
            Selection("dv-mono", None, (320, 416)),
        ),
        ('version = 3\none_eye = "dv-mono"', DEFAULT_ONE_EYE),
    ],
)
def test_the_model_for_one_eye_of_the_last_time(home: Path, stored: str, selection: Selection) -> None:
    (home / "settings.toml").write_text(stored, encoding="utf-8")
    assert remembered_models(settings.load()).one_eye == selection


@pytest.mark.parametrize("spoilt", [b"this is [ no TOML", b"\xff\xfe\x00\x01", b"\0" * 4000])
def test_a_spoilt_file_is_put_aside_and_the_window_starts(new_window: NewWindow, home: Path, spoilt: bytes) -> None:
    (home / "settings.toml").write_bytes(spoilt)
    at = new_window()
    assert (home / "settings.broken.toml").read_bytes() == spoilt
    at.do("open_sample")
    at.until_depth()
    at.close()
    assert settings.load().loop


def test_settings_that_cannot_be_written_do_not_hinder_closing(at: Driver, home: Path) -> None:
    (home / "settings.toml").unlink()
    (home / "settings.toml").mkdir()
    at.window._choose_theme("light")
    at.close()
    assert not at.window.isVisible()


def test_what_was_overruled_for_a_file_is_in_force_again(new_window: NewWindow, photo: Path) -> None:
    first = new_window()
    first.open(photo)
    first.until_depth()
    first.do("swap")
    inspector = first.workspace.inspector
    first.choose(inspector.source.layout_choice, "side by side")
    inspector.camera.baseline.setValue(120.0)
    first.until_view(lambda v: v.rig.baseline_m == 0.12, "the baseline")
    first.close()

    second = new_window()
    second.do("open_sample")
    view = second.until_depth()
    assert view.rig.baseline_m == 0.065, "what was said of one file is not said of another"
    assert not second.status.swap
    second.open(photo)
    view = second.until_depth()
    assert view.rig.baseline_m == 0.12, "the very first picture is as wanted"
    second.until(lambda: second.median_px() == pytest.approx(-SHIFT_PX, abs=0.5), "the swapped eyes")
    inspector = second.workspace.inspector
    assert inspector.source.layout_choice.currentText() == "side by side"
    assert inspector.camera.baseline.value() == 120.0
    second.until(inspector.source.swap.isChecked, "the swap button")


def test_turning_back_to_auto_forgets_what_was_overruled(new_window: NewWindow, photo: Path) -> None:
    first = new_window()
    first.open(photo)
    first.until_depth()
    first.choose(first.workspace.inspector.source.layout_choice, "over-under")
    first.until_view(lambda v: v.depth.pair.size_hw == (120, 640), "the other layout")
    first.choose(first.workspace.inspector.source.layout_choice, "auto")
    first.until_view(lambda v: v.depth.pair.size_hw == (240, 320), "what was detected")
    first.close()
    assert settings.load().sources == {}


def test_colours_distance_confidence_loop_theme_and_folder_are_remembered(new_window: NewWindow, photo: Path) -> None:
    first = new_window()
    first.open(photo)
    first.until_depth()
    first.choose(first.workspace.inspector.colour_map, "cividis")
    first.workspace.inspector.max_distance.setValue(4.5)
    first.workspace.inspector.confidence.slider.setValue(55)
    first.do("loop")
    first.do("theme_light")
    first.until(lambda: first.window.preferences.last_folder == str(photo.parent), "the folder")
    first.close()

    second = new_window()
    assert second.window.preferences.last_folder == str(photo.parent)
    assert not second.window.actions_by_name["loop"].isChecked()
    assert second.window.actions_by_name["theme_light"].isChecked()
    second.open(photo)
    second.until_depth()
    assert second.workspace.inspector.colour_map.currentText() == "cividis"
    assert second.workspace.inspector.max_distance.value() == 4.5
    assert second.workspace.inspector.confidence.percent == 55
    assert not second.playback.loop
    second.do("theme_dark")


def test_the_windows_place_and_panes_are_remembered(new_window: NewWindow, photo: Path) -> None:
    first = new_window()
    first.open(photo)
    first.until_depth()
    first.workspace.panes.cloud_pane.hide()
    # Near the smallest there is: Qt cuts what it restores to the screen, and the tests' may be small.
    wanted = first.window.minimumSizeHint() + QSize(3, 7)
    first.window.resize(wanted)
    first.until(lambda: first.window.size() == wanted, "the new size")
    first.close()

    second = new_window()
    second.until(lambda: second.window.size() == wanted, "the old size")
    second.open(photo)
    second.until_depth()
    assert second.workspace.panes.cloud_pane.isHidden()
    assert not second.workspace.panes.depth_pane.isHidden()


def test_a_spoilt_window_file_is_no_obstacle(new_window: NewWindow, home: Path, photo: Path) -> None:
    (home / "window.ini").write_bytes(b"[General]\ngeometry=@ByteArray(\xff\xfe junk)\npanes_live=@ByteArray(junk)\n")
    at = new_window()
    at.open(photo)
    at.until_depth()
    assert at.workspace.panes.depth_pane.isVisible()
