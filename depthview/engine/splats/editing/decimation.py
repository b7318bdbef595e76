"""Fewer splats that look like all of them: those that are near and alike are merged, none is thrown away.

Each round, neighbours are merged in pairs, those first of which the least is lost: Runnalls, "Kullback-Leibler approach
to Gaussian mixture reduction", 2007, with the colour as more dimensions. A merged splat has the mass, the middle and
the covariance that its members have together (Kerbl et al., "A hierarchical 3D Gaussian representation", 2024); mass is
what light meets there: optical depth times area.
"""

import math
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from depthview.engine.progress import Progress, Report, StopToken, ignore_progress
from depthview.engine.splats.editing.neighbours import neighbours
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.quaternions import quaternions
from depthview.engine.splats.scene import Floats, SplatScene
from depthview.engine.splats.spherical_harmonics import C0

_PARTNERS = 6
_PER_ROUND = 0.5
"""At most so many splats become part of another in one round: all that find a partner."""
_COLOUR = 0.2
"""Colours that differ by so much are as good as not alike."""
_ROUND = 0.01
"""Splats count as rounder than they are, by this share: how thin a sheet is tells nothing of how alike two are."""
_LEAST_OPACITY = 1 / 255
_FARTHEST = 1e9
"""What is farther out or larger than that is nothing that could be seen."""
_MOST_OPACITY = 0.99
_AT_ONCE = 1 << 17
_UPPER = ((0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2))
_FULL = (0, 1, 2, 1, 3, 4, 2, 4, 5)


@dataclass(frozen=True, slots=True, eq=False)
class _Groups:
    """G groups of splats, each as the one splat that it would be; `colour` in display space. float32."""

    mass: Floats
    opacity: Floats
    xyz: Floats
    covariance: Floats
    colour: Floats

    def __len__(self) -> int:
        return len(self.mass)

    def take(self, which: NDArray[np.bool_] | NDArray[np.integer]) -> "_Groups":
        return _Groups(*(getattr(self, one.name)[which] for one in fields(self)))

    def put(self, where: NDArray[np.integer], groups: "_Groups") -> None:
        for one in fields(self):
            getattr(self, one.name)[where] = getattr(groups, one.name)


def decimated(
    scene: SplatScene, count: int, report: Report = ignore_progress, stop: StopToken | None = None
) -> SplatScene:
    """The scene with at most `count` splats, at least 1, that looks as much as it did as these few can.

    What cannot be seen goes first; what is not merged keeps its numbers. Ten seconds per 500 000 splats.
    Raises Stopped when told to stop, ValueError where `count` is below 1.
    """
    if count < 1:
        raise ValueError(f"a scene cannot have {count} splats")
    if count >= len(scene):
        return scene
    splats = prepared([Placed(scene)])
    reckoned = (np.abs(splats.xyz).max(axis=1) < _FARTHEST) & (splats.covariance.max(axis=1) < _FARTHEST)
    seen = np.flatnonzero(reckoned & (splats.opacity >= _LEAST_OPACITY) & (np.abs(scene.sh_dc).max(axis=1) < _FARTHEST))
    if len(seen) <= count:
        return scene.take(seen)
    covariance, colour = splats.covariance[seen], np.float32(C0) * scene.sh_dc[seen]
    mass = _thickness(splats.opacity[seen]) * _area(covariance)
    groups = _Groups(mass.copy(), splats.opacity[seen], splats.xyz[seen], covariance, colour)
    label = np.arange(len(seen))
    while len(groups) > count:
        if stop is not None:
            stop.raise_if_stopped()
        report(Progress(math.log(len(seen) / len(groups)), math.log(len(seen) / count), "merging splats"))
        groups, into = _round(groups, len(groups) - count, stop)
        label = into[label]
    return _scene(scene, seen, groups, label, mass)


