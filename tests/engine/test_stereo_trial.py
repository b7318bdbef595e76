"""A stereo model that nobody knows is tried out: what it needs is found, and what cannot be true is said."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.contract import SCALINGS, Colours, Manifest, Role
from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.stereo_trial import settle_stereo, textured_wall
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import flat_pair
from tests.engine.matching_graphs import HW, matching_graph, spread_of

WALL = textured_wall(*HW, 5).left
LEFT_FIRST = ((Role.LEFT, "left"), (Role.RIGHT, "right"))


def settled(path: Path, **known: object) -> Manifest:
    session = OnnxSession(path, threads=1)
    try:
        return settle_stereo(session, guess_manifest(read_graph(path), path, known), known)
    finally:
        session.close()


def shift_seen(path: Path, manifest: Manifest, shift_px: int = 6) -> float:
    """What a wall at that shift, of another texture and size, comes back as."""
    estimator = OnnxStereoEstimator(OnnxSession(path, threads=1), manifest, Selection("m", None, HW), title="M")
    pair = flat_pair(HW[0] * 2, HW[1] * 2, shift_px, seed=8)
    values = estimator.estimate(pair).values
    estimator.close()
    return float(np.median(values[:, 40:-40]))


@pytest.mark.parametrize("name", list(SCALINGS))
def test_the_scaling_is_found_in_which_the_shift_comes_back(tmp_path: Path, name: str) -> None:
    path = matching_graph(tmp_path / "m.onnx", spread_of(WALL, SCALINGS[name]))
    found = settled(path)
    assert (found.scaling, found.doubt, found.sign, found.scale) == (SCALINGS[name], "", 1, None)
    assert "scaling" not in found.guesses
    assert "colours" in found.guesses, "no shift can tell red from blue"


@pytest.mark.parametrize(
    ("options", "sign", "scale", "size"),
    [
        ({"factor": -1.0}, -1, None, HW),
        ({"factor": -1 / HW[1]}, -1, HW[1], HW),
        ({"factor": 0.5, "smaller": True}, 1, 2, HW),
        ({"factor": 1.0, "smaller": True}, 1, None, HW),
        ({"factor": -1.0, "size": ("h", "w")}, -1, None, None),
        ({"before": True}, 1, None, HW),
    ],
    ids=str,
)
def test_sign_unit_and_output_are_found(
    tmp_path: Path, options: dict[str, object], sign: int, scale: float | None, size: tuple[int, int] | None
) -> None:
    path = matching_graph(tmp_path / "m.onnx", **options)  # type: ignore[arg-type]
    found = settled(path)
    assert (found.sign, found.scale, found.size, found.output) == (sign, scale, size, "disp")
    assert found.inputs == LEFT_FIRST
    assert found.doubt == ""
    assert shift_seen(path, found) == pytest.approx(6, abs=0.6)


def test_eyes_with_the_wrong_names_are_told_from_a_negative_answer(tmp_path: Path) -> None:
    """A network that finds both signs, whose first input is called right and is the left eye's."""
    path = matching_graph(tmp_path / "m.onnx", names=("right", "left"), shifts=range(-13, 14))
    found = settled(path)
    assert found.inputs == ((Role.RIGHT, "left"), (Role.LEFT, "right"))
    assert shift_seen(path, found) == pytest.approx(6, abs=0.6)


def test_names_that_tell_the_truth_are_believed(tmp_path: Path) -> None:
    path = matching_graph(tmp_path / "m.onnx", names=("a", "b"), shifts=range(-13, 14), factor=-1.0)
    found = settled(path)
    assert (found.inputs, found.sign) == (((Role.LEFT, "a"), (Role.RIGHT, "b")), -1)


def test_what_is_known_stays_whatever_comes_out(tmp_path: Path) -> None:
    path = matching_graph(tmp_path / "m.onnx", spread_of(WALL, SCALINGS["0..1"]), factor=-1.0)
    found = settled(path, scaling=SCALINGS["imagenet"], colours=Colours.BGR)
    assert (found.scaling, found.colours) == (SCALINGS["imagenet"], Colours.BGR)
    assert found.doubt.startswith("This model did not pass its test: a shift of 5 px came back as ")
    assert settled(path, scaling=SCALINGS["0..1"], sign=-1, output="disp").doubt == ""
    assert "did not pass" in settled(path, sign=1).doubt


def test_an_answer_that_is_no_disparity_is_doubted_and_still_runs(tmp_path: Path) -> None:
    path = graphs.constant_graph(tmp_path / "m.onnx", np.full(HW, 40, np.float32))
    found = settled(path)
    assert found.doubt == (
        "This model did not pass its test: a shift of 5 px came back as 40.0 px. "
        "Its depth may be wrong until its manifest is corrected."
    )
    assert shift_seen(path, found) == pytest.approx(80), "twice as wide as the model"


def test_an_answer_that_does_not_mind_which_eye_is_which_is_doubted(tmp_path: Path) -> None:
    path = graphs.constant_graph(tmp_path / "m.onnx", np.full(HW, 5, np.float32))
    assert "when the eyes are exchanged" in settled(path).doubt


def test_whole_numbers_need_no_scaling(tmp_path: Path) -> None:
    path = matching_graph(tmp_path / "m.onnx", kind=graphs.BYTE)
    assert settled(path).doubt == ""


def test_a_graph_without_a_map_is_refused(tmp_path: Path) -> None:
    graph = graphs.Graph()
    eyes = [graph.weighted(graph.input(name, (1, 3, *HW)), (1.0, 1.0, 1.0)) for name in ("left", "right")]
    graph.output(graph.add("GlobalAveragePool", graph.add("Add", *eyes)), (1, 1, 1, 1), "mean")
    with pytest.raises(UserError, match=r"This model gives no disparity: .*m\.onnx$"):
        settled(graph.save(tmp_path / "m.onnx"))


def test_a_manifest_that_is_wrong_is_seen(tmp_path: Path) -> None:
    """The test of the test: another sign in the manifest must show."""
    path = matching_graph(tmp_path / "m.onnx")
    assert shift_seen(path, replace(settled(path), sign=-1)) == pytest.approx(-6, abs=0.6)
