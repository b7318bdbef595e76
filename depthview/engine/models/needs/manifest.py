"""A model's manifest as a TOML table: keys with a sentence for every mistake in them.

A table may hold all keys (what was found out of a file) or some (what the catalogue or a person knows better).
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import (
    SCALINGS,
    Axes,
    Colours,
    ExternalFile,
    Kind,
    Manifest,
    Numbers,
    Projection,
    Resize,
    Role,
    Scaling,
    Stack,
    Stage,
)

__all__ = ["Keys", "Manifest", "read_keys", "stays_inside", "table_of"]

Keys = Mapping[str, Any]
"""Checked values by the names of the Manifest's fields: all of them, or what somebody knows better."""


_ALWAYS = ("colours", "scaling", "layout", "resize", "sign")
"""What a person is the likeliest to look for."""


class _Wrong(Exception):  # noqa: N818 - carries half a sentence to `read_keys`
    """What a value should have been."""


def read_keys(table: Mapping[str, object], where: object) -> dict[str, Any]:
    """Check a TOML table of manifest keys, such as the catalogue's `[model.manifest]`; it need not have all of them.

    Raises UserError that names the key, what it should be, and `where` it stands (a path).
    """
    keys: dict[str, Any] = {}
    for key, value in table.items():
        if key not in _READERS:
            raise UserError(
                "A model's manifest has no key {key}: use some of {known}: {path}",
                key=key,
                known=", ".join(_READERS),
                path=where,
            )
        try:
            keys[key] = _READERS[key](value)
        except _Wrong as wrong:
            raise UserError(
                "The key {key} in a model's manifest should be {wanted}, not {value}: {path}",
                key=key,
                wanted=str(wrong),
                value=value,
                path=where,
            ) from None
    return keys


def table_of(known: Manifest | Keys) -> dict[str, object]:
    """The TOML table of a manifest, or of some of its keys; `read_keys` reads it.

    Of a manifest those keys are left out that are as usual and hardly ever have to be corrected.
    """
    if isinstance(known, Manifest):
        values = {field.name: (getattr(known, field.name), field.default) for field in fields(known)}
        known = {key: value for key, (value, usual) in values.items() if key in _ALWAYS or value != usual}
    return {key: _written(key, value) for key, value in known.items()}


def _written(key: str, value: Any) -> object:
    match key:
        case "inputs" | "extra":
            return {str(name): entry for name, entry in value}
        case "scaling":
            named = next((name for name, scaling in SCALINGS.items() if scaling == value), None)
            return named or {"mean": list(value.mean), "std": list(value.std)}
        case "external":
            return [{"file": entry.file, "sha256": entry.sha256} for entry in value]
        case "before":
            return [{"file": stage.file, "feeds": dict(stage.feeds)} for stage in value]
    return list(value) if isinstance(value, tuple) else value


# --- one reader for each key


def _word(kinds: type[Any]) -> Callable[[object], Any]:
    def read(value: object) -> Any:
        if value not in [str(kind) for kind in kinds]:
            raise _Wrong("one of " + ", ".join(f'"{kind}"' for kind in kinds))
        return kinds(value)

    return read


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise _Wrong("a text")
    return value


def _flag(value: object) -> bool:
    if not isinstance(value, bool):
        raise _Wrong("true or false")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise _Wrong("a number")
    return float(value)


def _positive(value: object) -> float:
    if _is_number(value) and _number(value) > 0:
        return _number(value)
    raise _Wrong("a number above zero")


def _is_number(value: object) -> bool:
    return not isinstance(value, bool) and isinstance(value, int | float) and math.isfinite(value)


def _angle(value: object) -> float:
    if _is_number(value) and 1 <= _number(value) <= 170:
        return _number(value)
    raise _Wrong("a number of degrees from 1 to 170")


def _whole(least: int, most: int) -> Callable[[object], int]:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise _Wrong(f"a whole number from {least} to {most}")
        return value

    return read


