"""Splats drawn by the processor, exactly: what one sees where there is no graphics card, and without a window."""

import os
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from types import TracebackType
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from depthview.engine.progress import StopToken
from depthview.engine.splats.kernels.marks import MARK, RGB
from depthview.engine.splats.prepared import PreparedSplats
from depthview.engine.splats.scene import Floats
from depthview.engine.splats.view import View

Colour = tuple[float, float, float]
Task = TypeVar("Task")
Result = TypeVar("Result")

_AT_ONCE = 1 << 15
"""Splats projected in one go."""
_MOST_LISTED = 1 << 22
"""Of all tiles' lists together, at once: 16 MB. What is nearest is drawn first, the rest under it."""
_TASKS_EACH = 4
"""Tasks for every thread: so few wait for the last."""
_NONE = np.empty(0, np.int32)


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """`rgb` (H, W, 3) float32 premultiplied, display space, perhaps above 1; `alpha` (H, W) float32 0 to 1."""

    rgb: Floats
    alpha: Floats

    def over(self, background: Colour | NDArray[np.floating]) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 on a ground of one colour, 0 to 1, or of any that spread over (H, W, 3): clamped and rounded
        once, at the very end."""
        seen = self.rgb + (1 - self.alpha[..., None]) * np.asarray(background, np.float32)
        return _eight_bits(seen)

    def rgba(self) -> NDArray[np.uint8]:
        """(H, W, 4) uint8 on nothing, not premultiplied."""
        own = self.rgb / np.maximum(self.alpha, np.float32(1e-6))[..., None]
        return _eight_bits(np.concatenate([own, self.alpha[..., None]], 2))


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Splats on the screen, as `kernels.projection` tells; only the rows from where to where are filled."""

    marks: NDArray[np.void]
    boxes: NDArray[np.int16]
    depth: Floats
    rows: list[tuple[int, int]]

    def order(self) -> NDArray[np.int32]:
        """The filled rows from far to near."""
        from depthview.engine.splats.kernels.depths import far_to_near

        places = [np.arange(begin, end, dtype=np.int32) for begin, end in self.rows]
        depths = [self.depth[begin:end] for begin, end in self.rows]
        return np.asarray(far_to_near(np.concatenate(depths), np.concatenate(places), False)) if places else _NONE


