"""What can be turned while it plays, and what is known about it: source, model, depth, camera, cloud."""

from dataclasses import dataclass, replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from depthview.engine.camera import StereoRig
from depthview.engine.colour import COLOUR_MAPS, Limits
from depthview.engine.depth import DepthScale
from depthview.engine.estimators.base import Selection
from depthview.engine.frames import Meaning, StereoPair
from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.status import SessionStatus
from depthview.engine.models.library import ModelFamily
from depthview.ui.live.camera_section import CameraSection
from depthview.ui.live.look import Look
from depthview.ui.live.model_section import ModelSection
from depthview.ui.live.preparation_section import PreparationSection
from depthview.ui.live.source_section import SourceSection
from depthview.ui.parts.depth_words import title
from depthview.ui.parts.sections import Choice, Number, Percent, Section
from depthview.ui.settings import MOST_CONFIDENCE

_WIDTH_PX = 292


@dataclass(frozen=True, slots=True)
class Eye:
    """What the picture on the screen says of its own camera, as in StereoPair."""

    size_hw: tuple[int, int] = (480, 640)
    fov_deg: float | None = None
    rig: StereoRig | None = None


class Inspector(QScrollArea):
    """Emits whole new settings whenever the person changes something; holds no other state than what it shows."""

    settings_changed = Signal(object)
    look_changed = Signal(object)
    model_file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = LiveSettings()
        self._eyes = 2
        self._look = Look()
        self._meaning, self._guessed = Meaning.DISPARITY, False
        self._eye = Eye()
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH_PX)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 4, 12, 8)
        self.models = ModelSection(inner)
        self.models.selection_chosen.connect(self._choose_model)
        self.models.file_wanted.connect(self.model_file_wanted)
        self.source, self.eyes, self.camera = SourceSection(inner), PreparationSection(inner), CameraSection(inner)
        self.source.chosen.connect(self._settle)
        self.eyes.chosen.connect(self._settle)
        self.camera.chosen.connect(lambda camera: self._show(replace(self._look, camera=camera)))
        for section in (self.source, self.eyes, self.models, self._depth(), self.camera, self._cloud()):
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(inner)

    # What it shows

    def show_settings(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.source.show_settings(settings)
        self.eyes.show_settings(settings)
        self.models.show_selection(settings.selection_for(self._eyes))

    def show_look(self, look: Look) -> None:
        self._look = look
        self.colour_map.select(look.colour_map)
        self._show_limits(look.limits)
        self.max_distance.show_number(look.max_distance_m)
        self.point_size.show_percent(round(100 * look.point_size))
        self.confidence.show_percent(round(100 * look.min_confidence))
        self.camera.show_camera(look.camera)
        self._show_scale()

    def show_meaning(self, meaning: Meaning, *, guessed: bool = False) -> None:
        """Speak of the model's values from now on in the unit that they have; `guessed` says that their metres hang on
        the lens, and nobody knows it."""
        self._meaning, self._guessed = meaning, guessed
        scale = self._scale
        for field, tip in ((self.nearest, self._nearest_tip), (self.farthest, self._farthest_tip)):
            if scale.unit == "px":
                field.measure_in(" px", lowest=-4000, highest=4000, decimals=1, step=1)
            elif scale.unit == "m":
                field.measure_in(" m", lowest=0.01, highest=10000, decimals=2)
            else:
                field.measure_in("", lowest=-1e6, highest=1e6, decimals=3)
            field.setToolTip(tip.format(what=title(scale).replace("\n", " ")))
        far_tip = self.tr("What is farther is left out, metres")
        self.max_distance.setEnabled(scale.has_metres)
        self.max_distance.setToolTip(far_tip if scale.has_metres else self.tr("This model gives no metres"))
        self._show_scale()

    def show_pair(self, pair: StereoPair) -> None:
        """What the pair on the screen itself says of its camera."""
        eye = Eye(pair.size_hw, pair.fov_deg, pair.rig)
        if eye != self._eye:
            self._eye = eye
            self._show_scale()

    def show_limits(self, limits: Limits) -> None:
        """The range that the picture has at the moment, while it is not set by hand."""
        if self._look.limits is None:
            self._show_limits(limits)

    def show_families(self, families: tuple[ModelFamily, ...]) -> None:
        self.models.show_families(families)

    def show_whether_sure(self, says: bool) -> None:
        """Whether the model that runs says how sure it is."""
        self.confidence.setEnabled(says)
        silent = self.tr("This model does not say how sure it is, so there is nothing to leave out")
        self.confidence.setToolTip(self._confidence_tip if says else silent)

    def show_status(self, status: SessionStatus) -> None:
        """What detection and the runtime say."""
        self.source.show_status(status)
        self.eyes.show_status(status)
        if status.eyes is not None and status.eyes != self._eyes:
            self._eyes = status.eyes
            self.models.show_selection(self._settings.selection_for(self._eyes))
        self.models.show_status(status)

    # What it is made of

    def _depth(self) -> Section:
        section = Section(self.tr("Depth"))
        self.colour_map = Choice()
        self.colour_map.offer([(name, name) for name in COLOUR_MAPS], COLOUR_MAPS[0])
        self.colour_map.chosen.connect(lambda name: self._show(replace(self._look, colour_map=name)))
        section.add(self.tr("Colours"), self.colour_map, self.tr("cividis reads the same for most colour-blind people"))
        self.lock = QPushButton(self.tr("Lock the range"))
        self.lock.setCheckable(True)
        self.lock.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.lock.setToolTip(self.tr("Keep the colour range instead of letting it follow the picture"))
        self.lock.toggled.connect(
            lambda on: self._show(replace(self._look, limits=self._typed_limits() if on else None))
        )
        self.nearest = Number(lowest=-4000, highest=4000, step=1, decimals=1, suffix=" px")
        self.farthest = Number(lowest=-4000, highest=4000, step=1, decimals=1, suffix=" px")
        self._nearest_tip = self.tr("Value at the near end of the colours: {what}")
        self._farthest_tip = self.tr("Value at the far end of the colours: {what}")
        for field in (self.nearest, self.farthest):
            field.changed.connect(lambda _value: self._show(replace(self._look, limits=self._typed_limits())))
        section.add(self.tr("Nearest"), self.nearest, self._nearest_tip.format(what=title(self._scale)))
        section.add(self.tr("Farthest"), self.farthest, self._farthest_tip.format(what=title(self._scale)))
        section.form.addRow(self.lock)
        self.max_distance = Number(lowest=0.1, highest=10000, step=0.5, decimals=1, suffix=" m", unset=self.tr("any"))
        self.max_distance.changed.connect(lambda value: self._show(replace(self._look, max_distance_m=value)))
        section.add(self.tr("Max distance"), self.max_distance, self.tr("What is farther is left out, metres"))
        return section

    def _cloud(self) -> Section:
        section = Section(self.tr("Cloud"))
        self.point_size = Percent(25, 400)
        self.point_size.changed.connect(lambda percent: self._show(replace(self._look, point_size=percent / 100)))
        section.add(self.tr("Point size"), self.point_size, self.tr("At 100 % the points just close a surface"))
        self.confidence = Percent(0, round(100 * MOST_CONFIDENCE))
        self.confidence.changed.connect(lambda percent: self._show(replace(self._look, min_confidence=percent / 100)))
        self._confidence_tip = self.tr("Points that the model trusts less than this are left out of the cloud")
        section.add(self.tr("Confidence"), self.confidence, self._confidence_tip)
        return section

    # What the person did

    def _choose_model(self, selection: Selection) -> None:
        # What is not read yet is taken for what is wanted here.
        model_eyes = self.models.eyes_of(selection) or self._eyes
        self._settle(self._settings.choosing(selection, model_eyes=model_eyes, shown_eyes=self._eyes))

    def _settle(self, settings: LiveSettings) -> None:
        self.show_settings(settings)  # each section hands on all of them
        self.settings_changed.emit(settings)

    def _show(self, look: Look) -> None:
        self.show_look(look)
        self.look_changed.emit(look)

    @property
    def _scale(self) -> DepthScale:
        """How values are read."""
        eye = self._eye
        rig = self._look.camera.rig_for(eye.size_hw, eye.fov_deg, eye.rig)
        return DepthScale(self._meaning, rig, self._guessed)

    def _show_scale(self) -> None:
        self.camera.show_scale(self._scale, two_eyed=self._meaning is Meaning.DISPARITY)

    def _typed_limits(self) -> Limits:
        """Nearness, increasing."""
        scale = self._scale
        far, near = (scale.nearness_of(field.value()) for field in (self.farthest, self.nearest))
        return far, max(near, far + (0.1 if scale.unit == "px" else 1e-3))

    def _show_limits(self, limits: Limits | None) -> None:
        self.lock.blockSignals(True)
        self.lock.setChecked(self._look.limits is not None)
        self.lock.blockSignals(False)
        if limits is not None:
            self.farthest.show_number(self._scale.value_at(limits[0]))
            self.nearest.show_number(self._scale.value_at(limits[1]))
