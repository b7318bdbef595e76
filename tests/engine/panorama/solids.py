"""Rooms whose range is known exactly in every direction, seen from inside."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Image, Values
from depthview.engine.panorama.views import View
from depthview.engine.sphere import directions


@dataclass(frozen=True)
class Ball:
    """A sphere around the eye."""

    radius_m: float = 2.5

    def range_m(self, towards: NDArray[np.floating]) -> NDArray[np.float64]:
        return np.full(towards.shape[:-1], self.radius_m)


@dataclass(frozen=True)
class Room:
    """A box with the eye somewhere in it, turned by `yaw_deg`: metres to its walls right, below, ahead; left, above,
    behind."""

    ahead_m: tuple[float, float, float] = (1.7, 1.6, 2.9)
    behind_m: tuple[float, float, float] = (2.3, 1.1, 1.4)
    yaw_deg: float = 17.0

    def range_m(self, towards: NDArray[np.floating]) -> NDArray[np.float64]:
        return self._nearest(towards)[0]

    def normals(self, towards: NDArray[np.floating]) -> NDArray[np.float64]:
        """(..., 3): of the wall that is met, facing the eye."""
        axis = self._nearest(towards)[1]
        own = np.take_along_axis(towards.astype(np.float64) @ self._turn.T, axis[..., None], -1)
        facing = np.zeros(towards.shape)
        np.put_along_axis(facing, axis[..., None], -np.sign(own), -1)
        return np.asarray(facing @ self._turn)

    @property
    def _turn(self) -> NDArray[np.float64]:
        c, s = np.cos(np.radians(self.yaw_deg)), np.sin(np.radians(self.yaw_deg))
        return np.array([[c, 0, -s], [0, 1, 0], [s, 0, c]])

    def _nearest(self, towards: NDArray[np.floating]) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        own = towards.astype(np.float64) @ self._turn.T
        unit = own / np.linalg.norm(own, axis=-1, keepdims=True)
        walls = np.where(unit > 0, self.ahead_m, self.behind_m)
        with np.errstate(divide="ignore"):
            ranges = walls / np.abs(unit)
        return ranges.min(axis=-1), ranges.argmin(axis=-1)


Solid = Ball | Room


def inverse_z(solid: Solid, view: View, side: int) -> Values:
    """(side, side): 1 / z as a perfect network would know it."""
    rays = view.rays(side)
    z = solid.range_m(rays) / np.linalg.norm(rays, axis=-1)
    return (1 / z).astype(np.float32)


_DARKEST_M, _BRIGHTEST_M = 0.8, 6.0
_SPAN = float(np.log(_BRIGHTEST_M / _DARKEST_M))


def painted(solid: Solid, size_hw: tuple[int, int]) -> Image:
    """A panorama whose grey is the logarithm of the range."""
    grey = 255 * np.log(solid.range_m(directions(size_hw)) / _DARKEST_M) / _SPAN
    return np.repeat(np.rint(grey).astype(np.uint8)[..., None], 3, axis=-1)


def read_off(picture: Image) -> NDArray[np.float64]:
    """(H, W): the ranges, in metres, of what is painted so."""
    return np.asarray(_DARKEST_M * np.exp(picture[..., 0] * (_SPAN / 255)))
