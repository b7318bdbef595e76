"""The model library: files that belong together are one model, and a name that lies deceives nobody."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators import one_eye
from depthview.engine.estimators.base import Selection
from depthview.engine.folders import models_folder
from depthview.engine.frames import Meaning
from depthview.engine.models.library import BUILT_IN, BUILT_INS, ModelLibrary
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.resources import resource
from tests.engine import matching_graphs
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import flat_pair, pair_of
from tests.engine.seen_models import seen

OWN = [family.model_id for family in BUILT_INS]
ONE_EYE = resource("models/dv_mono/depth.onnx")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_nothing_there_is_the_built_in_model() -> None:
    own, mono, classical = ModelLibrary().families
    assert (own.model_id, own.title) == (BUILT_IN.model_id, BUILT_IN.title) == ("dv-stereo", "DepthView stereo")
    assert (own.iterations[0], own.iterations[-1], own.most_iterations) == (1, 32, 32)
    assert (classical.model_id, classical.iterations) == ("sgm", ())
    for family in (own, classical):
        assert (480, 640) in family.sizes_hw
        assert family.takes_any_size
    assert (own.holds_rate, mono.holds_rate, classical.holds_rate) == (True, False, False)
    assert (own.eyes, mono.eyes, classical.eyes) == (2, 1, 2)
    assert (mono.model_id, mono.title, mono.meaning) == ("dv-mono", "DepthView one eye", Meaning.METRIC_DEPTH)
    assert mono.sizes_hw == ((128, 160), (160, 192), (224, 288), (320, 416))
    assert mono.nearest(Selection("dv-mono")).size_hw == (160, 192)
    assert mono.nearest(Selection("dv-mono", 5, (2160, 3840))).size_hw == (320, 416), "no larger than it has learnt"


def test_our_own_network_runs_at_what_was_asked_for_and_not_at_what_is_nearest() -> None:
    estimator = ModelLibrary().open_estimator(Selection("dv-stereo", 3, (50, 70)))
    estimate = estimator.estimate(flat_pair(100, 140, 6))
    assert estimator.info.title == "DepthView stereo"
    assert (estimator.info.selection.iterations, estimator.info.selection.size_hw) == (estimate.iterations, (50, 70))
    assert estimate.values.shape == (100, 140)
    assert estimate.confidence is not None
    estimator.close()


@pytest.mark.parametrize("count", [0, 33, 1000])
def test_iterations_that_nobody_can_wait_for_are_a_sentence(count: int) -> None:
    with pytest.raises(UserError, match=f"takes 1 to 32 iterations, not {count}: choose one of these"):
        ModelLibrary().open_estimator(Selection("dv-stereo", count))


def test_only_a_model_that_can_hold_a_rate_is_asked_to(tmp_path: Path) -> None:
    path = graphs.pair_graph(tmp_path / "net.onnx")
    for name in ("sgm", str(path)):
        with pytest.raises(UserError, match="cannot hold a rate: leave the rate out, or choose dv-stereo"):
            ModelLibrary().open_estimator(Selection(name, rate_hz=10.0))
    with pytest.raises(UserError, match="A rate of 1000 pictures a second cannot be held"):
        ModelLibrary().open_estimator(Selection("dv-stereo", rate_hz=1000.0))


def test_files_of_one_network_are_one_model_with_two_selectors() -> None:
    for iterations in (2, 5, 10):
        for height, width in ((64, 96), (32, 64)):
            graphs.pair_graph(
                models_folder() / f"crestereo_init_iter{iterations:02}_{height}x{width}.onnx", height, width
            )
    graphs.stacked_graph(models_folder() / "deep/er/hitnet_1x32x64_model_float32.onnx", 2)
    families = {f.model_id: f for f in ModelLibrary().families}
    assert list(families) == [*OWN, "crestereo_init", "hitnet_model_float32"]
    crestereo = families["crestereo_init"]
    assert crestereo.title == "crestereo init"
    assert crestereo.iterations == (2, 5, 10)
    assert crestereo.sizes_hw == ((32, 64), (64, 96))
    assert len(crestereo.variants) == 6
    assert families["hitnet_model_float32"].sizes_hw == ((32, 64),)


def test_the_size_is_the_graph_s_even_if_the_name_lies() -> None:
    seen(graphs.pair_graph(models_folder() / "net_iter5_380x480.onnx", 32, 64))
    family = ModelLibrary().find("net")
    assert family.sizes_hw == ((32, 64),)
    estimator = ModelLibrary().open_estimator(Selection("net", 5, (380, 480)))
    pair = flat_pair(32, 64, 3)
    np.testing.assert_allclose(estimator.estimate(pair).values, graphs.pair_answer(pair.left, pair.right), atol=2e-3)
    assert estimator.info.selection == Selection("net", 5, (32, 64))
    estimator.close()


@pytest.mark.parametrize(
    ("iterations", "size_hw", "expected"),
    [
        (None, None, (5, (64, 96))),  # the largest is nearest to the usual 480 x 640
        (2, (32, 64), (2, (32, 64))),
        (20, (32, 64), (10, (32, 64))),
        (7, (70, 90), (5, (64, 96))),
        (1, (20, 20), (2, (32, 64))),
    ],
)
def test_what_runs_is_the_variant_nearest_to_the_wish(
    iterations: int | None, size_hw: tuple[int, int] | None, expected: tuple[int, tuple[int, int]]
) -> None:
    for count in (2, 5, 10):
        for height, width in ((64, 96), (32, 64)):
            path = models_folder() / f"net_iter{count}_{height}x{width}.onnx"
            seen(graphs.constant_graph(path, np.full((height, width), count, np.float32)))
    estimator = ModelLibrary().open_estimator(Selection("net", iterations, size_hw))
    assert (estimator.info.selection.iterations, estimator.info.selection.size_hw) == expected
    height, width = expected[1]
    black = np.zeros((height, width, 3), np.uint8)
    assert estimator.estimate(pair_of(black, black)).values.max() == expected[0], "that file, and no other"
    estimator.close()


def test_models_of_any_size_run_at_the_size_that_is_asked_for() -> None:
    seen(graphs.pair_graph(models_folder() / "free.onnx", "h", "w"))
    family = ModelLibrary().find("free")
    assert family.sizes_hw == BUILT_IN.sizes_hw, "the window has something to offer"
    assert family.nearest(Selection("free", None, (64, 64))).size_hw is None, "what was wished for stays"
    estimator = ModelLibrary().open_estimator(Selection("free", None, (64, 64)))
    assert estimator.info.selection.size_hw == (64, 64)
    estimator.close()


def constant(path: Path, value: float) -> Path:
    return seen(graphs.constant_graph(path, np.full((32, 64), value, np.float32)))


def answer(library: ModelLibrary, name: str) -> float:
    """What a model of `constant` says."""
    black = np.zeros((32, 64, 3), np.uint8)
    estimator = library.open_estimator(Selection(name))
    try:
        return float(estimator.estimate(pair_of(black, black)).values.max())
    finally:
        estimator.close()


def test_two_files_of_one_name_are_two_models(tmp_path: Path) -> None:
    first, second = constant(models_folder() / "a/net.onnx", 3), constant(models_folder() / "b/net.onnx", 7)
    library = ModelLibrary()
    assert [(f.model_id, f.title) for f in library.families[len(OWN) :]] == [("net", "net"), ("net (b)", "net (b)")]
    for path, name, value in ((first, "net", 3), (second, "net (b)", 7)):
        found = library.find(str(path))
        assert (found.model_id, [v.path for v in found.variants]) == (name, [path])
        assert answer(library, str(path)) == answer(library, name) == value


def test_a_file_that_is_added_is_found_under_the_name_it_will_have(tmp_path: Path) -> None:
    """The window asks for the name first and reads the library with the file afterwards."""
    constant(models_folder() / "net_iter5.onnx", 3)
    added = constant(tmp_path / "mine" / "net_iter5.onnx", 7)
    name = ModelLibrary().find(str(added)).model_id
    assert name == "net (mine)"
    assert answer(ModelLibrary([added, added]), name) == 7
    assert [f.model_id for f in ModelLibrary([added, added]).families] == [*OWN, "net", name]


def test_files_of_one_folder_whose_sizes_turn_out_alike_are_two_models() -> None:
    constant(models_folder() / "net_32x64.onnx", 3)
    constant(models_folder() / "net_64x96.onnx", 7)
    library = ModelLibrary()
    assert [f.model_id for f in library.families] == [*OWN, "net", "net (models)"]
    assert [answer(library, name) for name in ("net", "net (models)")] == [3, 7]


@pytest.mark.parametrize("name", ["sgm", "dv-stereo", "dv-mono"])
def test_no_file_is_taken_for_a_built_in_model(tmp_path: Path, name: str) -> None:
    path = constant(tmp_path / "mine" / f"{name}.onnx", 7)
    library = ModelLibrary([path])
    assert [f.model_id for f in library.families] == [*OWN, f"{name} (mine)"]
    assert library.find(name) in BUILT_INS
    assert answer(library, str(path)) == answer(library, f"{name} (mine)") == 7


def test_other_files_in_the_models_folder_are_passed_over() -> None:
    graphs.prior_graph(models_folder() / "good.onnx")
    (models_folder() / "text.onnx").write_text("hello")
    (models_folder() / "empty.onnx").write_bytes(b"")
    (models_folder() / "folder.onnx").mkdir()
    (models_folder() / "notes.txt").write_text("x")
    graphs.pair_graph(models_folder() / "mistaken.onnx")
    (models_folder() / "mistaken.onnx.toml").write_text("[yours]\ncolor = 1\n")
    assert [f.model_id for f in ModelLibrary().families] == [*OWN, "good"]


def test_a_path_is_a_model_too(tmp_path: Path) -> None:
    path = graphs.pair_graph(tmp_path / "내 모델" / "my net_iter3_32x64.onnx")
    for name in (path, path.parent):
        family = ModelLibrary().find(str(name))
        assert (family.model_id, family.iterations) == ("my net", (3,))
    extra = ModelLibrary([path.parent])
    assert extra.find("my net").variants[0].path == path


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "This is not an ONNX model: download or export it again: "),
        (b"", "This is not an ONNX model: download or export it again: "),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "This is only a Git LFS pointer"),
        (np.random.default_rng(2).bytes(5000), "This is not an ONNX model: download or export it again: "),
    ],
)
def test_a_path_that_is_no_model_is_a_sentence(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        ModelLibrary().find(str(path))
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(str(path))


def test_half_a_model_is_a_sentence(tmp_path: Path) -> None:
    path = graphs.constant_graph(tmp_path / "m.onnx", np.zeros((32, 64), np.float32))
    path.write_bytes(path.read_bytes()[:-3000])
    with pytest.raises(UserError, match="This is not an ONNX model"):
        ModelLibrary().open_estimator(Selection(str(path)))


def test_unknown_names_and_ambiguous_folders_are_sentences(tmp_path: Path) -> None:
    graphs.pair_graph(models_folder() / "good.onnx")
    known = "dv-stereo, dv-mono, sgm, (dv-pano, )?good"
    with pytest.raises(UserError, match=f"There is no model called best: choose one of {known}, or give the path"):
        ModelLibrary().find("best")
    with pytest.raises(UserError, match="This folder holds no ONNX model"):
        ModelLibrary().find(str(_made(tmp_path / "empty")))
    graphs.pair_graph(tmp_path / "two" / "a.onnx")
    graphs.pair_graph(tmp_path / "two" / "b.onnx")
    with pytest.raises(UserError, match="This folder holds several models"):
        ModelLibrary().find(str(tmp_path / "two"))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


def test_a_model_for_one_eye_is_one_among_the_others() -> None:
    path = seen(graphs.mono_graph(models_folder() / "mono.onnx", "h", "w"))
    family = ModelLibrary().find("mono")
    assert (family.eyes, family.meaning, family.takes_any_size) == (1, Meaning.RELATIVE_INVERSE_DEPTH, True)
    assert [f.eyes for f in ModelLibrary().families] == [2, 1, 2, 1]
    manifest = path.parent / "mono.onnx.toml"
    manifest.write_text(manifest.read_text() + 'meaning = "metric depth"\nscaling = "0..255"\n')
    assert ModelLibrary().find("mono").meaning is Meaning.METRIC_DEPTH
    estimator = ModelLibrary().open_estimator(Selection("mono", None, (64, 96)))
    pair = flat_pair(64, 96, 3)
    estimate = estimator.estimate(pair)
    assert (estimator.info.eyes, estimate.meaning) == (1, Meaning.METRIC_DEPTH)
    np.testing.assert_allclose(estimate.values, graphs.mono_answer(pair.left), atol=2e-3)
    estimator.close()


def test_a_file_is_tried_out_once_and_remembered_until_it_changes() -> None:
    path = matching_graphs.matching_graph(models_folder() / "net.onnx", factor=-1.0)
    manifest = path.with_name("net.onnx.toml")
    assert [f.model_id for f in ModelLibrary().families] == [*OWN, "net"]
    assert not manifest.exists(), "looking alone runs nothing"

    def shift_seen() -> float:
        estimator = ModelLibrary().open_estimator(Selection("net"))
        values = estimator.estimate(flat_pair(*matching_graphs.HW, 6, seed=8)).values
        estimator.close()
        return float(np.median(values[:, 20:-20]))

    assert shift_seen() == 6
    first = manifest.read_text()
    assert "sign = -1" in first
    manifest.write_text(first.replace("sign = -1", "sign = -1\nscale = 2.0"))
    assert shift_seen() == 12, "it was not tried out again"
    matching_graphs.matching_graph(path, factor=1.0)
    assert shift_seen() == 6, "another file"


def test_weights_that_are_missing_are_a_sentence(tmp_path: Path) -> None:
    import onnx

    path = graphs.constant_graph(models_folder() / "m.onnx", np.zeros((64, 96), np.float32))
    onnx.save(onnx.load(path), str(path), save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert ModelLibrary().find("m").sizes_hw == ((64, 96),)
    (path.parent / "weights.bin").unlink()
    assert [f.model_id for f in ModelLibrary().families] == OWN
    with pytest.raises(UserError, match=r"weights are in another file that is missing: put weights\.bin beside it: "):
        ModelLibrary().open_estimator(Selection(str(path)))


@pytest.mark.skipif(not ONE_EYE.is_file(), reason=f"the network for one eye is not here: {ONE_EYE}")
def test_the_built_in_network_for_one_eye_keeps_its_contract() -> None:
    """It says of itself what the built-in manifest says of it, and takes a picture of any shape."""
    said = dict(read_graph(ONE_EYE).notes)
    manifest = one_eye.MANIFEST
    assert (float(said["view_degrees"]), int(said["multiple_of"])) == (manifest.fov_deg, manifest.multiple)
    assert said["meaning"] == "metres"
    estimator = ModelLibrary().open_estimator(Selection("dv-mono"), threads=1)
    for size_hw in ((96, 128), (300, 100)):
        picture = flat_pair(*size_hw, 3)
        estimate = estimator.estimate(picture)
        assert estimate.values.shape == size_hw
        assert ((estimate.values > 0.05) & (estimate.values < 200)).all()
        assert (estimate.meaning, estimate.guessed) == (Meaning.METRIC_DEPTH, True), "nothing is known of the lens"
        wide = estimator.estimate(replace(picture, fov_deg=90.0))
        assert not wide.guessed
        # At an edge one pixel may follow its other neighbour.
        np.testing.assert_allclose(wide.values, estimate.values * np.tan(np.radians(30)), rtol=0.02)
    estimator.close()


def test_without_its_file_the_model_for_one_eye_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(one_eye, "resource", lambda name: tmp_path / name)
    with pytest.raises(UserError, match="The built-in model for one eye is missing: install DepthView again"):
        ModelLibrary().open_estimator(Selection("dv-mono"))
