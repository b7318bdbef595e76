"""Kernels compiled for this processor, kept in the cache folder: only the very first start waits for them.

numba is slow to import, and so are kernels to compile: import a module of kernels where it is used, not in the thread
that holds the window. A kernel calls only kernels of its own file: by that file's date its cache is known to be stale.
"""

import os
import tempfile
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

import numba

from depthview.engine.folders import cache_folder

Kernel = TypeVar("Kernel", bound=Callable[..., Any])

_QUICK = {"contract", "reassoc", "nsz", "arcp"}
"""Sums in any order; NaN and infinity are still what they are."""


def compiled(*signature: Any, quick_floats: bool = False, inline: bool = False) -> Callable[[Kernel], Kernel]:
    """For functions of numbers and arrays, which then run without Python's lock; a division by zero gives infinity.

    `signature`: the types of the arguments, numba's own, to be compiled for once and for all when the module is
    imported; without it, for whatever comes, when it comes. `quick_floats`: sums and products in any order. `inline`:
    for what only kernels of the same file call.
    """

    def decorate(function: Kernel) -> Kernel:
        made: Kernel = numba.njit(
            *([signature] if signature else []),
            nogil=True,
            cache=not inline and kept_in() is not None,
            error_model="numpy",
            fastmath=_QUICK if quick_floats else False,
            inline="always" if inline else "never",
        )(function)
        return made

    return decorate


def strided(dtype: Any, dimensions: int) -> Any:
    """The type of arrays that may be laid out in any way and are not written to: views into mapped files."""
    return numba.types.Array(numba.from_dtype(dtype), dimensions, "A", readonly=True, aligned=False)


@cache
def kept_in() -> Path | None:
    """The folder of what is compiled; None where nothing can be kept. `NUMBA_CACHE_DIR` comes first, as always."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder() / "compiled")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
        for kept in folder.rglob("*.nb?"):
            if kept.stat().st_size == 0:  # what a power cut left: numba would stumble over it at every start
                kept.unlink()
    except OSError:
        return None
    numba.config.CACHE_DIR = str(folder)
    return folder
