"""What is known of the camera, who says so, and what a person knows better."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from depthview.engine.camera import ASSUMED_FOV_DEG, EYE_DISTANCE_M, CameraChoice, Whence
from depthview.engine.depth import DepthScale
from depthview.ui.parts.depth_words import camera_doubt, whence_words
from depthview.ui.parts.sections import Number, Section, say


class CameraSection(Section):
    """`chosen(CameraChoice)`. Of rigs: `open_wanted()`, `forget_wanted()`, `return_wanted()`,
    `calibration_wanted()`."""

    chosen = Signal(object)
    open_wanted = Signal()
    forget_wanted = Signal()
    return_wanted = Signal()
    calibration_wanted = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("CameraSection", "Camera"), parent)
        self._assumed_mm = self.tr("assume {value:.0f} mm").format(value=EYE_DISTANCE_M * 1000)
        self._camera = CameraChoice()
        self.baseline = Number(lowest=1, highest=100000, step=1, decimals=1, suffix=" mm", unset=self._assumed_mm)
        self.baseline.changed.connect(self._settle)
        self._baseline_tip = self.tr("Distance between the two lenses, millimetres")
        self.add(self.tr("Baseline"), self.baseline, self._baseline_tip)
        self._assumed_deg = self.tr("assume {value:.0f}°").format(value=ASSUMED_FOV_DEG)
        self.fov = Number(lowest=2, highest=170, step=1, decimals=1, suffix="°", unset=self._assumed_deg)
        self.fov.changed.connect(self._settle)
        self.add(self.tr("Field of view"), self.fov, self.tr("Horizontal, of one eye, degrees"))
        self.focal = Number(
            lowest=1, highest=100000, step=10, decimals=1, suffix=" px", unset=self.tr("from field of view")
        )
        self.focal.changed.connect(self._settle)
        self.add(self.tr("Focal length"), self.focal, self.tr("Pixels of one eye's full width; wins over the angle"))
        self.whence = self.add_note()
        self.note = self.add_note()
        self.rig = self.add_note()
        self.calibrate = self._button(self.tr("Calibrate…"), self.tr("Measure this camera by a board (Ctrl+Shift+C)"))
        self.calibrate.clicked.connect(self.calibration_wanted)
        self.open_rig = self._button(
            self.tr("Open a rig…"), self.tr("Of DepthView, OpenCV, ROS, Kalibr, ZED or Middlebury")
        )
        self.open_rig.clicked.connect(self.open_wanted)
        self.forget = self._button(self.tr("Forget the rig"), self.tr("Play on without it"))
        self.forget.clicked.connect(self.forget_wanted)
        self.use_again = self._button(self.tr("Use the rig again"), self.tr("The one that was forgotten"))
        self.use_again.clicked.connect(self.return_wanted)
        self._buttons = QWidget(self)
        row = QHBoxLayout(self._buttons)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(self.calibrate, 1)
        row.addWidget(self.open_rig, 1)
        self.form.addRow(self._buttons)
        for row_button in (self.forget, self.use_again):
            self.form.addRow(row_button)
            self.show_row(row_button, False)

    def show_camera(self, camera: CameraChoice) -> None:
        self._camera = camera
        self.baseline.show_number(None if camera.baseline_m is None else camera.baseline_m * 1000)
        self.focal.show_number(camera.focal_px)
        self.fov.show_number(camera.fov_deg)
        self.fov.setEnabled(camera.focal_px is None)

    def show_scale(self, scale: DepthScale, *, two_eyed: bool) -> None:
        """What can be said of metres, and whence it is."""
        self.baseline.setEnabled(two_eyed)
        self.baseline.setToolTip(self._baseline_tip if two_eyed else self.tr("This model looks with one eye only"))
        self.show_row(self._buttons, two_eyed)
        rig = scale.rig
        known_mm = self.tr("{value:.1f} mm").format(value=1000 * rig.baseline_m)
        known_deg = self.tr("{value:.1f}°").format(value=rig.fov_deg)
        # What stands in a field that nobody filled is what is in force.
        self.baseline.setSpecialValueText(self._assumed_mm if rig.baseline_from is Whence.ASSUMED else known_mm)
        self.fov.setSpecialValueText(self._assumed_deg if rig.lens_assumed else known_deg)
        say(self.whence, whence_words(scale, two_eyed=two_eyed))
        say(self.note, camera_doubt(scale))

    def show_rig(self, words: str, *, in_use: bool, comes_back: bool) -> None:
        """Which measured rig is in force, or why none is, empty where there is none; whether one was forgotten that
        `comes_back` when that is wished."""
        say(self.rig, self.tr("Rig: {words}.").format(words=words.rstrip(".")) if words else "")
        self.show_row(self.forget, in_use)
        self.show_row(self.use_again, comes_back)

    def _button(self, text: str, tip: str) -> QPushButton:
        button = QPushButton(text, self)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)  # once clicked, Space is the player's still
        button.setToolTip(tip)
        return button

    def _settle(self, _value: object) -> None:
        baseline_m = None if self.baseline.number is None else self.baseline.number / 1000
        camera = replace(self._camera, focal_px=self.focal.number, fov_deg=self.fov.number)
        if camera != self._camera:
            camera = replace(camera, lens_from=Whence.BY_HAND)
        if baseline_m != self._camera.baseline_m:
            camera = replace(camera, baseline_m=baseline_m, baseline_from=Whence.BY_HAND)
        self.chosen.emit(camera)
