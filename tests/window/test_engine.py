"""The depth engine in the window: where it runs is chosen, and a broken one is restarted while the film goes on."""

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from depthview.engine.estimators.base import Estimate, Estimator, Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.execution.devices import Device
from depthview.engine.execution.failure import EngineBroken
from depthview.engine.frames import StereoPair
from depthview.engine.models.library import ModelLibrary
from depthview.ui import settings
from depthview.ui.live import models_at_hand
from tests.window.conftest import NewWindow
from tests.window.driver import Driver


class Mortal(SemiGlobalEstimator):
    """Dies when it is told to, as every model of a process does once its CUDA context is poisoned."""

    dead = False

    def estimate(self, pair: StereoPair) -> Estimate:
        if Mortal.dead:
            raise EngineBroken("CUDA", "CUDA failure 700: an illegal memory access was encountered")
        return super().estimate(pair)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[Selection]:
    """What was opened in this process."""
    asked: list[Selection] = []

    def opened(_library: ModelLibrary, selection: Selection, **_how: object) -> Estimator:
        asked.append(selection)
        return Mortal(selection)

    monkeypatch.setattr(Mortal, "dead", False)
    monkeypatch.setattr(ModelLibrary, "open_estimator", opened)
    return asked


@pytest.fixture
def apart(monkeypatch: pytest.MonkeyPatch) -> list[Selection]:
    """What was opened in another process, where nothing is poisoned (whether so: tests/engine/test_apart.py)."""
    asked: list[Selection] = []

    def elsewhere(selection: Selection, _files: object, **_how: object) -> Estimator:
        asked.append(selection)
        return SemiGlobalEstimator(selection)

    monkeypatch.setattr(models_at_hand, "ApartEstimator", elsewhere)
    return asked


def test_one_click_restarts_a_broken_engine_and_the_film_goes_on(
    opened: list[Selection], apart: list[Selection], at: Driver
) -> None:
    at.do("open_sample")
    at.until_depth()
    restart = at.window.problem._remedy
    assert not restart.isVisible()
    Mortal.dead = True
    at.until_said("failed on CUDA and will not recover by itself")
    assert restart.isVisible()
    position_s = at.playback.position_s
    frames = at.status.telemetry.frames_out
    QTest.mouseClick(restart, Qt.MouseButton.LeftButton)
    at.until(lambda: at.status.telemetry.frames_out > frames + 2, "depth again")
    at.until(lambda: at.said == "", "nothing more to say")
    assert (len(opened), len(apart)) == (1, 1), "what broke is broken for good in this process"
    assert at.playback.phase == "playing"
    at.until(lambda: at.playback.position_s != position_s, "another moment than that of the failure")
    assert np.isfinite(at.view.depth.values).any()


def test_a_healthy_engine_may_be_restarted_too(opened: list[Selection], apart: list[Selection], at: Driver) -> None:
    assert not at.window.actions_by_name["restart_engine"].isEnabled(), "there is nothing to restart yet"
    at.do("open_sample")
    at.until_depth()
    at.do("restart_engine")
    at.until(lambda: len(opened) == 2, "the model to be loaded again")
    assert apart == []


def test_where_models_run_is_chosen_and_remembered(opened: list[Selection], new_window: NewWindow) -> None:
    at = new_window()
    at.do("open_sample")
    at.until_depth()
    section = at.workspace.inspector.models
    at.until_models_are_listed()
    section.show_devices((Device.AUTO, Device.CPU), Device.AUTO)
    assert not section.device.isVisible(), "no choice, no row"
    section.show_devices((Device.AUTO, Device.CPU, Device.CUDA, Device.TENSORRT_FP16), Device.AUTO)
    assert at.entries(section.device) == ["auto", "CPU", "CUDA", "TensorRT, half precision"]
    at.choose(section.device, "TensorRT, half precision")
    at.until(lambda: len(opened) == 2, "the model to be loaded there")
    assert [selection.device for selection in opened] == [Device.AUTO, Device.TENSORRT_FP16]
    at.close()
    assert settings.load().device is Device.TENSORRT_FP16
    again = new_window()
    again.do("open_sample")
    again.until(lambda: len(opened) == 3, "the model")
    assert opened[-1].device is Device.TENSORRT_FP16
