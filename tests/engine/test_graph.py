"""What an ONNX file says of itself, and why it is no model: read without running it and without its weights."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from depthview.engine.errors import UserError
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.runtime import Port
from tests.engine import onnx_graphs as graphs


def test_ports_are_those_that_the_runtime_tells(tmp_path: Path) -> None:
    path = graphs.pair_graph(tmp_path / "m.onnx", "h", 64, kind=graphs.BYTE)
    info = read_graph(path)
    assert info.inputs == (
        Port("left", (1, 3, None, 64), "tensor(uint8)"),
        Port("right", (1, 3, None, 64), "tensor(uint8)"),
    )
    assert info.outputs == (Port("output", (1, 2, None, 64), "tensor(float)"),)
    assert (info.external, info.first_steps) == ((), ())


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"hello", "This is not an ONNX model: download or export it again: "),
        (b"", "This is not an ONNX model: download or export it again: "),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n", "This is only a Git LFS pointer"),
        (b"\n <!DOCTYPE html><html>", "This is a web page, not the model: "),
        (b"<html><body>404", "This is a web page, not the model: "),
        (b"<?xml version='1.0'?><Error/>", "This is a web page, not the model: "),
        (np.random.default_rng(2).bytes(5000), "This is not an ONNX model: download or export it again: "),
    ],
)
def test_what_is_no_model_is_called_what_it_is(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "m.onnx"
    path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        read_graph(path)
    assert str(caught.value).startswith(sentence)
    assert str(caught.value).endswith(str(path))


@pytest.mark.parametrize("cut", [3, 100, 3000])
def test_a_truncated_file_is_no_model(tmp_path: Path, cut: int) -> None:
    path = graphs.constant_graph(tmp_path / "m.onnx", np.zeros((32, 64), np.float32))
    path.write_bytes(path.read_bytes()[:-cut])
    with pytest.raises(UserError, match="This is not an ONNX model"):
        read_graph(path)


# --- weights in other files


def with_weights_at(path: Path, location: str, *, where: str = "initializer", length: int | None = 32) -> Path:
    """A model one of whose tensors lies in another file: of the graph, of a node, or of a graph within a node."""
    tensor = TensorProto(name="w", data_type=TensorProto.FLOAT, dims=[8], data_location=TensorProto.EXTERNAL)
    entries = {"location": location, "offset": "0", **({} if length is None else {"length": str(length)})}
    for key, value in entries.items():
        tensor.external_data.add(key=key, value=value)
    picture = helper.make_tensor_value_info("image", TensorProto.FLOAT, [1, 3, 32, 64])
    depth = helper.make_tensor_value_info("depth", TensorProto.FLOAT, [1, 3, 32, 64])
    nodes, stored = [helper.make_node("Identity", ["image"], ["depth"])], []
    if where == "initializer":
        stored = [tensor]
    elif where == "attribute":
        nodes.append(helper.make_node("Constant", [], ["w"], value=tensor))
    else:
        inner = helper.make_graph([helper.make_node("Identity", ["w"], ["v"])], "inner", [], [], [tensor])
        nodes.append(helper.make_node("If", ["c"], ["v"], then_branch=inner, else_branch=inner))
    opset = [helper.make_opsetid("", 17)]
    model = helper.make_model(
        helper.make_graph(nodes, "test", [picture], [depth], stored), opset_imports=opset, ir_version=9
    )
    path.write_bytes(model.SerializeToString())
    return path


@pytest.mark.parametrize("where", ["initializer", "attribute", "inner"])
@pytest.mark.parametrize(
    "location", ["/etc/passwd", "../secret.bin", "a/../../secret.bin", "C:\\secret.bin", "..\\secret.bin", ""]
)
def test_a_model_that_reads_outside_of_its_folder_is_not_opened(tmp_path: Path, where: str, location: str) -> None:
    folder = tmp_path / "models"
    folder.mkdir()
    (tmp_path / "secret.bin").write_bytes(bytes(64))
    path = with_weights_at(folder / "m.onnx", location, where=where)
    with pytest.raises(UserError, match=r"This model wants to read a file outside of its own folder.*m\.onnx$"):
        read_graph(path)


def test_weights_beside_it_are_found_missing_or_cut_short(tmp_path: Path) -> None:
    path = with_weights_at(tmp_path / "m.onnx", "m.onnx_data")
    with pytest.raises(UserError, match=r"weights are in another file that is missing: put m\.onnx_data beside it"):
        read_graph(path)
    (tmp_path / "m.onnx_data").write_bytes(bytes(31))
    with pytest.raises(UserError, match=r"file of weights is cut short: download m\.onnx_data again"):
        read_graph(path)
    (tmp_path / "m.onnx_data").write_bytes(bytes(32))
    assert read_graph(path).external == ("m.onnx_data",)


def test_a_place_that_makes_no_sense_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(bytes(64))
    path = with_weights_at(tmp_path / "m.onnx", "w.bin", length=-5)
    with pytest.raises(UserError, match="This is not an ONNX model"):
        read_graph(path)


def test_weights_of_a_real_export_are_found(tmp_path: Path) -> None:
    path = graphs.constant_graph(tmp_path / "m.onnx", np.zeros((64, 96), np.float32))
    onnx.save(onnx.load(path), str(path), save_as_external_data=True, location="weights.bin", size_threshold=0)
    assert read_graph(path).external == ("weights.bin",)


# --- what a graph does to its input first


def test_first_steps_are_the_constants_that_the_input_meets(tmp_path: Path) -> None:
    graph = graphs.Graph()
    value = graph.input("image", (1, 32, 64, 3), graphs.BYTE)  # through a Cast and a Transpose
    for operator, constant in (("Sub", 2.0), ("Div", 4.0)):
        value = graph.add(operator, value, graph.stored(np.float32([constant])))
    graph.output(graph.weighted(value, graphs.LEFT_WEIGHTS), (1, 1, 32, 64), "depth")
    steps = read_graph(graph.save(tmp_path / "m.onnx")).first_steps
    assert [(operator, constant.tolist()) for operator, constant in steps] == [("Sub", [2.0]), ("Div", [4.0])]


def test_an_input_that_goes_two_ways_has_no_first_step(tmp_path: Path) -> None:
    graph = graphs.Graph()
    value = graph.input("image", (1, 3, 32, 64))
    one = graph.add("Sub", value, graph.stored(np.float32([2])))
    graph.output(graph.weighted(graph.add("Add", one, value), graphs.LEFT_WEIGHTS), (1, 1, 32, 64), "depth")
    assert read_graph(graph.save(tmp_path / "m.onnx")).first_steps == ()


def test_steps_that_go_in_a_circle_come_to_an_end(tmp_path: Path) -> None:
    """No graph that runs has one; a file may have whatever somebody wrote into it."""
    picture = helper.make_tensor_value_info("a", TensorProto.FLOAT, [1, 3, 32, 64])
    one = helper.make_tensor("one", TensorProto.FLOAT, [1], [1.0])
    nodes = [helper.make_node("Add", ["a", "one"], ["a"])]
    model = helper.make_model(helper.make_graph(nodes, "test", [picture], [picture], [one]))
    (tmp_path / "m.onnx").write_bytes(model.SerializeToString())
    assert len(read_graph(tmp_path / "m.onnx").first_steps) < 20
