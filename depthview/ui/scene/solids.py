"""The opaque things that stand among splats: clouds, and props that others bring."""

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF
from vtkmodules.vtkRenderingCore import vtkProp

from depthview.engine.cloud import PointCloud
from depthview.ui.scene.cloud_actor import CloudActor
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight, Vector

_SAMPLE = 50_000


class Clouds:
    """Each cloud has an actor of its own."""

    def __init__(self) -> None:
        self._actors: dict[int, CloudActor] = {}

    def add(self, cloud: PointCloud) -> vtkProp:
        """The prop that shows it."""
        actor = self._actors[id(cloud)] = CloudActor()
        actor.update(cloud)
        return actor.actor

    def remove(self, cloud: PointCloud) -> vtkProp:
        """The prop that has shown it."""
        return self._actors.pop(id(cloud)).actor

    def clear(self) -> None:
        self._actors.clear()

    def prepare(self, *, focal_px: float, pixel_ratio: float, step: int = 1) -> None:
        """Fit their points to an eye, before a rendering; draw one of `step` points, each larger."""
        for actor in self._actors.values():
            actor.thin(step)
            actor.prepare(focal_px=focal_px, pixel_ratio=pixel_ratio)

    def sample(self) -> NDArray[np.float32]:
        """(N, 3) some points of each."""
        parts = [actor.cloud.xyz_m[:: max(1, len(actor.cloud) // _SAMPLE)] for actor in self._actors.values()]
        return np.concatenate([np.zeros((0, 3), np.float32), *parts])


def corners(props: Iterable[vtkProp]) -> NDArray[np.float32]:
    """(N, 3) the corners of the boxes around props."""
    found = [np.zeros((0, 3), np.float32)]
    for prop in props:
        bounds = prop.GetBounds()
        if bounds is not None and bounds[0] <= bounds[1]:
            places = [(x, y, z) for x in bounds[0:2] for y in bounds[2:4] for z in bounds[4:6]]
            found.append(np.array(places, np.float32))
    return np.concatenate(found)


def opaque_at(scene: OffscreenScene, at: QPointF, sight: Sight, size: tuple[int, int]) -> Vector | None:
    """The point of an opaque thing that is seen at a place of the picture. It draws: the picture is to come anew."""
    x, y = int(at.x()), int(at.y())
    if not (scene.available and 0 <= x < size[0] and 0 <= y < size[1]):
        return None
    depth_m = float(scene.opaque_depth(size, sight)[y, x])
    return sight.point_at(at.x(), at.y(), size, depth_m) if np.isfinite(depth_m) else None
