"""The inspector's sections about the room itself: how the camera stood, what is done to the photo, what a metre is."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.recipe import (
    DISTANCES_M,
    TILTS_DEG,
    USUAL_HEIGHT_M,
    AutoScale,
    DistanceScale,
    HeightScale,
    Levelling,
    Mask,
    ModelScale,
    Preprocess,
    Recipe,
)
from depthview.ui.panorama.shown import Shown
from depthview.ui.panorama.words import scale_words
from depthview.ui.parts.sections import Choice, Number, Section, say
from depthview.ui.parts.slide import Slide

_BY_HAND = "by hand"
_HEIGHTS_M = (0.3, 5.0)
_AUTO, _MODEL, _HEIGHT, _DISTANCE = "auto", "model", "height", "distance"

Direction = tuple[float, float]
"""(yaw, pitch), degrees, as the recipe has it."""


class _RecipeSection(Section):
    """A section that holds the recipe it shows, and emits the whole new one."""

    recipe_changed = Signal(object)

    def __init__(self, title: str, parent: QWidget | None = None) -> None:
        super().__init__(title, parent)
        self._recipe = Recipe()

    def show_recipe(self, recipe: Recipe) -> None:
        self._recipe = recipe

    def _settle(self, recipe: Recipe) -> None:
        self.show_recipe(recipe)
        self.recipe_changed.emit(recipe)

    def _switch(self, text: str, tip: str) -> QCheckBox:
        box = QCheckBox(text)
        box.setToolTip(tip)
        box.setAccessibleName(text)
        self.form.addRow(box)
        return box


class LevelSection(_RecipeSection):
    """How the camera was tilted: found by itself, left alone, or by hand."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("LevelSection", "Level"), parent)
        self._found = Tilt(0.0, 0.0)
        self.level = Choice()
        self.level.offer(
            [
                (self.tr("auto, by lines"), Levelling.AUTO),
                (self.tr("off"), Levelling.OFF),
                (self.tr("by hand"), _BY_HAND),
            ],
            Levelling.AUTO,
        )
        self.level.chosen.connect(self._choose)
        self.add(
            self.tr("Upright"),
            self.level,
            self.tr(
                "Whether a tilted camera is put upright, and by what: straight edges in the photo tell how it stood"
            ),
        )
        self.pitch = Slide(*TILTS_DEG, step=0.1, suffix="°")
        self.roll = Slide(*TILTS_DEG, step=0.1, suffix="°")
        for slide in (self.pitch, self.roll):
            slide.changed.connect(self._turn)
        self.add(self.tr("Pitch"), self.pitch, self.tr("How far the camera looked up, degrees"))
        self.add(self.tr("Roll"), self.roll, self.tr("How far its right side was lower, degrees"))
        self._note = self.add_note()
        self.show_recipe(self._recipe)

    def show_recipe(self, recipe: Recipe) -> None:
        super().show_recipe(recipe)
        by_hand = isinstance(recipe.level, Tilt)
        self.level.select(_BY_HAND if by_hand else recipe.level)
        for slide in (self.pitch, self.roll):
            self.show_row(slide, by_hand)
        if isinstance(recipe.level, Tilt):
            self.pitch.show_number(recipe.level.pitch_deg)
            self.roll.show_number(recipe.level.roll_deg)
            say(self._note, "")

    def show_found(self, tilt: Tilt | None) -> None:
        """What was found; None where nothing tells of it."""
        self._found = tilt or Tilt(0.0, 0.0)
        if self._recipe.level is not Levelling.AUTO:
            say(self._note, "")
        elif tilt is None:
            say(self._note, self.tr("No lines tell how the camera stood: it is left as it is."))
        else:
            words = self.tr("Found: pitch {pitch:+.1f}°, roll {roll:+.1f}°")
            say(self._note, words.format(pitch=tilt.pitch_deg, roll=tilt.roll_deg))

    def _choose(self, level: str) -> None:
        if level == _BY_HAND:
            low, high = TILTS_DEG
            start = Tilt(*(min(max(angle, low), high) for angle in (self._found.pitch_deg, self._found.roll_deg)))
            self._settle(replace(self._recipe, level=start))
        else:
            self._settle(replace(self._recipe, level=Levelling(level)))

    def _turn(self, _degrees: float) -> None:
        self._settle(replace(self._recipe, level=Tilt(self.pitch.number, self.roll.number)))


