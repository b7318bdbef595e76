"""Models on the road: those that see the whole photo, what is opened and closed, and where a card fails."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import EstimatorInfo, Selection
from depthview.engine.estimators.contract import SCALINGS, Kind, Manifest, Numbers, Projection, Role
from depthview.engine.estimators.onnx_panorama import PanoramaEstimate, PanoramaEstimator
from depthview.engine.execution.devices import Device
from depthview.engine.execution.failure import EngineBroken, OutOfMemory
from depthview.engine.frames import Image, Meaning
from depthview.engine.models.needs.remembered import remember
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.recipe import HeightScale, Levelling, Mask, ModelScale, ModelUse, Preprocess, Recipe
from depthview.engine.panorama.road import PanoramaRoad
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.views import ViewSet
from depthview.engine.progress import Report, StopToken, ignore_progress
from depthview.engine.sphere import directions
from tests.engine import onnx_graphs, panorama_graphs
from tests.engine.panorama.readers import saved
from tests.engine.panorama.solids import Room

HW = panorama_graphs.HW
"""(32, 64)"""
UNIT_M = 0.05


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))


@pytest.fixture
def room(tmp_path: Path) -> Path:
    """As red as things are far, in steps of UNIT_M."""
    picture = np.random.default_rng(4).integers(0, 99, (*HW, 3)).astype(np.uint8)
    picture[..., 0] = np.rint(Room().range_m(directions(HW)) / UNIT_M)
    return saved(tmp_path, picture)


@pytest.fixture
def whole(tmp_path: Path) -> ModelUse:
    """An ONNX file that sees the whole photo, and says its red as metres."""
    path = panorama_graphs.red_graph(tmp_path / "whole.onnx", UNIT_M)
    needs = Manifest(
        Kind.MONO,
        ((Role.PICTURE, "image"),),
        Numbers.RANGE,
        scaling=SCALINGS["0..255"],
        size=HW,
        output="depth",
        projection=Projection.ERP,
    )
    remember(path, needs)
    return ModelUse(str(path))


class Counted(OpenedModels):
    """Notes which network is asked for a whole photo, and where each was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[PanoramaEstimator] = []
        self.opened_on: list[Device] = []

    def get_whole(self, use: ModelUse) -> PanoramaEstimator:
        self.asked.append(super().get_whole(use))
        return self.asked[-1]

    def _opened_whole(self, use: ModelUse, device: Device) -> PanoramaEstimator:
        self.opened_on.append(device)
        return super()._opened_whole(use, device)


def recipe_of(*uses: ModelUse) -> Recipe:
    return Recipe(uses, ViewSet.FAST, level=Levelling.OFF, layout_prior=False, refine=False, scale=ModelScale())


def test_a_network_that_sees_the_whole_photo_is_asked_once(room: Path, whole: ModelUse) -> None:
    models, recipe = Counted(), recipe_of(whole)
    road = PanoramaRoad(room, models)
    found = road.run(recipe)
    assert np.abs(found.range / Room().range_m(directions(HW)) - 1).mean() < 0.02
    (share,) = found.models
    assert (share.views, share.meaning, found.scale) == (0, Meaning.RANGE, RangeScale.MODEL)
    road.run(replace(recipe, scale=HeightScale(1.5), masks=(Mask.SKY,)))
    road.run(replace(recipe, refine=True))
    road.run(replace(recipe, layout_prior=True))
    road.run(replace(recipe, views=ViewSet.FINE))  # it is shown none
    assert len(models.asked) == 1
    road.run(replace(recipe, preprocess=(Preprocess.GAUSSIAN,)))
    assert len(models.asked) == 2
    assert len(models.opened_on) == 1
    models.close()


def test_a_network_for_views_and_one_for_the_whole_are_joined(room: Path, whole: ModelUse, tmp_path: Path) -> None:
    net = onnx_graphs.mono_graph(tmp_path / "views.onnx", 64, 64, bias=1.0)
    models = Counted()
    found = PanoramaRoad(room, models).run(recipe_of(whole, ModelUse(str(net), 0.2)))
    assert [share.views for share in found.models] == [0, 6]
    assert [share.weight for share in found.models] == [1.0, 0.2]
    assert np.isfinite(found.range).all()
    models.close()


def test_roads_share_what_is_open_and_close_what_nobody_wants(room: Path, whole: ModelUse) -> None:
    models = Counted()
    PanoramaRoad(room, models).run(recipe_of(whole))
    PanoramaRoad(room, models).run(recipe_of(whole))
    assert models.asked[0] is models.asked[1]
    PanoramaRoad(room, models).run(recipe_of(ModelUse("dv-mono", size_hw=(160, 192))))
    with pytest.raises(UserError):  # it was closed
        models.asked[0].estimate(np.zeros((*HW, 3), np.uint8))
    PanoramaRoad(room, models).run(recipe_of(whole))
    assert models.asked[2] is not models.asked[0]
    models.close()


class Failing(PanoramaEstimator):
    """A network on a card, which fails as cards do."""

    def __init__(self, fault: UserError) -> None:
        self.info = EstimatorInfo("failing", Selection("failing"), "CUDA", eyes=1, meaning=Meaning.RANGE)
        self.closed = False
        self._fault = fault

    def estimate(
        self, image: Image, *, report: Report = ignore_progress, stop: StopToken | None = None
    ) -> PanoramaEstimate:
        raise self._fault

    def close(self) -> None:
        self.closed = True


class OnACard(Counted):
    """All that is not opened on the CPU is opened on a card, and fails there."""

    def __init__(self, fault: UserError) -> None:
        super().__init__()
        self.failing = Failing(fault)

    def _opened_whole(self, use: ModelUse, device: Device) -> PanoramaEstimator:
        if device is Device.CPU:
            return super()._opened_whole(use, device)
        return self.failing


@pytest.mark.parametrize(
    ("fault", "freed"),
    [(OutOfMemory(), True), (EngineBroken("a card"), False)],
    ids=["out of memory", "broken for good"],
)
def test_where_a_card_fails_the_cpu_goes_on(room: Path, whole: ModelUse, fault: UserError, freed: bool) -> None:
    models = OnACard(fault)
    assert models.file_of(whole) == Path(whole.model)
    found = PanoramaRoad(room, models).run(recipe_of(whole))
    assert found.models[0].provider == "CPU"
    assert models.opened_on == [Device.CPU]
    assert models.failing.closed is freed, "what is broken must not be freed, and what is too large must be, first"
    PanoramaRoad(room, models).run(recipe_of(whole))
    assert models.opened_on == [Device.CPU], "and it stays there"
    models.close()
