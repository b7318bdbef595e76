"""What the frames after a part hang on, kept with it: the scale of depth without a unit, which a second run could not
find again by itself, and what was seen of the eyes, for which it would have to look through the movie again."""

import io
import json
import math
import zipfile
from pathlib import Path

import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.every_frame import Seen
from depthview.engine.frames import Meaning
from depthview.engine.steady import GaugeMemory

_NAME = "scale.{:07d}.npz"
_SEEN = "seen.{:07d}.{}"
_MARKS, _EYES = "json", "npz"
_LARGEST_BYTES = 256 << 20


def write_memory(parts: Path, frame: int, memory: GaugeMemory) -> None:
    """Keep what a run that goes on with `frame` has to recall. Raises UserError where it cannot be written."""
    encoded = io.BytesIO()
    np.savez(
        encoded,
        of=np.array([memory.model, memory.meaning.value]),
        size_hw=np.array(memory.size_hw),
        values=memory.values,
        look=memory.look,
        at_s=np.array(memory.at_s),
    )
    with atomic_path(parts / _NAME.format(frame), durable=True) as temporary:
        temporary.write_bytes(encoded.getbuffer())


def read_memory(parts: Path, frame: int) -> GaugeMemory | None:
    """None where there is none, or none that can be used: the scale then begins anew."""
    try:
        with np.load(parts / _NAME.format(frame), allow_pickle=False) as found:
            model, meaning = (str(text) for text in found["of"])
            values, look = found["values"], found["look"]
            size_hw, at_s = tuple(int(side) for side in found["size_hw"]), float(found["at_s"])
            if (values.dtype, look.dtype) != (np.float32, np.int16) or values.shape != look.shape or values.ndim != 2:
                return None
            return GaugeMemory(model, Meaning(meaning), size_hw, values, look, at_s)
    except (OSError, ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile):
        return None


def write_seen(parts: Path, frame: int, index: int, seen: Seen) -> None:
    """Keep what a run that goes on with `frame` may begin with: `seen` is of the movie's `index`-th. Raises UserError
    where it cannot be written."""
    marks = json.dumps({"index": index, "seq": seen.seq, "pts_s": seen.pts_s})
    for ending, raw in ((_EYES, seen.judge), (_MARKS, marks.encode())):
        with atomic_path(parts / _SEEN.format(frame, ending), durable=True) as temporary:
            temporary.write_bytes(raw)


def read_seen(parts: Path, frame: int) -> tuple[int, Seen] | None:
    """The index of its frame, and what was seen; None where there is nothing that can be used."""
    try:
        marks = json.loads((parts / _SEEN.format(frame, _MARKS)).read_bytes())
        with (parts / _SEEN.format(frame, _EYES)).open("rb") as stream:
            judge = stream.read(_LARGEST_BYTES)
        index, seen = int(marks["index"]), Seen(int(marks["seq"]), float(marks["pts_s"]), judge)
    except (OSError, ValueError, KeyError, TypeError, OverflowError, RecursionError):
        return None
    return (index, seen) if math.isfinite(seen.pts_s) else None


def forget_memories(parts: Path, *, but: int | None = None) -> None:
    """Only the newest is ever recalled. Raises OSError where one cannot be removed."""
    for path in (*parts.glob("scale.*.npz"), *parts.glob("seen.*")):
        if but is None or path.name not in (_NAME.format(but), *(_SEEN.format(but, one) for one in (_MARKS, _EYES))):
            path.unlink(missing_ok=True)
