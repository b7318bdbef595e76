"""Files that are read as they are used, so that a scene and its file are not in memory both at once."""

import mmap
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


class MappedFile:
    """The bytes of a file: `data`. Raises OSError where it cannot be read."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            # Nothing cannot be mapped.
            size = file.seek(0, 2)
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else None
        self.data = memoryview(b"" if self._map is None else self._map)

    def forget(self) -> None:
        """Give back the memory of what was read by now; what is used again is read again."""
        if self._map is not None:
            _give_back(self._map)


def forget(array: NDArray[np.generic]) -> None:
    """The same for the file that `array` is a view into; where it looks into memory, nothing."""
    owner: object = array
    # Views of views, some by numpy's own go-betweens.
    while owner is not None and not isinstance(owner, mmap.mmap):
        owner = owner.obj if isinstance(owner, memoryview) else getattr(owner, "base", None)
    if owner is not None:
        _give_back(owner)


def _give_back(mapped: mmap.mmap) -> None:
    if hasattr(mmap, "MADV_DONTNEED"):  # Windows does so by itself
        mapped.madvise(mmap.MADV_DONTNEED)
