"""Places that fail."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def mount(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KB. Skips where this user may not mount one."""
    yield from _small_disk(tmp_path / "small disk", "256k")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 4 MB. Skips where this user may not mount one."""
    yield from _small_disk(tmp_path / "small disk", "4m")


def _small_disk(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    try:
        command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
        done = subprocess.run(command, capture_output=True, check=False)
    except OSError as error:
        pytest.skip(f"no mount here: {error}")
    if done.returncode != 0:
        pytest.skip(f"may not mount a small disk: {done.stderr.decode(errors='replace').strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], capture_output=True, check=True)
