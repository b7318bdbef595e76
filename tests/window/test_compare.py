"""The comparison in the window: it fills as it goes, can be paused and left, and a click takes a setting over."""

import csv
import threading
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.models.comparison.run import Trial
from depthview.engine.models.library import BUILT_INS, ModelLibrary
from depthview.ui.models.compare_lists import CompareLists
from depthview.ui.models.compare_window import CompareWindow
from tests.window.conftest import NewWindow
from tests.window.driver import Driver, hover
from tests.window.toy_models import write_family

TOY = {(2, (240, 320)): 4.0, (5, (240, 320)): 6.0, (2, (480, 640)): 5.5}
"""(iterations, size) -> what the toys answer, in pixels of a picture 320 wide."""


@pytest.fixture
def comparing(home: Path, new_window: NewWindow, photo: Path) -> Driver:
    """A still picture on the screen, and the comparison beside it, with the toys alone ticked."""
    write_family(home / "models")
    at = new_window()
    at.open(photo)
    at.until_depth()
    at.do("compare_models")
    window = panel(at)
    at.until(lambda: "toy" in offered(window), "the models to be listed")
    for model_id in offered(window):
        window.lists.models.tick(model_id, model_id == "toy")
    for count in (1, 2, 5, 10):
        window.lists.iterations.tick(count, count in (2, 5))
    window.lists.repeats.setValue(1)
    return at


def panel(at: Driver) -> CompareWindow:
    found = at.window.live.comparing.window
    assert found is not None, "the comparison is not open"
    return found


def offered(window: CompareWindow) -> list[str]:
    return list(window.lists.titles)


def run_through(at: Driver) -> list[Trial]:
    window = panel(at)
    window.start.click()
    assert window.is_running
    at.until(lambda: not window.is_running, "the comparison to end")
    return window.trials


def dot(at: Driver, setting: tuple[int, tuple[int, int]]) -> QPoint:
    """Where the dot of a toy's setting is in the chart, pixels."""
    window = panel(at)
    trial = next(t for t in window.trials if (t.setting.iterations, t.setting.size_hw) == setting)
    window.chart.grab()  # its range follows its dots when it is painted
    place = window.chart.getPlotItem().getViewBox().mapViewToScene(QPointF(*window.chart.place_of(trial)))
    return window.chart.mapFromScene(place)


def test_it_is_offered_once_there_is_a_picture(at: Driver, photo: Path) -> None:
    assert not at.window.actions_by_name["compare_models"].isEnabled()
    at.open(photo)
    at.do("compare_models")
    window = panel(at)
    assert window.isVisible()
    at.until(lambda: "sgm" in offered(window), "the built-in models")
    assert {"sgm", "dv-stereo"} <= set(window.lists.models.values)
    assert window.lists.iterations.values == [1, 2, 5, 10]
    assert window.lists.sizes.values == [(240, 320), (480, 640)]
    for model_id in offered(window):
        window.lists.models.tick(model_id, model_id in ("sgm", "dv-stereo"))
    assert window.start.text() == "Start: 10 settings"
    window.lists.sizes.tick((240, 320), False)
    assert window.start.text() == "Start: 5 settings"
    window.lists.sizes.tick((480, 640), False)
    assert not window.start.isEnabled()
    at.do("compare_models")
    assert panel(at) is window, "there is one comparison"


def test_what_is_ticked_at_first_suits_the_picture() -> None:
    lists = CompareLists()
    for eyes, models in ((1, {"dv-mono"}), (2, {"dv-stereo", "sgm"}), (1, {"dv-mono"})):
        lists.offer(BUILT_INS, eyes=eyes)
        assert set(lists.models.values) == models
    assert lists.settings == [Selection("dv-mono", None, (224, 288)), Selection("dv-mono", None, (320, 416))]
    lists.deleteLater()


def test_it_tries_what_is_ticked_on_the_picture_on_the_screen(comparing: Driver) -> None:
    window = panel(comparing)
    trials = run_through(comparing)
    found = {(t.setting.iterations, t.setting.size_hw): t for t in trials}
    assert set(found) == set(TOY)
    best = found[(2, (480, 640))]
    assert best.is_reference
    assert trials[0] is best
    for setting, trial in found.items():
        assert trial.difference is not None
        assert trial.difference.mean == pytest.approx(abs(TOY[setting] - 5.5), abs=1e-3), "at the picture's own size"
    assert len(window.chart._dots.points()) == 3
    assert "3 of 3" in window.said.text()
    assert "toy, 2 iterations, 480x640" in window.readout.text()
    assert window.start.isEnabled()
    assert not window.pause.isEnabled()


