"""Whose word counts of a model file: the graph's shapes, the catalogue's over them, the person's over both."""

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import SCALINGS, Colours, Numbers
from depthview.engine.folders import models_folder
from depthview.engine.models import known
from depthview.engine.models.catalogue import Catalogue, shipped_catalogue
from depthview.engine.models.known import look_at
from depthview.engine.models.needs.remembered import manifest_file
from tests.engine import onnx_graphs as graphs


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def pulled(model_id: str) -> Path:
    """Where the catalogue puts the first file of a model."""
    return models_folder() / model_id / shipped_catalogue().find(model_id).variants[0].files[0].name


def test_what_the_catalogue_knows_of_a_pulled_file_is_no_guess() -> None:
    found = look_at(graphs.mono_graph(pulled("fastdepth")))
    assert (found.meaning, found.scaling) == (Numbers.METRIC_DEPTH, SCALINGS["0..1"])
    assert found.guesses == ()


def test_a_file_of_one_s_own_is_not_taken_for_the_catalogue_s(tmp_path: Path) -> None:
    found = look_at(graphs.mono_graph(tmp_path / "fastdepth" / pulled("fastdepth").name))
    assert found.meaning is Numbers.INVERSE_DEPTH
    assert "meaning" in found.guesses


def test_a_copy_that_others_pass_on_is_known_by_its_sum(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = graphs.mono_graph(tmp_path / "downloaded.onnx")
    entry = shipped_catalogue().find("fastdepth")
    (told,) = entry.copies
    copy = replace(told, size_bytes=path.stat().st_size, sha256=hashlib.sha256(path.read_bytes()).hexdigest())
    monkeypatch.setattr(known, "shipped_catalogue", lambda: Catalogue((replace(entry, copies=(copy,)),)))
    found = look_at(path)
    assert (found.meaning, found.size, found.scaling) == (Numbers.METRIC_DEPTH, (224, 288), SCALINGS["0..1"])
    assert found.guesses == ()


def test_the_person_s_word_is_the_last() -> None:
    path = graphs.mono_graph(pulled("fastdepth"))
    manifest_file(path).write_text('[yours]\nmeaning = "range"\n')
    found = look_at(path)
    assert (found.meaning, found.scaling) == (Numbers.RANGE, SCALINGS["0..1"])


def test_names_that_an_export_does_not_have_are_passed_over_but_the_person_s_are_not() -> None:
    """The catalogue says how HITNet's usual export calls its output; this one calls it otherwise."""
    graph = graphs.Graph()
    flow = graph.weighted(graph.input("input", (1, 2, 32, 64)), (1.0, 2.0))
    graph.output(flow, (1, 1, 32, 64), "mine")
    path = graph.save(pulled("hitnet-eth3d"))
    assert "output" in shipped_catalogue().find("hitnet-eth3d").manifest
    found = look_at(path)
    assert (found.output, found.colours, found.scaling) == ("", Colours.GREY, SCALINGS["0..1"])
    manifest_file(path).write_text('[yours]\noutput = "nobody\'s"\n')
    assert look_at(path).output == "nobody's"


def test_what_is_no_model_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "m.onnx"
    path.write_text("text")
    with pytest.raises(UserError, match="This is not an ONNX model"):
        look_at(path)
    with pytest.raises(UserError, match="This model file cannot be read"):
        look_at(tmp_path / "missing.onnx")


def test_every_contract_of_the_catalogue_can_be_said_by_a_manifest() -> None:
    """A canonical depth without the focal length that it is meant for could never become metres, and so on."""
    for model in shipped_catalogue().models:
        keys = model.manifest
        assert keys.get("kind", model.kind) == model.kind, model.model_id
        assert (keys["meaning"] is Numbers.DISPARITY) == (model.kind == "stereo"), model.model_id
        assert (keys["meaning"] is Numbers.CANONICAL_DEPTH) == ("focal_px" in keys), model.model_id
        assert keys["meaning"] is not Numbers.INVERSE_METRIC or "scale" in keys, model.model_id
        assert keys["meaning"] is not Numbers.AFFINE_POINTS or keys["channel"] == 2, model.model_id
        if keys["meaning"] is Numbers.SIGMOID_DISPARITY:
            assert {"min_depth_m", "max_depth_m"} <= set(keys), model.model_id
