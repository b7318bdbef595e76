"""`depthview panorama`: the files that it writes, and what it says when it cannot."""

import json
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.manifest import read_keys
from depthview.engine.models.needs.remembered import remember
from depthview.engine.panorama.keeping import folder as kept_folder
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.ply import read_ply
from depthview.engine.sphere import directions
from tests.commands.runner import names_in, refused, run
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import texture

FILES = ["cloud.ply", "mask.png", "normals.png", "panorama.json", "photo.jpg", "range.npy", "range.png"]
GREY = 100
DEPTH_M = float(graphs.mono_answer(np.full((1, 1, 3), GREY, np.float64))[0, 0]) + 1


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """Grey with a little grain, of which the network below makes a wall at DEPTH_M in every view."""
    path = tmp_path / "courtyard 마당.png"
    grain = np.random.default_rng(1).integers(-6, 7, (128, 256, 1))
    Pillow.fromarray((GREY + np.repeat(grain, 3, axis=-1)).astype(np.uint8)).save(path)
    return path


def model(folder: Path, meaning: str = "metric depth") -> Path:
    path = graphs.mono_graph(folder / "net.onnx", 64, 64, bias=1.0)
    keys = read_keys({"meaning": meaning, "colours": "rgb", "scaling": "0..255"}, path)
    remember(path, guess_manifest(read_graph(path), path, keys))
    return path