def _sign(value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or value not in (1, -1):
        raise _Wrong("1 or -1")
    return value


def _size(value: object) -> tuple[int, int]:
    side = _whole(16, 16384)
    try:
        height, width = (side(n) for n in value)  # type: ignore[attr-defined]  # what is no list is the TypeError
    except (TypeError, ValueError, _Wrong):
        raise _Wrong("[height, width], two whole numbers") from None
    return height, width


def _three(value: object) -> tuple[float, float, float]:
    if not isinstance(value, list) or len(value) != 3 or not all(_is_number(n) for n in value):
        raise _Wrong("a list of three numbers")
    return float(value[0]), float(value[1]), float(value[2])


def _scaling(value: object) -> Scaling:
    if isinstance(value, str) and value in SCALINGS:
        return SCALINGS[value]
    if isinstance(value, dict) and set(value) == {"mean", "std"}:
        mean, std = _three(value["mean"]), _three(value["std"])
        if 0 not in std:
            return Scaling(mean, std)
    named = ", ".join(f'"{name}"' for name in SCALINGS)
    raise _Wrong(f"one of {named}, or {{ mean = [r, g, b], std = [r, g, b] }} of colours of 0..1")


def _inputs(value: object) -> tuple[tuple[Role, str], ...]:
    roles = [str(role) for role in Role]
    if not isinstance(value, dict) or not value or not all(k in roles and isinstance(v, str) for k, v in value.items()):
        raise _Wrong("a table of the graph's input names by " + ", ".join(roles))
    return tuple((Role(key), name) for key, name in value.items())


def _extra(value: object) -> tuple[tuple[str, float], ...]:
    if not isinstance(value, dict) or not all(_is_number(entry) for entry in value.values()):
        raise _Wrong("a table of numbers by the graph's input names")
    return tuple((key, float(entry)) for key, entry in value.items())


def _external(value: object) -> tuple[ExternalFile, ...]:
    wanted = "a list of { file = NAME, sha256 = DIGEST } of files in the model's own folder"
    if not isinstance(value, list) or not all(
        isinstance(e, dict) and {"file"} <= set(e) <= {"file", "sha256"} for e in value
    ):
        raise _Wrong(wanted)
    files = tuple(ExternalFile(str(entry["file"]), str(entry.get("sha256", ""))) for entry in value)
    if not all(stays_inside(entry.file) for entry in files):
        raise _Wrong(wanted)
    return files


def _before(value: object) -> tuple[Stage, ...]:
    wanted = "a list of { file = NAME, feeds = { OUTPUT = INPUT } } of ONNX files in the model's own folder"
    if not isinstance(value, list) or not all(
        isinstance(e, dict) and {"file"} <= set(e) <= {"file", "feeds"} and isinstance(e["file"], str) for e in value
    ):
        raise _Wrong(wanted)
    feeds = [entry.get("feeds", {}) for entry in value]
    if not all(isinstance(one, dict) and all(isinstance(name, str) for name in one.values()) for one in feeds):
        raise _Wrong(wanted)
    files = [str(entry["file"]) for entry in value]
    if not all(stays_inside(file) for file in files) or len({PurePosixPath(file).stem for file in files}) < len(files):
        raise _Wrong(wanted)
    return tuple(Stage(file, tuple(one.items())) for file, one in zip(files, feeds, strict=True))


def stays_inside(location: str) -> bool:
    """Whether a relative path cannot lead out of the folder that it starts in, on any operating system."""
    posix, windows = PurePosixPath(location), PureWindowsPath(location)
    climbs = ".." in posix.parts or ".." in windows.parts
    return bool(location.strip()) and not (climbs or posix.is_absolute() or windows.drive or windows.root)


def _words(value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
        raise _Wrong("a list of keys")
    return tuple(value)


_READERS: dict[str, Callable[[object], Any]] = {
    "kind": _word(Kind),
    "inputs": _inputs,
    "meaning": _word(Numbers),
    "colours": _word(Colours),
    "scaling": _scaling,
    "layout": _word(Axes),
    "stack": _word(Stack),
    "size": _size,
    "any_size": _flag,
    "multiple": _whole(1, 512),
    "resize": _word(Resize),
    "pad": _three,
    "centred": _flag,
    "extra": _extra,
    "output": _text,
    "channel": _whole(0, 63),
    "sign": _sign,
    "both_signs": _flag,
    "scale": _positive,
    "focal_px": _positive,
    "fov_deg": _angle,
    "min_depth_m": _positive,
    "max_depth_m": _positive,
    "confidence": _text,
    "mask": _text,
    "metric_scale": _text,
    "projection": _word(Projection),
    "wraps": _flag,
    "level": _flag,
    "external": _external,
    "before": _before,
    "guesses": _words,
    "doubt": _text,
}
assert set(_READERS) == {field.name for field in fields(Manifest)}