def test_a_dot_tells_its_setting_and_a_click_uses_it(comparing: Driver) -> None:
    run_through(comparing)
    window = panel(comparing)
    for setting, words in (((5, (240, 320)), "0.50 px"), ((2, (240, 320)), "1.50 px")):
        hover(window.chart.viewport(), QPointF(dot(comparing, setting)))
        comparing.until(lambda w=words: w in window.readout.text(), words)
        assert f"toy, {setting[0]} iterations, 240x320" in window.readout.text()
        QTest.mouseClick(
            window.chart.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, dot(comparing, setting)
        )
        comparing.until_view(lambda v: v.depth.model == "toy", "the toy in use")
        comparing.until(lambda s=setting: comparing.median_px() == pytest.approx(TOY[s], abs=1e-3), "its answer")
    selection = comparing.workspace.session.settings.selection_for(2)
    assert selection == Selection("toy", 2, (240, 320))
    assert comparing.workspace.inspector.models.iterations.currentText() == "2"
    assert comparing.window.preferences.two_eyes == selection


def test_a_film_is_paused_so_that_times_are_fair(playing: Driver) -> None:
    playing.do("compare_models")
    window = panel(playing)
    playing.until(lambda: len(offered(window)) >= 2, "the models")
    window.lists.models.tick("dv-stereo", False)
    window.lists.repeats.setValue(1)
    window.start.click()
    playing.until_phase("paused")
    playing.until(lambda: not window.is_running, "the comparison to end")
    assert all(t.fault is None for t in window.trials)
    assert window.trials[0].difference is not None


def test_pause_go_on_and_cancel(comparing: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Selection] = []
    gate = threading.Event()
    real = ModelLibrary.open_estimator

    def slow(self: ModelLibrary, selection: Selection, *, threads: int | None = None) -> Estimator:
        if threading.current_thread().name == "depthview-compare":
            opened.append(selection)
            if len(opened) == 2:
                gate.wait(20)
        return real(self, selection, threads=threads)

    monkeypatch.setattr(ModelLibrary, "open_estimator", slow)
    window = panel(comparing)
    window.start.click()
    comparing.until(lambda: len(window.trials) == 1, "the first dot while the second is under way")
    assert len(window.chart._dots.points()) == 1
    window.pause.click()
    assert window.pause.text() == "Go on"
    gate.set()
    comparing.qtbot.wait(300)
    assert len(window.trials) == 1, "it rests before the estimate"
    window.pause.click()
    comparing.until(lambda: len(window.trials) >= 2, "it goes on")
    comparing.until(lambda: not window.is_running, "the end")
    assert len(window.trials) == 3

    opened.clear()
    gate.clear()
    window.start.click()
    comparing.until(lambda: len(opened) == 2, "the second setting")
    window.cancel.click()
    gate.set()
    comparing.until(lambda: not window.is_running, "the end")
    assert len(window.trials) == 1, "what was found stays"
    assert window.start.isEnabled()


def test_what_fails_is_said_and_the_rest_goes_on(comparing: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    real = ModelLibrary.open_estimator

    def sometimes(self: ModelLibrary, selection: Selection, *, threads: int | None = None) -> Estimator:
        if selection == Selection("toy", 5, (240, 320)):
            raise UserError("There is no memory left for this.")
        return real(self, selection, threads=threads)

    monkeypatch.setattr(ModelLibrary, "open_estimator", sometimes)
    trials = run_through(comparing)
    assert sum(t.fault is None for t in trials) == 2
    assert panel(comparing).faults.text() == ("1 failed. toy, 5 iterations, 240x320: There is no memory left for this.")


def test_table_and_chart_are_kept(comparing: Driver, tmp_path: Path) -> None:
    window = panel(comparing)
    assert not window.save_table.isEnabled()
    run_through(comparing)
    window.save_to(tmp_path / "t.csv")
    comparing.until(lambda: "Saved t.csv" in window.said.text(), "the table")
    with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
        assert {(r["iterations"], r["width"]) for r in csv.DictReader(file)} == {
            ("2", "320"),
            ("5", "320"),
            ("2", "640"),
        }
    window.save_to(tmp_path / "c.png")
    comparing.until(lambda: "Saved c.png" in window.said.text(), "the chart")
    assert QImage(str(tmp_path / "c.png")).width() == 1440
    window.save_to(tmp_path / "no" / "such.csv")
    comparing.until(lambda: "could not be written" in window.said.text(), "what is wrong")


def test_closing_the_comparison_ends_it_and_what_was_found_is_there_again(comparing: Driver) -> None:
    window = panel(comparing)
    window.lists.repeats.setValue(100)
    window.start.click()
    comparing.until(lambda: bool(window.trials), "a first dot")
    window.close()
    comparing.until(lambda: not window.is_running, "the end")
    found = list(window.trials)
    comparing.do("compare_models")
    assert panel(comparing).isVisible()
    assert panel(comparing).trials[: len(found)] == found


def test_the_main_window_closes_in_time_in_the_middle_of_it(comparing: Driver) -> None:
    window = panel(comparing)
    window.lists.repeats.setValue(100)
    window.start.click()
    comparing.until(lambda: window._run is not None and window._run.progress.label != "", "the first setting")
    comparing.close_in_time()
    assert not window.isVisible()
