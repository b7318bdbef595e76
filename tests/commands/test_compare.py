"""`depthview compare`: the table grows with every setting, the chart is there at the end, and it says what is wrong."""

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from tests.commands.runner import ROOT, names_in, refused, run
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import flat_pair

DISPARITY_PX = 12
PAIR = flat_pair(120, 160, DISPARITY_PX)
KEPT = ["compare.csv", "compare.png"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "입체 both.png"
    Pillow.fromarray(np.concatenate([PAIR.left, PAIR.right], axis=1)).save(path)
    return path


@pytest.fixture
def net(home: Path) -> Path:
    """A model at two sizes that says 12 px of the picture: 6 and 12 of its own. At 5 iterations it is 1 px off."""
    for (h, w), count, px in (((60, 80), 2, 6.0), ((120, 160), 2, 12.0), ((120, 160), 5, 13.0)):
        graphs.constant_graph(home / "models" / f"net_iter{count}_{h}x{w}.onnx", np.full((h, w), px, np.float32))
    return home


def table(folder: Path) -> list[dict[str, str]]:
    with (folder / "compare.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_models_iterations_and_resolutions_against_the_best_setting(packed: Path, net: Path, tmp_path: Path) -> None:
    out = tmp_path / "out 결과"
    arguments = ["--models", "net,sgm", "--iterations", "2,5", "--resolutions", "60x80,120x160", "--repeat", 1]
    outcome = run("compare", packed, *arguments, "-o", out, "--json")
    assert outcome.code == 0, outcome
    said = outcome.said
    assert said["reference"] == "net, 5 iterations, 120x160"
    assert names_in(out) == KEPT
    assert sorted(said["outputs"]) == [str(out / name) for name in KEPT]
    differences = {(s["model"], s["iterations"], s["height"]): s["difference"] for s in said["settings"]}
    assert differences[("net", 5, 120)] == 0
    assert differences[("net", 2, 60)] == differences[("net", 2, 120)] == 1, "in pixels of the picture at any size"
    assert differences[("sgm", None, 120)] == pytest.approx(1, abs=0.3)
    assert said["settings"][0]["reference"] is True
    assert [s["bad_2px"] for s in said["settings"]] == [None] * len(said["settings"])
    rows = table(out)
    assert [(r["model"], r["difference"]) for r in rows] == [
        (s["model"], f"{s['difference']}") for s in said["settings"]
    ]
    with Pillow.open(out / "compare.png") as chart:
        assert chart.size == (1440, 900)


def test_ground_truth(packed: Path, net: Path, tmp_path: Path) -> None:
    grey = tmp_path / "truth.png"
    Pillow.fromarray(np.full((120, 160), 16 * DISPARITY_PX, np.uint8)).save(grey)
    arguments = ["--models", "net", "--iterations", "all", "--resolutions", "all", "--repeat", 1]
    said = run("compare", packed, *arguments, "--truth", grey, "--truth-scale", 16, "-o", tmp_path / "o", "--json").said
    assert said["reference"] == "ground truth"
    found = {(s["iterations"], s["height"]): (s["difference"], s["bad_1px"], s["reference"]) for s in said["settings"]}
    assert found == {(2, 60): (0, 0, False), (2, 120): (0, 0, False), (5, 120): (1, 0, False)}
    text = run("compare", packed, *arguments, "--truth", grey, "--truth-scale", 16, "-o", tmp_path / "o")
    assert text.stdout.startswith("Difference from ground truth.")
    assert text.stdout.rstrip().endswith(str(tmp_path / "o"))
    assert "net, 2 iterations, 60x80" in text.stderr


def test_a_model_by_its_file(packed: Path, tmp_path: Path) -> None:
    path = graphs.constant_graph(tmp_path / "mine.onnx", np.full((60, 80), 6.0, np.float32))
    arguments = ["--models", f"{path},sgm", "--reference", "sgm", "--resolutions", "120x160", "--repeat", 1]
    said = run("compare", packed, *arguments, "-o", tmp_path / "o", "--json").said
    assert said["reference"] == "Semi-global matching, 120x160"
    mine = next(s for s in said["settings"] if s["model"] == "mine")
    assert mine["difference"] == pytest.approx(0, abs=0.3)


def test_a_setting_that_fails_is_a_row(packed: Path, tmp_path: Path) -> None:
    arguments = ["--models", "dv-stereo,sgm", "--iterations", 40, "--resolutions", "60x80", "--repeat", 1]
    outcome = run("compare", packed, *arguments, "-o", tmp_path / "o", "--json")
    assert outcome.code == 0, outcome
    assert outcome.said["failed"] == 1
    failed = table(tmp_path / "o")[0]
    assert failed["error"].startswith("DepthView stereo takes 1 to 32 iterations, not 40")
    alone = run("compare", packed, "--models", "dv-stereo", *arguments[2:], "-o", tmp_path / "p", "--json")
    assert alone.code == 2
    assert "None of the 1 settings worked" in alone.said["error"]
    assert table(tmp_path / "p")[0]["error"] == failed["error"], "what was tried is kept all the same"


def test_a_picture_of_one_eye_is_nothing_for_matching(tmp_path: Path) -> None:
    alone = tmp_path / "alone.png"
    Pillow.fromarray(PAIR.left).save(alone)
    outcome = run("compare", alone, "--models", "sgm", "--repeat", 1, "-o", tmp_path / "o", "--json")
    assert outcome.code == 2
    assert "This model needs two eyes" in outcome.said["error"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--models", "best"], "There is no model called best"),
        (["--models", ","], "No models are given"),
        (["--models", "sgm", "--reference", "dv-stereo"], "The reference dv-stereo is not among the models"),
        (["--iterations", "2,x"], "x is no number of iterations"),
        (["--iterations", "0"], "0 is no number of iterations"),
        (["--resolutions", "640"], "640 is no resolution"),
        (["--truth", "none.pfm"], "There is no such file"),
        (["--truth-is", "colour"], "Ground truth is disparity or depth"),
        (["--layout", "round"], "There is no layout called round"),
    ],
)
def test_it_refuses_in_one_sentence(packed: Path, tmp_path: Path, arguments: list[str], sentence: str) -> None:
    refused(run("compare", packed, *arguments, "-o", tmp_path / "o"), sentence)
    assert not (tmp_path / "o").exists()
    refused(run("compare", tmp_path / "nothing.png"), "There is no such file")


@pytest.mark.skipif(sys.platform == "win32", reason="Ctrl-C is another signal there")
def test_ctrl_c_keeps_the_table_and_draws_the_chart(packed: Path, net: Path, home: Path, tmp_path: Path) -> None:
    out = tmp_path / "o"
    command = [sys.executable, str(ROOT / "main.py"), "compare", str(packed), "-o", str(out), "--json"]
    command += ["--models", "net,sgm", "--iterations", "2,5", "--resolutions", "60x80,120x160", "--repeat", "200"]
    running = subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, "DEPTHVIEW_HOME": str(home)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 300  # as long as a busy machine takes; it is no measure
    while not (out / "compare.csv").exists() and time.monotonic() < until and running.poll() is None:
        time.sleep(0.02)
    assert (out / "compare.csv").exists(), "no setting was tried in time"
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=90)
    assert running.returncode == 130, stderr
    said = json.loads(stdout.splitlines()[-1])
    assert said["ok"] is False
    assert said["error"].startswith("Stopped: ")
    assert names_in(out) == KEPT
    assert len(table(out)) >= 1
