"""Where to stand first: the object large and whole, from the side that shows most; a room from within."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.prepared import PreparedSplats
from depthview.engine.splats.view import Vector, View

UP = np.array([0.0, -1.0, 0.0])
"""Of the world: a scene that stands otherwise is placed upright first."""

_SAMPLE = 20_000
_DRAWN = 100_000
_SOLID = 0.1
_TAIL = 5.0
"""What matters is within so many half widths of its middle half, where that is widest."""
_LEFT_OUT = 0.3
"""In percent, on each side: what need not be in the picture."""
_MARGIN = 1.1
_AWAY = 4.0
"""Of the usual splat's size: where there are so few that one alone fills the picture, it is seen from outside."""
_PITCH_DEG = 12.0
_SIDES = 8
_SIDE_PX = 96
_CELLS = 48
_SAME_DEPTH = 0.06
"""Of the radius: what is no farther behind what is nearest there is not hidden by it."""
_WORTH = 1.1
"""So much more must be seen from another side than the front, as which z is taken."""
_NEAR = 1e-3
_LEAST = 1e-6
"""Of how far a scene is from the origin: it counts as that large at least, so that numbers can tell eye from target."""

_RINGS, _SECTORS = 16, 32
_CLOSED = 0.9
_CLEAR = 0.15
_WITHIN = 0.6
_CONTENT = 0.01
_PLACES = 5
_AS_CLEAR = 0.9
_CLEARED = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class FirstLook:
    """`eye` and `target` (3,); `radius`: of the ball around what is looked at; `inside`: a room, seen from within."""

    eye: Vector
    target: Vector
    radius: float
    inside: bool

    def view(self, fov_deg: float, size_px: tuple[int, int]) -> View:
        """As the camera of a picture of (width, height); `fov_deg` is vertical."""
        return View.looking(self.eye, self.target, UP, fov_deg, size_px, near=_NEAR * self.radius)


def first_look(
    splats: PreparedSplats, fov_deg: float, aspect: float, kept: NDArray[np.int32] | None = None
) -> FirstLook | None:
    """Where to stand to see `splats`, of them `kept`, in a picture so wide by its height; None where nothing is seen.

    What is far out does not count: floaters, a background around an object, a sky. Half a second for 500 000 splats.
    """
    which = np.arange(len(splats), dtype=np.int32) if kept is None else kept
    solid = which[splats.opacity[which] > _SOLID]
    which = solid if len(solid) else which[splats.opacity[which] > 0]
    if not len(which):
        return None
    sample = _spread(which, _SAMPLE)
    size = np.sqrt(splats.covariance[sample][:, (0, 3, 5)].astype(np.float64).sum(axis=1))
    xyz = core(splats.xyz[sample], splats.opacity[sample] / np.maximum(size, 1e-12))
    low, high = np.percentile(xyz, (_LEFT_OUT, 100 - _LEFT_OUT), axis=0)
    usual = float(np.median(size))
    radius = max(float(np.linalg.norm(high - low)) / 2, usual, _LEAST * float(np.abs(high).max()), _LEAST)
    eye = _free_place(xyz, low, high)
    if eye is not None:
        looks = [FirstLook(eye, eye + radius * _forward(yaw, 0.0), radius, True) for yaw in _yaws()]
    else:
        looks = [_from_outside(xyz, (low + high) / 2, yaw, fov_deg, aspect, radius, _AWAY * usual) for yaw in _yaws()]
    drawn = _spread(which, _DRAWN)
    shown = _detail(splats, drawn, [look.view(fov_deg, _size_px(_SIDE_PX, aspect)) for look in looks])
    shown *= [_open_share(xyz, look.view(fov_deg, _size_px(_CELLS, aspect)), radius) for look in looks]
    best = int(np.argmax(shown))
    return looks[best if shown[best] > _WORTH * shown[0] else 0]


def core(xyz: NDArray[np.floating], weight: NDArray[np.floating]) -> Vector:
    """(M, 3) float64: the places that a scene is about, of (N, 3) with (N,) weights: not the few or faint far out."""
    places, counts = np.asarray(xyz, np.float64), np.asarray(weight, np.float64)
    while True:
        low, middle, high = (
            np.array([_quantile(places[:, axis], counts, q) for axis in range(3)]) for q in (25, 50, 75)
        )
        near = (np.abs(places - middle) <= _TAIL * (high - low).max() / 2).all(axis=1)
        if near.all() or not near.any():
            return places
        places, counts = places[near], counts[near]


def _quantile(values: Vector, weight: Vector, percent: float) -> float:
    order = np.argsort(values)
    total = np.cumsum(weight[order])
    return float(values[order[np.searchsorted(total, total[-1] * percent / 100)]])


def _spread(which: NDArray[np.int32], most: int) -> NDArray[np.int32]:
    """At most so many of them, evenly."""
    if len(which) <= most:
        return which
    return np.asarray(which[np.linspace(0, len(which) - 1, most).astype(np.intp)])


def _yaws() -> NDArray[np.float64]:
    return np.linspace(0.0, 360.0, _SIDES, endpoint=False)


