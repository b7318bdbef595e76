"""What happens when the window cannot open: a sentence, not an abort."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def start(*arguments: str) -> subprocess.CompletedProcess[str]:
    blind = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")}
    command = [sys.executable, "main.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=blind, capture_output=True, text=True, timeout=60, check=False)


def test_a_mistyped_command_is_told() -> None:
    ended = start("depht", "foo.mp4")
    assert ended.returncode == 2
    assert (
        ended.stderr.strip() == "There is no command and no file called depht: `depthview --help` lists the commands."
    )


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="elsewhere there is always a display")
def test_no_display_is_told() -> None:
    ended = start()
    assert ended.returncode == 2
    assert ended.stderr.startswith("There is no display for a window")
    assert len(ended.stderr.strip().splitlines()) == 1
