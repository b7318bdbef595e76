"""A job's folder: what was asked for, the log's end, and one process at a time."""

import json
import math
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.jobs.folder import (
    LOG,
    held,
    holds_job,
    holds_something_else,
    log_tail,
    read_asked,
    remove_folder,
    write_asked,
)
from depthview.engine.capture.poses.settings import Mapper, Matcher, PoseSettings
from depthview.engine.capture.training.settings import StrategyName, TrainingSettings
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from tests.engine.capture.small_job import small

ASKED = Asked(
    PoseSettings(
        (Path("/photos/Küche"), Path("/b.jpg")), 800, 70, Matcher.SEQUENTIAL, Mapper.GLOBAL, loose=True, max_splats=5
    ),
    TrainingSettings(123, 456, 789, 2, StrategyName.CLASSIC, True, True, False, 7),
    lowered_to=100,
)


def test_what_was_asked_for_comes_back(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "job"
    write_asked(folder, ASKED)
    assert read_asked(folder) == ASKED
    assert [path.name for path in folder.iterdir()] == ["job.json"]
    assert holds_job(folder)


def test_half_the_splats_once() -> None:
    fresh = replace(ASKED, lowered_to=None)
    halved = fresh.with_half_the_splats()
    assert halved is not None
    assert halved.training == ASKED.training
    assert halved.training_now == replace(ASKED.training, max_splats=228)
    assert fresh.training_now == ASKED.training
    assert halved.with_half_the_splats() is None


def spoilt(**changes: object) -> bytes:
    return json.dumps({**json.loads(ASKED.to_bytes()), **changes}).encode()


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'"job"',
        b"[" * 100_000,
        spoilt(version=2),
        spoilt(version=None),
        spoilt(poses=None),
        spoilt(poses={}),
        spoilt(training=[]),
        spoilt(training={**ASKED.training.to_json(), "iterations": 0}),
        spoilt(training={**ASKED.training.to_json(), "iterations": "many"}),
        spoilt(training={**ASKED.training.to_json(), "max_splats": math.inf}),
        spoilt(lowered_to=0),
        spoilt(lowered_to=[]),
        spoilt(poses={**ASKED.poses.to_json(), "matcher": "guess"}),
        ASKED.to_bytes()[:-20],
    ],
)
def test_a_damaged_job_is_a_sentence(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "job.json").write_bytes(raw)
    with pytest.raises(UserError, match="holds no job that can be read"):
        read_asked(tmp_path)


def test_no_job(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no such file"):
        read_asked(tmp_path / "nowhere")


def test_a_folder_with_other_files_is_told_from_one_that_is_free(tmp_path: Path) -> None:
    folder = tmp_path / "f"
    assert not holds_something_else(folder)
    folder.mkdir()
    (folder / ".hidden").touch()
    with held(folder):
        assert not holds_something_else(folder)
    (folder / "letter.txt").touch()
    assert holds_something_else(folder)
    write_asked(folder, small(tmp_path))
    assert not holds_something_else(folder), "the job's own folder"


def test_one_at_a_time_and_what_was_left_half_written_goes(tmp_path: Path) -> None:
    for place in (tmp_path, *(tmp_path / name for name in ("stages", "state", "checkpoints"))):
        place.mkdir(exist_ok=True)
        (place / ".depthview-0abc.ply").write_bytes(b"half")
        (place / "whole.ply").write_bytes(b"whole")
    with held(tmp_path):
        with pytest.raises(UserError, match="at work already"), held(tmp_path):
            pass
        assert not list(tmp_path.rglob(".depthview-*"))
        assert len(list(tmp_path.rglob("whole.ply"))) == 4
    with held(tmp_path):
        pass


def test_the_system_lets_go_for_a_process_that_was_killed(tmp_path: Path) -> None:
    program = (
        "import sys, time\nfrom pathlib import Path\nfrom depthview.engine.capture.jobs.folder import held\n"
        "with held(Path(sys.argv[1])):\n    print('held', flush=True)\n    time.sleep(600)\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)], cwd=IMPORT_FOLDER, stdout=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    with pytest.raises(UserError, match="at work already"), held(tmp_path):
        pass
    child.kill()
    child.wait()
    child.stdout.close()
    with held(tmp_path):
        pass


def test_the_logs_end(tmp_path: Path) -> None:
    assert log_tail(tmp_path, 10) == ()
    log = tmp_path / LOG
    log.write_bytes(b"")
    assert log_tail(tmp_path, 10) == ()
    log.write_text("".join(f"line {number}\n" for number in range(50_000)), encoding="utf-8")
    assert log_tail(tmp_path, 3) == ("line 49997", "line 49998", "line 49999")
    everything = log_tail(tmp_path, 1_000_000)
    assert everything[-1] == "line 49999"
    assert everything[0].startswith("line "), "no half line"
    with log.open("ab") as stream:
        stream.write("Umläu".encode()[:-1] + b"\xff\xfe\nno end of line")
    assert log_tail(tmp_path, 1) == ("no end of line",)


def test_removing(tmp_path: Path) -> None:
    folder = tmp_path / "job"
    write_asked(folder, ASKED)
    (folder / "dense").mkdir()
    (tmp_path / "kept").write_text("mine")
    (folder / "dense" / "link").symlink_to(tmp_path / "kept")
    remove_folder(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    remove_folder(folder)
