"""Walls, floors and ceilings made flat, and the corners between them sharp again, in a range map that a network bent.

On a plane m . p = 1 for every point p, so that 1 / range = m . direction: three numbers tell it all. Planes are found
by least squares in windows of several sizes, also as exactly level or upright ones, since most are; those that explain
most of the sphere are taken one after another (Fischler and Bolles, RANSAC, 1981, but with every window tried), and
the range is drawn onto them where it lies close to them.
"""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import Values
from depthview.engine.panorama.surface.normals import surface_normals
from depthview.engine.sphere import directions, row_latitudes, surrounded

_PROPOSE_HW = (64, 128)
_LABEL_HW = (128, 256)
_WINDOWS_PX = (7, 13, 23)
_STRIDE_PX = 4
_CLOSE = 0.07
"""How far, as a part of the range, most of a wall lies off the plane that a network means."""
_LOOSE = 0.18
_LOOSE_TIMES = 6
"""How far what hangs together with that may lie off: so many times as far as half of it does, and at most so far. A
network that errs little is believed when it shows something flat on a wall."""
_LEAST_LOOSE = 0.005
_WILD = 4
_AGREES = 0.75
"""The cosine between a plane's normal and the map's own: a bent wall is up to 40 degrees off."""
_POLE_ROWS = 1 / 14
"""So near to the poles the map's own normals say little: there are many pixels in a small place."""
_LEAST_SHARE = 0.006
"""Of the sphere: smaller planes are not looked for."""
_MOST_PLANES = 24
_MOST_TRIES = 2 * _MOST_PLANES
"""A vault or a sphere proposes planes without end, and none of them is one."""
_MOST_PROPOSALS = 400
_UPRIGHT = 1.15
"""So much more a level or upright plane counts than one that leans."""
_LABEL_REACH_PX = 4
_SOFT_PX = 1.5
_CORE_PX = 9
_SAME = 0.1
_CLEARLY = 0.75

Array = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Coarse:
    """A small range map: its points (h, w, 3), their normals, 0 where they say nothing, and each pixel's share of the
    sphere, 0 where unknown."""

    points: Array
    normals: Array
    share: Array


@dataclass(frozen=True, slots=True)
class _Planes:
    """`m`: (K, 3), those that explain most first. `loose`: (K,) how far off each what belongs to it may lie. `owner`:
    (h, w) whose each pixel is, K nobody's."""

    m: Array
    loose: Array
    owner: NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class _Labels:
    """`first`: (h, w) the plane that each pixel lies on, `second`: the next best nearby; K where there is none.
    `loose`: (h, w) of the first. `meeting`: (K + 1, K + 1), where two planes meet, 1 if the nearer one is seen, as in
    the corner of a room, -1 if the farther one is, as at the corner of a cupboard, 0 if they do not meet. `belief`: (h,
    w) 0..1, how far inside of any plane a pixel is.
    """

    first: NDArray[np.uint8]
    second: NDArray[np.uint8]
    loose: Array
    meeting: NDArray[np.int8]
    belief: Array


def refined(range_m: Values, valid: NDArray[np.bool_]) -> Values:
    """(H, W) float32: the range with its planes flattened; what is not `valid` stays as it is.

    Where nothing is flat nothing changes. The unit does not matter.
    """
    fine = _coarse(range_m, valid, _LABEL_HW)
    planes = _planes(_coarse(range_m, valid, _PROPOSE_HW), fine)
    if not len(planes.m):
        return range_m
    labels = _labels(fine, planes)
    size_wh = range_m.shape[::-1]
    first, second = (
        np.asarray(cv2.resize(plane, size_wh, interpolation=cv2.INTER_NEAREST), np.uint8)
        for plane in (labels.first, labels.second)
    )
    # 1 on the plane, more beyond it.
    points = range_m[..., None] * directions(range_m.shape)
    along = _along(points, planes.m, first)
    rows, columns = np.nonzero(second < len(planes.m))
    here, other = along[rows, columns], _along(points[rows, columns], planes.m, second[rows, columns])
    meeting = labels.meeting[first[rows, columns], second[rows, columns]]
    nearer = np.where(meeting == 0, np.abs(np.log(other)) < np.abs(np.log(here)), (other - here) * meeting > 0)
    along[rows, columns] = np.where(nearer, other, here)
    off = np.log(along)
    share = np.clip(3 - 2 * np.abs(off) / cv2.resize(labels.loose, size_wh), 0, 1) * cv2.resize(labels.belief, size_wh)
    share[~valid] = 0
    return np.asarray(range_m * np.exp(-np.nan_to_num(share * off)), np.float32)


