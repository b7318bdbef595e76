"""Models for one eye in the window: ordinary pictures play, and nothing says px or m where it is not."""

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog

from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.exports import write_image
from depthview.engine.frames import Image, Meaning, StereoPair, Values
from depthview.engine.live.presenter import LiveView
from depthview.engine.models.library import BUILT_IN, BUILT_IN_ONE_EYE, ModelFamily, ModelLibrary, Variant
from depthview.ui.live.model_section import ModelSection
from depthview.ui.parts.depth_words import title
from tests.engine.dot_pairs import texture
from tests.window.conftest import NewWindow
from tests.window.driver import Driver

SIZE_HW = (150, 200)
UNITS = {
    Meaning.METRIC_DEPTH: " m",
    Meaning.RANGE: " m",
    Meaning.RELATIVE_INVERSE_DEPTH: "",
    Meaning.AFFINE_DEPTH: "",
}
RELATIVE = (Meaning.RELATIVE_INVERSE_DEPTH, Meaning.AFFINE_DEPTH)


def ramp(size_hw: tuple[int, int], meaning: Meaning) -> Values:
    """Nearer and nearer to the right: 4 m to 1 m, or as much without a unit."""
    depth = np.tile(np.linspace(4, 1, size_hw[1], dtype=np.float32), (size_hw[0], 1))
    return np.asarray(1 / depth if meaning is Meaning.RELATIVE_INVERSE_DEPTH else depth, np.float32)


class OneEyed:
    """Sees the same ramp in every picture. The model's name is what its values mean; the built-in one tells metres."""

    def __init__(self, selection: Selection) -> None:
        built_in = selection.model_id == BUILT_IN_ONE_EYE.model_id
        meaning = BUILT_IN_ONE_EYE.meaning if built_in else Meaning(selection.model_id)
        self.info = EstimatorInfo(selection.model_id, selection, "CPU", eyes=1, meaning=meaning)

    def estimate(self, pair: StereoPair) -> Estimate:
        return Estimate(ramp(pair.size_hw, self.info.meaning), meaning=self.info.meaning)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def mono(tmp_path: Path) -> Path:
    path = tmp_path / "holiday.png"
    write_image(path, photo_of())
    return path


def photo_of() -> Image:
    return texture(*SIZE_HW)


@pytest.fixture
def window(home: Path, monkeypatch: pytest.MonkeyPatch, new_window: NewWindow) -> Driver:
    real = ModelLibrary.open_estimator

    def opened(self: ModelLibrary, selection: Selection, **how: object) -> object:
        if selection.model_id in (*Meaning, BUILT_IN_ONE_EYE.model_id):
            return OneEyed(selection)
        return real(self, selection, **how)  # type: ignore[arg-type]

    fakes = tuple(ModelFamily(name, name, (Variant(None, SIZE_HW),), eyes=1) for name in Meaning)
    monkeypatch.setattr("depthview.engine.models.library.group_files", lambda _files: list(fakes))
    monkeypatch.setattr(ModelLibrary, "open_estimator", opened)
    return new_window()


def choose(at: Driver, model: str) -> None:
    """As a person, who has seen what was opened."""
    offered, session = at.workspace.panes.picture_mode, at.workspace.session
    at.until(lambda: {1: 1, 2: 4}.get(session.status.eyes or 0) == offered.count(), "the eyes to be counted")
    at.workspace.inspector.models.choose(Selection(model))


def show(at: Driver, mono: Path, meaning: Meaning) -> LiveView:
    at.open(mono)
    choose(at, meaning.value)
    view = at.until_view(lambda v: v.has_depth and v.depth.meaning is meaning and v.cloud is not None, meaning.value)
    at.until(lambda: at.status.fault is None and at.said == "", "no complaint")
    return view


