"""Drawn rooms, read from their folder as they come, and photographs of which only a teacher's opinion is known."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lesson:
    """`picture` (H, W, 3) uint8 RGB; `range_m`, `shell_m` (H, W) float16 along the ray, 0 unknown.

    `opinion`: the range is what a teacher said of a photograph's views. Its details count, its room does not.
    """

    picture: NDArray[np.uint8]
    range_m: NDArray[np.float16]
    shell_m: NDArray[np.float16]
    opinion: bool = False


class Lessons:
    """All lessons of some folders; those that come while it is in use are found by `reread`."""

    def __init__(self, folders: list[Path], *, opinion: bool = False) -> None:
        self._folders = folders
        self._opinion = opinion
        self._read: dict[Path, Lesson] = {}
        self._order: list[Lesson] = []
        self.reread()

    def reread(self) -> int:
        """How many there are now. A file that cannot be read is left for the next time."""
        for folder in self._folders:
            for path in sorted(folder.glob("*.npz")):
                if path not in self._read:
                    self._read[path] = read_lesson(path, opinion=self._opinion)
                    self._order.append(self._read[path])
        return len(self._order)

    def __len__(self) -> int:
        return len(self._order)

    def __getitem__(self, number: int) -> Lesson:
        return self._order[number]


def read_lesson(path: Path, *, opinion: bool = False) -> Lesson:
    with np.load(path, allow_pickle=False) as kept:
        range_m = kept["range"]
        shell_m = kept["shell"] if "shell" in kept else np.zeros_like(range_m)
        return Lesson(kept["picture"], range_m, shell_m, opinion)
