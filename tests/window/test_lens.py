"""The field of view in the window: a photo says its own, a person another one, and the model is told."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.camera import CameraChoice
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.frames import Meaning, StereoPair
from depthview.engine.models.library import ModelLibrary
from tests.engine.dot_pairs import texture
from tests.window.conftest import NewWindow
from tests.window.driver import Driver


class ByTheLens:
    """Says as many metres as the field of view has degrees, and 1 where nobody knows it: a guess."""

    def __init__(self, selection: Selection) -> None:
        self.info = EstimatorInfo("lens", selection, "CPU", eyes=1, meaning=Meaning.METRIC_DEPTH)

    def estimate(self, pair: StereoPair) -> Estimate:
        metres = np.full(pair.size_hw, pair.fov_deg or 1.0, np.float32)
        return Estimate(metres, meaning=Meaning.METRIC_DEPTH, guessed=pair.fov_deg is None)

    def close(self) -> None:
        """Nothing is held."""


@pytest.fixture
def window(home: Path, monkeypatch: pytest.MonkeyPatch, new_window: NewWindow) -> Driver:
    def opened(self: ModelLibrary, selection: Selection, **how: object) -> ByTheLens:
        return ByTheLens(selection)

    monkeypatch.setattr(ModelLibrary, "open_estimator", opened)
    return new_window()


def test_the_field_of_view_of_a_photo_and_of_a_person_reaches_the_model(window: Driver, tmp_path: Path) -> None:
    exif = Pillow.Exif()
    exif[0x0112] = 1
    exif.get_ifd(0x8769)[0xA405] = 26
    Pillow.fromarray(texture(90, 120)).save(tmp_path / "photo.jpg", exif=exif)
    Pillow.fromarray(texture(90, 120)).save(tmp_path / "plain.png")

    def shown(metres: float, guessed: bool) -> None:
        window.until_view(
            lambda v: v.depth.values[0, 0] == pytest.approx(metres, abs=0.01) and v.depth.guessed is guessed,
            f"{metres} m",
        )

    window.open(tmp_path / "photo.jpg")
    shown(67.29, guessed=False)  # 26 mm in the terms of 35 mm film, on 4 : 3
    workspace = window.workspace
    assert workspace.inspector.camera.fov.number == pytest.approx(67.3, abs=0.05)
    workspace.inspector.camera.fov.setValue(50.0)
    shown(50.0, guessed=False)
    assert workspace.session.settings.camera == CameraChoice(fov_deg=50.0)
    window.open(tmp_path / "plain.png")
    shown(1.0, guessed=True)
    window.until(lambda: "until the field of view is known" in workspace.inspector.camera.note.text(), "the doubt")
    assert window.workspace.view is not None
    assert window.workspace.view.scale.figures(1.0) == ("~1.00 m",)
    workspace.inspector.camera.fov.setValue(40.0)
    shown(40.0, guessed=False)
    window.until(lambda: workspace.inspector.camera.note.text() == "", "no doubt any more")
