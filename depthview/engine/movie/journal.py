"""What is finished of a movie, so that a run that was killed goes on from there: written when a part is whole."""

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.movie.rig_mark import RigMark
from depthview.engine.movie.task_text import Plain
from depthview.engine.reading import reading

JOURNAL = "movie.json"
_FORMAT = 1
_LARGEST_BYTES = 64 << 20
"""A thousand times what a film of three hours takes."""
_DAMAGED = "The record of what is finished here cannot be read: choose another folder or begin again (--anew): {path}"


@dataclass(frozen=True, slots=True)
class Part:
    """A run of frames that is finished in everything that is written: `first` is its first one's index, `start_s` when
    that is shown."""

    first: int
    frames: int
    start_s: float


@dataclass(frozen=True, slots=True)
class Journal:
    """`asked` is what the movie is made of and how; parts follow each other without gaps. `result` is what was told of
    it at the end, None before. `rig` is the measured one that was found or named, None for none: it is known only once
    there are frames."""

    asked: Plain
    parts: tuple[Part, ...] = ()
    result: Plain | None = None
    rig: RigMark | None = None

    @property
    def frames(self) -> int:
        """How many are finished."""
        return self.parts[-1].first + self.parts[-1].frames if self.parts else 0

    def with_part(self, part: Part) -> "Journal":
        """The same with one more part."""
        return replace(self, parts=(*self.parts, part))


def read_journal(folder: Path) -> Journal | None:
    """None where there is none. Raises UserError where it cannot be read or is damaged."""
    path = folder / JOURNAL
    if not path.exists():
        return None
    with reading(path), path.open("rb") as stream:
        raw = stream.read(_LARGEST_BYTES)
    try:
        return _parsed(json.loads(raw))
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise UserError(_DAMAGED, details=repr(error), path=path) from error


def write_journal(folder: Path, journal: Journal) -> None:
    """Returns when the disk has it. Raises UserError where it cannot be written."""
    text = json.dumps(
        {
            "format": _FORMAT,
            "asked": journal.asked,
            "parts": [[part.first, part.frames, part.start_s] for part in journal.parts],
            "result": journal.result,
            "rig": None if journal.rig is None else asdict(journal.rig),
        }
    )
    with atomic_path(folder / JOURNAL, durable=True) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _parsed(found: Any) -> Journal:
    """Raises ValueError, TypeError or KeyError for what `write_journal` never wrote."""
    if found["format"] != _FORMAT or not isinstance(found["asked"], dict):
        raise ValueError("of another format")
    parts = tuple(Part(int(first), int(frames), float(start_s)) for first, frames, start_s in found["parts"])
    expected = 0
    for part in parts:
        if part.first != expected or part.frames < 1 or not 0 <= part.start_s < 1e9:
            raise ValueError(f"{part} does not go on from frame {expected}")
        expected += part.frames
    result = found["result"]
    if result is not None and not all(isinstance(path, str) for path in result["outputs"]):
        raise TypeError("no result")
    rig = found["rig"]
    mark = None if rig is None else RigMark(str(rig["name"]), str(rig["numbers"]))
    return Journal(found["asked"], parts, result, mark)
