"""A person in the Panorama place, and models that read the depth off a painted photo."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.estimators.base import Estimate
from depthview.engine.frames import StereoPair
from depthview.engine.panorama.recipe import Recipe
from depthview.engine.sphere import directions
from depthview.ui.panorama import folder_work, workspace
from depthview.ui.panorama.shown import Shown
from depthview.ui.panorama.workspace import PanoramaWorkspace
from tests.engine.panorama.readers import OpenedReaders, Reader, saved
from tests.engine.panorama.solids import Room, painted
from tests.window.driver import PATIENCE_MS, Driver

HW = (128, 256)
TRUE_RANGE = Room().range_m(directions(HW))


class GatedReader(Reader):
    """Works only while the gate is open, so that a test can look at what is under way."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.gate.set()

    def close(self) -> None:
        """Lent to whoever opens it."""

    def estimate(self, pair: StereoPair) -> Estimate:
        assert self.gate.wait(PATIENCE_MS / 1000)
        return super().estimate(pair)


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> Iterator[GatedReader]:
    """What is opened in place of the usual model, and as `other`."""
    found = GatedReader()
    usual = Recipe().uses[0].model

    def opened(*_files: object, **_how: object) -> OpenedReaders:
        return OpenedReaders({usual: found, "other": found})

    monkeypatch.setattr(workspace, "OpenedModels", opened)
    monkeypatch.setattr(folder_work, "OpenedModels", opened)
    yield found
    found.gate.set()


@pytest.fixture
def room(tmp_path: Path) -> Path:
    return saved(tmp_path, painted(Room(), HW))


class PanoramaDriver:
    """The hands of a Driver, in Panorama."""

    def __init__(self, at: Driver) -> None:
        self.at = at

    @property
    def workspace(self) -> PanoramaWorkspace:
        found = self.at.window.panorama.workspace
        assert found is not None, "no panorama was opened yet"
        return found

    @property
    def shown(self) -> Shown:
        shown = self.workspace.shown
        assert shown is not None, "nothing is shown yet"
        return shown

    def until_shown(self, path: Path | None = None) -> Shown:
        """Wait until there is a room, and nothing is under way."""

        def settled() -> bool:
            here = self.at.window.panorama.workspace
            current = here.current if here is not None else None
            right = current is not None and (path is None or current.spec == (str(path),))
            return right and current is not None and current.shown is not None and not current.stale

        self.at.until(settled, "the room")
        return self.shown

    def open(self, path: Path) -> Shown:
        self.at.open(path)
        return self.until_shown(path)

    def error(self) -> float:
        """Of the range on the screen, the mean share by which it is off, with the scale taken away."""
        ratio = self.shown.found.range / TRUE_RANGE
        return float(np.nanmean(np.abs(ratio / np.nanmedian(ratio) - 1)))
