"""The bundled network in the window: what is left to it, what it says of itself, and how sure it is."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.estimators import iterative
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.frames import StereoPair
from depthview.engine.live.session import LiveSession
from depthview.engine.live.status import SessionStatus
from depthview.engine.models.library import ModelLibrary
from depthview.engine.ply import read_ply
from depthview.ui import settings
from depthview.ui.live import model_section, status_words
from depthview.ui.live.model_section import ModelSection
from depthview.ui.parts.sections import Choice
from tests.window.conftest import NewWindow
from tests.window.driver import Driver

OWN, CLASSICAL = "DepthView stereo", "Semi-global matching"


class Sure:
    """Answers 12 px everywhere, and is the surer the further right: from 0 to 1."""

    def __init__(self, selection: Selection) -> None:
        self.info = EstimatorInfo(OWN, replace(selection, iterations=3, size_hw=(240, 320)), "CPU")

    def estimate(self, pair: StereoPair) -> Estimate:
        height, width = pair.size_hw
        sure = np.tile(np.linspace(0, 1, width, dtype=np.float32), (height, 1))
        return Estimate(np.full((height, width), 12, np.float32), sure)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def sure(home: Path, monkeypatch: pytest.MonkeyPatch, new_window: NewWindow) -> Driver:
    """A first start, with an estimator whose confidence is known in the network's place."""
    settings.save(settings.Preferences(theme="dark"))
    real = ModelLibrary.open_estimator

    def opened(self: ModelLibrary, selection: Selection, *, threads: int | None = None) -> object:
        if selection.model_id == iterative.MODEL_ID:
            return Sure(selection)
        return real(self, selection, threads=threads)

    monkeypatch.setattr(ModelLibrary, "open_estimator", opened)
    return new_window()


@pytest.fixture
def section() -> Iterator[ModelSection]:
    made = ModelSection()
    yield made
    made.deleteLater()


def pick(box: Choice, text: str) -> None:
    index = box.findText(text)
    assert index >= 0, f"{text!r} is not offered"
    box.setCurrentIndex(index)
    box.activated.emit(index)


def entries(box: Choice) -> list[str]:
    return [box.itemText(i) for i in range(box.count())]


def test_auto_comes_first_and_a_rate_is_asked_for_while_something_is_on_auto(section: ModelSection) -> None:
    told: list[Selection] = []
    section.selection_chosen.connect(told.append)
    assert entries(section.iterations) == ["auto", "1", "2", "3", "5", "8", "12", "20", "32"]
    assert entries(section.resolution)[:2] == ["auto", "240 × 320"]
    assert section.iterations.currentText() == section.resolution.currentText() == "auto"
    assert section.rate.text() == "10 /s"
    pick(section.iterations, "5")
    assert told[-1] == Selection("dv-stereo", 5, None, 10.0)
    assert not section.rate.isHidden()
    section.rate.setValue(24)
    assert told[-1] == Selection("dv-stereo", 5, None, 24.0)
    pick(section.resolution, "480 × 640")
    assert told[-1] == Selection("dv-stereo", 5, (480, 640), None)
    assert section.rate.isHidden(), "nothing is left to choose"
    pick(section.iterations, "auto")
    assert told[-1] == Selection("dv-stereo", None, (480, 640), 24.0), "the rate that was asked for before"
    assert not section.rate.isHidden()


def test_rates_are_bounded(section: ModelSection) -> None:
    assert (section.rate.minimum(), section.rate.maximum()) == (1, 60)


def test_each_model_is_found_as_it_was_left(section: ModelSection) -> None:
    told: list[Selection] = []
    section.selection_chosen.connect(told.append)
    pick(section.model, CLASSICAL)
    assert told[-1] == Selection("sgm", None, (480, 640))
    assert section.rate.isHidden()
    assert section.iterations.isHidden()
    assert "auto" not in entries(section.resolution)
    pick(section.resolution, "240 × 320")
    pick(section.model, OWN)
    assert told[-1] == Selection("dv-stereo", rate_hz=10.0)
    pick(section.iterations, "8")
    pick(section.model, CLASSICAL)
    assert told[-1] == Selection("sgm", None, (240, 320))
    pick(section.model, OWN)
    assert told[-1] == Selection("dv-stereo", 8, rate_hz=10.0)


def test_a_count_that_is_not_offered_is_shown_all_the_same(section: ModelSection) -> None:
    section.show_selection(Selection("dv-stereo", 7, (240, 320)))
    assert section.iterations.currentText() == "7"
    assert entries(section.iterations)[4:7] == ["5", "7", "8"]


def status_of(selection: Selection, provider: str = "CPU", note: str = "") -> SessionStatus:
    session = LiveSession(Sure)
    return replace(session.status, running=EstimatorInfo(OWN, selection, provider, note))


