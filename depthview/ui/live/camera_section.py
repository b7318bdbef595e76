"""What is known of the camera, and what a person knows better."""

from dataclasses import replace

from PySide6.QtCore import QCoreApplication, Signal
from PySide6.QtWidgets import QWidget

from depthview.engine.camera import ASSUMED_FOV_DEG, EYE_DISTANCE_M, CameraChoice, Whence
from depthview.engine.depth import DepthScale
from depthview.ui.parts.depth_words import camera_doubt
from depthview.ui.parts.sections import Number, Section, say


class CameraSection(Section):
    """`chosen(CameraChoice)`."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(QCoreApplication.translate("CameraSection", "Camera"), parent)
        assumed_mm = self.tr("assume {value:.0f} mm").format(value=EYE_DISTANCE_M * 1000)
        self._camera = CameraChoice()
        self.baseline = Number(lowest=1, highest=100000, step=1, decimals=1, suffix=" mm", unset=assumed_mm)
        self.baseline.changed.connect(self._settle)
        self._baseline_tip = self.tr("Distance between the two lenses, millimetres")
        self.add(self.tr("Baseline"), self.baseline, self._baseline_tip)
        assumed_deg = self.tr("assume {value:.0f}°").format(value=ASSUMED_FOV_DEG)
        self.fov = Number(lowest=2, highest=170, step=1, decimals=1, suffix="°", unset=assumed_deg)
        self.fov.changed.connect(self._settle)
        self.add(self.tr("Field of view"), self.fov, self.tr("Horizontal, of one eye, degrees"))
        self.focal = Number(
            lowest=1, highest=100000, step=10, decimals=1, suffix=" px", unset=self.tr("from the above")
        )
        self.focal.changed.connect(self._settle)
        self.add(self.tr("Focal length"), self.focal, self.tr("Pixels of one eye's full width; wins over the angle"))
        self.note = self.add_note()

    def show_camera(self, camera: CameraChoice) -> None:
        self._camera = camera
        self.baseline.show_number(None if camera.baseline_m is None else camera.baseline_m * 1000)
        self.focal.show_number(camera.focal_px)
        self.fov.show_number(camera.fov_deg)
        self.fov.setEnabled(camera.focal_px is None)

    def show_scale(self, scale: DepthScale, *, two_eyed: bool) -> None:
        """What can be said of metres."""
        self.baseline.setEnabled(two_eyed)
        self.baseline.setToolTip(self._baseline_tip if two_eyed else self.tr("This model looks with one eye only"))
        say(self.note, camera_doubt(scale))

    def _settle(self, _value: object) -> None:
        baseline_m = None if self.baseline.number is None else self.baseline.number / 1000
        camera = replace(self._camera, focal_px=self.focal.number, fov_deg=self.fov.number)
        if camera != self._camera:
            camera = replace(camera, lens_from=Whence.BY_HAND)
        if baseline_m != self._camera.baseline_m:
            camera = replace(camera, baseline_m=baseline_m, baseline_from=Whence.BY_HAND)
        self.chosen.emit(camera)