def test_a_photo_becomes_range_surface_and_points(photo: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    outcome = run("panorama", photo, "--model", model(tmp_path), "--views", "fast", "-o", out, "--json")
    assert outcome.code == 0, outcome
    said = outcome.said
    assert names_in(out) == FILES
    facts = json.loads((out / "panorama.json").read_text(encoding="utf-8"))
    assert {key: said[key] for key in facts if key not in ("files",)} == {
        key: value for key, value in facts.items() if key not in ("files",)
    }
    assert (said["photo"], said["size"], said["photo_size"]) == (photo.name, [128, 256], [128, 256])
    assert (said["models"][0]["views"], said["unit"], said["scale"]) == (6, "m", "model")

    ranges = np.load(out / "range.npy", allow_pickle=False)
    assert (ranges.shape, ranges.dtype) == ((128, 256), np.float32)
    for row, column in ((0, 7), (127, 99), (64, int(ranges[64].argmin()))):
        assert ranges[row, column] == pytest.approx(DEPTH_M, rel=0.05), "the middles of walls, as the views are turned"
    assert ranges.max() > 1.2 * DEPTH_M, "and the corners are farther: z became range"
    with Pillow.open(out / "range.png") as picture:
        np.testing.assert_allclose(np.asarray(picture), ranges * 1000, atol=0.51)
    with Pillow.open(out / "normals.png") as picture:
        normals = np.asarray(picture) / 127.5 - 1
    for row, column in ((64, int(ranges[64, 20:-20].argmin()) + 20), (118, 99)):
        nearby = normals[row - 6 : row + 6, column - 6 : column + 6].mean(axis=(0, 1))
        towards = directions((128, 256))[row, column]
        assert nearby @ (-towards * (1, -1, -1)) > 0.8, "red right, green up, blue back"
    with Pillow.open(out / "mask.png") as picture:
        mask = np.asarray(picture)
    assert set(np.unique(mask)) <= {0, 255}
    assert said["valid_share"] == pytest.approx((mask == 255).mean(), abs=1e-3)
    cloud = read_ply(out / "cloud.ply")
    assert len(cloud) > 20_000
    assert cloud.relative
    assert np.abs(cloud.xyz_m).max() < 1.4 * DEPTH_M


def test_without_metres_none_are_said(photo: Path, tmp_path: Path) -> None:
    net = model(tmp_path, "relative inverse depth")
    outcome = run(
        "panorama",
        photo,
        "--model",
        net,
        "-o",
        tmp_path / "o",
        "--views",
        "fine",
        "--width",
        128,
        "--scale",
        "model",
        "--json",
    )
    assert outcome.code == 0, outcome
    assert (outcome.said["unit"], outcome.said["size"]) == (None, [64, 128])
    assert outcome.said["models"][0]["views"] == len(views_of(ViewSet.FINE))
    assert "may be bent" in outcome.stderr
    assert "no metres" in outcome.stderr
    assert b"comment no unit" in (tmp_path / "o" / "cloud.ply").read_bytes()[:400]


def test_what_cannot_be_done_is_told_in_a_sentence_and_leaves_nothing(photo: Path, tmp_path: Path) -> None:
    out, net = tmp_path / "o", model(tmp_path)
    ordinary = tmp_path / "holiday.png"
    Pillow.fromarray(texture(90, 120)).save(ordinary)
    refused(run("panorama", ordinary, "--model", net, "-o", out), "This is an ordinary picture, 120 x 90 pixels")
    refused(run("panorama", tmp_path / "no.jpg", "--model", net, "-o", out), "There is no such file")
    refused(run("panorama", photo, "--model", net, "-o", out, "--views", "some"), "There are no views called some")
    refused(run("panorama", photo, "--model", "nothing", "-o", out), "There is no model called nothing")
    refused(run("panorama", photo, "--model", "sgm", "-o", out), "The model Semi-global matching needs two eyes")
    assert not out.exists()
    failed = run("panorama", ordinary, "--model", net, "-o", out, "--json")
    assert failed.code == 2
    assert failed.said["error"].startswith("This is an ordinary picture")


def test_a_file_in_the_way_of_the_folder(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "o").write_text("mine")
    refused(run("panorama", photo, "--model", model(tmp_path), "-o", tmp_path / "o"), "A file is in the way")
    assert (tmp_path / "o").read_text() == "mine"


def test_every_option_is_kept_in_the_recipe_and_can_be_used_again(photo: Path, tmp_path: Path) -> None:
    net, out = model(tmp_path), tmp_path / "o"
    words = ["--model", f"{net}:0.5", "--views", "fast", "--width", "128", "--level", "2,-1.5", "--no-refine"]
    words += ["--no-layout", "--leave-out", "sky,poles", "--height", "1.25", "--save", "mesh,glb,exr"]
    outcome = run("panorama", photo, *words, "-o", out, "--json")
    assert outcome.code == 0, outcome
    recipe = outcome.said["recipe"]
    assert recipe == {
        "models": [{"model": str(net), "weight": 0.5, "views": None, "size_hw": None}],
        "views": "fast",
        "working_width": 128,
        "level": {"pitch_deg": 2.0, "roll_deg": -1.5},
        "preprocess": [],
        "layout_prior": False,
        "refine": False,
        "masks": ["sky", "poles"],
        "scale": {"height_m": 1.25},
    }
    assert names_in(out) == sorted([*FILES, "mesh.glb", "mesh.ply", "range.exr"])
    assert "camera's height of 1.25 m" in outcome.stderr
    assert "pitch of 2.0 and a roll of -1.5 degrees" in outcome.stderr
    again = run("panorama", photo, "--recipe", out / "panorama.json", "--scale", "model", "-o", out, "--json")
    assert again.said["recipe"] == {**recipe, "scale": "model"}
    assert names_in(out) == FILES, "and what was saved before is not left beside it"


def test_words_that_mean_nothing_are_told(photo: Path, tmp_path: Path) -> None:
    out, bad = tmp_path / "o", tmp_path / "bad.json"
    bad.write_text("{]")
    for words, sentence in (
        (["--level", "up"], "up is no level: write auto, off, or pitch and roll in degrees"),
        (["--level", "nan,0"], "The pitch in degrees cannot be nan"),
        (["--leave-out", "floor"], "There are no masks called floor: choose sky"),
        (["--save", "pdf"], "There are no files called pdf: choose points"),
        (["--scale", "huge"], "There is no scale called huge: choose auto or model."),
        (["--measured", "1,2,3"], "1,2,3 is no measured distance"),
        (["--height", "1.6", "--scale", "model"], "Metres can come about in one way only"),
        (["--recipe", bad], "This file holds no recipe"),
        (["--recipe", tmp_path / "none.json"], "There is no such file"),
        (["--model", "dv-mono", "--model", "dv-mono:2"], "A model is named twice with the same views"),
    ):
        refused(run("panorama", photo, *words, "-o", out), sentence)
    assert not out.exists()


@pytest.fixture
def folder(photo: Path, tmp_path: Path) -> Path:
    """Two photos, and between them a broken one."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name in ("a.png", "c.png"):
        (folder / name).write_bytes(photo.read_bytes())
    (folder / "b.png").write_bytes(photo.read_bytes()[:300])
    return folder


QUICK = ("--level", "off", "--no-refine", "--no-layout", "--width", "128")


def test_a_folder_is_made_photo_by_photo_and_gone_on_with(folder: Path, tmp_path: Path) -> None:
    out, net = tmp_path / "o", model(tmp_path)
    outcome = run("panorama", folder, "--model", net, "-o", out, *QUICK, "--json")
    assert outcome.code == 1
    said = outcome.said
    assert (said["made"], said["finished_before"], said["failed"]) == (2, 0, 1)
    assert said["error"] == f"1 of 3 photos failed, 2 are finished: {out}"
    assert [one["state"] for one in said["photos"]] == ["made", "failed", "made"]
    assert outcome.stderr.splitlines()[-2].startswith("b.png: ")
    assert (names_in(out), names_in(out / "a")) == (["a", "c"], FILES)
    (folder / "b.png").unlink()
    outcome = run("panorama", folder, "--model", net, "-o", out, *QUICK, "--json")
    assert outcome.code == 0
    assert (outcome.said["made"], outcome.said["finished_before"], outcome.said["failed"]) == (0, 2, 0)


def test_a_folder_of_which_nothing_can_be_made(folder: Path, tmp_path: Path) -> None:
    for name in ("a.png", "c.png"):
        (folder / name).unlink()
    outcome = run("panorama", folder, "--model", model(tmp_path), "-o", tmp_path / "o", *QUICK, "--json")
    assert outcome.code == 2
    assert outcome.said["failed"] == 1
    (folder / "b.png").unlink()
    refused(run("panorama", folder, "-o", tmp_path / "o"), "There is no picture in this folder")


def test_ctrl_c_in_a_folder_says_what_is_finished(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, net, written = tmp_path / "o", model(tmp_path), kept_folder.write_image

    def interrupted(path: Path, image: NDArray[np.uint8]) -> None:
        if path.parent.name == "c":
            raise KeyboardInterrupt
        written(path, image)

    monkeypatch.setattr(kept_folder, "write_image", interrupted)
    outcome = run("panorama", folder, "--model", net, "-o", out, *QUICK, "--json")
    assert outcome.code == 130
    assert outcome.said["error"] == "Stopped: 1 of 3 photos are finished; the same command goes on from there."
    assert (outcome.said["made"], outcome.said["failed"]) == (1, 1)
    monkeypatch.undo()
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    outcome = run("panorama", folder, "--model", net, "-o", out, *QUICK, "--json")
    assert (outcome.said["made"], outcome.said["finished_before"]) == (1, 1)
    assert names_in(out / "c") == FILES
