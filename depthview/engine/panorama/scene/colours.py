"""What the points of a panorama's scene can be coloured by."""

from enum import Enum

import numpy as np
from numpy.typing import NDArray

from depthview.engine.colour import Limits, colourise, lookup_table, measure_limits
from depthview.engine.frames import Values
from depthview.engine.panorama.scene.scene import PanoramaScene

_SAMPLE = 100_000


class Colouring(Enum):
    PHOTO = "photo"
    RANGE = "range"
    NORMAL = "normal"
    HEIGHT = "height"


class SceneColours:
    """The colours of a scene's points by one of its properties, some at a time; `colour_map` is one of COLOUR_MAPS."""

    def __init__(self, scene: PanoramaScene, colouring: Colouring, colour_map: str) -> None:
        self._scene = scene
        self._colouring = colouring
        self._table = lookup_table(colour_map)
        self._limits = self._measured_limits()

    def of(self, part: slice) -> NDArray[np.uint8]:
        """(n, 3) uint8, of some of the scene's points."""
        other = self.at(self._scene.xyz[part], self._scene.normals[part])
        return self._scene.rgb[part] if other is None else other

    def at(self, xyz: NDArray[np.float32], normals: NDArray[np.float32]) -> NDArray[np.uint8] | None:
        """(n, 3) uint8, of any places with such normals; None where it is the photo that has them."""
        if self._colouring is Colouring.PHOTO:
            return None
        if self._colouring is Colouring.NORMAL:
            shown = normals * np.array([127.5, -127.5, -127.5], np.float32) + np.float32(127.5)
            return np.asarray(np.rint(shown), np.uint8)
        return colourise(self._values(xyz)[:, None], self._limits, self._table)[:, 0]

    def _values(self, xyz: NDArray[np.float32]) -> Values:
        """(n,) what the colour map shows: nearness, as in the other pictures of depth, or height."""
        if self._colouring is Colouring.HEIGHT:
            return -xyz[:, 1]
        return np.asarray(1 / np.linalg.norm(xyz, axis=1), np.float32)

    def _measured_limits(self) -> Limits:
        sample = slice(None, None, max(1, len(self._scene) // _SAMPLE))
        return measure_limits(self._values(self._scene.xyz[sample])[:, None]) or (0.0, 1.0)
