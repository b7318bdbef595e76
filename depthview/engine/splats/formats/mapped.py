"""Files that are read as they are used, so that a scene and its file are not in memory both at once."""

import mmap
from pathlib import Path


class MappedFile:
    """The bytes of a file: `data`. Raises OSError where it cannot be read."""

    def __init__(self, path: Path) -> None:
        with path.open("rb") as file:
            # Nothing cannot be mapped.
            size = file.seek(0, 2)
            self._map = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) if size else None
        self.data = memoryview(b"" if self._map is None else self._map)

    def forget(self) -> None:
        """Give back the memory of what was read by now; what is used again is read again. Windows does so by itself."""
        if self._map is not None and hasattr(mmap, "MADV_DONTNEED"):
            self._map.madvise(mmap.MADV_DONTNEED)
