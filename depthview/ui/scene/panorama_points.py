"""The points of a panorama's scene in a VTK renderer: uploaded, and drawn, some at a time."""

import math

import numpy as np
from vtkmodules.vtkRenderingCore import vtkProp

from depthview.engine.cloud import PointCloud
from depthview.engine.panorama.scene.colours import SceneColours
from depthview.engine.panorama.scene.scene import PanoramaScene
from depthview.ui.scene.cloud_actor import CloudActor
from depthview.ui.scene.drawing import Look

_CHUNK = 1 << 16
"""So many points are uploaded in about 4 ms by one core."""


class PanoramaPoints:
    """A scene in chunks, each one actor. Any number of first chunks is an even sample of the whole.

    What a chunk shows reaches OpenGL the next time it is drawn, so whoever draws few chunks at a time waits little.
    """

    def __init__(self, scene: PanoramaScene, colours: SceneColours) -> None:
        self._scene = scene
        self._colours = colours
        ends = np.unique(scene.part_ends)
        # The first part that ends beyond each multiple of the chunk's size ends a chunk.
        chosen = np.searchsorted(ends, np.arange(_CHUNK, len(scene) + _CHUNK, _CHUNK)).clip(max=len(ends) - 1)
        self._ends = [int(end) for end in ends[np.unique(chosen)] if end]
        self._actors: list[CloudActor] = []
        self._coloured = 0
        """So many first chunks have the colours that they should have."""

    def __len__(self) -> int:
        """The number of chunks."""
        return len(self._ends)

    @property
    def ready(self) -> int:
        """So many first chunks were drawn as they are; the others cost more."""
        return self._coloured

    def points_in(self, chunks: int) -> int:
        """How many points the first chunks have."""
        return self._ends[chunks - 1] if chunks else 0

    def chunks_in(self, points: int, *, start: int = 0) -> int:
        """The chunk up to which one may draw from `start` on, for so many points; at least one."""
        limit = self.points_in(start) + points
        return max(start + 1, int(np.searchsorted(self._ends, limit, side="right")))

    def set_colours(self, colours: SceneColours) -> None:
        self._colours = colours
        self._coloured = 0

    def show(self, start: int, stop: int) -> list[vtkProp]:
        """Let these chunks be what is drawn next, and no other; gives the props that are new to the renderer."""
        new: list[vtkProp] = []
        for index in range(len(self._actors), stop):
            actor = CloudActor(facing=True)
            part = self._part(index)
            facing = np.rint(self._scene.normals[part] * 127).astype(np.int8)
            actor.update(
                PointCloud(self._scene.xyz[part], self._colours.of(part), footprint=self._scene.footprint), facing
            )
            self._actors.append(actor)
            new.append(actor.actor)
        for index in range(self._coloured, min(stop, len(self._actors) - len(new))):
            self._actors[index].recolour(self._colours.of(self._part(index)))
        self._coloured = max(self._coloured, stop)
        for index, actor in enumerate(self._actors):
            actor.actor.SetVisibility(start <= index < stop)
        return new

    def prepare(self, start: int, stop: int, look: Look, *, focal_px: float, size: float) -> None:
        """Fit these chunks to a look; fewer points than all are drawn larger, by `size`."""
        eye = look.sight.eye_m
        for actor in self._actors[start:stop]:
            actor.set_point_size(size * look.point_size)
            actor.set_top_m(look.top)
            actor.look_from((float(eye[0]), float(eye[1]), float(eye[2])), front_only=look.front_only)
            actor.prepare(focal_px=focal_px, pixel_ratio=look.pixel_ratio)

    def coarseness(self, chunks: int) -> float:
        """How much wider than all points the first chunks' are, for the surface to stay closed."""
        return math.sqrt(len(self._scene) / self.points_in(chunks)) if chunks else 1.0

    def props(self) -> list[vtkProp]:
        return [actor.actor for actor in self._actors]

    def _part(self, chunk: int) -> slice:
        return slice(self._ends[chunk - 1] if chunk else 0, self._ends[chunk])
