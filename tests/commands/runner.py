"""Runs commands: in this process, which is quick, or in one of their own, which is the whole truth."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from typer.testing import CliRunner

from depthview.commands.app import app

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Outcome:
    code: int
    stdout: str
    stderr: str

    @property
    def said(self) -> dict[str, Any]:
        """The JSON object, which must be the only line of stdout."""
        (line,) = self.stdout.splitlines()
        said = json.loads(line)
        assert isinstance(said, dict)
        assert said["ok"] is (self.code == 0)
        return said


def run(*arguments: object) -> Outcome:
    result = CliRunner().invoke(app, [str(a) for a in arguments], prog_name="depthview")
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return Outcome(result.exit_code, result.stdout, result.stderr)


def run_main(*arguments: object, folder: Path, home: Path) -> Outcome:
    """`python main.py ...` from `folder`, as a person would with a fresh checkout."""
    environment = {**os.environ, "DEPTHVIEW_HOME": str(home), "PYTHONUTF8": "1"}
    environment.pop("PYTHONPATH", None)
    done = subprocess.run(
        [sys.executable, str(ROOT / "main.py"), *(str(a) for a in arguments)],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Outcome(done.returncode, done.stdout, done.stderr)


def names_in(folder: Path) -> list[str]:
    """Everything in a folder, hidden files too."""
    return sorted(p.name for p in folder.iterdir()) if folder.exists() else []


def refused(outcome: Outcome, sentence: str) -> None:
    """Exit 2, one sentence on stderr that begins like this, nothing on stdout, no traceback."""
    assert outcome.code == 2, outcome
    assert "Traceback" not in outcome.stderr + outcome.stdout
    lines = outcome.stderr.strip().splitlines()
    assert len(lines) == 1, outcome
    assert lines[0].startswith(sentence), lines[0]
    assert outcome.stdout == ""
