"""What is found out of a panorama network that nobody told about, and where the library lets it run."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators import whole_sphere
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.contract import SCALINGS, Manifest, Numbers, Projection, Role
from depthview.engine.folders import models_folder
from depthview.engine.frames import Meaning
from depthview.engine.models import usual
from depthview.engine.models.known import look_at
from depthview.engine.models.library import BUILT_INS, ModelLibrary
from depthview.engine.models.needs.colours_trial import settle_colours
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.mono_trial import settle_mono
from depthview.engine.models.usual import DEFAULT_ONE_EYE, DEFAULT_PANORAMA
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs, panorama_graphs
from tests.engine.onnx_graphs import Dims, Graph
from tests.engine.seen_models import seen


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def guessed(path: Path, **known: object) -> Manifest:
    return guess_manifest(read_graph(path), path, known)


def settled(path: Path, **known: object) -> Manifest:
    session = OnnxSession(path, threads=1)
    try:
        return settle_colours(session, settle_mono(session, guessed(path, **known), known))
    finally:
        session.close()


def flat_graph(path: Path, size: Dims, name: str = "image", output: str = "depth") -> Path:
    """Takes a picture of this size, and does nothing with it."""
    graph = Graph()
    graph.output(graph.weighted(graph.input(name, (1, 3, *size)), (1.0, 1, 1)), (1, 1, *size), output)
    return graph.save(path)


@pytest.mark.parametrize(
    ("name", "size", "port", "is_one"),
    [
        ("hohonet", (512, 1024), "x", True),
        ("panda", (504, 1008), "image", True),
        ("da2", (546, 1092), "image", True),
        ("monodepth", (256, 512), "image", False),
        ("midas", (384, 384), "image", False),
        ("lite", (320, 1024), "image", False),
        ("small", (256, 512), "panorama", True),
        ("small", (256, 512), "equi_image", True),
        ("my_panorama_net", (256, 512), "x", True),
        ("panorama", (384, 384), "x", False),
        ("free", ("h", "w"), "erp", True),
        ("free", ("h", "w"), "image", False),
        ("require_serpent", (256, 512), "arrays", False),
    ],
)
def test_a_panorama_network_is_told_by_its_shape_or_its_names(
    tmp_path: Path, name: str, size: tuple[int | str, int | str], port: str, is_one: bool
) -> None:
    found = guessed(flat_graph(tmp_path / f"{name}.onnx", size, port))
    assert (found.projection is Projection.ERP) == is_one
    assert ("projection" in found.guesses) == is_one
    if is_one:
        assert (found.meaning, found.inputs) == (Numbers.RELATIVE_RANGE, ((Role.PICTURE, port),))
        assert {"meaning", "scaling", "colours"} <= set(found.guesses)


def test_the_person_knows_better_than_the_shape(tmp_path: Path) -> None:
    wide = flat_graph(tmp_path / "wide.onnx", (512, 1024))
    street = guessed(wide, projection=Projection.PERSPECTIVE)
    assert (street.projection, street.meaning) == (Projection.PERSPECTIVE, Numbers.INVERSE_DEPTH)
    small = flat_graph(tmp_path / "small.onnx", (64, 128))
    assert guessed(small).projection is Projection.PERSPECTIVE
    told = guessed(small, projection=Projection.ERP, meaning=Numbers.RANGE)
    assert (told.projection, told.meaning, told.guesses) == (Projection.ERP, Numbers.RANGE, ("scaling", "colours"))


@pytest.mark.parametrize("in_batch", [False, True])
def test_a_cube_beside_a_panorama_is_recognised(tmp_path: Path, in_batch: bool) -> None:
    path = panorama_graphs.unifuse_graph(tmp_path / "m.onnx", (1, 0, 0), in_batch=in_batch)
    found = guessed(path)
    assert (found.projection, found.inputs) == (Projection.ERP, ((Role.PICTURE, "equi"), (Role.CUBE, "cube")))
    assert (found.size, found.scaling, found.output) == (panorama_graphs.HW, SCALINGS["imagenet"], "")


def test_rays_and_points_are_recognised(tmp_path: Path) -> None:
    found = guessed(panorama_graphs.unik3d_graph(tmp_path / "m.onnx"))
    assert found.inputs == ((Role.PICTURE, "rgbs"), (Role.RAYS, "rays"))
    assert (found.projection, found.meaning) == (Projection.ERP, Numbers.POINTS)


# --- trying it out


@pytest.mark.parametrize(("patch", "multiple"), [(14, 14), (32, 32), (16, 32)])
def test_a_free_graph_is_tried_at_panoramas(tmp_path: Path, patch: int, multiple: int) -> None:
    found = settled(panorama_graphs.patched_graph(tmp_path / "panorama.onnx", patch))
    assert (found.projection, found.any_size, found.multiple, found.doubt) == (Projection.ERP, True, multiple, "")
    assert (found.meaning, found.output) == (Numbers.INVERSE_RANGE, "pred_disp")


def test_whether_the_borders_meet_is_tried_and_not_believed(tmp_path: Path) -> None:
    pixel_by_pixel = panorama_graphs.red_graph(tmp_path / "pano_a.onnx", 0.05, 1.0)
    smearing = panorama_graphs.red_graph(tmp_path / "pano_b.onnx", 0.05, 1.0, smears=3)
    assert (settled(pixel_by_pixel).wraps, settled(smearing).wraps) == (True, False)
    assert (settled(pixel_by_pixel, wraps=False).wraps, settled(smearing, wraps=True).wraps) == (False, True)


def test_the_same_answer_to_every_panorama_is_doubted(tmp_path: Path) -> None:
    path = panorama_graphs.red_graph(tmp_path / "pano.onnx", 0.0, 2.0)
    assert settled(path).doubt == "This model gives the same answer to every picture."


# --- in the library


def test_panoramas_are_apart_from_what_plays_live() -> None:
    seen(panorama_graphs.bundled_graph(models_folder() / "around.onnx"))
    seen(onnx_graphs.mono_graph(models_folder() / "mono.onnx", "h", "w"))
    library = ModelLibrary()
    assert [family.model_id for family in library.families] == [*(f.model_id for f in BUILT_INS), "mono"]
    around = library.find("around")
    assert around in library.panoramas
    assert (around.projection, around.meaning, around.eyes) == (Projection.ERP, Meaning.RELATIVE_RANGE, 1)
    assert around.sizes_hw == ((256, 512), (512, 1024))
    with pytest.raises(UserError, match="around is shown a whole 360° photo at once: use it with `depthview panorama`"):
        library.open_estimator(Selection("around"))
    with pytest.raises(UserError, match="mono is shown ordinary pictures, not a whole panorama: let it see views of"):
        library.open_panorama("mono")


def test_a_panorama_model_is_opened_by_its_name_or_its_path(tmp_path: Path) -> None:
    path = seen(panorama_graphs.bundled_graph(models_folder() / "around.onnx"))
    picture = np.full((64, 128, 3), 40, np.uint8)
    for name, size_hw in (("around", None), (str(path), (96, 192))):
        estimator = ModelLibrary().open_panorama(name, size_hw=size_hw, threads=1)
        found = estimator.estimate(picture)
        assert found.range.shape == (size_hw or (512, 1024))
        np.testing.assert_allclose(found.range, 2.0, rtol=1e-5)
        estimator.close()


def test_a_file_that_was_told_wrong_says_how_to_put_it_right() -> None:
    path = seen(panorama_graphs.bundled_graph(models_folder() / "around.onnx"))
    manifest = path.with_name("around.onnx.toml")
    manifest.write_text(manifest.read_text() + 'projection = "perspective"\n')
    with pytest.raises(UserError, match="Only a network that sees a whole panorama says relative range: write projec"):
        ModelLibrary().open_estimator(Selection("around"))
    manifest.write_text(manifest.read_text() + 'meaning = "metric depth"\n')
    assert look_at(path).projection is Projection.PERSPECTIVE
    ModelLibrary().open_estimator(Selection("around")).close()


# --- the bundled one


def test_without_the_bundled_network_views_are_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole_sphere, "_place", lambda: tmp_path / "range.onnx")
    assert usual.default_panorama() == DEFAULT_ONE_EYE
    assert ModelLibrary().panoramas == ()
    with pytest.raises(UserError, match=r"built-in model for panoramas is missing: install DepthView again: .*range"):
        ModelLibrary().open_panorama(whole_sphere.MODEL_ID)


def test_as_soon_as_it_is_there_it_is_the_default(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = panorama_graphs.bundled_graph(tmp_path / "range.onnx")
    monkeypatch.setattr(whole_sphere, "_place", lambda: path)
    assert usual.default_panorama() == DEFAULT_PANORAMA == Selection("dv-pano", None, (256, 512))
    (own,) = ModelLibrary().panoramas
    assert (own.model_id, own.title, own.sizes_hw) == ("dv-pano", "DepthView panorama", ((256, 512),))
    estimator = ModelLibrary().open_panorama("dv-pano", threads=1)
    found = estimator.estimate(np.full((300, 600, 3), 60, np.uint8))
    assert (estimator.info.title, estimator.needs_level) == ("DepthView panorama", True)
    np.testing.assert_allclose(found.range, np.full((256, 512), 3.0), rtol=1e-5)
    estimator.close()


def test_nobody_takes_its_name(tmp_path: Path) -> None:
    seen(panorama_graphs.bundled_graph(models_folder() / "mine" / "dv-pano.onnx"))
    assert "dv-pano (mine)" in [family.model_id for family in ModelLibrary().panoramas]
