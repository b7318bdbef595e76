"""What can be turned while it plays, and what is known about it: source, model, depth, camera, cloud."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from depthview.engine.camera import ASSUMED_FOV_DEG, EYE_DISTANCE_M, CameraChoice
from depthview.engine.colour import COLOUR_MAPS, Limits
from depthview.engine.depth import DepthScale
from depthview.engine.estimators.base import Selection
from depthview.engine.frames import Layout, Meaning
from depthview.engine.live.session import LiveSettings, SessionStatus
from depthview.engine.models.library import ModelFamily
from depthview.ui import theme
from depthview.ui.live.look import Look
from depthview.ui.live.model_section import ModelSection
from depthview.ui.parts.depth_words import camera_doubt, title
from depthview.ui.parts.sections import Choice, Number, Percent, Section, say
from depthview.ui.settings import MOST_CONFIDENCE

_WIDTH_PX = 292


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
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH_PX)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(12, 4, 12, 8)
        self.models = ModelSection(inner)
        self.models.selection_chosen.connect(self._choose_model)
        self.models.file_wanted.connect(self.model_file_wanted)
        for section in (self._source(), self.models, self._depth(), self._camera(), self._cloud()):
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(inner)

    # What it shows

    def show_settings(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.layout_choice.select(settings.layout)
        self.models.show_selection(settings.selection_for(self._eyes))

    def show_look(self, look: Look) -> None:
        self._look = look
        self.colour_map.select(look.colour_map)
        self._show_limits(look.limits)
        self.max_distance.show_number(look.max_distance_m)
        self.point_size.show_percent(round(100 * look.point_size))
        self.confidence.show_percent(round(100 * look.min_confidence))
        camera = look.camera
        self.baseline.show_number(None if camera.baseline_m is None else camera.baseline_m * 1000)
        self.focal.show_number(camera.focal_px)
        self.fov.show_number(camera.fov_deg)
        self.fov.setEnabled(camera.focal_px is None)
        say(self._camera_note, camera_doubt(self._scale))

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
        two_eyed = meaning is Meaning.DISPARITY
        self.baseline.setEnabled(two_eyed)
        self.baseline.setToolTip(self._baseline_tip if two_eyed else self.tr("This model looks with one eye only"))
        say(self._camera_note, camera_doubt(scale))

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
        reason = status.guess.reason if status.guess else ""
        say(self._layout_note, self.tr("Detected: {reason}").format(reason=reason) if reason else "")
        self.swap.blockSignals(True)
        self.swap.setChecked(status.swap if self._settings.swap is None else self._settings.swap)
        self.swap.blockSignals(False)
        say(self._swap_note, self.tr("The eyes look swapped (cross-eye): press S.") if status.proposes_swap else "")
        if status.eyes is not None and status.eyes != self._eyes:
            self._eyes = status.eyes
            self.swap.setEnabled(self._eyes == 2)
            self.models.show_selection(self._settings.selection_for(self._eyes))
        self.models.show_status(status)

    # What it is made of

    def _source(self) -> Section:
        section = Section(self.tr("Source"))
        self.layout_choice = Choice()
        self.layout_choice.offer(
            [(self.tr("auto"), None)] + [(layout_title(layout), layout) for layout in Layout], None
        )
        self.layout_choice.chosen.connect(lambda layout: self._settle(replace(self._settings, layout=layout)))
        section.add(self.tr("Layout"), self.layout_choice, self.tr("How the two eyes share the picture"))
        self._layout_note = section.add_note()
        self.swap = QPushButton(theme.icon("swap"), self.tr("Swap left and right"))
        self.swap.setCheckable(True)
        self.swap.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # once clicked, Space is the player's still
        self.swap.setToolTip(self.tr("Exchange the eyes, for cross-eye material (S)"))
        self.swap.toggled.connect(lambda on: self._settle(replace(self._settings, swap=on)))
        section.form.addRow(self.swap)
        self._swap_note = section.add_note()
        self._swap_note.setProperty("warn", True)
        return section

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

    def _camera(self) -> Section:
        section = Section(self.tr("Camera"))
        assumed_mm = self.tr("assume {value:.0f} mm").format(value=EYE_DISTANCE_M * 1000)
        self.baseline = Number(lowest=1, highest=100000, step=1, decimals=1, suffix=" mm", unset=assumed_mm)
        self.baseline.changed.connect(self._settle_camera)
        self._baseline_tip = self.tr("Distance between the two lenses, millimetres")
        section.add(self.tr("Baseline"), self.baseline, self._baseline_tip)
        assumed_deg = self.tr("assume {value:.0f}°").format(value=ASSUMED_FOV_DEG)
        self.fov = Number(lowest=2, highest=170, step=1, decimals=1, suffix="°", unset=assumed_deg)
        self.fov.changed.connect(self._settle_camera)
        section.add(self.tr("Field of view"), self.fov, self.tr("Horizontal, of one eye, degrees"))
        self.focal = Number(
            lowest=1, highest=100000, step=10, decimals=1, suffix=" px", unset=self.tr("from the above")
        )
        self.focal.changed.connect(self._settle_camera)
        section.add(self.tr("Focal length"), self.focal, self.tr("Pixels of one eye's full width; wins over the angle"))
        self._camera_note = section.add_note()
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
        self._settings = settings
        self.settings_changed.emit(settings)

    def _show(self, look: Look) -> None:
        self.show_look(look)
        self.look_changed.emit(look)

    def _settle_camera(self, _value: object) -> None:
        baseline_mm = self.baseline.number
        camera = CameraChoice(None if baseline_mm is None else baseline_mm / 1000, self.focal.number, self.fov.number)
        self._show(replace(self._look, camera=camera))

    @property
    def _scale(self) -> DepthScale:
        """How values are read; the size of the picture makes no difference to what is said here."""
        return DepthScale(self._meaning, self._look.camera.rig_for((480, 640)), self._guessed)

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


def layout_title(layout: Layout) -> str:
    """A layout's name for people."""
    titles = {
        Layout.MONO: QCoreApplication.translate("Layout", "one eye only"),
        Layout.SIDE_BY_SIDE: QCoreApplication.translate("Layout", "side by side"),
        Layout.HALF_SIDE_BY_SIDE: QCoreApplication.translate("Layout", "half side by side"),
        Layout.OVER_UNDER: QCoreApplication.translate("Layout", "over-under"),
        Layout.HALF_OVER_UNDER: QCoreApplication.translate("Layout", "half over-under"),
        Layout.SEPARATE: QCoreApplication.translate("Layout", "two pictures"),
    }
    return titles[layout]
