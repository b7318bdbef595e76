"""Scenes made ready to be drawn: all splats of the world in one list, so that they blend in their true order."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.placement import Placement
from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene, opacity
from depthview.engine.splats.spherical_harmonics import colours

_AT_ONCE = 1 << 18
"""Splats worked on together, so that what is in between needs little memory."""


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

    def colours(self, eye: NDArray[np.float64], degree: int | None = None) -> Floats:
        """(N, 3) float32 as seen from `eye`, a place in the world, by at most that degree; 0 where not finite."""
        found = np.empty((len(self), 3), np.float32)
        start = 0
        for one in self.placed:
            scene = one.scene
            kept = COEFFICIENTS[min(scene.degree, scene.degree if degree is None else degree)]
            local_eye = one.placement.to_local(eye).astype(np.float32)
            for first in range(0, len(scene), _AT_ONCE):
                part = slice(first, min(len(scene), first + _AT_ONCE))
                with np.errstate(invalid="ignore", divide="ignore", over="ignore"):
                    look = scene.xyz[part] - local_eye
                    look = look / np.linalg.norm(look, axis=1, keepdims=True)
                    found[start + part.start : start + part.stop] = colours(
                        scene.sh_dc[part], scene.sh_rest[part, :kept], look
                    )
            start += len(scene)
        return np.nan_to_num(found, copy=False, nan=0.0, posinf=0.0)


def prepared(placed: Sequence[Placed], *, size_factor: float = 1.0) -> PreparedSplats:
    """Work out what drawing needs; `size_factor` makes every splat so much larger. A second per 3 M splats."""
    count = sum(len(one.scene) for one in placed)
    xyz, covariance = np.empty((count, 3), np.float32), np.empty((count, 6), np.float32)
    shown, smooth = np.empty(count, np.float32), np.empty(count, np.bool_)
    start = 0
    for one in placed:
        for first in range(0, len(one.scene), _AT_ONCE):
            part = one.scene.take(slice(first, first + _AT_ONCE))
            into = slice(start, start + len(part))
            with np.errstate(all="ignore"):
                xyz[into] = one.placement.to_world(part.xyz)
                covariance[into] = _covariance(part, one.placement, size_factor)
                seen = opacity(part.opacity_logit)
            sound = np.isfinite(xyz[into]).all(1) & np.isfinite(covariance[into]).all(1) & np.isfinite(seen)
            sound &= np.isfinite(part.sh_dc).all(1)
            xyz[into][~sound] = 0
            covariance[into][~sound] = 0
            shown[into] = np.where(sound, seen, np.float32(0))
            smooth[into] = one.scene.antialiased
            start += len(part)
    return PreparedSplats(tuple(placed), xyz, covariance, shown, smooth)


def _covariance(scene: SplatScene, placement: Placement, size_factor: float) -> Floats:
    """(N, 6) of R S S R^T; NaN where the quaternion has no length."""
    w, x, y, z = (scene.rotation / np.linalg.norm(scene.rotation, axis=1, keepdims=True)).T
    turn = np.empty((len(scene), 3, 3), np.float32)
    turn[:, 0, 0], turn[:, 0, 1], turn[:, 0, 2] = 1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)
    turn[:, 1, 0], turn[:, 1, 1], turn[:, 1, 2] = 2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)
    turn[:, 2, 0], turn[:, 2, 1], turn[:, 2, 2] = 2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)
    sigma = np.exp(scene.log_scale) * np.float32(placement.scale * size_factor)
    half = np.matmul(placement.rotation.astype(np.float32), turn) * sigma[:, None, :]
    rows = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
    return np.stack([np.einsum("nk,nk->n", half[:, a], half[:, b]) for a, b in rows], 1)