@pytest.mark.parametrize("meaning", list(UNITS))
def test_an_ordinary_picture_shows_its_depth_in_its_own_unit(window: Driver, mono: Path, meaning: Meaning) -> None:
    view = show(window, mono, meaning)
    assert view.depth.pair.size_hw == SIZE_HW
    workspace = window.workspace
    panes, inspector = workspace.panes, workspace.inspector
    panes.depth_view.point_at(100, 75)
    said = panes.depth_view.readout.text()
    value = float(view.depth.values[75, 100])
    bar_says = panes.depth_view.bar.toolTip() + title(view.scale)
    for text in (said, bar_says, inspector.nearest.suffix(), inspector.nearest.toolTip()):
        assert "px" not in text
        assert "pixel" not in text.lower()
    assert inspector.nearest.suffix() == inspector.farthest.suffix() == UNITS[meaning]
    assert inspector.max_distance.isEnabled() is (meaning not in RELATIVE)
    assert not inspector.camera.baseline.isEnabled()
    if meaning in RELATIVE:
        assert f"{value:.3g} relative (no unit)" in said
        assert " m " not in f"{said} "
        assert "no unit" in bar_says
    else:
        assert f"{value:.2f} m" in said
        assert "metres" in bar_says
    expected = pytest.approx([float(v) for v in np.percentile(view.depth.values, (1, 99))], rel=0.1)
    window.until(lambda: sorted((inspector.nearest.value(), inspector.farthest.value())) == expected, "the limits")


@pytest.mark.parametrize("meaning", list(UNITS))
def test_the_3d_view_says_whether_its_lengths_can_be_trusted(window: Driver, mono: Path, meaning: Meaning) -> None:
    show(window, mono, meaning)
    window.until(lambda: window.workspace.viewport is not None and len(window.workspace.viewport.cloud) > 0, "a cloud")
    viewport = window.workspace.viewport
    assert viewport is not None
    assert viewport.cloud.unitless is (meaning in RELATIVE)
    assert viewport.cloud.relative
    window.workspace.inspector.camera.fov.setValue(70.0)
    wanted = meaning in RELATIVE
    window.until(lambda: viewport.cloud.relative is wanted, "a lens that is known to be enough for metres")


def test_depth_is_simply_there_whatever_is_opened(window: Driver, mono: Path, photo: Path) -> None:
    """One eye and two take turns, each with the model that was used for it the last time."""
    for one_eyed, two_eyed in (("dv-mono", "sgm"), (Meaning.RANGE.value, "sgm")):
        window.open(mono)
        model, picture = window.workspace.inspector.models.model, window.workspace.panes.picture_mode
        if one_eyed != "dv-mono":
            choose(window, one_eyed)
        window.until_view(lambda v, m=one_eyed: v.has_depth and v.depth.model == m, one_eyed)
        window.until(lambda p=picture: [p.itemText(i) for i in range(p.count())] == ["picture"], "no left eye")
        window.until(lambda m=one_eyed, b=model: b.currentData() == m, "the model that runs to be shown")
        window.until(lambda: not window.window.actions_by_name["show_anaglyph"].isEnabled(), "no glasses for one eye")
        window.open(photo)
        window.until_view(lambda v: v.has_depth and v.depth.meaning is Meaning.DISPARITY, "disparity")
        window.until(lambda p=picture: (p.currentText(), p.count()) == ("left eye", 4), "two eyes to choose from")
        window.until(lambda m=two_eyed, b=model: b.currentData() == m, "the model for two eyes to be shown")
        assert window.said == ""
    window.open(mono)
    window.until_view(lambda v: v.has_depth and v.depth.model == Meaning.RANGE.value, "the last one for one eye")
    preferences = window.window.preferences
    assert preferences.one_eye == Selection(Meaning.RANGE.value, None, SIZE_HW)
    assert preferences.two_eyes == Selection("sgm", None, (240, 320))


