"""What can be turned while it plays, and what is known about it: source, model, depth, camera, cloud."""

from dataclasses import dataclass, replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QPushButton, QScrollArea, QVBoxLayout, QWidget

from depthview.engine.camera import ASSUMED_FOV_DEG, EYE_DISTANCE_M, CameraChoice
from depthview.engine.colour import COLOUR_MAPS, Limits
from depthview.engine.estimators.base import Selection
from depthview.engine.frames import Layout
from depthview.engine.live.session import LiveSettings, SessionStatus
from depthview.engine.models.library import BUILT_IN, ModelFamily
from depthview.ui import theme
from depthview.ui.live.sections import Choice, Number, Section, say, slider

_WIDTH_PX = 292
_ADD_MODEL = "\0add"


@dataclass(frozen=True, slots=True)
class Look:
    """How the result is shown: the part of the inspector that no estimator needs to know."""

    colour_map: str = COLOUR_MAPS[0]
    limits_px: Limits | None = None
    max_distance_m: float | None = None
    camera: CameraChoice = CameraChoice()  # noqa: RUF009 - frozen
    point_size: float = 1.0


class Inspector(QScrollArea):
    """Emits whole new settings whenever the person changes something; holds no other state than what it shows."""

    settings_changed = Signal(object)
    look_changed = Signal(object)
    model_file_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._settings = LiveSettings()
        self._look = Look()
        self._families: tuple[ModelFamily, ...] = (BUILT_IN,)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFixedWidth(_WIDTH_PX)
        inner = QWidget(self)
        column = QVBoxLayout(inner)
        column.setContentsMargins(14, 4, 14, 8)
        for section in (self._source(), self._model(), self._depth(), self._camera(), self._cloud()):
            column.addWidget(section)
        column.addStretch(1)
        self.setWidget(inner)

    # What it shows

    def show_settings(self, settings: LiveSettings) -> None:
        self._settings = settings
        self.layout_choice.select(settings.layout)
        self._show_selectors()

    def show_look(self, look: Look) -> None:
        self._look = look
        self.colour_map.select(look.colour_map)
        self._show_limits(look.limits_px)
        self.max_distance.show_number(look.max_distance_m)
        self.point_size.blockSignals(True)
        self.point_size.setValue(round(100 * look.point_size))
        self.point_size.blockSignals(False)
        camera = look.camera
        self.baseline.show_number(None if camera.baseline_m is None else camera.baseline_m * 1000)
        self.focal.show_number(camera.focal_px)
        self.fov.show_number(camera.fov_deg)
        self.fov.setEnabled(camera.focal_px is None)
        assumed = camera.rig_for((480, 640)).assumed
        say(self._camera_note, self.tr("Metres are a guess until both are known.") if assumed else "")

    def show_limits(self, limits: Limits) -> None:
        """The range that the picture has at the moment, while it is not set by hand."""
        if self._look.limits_px is None:
            self._show_limits(limits)

    def show_families(self, families: tuple[ModelFamily, ...]) -> None:
        self._families = families
        self._show_selectors()

    def show_status(self, status: SessionStatus) -> None:
        """What detection and the runtime say."""
        reason = status.guess.reason if status.guess else ""
        say(self._layout_note, self.tr("Detected: {reason}").format(reason=reason) if reason else "")
        self.swap.blockSignals(True)
        self.swap.setChecked(status.swap if self._settings.swap is None else self._settings.swap)
        self.swap.blockSignals(False)
        say(self._swap_note, self.tr("The eyes look swapped (cross-eye): press S.") if status.proposes_swap else "")
        running = status.running
        if status.loading is not None:
            say(self._provider_note, self.tr("Loading… the old model serves until it is ready."))
        elif running is not None:
            runs = self.tr("Runs on {provider}.").format(provider=running.provider)
            say(self._provider_note, f"{runs} {running.provider_note}".strip())

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

    def _model(self) -> Section:
        section = self._model_section = Section(self.tr("Model"))
        self.model = Choice()
        self.model.chosen.connect(self._choose_model)
        section.add(self.tr("Model"), self.model, self.tr("What estimates the depth"))
        self.iterations = Choice()
        self.iterations.chosen.connect(lambda count: self._select(iterations=count))
        section.add(self.tr("Iterations"), self.iterations, self.tr("More are better and slower"))
        self.resolution = Choice()
        self.resolution.chosen.connect(lambda size_hw: self._select(size_hw=size_hw))
        section.add(self.tr("Resolution"), self.resolution, self.tr("The size that the model works at, height x width"))
        self._provider_note = section.add_note()
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
            lambda on: self._show(replace(self._look, limits_px=self._typed_limits() if on else None))
        )
        self.nearest = Number(lowest=-4000, highest=4000, step=1, decimals=1, suffix=" px")
        self.farthest = Number(lowest=-4000, highest=4000, step=1, decimals=1, suffix=" px")
        for field in (self.nearest, self.farthest):
            field.changed.connect(lambda _value: self._show(replace(self._look, limits_px=self._typed_limits())))
        section.add(self.tr("Nearest"), self.nearest, self.tr("Disparity at the near end of the colours, pixels"))
        section.add(self.tr("Farthest"), self.farthest, self.tr("Disparity at the far end of the colours, pixels"))
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
        section.add(self.tr("Baseline"), self.baseline, self.tr("Distance between the two lenses, millimetres"))
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
        self.point_size = slider(25, 400, 100, self._change_point_size)
        section.add(self.tr("Point size"), self.point_size, self.tr("Per cent; at 100 the points just close a surface"))
        return section

    # What the person did

    def _settle(self, settings: LiveSettings) -> None:
        self._settings = settings
        self._show_selectors()
        self.settings_changed.emit(settings)

    def _show(self, look: Look) -> None:
        self.show_look(look)
        self.look_changed.emit(look)

    def _choose_model(self, model_id: str) -> None:
        if model_id == _ADD_MODEL:
            self._show_selectors()
            self.model_file_wanted.emit()
        else:
            self._select(model_id=model_id)

    def _select(self, **changes: object) -> None:
        wanted = replace(self._settings.selection, **changes)  # type: ignore[arg-type]
        family = self._family(wanted.model_id)
        if family is not None:
            nearest = family.nearest(wanted)
            wanted = Selection(wanted.model_id, nearest.iterations, nearest.size_hw or wanted.size_hw)
        self._settle(replace(self._settings, selection=wanted))

    def _settle_camera(self, _value: object) -> None:
        baseline_mm = self.baseline.number
        camera = CameraChoice(None if baseline_mm is None else baseline_mm / 1000, self.focal.number, self.fov.number)
        self._show(replace(self._look, camera=camera))

    def _change_point_size(self, percent: int) -> None:
        self._look = replace(self._look, point_size=percent / 100)
        self.look_changed.emit(self._look)

    def _typed_limits(self) -> Limits:
        return self.farthest.value(), max(self.nearest.value(), self.farthest.value() + 0.1)

    def _show_limits(self, limits: Limits | None) -> None:
        self.lock.blockSignals(True)
        self.lock.setChecked(self._look.limits_px is not None)
        self.lock.blockSignals(False)
        if limits is not None:
            self.farthest.show_number(limits[0])
            self.nearest.show_number(limits[1])

    def _family(self, model_id: str) -> ModelFamily | None:
        return next((family for family in self._families if family.model_id == model_id), None)

    def _show_selectors(self) -> None:
        selection = self._settings.selection
        models = [(family.title, family.model_id) for family in self._families]
        if self._family(selection.model_id) is None:  # not read yet, or gone: what is selected is said all the same
            models.append((selection.model_id, selection.model_id))
        self.model.offer([*models, (self.tr("Add an ONNX file…"), _ADD_MODEL)], selection.model_id)
        family = self._family(selection.model_id)
        counts = family.iterations if family else ()
        sizes = family.sizes_hw if family else ()
        self._model_section.show_row(self.iterations, bool(counts))
        self.iterations.offer([(str(count), count) for count in counts], selection.iterations)
        self.resolution.offer([(f"{h} × {w}", (h, w)) for h, w in sizes], selection.size_hw)


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