def _coarse(range_m: Values, valid: NDArray[np.bool_], size_hw: tuple[int, int]) -> _Coarse:
    wh = size_hw[::-1]
    counts = valid & np.isfinite(range_m)
    known = cv2.resize(counts.astype(np.float32), wh, interpolation=cv2.INTER_AREA)
    with np.errstate(divide="ignore", invalid="ignore"):
        total = cv2.resize(np.where(counts, 1 / range_m, np.float32(0)), wh, interpolation=cv2.INTER_AREA)
        small_m = np.where(known > 0.5, known / total, np.float32(np.nan)).astype(np.float32)
    towards = directions(size_hw)
    normals = surface_normals(small_m, towards)
    whole = np.isfinite(normals[..., 0])
    area = np.repeat(np.cos(row_latitudes(size_hw[0]))[:, None], size_hw[1], axis=1)
    share = np.where(whole, area / area.sum(), 0).astype(np.float32)
    polar = round(size_hw[0] * _POLE_ROWS)
    normals[:polar] = normals[-polar:] = 0
    return _Coarse(
        np.where(whole[..., None], small_m[..., None] * towards, np.float32(1)), np.nan_to_num(normals), share
    )


def _planes(coarse: _Coarse, fine: _Coarse) -> _Planes:
    """The planes of a scene: proposed by the coarse map, fitted to the fine one."""
    proposed, counts = _proposals(coarse)
    explains = _explains(coarse, proposed) * counts[:, None]
    taken: list[Array] = []
    loose: list[float] = []
    owner = np.full(fine.share.shape, _MOST_PLANES)
    left = fine.share
    for _ in range(_MOST_TRIES):
        if len(taken) == _MOST_PLANES or not len(proposed):
            break
        free = cv2.resize(left, coarse.share.shape[::-1], interpolation=cv2.INTER_AREA)
        gain = explains @ free.ravel() * (left.size / free.size)
        best = int(gain.argmax())
        if gain[best] < _LEAST_SHARE:
            break
        plane = proposed[best]
        # Whatever comes of it: what is nearly the same plane is not tried again.
        explains[np.linalg.norm(proposed - plane, axis=1) < _SAME * np.linalg.norm(plane)] = 0
        plane = _fitted(fine.points, _explains(fine, plane[None]).reshape(left.shape) * left, plane)
        plane = _fitted(fine.points, _region(fine, plane, _looseness(fine, plane)) * left, plane)
        own_loose = _looseness(fine, plane)
        if own_loose > _WILD * min([own_loose, *loose]):
            continue  # several things at once, in a map that errs less than that
        region = _region(fine, plane, own_loose) & (left > 0)
        if left[region].sum() >= _LEAST_SHARE and _is_flat(fine.points[region], left[region], plane):
            owner[region] = len(taken)
            taken.append(plane)
            loose.append(own_loose)
            left = np.where(region, np.float32(0), left)
    owner[owner == _MOST_PLANES] = len(taken)
    return _Planes(np.array(taken, np.float32).reshape(-1, 3), np.array(loose, np.float32), owner)


def _explains(coarse: _Coarse, planes: Array) -> Array:
    """(K, N) 0..1: how well each plane explains each point; 0 for one that lies off it or is turned another way."""
    off = (planes @ coarse.points.reshape(-1, 3).T - 1) / np.float32(_CLOSE)
    towards = -planes / np.linalg.norm(planes, axis=1, keepdims=True)
    normals = coarse.normals.reshape(-1, 3)
    agrees = towards @ normals.T > _AGREES
    agrees[:, ~normals.any(axis=1)] = True
    return np.asarray(np.maximum(1 - off * off, 0) * agrees, np.float32)