class Rasterizer:
    """Draws `splats` again and again with so many threads (None: all processors). One picture at a time.

    To be used in a `with`, or closed. The first picture of all waits for its kernels to be compiled.
    """

    def __init__(self, splats: PreparedSplats, threads: int | None = None) -> None:
        self.splats = splats
        self._threads = threads or os.cpu_count() or 1
        self._pool = ThreadPoolExecutor(self._threads, "depthview-raster")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """End the threads."""
        self._pool.shutdown()

    def draw(
        self,
        view: View,
        *,
        kept: NDArray[np.int32] | None = None,
        degree: int | None = None,
        behind_m: NDArray[np.float32] | None = None,
        as_points: bool = False,
        stop: StopToken | None = None,
    ) -> Drawn:
        """What `view` sees.

        `kept` (M,): only these indices, in rising order; `degree`: of the harmonics, at most; `behind_m` (H, W): depth
        along the axis of opaque things, infinite where there are none: they hide the splats whose middles are farther.
        `as_points`: every splat an opaque dot. Raises Stopped soon after `stop` was set.
        """
        from depthview.engine.splats.kernels.tiles import dot

        stop = stop or StopToken()
        size = (view.height_px, view.width_px)
        behind = np.empty((0, 0), np.float32) if behind_m is None else np.ascontiguousarray(behind_m, np.float32)
        if behind_m is not None and behind.shape != size:
            raise ValueError(f"opaque depths of {behind.shape} for a picture of {size}")
        rgb, alpha = np.zeros((*size, 3), np.float32), np.zeros(size, np.float32)
        seen = self._projected(view, kept, degree, stop)
        if as_points:
            near = np.full(size, np.inf, np.float32) if behind_m is None else behind.copy()
            for begin, end in seen.rows:
                dot(end - begin, seen.marks[begin:end], near, rgb, alpha)
        else:
            self._blend(seen, behind, rgb, alpha, stop)
        return Drawn(rgb, alpha)

    def _projected(self, view: View, kept: NDArray[np.int32] | None, degree: int | None, stop: StopToken) -> "_Seen":
        from depthview.engine.splats.kernels.projection import project
        from depthview.engine.splats.kernels.tiles import TILE

        splats = self.splats
        which = _NONE if kept is None else np.ascontiguousarray(kept, np.int32)
        count = len(splats) if kept is None else len(which)
        marks, boxes = np.empty(count, MARK), np.empty((count, 4), np.int16)
        rgb = marks.view(np.float32).reshape(count, MARK.itemsize // 4)[:, RGB]
        names, depth = np.empty(count, np.int32), np.empty(count, np.float32)
        eye, axes = np.ascontiguousarray(view.eye, np.float64), np.ascontiguousarray(view.axes, np.float64)
        numbers: tuple[Any, ...] = (
            *(splats.xyz, splats.covariance, splats.opacity, splats.antialiased),
            *(eye, axes, float(view.focal_px), view.width_px, view.height_px),
            *(float(view.near), float(view.far), view.parallel, TILE),
            *(marks, boxes, names, depth),
        )

        def some(first: int) -> tuple[int, int]:
            stop.raise_if_stopped()
            last = min(first + _AT_ONCE, count)
            end = first + project(which, kept is None, first, last, *numbers)
            splats.colour(rgb[first:end], eye, degree, names[first:end])
            return first, end

        return _Seen(marks, boxes, depth, self._all(some, range(0, count, _AT_ONCE)))

    def _blend(self, seen: "_Seen", behind: Floats, rgb: Floats, alpha: Floats, stop: StopToken) -> None:
        from depthview.engine.splats.kernels.tiles import TILE, blend, count, enlist

        order = seen.order()
        height, width = alpha.shape
        across, down = -(-width // TILE), -(-height // TILE)
        opaque, sequence = np.zeros(across * down, np.bool_), np.empty((len(order), 4), np.int16)
        starts, stops = np.empty(across * down + 1, np.int64), np.empty(across * down, np.int64)
        last = len(order)
        while last > 0 and not opaque.all():
            first = count(order, last, _MOST_LISTED, seen.boxes, sequence, across, down, starts)
            listed = np.empty(starts[-1], np.int32)

            def some(
                tiles: tuple[int, int], first: int = first, last: int = last, listed: NDArray[np.int32] = listed
            ) -> None:
                stop.raise_if_stopped()
                enlist(order, first, last, sequence, seen.marks, across, *tiles, opaque, starts, stops, listed)
                blend(*tiles, across, starts, stops, listed, seen.marks, behind, opaque, rgb, alpha)

            self._all(some, _shared(starts, self._threads * _TASKS_EACH))
            last = first

    def _all(self, work: Callable[[Task], Result], tasks: Iterable[Task]) -> list[Result]:
        """Done by all threads, in order; what one of them raises is raised when all have ended."""
        waiting = [self._pool.submit(work, task) for task in tasks]
        for one in waiting:
            one.exception()
        return [one.result() for one in waiting]


def _shared(starts: NDArray[np.int64], parts: int) -> list[tuple[int, int]]:
    """Tiles from where to where, about as much work in each part: what is listed, and a little for every tile."""
    work = starts + 16 * np.arange(len(starts))
    cuts = np.searchsorted(work, np.linspace(0, work[-1], parts + 1)[1:-1])
    cuts = np.unique(np.concatenate([[0], cuts, [len(starts) - 1]]))
    return [(int(a), int(b)) for a, b in pairwise(cuts)]


def _eight_bits(picture: Floats) -> NDArray[np.uint8]:
    return np.asarray(np.rint(np.clip(picture, 0, 1) * np.float32(255)), np.uint8)
