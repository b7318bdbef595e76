"""A part of a picture."""

from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

T = TypeVar("T", bound=np.generic)


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of whole pixels: rows `top` to `top + height`, columns `left` to `left + width`, ends left out."""

    top: int
    left: int
    height: int
    width: int

    @classmethod
    def whole(cls, size_hw: tuple[int, int]) -> "Box":
        return cls(0, 0, *size_hw)

    @property
    def size_hw(self) -> tuple[int, int]:
        return self.height, self.width

    def of(self, image: NDArray[T]) -> NDArray[T]:
        """That part of an array (H, W, ...); a view, not a copy."""
        return image[self.top : self.top + self.height, self.left : self.left + self.width]
