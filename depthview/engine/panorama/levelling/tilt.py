"""How a camera was held. Axes as in sphere.py: x right, y down, z forward."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tilt:
    """How the camera was held: turned about its axis by `roll_deg` (its right side lower is positive), and that axis
    raised by `pitch_deg` (looking up is positive). Where it looked round the horizon is no tilt.
    """

    pitch_deg: float
    roll_deg: float

    @classmethod
    def of_up(cls, up: NDArray[np.floating]) -> "Tilt":
        """Of the direction, (3,) of any length, in which the sky is in the photo."""
        x, y, z = (float(part) for part in up)
        return cls(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(-x, -y)))

    @property
    def up(self) -> NDArray[np.float64]:
        """(3,): where the sky is in the photo."""
        return np.asarray(-self.rotation[1], np.float64)

    @property
    def angle_deg(self) -> float:
        """How far from upright altogether."""
        return math.degrees(math.acos(max(-1.0, min(1.0, float(self.rotation[1, 1])))))

    @property
    def rotation(self) -> NDArray[np.float64]:
        """(3, 3): turns the photo's directions into upright ones, `rotation @ direction`."""
        pitch, roll = math.radians(self.pitch_deg), math.radians(self.roll_deg)
        raised = [[1, 0, 0], [0, math.cos(pitch), -math.sin(pitch)], [0, math.sin(pitch), math.cos(pitch)]]
        rolled = [[math.cos(roll), -math.sin(roll), 0], [math.sin(roll), math.cos(roll), 0], [0, 0, 1]]
        return np.asarray(np.array(raised) @ np.array(rolled), np.float64)

    def then(self, rest: "Tilt") -> "Tilt":
        """The tilt of a photo in which, once it was levelled by this one, `rest` was still found."""
        return Tilt.of_up(self.rotation.T @ rest.up)
