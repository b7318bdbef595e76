"""`depthview depth` with models for one eye: ordinary pictures and film, and files that say what is in them."""

import math
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.manifest import read_keys
from depthview.engine.models.needs.remembered import remember
from depthview.engine.ply import read_ply
from depthview.engine.resources import resource
from tests.commands.runner import names_in, refused, run
from tests.engine import onnx_graphs as graphs
from tests.engine.coded_clips import coded_clip
from tests.engine.dot_pairs import flat_pair, texture
from tests.engine.test_onnx_mono import points_model

HW = (60, 100)
PICTURE = texture(*HW)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "holiday 사진.png"
    Pillow.fromarray(PICTURE).save(path)
    return path


def model(folder: Path, meaning: str, size_hw: tuple[int, int] = HW) -> Path:
    """A network that says 1 and a little more the brighter it is, known to mean `meaning`."""
    path = graphs.mono_graph(folder / "net.onnx", *size_hw, bias=1.0)
    keys = read_keys({"meaning": meaning, "colours": "rgb", "scaling": "0..255"}, path)
    remember(path, guess_manifest(read_graph(path), path, keys))
    return path


def answer(picture: np.ndarray) -> np.ndarray:
    return graphs.mono_answer(picture.astype(np.float64)) + 1


def test_metres_of_the_model_are_kept_as_metres(photo: Path, tmp_path: Path) -> None:
    net, out = model(tmp_path, "metric depth"), tmp_path / "o"
    outcome = run("depth", photo, "--model", net, "-o", out, "--fov-deg", 60, "--json")
    assert outcome.code == 0, outcome
    said = outcome.said
    assert names_in(out) == ["cloud.ply", "depth.npy", "depth.png", "mesh.glb", "preview.png"]
    assert (said["layout"], said["eyes"], said["meaning"], said["unit"]) == ("mono", 1, "metric depth", "m")
    assert said["median_disparity_px"] is None
    metres = np.load(out / "depth.npy", allow_pickle=False)
    np.testing.assert_allclose(metres, answer(PICTURE), rtol=1e-4)
    assert said["median"] == pytest.approx(float(np.median(metres)), abs=1e-3)
    with Pillow.open(out / "depth.png") as picture:
        np.testing.assert_allclose(np.asarray(picture), metres * 1000, atol=0.51)
    cloud = read_ply(out / "cloud.ply")
    assert not cloud.relative, "the model says metres, and the lens is known"
    assert metres.min() - 1e-3 <= cloud.xyz_m[:, 2].min() <= cloud.xyz_m[:, 2].max() <= metres.max() + 1e-3
    assert "guess" not in outcome.stderr


def test_the_width_of_things_is_called_a_guess_where_nothing_is_known_of_the_lens(photo: Path, tmp_path: Path) -> None:
    outcome = run("depth", photo, "--model", model(tmp_path, "metric depth"), "-o", tmp_path / "o", "--json")
    assert outcome.code == 0, outcome
    assert "The depth is in metres, but how wide things are in the cloud is a guess" in outcome.stderr
    assert "between the lenses" not in outcome.stderr
    assert read_ply(tmp_path / "o" / "cloud.ply").relative


def test_metres_told_for_a_lens_follow_the_photo_s_own_or_the_one_that_is_given(tmp_path: Path) -> None:
    """EXIF's 26 mm on a picture of 100 x 60 are 71.0 degrees; the network tells its metres for 90."""
    net = graphs.mono_graph(tmp_path / "net.onnx", *HW, bias=1.0)
    keys = read_keys({"meaning": "metric depth", "colours": "rgb", "scaling": "0..255", "fov_deg": 90}, net)
    remember(net, guess_manifest(read_graph(net), net, keys))
    exif = Pillow.Exif()
    exif[0x0112] = 1
    exif.get_ifd(0x8769)[0xA405] = 26
    Pillow.fromarray(PICTURE).save(tmp_path / "plain.png")
    Pillow.fromarray(PICTURE).save(tmp_path / "photo.png", exif=exif)
    of_photo = math.hypot(36, 24) * 100 / math.hypot(100, 60) / 2 / 26
    for name, given, half in (
        ("plain.png", (), 1.0),
        ("photo.png", (), of_photo),
        ("photo.png", ("--fov-deg", 60), 3**-0.5),
        ("plain.png", ("--focal-px", 100), 0.5),
    ):
        out = tmp_path / "o"
        outcome = run("depth", tmp_path / name, "--model", net, "-o", out, *given, "--json")
        assert outcome.code == 0, outcome
        np.testing.assert_allclose(np.load(out / "depth.npy"), answer(PICTURE) / half, rtol=1e-4)
        known = (name, given) != ("plain.png", ())
        assert ("This model tells metres for a known lens" in outcome.stderr) is not known
        assert read_ply(out / "cloud.ply").relative is not known
        assert outcome.said["rig"]["focal_px"] == pytest.approx(50 / half if known else 50 * 3**0.5, rel=1e-4)


def test_a_model_that_sees_the_lens_needs_none_to_be_told(tmp_path: Path) -> None:
    net, depth = points_model(tmp_path / "net.onnx", 50.0, shift=1.3, unit=2.5)
    known = {"scaling": "0..1", "extra": {"num_tokens": 1200}}
    remember(net, guess_manifest(read_graph(net), net, read_keys(known, net)))
    Pillow.new("RGB", depth.shape[::-1], (255, 255, 255)).save(tmp_path / "p.png")
    outcome = run("depth", tmp_path / "p.png", "--model", net, "-o", tmp_path / "o", "--json")
    assert outcome.code == 0, outcome
    np.testing.assert_allclose(np.load(tmp_path / "o" / "depth.npy"), depth, rtol=2e-3)
    assert outcome.said["meaning"] == "metric depth"
    assert outcome.said["rig"]["focal_px"] == pytest.approx(32 / math.tan(math.radians(25)), rel=1e-3)
    assert "guess" not in outcome.stderr
    assert not read_ply(tmp_path / "o" / "cloud.ply").relative


