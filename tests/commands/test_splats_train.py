"""`depthview splats train`: the whole road, stopped and called again, and what it refuses."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from depthview.engine.folders import IMPORT_FOLDER
from tests.commands.runner import Outcome, names_in, refused, run
from tests.engine.capture.drawn_photos import drawn_photos

PATIENCE_S = 100
LONGER = 900
"""Iterations that are not done before a signal is heard."""
SMALL = ("--iterations", 40, "--max-splats", 500, "--max-size", 160)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("drawn") / "photos"
    drawn_photos(folder, 6)
    return folder


@pytest.fixture(scope="module")
def trained(photos: Path) -> tuple[Path, Outcome]:
    folder = photos.with_name("scene")
    return folder, run("splats", "train", photos, "-o", folder, *SMALL, "--json")


def test_photos_become_a_scene(trained: tuple[Path, Outcome]) -> None:
    folder, outcome = trained
    assert outcome.code == 0, outcome
    said = outcome.said
    assert said["file"] == str(folder / "checkpoints" / "splats_000040.ply")
    assert (said["photos"], said["placed"], said["missing"], said["advice"]) == (6, 6, [], None)
    assert said["iterations"] == 40
    assert 0 < said["splats"] <= 500
    scene = run("splats", "info", said["file"], "--json").said
    assert scene["splats"] == said["splats"]
    assert "There are only 6 photos" in outcome.stderr


def test_what_is_done_is_not_done_again(trained: tuple[Path, Outcome], photos: Path) -> None:
    folder, outcome = trained
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*.ply")}
    again = run("splats", "train", photos, "-o", folder, *SMALL)
    assert again.code == 0
    assert "6 of 6 photos were placed" in again.stdout
    assert outcome.said["file"] in again.stdout
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.ply")} == before


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent from here")
def test_ctrl_c_saves_and_the_same_command_goes_on(trained: tuple[Path, Outcome], photos: Path) -> None:
    folder, _ = trained
    longer = ("--iterations", LONGER, *SMALL[2:], "--json")
    states = []
    for turn in range(2):
        child = subprocess.Popen(
            [sys.executable, "-m", "depthview", "splats", "train", str(photos), "-o", str(folder), *map(str, longer)],
            cwd=IMPORT_FOLDER,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        curve = folder / "progress.jsonl"
        wanted = 1 if turn == 0 else states[0] + 1
        give_up = time.monotonic() + PATIENCE_S
        while not _reached(folder, curve, wanted):
            assert child.poll() is None, child.communicate()
            assert time.monotonic() < give_up
            time.sleep(0.05)
        child.send_signal(signal.SIGINT if turn == 0 else signal.SIGTERM)
        stdout, stderr = child.communicate(timeout=PATIENCE_S)
        assert child.returncode == 130, stderr
        said = json.loads(stdout)
        assert said["error"].startswith("Stopped at ")
        assert said["error"].endswith("the same command goes on from there.")
        assert "Traceback" not in stderr
        if turn == 1:
            assert f"Going on after {states[0]} iterations." in stderr
        newest = max((folder / "state").glob("*.state"), key=lambda path: path.stat().st_mtime_ns)
        states.append(int(newest.stem.split("_")[1]))
    assert 0 < states[0] < states[1]
    assert (folder / "checkpoints-1" / "splats_000040.ply").exists(), "another training takes nothing away"


@pytest.mark.skipif(sys.platform == "win32", reason="a console's Ctrl-C cannot be sent from here")
def test_ctrl_c_on_a_terminal_reaches_colmap_too(tmp_path: Path, photos: Path) -> None:
    """It goes to all processes of a terminal, also to one that is still loading."""
    child = subprocess.Popen(
        [sys.executable, "-m", "depthview", "splats", "train", str(photos), "-o", str(tmp_path / "out")],
        cwd=IMPORT_FOLDER,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    give_up = time.monotonic() + PATIENCE_S
    while not psutil.Process(child.pid).children():
        assert child.poll() is None, child.communicate()
        assert time.monotonic() < give_up
        time.sleep(0.02)
    time.sleep(0.3)
    os.killpg(child.pid, signal.SIGINT)
    stdout, stderr = child.communicate(timeout=PATIENCE_S)
    assert (child.returncode, stdout) == (130, "")
    assert "Traceback" not in stderr
    assert "the same command goes on from there." in stderr


def _reached(folder: Path, curve: Path, iteration: int) -> bool:
    begun = folder / "stages" / "training-begun.json"
    if not curve.exists() or json.loads(begun.read_text())["training"]["iterations"] != LONGER:
        return False
    lines = curve.read_text().splitlines()
    return bool(lines) and json.loads(lines[-1])["iteration"] >= iteration


def test_photos_that_are_not_there(tmp_path: Path) -> None:
    out = tmp_path / "out"
    (tmp_path / "empty").mkdir()
    refused(run("splats", "train", tmp_path / "empty", "-o", out), "There are no photos in this folder")
    refused(run("splats", "train", tmp_path / "nowhere", "-o", out), "There is no such file")
    assert not out.exists(), "a refusal leaves nothing behind"


def test_too_few_photos_and_a_second_try_in_the_same_folder(tmp_path: Path, photos: Path) -> None:
    out, one = tmp_path / "out", tmp_path / "one"
    one.mkdir()
    (one / "a.jpg").write_bytes((photos / "00.jpg").read_bytes())
    outcome = run("splats", "train", one, "-o", out, *SMALL)
    assert outcome.code == 2
    assert "Traceback" not in outcome.stderr
    assert len(outcome.stderr.strip().splitlines()) == 1
    other = run("splats", "train", tmp_path, "-o", out, *SMALL)
    assert "other photos" not in other.stderr, "nothing was made of the first"


@pytest.mark.parametrize(
    ("option", "value"),
    [("--iterations", 0), ("--iterations", 10**9), ("--max-splats", 0), ("--max-size", 8), ("--max-size", 10**6)],
)
def test_numbers_out_of_range(tmp_path: Path, photos: Path, option: str, value: int) -> None:
    outcome = run("splats", "train", photos, "-o", tmp_path / "out", option, value)
    assert outcome.code == 2
    assert "must be between" in outcome.stderr
    assert not (tmp_path / "out").exists()


def test_folders_that_are_not_free(tmp_path: Path, photos: Path, trained: tuple[Path, Outcome]) -> None:
    (tmp_path / "letter.txt").write_text("mine")
    refused(run("splats", "train", photos, "-o", tmp_path), "Other files lie in this folder")
    assert names_in(tmp_path) == ["letter.txt"]
    refused(run("splats", "train", photos, "-o", tmp_path / "letter.txt"), "A file is in the way of this folder")
    outcome = run("splats", "train", photos / "00.jpg", photos / "01.jpg", "-o", trained[0], *SMALL)
    refused(outcome, "This folder holds the scene of other photos")


def test_a_folder_that_is_at_work(tmp_path: Path, photos: Path) -> None:
    from depthview.engine.capture.jobs.folder import held

    with held(tmp_path):
        refused(run("splats", "train", photos, "-o", tmp_path, *SMALL), "This job is at work already")


def test_advice_can_be_followed(tmp_path: Path) -> None:
    """Photos of two places: the good part is kept, and what may help is said as options."""
    both = tmp_path / "both"
    drawn_photos(both, 4)
    drawn_photos(both, 3, seed=9, prefix="other")
    outcome = run("splats", "train", both, "-o", tmp_path / "out", "--iterations", 2, *SMALL[2:], "--json")
    assert outcome.code == 0, outcome
    said = outcome.said
    assert (said["photos"], said["placed"]) == (7, 4)
    assert len(said["missing"]) == 3
    assert "fall into two parts" in said["poses"]
    assert said["advice"].endswith(": --loose")


def test_torch_is_not_loaded_before_it_is_needed(tmp_path: Path) -> None:
    program = (
        "import sys\nfrom depthview.commands.app import app\n"
        "try:\n    app(['splats', 'train', 'nowhere', '-o', sys.argv[1]])\nexcept SystemExit as end:\n"
        "    assert end.code == 2\nassert not {'torch', 'pycolmap'} & set(sys.modules)\n"
    )
    environment = {**os.environ, "DEPTHVIEW_HOME": str(tmp_path)}
    command = [sys.executable, "-c", program, str(tmp_path / "out")]
    subprocess.run(command, cwd=IMPORT_FOLDER, env=environment, check=True, capture_output=True, timeout=60)
