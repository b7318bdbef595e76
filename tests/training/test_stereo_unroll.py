"""One graph of fixed size against the loop over three, and nothing left in it that a CUDA graph cannot hold."""

import numpy as np
import pytest

torch = pytest.importorskip("torch")
onnx = pytest.importorskip("onnx")
onnxruntime = pytest.importorskip("onnxruntime")

from depthview.engine.estimators.seed import Seed  # noqa: E402
from training.stereo.export import export  # noqa: E402
from training.stereo.network import StereoNetwork  # noqa: E402
from training.stereo.unroll import (  # noqa: E402
    SIZE_DEPENDENT,
    largest_difference_px,
    moved_noise,
    no_seed_feeds,
    seed_feeds,
    unroll,
)

SIZE_HW = (64, 96)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    torch.manual_seed(5)
    made = tmp_path_factory.mktemp("graphs")
    network = StereoNetwork()
    with torch.no_grad():
        network.updater.change.weight.mul_(20.0)  # an untrained network changes too little to be told from a still one
    export(network, made)
    return made


@pytest.mark.parametrize("seeded", [False, True])
def test_it_gives_what_the_loop_gives_after_as_many_iterations(folder, tmp_path, seeded):
    pair = moved_noise(SIZE_HW)
    path = unroll(folder, tmp_path / "new" / "three.onnx", 3, SIZE_HW, seeded=seeded)
    assert largest_difference_px(folder, path, 3, pair) < 1e-3
    assert largest_difference_px(folder, path, 2, pair) > 0.01  # it would be noticed
    assert list(path.parent.iterdir()) == [path]  # nothing is left lying about


def test_seed_and_confidence_arrive(folder, tmp_path):
    pair = moved_noise(SIZE_HW)
    session = onnxruntime.InferenceSession(str(unroll(folder, tmp_path / "s.onnx", 1, SIZE_HW, seeded=True)))
    plain = onnxruntime.InferenceSession(str(unroll(folder, tmp_path / "p.onnx", 1, SIZE_HW)))
    eyes = {"left": pair[0][None], "right": pair[1][None]}
    unknown = no_seed_feeds(SIZE_HW)
    expected, confidence = plain.run(["disparity_px", "confidence"], eyes)
    assert confidence.shape == (1, 1, *SIZE_HW)
    assert 0 <= confidence.min() <= confidence.max() <= 1
    assert np.abs(session.run(["disparity_px"], eyes | unknown)[0] - expected).max() < 1e-3
    seeded = session.run(
        ["disparity_px"], eyes | seed_feeds(Seed(np.full(SIZE_HW, 40.0, np.float32), np.ones(SIZE_HW, np.bool_)))
    )
    assert np.abs(seeded[0] - expected).max() > 1.0


def test_all_shapes_are_fixed_and_the_weights_are_there_once(folder, tmp_path):
    models = [onnx.load(str(unroll(folder, tmp_path / f"{n}.onnx", n, SIZE_HW))) for n in (1, 4)]
    weights = []
    for model in models:
        kinds = {node.op_type for node in model.graph.node}
        assert not kinds & SIZE_DEPENDENT
        assert {entry.domain for entry in model.opset_import} == {""}
        for port in (*model.graph.input, *model.graph.output):
            assert all(axis.dim_value > 0 for axis in port.type.tensor_type.shape.dim), port.name
        needed = {name for node in model.graph.node for name in node.input} | {port.name for port in model.graph.output}
        assert all(needed.intersection(node.output) for node in model.graph.node)  # nothing leads nowhere
        weights.append(sum(np.prod(w.dims) for w in model.graph.initializer))
    assert weights[1] < 1.1 * weights[0]


def test_what_the_graphs_cannot_take_is_refused(folder, tmp_path):
    for iterations, size_hw in ((0, SIZE_HW), (1, (60, 96)), (1, (64, 0))):
        with pytest.raises(ValueError, match="multiples of 16"):
            unroll(folder, tmp_path / "x.onnx", iterations, size_hw)
    assert not (tmp_path / "x.onnx").exists()
