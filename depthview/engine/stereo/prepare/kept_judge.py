"""What a judge has seen of a source's eyes, kept on the disk: a film that is gone on with need not be seen again.

The arrays are NPZ; the objects around them a pickle in which only classes of this project's stereo rooms may be named
(the Python manual's "Restricting Globals"): a file of somebody else can make nothing run.
"""

import io
import pickle
import zipfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.stereo.prepare.judge import PairJudge
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_warp import RigWarp

_ROOMS = ("depthview.engine.stereo.", *(f"depthview.engine.{room}" for room in ("frames", "camera", "sentence")))
_OBJECTS = "objects"


def keep_judge(judge: PairJudge) -> bytes:
    """All that its next verdicts hang on."""
    objects, arrays = io.BytesIO(), list[NDArray[Any]]()
    _Keeper(objects, arrays).dump(judge)
    named = {f"array_{number}": array for number, array in enumerate(arrays)}
    kept = io.BytesIO()
    np.savez_compressed(kept, allow_pickle=False, **{_OBJECTS: np.frombuffer(objects.getvalue(), np.uint8)}, **named)
    return kept.getvalue()


def kept_judge(raw: bytes, rig: CalibratedRig | None) -> PairJudge | None:
    """The judge that was kept, looking through `rig`, the measured one in force; None where it cannot be had."""
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as found:
            arrays = [found[f"array_{number}"] for number in range(len(found.files) - 1)]
            judge = _Finder(io.BytesIO(found[_OBJECTS].tobytes()), arrays, rig).load()
    except (pickle.UnpicklingError, zipfile.BadZipFile, OSError, EOFError):
        return None
    except (ValueError, KeyError, TypeError, AttributeError, IndexError):  # of another version, or nobody's
        return None
    return judge if isinstance(judge, PairJudge) else None


class _Keeper(pickle.Pickler):
    """Arrays are kept beside it, and the rig not at all: it is a file of its own, read again each time."""

    def __init__(self, to: io.BytesIO, arrays: list[NDArray[Any]]) -> None:
        super().__init__(to, protocol=5)
        self._arrays = arrays

    def persistent_id(self, found: Any) -> tuple[Any, ...] | None:
        if isinstance(found, np.ndarray | np.generic):
            self._arrays.append(np.asarray(found))
            return "array" if isinstance(found, np.ndarray) else "number", len(self._arrays) - 1
        if isinstance(found, CalibratedRig):
            return ("rig",)
        return ("warp", *found.left.size_hw) if isinstance(found, RigWarp) else None


class _Finder(pickle.Unpickler):
    def __init__(self, source: io.BytesIO, arrays: list[NDArray[Any]], rig: CalibratedRig | None) -> None:
        super().__init__(source)
        self._arrays, self._rig = arrays, rig

    def find_class(self, module: str, name: str) -> Any:
        # Modules name what they import as well, and a name with dots leads through it: to subprocess, by way of numpy.
        if (module, name) == ("collections", "deque") or (module.startswith(_ROOMS) and "." not in name):
            found = super().find_class(module, name)
            if isinstance(found, type) and found.__module__ == module:
                return found
        raise pickle.UnpicklingError(f"{module}.{name} has no place here")

    def persistent_load(self, called: tuple[Any, ...]) -> Any:
        match called:
            case ("array", number):
                return self._arrays[number]
            case ("number", number):
                return self._arrays[number][()]
            case ("rig",) if self._rig is not None:
                return self._rig
            case ("warp", height, width) if self._rig is not None:
                return self._rig.warp((height, width))
        raise pickle.UnpicklingError(f"{called} is not here")
