"""Drawn rooms, read from their folders as they come."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lesson:
    """`picture` (H, W, 3) uint8 RGB; `range_m` of all, `shell_m` of the empty room: (H, W) float16, 0 unknown."""

    picture: NDArray[np.uint8]
    range_m: NDArray[np.float16]
    shell_m: NDArray[np.float16]


class Lessons:
    """All lessons of some folders; those that come while it is in use are found by `reread`."""

    def __init__(self, folders: list[Path]) -> None:
        self._folders = folders
        self._read: dict[Path, Lesson] = {}
        self._order: list[Lesson] = []
        self.reread()

    def reread(self) -> int:
        """How many there are now. They come whole: what draws them writes aside and renames."""
        for folder in self._folders:
            for path in sorted(folder.glob("*.npz")):
                if path not in self._read:
                    self._read[path] = read_lesson(path)
                    self._order.append(self._read[path])
        return len(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, number: int) -> Lesson:
        return self._order[number]


def read_lesson(path: Path) -> Lesson:
    with np.load(path, allow_pickle=False) as kept:
        return Lesson(kept["picture"], kept["range"], kept["shell"])
