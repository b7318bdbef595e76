"""The 3D pane of a panorama: one stands where the camera stood, looks round, walks, or looks in from outside.

Importing this costs VTK (0.3 s): import it when the pane is wanted.
"""

from collections.abc import Callable, Mapping

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QImage, QPainter, QPalette
from PySide6.QtWidgets import QWidget

from depthview.engine.colour import COLOUR_MAPS
from depthview.engine.panorama.scene.colours import Colouring, SceneColours
from depthview.engine.panorama.scene.rays import pixel_along, pixel_towards
from depthview.engine.panorama.scene.scene import PanoramaScene
from depthview.ui.scene.drawing import Drawing, Look
from depthview.ui.scene.form import Form
from depthview.ui.scene.measuring import Measure, paint_measure, paint_ring
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.overlay import paint_hint, paint_note, paint_sentence
from depthview.ui.scene.panorama_eye import PanoramaEye, Standing, kept_top
from depthview.ui.scene.points_drawing import PointsDrawing
from depthview.ui.scene.sight import Vector
from depthview.ui.scene.steered_pane import SteeredPane
from depthview.ui.scene.surface_drawing import SurfaceDrawing

_REST = 0.25


class PanoramaPane(SteeredPane):
    """Shows a PanoramaScene and lets the person walk around in it.

    Inside: dragging looks round, W A S D (Shift: faster) and the wheel walk on the level, E and Q go up and down, a
    double click goes there, Ctrl+wheel, + and - widen the look. Outside: dragging turns, Shift or the middle button
    shifts, the wheel zooms. O changes between them, R goes back to where the camera stood, M measures, Esc ends that.
    Keys are heard only while the pane has the focus.
    """

    pointed = Signal(int, int)
    """The (x, y) of the photo's pixel whose surface is under the mouse, in the range map's size; (-1, -1): none."""
    standing_changed = Signal(object)
    form_changed = Signal(object)
    _eye: PanoramaEye

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(PanoramaEye(), parent)
        self.setAccessibleName(self.tr("3D view of the panorama"))
        self._panorama: PanoramaScene | None = None
        self._drawing: Drawing | None = None
        self._form = Form.SURFACE
        self._colouring, self._colour_map = Colouring.PHOTO, COLOUR_MAPS[0]
        self._point_size, self._kept_height = 1.0, 1.0
        self._empty = self.tr("The room appears here as soon as there is depth.")
        self._marked: tuple[int, int] | None = None

    # What is shown

    def show_scene(self, scene: PanoramaScene | None, *, keep_view: bool = False) -> None:
        """Show `scene` instead of the one before; None shows nothing. `keep_view`: it is the same room, made anew."""
        if self._released:
            return
        self._panorama = scene if scene is not None and len(scene) else None
        self._measure = Measure(metres_per_unit=1.0 if scene is not None and scene.has_metres else None)
        if self._panorama is not None and keep_view:
            self._eye.fit(self._panorama)
        elif self._panorama is not None:
            self._eye.aim(self._panorama, self._aspect())
        self._draw_anew()

    def _draw_anew(self) -> None:
        if self._drawing is not None and self._scene is not None:
            self._drawing.leave(self._scene)
        self._drawing = None
        if self._panorama is not None:
            as_surface = self._form is Form.SURFACE and self._panorama.meshes
            drawn_by = SurfaceDrawing if as_surface else PointsDrawing
            self._drawing = drawn_by(self._panorama, SceneColours(self._panorama, self._colouring, self._colour_map))
        self.request_render()

    @property
    def scene(self) -> PanoramaScene | None:
        return self._panorama

    def say_when_empty(self, sentence: str) -> None:
        """What stands here while there is no room to show: why, and what to do."""
        self._empty = sentence
        self.update()

    def set_colouring(self, colouring: Colouring, colour_map: str | None = None) -> None:
        """Colour the points by the photo, or by what they are; `colour_map` for range and height."""
        self._colouring = colouring
        self._colour_map = self._colour_map if colour_map is None else colour_map
        if self._drawing is not None and self._panorama is not None:
            self._drawing.set_colours(SceneColours(self._panorama, self._colouring, self._colour_map))
        self.request_render()

    @property
    def form(self) -> Form:
        return self._form

    def set_form(self, form: Form) -> None:
        """Draw the room as a surface or as points."""
        if form is not self._form:
            self._form = form
            self._draw_anew()
            self.form_changed.emit(form)

    def set_point_size(self, factor: float) -> None:
        """1 = points just close the surface."""
        self._point_size = factor
        self.request_render()

    def set_kept_height(self, share: float) -> None:
        """Hide what is higher over the floor than this share of the room's height; 1 hides nothing."""
        self._kept_height = share
        self._draw_soon()

    def set_cut_depth(self, share: float) -> None:
        """From outside, hide so much of the room's near side, 0 to 1."""
        self._eye.cut_depth = share
        self._draw_soon()

    # Where one stands

    @property
    def standing(self) -> Standing:
        return self._eye.standing

    def set_standing(self, standing: Standing) -> None:
        if standing is not self._eye.standing:
            self._eye.stand_still()
            self._eye.standing = standing
            self.standing_changed.emit(standing)
            self.request_render()

    def reset_view(self) -> None:
        """Back to where the camera stood, looking ahead."""
        self._eye.stand_still()
        if self._panorama is not None:
            self._eye.aim(self._panorama, self._aspect())
        self.set_standing(Standing.INSIDE)
        self.request_render()

    @property
    def eye(self) -> PanoramaEye:
        """Where one stands and looks; call `request_render` after a change."""
        return self._eye

    def _aspect(self) -> float:
        return self.width() / max(1, self.height())

    # Pointing and measuring

    def mark(self, x: int, y: int) -> None:
        """Mark the surface of the photo's pixel that is pointed at in another view; (-1, -1) removes the mark."""
        self._marked = (y, x) if x >= 0 and y >= 0 else None
        self.update()

    def pixel_at(self, at: QPointF) -> tuple[int, int] | None:
        """(row, column) of the photo whose surface is seen at a place of the pane; None where there is none."""
        if self._panorama is None:
            return None
        sight = self._eye.sight()
        ray = sight.ray(at.x(), at.y(), (self.width(), self.height()))
        if self._eye.at_camera and self._kept_height >= 1:
            return pixel_towards(self._panorama, ray)
        top = kept_top(self._panorama, self._kept_height)
        return pixel_along(
            self._panorama, sight.eye_m, ray, nearest=sight.near_m, highest=-top, from_behind=self._eye.inside
        )

    def _point(self, pixel: tuple[int, int] | None) -> Vector | None:
        return self._panorama.point_of(pixel) if self._panorama is not None and pixel is not None else None

    def _point_at(self, at: QPointF) -> Vector | None:
        return self._point(self.pixel_at(at))

    def _hover(self, at: QPointF | None) -> None:
        row, column = (None if at is None else self.pixel_at(at)) or (-1, -1)
        self.pointed.emit(column, row)

    # Rendering

    def request_render(self) -> None:
        if self._drawing is not None:
            self._drawing.begin()
        super().request_render()

    def _draw(self, scene: OffscreenScene, size_px: tuple[int, int]) -> QImage | None:
        if self._drawing is None or self._panorama is None:
            return QImage()
        walking = self._walk()
        if walking:
            self._drawing.begin()
        picture = self._drawing.draw_some(scene, size_px, self._look(self._panorama))
        self._dirty = walking or not self._drawing.complete
        return picture

    def _draw_whole(
        self, scene: OffscreenScene, size_px: tuple[int, int], *, transparent: bool = False
    ) -> QImage | None:
        if self._drawing is None or self._panorama is None:
            return QImage()
        return self._drawing.draw_all(scene, size_px, self._look(self._panorama))

    def _rest_s(self, took_s: float) -> float:
        return max(_REST * took_s, self._until_hands_off_s())

    def _look(self, scene: PanoramaScene) -> Look:
        return Look(
            self._eye.sight(),
            self.devicePixelRatioF(),
            self._point_size,
            kept_top(scene, self._kept_height),
            front_only=not self._eye.inside,
        )

    def release(self) -> None:
        super().release()
        self._drawing = None
        self._panorama = None

    def _paint_over(self, painter: QPainter, area: QRectF, ink: QColor, paper: QColor) -> None:
        if self._panorama is None or self._drawing is None:
            paint_sentence(painter, area, self._empty, ink)
            return
        sight = self._eye.sight()
        point = self._point(self._marked)
        if point is None and self._marked is not None and self._eye.at_camera:
            point = self._panorama.direction_of(self._marked)  # from here it is all the same how far away it is
        if point is not None:
            paint_ring(painter, area, sight, point)
        paint_measure(
            painter, area, sight, self._measure, self.palette().color(QPalette.ColorRole.Highlight), ink, paper
        )
        if not self._panorama.has_metres:
            paint_note(painter, area, self.tr("relative (no unit): the shape may be bent"), ink, paper)
        if self._new_here:
            paint_hint(painter, area, self._what_to_do(), ink, paper)

    def _what_to_do(self) -> str:
        if self._eye.inside:
            return self.tr("Drag to look round, W A S D or a double click to walk, O to look in from outside")
        return self.tr("Drag to turn, the wheel to go nearer, O to stand inside")

    def _commands(self) -> Mapping[Qt.Key, Callable[[], None]]:
        return {
            Qt.Key.Key_R: self.reset_view,
            Qt.Key.Key_O: lambda: self.set_standing(Standing.OUTSIDE if self._eye.inside else Standing.INSIDE),
            Qt.Key.Key_M: lambda: self.set_measuring(not self.measuring),
            Qt.Key.Key_P: lambda: self.set_form(Form.POINTS if self._form is Form.SURFACE else Form.SURFACE),
        }
