"""What is behind everything in a VTK scene: two colours that run into each other, as exact as the scene blends."""

from vtkmodules.vtkCommonDataModel import vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor
from vtkmodules.vtkRenderingOpenGL2 import vtkArrayRenderer

from depthview.ui.scene.splat_drawing import Ground

_VERTEX = """//VTK::System::Dec
uniform vec3 upper; uniform vec3 lower;
out vec3 colour;
void main() {
  vec2 corner = vec2((gl_VertexID & 1) * 2 - 1, (gl_VertexID >> 1) * 2 - 1);
  colour = mix(lower, upper, 0.5 + 0.5 * corner.y);
  gl_Position = vec4(corner, 1.0, 1.0);
}
"""
_FRAGMENT = """//VTK::System::Dec
//VTK::Output::Dec
in vec3 colour;
void main() { gl_FragData[0] = vec4(colour, 1.0); }
"""


class GroundActor:
    """`actor` goes into the renderer; it is as far as anything can be. VTK's own gradient costs five times as much."""

    def __init__(self) -> None:
        mapper = vtkArrayRenderer()
        mapper.SetInputDataObject(0, vtkPolyData())
        mapper.SetElementType(mapper.TriangleStrip)
        mapper.SetNumberOfElements(2)
        mapper.SetNumberOfInstances(1)
        mapper.SetHasOpaque(True)
        mapper.SetHasTranslucent(False)
        mapper.RemoveAllMods()
        mapper.SetVertexShaderSource(_VERTEX)
        mapper.SetFragmentShaderSource(_FRAGMENT)
        self.actor = vtkActor()
        self.actor.SetMapper(mapper)
        self.actor.SetUseBounds(False)
        self.actor.ForceOpaqueOn()
        self.set_ground(None)

    def set_ground(self, ground: Ground | None) -> None:
        """None: nothing, the picture is transparent there."""
        self.actor.SetVisibility(ground is not None)
        uniforms = self.actor.GetShaderProperty().GetVertexCustomUniforms()
        for name, colour in zip(("upper", "lower"), ground or ((0.0,) * 3,) * 2, strict=True):
            uniforms.SetUniform3f(name, colour)
