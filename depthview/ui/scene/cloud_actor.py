"""A point cloud in a VTK scene, made to be replaced many times a second."""

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import (
    vtkFloatArray,
    vtkPoints,
    vtkSignedCharArray,
    vtkTypeInt32Array,
    vtkUnsignedCharArray,
)
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from depthview.engine.cloud import PointCloud

_LARGEST_PX = 40.0
_UNKNOWN_FOOTPRINT_PX = 2.0
_EVERYTHING_M = 3e38
# Squares are snapped to pixels and surfaces lean: exactly as wide as the gaps would leave hairlines.
_OVERLAP = 1.35

# Each point is a square as wide as the pixel it came from: the surface closes, seen from near and from afar, and no
# point is larger than it must be (with software OpenGL, covered pixels are what costs).
_SIZE_SHADER = """//VTK::PositionVC::Impl
  gl_PointSize = clamp(pxAtOneMetre * length(vertexMC.xyz) / gl_Position.w, leastPx, mostPx);
  if (vertexMC.z > farthestM || vertexMC.y < topM) { gl_Position = vec4(0.0, 0.0, 2.0, 1.0); }
"""
# A point that faces somewhere is a patch of a surface. From the origin it is as wide as its footprint; where that
# leans away from there it is longer, and other eyes see that: how long it looks is how large the point must be. At the
# picture's rim everything is drawn larger. What is seen from behind can be left out; normals are not exact, so a little
# of it is let pass.
_FACING_SHADER = """
  vec3 outM = normalize(vertexMC.xyz - eyeM);
  vec3 rayM = normalize(vertexMC.xyz);
  vec3 normalM = normalize(facing);
  vec3 alongM = rayM - dot(rayM, normalM) * normalM;
  float lean = length(alongM);
  alongM /= max(lean, 0.001);
  float longer = length(alongM - dot(alongM, outM) * outM) / max(sqrt(1.0 - lean * lean), leastLean);
  float rim = distance(vertexMC.xyz, eyeM) / gl_Position.w;
  gl_PointSize = clamp(pxAtOneMetre * length(vertexMC.xyz) / gl_Position.w * max(1.0, longer) * rim, leastPx, mostPx);
  if (dot(normalM, outM) > mostBehind) { gl_Position = vec4(0.0, 0.0, 2.0, 1.0); }
"""
_LEAST_LEAN = 0.2
_EVERY_SIDE = 2.0
_ONLY_FRONT = 0.17


