"""What can be turned about a panorama: what estimates it, how it stands, its surface, its scale, and its look."""

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from depthview.engine.colour import COLOUR_MAPS
from depthview.engine.models.library import ModelFamily
from depthview.engine.panorama.recipe import Recipe
from depthview.engine.panorama.scene.colours import Colouring
from depthview.ui.panorama.model_section import ModelSection
from depthview.ui.panorama.room_sections import LevelSection, ScaleSection, SurfaceSection
from depthview.ui.panorama.shown import Shown
from depthview.ui.panorama.words import notices, provider
from depthview.ui.panorama_memory import PanoramaLook
from depthview.ui.parts.sections import Choice, Percent, Section
from depthview.ui.scene.form import Form

_WIDTH_PX = 292


class PanoramaInspector(QScrollArea):
    """Emits whole new recipes and looks whenever the person changes something. `made_wanted` asks for what was stopped
    to be gone on with."""

    recipe_changed = Signal(object)
    look_changed = Signal(object)
    made_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = PanoramaLook()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH_PX)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 4, 12, 8)
        self.go_on = QPushButton(self.tr("Go on making it"), inner)
        self.go_on.setObjectName("primary")
        self.go_on.setToolTip(self.tr("What is shown is not yet what is chosen here: it was stopped"))
        self.go_on.clicked.connect(self.made_wanted)
        self.go_on.setVisible(False)
        column.addWidget(self.go_on)
        self.models = ModelSection(inner)
        self.level = LevelSection(inner)
        self.surface = SurfaceSection(inner)
        self.scale = ScaleSection(inner)
        self._recipe_sections = (self.models, self.level, self.surface, self.scale)
        for section in self._recipe_sections:
            section.recipe_changed.connect(self._take_recipe)
        for part in (self.models, self._view(), self.scale, self.level, self.surface):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(inner)

    # What it shows

    def show_recipe(self, recipe: Recipe) -> None:
        for section in self._recipe_sections:
            section.show_recipe(recipe)

    def show_look(self, look: PanoramaLook) -> None:
        self._look = look
        self.colouring.select(look.colouring)
        self.colour_map.select(look.colour_map)
        self.point_size.show_percent(round(100 * look.point_size))
        self.kept_height.show_percent(round(100 * look.kept_height))
        self.form.select(look.form)
        self.point_size.setEnabled(look.form is Form.POINTS)
        self.cut_depth.show_percent(round(100 * look.cut_depth))

    def show_families(self, families: Sequence[ModelFamily]) -> None:
        self.models.show_families(families)

    def show_shown(self, shown: Shown | None, *, was_stopped: bool) -> None:
        """What was found, and whether it is what is wanted."""
        self.models.say_what_ran(
            f"{provider(shown.found)}\n{notices(shown.found)}".strip() if shown is not None else ""
        )
        self.scale.show_shown(shown)
        if shown is not None:
            self.level.show_found(shown.found.tilt)
        self.go_on.setVisible(was_stopped)

    # What the person did

    def _take_recipe(self, recipe: Recipe) -> None:
        self.show_recipe(recipe)
        self.recipe_changed.emit(recipe)

    def _show(self, look: PanoramaLook) -> None:
        self.show_look(look)
        self.look_changed.emit(look)

    def _view(self) -> Section:
        section = Section(self.tr("View"))
        self.form = Choice()
        self.form.offer([(self.tr("surface"), Form.SURFACE), (self.tr("points"), Form.POINTS)], Form.SURFACE)
        self.form.chosen.connect(lambda form: self._show(replace(self._look, form=form)))
        section.add(
            self.tr("Drawn as"), self.form, self.tr("A surface has no holes, points show only what is known (P)")
        )
        self.colouring = Choice()
        self.colouring.offer(
            [
                (self.tr("the photo"), Colouring.PHOTO),
                (self.tr("range"), Colouring.RANGE),
                (self.tr("normals"), Colouring.NORMAL),
                (self.tr("height"), Colouring.HEIGHT),
            ],
            Colouring.PHOTO,
        )
        self.colouring.chosen.connect(lambda colouring: self._show(replace(self._look, colouring=colouring)))
        section.add(self.tr("Coloured by"), self.colouring, self.tr("What the room is coloured by"))
        self.colour_map = Choice()
        self.colour_map.offer([(name, name) for name in COLOUR_MAPS], COLOUR_MAPS[0])
        self.colour_map.chosen.connect(lambda name: self._show(replace(self._look, colour_map=name)))
        section.add(self.tr("Colours"), self.colour_map, self.tr("cividis reads the same for most colour-blind people"))
        self.point_size = Percent(25, 400)
        self.point_size.changed.connect(lambda percent: self._show(replace(self._look, point_size=percent / 100)))
        section.add(self.tr("Point size"), self.point_size, self.tr("At 100 % the points just close a surface"))
        self.kept_height = Percent(5, 100)
        self.kept_height.changed.connect(lambda percent: self._show(replace(self._look, kept_height=percent / 100)))
        section.add(
            self.tr("Ceiling"),
            self.kept_height,
            self.tr("What is higher is cut off, per cent of the room's height: look in from outside (O)"),
        )
        self.cut_depth = Percent(0, 90)
        self.cut_depth.changed.connect(lambda percent: self._show(replace(self._look, cut_depth=percent / 100)))
        section.add(
            self.tr("Near side"),
            self.cut_depth,
            self.tr("So many per cent of the room's near side are cut off when one looks in from outside (O)"),
        )
        return section
