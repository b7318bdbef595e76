"""Which way is up in a scene: files do not say it."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.framing import UP, core
from depthview.engine.splats.placement import Placement, turn_between
from depthview.engine.splats.quaternions import rotations
from depthview.engine.splats.scene import SplatScene, opacity
from depthview.engine.splats.view import Vector

_SAMPLE = 50_000
_SOLID = 0.1
_FLAT = 0.5
"""A splat lies in a surface where its shortest axis is below so much of its middle one."""
_DIRECTIONS = 1000
_WIDE = math.cos(math.radians(12))
_ALIGNED = math.cos(math.radians(20))
_APART = math.cos(math.radians(25))
_PEAKS = 6
_SLABS = 60
_BELOW = 0.05
"""At most so much may be under a floor."""
_LEAST_SHARE = 0.04
_CLEARLY = 1.5


@dataclass(frozen=True, slots=True, eq=False)
class UpGuess:
    """`up` (3,) in the scene's own axes, a unit vector. Not `sure`: nothing told, and it is only what is usual."""

    up: Vector
    sure: bool


@dataclass(frozen=True, slots=True, eq=False)
class _Surfaces:
    """Where splats are and how they lie: (N, 3) places and normals of either sign, (N,) weights that sum to 1."""

    xyz: Vector
    normal: Vector
    weight: Vector
    flat: NDArray[np.bool_]


def upright(up: Vector) -> Placement:
    """The turn, by the shortest way, that lets `up` (3,) be up in the world, which is -y."""
    return Placement(turn_between(np.asarray(up, np.float64), UP))


def guessed_up(scene: SplatScene) -> UpGuess:
    """What is up by the floor: a wide flat thing that all else is over. A second.

    Where walls might as well be floors, the usual one of them is taken; where nothing looks like one, that is not sure.
    """
    found = _surfaces(scene)
    if found is None:
        return UpGuess(UP.copy(), False)
    ups = [sign * peak for peak in _peaks(found) for sign in (1, -1)]
    scores = np.array([_floor_share(found, up) for up in ups])
    if not len(ups) or scores.max() < _LEAST_SHARE:
        return UpGuess(UP.copy(), False)
    usual = np.array([up @ UP for up in ups])
    likely = scores * _CLEARLY >= scores.max()
    best = int(np.argmax(np.where(likely, usual, -2)))
    rivals = [score for up, score in zip(ups, scores, strict=True) if abs(up @ ups[best]) < _APART]
    sure = usual[best] > _APART or scores[best] > _CLEARLY * max(rivals, default=0.0)
    return UpGuess(_levelled(found, ups[best]), bool(sure))


def _surfaces(scene: SplatScene) -> _Surfaces | None:
    """Of what is solid and not far out; None where there is nothing."""
    with np.errstate(all="ignore"):
        sound = np.isfinite(scene.xyz).all(1) & np.isfinite(scene.log_scale).all(1)
        length = np.linalg.norm(scene.rotation, axis=1)
        sound &= np.isfinite(length) & (length > 0) & (opacity(scene.opacity_logit) > _SOLID)
    which = np.flatnonzero(sound)
    if len(which) < _DIRECTIONS // 10:
        return None
    some = scene.take(which[:: 1 + len(which) // _SAMPLE])
    scales = np.exp(np.clip(np.sort(some.log_scale, axis=1).astype(np.float64), -60, 60))
    about = core(some.xyz, 1 / np.maximum(scales[:, 2], 1e-12))
    low, high = about.min(axis=0), about.max(axis=0)
    near = ((some.xyz >= low) & (some.xyz <= high)).all(axis=1)
    some, scales = some.take(near), scales[near]
    turn = rotations(some.rotation / np.linalg.norm(some.rotation, axis=1, keepdims=True))
    normal = np.take_along_axis(turn, np.argmin(some.log_scale, axis=1)[:, None, None], axis=2)[:, :, 0]
    weight = opacity(some.opacity_logit) * scales[:, 1] * scales[:, 2]
    weight = np.minimum(weight, np.percentile(weight, 99))
    return _Surfaces(some.xyz.astype(np.float64), normal, weight / weight.sum(), scales[:, 0] < _FLAT * scales[:, 1])


def _peaks(found: _Surfaces) -> list[Vector]:
    """The directions that most of the surfaces face, apart from each other; opposite ones are the same."""
    z = (np.arange(_DIRECTIONS) + 0.5) / _DIRECTIONS
    angle = np.arange(_DIRECTIONS) * math.pi * (3 - math.sqrt(5))
    level = np.sqrt(1 - z * z)
    towards = np.stack([level * np.cos(angle), level * np.sin(angle), z], axis=1)
    normal, weight = found.normal[found.flat], found.weight[found.flat]
    some = slice(None, None, 1 + len(normal) // 5000)
    votes = weight[some] @ (np.abs(normal[some] @ towards.T) > _WIDE)
    peaks: list[Vector] = []
    while len(peaks) < _PEAKS and votes.max(initial=0) > 0:
        peak = towards[int(np.argmax(votes))]
        votes[np.abs(towards @ peak) > _APART] = 0
        peaks.append(_mean_normal(normal, weight, peak))
    return peaks


def _mean_normal(normal: Vector, weight: Vector, about: Vector) -> Vector:
    """What those face on average that face about there, either way."""
    for _ in range(3):
        along = normal @ about
        aligned = np.abs(along) > _WIDE
        about = (weight[aligned] * np.sign(along[aligned])) @ normal[aligned]
        about = about / np.linalg.norm(about)
    return np.asarray(about)


def _floor_share(found: _Surfaces, up: Vector) -> float:
    """How much of all surface is a floor that lies at right angles to `up`, with nearly nothing under it."""
    share, level, slab = _floor(found, up)
    height = found.xyz @ up
    over = found.weight[height > level + 2 * slab]
    below = float(found.weight[height < level - 2 * slab].sum())
    if below > _BELOW or not len(over):
        return 0.0
    # What lies over a floor stands on it; under a ceiling, most of it is far off.
    middle = float(np.average(np.minimum(height[height > level + 2 * slab], height.max()), weights=over))
    low_down = 1 - (middle - level) / max(float(height.max()) - level, 1e-12)
    return share * low_down


def _floor(found: _Surfaces, up: Vector) -> tuple[float, float, float]:
    """The share of all surface in the fullest slab across `up`, of what faces that way; its height and thickness."""
    height = found.xyz @ up
    aligned = found.flat & (np.abs(found.normal @ up) > _ALIGNED)
    low, high = float(height.min()), float(height.max())
    slab = max((high - low) / _SLABS, 1e-12)
    place = np.minimum(((height[aligned] - low) / slab).astype(int), _SLABS - 1)
    filled = np.convolve(np.bincount(place, found.weight[aligned], _SLABS), (0.5, 1, 0.5), "same")
    fullest = int(np.argmax(filled))
    return float(filled[fullest]), low + (fullest + 0.5) * slab, slab


def _levelled(found: _Surfaces, up: Vector) -> Vector:
    """`up` turned to stand on the floor's plane: where splats are tells that better than how each of them lies."""
    for _ in range(3):
        _, level, slab = _floor(found, up)
        near = (np.abs(found.xyz @ up - level) < 1.5 * slab) & (np.abs(found.normal @ up) > _ALIGNED)
        weight = found.weight[near, None]
        if not weight.sum() > 0:
            break
        out = found.xyz[near] - (weight * found.xyz[near]).sum(axis=0) / weight.sum()
        normal = np.linalg.eigh((weight * out).T @ out)[1][:, 0]
        up = normal if normal @ up > 0 else -normal
    return up
