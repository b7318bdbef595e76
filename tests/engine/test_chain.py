"""Models in several files: CREStereo's `init` and `next`, an encoder and its decoder, with known answers."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.estimators.chain import open_graphs
from depthview.engine.estimators.contract import SCALINGS, Colours, Kind, Numbers, Role, Stage
from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator
from depthview.engine.folders import models_folder
from depthview.engine.frames import Image
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.own import add_model, remove_files
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import pair_of

HW = (32, 64)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def blocks(seed: int) -> Image:
    """Noise in squares of 2 x 2 pixels: at half the size nothing of it is lost."""
    small = np.random.default_rng(seed).integers(1, 256, (HW[0] // 2, HW[1] // 2, 3)).astype(np.uint8)
    return np.ascontiguousarray(small.repeat(2, axis=0).repeat(2, axis=1))


def init_and_next(folder: Path) -> Path:
    """`next` says twice what `init` said at half the size, in the pixels of the whole, and its own view of the eyes."""
    height, width = HW
    graphs.pair_graph(folder / "init.onnx", height // 2, width // 2)
    graph = graphs.Graph()
    left, right = (graph.input(name, (1, 3, height, width)) for name in ("left", "right"))
    first = graph.resized(graph.weighted(graph.input("flow_init", (1, 2, height // 2, width // 2)), (2.0, 0.0)), 2)
    seen = [graph.weighted(left, [3 * w for w in graphs.LEFT_WEIGHTS]), graph.weighted(right, graphs.RIGHT_WEIGHTS)]
    total = graph.add("Add", graph.add("Add", first, seen[0]), seen[1])
    graph.output(graph.add("Concat", total, total, axis=1), (1, 2, height, width), "output")
    return graph.save(folder / "next.onnx")


def init_and_next_answer(left: Image, right: Image) -> np.ndarray:
    own = left[..., ::-1] @ np.array(graphs.LEFT_WEIGHTS) * 3 + right[..., ::-1] @ np.array(graphs.RIGHT_WEIGHTS)
    return 2 * graphs.pair_answer(left, right) + own


FLOW = (Stage("init.onnx", (("output", "flow_init"),)),)


def encoder_and_decoder(folder: Path) -> Path:
    """The decoder wants the picture itself, what the encoder makes of it, and the same at half the size."""
    height, width = HW
    graph = graphs.Graph()
    image = graph.input("image", (1, 3, height, width))
    graph.output(graph.weighted(image, graphs.LEFT_WEIGHTS), (1, 1, height, width), "skip")
    pooled = graph.add("AveragePool", image, kernel_shape=[2, 2], strides=[2, 2])
    graph.output(graph.weighted(pooled, *np.eye(3).tolist(), bias=(0.0,) * 3), (1, 3, height // 2, width // 2), "deep")
    graph.save(folder / "encoder.onnx")
    graph = graphs.Graph()
    skip = graph.input("skip", (1, 1, height, width))
    deep = graph.resized(graph.weighted(graph.input("deep", (1, 3, height // 2, width // 2)), (0.0, 0.0, 10.0)), 2)
    red = graph.weighted(graph.input("picture", (1, 3, height, width)), (100.0, 0.0, 0.0))
    graph.output(graph.add("Add", graph.add("Add", skip, deep), red), (1, 1, height, width), "depth")
    return graph.save(folder / "decoder.onnx")


HANDED_ON = (Stage("encoder.onnx", (("skip", "skip"), ("deep", "deep"), ("image", "picture"))),)


def opened(model: Path, before: tuple[Stage, ...], **known: object) -> Estimator:
    manifest = guess_manifest(read_graph(model, before), model, {"before": before, **known})
    session = open_graphs(model, before, lambda file: OnnxSession(file, threads=1))
    adapter = OnnxMonoEstimator if manifest.kind is Kind.MONO else OnnxStereoEstimator
    return adapter(session, manifest, Selection("m"), title="M")


def test_init_at_half_the_size_feeds_next(tmp_path: Path) -> None:
    model, (left, right) = init_and_next(tmp_path), (blocks(1), blocks(2))
    graph = read_graph(model, FLOW)
    assert [port.name for port in graph.inputs] == ["init/left", "init/right", "left", "right"]
    manifest = guess_manifest(graph, model, {"before": FLOW})
    assert manifest.inputs == (
        (Role.HALF_LEFT, "init/left"),
        (Role.HALF_RIGHT, "init/right"),
        (Role.LEFT, "left"),
        (Role.RIGHT, "right"),
    )
    assert (manifest.colours, manifest.size) == (Colours.BGR, HW)
    estimator = opened(model, FLOW)
    values = estimator.estimate(pair_of(left, right)).values
    estimator.close()
    np.testing.assert_allclose(values, init_and_next_answer(left, right), rtol=1e-5)


def test_an_encoder_feeds_its_decoder_and_hands_on_the_picture(tmp_path: Path) -> None:
    picture = blocks(3)
    known = {"scaling": SCALINGS["0..255"], "meaning": Numbers.RELATIVE_DEPTH}
    estimator = opened(encoder_and_decoder(tmp_path), HANDED_ON, **known)
    assert estimator.info.eyes == 1
    values = estimator.estimate(pair_of(picture, 255 - picture)).values
    estimator.close()
    answer = graphs.mono_answer(picture) + 10.0 * picture[..., 2] + 100.0 * picture[..., 0]
    np.testing.assert_allclose(values, answer, rtol=1e-5)


def test_outputs_go_where_an_input_has_their_name(tmp_path: Path) -> None:
    """Through a graph in the middle, too: what it is fed has its file before its name."""
    for name, source, target in (("a", "image", "x"), ("b", "x", "y"), ("c", "y", "depth")):
        graph = graphs.Graph()
        shape = (1, 3, *HW)
        graph.output(graph.add("Neg", graph.input(source, shape)), shape, target)
        graph.save(tmp_path / f"{name}.onnx")
    before = (Stage("a.onnx"), Stage("b.onnx"))
    session = open_graphs(tmp_path / "c.onnx", before, lambda file: OnnxSession(file, threads=1))
    assert [port.name for port in session.inputs] == ["a/image"]
    fed = np.random.default_rng(1).random((1, 3, *HW)).astype(np.float32)
    np.testing.assert_array_equal(session.run({"a/image": fed}, ["depth"])[0], -fed)
    session.close()


@pytest.mark.parametrize(
    ("before", "sentence"),
    [
        ((Stage("gone.onnx"),), "A part of this model is missing: put gone.onnx beside it"),
        ((Stage("init.onnx", (("nothing", "flow_init"),)),), "The file init.onnx cannot feed nothing"),
        ((Stage("init.onnx", (("output", "flow"),)),), "The file init.onnx cannot feed flow"),
        ((Stage("init.onnx"),), "The file init.onnx feeds nothing of this model"),
    ],
)
def test_what_does_not_fit_together_is_a_sentence(tmp_path: Path, before: tuple[Stage, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read_graph(init_and_next(tmp_path), before)


def test_a_person_names_the_first_file_in_the_manifest_of_the_last(tmp_path: Path) -> None:
    """Found out by trying, listed as one model, copied and removed as one."""
    model, (left, right) = init_and_next(tmp_path / "brought"), (blocks(1), blocks(2))
    own = '[yours]\nbefore = [{ file = "init.onnx", feeds = { output = "flow_init" } }]\n'
    (tmp_path / "brought" / "next.onnx.toml").write_text(own)
    added = add_model(model)
    assert added.manifest.before == FLOW
    (family,) = [f for f in ModelLibrary().families if any(v.path == added.path for v in f.variants)]
    assert not [f for f in ModelLibrary().families if "init" in f.model_id]
    estimator = ModelLibrary().open_estimator(Selection(family.model_id), threads=1)
    values = estimator.estimate(pair_of(left, right)).values
    estimator.close()
    np.testing.assert_allclose(values, init_and_next_answer(left, right), rtol=1e-5)
    remove_files([added.path])
    assert not [path for path in models_folder().rglob("*") if path.is_file()]
    (tmp_path / "brought" / "init.onnx").unlink()
    with pytest.raises(UserError, match="A part of this model is missing"):
        ModelLibrary().open_estimator(Selection(str(model)))
