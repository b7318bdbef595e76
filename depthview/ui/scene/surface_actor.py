"""A mesh with a picture of the whole sphere on it, in a VTK scene."""

import numpy as np
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import vtkFloatArray, vtkPoints, vtkTypeInt32Array, vtkUnsignedCharArray
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkImageData, vtkPlane, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from depthview.engine.frames import Image
from depthview.engine.mesh.mesh import Mesh
from depthview.engine.panorama.scene.colours import SceneColours

_EVERYTHING_M = 3e38


class SpherePicture:
    """An equirectangular (H, W, 3) uint8 picture as a texture, which several actors may share.

    Not copied: VTK reads the picture's own array, which this object keeps alive.
    """

    def __init__(self, picture: Image) -> None:
        self._picture = np.ascontiguousarray(picture)
        rgb = vtkUnsignedCharArray()
        rgb.SetNumberOfComponents(3)
        rgb.SetVoidArray(self._picture, self._picture.size, 1)
        data = vtkImageData()
        data.SetDimensions(picture.shape[1], picture.shape[0], 1)
        data.GetPointData().SetScalars(rgb)
        self.texture = vtkTexture()
        self.texture.SetInputData(data)
        self.texture.InterpolateOn()
        self.texture.RepeatOff()  # the mesh has its own vertices on either side of the wrap


class SurfaceActor:
    """Draws a Mesh, unlit. `actor` is what goes into the renderer.

    Nothing is copied: VTK reads the mesh's own arrays, which this object keeps alive.
    """

    def __init__(self, mesh: Mesh, picture: SpherePicture) -> None:
        self._mesh = mesh
        self._picture = picture
        self._faces = mesh.faces.astype(np.int32)
        self._ends = np.arange(0, self._faces.size + 1, 3, dtype=np.int32)
        self._colours: NDArray[np.uint8] | None = None
        xyz, uv = vtkFloatArray(), vtkFloatArray()
        xyz.SetNumberOfComponents(3)
        xyz.SetVoidArray(mesh.vertices, mesh.vertices.size, 1)
        uv.SetNumberOfComponents(2)
        uv.SetVoidArray(mesh.uv, mesh.uv.size, 1)
        points = vtkPoints()
        points.SetData(xyz)
        ends, index = vtkTypeInt32Array(), vtkTypeInt32Array()
        ends.SetVoidArray(self._ends, self._ends.size, 1)
        index.SetVoidArray(self._faces, self._faces.size, 1)
        cells = vtkCellArray()
        cells.SetData(ends, index)
        self._data = vtkPolyData()
        self._data.SetPoints(points)
        self._data.SetPolys(cells)
        self._data.GetPointData().SetTCoords(uv)
        self._top = vtkPlane()
        self._top.SetNormal(0.0, 1.0, 0.0)
        self._mapper = vtkPolyDataMapper()
        self._mapper.SetInputData(self._data)
        self.actor = vtkActor()
        self.actor.SetMapper(self._mapper)
        self.actor.GetProperty().SetLighting(False)

    def paint(self, colours: SceneColours) -> None:
        """In the photo's colours, which are the picture's, or in others, told for each vertex."""
        self._colours = colours.at(self._mesh.vertices, self._mesh.normals)
        if self._colours is None:
            self.actor.SetTexture(self._picture.texture)
            self._data.GetPointData().SetScalars(None)
            return
        rgb = vtkUnsignedCharArray()
        rgb.SetNumberOfComponents(3)
        rgb.SetVoidArray(self._colours, self._colours.size, 1)
        self._data.GetPointData().SetScalars(rgb)
        self.actor.SetTexture(None)  # type: ignore[arg-type]  # VTK's stub forgets that it may be None

    def prepare(self, *, top_m: float, front_only: bool) -> None:
        """Before a rendering: hide what is higher (its y is smaller) than `top_m`, and what is seen from behind."""
        cut = top_m > -_EVERYTHING_M
        if cut:
            self._top.SetOrigin(0.0, top_m, 0.0)
        if cut and not self._mapper.GetNumberOfClippingPlanes():
            self._mapper.AddClippingPlane(self._top)
        if not cut and self._mapper.GetNumberOfClippingPlanes():
            self._mapper.RemoveAllClippingPlanes()
        self.actor.GetProperty().SetBackfaceCulling(front_only)
