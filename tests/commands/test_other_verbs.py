"""`models`, `similarity`, `doctor`, `live`, `--version`: each by what it says and what it leaves behind."""

import json
import os
import subprocess
import sys
import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.ply import read_ply
from depthview.engine.stereo.rigs.remembered import remember
from depthview.engine.stereo.rigs.rig_file import write_rig
from tests.commands.runner import ROOT, names_in, refused, run, run_main
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import flat_pair, texture
from tests.engine.rigs.bent_rig import bent_rig


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def test_models_list_says_what_there_is(home: Path) -> None:
    graphs.pair_graph(home / "models" / "net_iter5_32x64.onnx")
    said = run("models", "list", "--json").said
    assert said["folder"] == str(home / "models")
    own, mono, sgm, *whole, net = said["models"]
    assert [model["projection"] for model in whole] in ([], ["erp"]), "the bundled panorama network, where it is there"
    assert (own["id"], own["title"], own["files"]) == ("dv-stereo", "DepthView stereo", [])
    assert (own["most_iterations"], own["any_resolution"], own["holds_rate"]) == (32, True, True)
    assert (mono["id"], mono["title"], mono["eyes"]) == ("dv-mono", "DepthView one eye", 1)
    assert (sgm["id"], sgm["files"], sgm["holds_rate"]) == ("sgm", [], False)
    assert (net["id"], net["iterations"], net["resolutions"]) == ("net", [5], ["32x64"])
    assert net["files"] == [str(home / "models" / "net_iter5_32x64.onnx")]
    text = run("models", "list")
    assert "dv-stereo: DepthView stereo\n    iterations   1 to 32\n    resolutions  any\ndv-mono:" in text.stdout
    assert "net: net" in text.stdout
    assert str(home / "models") in text.stdout


def test_similarity_is_0_for_the_same_and_1_for_nothing_in_common(tmp_path: Path) -> None:
    for name, image in (
        ("red.png", np.full((20, 30, 3), (250, 0, 0), np.uint8)),
        ("blue.png", np.full((40, 10, 3), (0, 0, 250), np.uint8)),
        ("photo.png", texture(40, 60)),
    ):
        Pillow.fromarray(image).save(tmp_path / name)
    for a, b, distance in (("red", "red", 0), ("photo", "photo", 0), ("red", "blue", 1)):
        said = run("similarity", tmp_path / f"{a}.png", tmp_path / f"{b}.png", "--json").said
        assert said["distance"] == pytest.approx(distance, abs=1e-4)
        assert said["ssim"] == (1 if a == b else None), "SSIM compares place by place, and these differ in size"
    assert run("similarity", tmp_path / "red.png", tmp_path / "red.png").stdout == "0.0000  (SSIM 1.0000)\n"
    assert run("similarity", tmp_path / "red.png", tmp_path / "blue.png").stdout == "1.0000\n"
    refused(run("similarity", tmp_path / "red.png", tmp_path / "none.png"), "There is no such file")


def test_doctor_tells_the_truth_from_any_folder(tmp_path: Path, home: Path) -> None:
    outcome = run_main("doctor", "--json", folder=tmp_path, home=home)
    assert outcome.code == 0, outcome
    said = outcome.said
    assert said["inference"]["runs_on"] in ("CPU", "CUDA", "DirectML", "CoreML")
    assert said["codecs"]["h264"] is True
    assert said["packages"]["numpy"] == np.__version__
    assert isinstance(said["cameras"], list)
    assert set(said["opengl"]) >= {"works"}
    assert names_in(tmp_path) in ([], ["home"])


def test_live_plays_the_sample_and_keeps_the_last_depth(tmp_path: Path) -> None:
    out = tmp_path / "o"
    # A rate that a crowded machine holds as well: of ten a second it may hold only matching alone.
    outcome = run("live", "--seconds", 1, "--resolution", "120x160", "--rate", 1, "-o", out, "--json")
    assert outcome.code == 0, outcome
    said = outcome.said
    assert names_in(out) == ["cloud.ply", "depth.png", "figures.json", "mesh.glb", "preview.png"]
    assert sorted(said["outputs"]) == sorted(str(out / name) for name in names_in(out))
    assert said["frames_in"] == said["frames_out"] + said["drops"], "to the last one, since the run is over"
    assert said["under_way"] == 0
    assert said["frames_out"] >= 1
    assert (said["layout"], said["size"]) == ("sbs", [720, 1280])
    assert (said["model"], said["resolution"]) == ("dv-stereo", [120, 160])
    assert 1 <= said["iterations"] <= 20, "chosen to hold a rate at that size"
    kept = json.loads((out / "figures.json").read_text(encoding="utf-8"))
    assert kept == {key: said[key] for key in kept}
    with Pillow.open(out / "depth.png") as picture:
        metres = np.asarray(picture) / 1000
    middle = float(np.median(metres[metres > 0]))
    assert 1 < middle < 7, "the sample's camera is known, and its room is a room"
    cloud = read_ply(out / "cloud.ply")
    assert not cloud.relative
    assert len(cloud.xyz_m) > 10_000


