"""A task as plain JSON and back: for the journal, which compares it, and for the process that carries it out."""

import json
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import Path
from types import NoneType, UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from depthview.engine.movie.task import MovieTask
from depthview.engine.stereo.rigs.rig_file import Rig

Plain = dict[str, Any]
"""Of what JSON knows: texts, numbers, lists, and of these by name."""


def plain_of(task: MovieTask | Rig) -> Plain:
    """All of it, just as it would be read back from JSON. Of a rig as well, which may be a part of a task."""
    plain = json.loads(json.dumps(_plain(task)))
    assert isinstance(plain, dict)
    return plain


def task_of(plain: Plain) -> MovieTask:
    """The task that `plain_of` was asked about. Raises ValueError, TypeError or KeyError for anything else."""
    task = _built(MovieTask, plain)
    assert isinstance(task, MovieTask)
    return task


def _plain(value: Any) -> Any:
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, np.ndarray | np.generic):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    return str(value) if isinstance(value, Path) else value


def _built(hint: Any, value: Any) -> Any:
    """`value` as what a field that is declared as `hint` holds."""
    kind = get_origin(hint)
    if kind in (Union, UnionType):
        if value is None:
            return None
        (only,) = (one for one in get_args(hint) if one is not NoneType)
        return _built(only, value)
    if kind is tuple and isinstance(value, list):
        return tuple(_built(get_args(hint)[0], item) for item in value)
    if kind is np.ndarray:
        return np.asarray(value, np.float64)
    if is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{field.name: _built(hints[field.name], value[field.name]) for field in fields(hint)})  # type: ignore[operator]
    if isinstance(hint, type) and issubclass(hint, Enum | Path):
        return hint(value)
    if kind is not None or not isinstance(value, (int, float) if hint is float else hint):
        raise TypeError(f"{value!r} is no {hint}")
    return value