def test_a_stereo_model_says_what_to_do_and_a_model_for_one_eye_does_it(window: Driver, mono: Path) -> None:
    window.open(mono)
    window.until_view(lambda v: v.has_depth, "depth of the built-in model")
    choose(window, "sgm")
    window.until_said("choose a model for one eye")
    choose(window, Meaning.METRIC_DEPTH.value)
    window.until_view(lambda v: v.has_depth, "depth")
    window.until(lambda: window.said == "", "the complaint to go")


def test_a_range_in_one_unit_is_not_kept_for_another(window: Driver, mono: Path) -> None:
    show(window, mono, Meaning.METRIC_DEPTH)
    inspector = window.workspace.inspector
    inspector.farthest.setValue(3.0)
    inspector.nearest.setValue(1.5)
    view = window.until_view(lambda v: v.limits == pytest.approx((1 / 3, 1 / 1.5)), "the typed range, as nearness")
    assert inspector.lock.isChecked()
    assert view.scale.unit == "m"
    choose(window, Meaning.RELATIVE_INVERSE_DEPTH.value)
    window.until(lambda: not inspector.lock.isChecked(), "a range that follows")
    window.until_view(lambda v: v.limits == pytest.approx((0.25, 1.0), abs=0.05), "the range of what is shown")


def test_the_ends_of_a_relative_range_can_be_dragged(window: Driver, mono: Path) -> None:
    low, high = show(window, mono, Meaning.RELATIVE_INVERSE_DEPTH).limits
    bar = window.workspace.panes.depth_view.bar
    x = bar.width() // 3
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, 60))
    QTest.mouseMove(bar, QPoint(x, 90))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, 90))
    view = window.until_view(lambda v: v.limits[1] < high - 0.02, "a lower near end")
    assert view.limits[0] == pytest.approx(low, abs=0.02)


def test_metres_are_offered_for_keeping_only_where_there_are_any(
    window: Driver, mono: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    show(window, mono, Meaning.RELATIVE_INVERSE_DEPTH)
    actions = window.window.actions_by_name
    window.until(lambda: actions["export_npy"].isEnabled() and not actions["export_depth"].isEnabled(), "the offers")
    suggested: list[str] = []

    def asked(_parent: object, _title: str, suggestion: str, _filters: str) -> tuple[str, str]:
        suggested.append(suggestion)
        return str(tmp_path / "kept.npy"), ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", asked)
    window.do("export_npy")
    window.until_said("Saved kept.npy")
    assert suggested[0].endswith("holiday-relative.npy")
    np.testing.assert_allclose(np.load(tmp_path / "kept.npy"), ramp(SIZE_HW, Meaning.RELATIVE_INVERSE_DEPTH))
    choose(window, Meaning.METRIC_DEPTH.value)
    window.until(actions["export_depth"].isEnabled, "metres to be offered")


def test_the_list_says_which_models_take_an_ordinary_picture(window: Driver) -> None:
    section = ModelSection()
    section.show_families((BUILT_IN, ModelFamily("net", "Net", (Variant(None, SIZE_HW),), eyes=1)))
    assert window.entries(section.model)[:4] == ["For two eyes", BUILT_IN.title, "For one eye", "Net"]
    assert [section.model.itemData(i) for i in (1, 3)] == [BUILT_IN.model_id, "net"]
    assert [bool(section.model.model().index(i, 0).flags() & Qt.ItemFlag.ItemIsEnabled) for i in range(4)] == [
        False,
        True,
        False,
        True,
    ]
    section.deleteLater()


def test_back_to_stereo_pixels_are_spoken_of_again(window: Driver, mono: Path, photo: Path) -> None:
    show(window, mono, Meaning.RELATIVE_INVERSE_DEPTH)
    window.open(photo)
    choose(window, SemiGlobalEstimator(Selection("sgm")).info.selection.model_id)
    window.until_view(lambda v: v.depth.meaning is Meaning.DISPARITY and v.has_depth, "disparity")
    inspector = window.workspace.inspector
    assert inspector.nearest.suffix() == " px"
    assert inspector.camera.baseline.isEnabled()
    assert inspector.max_distance.isEnabled()