CALIB = (
    "cam0=[300 0 99.5; 0 300 74.5; 0 0 1]\ncam1=[300 0 101.5; 0 300 74.5; 0 0 1]\n"
    "doffs=2\nbaseline=100\nwidth=200\nheight=150\n"
)


def test_live_goes_by_a_rig_as_depth_does(tmp_path: Path) -> None:
    pair = flat_pair(150, 200, 12)
    eyes = [tmp_path / "im0.png", tmp_path / "im1.png"]
    for path, image in zip(eyes, (pair.left, pair.right), strict=True):
        Pillow.fromarray(image).save(path)
    (tmp_path / "calib.txt").write_text(CALIB)
    command = ("live", *eyes, "--model", "sgm", "--seconds", 0.5, "-o", tmp_path / "o", "--json")
    said = run(*command).said
    assert (said["rig"]["focal_px"], said["rig"]["doffs_px"], said["rig"]["assumed"]) == (300, 2, False)
    assert said["rig_from"] == "calib.txt lies beside the pictures"
    with Pillow.open(tmp_path / "o/depth.png") as picture:
        metres = np.asarray(picture)[np.asarray(picture) > 0] / 1000
    assert np.median(metres) == pytest.approx(300 * 0.1 / (12 + 2), rel=0.02)
    assert run(*command, "--no-rig").said["rig"]["assumed"] is True
    write_rig(tmp_path / "mine.yml", replace(bent_rig(), size_hw=(480, 480)))
    refused(run(*command[:-1], "--rig", tmp_path / "mine.yml"), "This rig was measured for pictures of 480 x 480")
    measured = bent_rig()
    write_rig(tmp_path / "mine.yml", measured)
    said = run(*command, "--rig", tmp_path / "mine.yml").said
    assert (said["rig_from"], said["rig"]["assumed"]) == ("as asked", False)
    assert said["rig"]["baseline_m"] == pytest.approx(measured.baseline_m)
    (tmp_path / "calib.txt").unlink()
    remember(" | ".join(map(str, eyes)), measured)
    assert run(*command).said["rig_from"] == "this source was calibrated before"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["nothing.mp4"], "There is no such file"),
        (["nothing.mp4", "--rig", "."], "This is a folder, and a calibration is a file"),
        (["--model", "best"], "There is no model called best"),
        (["--iterations", "40"], "DepthView stereo takes 1 to 32 iterations, not 40"),
        (["--rate", "0"], "0 is no rate"),
        (["--rate", "10", "--model", "sgm"], "The model sgm cannot hold a rate"),
        (["--min-confidence", "-1"], "A confidence of -1.0 does not exist"),
        (["--max-distance-m", "-1"], "A maximum distance of -1.0 m leaves nothing"),
        (["--layout", "mono", "--model", "sgm"], "This picture shows one eye only"),
    ],
)
def test_live_refuses_in_one_sentence(tmp_path: Path, arguments: list[str], sentence: str) -> None:
    refused(run("live", *arguments, "-o", tmp_path / "o"), sentence)
    assert not (tmp_path / "o").exists()


def test_version_and_help() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    assert run("--version").stdout == f"{version}\n"
    text = run("--help").stdout
    for verb in ("depth", "live", "panorama", "models", "compare", "similarity", "doctor"):
        assert f"\n  {verb}" in text


def test_the_command_line_brings_no_window_along(tmp_path: Path, home: Path) -> None:
    code = (
        "import sys, depthview.commands.app as a\n"
        "try: a.app(['models', 'list'])\n"
        "except SystemExit: pass\n"
        "print([m for m in ('PySide6', 'vtkmodules', 'torch', 'pyqtgraph') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stderr.strip().splitlines()[-1] == "[]"


def test_the_installed_command_tidies_up_after_other_packages_too(home: Path) -> None:
    """`depthview` and `python -m depthview` do not pass by main.py."""
    script = (
        "import sys, os, faulthandler; sys.argv = ['depthview', '--version']\n"
        "from depthview.cli import main\n"
        "try:\n    main()\nfinally:\n"
        "    print(os.environ.get('QT_QPA_FONTDIR'), os.environ.get('QT_QPA_PLATFORM_PLUGIN_PATH'),"
        " faulthandler.is_enabled())"
    )
    environment = {
        **os.environ,
        "QT_QPA_FONTDIR": "/site-packages/cv2/qt/fonts",
        "QT_QPA_PLATFORM_PLUGIN_PATH": "/my/own/plugins",
    }
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stdout.splitlines()[-1] == "None /my/own/plugins True", done
