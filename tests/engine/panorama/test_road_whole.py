"""The road of a photo through a network that sees all of it: the bundled one by default, alone or beside views."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.estimators import whole_sphere
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.recipe import Levelling, ModelScale, ModelUse, Recipe
from depthview.engine.panorama.road import PanoramaRoad
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.views import ViewSet
from depthview.engine.sphere import directions
from tests.engine import onnx_graphs, panorama_graphs
from tests.engine.panorama.readers import saved
from tests.engine.panorama.solids import Room
from tests.engine.seen_models import seen

HW = (128, 256)
PLAIN = Recipe(views=ViewSet.FAST, level=Levelling.OFF, layout_prior=False, refine=False, scale=ModelScale())


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """With a network in the bundled one's place that reads the range off the red."""
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    path = panorama_graphs.bundled_graph(tmp_path / "range.onnx", *whole_sphere.USUAL_HW)
    monkeypatch.setattr(whole_sphere, "_place", lambda: path)
    return tmp_path / "home"


@pytest.fixture
def room(tmp_path: Path) -> Path:
    red = np.rint(Room().range_m(directions(HW)) / 0.05)
    return saved(tmp_path, np.dstack([red, np.full(HW, 90), np.full(HW, 60)]).astype(np.uint8))


def test_nobody_chose_and_the_bundled_network_sees_the_whole(room: Path) -> None:
    models = OpenedModels()
    found = PanoramaRoad(room, models).run(PLAIN)
    models.close()
    off = np.abs(found.range / Room().range_m(directions(HW)) - 1)
    assert np.median(off) < 0.01
    assert np.percentile(off, 99) < 0.05, "red has steps of 2 %, and the network sees it twice as large"
    (share,) = found.models
    assert (share.model, share.views) == ("DepthView panorama", 0)
    assert found.scale is RangeScale.UNKNOWN, "its unit is a guess"
    assert found.notices == ("The model has only seen cameras held level: if this one was tilted, level the photo.",)


def test_beside_views_both_have_their_share(room: Path, tmp_path: Path) -> None:
    mono = seen(onnx_graphs.mono_graph(tmp_path / "mono.onnx", 64, 64, bias=5.0))
    models = OpenedModels()
    both = replace(PLAIN, models=(ModelUse(whole_sphere.MODEL_ID), ModelUse(str(mono), 0.01)))
    found = PanoramaRoad(room, models).run(both)
    models.close()
    assert [(share.model, share.views) for share in found.models] == [("DepthView panorama", 0), ("mono", 6)]
    assert np.isfinite(found.range).all()
