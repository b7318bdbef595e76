"""`python -m depthview.ui.scene.probe`: print the OpenGL renderer that VTK gets here; ends badly where it gets none."""

from vtkmodules.vtkRenderingCore import vtkRenderWindow


def main() -> None:
    import vtkmodules.vtkRenderingOpenGL2  # noqa: F401 - fills VTK's factory

    window = vtkRenderWindow()
    window.SetOffScreenRendering(True)
    window.SetSize(8, 8)
    window.Render()
    capabilities = str(window.ReportCapabilities())
    renderers = [line for line in capabilities.splitlines() if "renderer string" in line.lower()]
    print(renderers[0].split(":", 1)[1].strip() if renderers else type(window).__name__)


if __name__ == "__main__":
    main()
