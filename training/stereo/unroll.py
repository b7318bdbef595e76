"""`python -m training.stereo.unroll FOLDER OUT --iterations 5 --size 480x640`: the three graphs as one, of fixed size.

CUDA graphs and TensorRT want a graph without a loop in Python and without shapes that are computed while it runs. Made
from the shipped graphs on demand, one file for each count of iterations: `left`, `right` (1, H, W, 3) uint8 RGB ->
`disparity_px`, `confidence` (1, 1, H, W) float32. It starts at the network's own first match. With `--seeded` there are
four more inputs, all float32: `first` and `first_sure` (1, 1, H / 4, W / 4), what `fused` of
`depthview.engine.estimators.seed` gives for a frame, or NaN for the network's own; `seed_px` and `seed_sure`
(1, 1, H, W), the seed itself, and 1 where it was found, 0.5 where it was bridged, 0 for none.
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnx
import onnxruntime
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from depthview.engine.estimators.network import DETAIL, FRAME, MULTIPLE_PX, SEED, STATE, IteratedNetwork
from depthview.engine.estimators.seed import CELL_PX, Cells, Seed, bridged, fused

SIZE_DEPENDENT = frozenset({"Shape", "Range", "ConstantOfShape", "If", "Loop"})
"""What is computed from sizes while a graph of open size runs; a graph of fixed size has none of it."""

_EQUAL_PX = 1e-3
_FIRST = ("first", "first_sure")


class _Joined:
    """Nodes of several graphs under names of their own, and the weights they need, each once."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: dict[str, TensorProto] = {}

    def add(self, model: ModelProto, kind: str, turn: int, feeds: Mapping[str, str]) -> dict[str, str]:
        """One run of a graph; `feeds` says what its inputs are called here. What its outputs are called here."""
        missing = {port.name for port in model.graph.input} - set(feeds)
        if missing:
            raise ValueError(f"{kind}: inputs without a value: {sorted(missing)}")
        names = dict(feeds)
        for weight in model.graph.initializer:
            name = f"{kind}/{weight.name}"
            names[weight.name] = name
            if name not in self.weights:  # every iteration has the same weights
                self.weights[name] = TensorProto()
                self.weights[name].CopyFrom(weight)
                self.weights[name].name = name

        def here(name: str) -> str:
            return names.get(name, f"{kind}_{turn}/{name}") if name else ""

        for node in model.graph.node:
            copy = onnx.NodeProto()
            copy.CopyFrom(node)
            copy.name = f"{kind}_{turn}/{node.name}"
            del copy.input[:], copy.output[:]
            copy.input.extend(here(name) for name in node.input)
            copy.output.extend(here(name) for name in node.output)
            self.nodes.append(copy)
        return {port.name: here(port.name) for port in model.graph.output}


def unroll(folder: Path, out: Path, iterations: int, size_hw: tuple[int, int], *, seeded: bool = False) -> Path:
    """Write `out` from the graphs in `folder`; height and width are multiples of 16. Raises ValueError for others."""
    if iterations < 1 or any(n < MULTIPLE_PX or n % MULTIPLE_PX for n in size_hw):
        raise ValueError(f"at least one iteration, and multiples of {MULTIPLE_PX}: not {iterations}, {size_hw}")
    height, width = size_hw
    encode, update, finish = (onnx.load(str(folder / f"{name}.onnx")) for name in ("encode", "update", "finish"))
    joined = _Joined()
    values = joined.add(encode, "encode", 0, {"left": "left", "right": "right"})
    inputs = [helper.make_tensor_value_info(eye, TensorProto.UINT8, (1, height, width, 3)) for eye in ("left", "right")]
    if seeded:
        cells = (1, 1, height // CELL_PX, width // CELL_PX)
        for name in _FIRST:
            inputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, cells))
            joined.nodes.append(helper.make_node("IsNaN", [name], [f"{name}/unknown"]))
            joined.nodes.append(helper.make_node("Where", [f"{name}/unknown", values[name], name], [f"{name}/used"]))
            values[name] = f"{name}/used"
        values["disparity"] = values["first"]
        inputs += [helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 1, height, width)) for name in SEED]
        values |= {name: name for name in SEED}
    else:
        nothing = numpy_helper.from_array(np.zeros((1, 1, height, width), np.float32), "unseeded")
        joined.weights[nothing.name] = nothing
        values |= dict.fromkeys(SEED, nothing.name)
    for turn in range(iterations):
        after = joined.add(update, "update", turn, {name: values[name] for name in (*FRAME, *STATE)})
        values |= {name: after[f"next_{name}"] for name in STATE}
    ends = joined.add(finish, "finish", 0, {name: values[name] for name in (*STATE[:2], DETAIL, *SEED)})
    outputs = []
    for name, inside in ends.items():
        joined.nodes.append(helper.make_node("Identity", [inside], [name]))
        outputs.append(helper.make_tensor_value_info(name, TensorProto.FLOAT, (1, 1, height, width)))
    nodes = _needed(joined.nodes, set(ends))
    graph = helper.make_graph(nodes, "dv_stereo", inputs, outputs, list(joined.weights.values()))
    model = helper.make_model(graph, opset_imports=encode.opset_import, ir_version=encode.ir_version)
    out.parent.mkdir(parents=True, exist_ok=True)
    _write_folded(model, out)
    return out


