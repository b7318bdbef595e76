"""A real monocular network on photographs whose depth others have measured.

FastDepth (MIT) at 224 x 288, nearly the shape of its training. Measured here on the two
NYU frames: AbsRel 0.103 and 0.082 with the median scaled away, 0.142 and 0.087 in its own metres; a constant has 0.196
and 0.354. With ImageNet's scaling in place of its own it has 0.171 and 0.142, with 0..255 0.202 and 0.350.
"""

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from depthview.engine.estimators.base import Estimate, Selection
from depthview.engine.estimators.contract import SCALINGS, Kind, Manifest, Numbers, Role
from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
from depthview.engine.frames import Image, Meaning
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.needs.probing import probe
from depthview.engine.runtime import OnnxSession
from depthview.engine.sources.images import read_still
from tests.engine.dot_pairs import pair_of

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FASTDEPTH = DATA / "models" / "fastdepth_nyu_dequant.onnx"
HITNET = DATA / "models" / "hitnet_1x240x320_model_float32.onnx"
SIZE_HW = (224, 288)

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not FASTDEPTH.is_file(), reason=f"no real network at {FASTDEPTH}"),
    pytest.mark.skipif(not (DATA / "mono").is_dir(), reason=f"no real data at {DATA / 'mono'}"),
]

CONTRACT = Manifest(
    Kind.MONO, ((Role.PICTURE, "image"),), Numbers.METRIC_DEPTH, scaling=SCALINGS["0..1"], any_size=True, output="depth"
)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def frame(number: str) -> tuple[Image, NDArray[np.float64]]:
    """A picture and its depth in metres, 0 where nobody measured."""
    millimetres = cv2.imread(str(DATA / "mono" / f"metric3d_nyu_depth_{number}.png"), cv2.IMREAD_UNCHANGED)
    scale = json.loads((DATA / "mono" / "metric3d_nyu_annotations.json").read_text())["files"][0]["depth_scale"]
    assert millimetres is not None
    return read_still(DATA / "mono" / f"metric3d_nyu_rgb_{number}.jpg").image, np.asarray(millimetres) / scale


def absolute_relative(values: NDArray[np.float32], truth: NDArray[np.float64], *, scaled: bool) -> float:
    known = (truth > 0) & np.isfinite(values)
    factor = np.median(truth[known]) / np.median(values[known]) if scaled else 1.0
    return float(np.mean(np.abs(factor * values[known] - truth[known]) / truth[known]))


def estimate(picture: Image, manifest: Manifest = CONTRACT) -> Estimate:
    session = OnnxSession(FASTDEPTH, threads=2)
    with closing(OnnxMonoEstimator(session, manifest, Selection("m", None, SIZE_HW), title="FastDepth")) as estimator:
        return estimator.estimate(pair_of(picture, picture))


@pytest.mark.parametrize(("number", "scaled", "metric"), [("00000", 0.115, 0.16), ("00050", 0.095, 0.1)])
def test_fastdepth_measures_rooms(number: str, scaled: float, metric: float) -> None:
    picture, truth = frame(number)
    found = estimate(picture)
    assert found.meaning is Meaning.METRIC_DEPTH
    assert absolute_relative(found.values, truth, scaled=True) < scaled
    assert absolute_relative(found.values, truth, scaled=False) < metric
    assert absolute_relative(np.ones_like(found.values), truth, scaled=True) > 1.5 * scaled, "a constant is no match"


@pytest.mark.parametrize("name", ["imagenet", "0..255"])
def test_another_scaling_than_its_own_shows(name: str) -> None:
    picture, truth = frame("00000")
    wrong = estimate(picture, replace(CONTRACT, scaling=SCALINGS[name]))
    assert absolute_relative(wrong.values, truth, scaled=True) > 0.15


def test_a_manifest_beside_the_file_makes_metres_of_a_guess(tmp_path: Path) -> None:
    """The whole road: a file that nobody knows, tried out, opened by its path, and corrected by a person."""
    path = tmp_path / "somebody's.onnx"
    graph = onnx.load(str(FASTDEPTH))
    graph.doc_string = "trained by somebody"  # the catalogue knows the file as it is by its sum
    onnx.save(graph, str(path))
    picture, truth = frame("00050")
    with closing(ModelLibrary().open_estimator(Selection(str(path), None, SIZE_HW), threads=2)) as estimator:
        guessed = estimator.estimate(pair_of(picture, picture))
    assert guessed.meaning is Meaning.RELATIVE_INVERSE_DEPTH, "what nobody knows is no metre"
    manifest = path.with_name("somebody's.onnx.toml")
    assert 'guesses = [\n    "meaning",\n    "scaling",' in manifest.read_text()
    manifest.write_text(manifest.read_text() + 'meaning = "metric depth"\nscaling = "0..1"\n')
    with closing(ModelLibrary().open_estimator(Selection(str(path), None, SIZE_HW), threads=2)) as estimator:
        known = estimator.estimate(pair_of(picture, picture))
    assert known.meaning is Meaning.METRIC_DEPTH
    assert absolute_relative(known.values, truth, scaled=False) < 0.1


@pytest.mark.skipif(not HITNET.is_file(), reason=f"no real network at {HITNET}")
def test_what_hitnet_needs_is_found_by_trying_it_out() -> None:
    """Fed 0..255 it answers a shift of 13 px with 128; ImageNet's scaling and -1..1 it nearly forgives."""
    found = probe(HITNET, {})
    assert found.inputs == ((Role.BOTH, "input"),)
    assert (found.scaling, found.sign, found.scale, found.doubt) == (SCALINGS["0..1"], 1, None, "")
    assert (found.size, found.guesses) == ((240, 320), ())
