"""What was found out of a model file, kept as TOML beside it (`NAME.onnx.toml`) for the next start and for a person.

`[found]` is what was found out, with the file's sha256; a changed file is looked at anew and `[found]` written again.
`[yours]` overrules it key by key and is never written over.
"""

import hashlib
import re
import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import tomli_w

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Manifest
from depthview.engine.folders import data_folder
from depthview.engine.models.needs.manifest import read_keys, table_of

_VERSION = 3
"""Of how files are looked at, and of the catalogue's contracts: what an older DepthView found is found again."""

_HEAD = """\
# What DepthView found out about {name}.
# Where it is wrong, write the right key below [yours]: that overrules [found] and is never written over.

"""
_YOURS = re.compile(r"^\[yours\][ \t]*(#.*)?$", re.MULTILINE)
_MAY_WRITE = 0o222
_OF_THE_FILE = ("version", "sha256", "bytes", "modified_ns")


@dataclass(frozen=True, slots=True)
class _Identity:
    """What says that a file is still the one that was looked at; the hash is asked only where the rest differs."""

    bytes: int
    modified_ns: int

    @classmethod
    def of(cls, path: Path) -> "_Identity":
        status = path.stat()
        return cls(status.st_size, status.st_mtime_ns)


def manifest_file(model: Path) -> Path:
    """Where a model's manifest stands, or will: beside it, or in the data folder where that may not be written to."""
    beside, elsewhere = _places(model)
    return elsewhere if elsewhere.exists() and not beside.exists() else beside


def recall(model: Path) -> Manifest | None:
    """What is remembered of a file, with the person's own keys in force.

    None where the file was never looked at, or has changed since. Raises UserError on a manifest with a mistake.
    """
    for path in _places(model):
        found = _document(path).get("found")
        if not isinstance(found, dict) or found.get("version") != _VERSION or not _same_file(model, found):
            continue
        kept = {key: value for key, value in found.items() if key not in _OF_THE_FILE}
        try:
            return replace(Manifest(**read_keys(kept, path)), **yours(model))
        except TypeError:  # a key that every manifest has was taken out
            continue
    return None


def yours(model: Path) -> dict[str, Any]:
    """What the person wrote of a model. Raises UserError on a mistake."""
    path = manifest_file(model)
    own = _document(path).get("yours", {})
    if not isinstance(own, dict):
        raise UserError("[yours] should be a table of keys: write it as in the other manifests: {path}", path=path)
    return read_keys(own, path)


def remember(model: Path, found: Manifest) -> Path:
    """Write what was found out about a file; the person's part stays to the letter. Where: `manifest_file`."""
    identity = _Identity.of(model)
    table = {
        "version": _VERSION,
        "sha256": sha256_of(model),
        "bytes": identity.bytes,
        "modified_ns": identity.modified_ns,
        **table_of(found),
    }
    beside, elsewhere = _places(model)
    text = _HEAD.format(name=model.name) + tomli_w.dumps({"found": table}) + "\n" + _own_text(manifest_file(model))
    # A folder that is marked read-only is left alone, also by who could write to it all the same (root).
    if model.parent.stat().st_mode & _MAY_WRITE:
        with suppress(UserError):
            _write(beside, text)
            return beside
    output_folder(elsewhere.parent)
    _write(elsewhere, text)
    return elsewhere


def forget(model: Path) -> None:
    """Remove what was found out; what the person wrote stays."""
    path = manifest_file(model)
    if not path.exists():
        return
    own = _own_text(path)
    if yours(model):
        _write(path, _HEAD.format(name=model.name) + own)
    else:
        path.unlink()


def sha256_of(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _places(model: Path) -> tuple[Path, Path]:
    return model.with_name(model.name + ".toml"), _elsewhere(model)


def _elsewhere(model: Path) -> Path:
    place = hashlib.sha256(str(model.absolute()).encode(errors="surrogateescape")).hexdigest()[:12]
    return data_folder() / "manifests" / f"{model.stem}-{place}.toml"


def _document(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise UserError(
            "This model's manifest cannot be read: mend it, or delete it to have it written anew: {path}",
            path=path,
            details=str(error),
        ) from error


def _same_file(model: Path, found: Mapping[str, object]) -> bool:
    identity = _Identity.of(model)
    if (found.get("bytes"), found.get("modified_ns")) == (identity.bytes, identity.modified_ns):
        return True
    return found.get("bytes") == identity.bytes and found.get("sha256") == sha256_of(model)


def _own_text(path: Path) -> str:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError):
        text = ""
    heading = _YOURS.search(text)
    if heading is None:
        return "[yours]\n"
    # Somebody may have put it first: what is written anew ends it.
    ends = (text.find(mark, heading.start()) for mark in ("\n[found]", _HEAD[:20]))
    return text[heading.start() : min((end for end in ends if end >= 0), default=None)]


def _write(path: Path, text: str) -> None:
    with atomic_path(path) as temporary:
        temporary.write_text(text, encoding="utf-8")
