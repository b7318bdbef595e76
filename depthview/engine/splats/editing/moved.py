"""A scene with its placement worked into its numbers, so that a file can hold it."""

import math
from dataclasses import replace

import numpy as np

from depthview.engine.splats.placement import Placement, Vector
from depthview.engine.splats.quaternions import quaternions
from depthview.engine.splats.scene import COEFFICIENTS, FileColumns, SplatScene
from depthview.engine.splats.spherical_harmonics import basis

_AT_ONCE = 1 << 18
_DIRECTIONS = 200
"""Many more than coefficients, all around: the harmonics are then well told apart."""


def moved(scene: SplatScene, placement: Placement) -> SplatScene:
    """The scene as it stands in the world: the same look from everywhere, placed by nothing.

    What a file said beyond its splats is left out: nobody knows what of it should turn.
    """
    if placement.scale == 1 and np.array_equal(placement.rotation, np.eye(3)) and not placement.shift.any():
        return scene
    count = len(scene)
    xyz, rotation = np.empty((count, 3), np.float32), np.empty((count, 4), np.float32)
    log_scale, sh_rest = np.empty((count, 3), np.float32), np.empty(scene.sh_rest.shape, np.float32)
    turns = harmonics_turn(placement.rotation, scene.degree).astype(np.float32)
    product = _left_product(quaternions(placement.rotation)).astype(np.float32)
    for first in range(0, count, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        with np.errstate(invalid="ignore", over="ignore"):  # what is unsound stays so
            xyz[part] = placement.to_world(scene.xyz[part])
            rotation[part] = scene.rotation[part] @ product.T
            log_scale[part] = scene.log_scale[part] + np.float32(math.log(placement.scale))
            sh_rest[part] = np.einsum("jk,nkc->njc", turns, scene.sh_rest[part], optimize=True)
    turned = replace(scene, xyz=xyz, rotation=rotation, log_scale=log_scale, sh_rest=sh_rest)
    return replace(turned, columns=FileColumns())


def harmonics_turn(rotation: Vector, degree: int) -> Vector:
    """(K, K) float64: what turns K coefficients with a scene, so that it has in `rotation` @ d the colour it had in d.

    Turned harmonics are harmonics of the same degree, so equations in a few directions settle them exactly, up to
    rounding. No formula for each degree is needed.
    """
    found = np.zeros((COEFFICIENTS[degree],) * 2)
    directions = _around(_DIRECTIONS)
    after, before = basis(directions, degree), basis(directions @ rotation, degree)
    for band in range(1, degree + 1):
        own = slice(COEFFICIENTS[band - 1], COEFFICIENTS[band])
        found[own, own] = np.linalg.lstsq(after[:, own], before[:, own], rcond=None)[0]
    return found


def _around(count: int) -> Vector:
    """(N, 3) unit vectors, evenly spread: a spiral in steps of the golden angle."""
    z = 1 - (2 * np.arange(count) + 1) / count
    angle = np.arange(count) * math.pi * (3 - math.sqrt(5))
    flat = np.sqrt(1 - z * z)
    return np.stack([flat * np.cos(angle), flat * np.sin(angle), z], axis=1)


def _left_product(q: Vector) -> Vector:
    """(4, 4): times a quaternion (4,) is q times it."""
    w, x, y, z = q
    return np.array([[w, -x, -y, -z], [x, w, -z, y], [y, z, w, -x], [z, -y, x, w]])