@pytest.mark.parametrize("meaning", ["relative inverse depth", "affine depth"])
def test_what_has_no_unit_is_never_kept_as_metres(photo: Path, tmp_path: Path, meaning: str) -> None:
    out = tmp_path / "o"
    known = ("--baseline-m", 0.1, "--focal-px", 90, "--max-distance-m", 0.5)
    outcome = run("depth", photo, "--model", model(tmp_path, meaning), "-o", out, *known, "--json")
    assert outcome.code == 0, outcome
    assert names_in(out) == ["cloud.ply", "mesh.glb", "preview.png", "relative.npy"], "a rig gives no metres either"
    assert (outcome.said["meaning"], outcome.said["unit"]) == (meaning, None)
    assert "no metres" in outcome.stderr
    np.testing.assert_allclose(np.load(out / "relative.npy", allow_pickle=False), answer(PICTURE), rtol=1e-4)
    header = (out / "cloud.ply").read_bytes().split(b"end_header")[0].decode("ascii")
    assert "comment no unit" in header
    assert "units: metres" not in header
    assert read_ply(out / "cloud.ply").relative


def test_of_two_eyes_the_left_is_looked_at(tmp_path: Path) -> None:
    pair = flat_pair(*HW, 8)
    paths = tmp_path / "l.png", tmp_path / "r.png"
    for path, eye in zip(paths, (pair.left, pair.right), strict=True):
        Pillow.fromarray(eye).save(path)
    outcome = run("depth", *paths, "--model", model(tmp_path, "metric depth"), "-o", tmp_path / "o", "--json")
    assert outcome.said["layout"] == "separate"
    np.testing.assert_allclose(np.load(tmp_path / "o" / "depth.npy"), answer(pair.left), rtol=1e-4)


def test_a_film_of_one_eye(tmp_path: Path) -> None:
    film = coded_clip(tmp_path / "holiday.mkv", 6)
    net = model(tmp_path, "relative inverse depth", (96, 176))
    outcome = run("depth", film, "--model", net, "-o", tmp_path / "o", "--frames", 4, "--json")
    assert outcome.code == 0, outcome
    assert names_in(tmp_path / "o") == ["preview.mp4", *(f"relative_{n:06d}.npy" for n in range(4))]
    assert outcome.said["frames"] == 4
    with av.open(str(tmp_path / "o" / "preview.mp4")) as container:
        assert sum(1 for _ in container.decode(video=0)) == 4


def test_live_without_a_window_keeps_no_metres_either(tmp_path: Path) -> None:
    film = coded_clip(tmp_path / "holiday.mkv", 6)
    net = model(tmp_path, "relative inverse depth", (96, 176))
    outcome = run("live", film, "--model", net, "-o", tmp_path / "o", "--seconds", 0.5, "--json")
    assert outcome.code == 0, outcome
    assert names_in(tmp_path / "o") == ["cloud.ply", "figures.json", "mesh.glb", "preview.png"]
    assert (outcome.said["eyes"], outcome.said["meaning"], outcome.said["unit"]) == (1, "relative inverse depth", None)


def test_a_model_for_two_eyes_says_what_to_do(photo: Path, tmp_path: Path) -> None:
    outcome = run("depth", photo, "--model", "dv-stereo", "-o", tmp_path / "o")
    refused(outcome, "This picture shows one eye only: choose a model for one eye")


@pytest.mark.skipif(
    not resource("models/dv_mono/depth.onnx").is_file(), reason="the built-in network for one eye is not here"
)
def test_an_ordinary_picture_needs_no_model_to_be_named(photo: Path, tmp_path: Path) -> None:
    for verb, more in (("depth", ()), ("live", ("--seconds", 0.5))):
        outcome = run(verb, photo, *more, "-o", tmp_path / verb, "--json")
        assert outcome.code == 0, outcome
        said = outcome.said
        assert (said["model"], said["eyes"], said["layout"]) == ("dv-mono", 1, "mono")
        assert (said["meaning"], said["unit"], said["resolution"]) == ("metric depth", "m", [160, 192])
    assert names_in(tmp_path / "depth") == ["cloud.ply", "depth.npy", "depth.png", "mesh.glb", "preview.png"]


def test_for_two_eyes_the_default_is_the_stereo_network(tmp_path: Path) -> None:
    pair = flat_pair(96, 128, 6)
    both = tmp_path / "wall_sbs.png"
    Pillow.fromarray(np.concatenate([pair.left, pair.right], axis=1)).save(both)
    outcome = run("depth", both, "-o", tmp_path / "o", "--json")
    assert outcome.code == 0, outcome
    assert (outcome.said["model"], outcome.said["eyes"], outcome.said["unit"]) == ("dv-stereo", 2, "px")


def test_a_model_that_was_named_runs_whatever_is_shown(photo: Path, tmp_path: Path) -> None:
    refused(run("depth", photo, "--model", "sgm", "-o", tmp_path / "o"), "This picture shows one eye only")
    refused(run("depth", tmp_path / "gone.png", "--model", "nothing"), "There is no model called nothing")
