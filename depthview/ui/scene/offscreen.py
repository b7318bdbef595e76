"""A VTK scene rendered off-screen and read back as a picture that Qt can paint.

VTK's own Qt widget needs a native window: it dies on Wayland, loops on macOS and cannot be painted over. Reading back
costs 0.3 ms at 900x400.
"""

import numpy as np
from PySide6.QtGui import QImage

# Not used by name: it registers the OpenGL classes that vtkRenderWindow and the mappers turn into.
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  # isort: skip
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import vtkObject, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkProp, vtkRenderer, vtkRenderWindow

from depthview.ui.scene.sight import UP, Sight, axes

_GL_PROGRAM_POINT_SIZE = 0x8642


class OffscreenScene:
    """A renderer on a transparent ground, and its window that nobody sees. Used by one thread; `release` it.

    `available` is False where there is no OpenGL 3.2; `render` then gives None and nothing else does harm.
    """

    def __init__(self) -> None:
        self._size_px = (1, 1)
        self._bytes = vtkUnsignedCharArray()
        self._pixels = np.zeros((1, 1, 4), np.uint8)
        self.renderer = vtkRenderer()
        # The ground is Qt's to paint: VTK's gradient costs software OpenGL 30 ms at 1800x800, Qt's next to nothing.
        self.renderer.SetBackground(0.0, 0.0, 0.0)
        self.renderer.SetBackgroundAlpha(0.0)
        self.renderer.GetCullers().RemoveAllItems()
        self._window: vtkRenderWindow | None = _window()
        if self._window is not None:
            self._window.AddRenderer(self.renderer)

    @property
    def available(self) -> bool:
        return self._window is not None

    @property
    def window_class(self) -> str:
        """Which of VTK's windows it is; tells an X server from EGL. Empty where there is none."""
        return str(self._window.GetClassName()) if self._window is not None else ""

    def add(self, prop: vtkProp) -> None:
        self.renderer.AddViewProp(prop)

    def remove(self, prop: vtkProp) -> None:
        self.renderer.RemoveViewProp(prop)
        if self._window is not None:
            prop.ReleaseGraphicsResources(self._window)

    def bounds_m(self) -> tuple[float, ...]:
        """The box (x0, x1, y0, y1, z0, z1) around all that is visible; x0 > x1 where nothing is."""
        return self.renderer.ComputeVisiblePropBounds()

    def render(self, size_px: tuple[int, int], sight: Sight) -> QImage | None:
        """The scene as `sight` sees it, (width, height) pixels, premultiplied alpha; None without OpenGL.

        The picture shows this object's own memory: it is good until the next call, copy it to keep it.
        """
        self.draw(size_px, sight)
        return self.picture()

    def draw(self, size_px: tuple[int, int], sight: Sight, *, over: bool = False) -> None:
        """Draw what is visible; `over` what was drawn before, by the same sight, so that a scene can come in parts."""
        if self._window is None:
            return
        width, height = max(1, size_px[0]), max(1, size_px[1])
        if (width, height) != self._size_px:
            self._size_px = (width, height)
            self._window.SetSize(width, height)
        self.renderer.SetErase(not over)
        camera = self.renderer.GetActiveCamera()
        camera.SetPosition(*sight.eye_m)
        camera.SetFocalPoint(*(sight.eye_m + sight.near_m * axes(sight.yaw_deg, sight.pitch_deg)[2]))
        camera.SetViewUp(*UP)
        camera.SetViewAngle(sight.fov_deg)
        camera.SetClippingRange(sight.near_m, sight.far_m)
        self._window.Render()

    def picture(self) -> QImage | None:
        """What was drawn. The picture shows this object's own memory: it is good until the next call."""
        if self._window is None:
            return None
        width, height = self._size_px
        if self._pixels.shape[:2] != (height, width):
            self._pixels = np.zeros((height, width, 4), np.uint8)
        # VTK's stub forgets this overload.
        self._window.GetRGBACharPixelData(0, 0, width - 1, height - 1, 0, self._bytes)  # type: ignore[call-overload]
        # OpenGL's first row is the lowest.
        np.copyto(self._pixels, vtk_to_numpy(self._bytes).reshape(height, width, 4)[::-1])
        return QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)

    def release(self) -> None:
        """Give everything back to OpenGL. The scene draws nothing any more; a second call does nothing."""
        if self._window is None:
            return
        for prop in list(self.renderer.GetViewProps()):
            self.remove(prop)
        self._window.RemoveRenderer(self.renderer)
        self._window.Finalize()
        self._window = None


def _window() -> vtkRenderWindow | None:
    """A window that can really render, or None. VTK tries the X server, EGL and OSMesa in turn."""
    warned = vtkObject.GetGlobalWarningDisplay()
    # What it tries in vain, a DISPLAY that nobody answers say, it writes to stderr.
    vtkObject.GlobalWarningDisplayOff()
    try:
        window = vtkRenderWindow()
        window.SetOffScreenRendering(1)
        window.SetShowWindow(False)
        window.SetMultiSamples(0)
        window.SetAlphaBitPlanes(1)
        window.SetSize(1, 1)
        window.Initialize()
    finally:
        vtkObject.SetGlobalWarningDisplay(warned)
    # To render with a window that did not come up ends the process.
    if not window.GetInitialized():
        return None
    window.GetState().vtkglEnable(_GL_PROGRAM_POINT_SIZE)
    return window