class SurfaceSection(_RecipeSection):
    """What is done to the photo first, and to the surface in the end."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("SurfaceSection", "Surface"), parent)
        self.refine = self._switch(self.tr("Flatten walls and floors"), self.tr("Without rounding the corners"))
        self.refine.toggled.connect(lambda on: self._settle(replace(self._recipe, refine=on)))
        self.layout_prior = self._switch(
            self.tr("Planes of a room help"), self.tr("Floor, ceiling and walls help where models are unsure")
        )
        self.layout_prior.toggled.connect(lambda on: self._settle(replace(self._recipe, layout_prior=on)))
        self.masks = {
            Mask.SKY: self._switch(self.tr("Leave out the sky"), self.tr("Nobody knows how far it is")),
            Mask.WINDOWS: self._switch(self.tr("Leave out bright windows"), self.tr("Where the photo is blown out")),
            Mask.EDGES: self._switch(
                self.tr("Leave out depth edges"), self.tr("Points that hang between near and far")
            ),
            Mask.POLES: self._switch(self.tr("Leave out the poles"), self.tr("Straight above and below")),
        }
        for mask, box in self.masks.items():
            box.toggled.connect(lambda on, m=mask: self._leave_out(m, on))
        self.preprocess = {
            Preprocess.GAUSSIAN: self._switch(self.tr("Smooth the photo first"), self.tr("Gaussian: against noise")),
            Preprocess.CLAHE: self._switch(self.tr("Even out its contrast first"), self.tr("CLAHE: for dark corners")),
            Preprocess.DEHAZE: self._switch(self.tr("Take haze out first"), self.tr("Dark channel: for outdoors")),
        }
        for step, box in self.preprocess.items():
            box.toggled.connect(lambda on, s=step: self._prepare(s, on))
        self.show_recipe(self._recipe)

    def show_recipe(self, recipe: Recipe) -> None:
        super().show_recipe(recipe)
        states = [(self.refine, recipe.refine), (self.layout_prior, recipe.layout_prior)]
        states += [(box, mask in recipe.masks) for mask, box in self.masks.items()]
        states += [(box, step in recipe.preprocess) for step, box in self.preprocess.items()]
        for box, on in states:
            box.blockSignals(True)
            box.setChecked(on)
            box.blockSignals(False)

    def _leave_out(self, mask: Mask, on: bool) -> None:
        masks = tuple(one for one in Mask if (on if one is mask else one in self._recipe.masks))
        self._settle(replace(self._recipe, masks=masks))

    def _prepare(self, step: Preprocess, on: bool) -> None:
        steps = tuple(one for one in Preprocess if (on if one is step else one in self._recipe.preprocess))
        self._settle(replace(self._recipe, preprocess=steps))


class ScaleSection(_RecipeSection):
    """Where metres come from. `measure_wanted` when the person wants to measure a distance first."""

    measure_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("ScaleSection", "Scale"), parent)
        self._ends: tuple[Direction, Direction] | None = None
        self.scale = Choice()
        self.scale.offer(
            [
                (self.tr("auto"), _AUTO),
                (self.tr("from the model"), _MODEL),
                (self.tr("camera height"), _HEIGHT),
                (self.tr("measured distance"), _DISTANCE),
            ],
            _AUTO,
        )
        self.scale.chosen.connect(self._choose)
        tip = self.tr("Where metres come from. Auto: from the model, else from a camera {height} m above the floor")
        self.add(self.tr("Metres"), self.scale, tip.format(height=USUAL_HEIGHT_M))
        self.height_m = Slide(*_HEIGHTS_M, step=0.05, suffix=" m")
        self.height_m.changed.connect(lambda metres: self._settle(replace(self._recipe, scale=HeightScale(metres))))
        self.add(self.tr("Camera at"), self.height_m, self.tr("Height of the lens above the floor, metres"))
        self.distance_m = Number(
            lowest=DISTANCES_M[0], highest=DISTANCES_M[1], step=0.1, decimals=2, suffix=" m", unset=self.tr("type it")
        )
        self.distance_m.changed.connect(self._measure)
        self.add(
            self.tr("True length"),
            self.distance_m,
            self.tr("Of the line that was measured in the room (M), as it is in truth, metres"),
        )
        self._note = self.add_note()
        self.show_recipe(self._recipe)

    def show_recipe(self, recipe: Recipe) -> None:
        super().show_recipe(recipe)
        scale = recipe.scale
        kind = {AutoScale: _AUTO, ModelScale: _MODEL, HeightScale: _HEIGHT, DistanceScale: _DISTANCE}[type(scale)]
        self._show_kind(kind)
        if isinstance(scale, HeightScale):
            self.height_m.show_number(scale.height_m)
        if isinstance(scale, DistanceScale):
            self._ends = (scale.one_deg, scale.other_deg)
            self.distance_m.show_number(scale.distance_m)

    def show_shown(self, shown: Shown | None) -> None:
        """Say which scale is meant."""
        if self.scale.currentData() == _DISTANCE and self._ends is None:
            say(self._note, self.tr("Click two points in the room, then type how far they are apart."))
        else:
            say(self._note, scale_words(shown.found) if shown is not None else "")

    def take_measure(self, one_deg: Direction, other_deg: Direction) -> None:
        """Two places were clicked; their true distance can be typed now."""
        self._ends = (one_deg, other_deg)
        if self.scale.currentData() == _DISTANCE:
            self.distance_m.setEnabled(True)
            self.distance_m.setFocus()
            say(self._note, self.tr("Now type how long that line is in truth."))

    def forget_measure(self) -> None:
        """Another panorama: what was measured belongs to the one before."""
        self._ends = None
        self.distance_m.show_number(None)

    def _choose(self, kind: str) -> None:
        if kind == _DISTANCE:
            self._show_kind(kind)
            self.show_shown(None)
            self.measure_wanted.emit()
        elif kind == _HEIGHT:
            self.height_m.show_number(USUAL_HEIGHT_M)
            self._settle(replace(self._recipe, scale=HeightScale()))
        else:
            self._settle(replace(self._recipe, scale=AutoScale() if kind == _AUTO else ModelScale()))

    def _measure(self, metres: float | None) -> None:
        if metres is not None and self._ends is not None:
            self._settle(replace(self._recipe, scale=DistanceScale(*self._ends, metres)))

    def _show_kind(self, kind: str) -> None:
        self.scale.select(kind)
        self.show_row(self.height_m, kind == _HEIGHT)
        self.show_row(self.distance_m, kind == _DISTANCE)
        self.distance_m.setEnabled(self._ends is not None)