def _forward(yaw_deg: float, pitch_deg: float) -> Vector:
    yaw, pitch = math.radians(yaw_deg), math.radians(pitch_deg)
    return np.array([math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)])


def _from_outside(
    xyz: Vector, middle: Vector, yaw_deg: float, fov_deg: float, aspect: float, radius: float, least_away: float
) -> FirstLook:
    """As near as all but the outermost is in the picture, and in its middle; `least_away` from it."""
    down = math.tan(math.radians(fov_deg) / 2)
    tangents = np.array([down * aspect, down])
    forward = _forward(yaw_deg, _PITCH_DEG)
    axes = View.looking(-forward, np.zeros(3), UP, fov_deg, (2, 2)).axes
    target, away = middle, 0.0
    for _ in range(3):
        c = (xyz - target) @ axes.T
        away = max(
            float(np.percentile((np.abs(c[:, :2]) / tangents).max(axis=1) - c[:, 2], 100 - _LEFT_OUT)),
            radius / 10,
            least_away,
        )
        seen = c[:, :2] / np.maximum(c[:, 2:] + away, _NEAR * radius)
        low, high = np.percentile(seen, (_LEFT_OUT, 100 - _LEFT_OUT), axis=0)
        target = target + (low + high) / 2 * away @ axes[:2]
    return FirstLook(target - _MARGIN * away * forward, target, radius, False)


def _free_place(xyz: Vector, low: Vector, high: Vector) -> Vector | None:
    """(3,) in the middle of a room, if it is one: closed on all sides, free around the place, and not empty.

    What was taken from outside has nothing within its surface, since no camera saw it.
    """
    steps = np.linspace(0.3, 0.7, _PLACES)
    places = low + (high - low) * np.stack(np.meshgrid(steps, steps, steps), axis=-1).reshape(-1, 3)
    some = xyz[:: 1 + len(xyz) // _CLEARED]
    clear = np.array([np.percentile(np.linalg.norm(some - place, axis=1), 0.1) for place in places])
    inner = np.argsort(np.linalg.norm(places - (low + high) / 2, axis=1), kind="stable")
    place = places[inner[np.argmax(clear[inner] >= _AS_CLEAR * clear.max())]]
    out = xyz - place
    away = np.linalg.norm(out, axis=1)
    if not clear.max() > _CLEAR * np.linalg.norm(high - low) / 2:
        return None
    ring = np.clip(((out[:, 1] / away + 1) / 2 * _RINGS).astype(int), 0, _RINGS - 1)
    sector = ((np.arctan2(out[:, 0], out[:, 2]) / (2 * math.pi) + 0.5) * _SECTORS).astype(int) % _SECTORS
    cell = ring * _SECTORS + sector
    count = np.bincount(cell, minlength=_RINGS * _SECTORS)
    if np.mean(count > 0) < _CLOSED:
        return None
    order = np.lexsort((away, cell))
    last = np.cumsum(count) - 1
    wall = np.where(count > 0, away[order[np.maximum(last - count // 10, 0)]], math.inf)
    return place if np.mean(away < _WITHIN * wall[cell]) > _CONTENT else None


def _size_px(height_px: int, aspect: float) -> tuple[int, int]:
    return min(max(1, round(height_px * aspect)), 10 * height_px), height_px


def _detail(splats: PreparedSplats, which: NDArray[np.int32], views: list[View]) -> NDArray[np.float64]:
    """(V,): how much there is to see from each place: all the changes of colour within what is there."""
    import cv2

    from depthview.engine.splats.rasterizer.drawing import Rasterizer

    found = []
    with Rasterizer(splats) as rasterizer:
        for view in views:
            drawn = rasterizer.draw(view, kept=which, degree=0)
            rgb = np.clip(drawn.rgb / np.maximum(drawn.alpha, 1e-3)[..., None], 0, 1)
            colour = cv2.cvtColor(cv2.GaussianBlur(rgb, (0, 0), 1.5), cv2.COLOR_RGB2LAB)
            inner = cv2.erode((drawn.alpha > 0.5).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
            change = sum(np.abs(np.diff(colour, axis=axis, append=0)).sum(axis=2) for axis in (0, 1))
            found.append(float(np.where(inner, change, 0).sum()))
    return np.array(found)


def _open_share(xyz: Vector, view: View, radius: float) -> float:
    """How much of the places (N, 3) is seen and not hidden: of a room that lacks a wall, less through its back."""
    c = view.to_camera(xyz)
    c = c[c[:, 2] > view.near]
    size = np.array([view.width_px, view.height_px])
    place = np.floor(c[:, :2] / c[:, 2:] * view.focal_px + size / 2)
    inside = ((place >= 0) & (place < size)).all(axis=1)
    cell, depth = place[inside].astype(int) @ np.array([1, view.width_px]), c[inside, 2]
    nearest = np.full(view.width_px * view.height_px, math.inf)
    np.minimum.at(nearest, cell, depth)
    return np.count_nonzero(depth < nearest[cell] + _SAME_DEPTH * radius) / len(xyz)
