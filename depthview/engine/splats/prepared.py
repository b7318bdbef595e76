"""Scenes made ready to be drawn: all splats of the world in one list, so that they blend in their true order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from depthview.engine.mapped import forget
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene

_NONE = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A scene and where it stands."""

    scene: SplatScene
    placement: Placement = field(default_factory=Placement)


@dataclass(frozen=True, slots=True, eq=False)
class PreparedSplats:
    """N splats in the world's axes and units, one scene after the other.

    `xyz` (N, 3) middles; `covariance` (N, 6) xx, xy, xz, yy, yz, zz; `opacity` (N,) 0 to 1, 0 for what cannot be drawn
    (NaN, infinite, no rotation); `antialiased` (N,) bool. float32. The order is the scenes' own: index i of `placed[0]`
    is index i here.
    """

    placed: tuple[Placed, ...]
    xyz: Floats
    covariance: Floats
    opacity: Floats
    antialiased: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.xyz)

    @property
    def degree(self) -> int:
        """The highest degree of spherical harmonics that any of the scenes has."""
        return max((one.scene.degree for one in self.placed), default=0)

    def colours(
        self, eye: NDArray[np.float64], degree: int | None = None, which: NDArray[np.int32] | None = None
    ) -> Floats:
        """(N, 3) float32 as seen from `eye`, a place in the world, by at most that degree; 0 where not finite.

        `which` (M,): of these indices only, (M, 3). Without Python's lock.
        """
        found = np.empty((len(self) if which is None else len(which), 3), np.float32)
        self.colour(found, eye, degree, which)
        return found

    def colour(
        self, found: Floats, eye: NDArray[np.float64], degree: int | None, which: NDArray[np.int32] | None
    ) -> None:
        """The same into `found`, which may be strided."""
        from depthview.engine.splats.kernels.shades import shade

        start = 0
        for one in self.placed:
            scene = one.scene
            kept = COEFFICIENTS[min(scene.degree, scene.degree if degree is None else degree)]
            numbers = scene.xyz, scene.sh_dc, scene.sh_rest, kept, one.placement.to_local(eye)
            if which is None:
                shade(_NONE, True, start, *numbers, found[start : start + len(scene)])
            else:
                shade(which, False, start, *numbers, found)
            forget(scene.sh_rest)
            start += len(scene)


def prepared(placed: Sequence[Placed], *, size_factor: float = 1.0) -> PreparedSplats:
    """Work out what drawing needs; `size_factor` makes every splat so much larger. A third of a second per million."""
    from depthview.engine.splats.kernels.shapes import place

    count = sum(len(one.scene) for one in placed)
    xyz, covariance = np.empty((count, 3), np.float32), np.empty((count, 6), np.float32)
    opacity, antialiased = np.empty(count, np.float32), np.empty(count, np.bool_)
    start = 0
    for one in placed:
        scene, here = one.scene, one.placement
        part = slice(start, start + len(scene))
        turn, shift = np.ascontiguousarray(here.rotation, np.float64), np.asarray(here.shift, np.float64)
        numbers = scene.xyz, scene.log_scale, scene.rotation, scene.opacity_logit, scene.sh_dc
        place(*numbers, turn, here.scale, shift, size_factor, xyz[part], covariance[part], opacity[part])
        antialiased[part] = scene.antialiased
        forget(scene.xyz)
        start += len(scene)
    return PreparedSplats(tuple(placed), xyz, covariance, opacity, antialiased)
