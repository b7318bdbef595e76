"""One room seen as many: turned, mirrored, and made longer, narrower, higher, with its range still exact.

Stretching a panorama along the axes of its room is HorizonNet's (Sun et al., CVPR 2019): straight lines stay straight.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from training.panorama.kept import Lesson
from training.panorama.sphere import directions

_FAR_M = 60.0


@dataclass(frozen=True, slots=True)
class Change:
    """`columns`: turned by so many; `scale` (x, y, z): stretched so, after that; `mirrored`: left becomes right."""

    columns: int
    scale: tuple[float, float, float]
    mirrored: bool

    @classmethod
    def drawn(cls, dice: np.random.Generator, width: int) -> "Change":
        across, down, ahead = np.exp(np.clip(dice.normal(0.0, 0.22, 3), -0.5, 0.5))
        scale = (float(across), float(np.sqrt(down)), float(ahead)) if dice.random() < 0.8 else (1.0, 1.0, 1.0)
        return cls(int(dice.integers(width)), scale, bool(dice.random() < 0.5))


def changed(lesson: Lesson, change: Change) -> tuple[NDArray[np.uint8], NDArray[np.float32], NDArray[np.float32]]:
    """Picture (H, W, 3), range and shell (H, W) float32 metres, 0 unknown."""
    height, width = lesson.range_m.shape
    before = directions(height, width) / np.array(change.scale, np.float32)
    longer = np.linalg.norm(before, axis=-1)
    before /= longer[..., None]
    column = (np.arctan2(before[..., 0], before[..., 2]) / (2 * np.pi) + 0.5) * width - 0.5
    row = (np.arcsin(np.clip(before[..., 1], -1, 1)) / np.pi + 0.5) * height - 0.5
    column = (column - change.columns) % width
    if change.mirrored:
        column = np.ascontiguousarray(column[:, ::-1])
        longer = np.ascontiguousarray(longer[:, ::-1])
        row = np.ascontiguousarray(row[:, ::-1])
    column, row = column.astype(np.float32), np.clip(row, 0, height - 1).astype(np.float32)
    picture = cv2.remap(lesson.picture, column, row, cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    nearest = (np.rint(row).astype(np.intp).clip(0, height - 1), np.rint(column).astype(np.intp) % width)
    ranges = [
        np.minimum(values[nearest].astype(np.float32) / longer, np.float32(_FAR_M))
        for values in (lesson.range_m, lesson.shell_m)
    ]
    return np.asarray(picture, np.uint8), ranges[0], ranges[1]
