"""Draw patches from any pinhole camera, off screen: colour, and the exact depth of every pixel's centre."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from training.room.cameras import Pinhole
from training.room.patches import Patch

NEAR_M = 0.05
FAR_M = 40.0


class Renderer:
    """VTK windows without a screen: `colour` as painted, `depth_m` from the depth buffer.

    Pictures of patches are colours for the screen already (light is baked into them), so nothing depends on where one
    stands, and two eyes see the same colour at the same point. Not for several threads. Call `close` at the end.
    """

    def __init__(self) -> None:
        self._colour = _Window()
        self._depth = _Window(depth_only=True)

    def show(self, group: str, patches: Sequence[Patch], pictures: Sequence[NDArray[np.uint8]] | None = None) -> None:
        """Put patches on the stage, replacing those of the same group. `pictures`: (h, w, 3) uint8 RGB, one a patch."""
        self._depth.replace(group, [_depth_actor(patches)])
        if pictures is not None:
            self._colour.replace(group, [_actor(p, i) for p, i in zip(patches, pictures, strict=True)])

    def repaint(self, group: str, index: int, picture: NDArray[np.uint8]) -> None:
        """Change the picture of one patch that is shown."""
        self._colour.groups[group][index].GetTexture().SetInputData(_image_data(picture))

    def colour(self, camera: Pinhole, *, supersample: int = 2) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 RGB, each pixel the mean of supersample x supersample finer ones."""
        fine = self._colour.draw_rgb(camera.resampled(supersample, supersample))
        size = (camera.width_px, camera.height_px)
        return np.ascontiguousarray(cv2.resize(fine, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)

    def depth_m(self, camera: Pinhole) -> NDArray[np.float32]:
        """(H, W) float32 metres along the axis at pixel centres; inf where nothing is seen.

        The depth buffer has 24 bits: at 6 m one step is 0.04 mm, which is 0.0001 px of disparity for the sample's rig.
        """
        z = self._depth.draw_z(camera)
        ndc = 2 * z - 1
        depth = 2 * FAR_M * NEAR_M / (FAR_M + NEAR_M - ndc * (FAR_M - NEAR_M))
        return np.where(z < 1, depth, np.inf).astype(np.float32)

    def view(self, camera: Pinhole, *, supersample: int = 2) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """Colour and depth together."""
        return self.colour(camera, supersample=supersample), self.depth_m(camera)

    def close(self) -> None:
        self._colour.close()
        self._depth.close()


class _Window:
    def __init__(self, *, depth_only: bool = False) -> None:
        import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - registers the OpenGL classes
        from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

        self.groups: dict[str, list[Any]] = {}
        self._window = vtkRenderWindow()
        self._window.SetOffScreenRendering(1)
        self._window.SetMultiSamples(0)
        self._scene = vtkRenderer()
        self._scene.SetBackground(0, 0, 0)
        self._window.AddRenderer(self._scene)
        self._depth_only = depth_only

    def replace(self, group: str, actors: list[Any]) -> None:
        for old in self.groups.pop(group, []):
            self._scene.RemoveActor(old)
            old.ReleaseGraphicsResources(self._window)
        self.groups[group] = actors
        for actor in actors:
            self._scene.AddActor(actor)

    def draw_rgb(self, camera: Pinhole) -> NDArray[np.uint8]:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkUnsignedCharArray

        self._draw(camera)
        data = vtkUnsignedCharArray()
        self._window.GetPixelData(0, 0, camera.width_px - 1, camera.height_px - 1, 0, data, 0)
        pixels = vtk_to_numpy(data).reshape(camera.height_px, camera.width_px, 3)
        return np.ascontiguousarray(pixels[::-1])

    def draw_z(self, camera: Pinhole) -> NDArray[np.float64]:
        from vtkmodules.util.numpy_support import vtk_to_numpy
        from vtkmodules.vtkCommonCore import vtkFloatArray

        self._draw(camera)
        data = vtkFloatArray()
        self._window.GetZbufferData(0, 0, camera.width_px - 1, camera.height_px - 1, data)
        return np.asarray(vtk_to_numpy(data).reshape(camera.height_px, camera.width_px)[::-1], np.float64)

    def _draw(self, camera: Pinhole) -> None:
        from vtkmodules.vtkCommonMath import vtkMatrix4x4

        if self._window.GetSize() != (camera.width_px, camera.height_px):
            self._window.SetSize(camera.width_px, camera.height_px)
        pose = camera.world_from_camera
        eye = self._scene.GetActiveCamera()
        eye.SetPosition(*pose[:3, 3])
        eye.SetFocalPoint(*(pose[:3, 3] + pose[:3, 2]))
        eye.SetViewUp(*-pose[:3, 1])
        eye.SetClippingRange(NEAR_M, FAR_M)
        matrix = vtkMatrix4x4()
        matrix.DeepCopy(_projection(camera).ravel().tolist())
        eye.SetExplicitProjectionTransformMatrix(matrix)
        eye.UseExplicitProjectionTransformMatrixOn()
        self._window.Render()

    def close(self) -> None:
        for group in list(self.groups):
            self.replace(group, [])
        self._window.Finalize()


def _projection(camera: Pinhole) -> NDArray[np.float64]:
    """OpenGL's clip matrix for pixel-centre intrinsics: pixel i spans i - 0.5 .. i + 0.5."""
    width, height = camera.width_px, camera.height_px
    matrix = np.zeros((4, 4))
    matrix[0, 0] = 2 * camera.focal_x_px / width
    matrix[1, 1] = 2 * camera.focal_y_px / height
    matrix[0, 2] = 1 - (2 * camera.cx_px + 1) / width
    matrix[1, 2] = (2 * camera.cy_px + 1) / height - 1
    matrix[2, 2] = -(FAR_M + NEAR_M) / (FAR_M - NEAR_M)
    matrix[2, 3] = -2 * FAR_M * NEAR_M / (FAR_M - NEAR_M)
    matrix[3, 2] = -1
    return matrix


def _mesh(patches: Sequence[Patch]) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
    from vtkmodules.vtkCommonCore import vtkPoints
    from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkPolyData

    points, texture, triangles, start = [], [], [], 0
    for patch in patches:
        rows, columns = patch.points.shape[:2]
        index = np.arange(start, start + rows * columns).reshape(rows, columns)
        a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, 1:], index[1:, :-1]
        triangles.append(np.stack([a, b, c, a, c, d], axis=2).reshape(-1, 3))
        points.append(patch.points.reshape(-1, 3))
        v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        texture.append(np.stack([u, v], axis=2).reshape(-1, 2))
        start += rows * columns
    faces = np.concatenate(triangles).astype(np.int64)
    mesh = vtkPolyData()
    vertices = vtkPoints()
    vertices.SetData(numpy_to_vtk(np.ascontiguousarray(np.concatenate(points), np.float32), deep=True))
    mesh.SetPoints(vertices)
    cells = vtkCellArray()
    offsets = np.arange(0, 3 * len(faces) + 1, 3, dtype=np.int64)
    cells.SetData(numpy_to_vtkIdTypeArray(offsets, deep=True), numpy_to_vtkIdTypeArray(faces.ravel().copy(), deep=True))
    mesh.SetPolys(cells)
    mesh.GetPointData().SetTCoords(numpy_to_vtk(np.ascontiguousarray(np.concatenate(texture), np.float32), deep=True))
    return mesh


