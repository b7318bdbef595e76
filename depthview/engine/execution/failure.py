"""What a failed run means: not this picture, too little memory, or an accelerator that will not recover.

A CUDA context that met one of these errors answers every later call with an error as long as the process lives
(CUDA driver API, `CUresult`); a DirectML device that was removed stays so. ONNX Runtime has one class for all of it and
tells them apart in words alone (microsoft/onnxruntime issues 16307 and 26312).
"""

import ctypes
import re

from depthview.engine.errors import UserError

_POISONED = re.compile(
    # 214 and 220: uncorrectable memory and link errors; 700 to 719: illegal access, time-out, assertion, bad code; 77
    # and 74 were illegal access and misalignment before CUDA 10.1; 999: unknown, after which nothing works either.
    r"cuda (?:failure|error):? *(?:214|220|700|702|709|71[04-9]|999|74|77)\b"
    r"|illegal memory access|misaligned address|illegal instruction|unspecified launch failure|device-side assert"
    r"|cu(?:dnn|blas)_status_(?:execution_failed|mapping_error)"
    r"|887a00(?:05|06|07|20)|device (?:was )?removed|device instance has been suspended",
    re.IGNORECASE,
)
_NO_MEMORY = re.compile(
    r"cuda (?:failure|error):? *2\b|out ?of ?memory|failed to allocate memory|bad_alloc|bad allocation"
    r"|cu(?:dnn|blas)_status_alloc_failed|8007000e",
    re.IGNORECASE,
)


class OutOfMemory(UserError):  # noqa: N818 - it is what it says
    """The model at this resolution does not fit into the memory of where it runs."""

    def __init__(self, details: str = "") -> None:
        super().__init__("There is not enough memory for this model: choose a smaller resolution.", details=details)


class EngineBroken(UserError):  # noqa: N818 - it is what it says
    """What a model runs on has failed for good: only a fresh start helps, not another picture."""

    def __init__(self, device: str, details: str = "") -> None:
        super().__init__(
            "The depth engine failed on {device} and will not recover by itself: restart it (in the window: Models > "
            "Restart the depth engine).",
            device=device,
            details=details,
        )


def cure_needed(error: Exception, device: str) -> UserError | None:
    """What went wrong if it is more than this one picture or file, from the words of ONNX Runtime; else None."""
    details = f"{type(error).__name__}: {error}"
    if _POISONED.search(details):
        return EngineBroken(device, details)
    if isinstance(error, MemoryError) or _NO_MEMORY.search(details):
        return OutOfMemory(details)
    return None


def leave_alone(broken: object) -> None:
    """Never free this object: freeing what lies on a broken device fails inside a destructor, which ends the program
    (microsoft/onnxruntime issues 1591 and 2963). Its memory is given back when the process ends."""
    ctypes.pythonapi.Py_IncRef(ctypes.py_object(broken))