def _agreeing(coarse: _Coarse, plane: Array) -> NDArray[np.bool_]:
    """(h, w): what is known and turned as the plane is."""
    agrees = (coarse.normals @ (-plane / np.linalg.norm(plane)) > _AGREES) | ~coarse.normals.any(axis=-1)
    return np.asarray(agrees & (coarse.share > 0))


def _looseness(coarse: _Coarse, plane: Array) -> float:
    """How far off the plane may lie what belongs to it, by how far off most of it does."""
    off = np.abs(coarse.points @ plane - 1)[_agreeing(coarse, plane)]
    off = off[off < _CLOSE]
    return float(np.clip(_LOOSE_TIMES * np.median(off), _LEAST_LOOSE, _LOOSE)) if off.size else _LEAST_LOOSE


def _region(coarse: _Coarse, plane: Array, at_most: float) -> NDArray[np.bool_]:
    """(h, w): what lies close to the plane, and what hangs together with that and is not farther off it than
    `at_most`."""
    off = np.abs(coarse.points @ plane - 1)
    agrees = _agreeing(coarse, plane)
    reached = agrees & (off < min(_CLOSE, at_most))
    loose = agrees & (off < at_most)
    half = off.shape[1] // 2
    for _ in range(2):  # past the wrap, too
        _, areas = cv2.connectedComponents(loose.astype(np.uint8), connectivity=4)
        core = np.bincount(areas[reached], minlength=areas.max() + 1)
        core[0] = 0
        reached = (core >= _CORE_PX)[areas]
        loose, reached = np.roll(loose, half, axis=1), np.roll(reached, half, axis=1)
    return np.asarray(reached)


