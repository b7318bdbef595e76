"""ONNX Runtime, and the truth about where it runs."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.execution.devices import Device
from depthview.engine.execution.machine import nvidia_driver_found, this_machine
from depthview.engine.runtime import OnnxSession, Port, copied_out, numpy_dtype
from tests.engine import onnx_graphs as graphs


def test_ports_say_names_shapes_and_what_is_open(tmp_path: Path) -> None:
    session = OnnxSession(graphs.pair_graph(tmp_path / "m.onnx", "h", 64, kind=graphs.BYTE))
    assert session.inputs == (
        Port("left", (1, 3, None, 64), "tensor(uint8)"),
        Port("right", (1, 3, None, 64), "tensor(uint8)"),
    )
    assert [p.name for p in session.outputs] == ["output"]
    session.close()


def test_what_was_wished_for_in_vain_is_said(tmp_path: Path) -> None:
    session = OnnxSession(graphs.mono_graph(tmp_path / "m.onnx"), threads=1, device=Device.CUDA)
    (answer,) = session.run({"image": np.ones((1, 3, 32, 64), np.float32)})
    assert answer == pytest.approx(np.full((1, 1, 32, 64), sum(graphs.LEFT_WEIGHTS)))
    offered = this_machine().offered
    assert "CPUExecutionProvider" in offered
    if session.provider == "CPU" and "CUDAExecutionProvider" in offered:
        assert session.note.startswith("CUDA asked for, not had: ")
        assert ("no NVIDIA driver" in session.note) is not nvidia_driver_found()
    elif session.provider != "CPU":
        assert session.note == ""


def adding_graph(path: Path) -> Path:
    """`total` = `a` + `b` and `difference` = `a` - `b`, of any width."""
    graph = graphs.Graph()
    values = [graph.input(name, (1, 1, 2, "width")) for name in ("a", "b")]
    graph.output(graph.add("Add", *values), (1, 1, 2, "width"), "total")
    graph.output(graph.add("Sub", *values), (1, 1, 2, "width"), "difference")
    return graph.save(path)


def rows(*values: float) -> np.ndarray:
    return np.float32([values, values])[None, None]


def test_values_that_stay_on_the_device_feed_the_next_run(tmp_path: Path) -> None:
    session = OnnxSession(adding_graph(tmp_path / "m.onnx"), threads=1)
    a, b = session.place(rows(1, 2, 3)), session.place(rows(10, 20, 30))
    new = {"total": None, "difference": None}
    first = session.run_in_place({"a": a, "b": b}, new)
    second = session.run_in_place({"a": first["total"], "b": b}, new)
    third = session.run_in_place({"a": second["total"], "b": first["difference"]}, new)
    np.testing.assert_array_equal(copied_out(first["total"]), rows(11, 22, 33), "kept while others are computed")
    np.testing.assert_array_equal(copied_out(second["total"]), rows(21, 42, 63))
    np.testing.assert_array_equal(copied_out(third["total"]), rows(21 - 9, 42 - 18, 63 - 27))
    np.testing.assert_array_equal(copied_out(third["difference"]), rows(21 + 9, 42 + 18, 63 + 27))
    session.close()


def test_memory_is_written_over_where_that_is_asked_for_and_outputs_keep_their_names(tmp_path: Path) -> None:
    session = OnnxSession(adding_graph(tmp_path / "m.onnx"), threads=1)
    a, b = session.place(rows(1, 2)), session.place(rows(10, 20))
    first = session.run_in_place({"a": a, "b": b}, {"total": None, "difference": None})
    copied = copied_out(first["total"])
    again = session.run_in_place({"a": b, "b": b}, {"difference": None, "total": first["total"]})
    np.testing.assert_array_equal(copied_out(again["total"]), rows(20, 40))
    np.testing.assert_array_equal(copied_out(again["difference"]), rows(0, 0))
    np.testing.assert_array_equal(copied_out(first["total"]), rows(20, 40), "the same memory")
    np.testing.assert_array_equal(copied, rows(11, 22), "what was copied out is one's own")
    np.testing.assert_array_equal(copied_out(first["difference"]), rows(-9, -18))
    only = session.run_in_place({"a": b, "b": a}, {"difference": None})
    np.testing.assert_array_equal(copied_out(only["difference"]), rows(9, 18))
    session.close()


def test_another_size_may_come_and_a_failure_leaves_the_session_whole(tmp_path: Path) -> None:
    session = OnnxSession(adding_graph(tmp_path / "m.onnx"), threads=1)
    for width in (3, 5, 3):
        value = session.place(np.ones((1, 1, 2, width), np.float32))
        said = session.run_in_place({"a": value, "b": value}, {"total": None})
        assert copied_out(said["total"]).shape == (1, 1, 2, width)
    with pytest.raises(UserError, match="The model failed on this picture") as caught:
        session.run_in_place(
            {"a": session.place(np.ones((1, 1, 3, 2), np.float32)), "b": session.place(rows(1, 2))}, {"total": None}
        )
    assert caught.value.details
    value = session.place(rows(4))
    np.testing.assert_array_equal(
        copied_out(session.run_in_place({"a": value, "b": value}, {"total": None})["total"]), rows(8)
    )
    session.close()


def test_a_graph_that_fails_on_its_inputs_is_a_sentence(tmp_path: Path) -> None:
    session = OnnxSession(graphs.mono_graph(tmp_path / "m.onnx"))
    with pytest.raises(UserError, match="The model failed on this picture") as caught:
        session.run({"image": np.ones((1, 3, 8, 8), np.float32)})
    assert caught.value.details


@pytest.mark.parametrize("content", [b"", b"hello", b"\x08\x07" * 100])
def test_a_file_that_is_no_model_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "모델 m.onnx"
    path.write_bytes(content)
    with pytest.raises(UserError, match=r"This is not an ONNX model that can be run: .*모델 m\.onnx$"):
        OnnxSession(path)
    with pytest.raises(UserError, match="This is not an ONNX model that can be run"):
        OnnxSession(tmp_path / "not there.onnx")


def test_types_that_no_picture_is_are_refused() -> None:
    assert numpy_dtype(Port("a", (1,), "tensor(float16)")) is np.float16
    with pytest.raises(UserError, match="which is not a picture"):
        numpy_dtype(Port("a", (1,), "tensor(string)"))