def test_what_really_runs_is_said_and_does_not_flicker(section: ModelSection, monkeypatch: pytest.MonkeyPatch) -> None:
    note = section.running_note
    monkeypatch.setattr(model_section, "_CALM_S", 1e9)
    section.show_status(status_of(Selection("dv-stereo", 3, (240, 320))))
    assert note.text() == "Runs on CPU: 3 iterations, 240 × 320."
    section.show_status(status_of(Selection("dv-stereo", 1, (240, 320))))
    assert note.text() == "Runs on CPU: 3 iterations, 240 × 320.", "what changes with every picture cannot be read"
    monkeypatch.setattr(model_section, "_CALM_S", 0.0)
    section.show_status(status_of(Selection("dv-stereo", 1, (240, 320))))
    assert note.text() == "Runs on CPU: 1 iteration, 240 × 320."
    monkeypatch.setattr(model_section, "_CALM_S", 1e9)
    section.show_status(status_of(Selection("dv-stereo", 5, (480, 640)), "CUDA"))
    assert note.text() == "Runs on CUDA: 5 iterations, 480 × 640.", "another device is said at once"
    in_vain = status_of(Selection("sgm"), "CPU", "CUDA asked for, not had")
    section.show_status(in_vain)
    assert note.text() == "Runs on CPU.\nCUDA asked for, not had"
    assert status_words.provider(in_vain).endswith("CPU (CUDA asked for, not had)"), "and in the status bar"


def test_the_network_plays_on_the_first_day(home: Path, new_window: NewWindow, photo: Path) -> None:
    settings.save(settings.Preferences(theme="dark"))
    at = new_window()
    at.open(photo)
    view = at.until_depth()
    assert view.depth.model == OWN
    assert np.isfinite(view.depth.values).all()
    assert view.depth.confidence is not None
    assert at.workspace.session.settings.selection_for(2) == Selection("dv-stereo", rate_hz=10.0)
    note = at.workspace.inspector.models.running_note
    at.until(lambda: note.text().startswith("Runs on ") and "iteration" in note.text(), "what runs")


def test_what_nobody_chose_is_not_remembered(sure: Driver, photo: Path) -> None:
    sure.open(photo)
    sure.until_depth()
    sure.do("swap")
    sure.workspace.inspector.max_distance.setValue(9.0)
    assert sure.window.preferences.two_eyes is None
    pick(sure.workspace.inspector.models.iterations, "3")
    assert sure.window.preferences.two_eyes.model_id == "dv-stereo"
    sure.close()
    assert settings.load().two_eyes == Selection("dv-stereo", 3, rate_hz=10.0)


def test_the_cloud_leaves_out_what_is_not_trusted(sure: Driver, photo: Path, tmp_path: Path) -> None:
    sure.open(photo)
    sure.until_view(lambda v: v.cloud is not None and len(v.cloud) > 0, "a cloud")
    slider = sure.workspace.inspector.confidence.slider
    assert slider.value() == 40
    assert (slider.minimum(), slider.maximum()) == (0, 95)
    width = 320
    for percent in (40, 75, 0, 95):
        slider.setValue(percent)
        columns = int((np.linspace(0, 1, width, dtype=np.float32) >= percent / 100).sum())
        view = sure.until_view(lambda v, n=columns: v.cloud is not None and len(v.cloud) == 240 * n, f"{percent} %")
        assert view.cloud is not None
        x_px = view.cloud.xyz_m[:, 0] / view.cloud.xyz_m[:, 2] * view.rig.focal_px + view.rig.cx_px
        assert x_px.min() == pytest.approx(width - columns, abs=0.01), "the left is what it does not trust"
    path = tmp_path / "sure.ply"
    sure.window.export_to(path, "ply")
    sure.until_said("Saved")
    assert len(read_ply(path)) == 240 * columns, "the file holds what the screen shows"


def test_the_trust_is_read_out_with_the_value(sure: Driver, photo: Path) -> None:
    sure.open(photo)
    sure.until_depth()
    readout = sure.workspace.panes.depth_view
    readout.point_at(0, 5)
    assert "12.00 px" in readout.readout.text()
    assert "  0 %" in readout.readout.text()
    readout.point_at(319, 5)
    assert "  100 %" in readout.readout.text()


def test_a_model_that_says_nothing_of_its_trust_has_no_slider_for_it(sure: Driver, photo: Path) -> None:
    sure.open(photo)
    sure.until_depth()
    confidence = sure.workspace.inspector.confidence
    sure.until(confidence.isEnabled, "a slider that can be moved")
    assert "left out of the cloud" in confidence.toolTip()
    pick(sure.workspace.inspector.models.model, CLASSICAL)
    sure.until_view(lambda v: v.depth.model == CLASSICAL, "the other model")
    sure.until(lambda: not confidence.isEnabled(), "a slider that cannot be moved")
    assert "does not say how sure it is" in confidence.toolTip()
    sure.workspace.panes.depth_view.point_at(160, 120)
    assert "%" not in sure.workspace.panes.depth_view.readout.text()
    pick(sure.workspace.inspector.models.model, OWN)
    sure.until(confidence.isEnabled, "the slider again")


def test_without_its_files_the_window_works_with_the_other_built_in(
    home: Path, new_window: NewWindow, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.save(settings.Preferences(theme="dark"))
    monkeypatch.setattr(iterative, "FOLDER", "models/not there")
    at = new_window()
    at.open(photo)
    at.until_said("a built-in model runs instead")
    at.until_view(lambda v: v.depth.model == CLASSICAL, "depth all the same")
    assert at.workspace.inspector.models.model.currentText() == CLASSICAL
    assert at.window.preferences.two_eyes is None, "the next time it may be there"
