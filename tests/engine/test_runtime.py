"""ONNX Runtime, and the truth about where it runs."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.runtime import OnnxSession, Port, numpy_dtype, nvidia_driver_found, offered_providers
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
    session = OnnxSession(graphs.mono_graph(tmp_path / "m.onnx"), threads=1)
    (answer,) = session.run({"image": np.ones((1, 3, 32, 64), np.float32)})
    assert answer == pytest.approx(np.full((1, 1, 32, 64), sum(graphs.LEFT_WEIGHTS)))
    offered = offered_providers()
    assert "CPU" in offered
    if session.provider == "CPU" and "CUDA" in offered:
        assert session.note.startswith("CUDA asked for, not had: ")
        assert ("no NVIDIA driver" in session.note) is not nvidia_driver_found()
    elif session.provider != "CPU":
        assert session.note == ""


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
