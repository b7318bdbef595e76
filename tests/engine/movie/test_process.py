"""A movie in a process of its own: what it says arrives, what is wished happens, and being killed costs little."""

import json
import random
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from depthview.engine.movie import export as export_room
from depthview.engine.movie.journal import read_journal
from depthview.engine.movie.process import MovieProcess
from depthview.engine.movie.task import MovieOutputs, MovieTask, ValuesStorage
from depthview.engine.movie.task_text import plain_of
from tests.commands.runner import ROOT
from tests.engine.movie.clips import Listener, files_in, film_of, patiently, stereo_clip, task_over

COUNT = 40
LONG = 400
"""Frames, for what has to be heard before they are all done, also where this process is the one that waits."""
VALUES = MovieOutputs(values=ValuesStorage.NPY)


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))


@pytest.fixture
def begin() -> Iterator[Callable[[MovieTask], MovieProcess]]:
    begun: list[MovieProcess] = []

    def one(task: MovieTask) -> MovieProcess:
        begun.append(MovieProcess(task))
        return begun[-1]

    yield one
    for process in begun:
        process.close()


def paused(process: MovieProcess) -> int:
    """Let it rest; how many frames are done. However quick a machine is, nothing ends while it rests."""
    process.pause()
    patiently(lambda: process.progress.phase == "Paused" or process.outcome is not None, "a rest")
    assert process.outcome is None
    return process.progress.done


def test_pause_resume_cancel_and_on_to_the_end(begin: Callable[[MovieTask], MovieProcess], tmp_path: Path) -> None:
    task = task_over(stereo_clip(tmp_path / "clip.mp4", LONG), tmp_path / "o")
    process = begin(task)
    patiently(lambda: process.progress.done >= 2, "the first frames")
    rested_at = paused(process)
    journal = read_journal(tmp_path / "o")
    assert journal is not None
    assert journal.frames == rested_at >= 2, "what is finished is safe while it rests"
    process.cancel()
    patiently(lambda: process.outcome is not None, "an end")
    assert process.outcome is not None
    assert (process.outcome.result, process.outcome.fault) == (None, None)
    again = begin(task)
    patiently(lambda: again.outcome is not None, "the end")
    assert again.outcome is not None
    assert again.outcome.result is not None
    assert (again.outcome.result["frames"], again.outcome.result["resumed_from"]) == (LONG, rested_at)
    assert again.progress.done == again.progress.total == LONG
    assert [path.name for path in again.progress.outputs] == ["preview.mp4", "depth.mkv"]


def test_a_fault_is_the_same_sentence_as_without_a_process(
    begin: Callable[[MovieTask], MovieProcess], tmp_path: Path
) -> None:
    process = begin(task_over(tmp_path / "gone.mp4", tmp_path / "o"))
    patiently(lambda: process.outcome is not None, "an end")
    assert process.outcome is not None
    fault = process.outcome.fault
    assert fault is not None
    assert str(fault).startswith("There is no such file")
    assert str(fault).endswith("gone.mp4")
    assert "{path}" in fault.template, "the window can translate it"


def test_a_process_that_vanishes_is_told_and_the_next_goes_on(
    begin: Callable[[MovieTask], MovieProcess], tmp_path: Path
) -> None:
    task = task_over(stereo_clip(tmp_path / "clip.mp4", COUNT), tmp_path / "o")
    process = begin(task)
    paused(process)
    process._child.kill()
    patiently(lambda: process.outcome is not None, "an end")
    assert process.outcome is not None
    assert "ended without a word" in str(process.outcome.fault)
    again = begin(task)
    patiently(lambda: again.outcome is not None, "the end")
    assert again.outcome is not None
    assert again.outcome.result is not None
    assert again.outcome.result["frames"] == COUNT


_CHILD = """
import sys, json
from depthview.engine.movie import export
from depthview.engine.movie.task_text import task_of
from depthview.engine.progress import PauseToken, StopToken
export._PART_FRAMES, export.LEAD_IN = 5, 6
def say(progress):
    print(progress.done, flush=True)
    if progress.done >= int(sys.argv[2]):
        sys.stdin.read()  # for ever: it must not have ended before it is killed
export.export_movie(task_of(json.loads(sys.argv[1])), report=say, tell=print, stop=StopToken(), pause=PauseToken())
"""


def run_until_killed(task: MovieTask, kill_at: int) -> None:
    """One run, in parts of five frames; killed at once when it has said that so many frames are done, or a few more."""
    command = [sys.executable, "-c", _CHILD, json.dumps(plain_of(task)), str(min(kill_at + 3, COUNT - 1))]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as child:
        assert child.stdout is not None
        for line in child.stdout:
            if line.strip().isdigit() and int(line) >= kill_at:
                child.kill()
                break
        child.stdout.read()
    assert child.returncode != 0


def test_killed_at_random_moments_the_movie_is_the_same_in_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_room, "LEAD_IN", 6)
    clip = stereo_clip(tmp_path / "clip.mp4", COUNT)
    whole, killed = (task_over(clip, tmp_path / name, outputs=VALUES) for name in ("whole", "killed"))
    export_room.export_movie(whole, **Listener().told)
    seed = random.Random(20)
    reached = 0
    for _ in range(4):
        reached = min(COUNT - 1, reached + seed.randint(5, 13))
        run_until_killed(killed, reached)
        journal = read_journal(killed.folder)
        assert journal is not None
        assert journal.result is None
        assert reached - 5 <= journal.frames <= COUNT, "no more is lost than a part"
        assert len(files_in(killed.folder / "values")) >= journal.frames
    export_room.export_movie(killed, **Listener().told)
    assert files_in(killed.folder / "values") == files_in(whole.folder / "values")
    (times, images), (times_whole, images_whole) = (
        film_of(f / "depth.mkv", "gray16le") for f in (killed.folder, whole.folder)
    )
    assert times == pytest.approx(times_whole, abs=2e-3)
    assert len(images) == COUNT
    assert all((one == other).all() for one, other in zip(images, images_whole, strict=True))
    assert len(film_of(killed.folder / "preview.mp4", "rgb24")[0]) == COUNT
    assert sorted(path.name for path in killed.folder.iterdir()) == ["depth.mkv", "movie.json", "preview.mp4", "values"]
