"""What stands in the splats' pane: scenes and clouds, each where a person put it. Frozen: a change is another item."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.poses.frustums import Frustums
from depthview.engine.cloud import PointCloud
from depthview.engine.splats.facts import SceneFacts
from depthview.engine.splats.framing import FirstLook
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.scene import SplatScene
from depthview.ui.places import Spec
from depthview.ui.splats.turning import turned
from depthview.ui.splats_memory import Stand, Triple

_SAMPLE = 100_000
_FAR_OUT_PERCENT = 1.0
"""Of the points on either side: a few floaters are no part of how large a thing is."""


@dataclass(frozen=True, slots=True)
class Extent:
    """The box from `low` to `high` that holds a thing, without the few points that are far out, and its middle; in its
    own axes."""

    low: Triple
    high: Triple

    @property
    def middle(self) -> Triple:
        x, y, z = ((low + high) / 2 for low, high in zip(self.low, self.high, strict=True))
        return x, y, z

    @property
    def corners(self) -> NDArray[np.float64]:
        """(8, 3)."""
        sides = zip(self.low, self.high, strict=True)
        return np.stack(np.meshgrid(*sides, indexing="ij"), -1).reshape(-1, 3)


@dataclass(frozen=True, slots=True)
class Facts:
    """What is told of something that was opened. `form`: the kind of file, empty for what came from another place.
    `reduced`: a sentence where it was too large to be shown whole. `scene`: of what the file holds."""

    extent: Extent
    form: str = ""
    file_bytes: int = 0
    reduced: str = ""
    scene: SceneFacts | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Item:
    """A scene or a cloud in the pane. `number` stays the same while it is moved, hidden or thinned."""

    number: int
    title: str
    spec: Spec
    what: SplatScene | PointCloud
    facts: Facts
    stand: Stand = Stand()  # noqa: RUF009 - frozen
    visible: bool = True
    whole: SplatScene | None = None
    """The scene as it was read, before it was thinned out."""
    job_folder: str = ""
    """Of the job that makes it; what is done to it is remembered under that."""
    cameras: Frustums | None = None
    """Of the photos that it was made from, in its own axes."""
    first: FirstLook | None = None
    """Where to stand first, in its own axes, where somebody knows that."""

    def __len__(self) -> int:
        return len(self.what)

    @property
    def scene(self) -> SplatScene | None:
        return self.what if isinstance(self.what, SplatScene) else None

    @property
    def identity(self) -> str:
        """What is remembered of it stands under this name; empty where nothing is."""
        return self.job_folder or (self.spec[0] if self.spec else "")

    @property
    def placement(self) -> Placement:
        return placement_of(self.stand, self.facts.extent)

    @property
    def placed_cameras(self) -> Frustums | None:
        """Where it stands."""
        return self.cameras.placed(self.placement) if self.cameras is not None else None

    @property
    def placed_first(self) -> FirstLook | None:
        """From where it stands."""
        look, placed = self.first, self.placement
        if look is None:
            return None
        radius = placed.scale * look.radius
        return FirstLook(placed.to_world(look.eye), placed.to_world(look.target), radius, look.inside)

    @property
    def memory_bytes(self) -> int:
        """Of its numbers, wherever they lie."""
        if isinstance(self.what, PointCloud):
            return self.what.xyz_m.nbytes + self.what.rgb.nbytes
        scene = self.what
        parts = (scene.xyz, scene.log_scale, scene.rotation, scene.opacity_logit, scene.sh_dc, scene.sh_rest)
        return sum(part.nbytes for part in parts)

    @property
    def world_box(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """The lowest and the highest corner, (3,) each, of the box that holds it in the world."""
        corners = self.placement.to_world(self.facts.extent.corners)
        return corners.min(0), corners.max(0)

    @property
    def placed_cloud(self) -> PointCloud | None:
        """A cloud where it stands; None of a scene."""
        cloud = self.what
        if not isinstance(cloud, PointCloud):
            return None
        if replace(self.stand, has_metres=False) == Stand():
            return cloud
        moved = np.ascontiguousarray(self.placement.to_world(cloud.xyz_m), np.float32)
        # How wide a point must be is told from the camera that took it: elsewhere it is as wide as any.
        return PointCloud(moved, cloud.rgb, cloud.relative, cloud.unitless)


def placement_of(stand: Stand, extent: Extent) -> Placement:
    """A stand as the engine has it: about the thing's own middle."""
    rotation, pivot = turned(*stand.turn_deg), np.array(extent.middle)
    return Placement(rotation, stand.scale, pivot + np.array(stand.shift) - stand.scale * rotation @ pivot)


def extent_of(xyz: NDArray[np.floating]) -> Extent:
    """Of (N, 3) points; those that are no numbers do not count."""
    sample = np.asarray(xyz[:: max(1, len(xyz) // _SAMPLE)], np.float64)
    sample = sample[np.isfinite(sample).all(1)]
    if not len(sample):
        return Extent((-1.0, -1.0, -1.0), (1.0, 1.0, 1.0))
    low, high = np.percentile(sample, (_FAR_OUT_PERCENT, 100 - _FAR_OUT_PERCENT), axis=0)
    return Extent(_triple(low), _triple(high))


def beside(stand: Stand, facts: Facts, others: tuple[Item, ...]) -> Stand:
    """The same stand, to the right of all others, with a tenth of its width between; on their ground."""
    if not others:
        return stand
    corners = placement_of(stand, facts.extent).to_world(facts.extent.corners)
    low, high = corners.min(0), corners.max(0)
    boxes = [other.world_box for other in others]
    right, ground = max(box[1][0] for box in boxes), max(box[1][1] for box in boxes)
    ahead = (boxes[0][0][2] + boxes[0][1][2]) / 2
    gap = 0.1 * max(high[0] - low[0], 1e-6)
    x, y, z = stand.shift
    moved = (x + right + gap - low[0], y + ground - high[1], z + ahead - (low[2] + high[2]) / 2)
    return replace(stand, shift=_triple(moved))


def _triple(values: object) -> Triple:
    x, y, z = (float(value) for value in values)  # type: ignore[attr-defined]
    return x, y, z
