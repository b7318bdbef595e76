"""Splats in a VTK scene: instanced squares out of texture buffers, drawn in the order that is given."""

import math
from collections.abc import Callable
from functools import partial

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkIntArray
from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor
from vtkmodules.vtkRenderingOpenGL2 import vtkArrayRenderer

from depthview.engine.splats.prepared import PreparedSplats
from depthview.engine.splats.view import View
from depthview.ui.scene.splat_shaders import FRAGMENT, vertex_shader

_CHUNK = 1 << 18
"""Splats uploaded together: 12 MB."""
_AT_ONCE = 12 << 20
"""Bytes handed over with one drawing: a few hundredths of a second at the worst."""
_MOST_CHUNKS = 7
"""Two buffers each and the order's: every card has 16 for a vertex shader."""
_CLAMPED_TANGENT = 1.3
_DOT_PX = 2.0


class SplatActor:
    """`actor` goes into the renderer, which must blend in float and in the order given.

    Colours come from the processor, 12 bytes a splat, and not as harmonics, of which a splat of degree 3 has 180: less
    than a third of the memory in all, nothing that a small texture buffer cannot hold, and the card evaluates no
    polynomials four times a splat and picture. They are as exact, since each splat has its own direction; a moving eye
    sees those of some tens of milliseconds ago. Geometry is 48 bytes, the order 4, which alone is uploaded where the
    eye only turned.

    Whatever is set waits until it is uploaded, piece by piece, so that nobody is held up for long.
    """

    def __init__(self, splats: PreparedSplats) -> None:
        chunks = min(_MOST_CHUNKS, max(1, math.ceil(len(splats) / _CHUNK)))
        self._chunk = max(_CHUNK, math.ceil(len(splats) / chunks))
        self._chunks = chunks
        # Near the middle of all, single precision is as fine as the scene's own numbers.
        self._middle = _middle(splats)
        self._mapper = vtkArrayRenderer()
        self._mapper.SetInputDataObject(0, vtkPolyData())
        self._mapper.SetElementType(self._mapper.TriangleStrip)
        self._mapper.SetNumberOfElements(2)
        self._mapper.SetNumberOfInstances(0)
        self._mapper.SetHasOpaque(False)
        self._mapper.SetHasTranslucent(True)
        self._mapper.RemoveAllMods()
        self._mapper.SetVertexShaderSource(vertex_shader(chunks, self._chunk))
        self._mapper.SetFragmentShaderSource(FRAGMENT)
        self._arrays: dict[str, vtkFloatArray | vtkIntArray] = {}
        self._values: dict[str, NDArray[np.float32] | NDArray[np.int32]] = {}
        self._waiting: dict[str, Callable[[], NDArray[np.float32] | NDArray[np.int32]]] = {}
        self._count = 0
        for k in range(chunks):
            self._bind(f"geometry{k}", np.zeros((1, 4), np.float32))
            self._bind(f"colour{k}", np.zeros(1, np.float32))
            part = slice(k * self._chunk, (k + 1) * self._chunk)
            self._waiting[f"geometry{k}"] = partial(_geometry, splats, part, self._middle)
        self._bind("order", np.zeros(1, np.int32))
        self._missing = set(self._arrays)
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        self.actor.ForceTranslucentOn()
        self.actor.SetUseBounds(False)
        self._uniforms = self.actor.GetShaderProperty().GetVertexCustomUniforms()
        self._dots = self.actor.GetShaderProperty().GetFragmentCustomUniforms()

    def __len__(self) -> int:
        """How many splats the order names that is in OpenGL."""
        return self._count

    @property
    def drawable(self) -> bool:
        """Whether places, colours and an order of all splats are there, be they old ones."""
        return not self._missing

    @property
    def waiting(self) -> bool:
        """Whether something is yet to be handed over."""
        return bool(self._waiting)

    def upload(self, most_bytes: int = _AT_ONCE) -> None:
        """Hand over some of what waits; OpenGL takes it with the next drawing, also where that draws no splat."""
        handed = 0
        while self._waiting and handed < most_bytes:
            name = min(self._waiting, key=_turn)
            values = self._waiting.pop(name)()
            self._missing.discard(name)
            handed += values.nbytes
            if name == "order":
                self._count = len(values)
            if len(values):
                self._bind(name, values)

    def set_order(self, order: NDArray[np.int32]) -> None:
        """Draw these splats, far to near, once it is uploaded."""
        self._waiting["order"] = lambda: order

    def set_colours(self, colours: NDArray[np.float32]) -> None:
        """(N, 3) of all splats, once they are uploaded."""
        for k in range(self._chunks):
            part = slice(k * self._chunk, (k + 1) * self._chunk)
            self._waiting[f"colour{k}"] = partial(_row, colours, part)

    def prepare(self, view: View, *, as_points: bool = False, start: int = 0, stop: int | None = None) -> None:
        """Fit the next drawing to its camera; only the places `start` to `stop` of the order are drawn."""
        stop = self._count if stop is None else min(stop, self._count)
        self._mapper.SetNumberOfInstances(max(0, stop - start))
        uniforms, half = self._uniforms, (view.width_px / 2, view.height_px / 2)
        uniforms.SetUniform3f("eye", tuple(np.asarray(view.eye, np.float64) - self._middle))
        for name, axis in zip(("right", "down", "forward"), view.axes, strict=True):
            uniforms.SetUniform3f(name, tuple(axis))
        uniforms.SetUniform2f("halfPx", half)
        uniforms.SetUniform2f("widest", tuple(_CLAMPED_TANGENT * one / view.focal_px for one in half))
        uniforms.SetUniform2f("depthOf", _depth_row(view))
        uniforms.SetUniformf("focalPx", view.focal_px)
        uniforms.SetUniformf("nearest", view.near)
        uniforms.SetUniformf("farthest", min(view.far, 3e38))
        uniforms.SetUniformi("withoutPerspective", int(view.parallel))
        uniforms.SetUniformi("firstInstance", start)
        for one in (uniforms, self._dots):
            one.SetUniformf("dotPx", _DOT_PX if as_points else 0.0)

    def _bind(self, name: str, values: NDArray[np.float32] | NDArray[np.int32]) -> None:
        """One array for each name for ever, since VTK keeps a texture for every one. Nothing is copied."""
        array = self._arrays.get(name)
        if array is None:
            array = self._arrays[name] = vtkIntArray() if values.dtype == np.int32 else vtkFloatArray()
            array.SetNumberOfComponents(values.shape[1] if values.ndim == 2 else 1)
        array.SetVoidArray(values, values.size, 1)
        array.Modified()
        self._values[name] = values
        self._mapper.BindArrayToTexture(name, array, False)


