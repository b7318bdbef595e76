"""The panes of a job below the scene: there while there are jobs, and the next time as they were left."""

from collections.abc import Iterator
from typing import Protocol

import pytest
import shiboken6
from PySide6.QtCore import QByteArray, QCoreApplication, QEvent, Qt
from PySide6.QtWidgets import QApplication, QLabel
from pytestqt.qtbot import QtBot

from depthview.ui.parts.pane import Pane
from depthview.ui.parts.pane_area import PaneArea
from depthview.ui.splats.panes import SplatPanes
from tests.window.driver import put_on_screen


class NewPanes(Protocol):
    def __call__(self, state: QByteArray | None = None, *, show: bool = True) -> SplatPanes: ...


@pytest.fixture
def new_panes(dressed: QApplication, qtbot: QtBot) -> Iterator[NewPanes]:
    """Panes as a window makes them, with what was kept of the last ones; shown, or not yet."""
    made: list[SplatPanes] = []

    def make(state: QByteArray | None = None, *, show: bool = True) -> SplatPanes:
        panes = SplatPanes([])
        made.append(panes)
        panes.resize(900, 600)
        if state is not None:
            panes.restore_state(state)
        if show:
            put_on_screen(panes)
        return panes

    yield make
    for panes in made:
        shiboken6.delete(panes)
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


class Earlier(PaneArea):
    """The panes of the version before there were jobs."""

    def __init__(self) -> None:
        super().__init__()
        self.view_pane = Pane("pane_splats", "Scene", QLabel("scene", self), self)
        self.hold((self.view_pane,), self.view_pane)

    def _place_panes(self) -> None:
        self.addDockWidget(Qt.DockWidgetArea.TopDockWidgetArea, self.view_pane)

    def _share_out(self) -> None:
        pass


def seen(panes: SplatPanes) -> list[str]:
    QApplication.processEvents()
    return [pane.objectName().removeprefix("pane_") for pane in panes.panes if pane.isVisible()]


def offered(panes: SplatPanes) -> list[str]:
    toggles = {pane.objectName().removeprefix("pane_"): pane.toggleViewAction() for pane in panes.panes}
    return [name for name, toggle in toggles.items() if toggle.isVisible()]


def test_without_jobs_there_is_the_scene_alone(new_panes: NewPanes) -> None:
    panes = new_panes()
    assert seen(panes) == offered(panes) == ["splats"]
    panes.arrange()
    assert seen(panes) == ["splats"]
    assert panes.view_pane.height() == panes.height()


def test_with_the_first_job_its_panes_come_below_the_scene(new_panes: NewPanes) -> None:
    panes = new_panes()
    panes.offer_job_panes(True)
    assert seen(panes) == ["splats", "training", "held_out"]
    assert offered(panes) == ["splats", "training", "held_out", "log"]
    assert panes.training_pane.y() > panes.view_pane.y()
    assert panes.held_out_pane.x() > panes.training_pane.x()
    assert panes.view_pane.height() == pytest.approx(0.66 * panes.height(), abs=12)
    assert panes.training_pane.width() == pytest.approx(panes.held_out_pane.width(), abs=12)
    panes.log_pane.toggleViewAction().trigger()
    assert seen(panes) == ["splats", "training", "held_out", "log"]
    panes.offer_job_panes(False)
    assert seen(panes) == offered(panes) == ["splats"]
    panes.offer_job_panes(True)
    assert seen(panes) == ["splats", "training", "held_out", "log"]
    panes.arrange()
    assert seen(panes) == ["splats", "training", "held_out"]


def test_a_maximised_pane_gives_way_when_the_last_job_goes(new_panes: NewPanes) -> None:
    panes = new_panes()
    panes.offer_job_panes(True)
    panes.toggle_maximised(panes.training_pane)
    assert seen(panes) == ["training"]
    panes.offer_job_panes(False)
    assert seen(panes) == ["splats"]
    panes.offer_job_panes(True)
    assert seen(panes) == ["splats", "training", "held_out"]


