"""What was pulled into a model's folder, and with which sums: `pulled.toml`, beside the files.

It stays when the files are removed, so that the same address has to give the same file the next time.
"""

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import tomli_w

from depthview.engine.atomic import atomic_path

NAME = "pulled.toml"


@dataclass(frozen=True, slots=True)
class PulledFile:
    """One file that was pulled. `checked_against` is `catalogue` or `first download`.

    `download_sha256` is the sum of what came from the address; for a file out of an archive it is the archive's.
    """

    name: str
    address: str
    size_bytes: int
    sha256: str
    download_sha256: str
    checked_against: str
    pulled: str
    """When, ISO 8601."""


def read_record(folder: Path) -> dict[str, PulledFile]:
    """By file name; empty where nothing was pulled or the record cannot be read."""
    try:
        table = tomllib.loads((folder / NAME).read_text(encoding="utf-8"))
        files = [PulledFile(**entry) for entry in table["file"]]
    except (OSError, ValueError, KeyError, TypeError):
        return {}
    return {file.name: file for file in files}


def write_record(folder: Path, facts: Mapping[str, str], files: Iterable[PulledFile]) -> None:
    """`facts` are about the model as a whole: its title, its licence. Raises UserError."""
    with atomic_path(folder / NAME) as temporary:
        temporary.write_text(tomli_w.dumps({**facts, "file": [asdict(file) for file in files]}), encoding="utf-8")
