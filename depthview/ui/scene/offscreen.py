"""A VTK scene rendered off-screen and read back as a picture that Qt can paint.

VTK's own Qt widget needs a native window: it dies on Wayland, loops on macOS and cannot be painted over. Reading back
costs 0.3 ms at 900x400.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import numpy as np
from PySide6.QtGui import QImage

# Not used by name: it registers the OpenGL classes that vtkRenderWindow and the mappers turn into.
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  # isort: skip
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import vtk_to_numpy
from vtkmodules.vtkCommonCore import VTK_FLOAT, vtkFloatArray, vtkObject, vtkUnsignedCharArray
from vtkmodules.vtkRenderingCore import vtkProp, vtkRenderer, vtkRenderWindow
from vtkmodules.vtkRenderingOpenGL2 import vtkTextureObject

from depthview.ui.scene.sight import UP, Sight, axes

_GL_PROGRAM_POINT_SIZE = 0x8642
_GL_MAX_TEXTURE_BUFFER_SIZE = 0x8C2B
_GL_RGBA32F = 0x8814
_SOFTWARE = ("llvmpipe", "softpipe", "software r", "swiftshader", "openswr", "gdi generic", "basic render")
"""What OpenGL says of itself where the processor does its work: Mesa's, Apple's, Google's, Intel's, Windows'."""


class OffscreenScene:
    """A renderer on a transparent ground, and its window that nobody sees. Used by one thread; `release` it.

    `available` is False where there is no OpenGL 3.2; `render` then gives None and nothing else does harm.
    """

    def __init__(self) -> None:
        self._size_px = (1, 1)
        self._bytes = vtkUnsignedCharArray()
        self._pixels = np.zeros((1, 1, 4), np.uint8)
        self._depths = vtkFloatArray()
        self._light: vtkTextureObject | None = None
        self.renderer = vtkRenderer()
        # The ground is Qt's to paint: VTK's gradient costs software OpenGL 30 ms at 1800x800, Qt's next to nothing.
        self.renderer.SetBackground(0.0, 0.0, 0.0)
        self.renderer.SetBackgroundAlpha(0.0)
        self.renderer.GetCullers().RemoveAllItems()
        # What is translucent is drawn as it comes: order-independent blending would undo the order of splats.
        self.renderer.SetUseOIT(False)
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

    @property
    def software(self) -> bool:
        """Whether the processor does the work of a graphics card; also True where there is no OpenGL."""
        if self._window is None:
            return True
        name = str(self._window.GetState().GetRenderer()).lower()
        return any(known in name for known in _SOFTWARE)

    @property
    def texels(self) -> int:
        """How many values a texture buffer may hold."""
        found = [0]
        if self._window is not None:
            self._window.MakeCurrent()
            self._window.GetState().vtkglGetIntegerv(_GL_MAX_TEXTURE_BUFFER_SIZE, found)
        return found[0]

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

    def draw(self, size_px: tuple[int, int], sight: Sight, *, over: bool | vtkProp = False) -> None:
        """Draw what is visible; `over` what was drawn before, by the same sight, so that a scene can come in parts.

        Over what is translucent nothing may be drawn twice: then `over` is the one prop to draw.
        """
        if isinstance(over, vtkProp):
            with self._hidden(prop for prop in self.renderer.GetViewProps() if prop is not over):
                self._draw(size_px, sight, over=True)
        else:
            self._draw(size_px, sight, over=over)

    def _draw(self, size_px: tuple[int, int], sight: Sight, *, over: bool) -> None:
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
        camera.SetParallelProjection(sight.parallel_height_m is not None)
        if sight.parallel_height_m is not None:
            camera.SetParallelScale(sight.parallel_height_m / 2)
        self._window.Render()

    def blend_in_float(self) -> None:
        """From now on colours are rounded to eight bits only when they are read, and may be above 1 before."""
        if self._window is None or self._light is not None:
            return
        window, frame = self._window, self._window.GetRenderFramebuffer()
        if not frame.GetNumberOfColorAttachments():
            window.Render()  # the first brings it up
        self._light = vtkTextureObject()
        self._light.SetContext(window)
        # Half floats, which cards blend faster, lose faint splats: 47 dB of trained scenes instead of 59.
        self._light.SetInternalFormat(_GL_RGBA32F)
        self._light.Allocate2D(*self._size_px, 4, VTK_FLOAT)
        window.GetState().PushFramebufferBindings()
        frame.Bind()
        # It is resized with the window's own, which it takes the place of.
        frame.AddColorAttachment(0, self._light)
        window.GetState().PopFramebufferBindings()

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
        alpha = self._pixels[..., 3]
        if self._light is not None and alpha.min() < 255:
            # There may be more light than alpha says, which Qt would let flow over into the next colour.
            for colour in range(3):
                np.maximum(alpha, self._pixels[..., colour], out=alpha)
        return QImage(self._pixels.data, width, height, 4 * width, QImage.Format.Format_RGBA8888_Premultiplied)

    def opaque_depth(self, size_px: tuple[int, int], sight: Sight) -> NDArray[np.float32]:
        """(H, W) how far the nearest opaque thing is along the axis, in metres; infinite where there is none."""
        height, width = size_px[1], size_px[0]
        empty = np.full((height, width), np.inf, np.float32)
        solid = [prop for prop in self.renderer.GetViewProps() if prop.GetVisibility()]
        hidden = [prop for prop in solid if not prop.HasOpaqueGeometry()]
        if self._window is None or len(hidden) == len(solid):
            return empty
        with self._hidden(hidden):
            self.draw(size_px, sight)
        self._window.GetZbufferData(0, 0, width - 1, height - 1, self._depths)
        read = vtk_to_numpy(self._depths).reshape(height, width)[::-1].astype(np.float64)
        near, far = sight.near_m, sight.far_m
        if sight.parallel_height_m is not None:
            depth = near + read * (far - near)
        else:
            depth = near * far / (far - read * (far - near))
        return np.where(read < 1, depth, empty).astype(np.float32)

    def wait(self) -> None:
        """Until all that was drawn is there."""
        if self._window is not None:
            self._window.WaitForCompletion()

    @contextmanager
    def _hidden(self, props: Iterable[vtkProp]) -> Iterator[None]:
        hidden = [prop for prop in props if prop.GetVisibility()]
        for prop in hidden:
            prop.SetVisibility(False)
        yield
        for prop in hidden:
            prop.SetVisibility(True)

    def release(self) -> None:
        """Give everything back to OpenGL. The scene draws nothing any more; a second call does nothing."""
        if self._window is None:
            return
        for prop in list(self.renderer.GetViewProps()):
            self.remove(prop)
        if self._light is not None:
            self._light.ReleaseGraphicsResources(self._window)
            self._light = None
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