@pytest.mark.parametrize("elsewhere", [False, True])
@pytest.mark.parametrize("jobs_come", ["first", "then", "last"])
def test_as_it_was_left_it_comes_back(new_panes: NewPanes, jobs_come: str, elsewhere: bool) -> None:
    panes = new_panes()
    panes.offer_job_panes(True)
    panes.held_out_pane.close()
    panes.log_pane.show()
    panes.resizeDocks([panes.view_pane, panes.training_pane], [300, 300], Qt.Orientation.Vertical)
    assert seen(panes) == ["splats", "training", "log"]
    height = panes.view_pane.height()
    panes.setHidden(elsewhere)  # the window is closed while it shows another place
    state = panes.save_state()
    if jobs_come == "last":
        again = new_panes(state)
        assert seen(again) == ["splats"]
        again.offer_job_panes(True)
    else:
        again = new_panes(show=False)
        if jobs_come == "first":
            again.offer_job_panes(True)
        again.restore_state(state)
        again.offer_job_panes(True)
        again.show()
    assert seen(again) == ["splats", "training", "log"]
    assert again.view_pane.height() == pytest.approx(height, abs=12)


def test_a_time_without_jobs_forgets_nothing(new_panes: NewPanes) -> None:
    panes = new_panes()
    panes.offer_job_panes(True)
    panes.held_out_pane.close()
    panes.resizeDocks([panes.view_pane, panes.training_pane], [300, 300], Qt.Orientation.Vertical)
    QApplication.processEvents()
    height = panes.view_pane.height()
    panes.offer_job_panes(False)
    state = panes.save_state()
    assert seen(panes) == ["splats"]
    for _start in range(2):
        panes = new_panes(state)
        assert seen(panes) == ["splats"]
        state = panes.save_state()
        assert seen(panes) == ["splats"]
    panes.offer_job_panes(True)
    assert seen(panes) == ["splats", "training"]
    assert panes.view_pane.height() == pytest.approx(height, abs=12)


def test_one_that_never_had_jobs_keeps_good_shares_for_the_first(new_panes: NewPanes) -> None:
    state = new_panes().save_state()
    panes = new_panes(state)
    assert seen(panes) == ["splats"]
    panes.offer_job_panes(True)
    assert seen(panes) == ["splats", "training", "held_out"]
    assert panes.view_pane.height() == pytest.approx(0.66 * panes.height(), abs=12)
    assert panes.training_pane.width() == pytest.approx(panes.held_out_pane.width(), abs=12)


@pytest.mark.parametrize("hidden", [False, True])
@pytest.mark.parametrize("jobs_come", ["first", "last"])
def test_the_arrangement_of_an_earlier_version_does_no_harm(new_panes: NewPanes, jobs_come: str, hidden: bool) -> None:
    earlier = Earlier()
    earlier.resize(900, 600)
    earlier.show()
    earlier.view_pane.setHidden(hidden)
    state = earlier.save_state()
    shiboken6.delete(earlier)
    come_back_as_at_first(new_panes, state, jobs_come)


@pytest.mark.parametrize("jobs_come", ["first", "last"])
@pytest.mark.parametrize("state", [b"", b"no", b"\0" * 40])
def test_a_damaged_arrangement_is_the_first_one(new_panes: NewPanes, jobs_come: str, state: bytes) -> None:
    come_back_as_at_first(new_panes, QByteArray(state), jobs_come)


def come_back_as_at_first(new_panes: NewPanes, state: QByteArray, jobs_come: str) -> None:
    if jobs_come == "first":
        panes = new_panes(show=False)
        panes.offer_job_panes(True)
        panes.restore_state(state)
        panes.show()
    else:
        panes = new_panes(state)
        assert seen(panes) == ["splats"]
        panes.offer_job_panes(True)
    assert seen(panes) == ["splats", "training", "held_out"]
    assert panes.view_pane.height() == pytest.approx(0.66 * panes.height(), abs=12)
    assert panes.training_pane.width() == pytest.approx(panes.held_out_pane.width(), abs=12)
