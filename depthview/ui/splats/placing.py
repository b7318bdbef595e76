"""The work on the chosen scene: put elsewhere, turned upright, sized by a known length, cropped, thinned out."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats.editing.selection import Box
from depthview.engine.splats.editing.upright import UpGuess, guessed_up
from depthview.engine.splats.scene import SplatScene
from depthview.ui.jobs import Jobs
from depthview.ui.splats.inspector import SplatInspector
from depthview.ui.splats.items import Item, beside
from depthview.ui.splats.stage import Stage
from depthview.ui.splats.turning import upright_deg
from depthview.ui.splats_memory import Stand

if TYPE_CHECKING:
    from depthview.ui.scene.splat_pane import SplatPane

_AROUND = 0.1
"""So much of its size a box begins beyond what it is around, on each side: nothing is cut before it is pulled."""


class Placing(QObject):
    """`stood(Item)` when a person put it elsewhere, `failed(UserError)`, `news(sentence)`."""

    stood = Signal(object)
    failed = Signal(object)
    news = Signal(str)

    def __init__(self, inspector: SplatInspector, stage: Stage, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._inspector, self._stage, self._jobs = inspector, stage, jobs
        self.current: Item | None = None
        self._pane: SplatPane | None = None
        stand, thin = inspector.scenes.stand, inspector.thin
        stand.stand_changed.connect(self._settle)
        stand.length_known.connect(self._size)
        stand.beside_wanted.connect(self._put_beside)
        stand.guess_wanted.connect(self._guess_up)
        thin.thinned.connect(self.thin)
        thin.whole_wanted.connect(self._bring_back)
        inspector.filters.box_wanted.connect(self._crop)

    def take_pane(self, pane: "SplatPane") -> None:
        """Hands in this pane measure and crop."""
        self._pane = pane
        stand = self._inspector.scenes.stand
        pane.measured.connect(lambda _one, _other, length: stand.take_measure(length))
        pane.measuring_changed.connect(lambda on: None if on else stand.take_measure(None))
        pane.crop_box_changed.connect(lambda box: self._stage.set_filters(replace(self._stage.filters, box=box)))

    def thin(self, count: int) -> None:
        """Leave so many splats of it."""
        item, whole = self.current, self.current.whole if self.current is not None else None
        if item is None or whole is None:
            return

        def work(report: Report, stop: StopToken) -> SplatScene:
            from depthview.engine.splats.editing.decimation import decimated

            return decimated(whole, count, report, stop)

        title = self.tr("Thin out {name}").format(name=item.title)
        number = item.number
        self._jobs.run(title, work, lambda thinned: self._replace(number, thinned), self.failed.emit)

    def _replace(self, number: int, scene: SplatScene) -> None:
        item = self._stage.find(number)  # it may have been taken out, or moved
        if item is not None:
            self._stage.change(replace(item, what=scene))

    def _bring_back(self) -> None:
        if self.current is not None and self.current.whole is not None:
            self._stage.change(replace(self.current, what=self.current.whole))

    def _settle(self, stand: Stand) -> None:
        if self.current is not None:
            moved = replace(self.current, stand=stand)
            self._stage.change(moved, soon=True)
            self.stood.emit(moved)

    def _size(self, stand: Stand) -> None:
        """As large as the line says that was measured: the line grows with it, and the eye goes away as far."""
        item, pane = self.current, self._pane
        if item is None or pane is None:
            return
        before, after = item.placement, replace(item, stand=stand).placement
        self._settle(stand)
        pane.grow_with(lambda point: after.to_world(before.to_local(point)), after.scale / before.scale)

    def _put_beside(self) -> None:
        item = self.current
        if item is not None:
            others = tuple(other for other in self._stage.items if other.number != item.number and other.visible)
            self._settle(beside(item.stand, item.facts, others))

    def _guess_up(self) -> None:
        """Turn it by what its splats say of where up is."""
        item = self.current
        if item is None:
            return
        scene, number = item.whole, item.number
        if scene is None:
            self.news.emit(self.tr("Of a cloud nothing tells which way is up: choose an axis."))
            return

        def work(report: Report, _stop: StopToken) -> "UpGuess":
            report(Progress(0, None, "looking for the floor"))
            return guessed_up(scene)

        title = self.tr("Upright {name}").format(name=item.title)
        self._jobs.run(title, work, lambda guess: self._put_upright(number, guess), self.failed.emit)

    def _put_upright(self, number: int, guess: UpGuess) -> None:
        item = self._stage.find(number)
        if item is None:
            return
        if not guess.sure:
            self.news.emit(self.tr("Nothing in this scene tells which way is up: choose an axis."))
        stood = replace(item, stand=replace(item.stand, turn_deg=upright_deg(guess.up)))
        self._stage.change(stood)
        self.stood.emit(stood)

    def _crop(self) -> None:
        """A box around all that is visible."""
        boxes = [item.world_box for item in self._stage.items if item.visible]
        if boxes:
            low, high = np.min([box[0] for box in boxes], 0), np.max([box[1] for box in boxes], 0)
            around = _AROUND * (high - low)
            self._stage.set_filters(replace(self._stage.filters, box=Box.between(low - around, high + around)))
