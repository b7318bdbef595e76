"""What is kept of depth on the screen, by the kind of file."""

from dataclasses import replace
from pathlib import Path

from depthview.engine.cloud import cloud_from_depth
from depthview.engine.errors import UserError
from depthview.engine.exports import preview, write_depth_png, write_exr, write_image, write_npy, write_pfm
from depthview.engine.live.presenter import LiveView
from depthview.engine.mesh.files import write_mesh
from depthview.engine.mesh.from_depth import mesh_from_depth
from depthview.engine.ply import write_ply
from depthview.engine.stereo.views.rerender import EyesChoice, Rerenderer
from depthview.ui.live.look import Look


def write_view(view: LiveView, path: Path, kind: str, look: Look) -> None:
    """Write the depth on the screen as `kind`: ply, surface, surface_glb, png, npy, pfm, exr or preview.

    It is kept as it looks: of cloud and mesh, what is left out on the screen is left out of the file. Raises UserError
    where it cannot be written.
    """
    rig, scale = view.rig, view.scale
    shown = scale.within(view.depth.values, look.max_distance_m)
    match kind:
        case "ply":
            write_ply(
                path,
                cloud_from_depth(
                    view.depth, rig, max_distance_m=look.max_distance_m, min_confidence=look.min_confidence
                ),
            )
        case "surface" | "surface_glb":
            mesh = mesh_from_depth(
                view.depth, rig, max_distance_m=look.max_distance_m, min_confidence=look.min_confidence
            )
            write_mesh(path, mesh)
        case "png":
            depth_m = scale.metres(shown)
            if depth_m is None:
                raise UserError("This model gives no metres: keep the values as NPY or PFM instead: {path}", path=path)
            write_depth_png(path, depth_m)
        case "npy":
            write_npy(path, view.depth.values)
        case "pfm":
            write_pfm(path, view.depth.values)
        case "exr":
            write_exr(path, view.depth.values, said=f"{view.depth.meaning.value}, {scale.unit or 'no unit'}")
        case _:
            clipped = replace(view.depth, values=shown)
            write_image(path, preview(clipped, rig, view.limits, colour_map=look.colour_map))


def write_eyes(view: LiveView, path: Path, choice: EyesChoice) -> None:
    """Write the picture on the screen as other eyes see it. Raises UserError where it cannot be written."""
    write_image(path, Rerenderer(choice).render(view.depth, view.rig))