def _image_data(picture: NDArray[np.uint8]) -> Any:
    from vtkmodules.util.numpy_support import numpy_to_vtk
    from vtkmodules.vtkCommonDataModel import vtkImageData

    height, width = picture.shape[:2]
    image = vtkImageData()
    image.SetDimensions(width, height, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(np.ascontiguousarray(picture).reshape(-1, 3), deep=True))
    return image


def _flat_actor(mesh: Any) -> Any:
    from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

    mapper = vtkPolyDataMapper()
    mapper.SetInputData(mesh)
    mapper.SetVBOShiftScaleMethod(0)
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().LightingOff()
    return actor


def _depth_actor(patches: Sequence[Patch]) -> Any:
    return _flat_actor(_mesh(patches))


def _actor(patch: Patch, picture: NDArray[np.uint8]) -> Any:
    from vtkmodules.vtkRenderingCore import vtkTexture

    texture = vtkTexture()
    texture.SetInputData(_image_data(picture))
    texture.InterpolateOn()
    texture.MipmapOn()
    texture.SetMaximumAnisotropicFiltering(8)
    texture.RepeatOff()
    texture.EdgeClampOn()
    actor = _flat_actor(_mesh([patch]))
    actor.SetTexture(texture)
    if patch.twin:
        actor.GetProperty().BackfaceCullingOn()
    return actor
