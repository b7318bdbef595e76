"""Clouds of other places that stand among the scenes: the live one moves on as it plays."""

from dataclasses import replace

from PySide6.QtCore import QObject, QTimer

from depthview.ui.places import Place
from depthview.ui.splats.items import Facts, Item, beside, extent_of
from depthview.ui.splats.stage import Stage
from depthview.ui.splats_memory import Stand
from depthview.ui.welcome import spec_title

_LOOK_EVERY_MS = 100


class Following(QObject):
    """Looks now and then whether a place that something was brought from has a newer cloud."""

    def __init__(self, stage: Stage, parent: QObject) -> None:
        super().__init__(parent)
        self._stage = stage
        self._sources: dict[int, Place] = {}
        self._timer = QTimer(self)
        self._timer.setInterval(_LOOK_EVERY_MS)
        self._timer.timeout.connect(self._look)

    def bring_in(self, source: Place, name: str) -> Item | None:
        """Put the cloud of `source` beside what stands there; None where it has none. `name`: the place's."""
        cloud = source.cloud
        if cloud is None or not len(cloud):
            return None
        known = [number for number, place in self._sources.items() if place is source]
        there = next((item for item in map(self._stage.find, known) if item is not None), None)
        if there is not None:
            return there
        facts = Facts(extent_of(cloud.xyz_m))
        stand = beside(Stand(has_metres=not cloud.unitless), facts, self._stage.items)
        title = f"{name}: {spec_title(source.spec)}"
        item = Item(self._stage.next_number(), title, (), cloud, facts, stand)
        self._sources[item.number] = source
        source.lend_cloud(True)
        self._stage.show((*self._stage.items, item))
        self._timer.start()
        return item

    def rest(self, rests: bool) -> None:
        """Whether nobody looks."""
        for source in self._sources.values():
            source.lend_cloud(not rests)
        if rests or not self._sources:
            self._timer.stop()
        else:
            self._timer.start()

    def _look(self) -> None:
        for number, source in list(self._sources.items()):
            item, cloud = self._stage.find(number), source.cloud
            if item is None:  # it was taken out
                del self._sources[number]
                source.lend_cloud(source in self._sources.values())  # it may have been brought in once more
            elif cloud is not None and cloud is not item.what and self._stage.settled:
                self._stage.change(replace(item, what=cloud))
        if not self._sources:
            self._timer.stop()
