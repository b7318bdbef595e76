"""Photographs of unknown depth, for a teacher to look at with its student: what life looks like, in any scale of it.

A few large photographs go a long way: crops of them at every size teach how a teacher sees (Asano and Saeed, "The
Augmented Image Prior", ICLR 2023).
"""

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

_SUFFIXES = (".jpg", ".jpeg", ".png")


@dataclass(frozen=True, slots=True)
class Photos:
    """(H, W, 3) uint8 RGB each."""

    pictures: tuple[NDArray[np.uint8], ...]

    @classmethod
    def of(cls, folder: Path) -> "Photos":
        """All JPEG and PNG files of a folder. Raises FileNotFoundError where there are none."""
        files = sorted(path for path in folder.iterdir() if path.suffix.lower() in _SUFFIXES)
        read = [cv2.imread(str(path), cv2.IMREAD_COLOR_RGB) for path in files]
        pictures = tuple(np.asarray(picture, np.uint8) for picture in read if picture is not None)
        if not pictures:
            raise FileNotFoundError(f"no photographs in {folder}")
        return cls(pictures)

    def crop(self, height: int, width: int, dice: np.random.Generator) -> Tensor:
        """(3, H, W) float32 0..1: a part of one of them, from all of it to as many pixels as asked for."""
        rgb = self.pictures[int(dice.integers(len(self.pictures)))]
        rows, columns = rgb.shape[:2]
        most = min(columns, rows * width / height)
        across = most * (min(1.0, width / most) ** float(dice.uniform(0.0, 1.0)))
        down = min(rows, round(across * height / width))
        top, left = int(dice.integers(rows - down + 1)), int(dice.integers(columns - round(across) + 1))
        part = rgb[top : top + down, left : left + round(across)]
        interpolation = cv2.INTER_AREA if across > width else cv2.INTER_LINEAR
        seen = cv2.resize(part, (width, height), interpolation=interpolation)
        seen = seen[:, ::-1] if dice.random() < 0.5 else seen
        return torch.from_numpy(np.ascontiguousarray(seen.transpose(2, 0, 1))).float() / 255.0