def _turn(name: str) -> int:
    """Colours come last: old ones are better than an old order, which may be one of too many splats."""
    return ("geometry", "order", "colour").index(name.rstrip("0123456789"))


def _middle(splats: PreparedSplats) -> NDArray[np.float64]:
    if not len(splats):
        return np.zeros(3)
    some = splats.xyz[:: max(1, len(splats) // 10_000)]
    return np.median(some.astype(np.float64), axis=0)


def _geometry(splats: PreparedSplats, part: slice, middle: NDArray[np.float64]) -> NDArray[np.float32]:
    """(3 n, 4): place and opacity; the covariance, whether it is antialiased, and a spare place."""
    xyz = splats.xyz[part]
    rows = np.zeros((len(xyz), 12), np.float32)
    np.subtract(xyz, middle, out=rows[:, :3], casting="same_kind")
    rows[:, 3] = splats.opacity[part]
    rows[:, 4:10] = splats.covariance[part]
    rows[:, 10] = splats.antialiased[part]
    return rows.reshape(-1, 4)


def _row(colours: NDArray[np.float32], part: slice) -> NDArray[np.float32]:
    return colours[part].reshape(-1)


def _depth_row(view: View) -> tuple[float, float]:
    """What OpenGL's depth, -1 to 1, is of the distance z: a + b / z; without perspective a + b z."""
    near, far = view.near, view.far
    if math.isinf(far):
        return (1.0, -2 * near) if not view.parallel else (0.0, 0.0)
    if view.parallel:
        return -(far + near) / (far - near), 2 / (far - near)
    return (far + near) / (far - near), -2 * far * near / (far - near)