def _round(groups: _Groups, most: int, stop: StopToken | None) -> tuple[_Groups, NDArray[np.intp]]:
    """Fewer groups by at most `most`, and into which of them each went."""
    from depthview.engine.splats.kernels.matching import matched

    count = len(groups)
    index = neighbours(groups.xyz, min(_PARTNERS, count - 1), stop)[1]
    pairs = np.concatenate([_pairs(groups, index, first) for first in range(0, count, _AT_ONCE)])
    pairs = pairs[np.argsort(pairs["loss"], kind="stable")]
    chosen = pairs[matched(pairs["one"], pairs["other"], count, min(most, max(1, int(count * _PER_ROUND))))]
    one, other = chosen["one"], chosen["other"]
    for first in range(0, len(chosen), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        groups.put(one[part], _merged(groups.take(one[part]), groups.take(other[part]))[0])
    left = np.ones(count, np.bool_)
    left[other] = False
    into = np.cumsum(left) - 1
    into[other] = into[one]
    return groups.take(left), into


_PAIR = np.dtype([("one", np.int32), ("other", np.int32), ("loss", np.float32)])


def _pairs(groups: _Groups, index: NDArray[np.int32], first: int) -> NDArray[np.void]:
    """Neighbours of the groups from `first` on, each pair once, and what is lost when they are merged."""
    near = index[first : first + _AT_ONCE]
    one = np.repeat(np.arange(first, first + len(near), dtype=np.int32), near.shape[1])
    other = near.ravel()
    once = (one < other) | (index[other] != one[:, None]).all(axis=1)
    found = np.empty(np.count_nonzero(once), _PAIR)
    found["one"], found["other"] = one[once], other[once]
    a, b = groups.take(found["one"]), groups.take(found["other"])
    both, apart = _merged(a, b)
    weights = [each.opacity * _area(each.covariance) for each in (a, b)]
    spread = _log_volume(both.covariance) + np.log1p((apart / _COLOUR).astype(np.float64) ** 2).sum(axis=1)
    found["loss"] = weights[0] * (spread - _log_volume(a.covariance)) + weights[1] * (
        spread - _log_volume(b.covariance)
    )
    return found


def _merged(a: _Groups, b: _Groups) -> tuple[_Groups, Floats]:
    """Each of `a` and its partner in `b` as one, and (G, 3) how far their colours are then spread."""
    mass = a.mass + b.mass
    share = (b.mass / mass)[:, None]
    way = b.xyz - a.xyz
    between = np.stack([way[:, row] * way[:, column] for row, column in _UPPER], axis=1)
    covariance = (1 - share) * a.covariance + share * b.covariance + share * (1 - share) * between
    change = b.colour - a.colour
    opacity = np.minimum(-np.expm1(-mass / _area(covariance)), np.float32(_MOST_OPACITY))
    merged = _Groups(mass, opacity, a.xyz + share * way, covariance, a.colour + share * change)
    return merged, np.sqrt(share * (1 - share)) * np.abs(change)


def _thickness(opacity: Floats) -> Floats:
    """How often light would be met on its way, on average: none of it gets through where that is much."""
    return np.asarray(-np.log1p(-np.minimum(opacity, np.float32(_MOST_OPACITY))))


def _area(covariance: Floats) -> Floats:
    """(N,): how large splats (N, 6) are, as seen from all sides together; how thin a sheet is does not matter."""
    xx, xy, xz, yy, yz, zz = covariance.T
    return np.asarray(np.sqrt(np.maximum(xx * yy - xy * xy + xx * zz - xz * xz + yy * zz - yz * yz, 1e-30)))


def _log_volume(covariance: Floats) -> Floats:
    """(N,): the logarithm of the determinant, in float64 where float32 would not hold it."""
    xx, xy, xz, yy, yz, zz = covariance.T.astype(np.float64)
    round_ = _ROUND * (xx + yy + zz)
    xx, yy, zz = xx + round_, yy + round_, zz + round_
    volume = xx * (yy * zz - yz * yz) - xy * (xy * zz - yz * xz) + xz * (xy * yz - yy * xz)
    return np.asarray(np.log(np.maximum(volume, 1e-300)), np.float32)


def _scene(
    scene: SplatScene, seen: NDArray[np.intp], groups: _Groups, label: NDArray[np.intp], mass: Floats
) -> SplatScene:
    """The groups as splats. `seen`, `label`, `mass`: which splats are in them, in which, and how much each counts."""
    length, turn = np.linalg.eigh(groups.covariance[:, _FULL].reshape(-1, 3, 3).astype(np.float64))
    turn[np.linalg.det(turn) < 0, :, 0] *= -1
    total = np.maximum(np.bincount(label, mass, len(groups)), 1e-300)
    rest = np.empty((len(groups), *scene.sh_rest.shape[1:]), np.float32)
    for k, channel in np.ndindex(scene.sh_rest.shape[1:]):
        values = np.nan_to_num(scene.sh_rest[:, k, channel][seen], nan=0, posinf=0, neginf=0).astype(np.float64)
        rest[:, k, channel] = np.bincount(label, mass * values, len(groups)) / total
    merged = np.minimum(groups.opacity, np.float32(_MOST_OPACITY))
    found = SplatScene(
        groups.xyz,
        (0.5 * np.log(np.maximum(length, 1e-20))).astype(np.float32),
        quaternions(turn).astype(np.float32),
        np.log(merged / (1 - merged)),
        groups.colour / np.float32(C0),
        rest,
        scene.antialiased,
        scene.comments,
    )
    alone = (np.bincount(label, minlength=len(groups)) == 1)[label]
    as_it_was = scene.take(seen[alone])
    for name in ("xyz", "log_scale", "rotation", "opacity_logit", "sh_dc", "sh_rest"):
        getattr(found, name)[label[alone]] = getattr(as_it_was, name)
    return found