def _needed(nodes: Sequence[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """Without what leads nowhere: nobody asks how much the last iteration changed."""
    kept = []
    wanted = set(wanted)
    for node in reversed(nodes):
        if wanted.intersection(node.output):
            kept.append(node)
            wanted.update(node.input)
    return kept[::-1]


def _write_folded(model: ModelProto, out: Path) -> None:
    """With everything that follows from the size computed once and for all. Only standard operators are used."""
    with tempfile.TemporaryDirectory(dir=out.parent) as scratch:
        joined, folded = Path(scratch) / "joined.onnx", Path(scratch) / "folded.onnx"
        onnx.save(model, str(joined))
        options = onnxruntime.SessionOptions()
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
        options.optimized_model_filepath = str(folded)
        options.log_severity_level = 3
        onnxruntime.InferenceSession(str(joined), options, providers=["CPUExecutionProvider"])
        finished = onnx.load(str(folded))
        # ONNX Runtime names every set of operators that it knows; other readers stumble over those not theirs.
        used = {node.domain for node in finished.graph.node}
        named = [entry for entry in finished.opset_import if entry.domain in used]
        del finished.opset_import[:]
        finished.opset_import.extend(named)
        onnx.checker.check_model(finished)
        onnx.save(finished, str(folded))
        folded.replace(out)


def largest_difference_px(folder: Path, unrolled: Path, iterations: int, pair: Sequence[NDArray[np.uint8]]) -> float:
    """How far the unrolled graph's disparity is from the loop's, over all pixels of a pair (H, W, 3) of its size.

    A graph that takes a seed is given one that is known here and there, as the loop is.
    """
    session = onnxruntime.InferenceSession(str(unrolled), providers=["CPUExecutionProvider"])
    feeds: dict[str, NDArray[Any]] = {"left": pair[0][None], "right": pair[1][None]}
    network = IteratedNetwork(folder)
    try:
        network.encode(pair[0], pair[1])
        if len(session.get_inputs()) > 2:
            draws = np.random.default_rng(0)
            height, width = pair[0].shape[:2]
            seed_px = draws.uniform(-4.0, 24.0, (height, width)).astype(np.float32)
            seed_px[draws.random(seed_px.shape) < 0.5] = np.nan
            seed = Seed(bridged(seed_px, np.isfinite(seed_px)), np.isfinite(seed_px))
            network.trust(seed)
            feeds |= seed_feeds(seed)
        network.iterate(iterations, stop_below_px=0.0, warm=False)
        expected = network.finish()[0]
    finally:
        network.close()
    found = session.run(["disparity_px"], feeds)[0][0, 0]
    return float(np.abs(found - expected).max())


def seed_feeds(seed: Seed) -> dict[str, Cells]:
    """The four more inputs for a seed of the picture's size. No frame is needed before."""
    sure = np.where(seed.found, 1.0, 0.5)
    whole = {
        name: value[None, None].astype(np.float32) for name, value in zip(SEED, (seed.disparity_px, sure), strict=True)
    }
    return dict(zip(_FIRST, fused(seed), strict=True)) | whole


def no_seed_feeds(size_hw: tuple[int, int]) -> dict[str, Cells]:
    """The same for none: the network's own first match stays."""
    unknown = np.full((1, 1, *(n // CELL_PX for n in size_hw)), np.nan, np.float32)
    return dict.fromkeys(_FIRST, unknown) | dict.fromkeys(SEED, np.zeros((1, 1, *size_hw), np.float32))


def moved_noise(size_hw: tuple[int, int]) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """A pair to compare with: coarse noise, the right eye 9 px to the left."""
    height, width = size_hw
    coarse = np.random.default_rng(1).integers(0, 256, (height // 4, width // 4, 3), dtype=np.uint8)
    picture = np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR), np.uint8)
    return np.ascontiguousarray(picture), np.ascontiguousarray(np.roll(picture, -9, axis=1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path, help="with encode.onnx, update.onnx and finish.onnx")
    parser.add_argument("out", type=Path, help="the folder to write to")
    parser.add_argument("--iterations", type=int, nargs="+", default=[2, 5, 10, 20])
    parser.add_argument("--size", default="480x640", help="HEIGHTxWIDTH, multiples of 16")
    parser.add_argument("--seeded", action="store_true", help="with four more inputs, for a seed")
    asked = parser.parse_args()
    height, width = (int(n) for n in asked.size.split("x"))
    pair = moved_noise((height, width))
    for iterations in asked.iterations:
        name = f"dv_stereo_{height}x{width}_{iterations}it{'_seeded' if asked.seeded else ''}.onnx"
        path = unroll(asked.folder, asked.out / name, iterations, (height, width), seeded=asked.seeded)
        apart = largest_difference_px(asked.folder, path, iterations, pair)
        print(f"{path} {path.stat().st_size} bytes, {apart:.2g} px from the loop", flush=True)
        if not apart < _EQUAL_PX:
            raise SystemExit(f"{path} does not do what the loop does: do not use it")


if __name__ == "__main__":
    main()
