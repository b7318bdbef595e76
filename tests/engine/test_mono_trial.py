"""A monocular model that nobody knows is tried out: at which sizes it runs, and whether it gives numbers at all."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Manifest
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.mono_trial import settle_mono
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs


def settled(path: Path, **known: object) -> Manifest:
    session = OnnxSession(path, threads=1)
    try:
        return settle_mono(session, guess_manifest(read_graph(path), path, known), known)
    finally:
        session.close()


@pytest.mark.parametrize(("patch", "multiple"), [(None, 32), (32, 32), (14, 14), (16, 32)])
def test_what_the_sides_must_be_divisible_by_is_found(tmp_path: Path, patch: int | None, multiple: int) -> None:
    found = settled(graphs.mono_graph(tmp_path / "m.onnx", "h", "w", patch=patch))
    assert (found.multiple, found.any_size, found.doubt) == (multiple, True, "")
    assert found.output == ("depth" if patch is None else "predicted_depth")


def test_what_is_known_is_not_tried(tmp_path: Path) -> None:
    path = graphs.mono_graph(tmp_path / "m.onnx", "h", "w", patch=14)
    assert settled(path, multiple=28).multiple == 28


def test_a_graph_that_fails_at_another_multiple_is_asked_again(tmp_path: Path) -> None:
    graph = graphs.Graph()
    depth = graph.weighted(graph.input("image", (1, 3, "h", "w")), graphs.LEFT_WEIGHTS)
    pooled = graph.add("AveragePool", depth, kernel_shape=[14, 14], strides=[14, 14])
    graph.output(graph.add("Add", depth, graph.resized(pooled, 14)), (1, 1, "h", "w"), "depth")
    assert settled(graph.save(tmp_path / "m.onnx")).multiple == 14


def test_a_fixed_size_is_the_graph_s_own(tmp_path: Path) -> None:
    found = settled(graphs.mono_graph(tmp_path / "m.onnx", 48, 80))
    assert (found.fixed_hw, found.doubt) == ((48, 80), "")


def test_nothing_but_nan_is_refused(tmp_path: Path) -> None:
    path = graphs.mono_graph(tmp_path / "m.onnx", bias=float("nan"))
    with pytest.raises(UserError, match=r"This model gives no numbers for the pictures .*m\.onnx$"):
        settled(path)


def test_the_same_answer_to_every_picture_is_doubted(tmp_path: Path) -> None:
    graph = graphs.Graph()
    nothing = graph.weighted(graph.input("image", (1, 3, 32, 64)), (0.0, 0.0, 0.0), bias=(3.0,))
    graph.output(nothing, (1, 1, 32, 64), "depth")
    assert settled(graph.save(tmp_path / "m.onnx")).doubt == "This model gives the same answer to every picture."


def test_of_several_outputs_the_first_map_is_taken(tmp_path: Path) -> None:
    graph = graphs.Graph()
    picture = graph.input("image", (1, 3, 32, 64))
    graph.output(graph.add("GlobalAveragePool", picture), (1, 3, 1, 1), "scene")
    graph.output(graph.weighted(picture, graphs.LEFT_WEIGHTS), (1, 1, 32, 64), "out")
    assert settled(graph.save(tmp_path / "m.onnx")).output == "out"


def test_no_map_at_all_is_a_sentence(tmp_path: Path) -> None:
    graph = graphs.Graph()
    picture = graph.input("image", (1, 3, 32, 64))
    graph.output(graph.add("GlobalAveragePool", picture), (1, 3, 1, 1), "scene")
    with pytest.raises(UserError, match=r"This model gives no map of depth: .*m\.onnx$"):
        settled(graph.save(tmp_path / "m.onnx"))


def test_only_pictures_of_numbers_count(tmp_path: Path) -> None:
    """The constant's own shape is a map's: it is still no answer to a picture."""
    graph = graphs.Graph()
    picture = graph.input("image", (1, 3, 32, 64))
    graph.output(graph.weighted(picture, graphs.LEFT_WEIGHTS), (1, 1, 32, 64), "depth")
    graph.output(graph.stored(np.ones((1, 1, 32, 64), np.float32)), (1, 1, 32, 64), "ones")
    assert settled(graph.save(tmp_path / "m.onnx")).output == "depth"
