"""The Panorama workspace: the panoramas that are open, the panes that show one of them, and what can be turned."""

import math
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QByteArray, QSize, Signal
from PySide6.QtGui import QAction, QImage
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from depthview.engine.colour import Limits
from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.models.library import ModelFamily
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.recipe import Recipe
from depthview.ui.actions import WindowState
from depthview.ui.jobs import Jobs
from depthview.ui.panorama.inspector import PanoramaInspector
from depthview.ui.panorama.panes import PanoramaPanes
from depthview.ui.panorama.shelf import Shelf
from depthview.ui.panorama.studio import Panorama, Studio, for_another
from depthview.ui.panorama.words import figures, provider
from depthview.ui.panorama_memory import PanoramaLook, PanoramaMemory, Picture
from depthview.ui.scene.form import Form
from depthview.ui.settings import Preferences

if TYPE_CHECKING:
    from depthview.ui.panorama.shown import Shown
    from depthview.ui.scene.panorama_pane import PanoramaPane

_LARGE_PX = 3840
_ROOM_ACTIONS = ("outside", "measure", "reset_3d")


class PanoramaWorkspace(QWidget):
    """Signals: `changed` when something is another, `opened(spec)` once it is known that it can be opened,
    `remembered(PanoramaMemory)`, `refused(UserError)` for what is no panorama, and `emptied` when the last was closed.
    """

    changed = Signal()
    opened = Signal(object)
    remembered = Signal(object)
    emptied = Signal()

    def __init__(
        self, preferences: Preferences, jobs: Jobs, by_name: Mapping[str, QAction], parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._by_name = by_name
        memory = preferences.panorama
        self._recipe = memory.recipe
        self.look = memory.look
        self._limits: Limits | None = None
        self.current: Panorama | None = None
        self._in_room: Panorama | None = None
        self.room: PanoramaPane | None = None
        files = [Path(file) for file in preferences.model_files]
        self.studio = Studio(jobs, OpenedModels(files, device=preferences.device), self)
        self.panes = PanoramaPanes([by_name[name] for name in _ROOM_ACTIONS], self)
        self.inspector = PanoramaInspector(self)
        self.shelf = Shelf(by_name["close_panorama"], self)
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.panes, 1)
        column.addWidget(self.shelf)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(0)
        row.addLayout(column, 1)
        row.addWidget(self.inspector)

        self.studio.changed.connect(self._take)
        self.studio.first_shown.connect(lambda panorama: self.opened.emit(panorama.spec))
        self.inspector.recipe_changed.connect(self._cook)
        self.inspector.look_changed.connect(self.show_look)
        self.inspector.made_wanted.connect(lambda: self._cook(self._recipe))
        self.inspector.scale.measure_wanted.connect(lambda: self.measure(True))
        self.panes.picture_chosen.connect(lambda picture: self.show_look(replace(self.look, picture=picture)))
        self.panes.range_view.limits_dragged.connect(lambda low, high: self._limit((low, high)))
        self.panes.range_view.limits_freed.connect(lambda: self._limit(None))
        self.shelf.chosen.connect(self.look_at)
        self.inspector.show_recipe(self._recipe)
        self.show_look(self.look)

    # What the window asks for

    def open(self, spec: tuple[str, ...]) -> None:
        """Open a 360° photo, or look at it again."""
        self.look_at(self.studio.open(spec, self._recipe))

    def look_at(self, panorama: Panorama) -> None:
        """Show this one; what it was made by is what the inspector shows from now on."""
        if panorama is not self.current:
            self.current = panorama
            self._limits = None
            self._recipe = panorama.recipe
            self.inspector.scale.forget_measure()
            self.inspector.show_recipe(panorama.recipe)
        self.studio.look_at(panorama)
        self._show(panorama)

    def close_current(self) -> None:
        """Close the one that is shown, and show a neighbour."""
        if self.current is None:
            return
        gone, panoramas = self.current, self.studio.panoramas
        place = panoramas.index(gone)
        self.studio.close(gone)
        self.current = None
        if panoramas:
            self.look_at(panoramas[min(place, len(panoramas) - 1)])
        else:
            self._show_nothing()
            self.emptied.emit()
            self.changed.emit()

    def go_on(self, steps: int) -> None:
        """To the next panorama, or the one before."""
        panoramas = self.studio.panoramas
        if self.current is not None and len(panoramas) > 1:
            self.look_at(panoramas[(panoramas.index(self.current) + steps) % len(panoramas)])

    def show_look(self, look: PanoramaLook) -> None:
        """Show it in another way; nothing is worked out anew."""
        before, self.look = self.look, look
        self.inspector.show_look(look)
        self.panes.show_look(look, self._limits)
        self._by_name[f"show_{look.picture}"].setChecked(True)
        self._by_name["as_points"].setChecked(look.form is Form.POINTS)
        if self.room is not None:
            self._dress_room(look, before)
        self._remember()

    def show_picture(self, picture: Picture) -> None:
        self.show_look(replace(self.look, picture=picture))

    def draw_points(self, points: bool) -> None:
        self.show_look(replace(self.look, form=Form.POINTS if points else Form.SURFACE))

    def stand_outside(self, outside: bool) -> None:
        if self.room is not None:
            from depthview.ui.scene.panorama_eye import Standing

            self.room.set_standing(Standing.OUTSIDE if outside else Standing.INSIDE)

    def measure(self, on: bool) -> None:
        if self.room is not None:
            self.room.set_measuring(on)
            self.room.setFocus()

    def reset_3d(self) -> None:
        if self.room is not None:
            self.room.reset_view()

    def show_families(self, families: Sequence[ModelFamily]) -> None:
        self.inspector.show_families(families)

    def use_model(self, model_id: str) -> None:
        """As if it had been chosen in the inspector."""
        self.inspector.models.use(model_id)

    @property
    def shown(self) -> "Shown | None":
        return self.current.shown if self.current is not None else None

    @property
    def fault(self) -> UserError | None:
        return self.current.fault if self.current is not None else None

    @property
    def recipe(self) -> Recipe:
        """What the inspector shows."""
        return self._recipe

    @property
    def state(self) -> WindowState:
        return WindowState(
            has_source=self.current is not None,
            has_depth=self.shown is not None,
            has_metres=self.shown is not None and self.shown.found.has_metres,
            has_several=len(self.studio.panoramas) > 1,
        )

    @property
    def figures(self) -> str:
        return figures(self.shown) if self.shown is not None else ""

    @property
    def provider(self) -> str:
        return provider(self.shown.found) if self.shown is not None else ""

    def grab_pane(self) -> QImage:
        """The pane under the mouse as a picture."""
        pane = self.panes.pane_under_mouse()
        if self.room is not None and pane is self.panes.room_pane:
            return self.room.grab_image()
        return (pane if pane is not None else self).grab().toImage()

    def large_view(self) -> Image:
        """(H, W, 3) uint8: the room as it is seen, larger than the pane, with nothing written over it."""
        assert self.room is not None
        size = QSize(_LARGE_PX, round(_LARGE_PX * self.room.height() / max(1, self.room.width())))
        view = self.room.screenshot(size).convertToFormat(QImage.Format.Format_RGB888)
        rows = np.frombuffer(view.constBits(), np.uint8).reshape(view.height(), view.bytesPerLine())
        return rows[:, : 3 * view.width()].reshape(view.height(), view.width(), 3).copy()

    def end(self) -> QByteArray:
        """Begin nothing any more; how the panes are arranged."""
        self.studio.shut_down()
        return self.panes.save_state()

    def shut_down(self, deadline: float) -> bool:
        """Give everything back before `deadline`, of time.monotonic(); True when nothing is left behind."""
        if self.room is not None:
            self.room.release()
        return self.studio.close_models(deadline - time.monotonic())

    # What comes from below

    def _take(self, panorama: Panorama) -> None:
        """Something came of `panorama`, which may not be the one that is looked at."""
        if panorama.fault is not None and panorama.shown is None and panorama is not self.current:
            self.studio.close(panorama)
        if panorama is self.current:
            self._show(panorama)
        else:
            self.shelf.show_panoramas(self.studio.panoramas, self.current)

    def _show(self, panorama: Panorama) -> None:
        shown = panorama.shown
        self.shelf.show_panoramas(self.studio.panoramas, panorama)
        self.panes.show_shown(shown)
        self.panes.show_look(self.look, self._limits)
        if shown is not None:
            self._ensure_room()
        if self.room is not None and (shown is None or self.room.scene is not shown.scene):
            same_room = self._in_room is panorama and shown is not None
            self.room.show_scene(shown.scene if shown is not None else None, keep_view=same_room)
            self._in_room = panorama if shown is not None else None
        stopped = panorama.stale and panorama.job is None and panorama.fault is None
        self.inspector.show_shown(shown, was_stopped=stopped)
        self.changed.emit()

    def _show_nothing(self) -> None:
        self.panes.show_shown(None)
        if self.room is not None:
            self.room.show_scene(None)
        self.shelf.show_panoramas((), None)
        self.inspector.show_shown(None, was_stopped=False)

    def _ensure_room(self) -> None:
        """VTK is loaded when there is a first room to show, not when the window opens."""
        if self.room is not None:
            return
        from depthview.ui.scene.panorama_eye import Standing
        from depthview.ui.scene.panorama_pane import PanoramaPane

        self.room = PanoramaPane(self.panes)
        self.panes.place_room(self.room)
        self.room.measured.connect(self._take_measure)
        outside, measure = self._by_name["outside"], self._by_name["measure"]
        self.room.standing_changed.connect(lambda standing: outside.setChecked(standing is Standing.OUTSIDE))
        self.room.measuring_changed.connect(measure.setChecked)
        self._dress_room(self.look, None)
        self.room.form_changed.connect(lambda form: self.show_look(replace(self.look, form=form)))

    def _dress_room(self, look: PanoramaLook, before: PanoramaLook | None) -> None:
        assert self.room is not None
        if before is None or (look.colouring, look.colour_map) != (before.colouring, before.colour_map):
            self.room.set_colouring(look.colouring, look.colour_map)
        if before is None or look.form is not before.form:
            self.room.set_form(look.form)
        if before is None or look.point_size != before.point_size:
            self.room.set_point_size(look.point_size)
        if before is None or look.kept_height != before.kept_height:
            self.room.set_kept_height(look.kept_height)
        if before is None or look.cut_depth != before.cut_depth:
            self.room.set_cut_depth(look.cut_depth)

    def _take_measure(self, one: NDArray[np.float64], other: NDArray[np.float64], _length: float) -> None:
        self.inspector.scale.take_measure(_direction(one), _direction(other))

    # What the person turns

    def _cook(self, recipe: Recipe) -> None:
        self._recipe = recipe
        if self.current is not None:
            self.studio.cook(self.current, recipe)
        self._remember()

    def _limit(self, limits: Limits | None) -> None:
        self._limits = limits
        self.panes.show_look(self.look, limits)

    def _remember(self) -> None:
        self.remembered.emit(PanoramaMemory(for_another(self._recipe), self.look))


def _direction(point: NDArray[np.float64]) -> tuple[float, float]:
    """(yaw, pitch) in degrees, as a recipe has it, of (3,) x right, y down, z forward."""
    x, y, z = (float(part) for part in point)
    return math.degrees(math.atan2(x, z)), math.degrees(math.atan2(-y, math.hypot(x, z)))
