"""The scale of depth without a unit, kept with each part: a second run could not find it again by itself."""

import io
import zipfile
from pathlib import Path

import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.frames import Meaning
from depthview.engine.steady import GaugeMemory

_NAME = "scale.{:07d}.npz"


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


def forget_memories(parts: Path, *, but: int) -> None:
    """Only the newest is ever recalled."""
    for path in parts.glob("scale.*.npz"):
        if path.name != _NAME.format(but):
            path.unlink(missing_ok=True)
