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


def compiled(*, quick_floats: bool = False, inline: bool = False) -> Callable[[Kernel], Kernel]:
    """For functions of numbers and arrays, which then run without Python's lock; a division by zero gives infinity.

    `quick_floats`: the compiler may take sums in any order and trust that there are no NaNs and infinities. `inline`:
    for what only other kernels call.
    """

    def decorate(function: Kernel) -> Kernel:
        made: Kernel = numba.njit(
            nogil=True,
            cache=not inline and _keeps(),
            error_model="numpy",
            fastmath=quick_floats,
            inline="always" if inline else "never",
        )(function)
        return made

    return decorate


@cache
def _keeps() -> bool:
    """Whether compiled code can be kept, and where: `NUMBA_CACHE_DIR` comes first, as always with numba."""
    folder = Path(os.environ.get("NUMBA_CACHE_DIR") or cache_folder() / "compiled")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        return False
    numba.config.CACHE_DIR = str(folder)
    return True
