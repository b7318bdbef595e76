"""What stands in the pane, and the work that makes it ready to be drawn: in a thread, the last wish wins."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QObject, Signal

from depthview.engine.cloud import PointCloud
from depthview.engine.progress import StopToken
from depthview.engine.splats.editing.floaters import floaters
from depthview.engine.splats.editing.selection import Filters, Selection, kept, sizes
from depthview.engine.splats.framing import FirstLook, first_look
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.ui.errands import Errands
from depthview.ui.scene.navigation import CameraState
from depthview.ui.splats.items import Item
from depthview.ui.splats.latest import Latest

_SETTLE_MS = 150


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """What is to be drawn of `items`: the visible `scenes` in one list, what `filters` keep of it, and the visible
    clouds. `floating`: which splats are floaters, once it was asked for."""

    items: tuple[Item, ...] = ()
    scenes: tuple[Item, ...] = ()
    size_factor: float = 1.0
    splats: PreparedSplats | None = None
    clouds: tuple[PointCloud, ...] = ()
    filters: Filters = Filters()  # noqa: RUF009 - frozen
    selection: Selection | None = None
    first: FirstLook | None = None
    """Where to stand first, to see all of it."""
    floating: NDArray[np.bool_] | None = None


class Stage(QObject):
    """Signals: `changed` when items or filters are others, `drawn_changed` when what is to be drawn is ready anew."""

    changed = Signal()
    drawn_changed = Signal()
    failed = Signal(object)

    def __init__(self, errands: Errands, parent: QObject) -> None:
        super().__init__(parent)
        self._work = Latest("splats", errands, self)
        self._work.failed.connect(self.failed)
        self._end = StopToken()
        self._numbers = 0
        self._size_factor = 1.0
        self.aspect = 1.5
        """Of the pane: its width by its height."""
        self.items: tuple[Item, ...] = ()
        self.filters = Filters()
        self.drawn = Drawn()

    @property
    def settled(self) -> bool:
        """Whether what is drawn is what is wanted."""
        return not self._work.busy

    def next_number(self) -> int:
        self._numbers += 1
        return self._numbers

    def find(self, number: int) -> Item | None:
        return next((item for item in self.items if item.number == number), None)

    def show(self, items: tuple[Item, ...]) -> None:
        """These and no others."""
        self.items = items
        self._make()

    def change(self, item: Item, *, soon: bool = False) -> None:
        """Put this in the place of the item that has its number; `soon`: when the hand rests."""
        self.items = tuple(item if one.number == item.number else one for one in self.items)
        self._make(_SETTLE_MS if soon else 0)

    def set_visible(self, number: int, visible: bool) -> None:
        item = self.find(number)
        if item is not None:
            self.change(replace(item, visible=visible))

    def set_filters(self, filters: Filters) -> None:
        """Draw of all scenes only what these keep."""
        if filters is not self.filters:
            self.filters = filters
            self._make(_SETTLE_MS)

    def set_size_factor(self, factor: float) -> None:
        """Draw every splat so much larger."""
        if factor != self._size_factor:
            self._size_factor = factor
            self._make(_SETTLE_MS)

    def end(self) -> None:
        """Begin nothing any more, and do not wait for what takes seconds."""
        self._work.stop()
        self._end.stop()

    def _make(self, settle_ms: int = 0) -> None:
        wanted = self.items, self.filters, self._size_factor, self.aspect
        self._work.ask(lambda: _made(*wanted, self.drawn, self._end), self._take, settle_ms=settle_ms)
        self.changed.emit()

    def _take(self, drawn: Drawn) -> None:
        self.drawn = drawn
        self.drawn_changed.emit()


def _made(
    items: tuple[Item, ...], filters: Filters, size_factor: float, aspect: float, before: Drawn, stop: StopToken
) -> Drawn:
    """Only what is another than `before` is made anew: clouds that play must not cost what scenes cost."""
    shown = tuple(item for item in items if item.visible)
    scenes = tuple(item for item in shown if item.scene is not None)
    drawn = replace(before, items=items, filters=filters, scenes=scenes, size_factor=size_factor)
    if not (_same(scenes, before.scenes) and size_factor == before.size_factor):
        placed = [Placed(item.scene, item.placement) for item in scenes if item.scene is not None]
        splats = prepared(placed, size_factor=size_factor) if placed else None
        drawn = replace(drawn, splats=splats, selection=None, floating=None)
        if splats is not None and not {item.number for item in scenes} <= {item.number for item in before.items}:
            # Of several, the side that shows most of one may be where it hides another.
            alone = len(scenes) == 1 and scenes[0].first is None
            drawn = replace(drawn, first=first_look(splats, CameraState().fov_deg, aspect) if alone else None)
    if len(shown) == 1 and shown[0].first is not None:
        drawn = replace(drawn, first=shown[0].placed_first)
    known = {id(item): cloud for item, cloud in zip(_clouds_of(before.items), before.clouds, strict=True)}
    clouds = [known.get(id(item)) or item.placed_cloud for item in _clouds_of(items)]
    drawn = replace(drawn, clouds=tuple(cloud for cloud in clouds if cloud is not None))
    splats = drawn.splats
    if splats is None:
        return drawn
    if filters.without_floaters and drawn.floating is None:
        drawn = replace(drawn, floating=floaters(splats.xyz, sizes(splats), stop))
    if drawn.selection is None or filters is not before.filters:
        drawn = replace(drawn, selection=kept(splats, filters, drawn.floating))
    return drawn


def _clouds_of(items: tuple[Item, ...]) -> tuple[Item, ...]:
    return tuple(item for item in items if item.visible and item.scene is None)


def _same(some: tuple[Item, ...], others: tuple[Item, ...]) -> bool:
    """Whether these scenes look the same, whatever else is said of them."""
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all(a.what is b.what and a.stand == b.stand for a, b in pairs)