def _proposals(coarse: _Coarse) -> tuple[Array, Array]:
    """(K, 3) planes that fit some window, and (K,) how much each counts."""
    p = coarse.points.astype(np.float64)
    moments = np.concatenate([p, p * p, p * np.roll(p, -1, axis=-1), np.ones((*p.shape[:2], 1))], axis=-1)
    moments *= coarse.share[..., None]
    found, misses, counts = [], [], []
    for window in _WINDOWS_PX:
        margin = window // 2 + 1
        sums = cv2.boxFilter(surrounded(moments, margin)[..., :8], -1, (window, window), normalize=False)
        more = cv2.boxFilter(surrounded(moments, margin)[..., 8:], -1, (window, window), normalize=False)
        inner = slice(margin + _STRIDE_PX // 2, -margin, _STRIDE_PX)
        s = np.concatenate([sums[inner, inner], more[inner, inner]], axis=-1).reshape(-1, 10)
        s = s[s[:, 9] > 0.5 * np.median(s[:, 9])]
        x, y, z, xx, yy, zz, xy, yz, zx, one = s.T
        tiny = 1e-9 * (xx + yy + zz)
        with np.errstate(divide="ignore", invalid="ignore"):
            level = np.stack([0 * x, y / yy, 0 * x], -1)
            det = xx * zz - zx * zx + tiny * (xx + zz)
            upright = np.stack([(x * zz - z * zx) / det, 0 * x, (z * xx - x * zx) / det], -1)
        matrix = np.stack([xx + tiny, xy, zx, xy, yy + tiny, yz, zx, yz, zz + tiny], -1).reshape(-1, 3, 3)
        free = np.linalg.solve(matrix, np.stack([x, y, z], -1)[..., None])[..., 0]
        for planes, times in ((level, _UPRIGHT), (upright, _UPRIGHT), (free, 1.0)):
            # The sum of (m . p - 1)^2, by the moments.
            a, b, c = planes.T
            total = (
                a * a * xx
                + b * b * yy
                + c * c * zz
                + 2 * (a * b * xy + b * c * yz + c * a * zx - a * x - b * y - c * z)
            )
            found.append(planes)
            misses.append(np.sqrt(np.maximum(total / one + 1, 0)))
            counts.append(np.full(len(planes), times))
    every, miss, count = np.concatenate(found), np.concatenate(misses), np.concatenate(counts)
    fine = np.flatnonzero(np.isfinite(every).all(axis=1) & (miss < _CLOSE / 2))
    chosen = fine[:: max(1, len(fine) // _MOST_PROPOSALS)]
    return every[chosen].astype(np.float32), count[chosen].astype(np.float32)


def _fitted(points: Array, weight: Array, plane: Array) -> Array:
    """The plane that fits best, outliers less and less; what is level stays level, what is upright upright."""
    free = plane != 0
    own = points[..., free].reshape(-1, int(free.sum())).astype(np.float64)
    for _ in range(3):
        robust = weight.ravel() / (1 + ((own @ plane[free] - 1) / (0.5 * _CLOSE)) ** 2)
        solved = np.linalg.lstsq((own * robust[:, None]).T @ own, robust @ own, rcond=1e-9)[0]
        plane = np.zeros(3, np.float32)
        plane[free] = solved
    return plane


def _is_flat(points: Array, weight: Array, plane: Array) -> bool:
    """Whether the plane says much more than that everything there is equally far: a vault has pieces of planes, too."""
    log_range = np.log(np.linalg.norm(points, axis=1))
    mean = np.average(log_range, weights=weight)
    spread = np.average((log_range - mean) ** 2, weights=weight)
    off = np.average((points @ plane - 1) ** 2, weights=weight)
    return bool(off < 0.25 * spread)


def _labels(coarse: _Coarse, planes: _Planes) -> _Labels:
    margin, none, mine = _LABEL_REACH_PX, len(planes.m), planes.owner
    around = np.ones((2 * margin + 1, 2 * margin + 1), np.uint8)
    along = np.einsum("kc,hwc->khw", planes.m, coarse.points)
    off = np.full((none + 1, *mine.shape), np.inf, np.float32)
    flat = _closed(mine < none)
    for number in range(none):
        near = cv2.dilate(surrounded((mine == number).astype(np.uint8), margin), around)[margin:-margin, margin:-margin]
        off[number] = np.where((near > 0) & flat, np.abs(along[number] - 1), np.inf)
    first, second = np.argsort(off, axis=0, kind="stable")[:2]
    first[np.isinf(off.min(axis=0))] = none
    second[np.isinf(np.take_along_axis(off, second[None], axis=0)[0])] = none
    sure = surrounded((first < none).astype(np.float32), 8)
    belief = np.clip(2 * cv2.GaussianBlur(sure, (0, 0), _SOFT_PX)[8:-8, 8:-8] - 1, 0, 1)
    loose = np.asarray(np.append(planes.loose, _LOOSE)[first], np.float32)
    meeting = _meetings(mine, np.isfinite(off), along)
    return _Labels(first.astype(np.uint8), second.astype(np.uint8), loose, meeting, belief.astype(np.float32))


def _closed(places: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Without holes of a pixel or two."""
    around = surrounded(places.astype(np.uint8), 4)
    return np.asarray(cv2.morphologyEx(around, cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8))[4:-4, 4:-4] > 0)


def _meetings(mine: NDArray[np.intp], near: NDArray[np.bool_], along: Array) -> NDArray[np.int8]:
    """(K + 1, K + 1): see `_Labels.meeting`."""
    none = len(along)
    found = np.zeros((none + 1, none + 1), np.int8)
    for one in range(none):
        for other in range(one):
            both = near[one] & near[other]
            nearer = along[one] > along[other]
            shares = [nearer[both & (mine == one)], ~nearer[both & (mine == other)]]
            if min(len(share) for share in shares) < _CORE_PX:
                continue
            inside, outside = min(share.mean() for share in shares), max(share.mean() for share in shares)
            found[one, other] = found[other, one] = int(inside > _CLEARLY) - int(outside < 1 - _CLEARLY)
    return found


def _along(points: Array, planes: Array, labels: NDArray[np.uint8]) -> Array:
    """m . p of each point and its plane; NaN where it has none, or looks away from it."""
    known = np.concatenate([planes, np.full((1, 3), np.nan, np.float32)])
    along = np.einsum("...c,...c->...", known[labels], points)
    return np.where(along > 0, along, np.float32(np.nan))
