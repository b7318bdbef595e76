"""Where a scene stands in the world: turned, sized and shifted."""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Placement:
    """world = scale * rotation @ local + shift. `rotation` (3, 3) a proper rotation, `shift` (3,); float64."""

    rotation: Vector = field(default_factory=lambda: np.eye(3))
    scale: float = 1.0
    shift: Vector = field(default_factory=lambda: np.zeros(3))

    def to_world(self, xyz: NDArray[np.floating]) -> Vector:
        """(..., 3) places of the scene in the world."""
        return np.asarray(xyz @ (self.scale * self.rotation.T) + self.shift)

    def to_local(self, xyz: NDArray[np.floating]) -> Vector:
        """(..., 3) places of the world in the scene."""
        return np.asarray((xyz - self.shift) @ self.rotation / self.scale)

    def then(self, after: "Placement") -> "Placement":
        """This placement, and what it places moved once more by `after`."""
        return Placement(
            after.rotation @ self.rotation,
            after.scale * self.scale,
            after.scale * after.rotation @ self.shift + after.shift,
        )


def turn_between(one: Vector, other: Vector) -> Vector:
    """(3, 3) the shortest rotation that turns the direction `one` into `other`; both (3,), of any length but 0."""
    a, b = one / np.linalg.norm(one), other / np.linalg.norm(other)
    axis, cosine = np.cross(a, b), float(a @ b)
    if cosine < -1 + 1e-12:  # opposite: half a turn about anything across
        across = np.cross(a, np.eye(3)[int(np.argmin(np.abs(a)))])
        across /= np.linalg.norm(across)
        return np.asarray(2 * np.outer(across, across) - np.eye(3))
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + cross + cross @ cross / (1 + cosine))
