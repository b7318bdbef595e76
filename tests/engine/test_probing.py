"""Trying a strange model out in a child process: whatever it does, this process goes on and has a sentence."""

import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.contract import SCALINGS, Colours, Numbers
from depthview.engine.models.known import find_out
from depthview.engine.models.needs.probing import probe
from depthview.engine.models.needs.remembered import recall, sha256_of
from depthview.engine.progress import StopToken
from tests.engine import onnx_graphs as graphs
from tests.engine.matching_graphs import matching_graph
from tests.engine.test_graph import with_weights_at

PATIENCE_S = 120.0
"""A child starts Python and ONNX Runtime, on a machine that may be busy with other things."""


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def endless_graph(path: Path) -> Path:
    """A loop that goes round for ever."""
    from onnx import TensorProto, helper

    graph = graphs.Graph()
    depth = graph.weighted(graph.input("image", (1, 3, 32, 64)), graphs.LEFT_WEIGHTS)
    inner = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["on"]), helper.make_node("Sin", ["x"], ["y"])],
        "inner",
        [
            helper.make_tensor_value_info("n", TensorProto.INT64, []),
            helper.make_tensor_value_info("go", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, None),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("y", TensorProto.FLOAT, None),
        ],
    )
    rounds, go = graph.stored(np.array(2**60, np.int64)), graph.stored(np.array(True))
    graph.output(graph.add("Loop", rounds, go, depth, body=inner), (1, 1, 32, 64), "depth")
    return graph.save(path)


def greedy_graph(path: Path) -> Path:
    """Its answer hangs on the sines of 2 GB of ones, taken twenty times."""
    graph = graphs.Graph()
    depth = graph.weighted(graph.input("image", (1, 3, 32, 64)), graphs.LEFT_WEIGHTS)
    shape = graph.stored(np.array([512, 1024, 1024], np.int64))
    # The shape is computed, so that no optimiser makes the ones beforehand.
    seen = graph.add(
        "Cast", graph.add("Mul", graph.add("ReduceMax", depth, keepdims=0), graph.stored(np.float32(0))), to=7
    )
    ones = graph.add("Expand", graph.stored(np.ones(1, np.float32)), graph.add("Add", shape, seen))
    for _again in range(20):
        ones = graph.add("Sin", ones)
    total = graph.add("ReduceSum", ones, keepdims=0)
    graph.output(graph.add("Add", depth, total), (1, 1, 32, 64), "depth")
    return graph.save(path)


def test_what_the_child_found_comes_back_and_is_remembered(tmp_path: Path) -> None:
    path = matching_graph(tmp_path / "내 모델" / "m.onnx", factor=-1.0)
    found = find_out(path)
    assert (found.sign, found.output, found.doubt) == (-1, "disp", "")
    assert recall(path) == found


def test_what_is_known_goes_to_the_child(tmp_path: Path) -> None:
    path = graphs.mono_graph(tmp_path / "m.onnx")
    known = {"meaning": Numbers.METRIC_DEPTH, "scaling": SCALINGS["-1..1"], "colours": Colours.BGR}
    found = probe(path, known)
    assert {key: getattr(found, key) for key in known} == known
    assert found.guesses == ()


def test_a_refusal_comes_back_as_the_sentence_that_it_was(tmp_path: Path) -> None:
    path = graphs.mono_graph(tmp_path / "m.onnx", bias=float("nan"))
    with pytest.raises(UserError, match=r"^This model gives no numbers for the pictures .*m\.onnx$"):
        probe(path, {})
    path.write_bytes(b"text")
    with pytest.raises(UserError, match=r"^This is not an ONNX model: "):
        probe(path, {})


def test_weights_that_belong_to_another_model_are_refused(tmp_path: Path) -> None:
    from depthview.engine.estimators.contract import ExternalFile

    path = with_weights_at(tmp_path / "m.onnx", "w.bin")
    (tmp_path / "w.bin").write_bytes(bytes(32))
    wrong = {"external": (ExternalFile("w.bin", "0" * 64),)}
    with pytest.raises(UserError, match=r"file of weights is not the one that belongs to it: download w\.bin again"):
        probe(path, wrong)
    right = {"external": (ExternalFile("w.bin", sha256_of(tmp_path / "w.bin")),)}
    assert probe(path, right).external == right["external"]


def children() -> list[psutil.Process]:
    return [p for p in psutil.Process().children() if "depthview.engine.models.needs.probe" in p.cmdline()]


def test_a_model_that_never_ends_is_ended(tmp_path: Path) -> None:
    path = endless_graph(tmp_path / "m.onnx")
    with pytest.raises(UserError, match=r"did not come to an end within 3 s when it was tried out.*m\.onnx$"):
        probe(path, {}, longest_s=3)
    assert children() == []


def test_a_model_that_wants_all_memory_is_ended(tmp_path: Path) -> None:
    path = greedy_graph(tmp_path / "m.onnx")
    with pytest.raises(UserError, match=r"wants more memory than is free \(1000 MB\) and is not used: .*m\.onnx$"):
        probe(path, {}, most_bytes=1000 << 20)
    assert children() == []


def test_a_model_that_crashes_its_process_is_a_sentence(tmp_path: Path) -> None:
    path = endless_graph(tmp_path / "m.onnx")

    def crash() -> None:
        deadline = time.monotonic() + PATIENCE_S
        while not (found := children()) and time.monotonic() < deadline:
            time.sleep(0.02)
        found[0].kill()

    killer = threading.Thread(target=crash)
    killer.start()
    with pytest.raises(UserError, match=r"This model ended the program that tried it out, and is not used: .*m\.onnx$"):
        probe(path, {}, longest_s=PATIENCE_S)
    killer.join()


def test_trying_out_can_be_stopped(tmp_path: Path) -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        probe(endless_graph(tmp_path / "m.onnx"), {}, stop=stop)
    assert children() == []


def test_the_child_ends_with_its_parent(tmp_path: Path) -> None:
    """Its parent's end is the end of its stdin."""
    path = endless_graph(tmp_path / "m.onnx")
    command = [sys.executable, "-m", "depthview.engine.models.needs.probe", str(path)]
    child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=Path(__file__).parents[2])
    assert child.stdin is not None
    child.stdin.write(b"{}\n")
    child.stdin.close()
    child.stdin = None  # closed: nobody has to do it again
    try:
        assert child.wait(PATIENCE_S) == 3
    finally:
        child.kill()
        child.communicate()
