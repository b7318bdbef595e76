"""Models while it plays. Each toy answers its own number, so the numbers on the screen say which one runs."""

import threading
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.models.library import ModelLibrary
from tests.window.conftest import NewWindow
from tests.window.driver import Driver, drop, files
from tests.window.toy_models import FAMILY, write_family

EYE_WIDTH_PX = 1280


def expected_px(iterations: int, size_hw: tuple[int, int]) -> float:
    """The toy's answer in pixels of the sample's own width: 1280x720 fits a 4:3 model by its width."""
    return FAMILY[iterations, size_hw] * EYE_WIDTH_PX / size_hw[1]


def until_runs(at: Driver, iterations: int, size_hw: tuple[int, int]) -> None:
    wanted = expected_px(iterations, size_hw)
    view = at.until_view(
        lambda v: bool(np.nanmax(np.abs(v.depth.values - wanted)) < 0.01), f"a disparity of {wanted} px"
    )
    assert view.depth.model == "toy"
    assert view.depth.values.shape == (720, 1280)
    assert np.isfinite(view.depth.values).all()


@pytest.fixture
def toys(home: Path) -> list[Path]:
    """A family of three in the models folder, there before the window starts."""
    return write_family(home / "models")


@pytest.fixture
def with_toys(toys: list[Path], at: Driver) -> Driver:
    at.do("open_sample")
    at.until_depth()
    at.until_models_are_listed()
    at.until(lambda: "toy" in at.entries(at.workspace.inspector.models.model), "the family in the list")
    return at


def test_a_family_of_files_is_one_model_with_two_selectors(with_toys: Driver) -> None:
    inspector = with_toys.workspace.inspector
    assert [e for e in with_toys.entries(inspector.models.model) if "toy" in e] == ["toy"]
    assert inspector.models.iterations.isHidden() or not inspector.models.iterations.isVisible(), (
        "this method has no iterations"
    )
    with_toys.choose(inspector.models.model, "toy")
    with_toys.until(inspector.models.iterations.isVisible, "the iterations")
    assert with_toys.entries(inspector.models.iterations) == ["2", "5"]
    assert with_toys.entries(inspector.models.resolution) == ["240 × 320", "480 × 640"]


def test_model_iterations_and_resolution_change_while_it_plays(with_toys: Driver) -> None:
    inspector = with_toys.workspace.inspector
    frames_before = with_toys.status.telemetry.frames_out
    with_toys.choose(inspector.models.model, "toy")
    until_runs(with_toys, 5, (240, 320))
    with_toys.choose(inspector.models.iterations, "2")
    until_runs(with_toys, 2, (240, 320))
    with_toys.choose(inspector.models.iterations, "5")
    until_runs(with_toys, 5, (240, 320))
    with_toys.choose(inspector.models.resolution, "480 × 640")
    until_runs(with_toys, 2, (480, 640))
    with_toys.until(lambda: inspector.models.iterations.currentText() == "2", "the only count there is at this size")
    with_toys.choose(inspector.models.model, "Semi-global matching")
    with_toys.until_view(lambda v: v.depth.model == "Semi-global matching", "the built-in method")
    with_toys.choose(inspector.models.resolution, "240 × 320")
    with_toys.until(lambda: with_toys.workspace.session.status.loading is None, "loading to end")
    assert with_toys.playback.phase == "playing", "no switch stopped the film"
    assert with_toys.status.telemetry.frames_out > frames_before
    assert with_toys.said == ""


def test_where_it_really_runs_is_said(with_toys: Driver) -> None:
    with_toys.choose(with_toys.workspace.inspector.models.model, "toy")
    until_runs(with_toys, 5, (240, 320))
    running = with_toys.status.running
    assert running is not None
    words = with_toys.window.status._provider
    with_toys.until(lambda: f"toy   {running.provider}" in words.text(), "the model and where it runs")
    assert running.provider_note in words.text(), "what was asked for and not had is said aloud"


def test_the_old_model_serves_until_the_new_one_is_ready(with_toys: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    ready = threading.Event()
    real = ModelLibrary.open_estimator

    def slow(self: ModelLibrary, selection: Selection, *, threads: int | None = None) -> Estimator:
        assert ready.wait(20)
        return real(self, selection, threads=threads)

    monkeypatch.setattr(ModelLibrary, "open_estimator", slow)
    try:
        with_toys.choose(with_toys.workspace.inspector.models.model, "toy")
        with_toys.until(lambda: with_toys.status.loading is not None, "loading to begin")
        seen = with_toys.view.depth.pair.seq
        view = with_toys.until_view(lambda v: v.depth.pair.seq > seen + 3, "new frames while it loads")
        assert view.depth.model == "Semi-global matching"
        note = with_toys.workspace.inspector.models.running_note
        with_toys.until(lambda: note.text().startswith("Loading"), "the word that it loads")
    finally:
        ready.set()
    until_runs(with_toys, 5, (240, 320))


def test_a_dropped_model_file_is_used_and_remembered(new_window: NewWindow, tmp_path: Path) -> None:
    paths = write_family(tmp_path / "내 모델")
    first = new_window()
    first.do("open_sample")
    first.until_depth()
    assert drop(first.window, files(paths[0]), over=first.workspace.panes.depth_view)
    first.until_said("toy_iter2_240x320.onnx")  # at once: news goes by itself, however long loading takes
    until_runs(first, 2, (240, 320))
    first.close()

    second = new_window()
    second.do("open_sample")
    until_runs(second, 2, (240, 320))


def test_a_whole_family_can_be_dropped_at_once(at: Driver, tmp_path: Path) -> None:
    paths = write_family(tmp_path / "family")
    at.do("open_sample")
    at.until_depth()
    assert drop(at.window, files(*paths), over=at.workspace.panes.depth_view)
    at.until(lambda: at.entries(at.workspace.inspector.models.iterations) == ["2", "5"], "two iteration counts")
    assert at.entries(at.workspace.inspector.models.resolution) == ["240 × 320", "480 × 640"]


def test_a_model_that_is_gone_does_not_spoil_the_next_start(new_window: NewWindow, tmp_path: Path) -> None:
    paths = write_family(tmp_path / "family")
    first = new_window()
    first.do("open_sample")
    first.until_depth()
    first.window.live.add_models([paths[0]])
    until_runs(first, 2, (240, 320))
    first.close()
    paths[0].unlink()

    second = new_window()
    second.do("open_sample")
    second.until_said("toy")
    second.until_models_are_listed()
    second.choose(second.workspace.inspector.models.model, "Semi-global matching")
    second.until_depth()


@pytest.mark.parametrize("kind", ["text", "empty"])
def test_what_is_no_model_is_refused_and_the_old_one_stays(playing: Driver, tmp_path: Path, kind: str) -> None:
    path = tmp_path / "나쁜 model.onnx"
    path.write_text("this is no model" if kind == "text" else "")

    playing.open(path)

    said = playing.until_said(str(path))
    assert "Traceback" not in said
    assert said.startswith("This is not an ONNX")
    seen = playing.view.depth.pair.seq
    view = playing.until_view(lambda v: v.depth.pair.seq != seen, "the film to go on")
    assert view.depth.model == "Semi-global matching"
    assert playing.window.preferences.model_files == ()
