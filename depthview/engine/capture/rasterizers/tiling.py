"""A picture of Gaussians tile by tile, forwards and backwards, on numpy arrays and within bounded memory."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.capture.rasterizers.crew import Crew
from depthview.engine.capture.rasterizers.kernels.marks import mark
from depthview.engine.capture.rasterizers.kernels.sums import gather, turn_back
from depthview.engine.capture.rasterizers.kernels.tiles import SLOT, blend, unblend
from depthview.engine.splats.kernels.depths import far_to_near
from depthview.engine.splats.kernels.marks import MARK
from depthview.engine.splats.kernels.tiles import TILE, count, enlist
from depthview.engine.splats.scene import Floats

MOST_LISTED = 1 << 20
"""Of all tiles' lists together, at once, about: 40 MB with their slots. What is nearest is drawn first."""
_MOST_SEEN = 1 << 24
"""Rows are noted in float32 beside the pixels."""
_NONE = np.empty(0, np.int32)
_NEVER = np.float32(3e38)


@dataclass(frozen=True, slots=True, eq=False)
class Shown:
    """N Gaussians as they are projected: `middle` (N, 2) px; `spread` (4, N): xx, xy, yy and the determinant, with the
    low-pass; `log_opacity` (N,); `colour` (N, 3), not negative. float32, C-contiguous. Also what a loss is by them."""

    middle: Floats
    spread: Floats
    log_opacity: Floats
    colour: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    """Those that reach a pixel, far to near, as `kernels.marks` tells them; `names`: which of the N they are; `order`:
    0 and up, since they are in order already."""

    marks: NDArray[Any]
    boxes: NDArray[np.int16]
    names: NDArray[np.int32]
    order: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class _Lists:
    """The rows from `first` to `last`, tile by tile, near to far: tile t's are `listed[starts[t] : stops[t]]`."""

    first: int
    last: int
    boxes: NDArray[np.int16]
    starts: NDArray[np.int64]
    stops: NDArray[np.int64]
    listed: NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Tiling:
    """What was drawn: `rgb` (H, W, 3) premultiplied and `light` (H, W) that comes through, both to be left as they are;
    `radii` (N,) px, three standard deviations of the longer axis, 0 = not seen."""

    rgb: Floats
    light: Floats
    radii: Floats
    _latest: Floats
    _seen: _Seen
    _most_listed: int
    _ends: tuple[int, ...]
    _farthest: _Lists | None

    def backward(self, by_rgb: Floats, by_light: Floats, crew: Crew) -> Shown:
        """What a loss is by the Gaussians (0 of those not seen), from what it is by `rgb` and by `light`."""
        seen, total = self._seen, len(self.radii)
        height, width = self.light.shape
        across, opaque = -(-width // TILE), np.zeros(-(-width // TILE) * -(-height // TILE), np.bool_)
        sums = np.zeros((len(seen.names), SLOT), np.float32)
        pull, light = np.ascontiguousarray(by_rgb), self.light.copy()
        owed = self.light * by_light
        for number, last in enumerate(reversed(self._ends)):
            # The nearer lists were not kept. What an opaque tile has in them now is behind what its pixels took last.
            lists = self._farthest if number == 0 else _counted(seen, last, self.light.shape, self._most_listed)
            assert lists is not None
            slots = np.empty((len(lists.listed), SLOT), np.float32)

            def some(
                tiles: tuple[int, int], lists: _Lists = lists, slots: Floats = slots, anew: bool = number > 0
            ) -> None:
                bounds: tuple[Any, Any, Any] = lists.starts, lists.stops, lists.listed
                if anew:
                    _enlist(tiles, seen, lists, across, opaque)
                unblend(*tiles, across, *bounds, seen.marks, self._latest, pull, light, owed, slots)

            crew.all(some, crew.tiles(lists.starts))
            gather(lists.starts, lists.stops, lists.listed, slots, sums)
        shapes = (total, 2), (4, total), (total,), (total, 3)
        by = Shown(*(np.zeros(shape, np.float32) for shape in shapes))
        turn_back(seen.marks, seen.names, sums, by.middle, by.spread, by.log_opacity, by.colour)
        return by


def draw(
    shown: Shown, depth: Floats, near: float, size_px: tuple[int, int], crew: Crew, most_listed: int = MOST_LISTED
) -> Tiling:
    """The picture of (width, height); `depth` (N,): what is not beyond `near` is not seen."""
    width, height = size_px
    across, down = -(-width // TILE), -(-height // TILE)
    seen, radii = _seen(shown, depth, near, size_px)
    rgb, light = np.zeros((height, width, 3), np.float32), np.ones((height, width), np.float32)
    latest, opaque = np.full((height, width), _NEVER), np.zeros(across * down, np.bool_)
    ends: list[int] = []
    lists: _Lists | None = None
    last = len(seen.names)
    while last > 0 and not opaque.all():
        lists = _counted(seen, last, light.shape, most_listed)

        def some(tiles: tuple[int, int], lists: _Lists = lists) -> None:
            bounds: tuple[Any, Any, Any] = lists.starts, lists.stops, lists.listed
            _enlist(tiles, seen, lists, across, opaque)
            blend(*tiles, across, *bounds, seen.marks, opaque, rgb, light, latest)

        crew.all(some, crew.tiles(lists.starts))
        ends.append(last)
        last = lists.first
    return Tiling(rgb, light, radii, latest, seen, most_listed, tuple(ends), lists)


def _seen(shown: Shown, depth: Floats, near: float, size_px: tuple[int, int]) -> tuple[_Seen, Floats]:
    total = len(depth)
    if total > _MOST_SEEN:
        raise ValueError(f"{total} Gaussians; the processor draws up to {_MOST_SEEN}")
    marks, boxes = np.empty(total, MARK), np.empty((total, 4), np.int16)
    names, radii = np.empty(total, np.int32), np.empty(total, np.float32)
    numbers = shown.middle, shown.spread, shown.log_opacity, shown.colour, depth, near
    found = mark(*numbers, *size_px, TILE, marks, boxes, names, radii)
    order = far_to_near(np.ascontiguousarray(marks["depth"][:found]), _NONE, True)
    # `take` copies whole rows; `marks[order]` goes through their fields, forty times as long.
    ordered = np.take(marks, order), np.take(boxes, order, axis=0), np.take(names, order)
    return _Seen(*ordered, np.arange(found, dtype=np.int32)), radii


def _counted(seen: _Seen, last: int, shape: tuple[int, int], most_listed: int) -> _Lists:
    """Room for the lists of the rows up to `last`, so many that not many more than `most_listed` are in them."""
    across, down = -(-shape[1] // TILE), -(-shape[0] // TILE)
    starts, stops = np.empty(across * down + 1, np.int64), np.empty(across * down, np.int64)
    boxes = np.empty_like(seen.boxes)
    first = count(seen.order, last, most_listed, seen.boxes, boxes, across, down, starts)
    return _Lists(first, last, boxes, starts, stops, np.empty(starts[-1], np.int32))


def _enlist(tiles: tuple[int, int], seen: _Seen, lists: _Lists, across: int, opaque: NDArray[np.bool_]) -> None:
    rows = seen.order, lists.first, lists.last, lists.boxes, seen.marks
    enlist(*rows, across, *tiles, opaque, lists.starts, lists.stops, lists.listed)