class CloudActor:
    """Draws a PointCloud, unlit, in its exact colours. `actor` is what goes into the renderer.

    Nothing is copied: VTK reads the cloud's own arrays, which this object keeps alive until the next update.
    The OpenGL context must have GL_PROGRAM_POINT_SIZE on, as OffscreenScene's has. With `facing`, each point has a side
    that it is seen from, and can be hidden from behind.
    """

    def __init__(self, *, facing: bool = False) -> None:
        self._cloud = PointCloud.empty()
        self._point_size = 1.0
        self._step = 1
        self._index = np.empty(0, np.int32)
        self._ends = np.empty(0, np.int32)

        self._xyz = vtkFloatArray()
        self._xyz.SetNumberOfComponents(3)
        self._rgb = vtkUnsignedCharArray()
        self._rgb.SetNumberOfComponents(3)
        self._points = vtkPoints()
        self._points.SetData(self._xyz)
        self._cells = vtkCellArray()
        self._data = vtkPolyData()
        self._data.SetPoints(self._points)
        self._data.SetVerts(self._cells)
        self._data.GetPointData().SetScalars(self._rgb)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._data)
        # Shifting and scaling would hand the shader other coordinates than the cloud's.
        mapper.SetVBOShiftScaleMethod(0)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.GetProperty().SetLighting(False)
        self.actor.SetVisibility(False)
        drawn = _SIZE_SHADER + _FACING_SHADER if facing else _SIZE_SHADER
        shaders = self.actor.GetShaderProperty()
        shaders.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, drawn, False)
        self._sides: NDArray[np.int8] | None = None
        self._facing: vtkSignedCharArray | None = None
        if facing:
            self._facing = vtkSignedCharArray()
            self._facing.SetNumberOfComponents(3)
            self._facing.SetName("facing")
            self._data.GetPointData().AddArray(self._facing)
            mapper.MapDataArrayToVertexAttribute("facing", "facing", 0, -1)
            declared = "//VTK::PositionVC::Dec\nin vec3 facing;\n"
            shaders.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, declared, False)
        self._uniforms = shaders.GetVertexCustomUniforms()
        self.set_crop_distance_m(None)
        self.set_top_m(-_EVERYTHING_M)
        self._uniforms.SetUniformf("leastLean", _LEAST_LEAN)
        self.look_from((0.0, 0.0, 0.0), front_only=False)
        self.prepare(focal_px=500.0, pixel_ratio=1.0)

    @property
    def cloud(self) -> PointCloud:
        return self._cloud

    def update(self, cloud: PointCloud, facing: NDArray[np.int8] | None = None) -> None:
        """Show `cloud` from the next rendering on; `facing`: (N, 3), towards where each point is seen from."""
        count = len(cloud)
        if self._facing is not None:
            self._sides = facing
            if count and facing is not None:
                self._facing.SetVoidArray(facing, 3 * count, 1)
            else:
                self._facing.Initialize()
            self._facing.Modified()
        if count:
            self._xyz.SetVoidArray(cloud.xyz_m, 3 * count, 1)
            self._rgb.SetVoidArray(cloud.rgb, 3 * count, 1)
        else:
            self._xyz.Initialize()
            self._rgb.Initialize()
        if count != len(self._cloud):
            self._set_count(count)
        self._xyz.Modified()
        self._rgb.Modified()
        self._points.Modified()
        self._data.Modified()
        self.actor.SetVisibility(count > 0)
        self._cloud = cloud

    def recolour(self, rgb: NDArray[np.uint8]) -> None:
        """Show the same points in other colours, (N, 3)."""
        self._cloud = replace(self._cloud, rgb=rgb)
        self._rgb.SetVoidArray(rgb, rgb.size, 1)
        self._rgb.Modified()
        self._data.Modified()

    def set_point_size(self, factor: float) -> None:
        """How large a point is against the pixel it stands for; 1 = surfaces just close."""
        self._point_size = factor

    def thin(self, step: int) -> None:
        """Draw one of `step` points, each larger: for pictures that have to be quick."""
        if step != self._step:
            self._step = step
            self._index = np.empty(0, np.int32)
            self._set_count(len(self._cloud))
            self._data.Modified()

    def set_crop_distance_m(self, farthest_m: float | None) -> None:
        """Hide what is farther along the camera's axis. Decided while drawing: costs nothing, changes no array."""
        self._uniforms.SetUniformf("farthestM", _EVERYTHING_M if farthest_m is None else farthest_m)

    def set_top_m(self, top_m: float) -> None:
        """Hide what is higher (its y is smaller) than this."""
        self._uniforms.SetUniformf("topM", max(-_EVERYTHING_M, top_m))

    def look_from(self, eye_m: tuple[float, float, float], *, front_only: bool) -> None:
        """Where the eye is, and whether what it sees from behind is hidden. Only with `facing`."""
        self._uniforms.SetUniform3f("eyeM", eye_m)
        self._uniforms.SetUniformf("mostBehind", _ONLY_FRONT if front_only else _EVERY_SIDE)

    def prepare(self, *, focal_px: float, pixel_ratio: float) -> None:
        """Fit the points' size to an eye of this focal length, before a rendering."""
        known, size = self._cloud.footprint > 0, self._point_size * math.sqrt(self._step)
        least = pixel_ratio if known else _UNKNOWN_FOOTPRINT_PX * size * pixel_ratio
        self._uniforms.SetUniformf("pxAtOneMetre", self._cloud.footprint * _OVERLAP * size * focal_px)
        self._uniforms.SetUniformf("leastPx", max(1.0, least))
        self._uniforms.SetUniformf("mostPx", max(1.0, least, _LARGEST_PX * pixel_ratio))

    def _set_count(self, count: int) -> None:
        """One cell that names all points, since a cell for each would be built and kept for nothing."""
        if self._step > 1:
            # Clouds come row by row: a fixed step would leave stripes.
            starts = np.arange(0, count - self._step + 1, self._step, dtype=np.int32)
            count = len(starts)
            self._index = starts + np.random.default_rng(0).integers(0, self._step, count, np.int32)
        elif count > len(self._index):
            self._index = np.arange(max(count, 2 * len(self._index)), dtype=np.int32)
        self._ends = np.array([0, count], np.int32)
        ends, index = vtkTypeInt32Array(), vtkTypeInt32Array()
        if count:
            ends.SetVoidArray(self._ends, 2, 1)
            index.SetVoidArray(self._index, count, 1)
            self._cells.SetData(ends, index)
        else:
            self._cells.Initialize()
        self._cells.Modified()
