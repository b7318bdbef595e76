"""The inspector's section about how scenes are drawn and looked at."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QCheckBox, QWidget

from depthview.ui.parts.sections import Choice, Percent, Section
from depthview.ui.parts.slide import Slide
from depthview.ui.scene.navigation import CameraState
from depthview.ui.splats_memory import FOVS_DEG, SIZE_FACTORS, Ground, SplatsLook


class LookSection(Section):
    """`look_changed(SplatsLook)`, `fov_changed(degrees)`, `parallel_changed(bool)` and `turntable_changed(bool)` when a
    person turns something."""

    look_changed = Signal(object)
    fov_changed = Signal(float)
    parallel_changed = Signal(bool)
    turntable_changed = Signal(bool)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("LookSection", "Look"), parent)
        self._look = SplatsLook()
        self.drawn_as = Choice()
        self.drawn_as.offer([(self.tr("splats"), False), (self.tr("points"), True)], False)
        self.drawn_as.chosen.connect(lambda points: self._settle(replace(self._look, as_points=points)))
        self.add(self.tr("Drawn as"), self.drawn_as, self.tr("Points show where the middles of the splats are (P)"))
        self.splat_size = Percent(round(100 * SIZE_FACTORS[0]), round(100 * SIZE_FACTORS[1]))
        self.splat_size.changed.connect(self._size_by)
        self.add(
            self.tr("Splat size"), self.splat_size, self.tr("Every splat so much larger, per cent: 100 is as trained")
        )
        self.degree = Choice()
        self.degree.chosen.connect(lambda degree: self._settle(replace(self._look, degree=degree)))
        self.add(
            self.tr("Colours"),
            self.degree,
            self.tr("How much they change with where one looks from: the degree of the spherical harmonics"),
        )
        self.ground = Choice()
        self.ground.offer(
            [
                (self.tr("as the window"), Ground.WINDOW),
                (self.tr("black"), Ground.BLACK),
                (self.tr("grey"), Ground.GREY),
                (self.tr("white"), Ground.WHITE),
            ],
            Ground.WINDOW,
        )
        self.ground.chosen.connect(lambda ground: self._settle(replace(self._look, ground=ground)))
        self.add(self.tr("Background"), self.ground, self.tr("What is behind the scenes"))
        self.projection = Choice()
        self.projection.offer([(self.tr("perspective"), False), (self.tr("parallel"), True)], False)
        self.projection.chosen.connect(lambda parallel: self.parallel_changed.emit(parallel))
        self.add(
            self.tr("Projection"), self.projection, self.tr("Parallel: what is far is as large as what is near (L)")
        )
        self.fov = Slide(*FOVS_DEG, step=1, suffix="°")
        self.fov.changed.connect(self.fov_changed)
        self.add(self.tr("Field of view"), self.fov, self.tr("From the upper border to the lower one, degrees"))
        self.turntable = QCheckBox(self.tr("Turn slowly"), self)
        self.turntable.setToolTip(self.tr("The eye goes round by itself until the mouse is pressed (T)"))
        self.turntable.setAccessibleName(self.tr("Turn slowly"))
        self.turntable.toggled.connect(self.turntable_changed)
        self.form.addRow(self.turntable)

    def show_look(self, look: SplatsLook, degree: int) -> None:
        """`degree`: the highest that any of the scenes has."""
        self._look = look
        self.drawn_as.select(look.as_points)
        self.splat_size.show_percent(round(100 * look.size_factor))
        self.splat_size.setEnabled(not look.as_points)
        whole = self.tr("as trained ({degree})").format(degree=degree)
        entries = [(whole, None), *((str(lower), lower) for lower in range(degree - 1, -1, -1))]
        chosen = look.degree if look.degree is not None and look.degree < degree else None
        self.degree.offer(entries, chosen)
        self.degree.setEnabled(degree > 0)
        self.ground.select(look.ground)

    def show_camera(self, camera: CameraState) -> None:
        """How the eye sees now."""
        self.projection.select(camera.parallel)
        self.fov.setEnabled(not camera.parallel)
        self.fov.show_number(camera.fov_deg)

    def show_turntable(self, on: bool) -> None:
        self.turntable.blockSignals(True)
        self.turntable.setChecked(on)
        self.turntable.blockSignals(False)

    def _size_by(self, percent: int) -> None:
        self._settle(replace(self._look, size_factor=percent / 100))

    def _settle(self, look: SplatsLook) -> None:
        self._look = look
        self.look_changed.emit(look)
