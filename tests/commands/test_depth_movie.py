"""`depthview depth MOVIE --every-frame` as a person runs it: stopped and run again, it goes on."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.commands.runner import ROOT, names_in, refused, run
from tests.engine.coded_clips import write_clip
from tests.engine.live_fakes import PATIENCE_S
from tests.engine.movie.clips import FPS, HW, film_of, patiently, side_by_side, stereo_clip

COUNT = 400
"""Frames: so many that Ctrl-C is heard before the last, also where this process is the one that waits."""
CAMERA = ("--baseline-m", 0.1, "--focal-px", 160)
QUICK = ("--layout", "sbs", "--model", "sgm", "--resolution", f"{HW[0]}x{HW[1]}")


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))


def test_the_options_say_what_is_written(tmp_path: Path) -> None:
    clip = stereo_clip(tmp_path / "clip.mp4", 8)
    more = ("--depth", "png", "--values", "exr", "--coloured", "--clouds", 4, "--eyes", "half-sbs", "--no-preview")
    command = ("depth", clip, "-o", tmp_path / "o", "--every-frame", *QUICK, *CAMERA)
    outcome = run(*command, *more, "--json")
    assert outcome.code == 0, outcome
    names = ["clouds", "coloured.mp4", "depth", "eyes-half-sbs.mp4", "values"]
    assert names_in(tmp_path / "o") == sorted([*names, "movie.json"])
    assert sorted(Path(path).name for path in outcome.said["outputs"]) == names
    assert (outcome.said["frames"], outcome.said["layout"], outcome.said["model"]) == (8, "sbs", "sgm")
    assert outcome.said["rig"]["assumed"] is False
    assert film_of(tmp_path / "o/eyes-half-sbs.mp4", "rgb24")[1][0].shape[:2] == HW
    again = run(*command, *more)
    assert again.code == 0
    assert again.stdout.startswith("8 frames: ")
    assert "finished already" in again.stderr
    refused(run(*command), "This movie was begun with --depth png and with --no-preview and with --coloured and ")
    refused(run(*command, *more, "--swap"), "This movie was begun without --swap here: ")
    assert run(*command, "--anew", "--json").said["frames"] == 8
    assert {"depth.mkv", "preview.mp4"} <= set(names_in(tmp_path / "o"))
    assert names_in(tmp_path / "o/values") == [], "what the other one left of frames is gone"


def test_a_swap_is_proposed_before_the_long_work_and_can_be_done_as_told(tmp_path: Path) -> None:
    halves = (np.roll(side_by_side(n), HW[1], axis=1) for n in range(120))
    clip = write_clip(tmp_path / "cross.mp4", halves, fps=FPS)
    command = ("depth", clip, "-o", tmp_path / "o", "--every-frame", *QUICK)
    begun = run(*command, "--frames", 8)
    assert begun.code == 0, begun
    proposals = [line for line in begun.stderr.splitlines() if "look swapped" in line]
    assert len(proposals) == 1, "once"
    assert proposals[0].endswith("give the same command with --swap --anew.")
    assert "The eyes converge" not in begun.stderr, "of eyes in the wrong order that is not known"
    refused(run(*command, "--frames", 8, "--swap"), "This movie was begun without --swap here: ")
    exchanged = run(*command, "--frames", 8, "--swap", "--anew", "--json")
    assert exchanged.said["swapped"]
    assert "look swapped" not in exchanged.stderr
    plain = run("depth", clip, "-o", tmp_path / "p", *QUICK, "--frames", 2)
    assert plain.stderr.count("give the same command with --swap.") == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_keeps_what_is_finished_and_the_same_command_goes_on(tmp_path: Path) -> None:
    clip, out = stereo_clip(tmp_path / "clip.mp4", COUNT), tmp_path / "o"
    options = ["-o", str(out), "--every-frame", "--values", "npy", "--json", *QUICK]
    running = subprocess.Popen(
        [sys.executable, str(ROOT / "main.py"), "depth", str(clip), *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A job in the background ignores Ctrl-C, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        patiently(lambda: (out / "values/disparity_000002.npy").exists(), "a movie in the making")
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=4 * PATIENCE_S)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 130
    said = json.loads(stdout.splitlines()[-1])["error"]
    assert said.startswith("Stopped: ")
    assert said.endswith(f"frame(s) are finished, the same command goes on from there: {out}")
    assert stderr.strip().splitlines()[-1] == said
    finished = int(said.split()[1])
    assert finished == len(names_in(out / "values")) >= 3
    result = run("depth", clip, *options).said
    assert (result["frames"], result["resumed_from"]) == (COUNT, finished)
    assert names_in(out) == ["depth.mkv", "movie.json", "preview.mp4", "values"]
