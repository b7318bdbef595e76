"""What is kept of one moment: the same files, made the same way, wherever a still is written."""

from dataclasses import replace
from pathlib import Path

from depthview.engine.camera import StereoRig
from depthview.engine.cloud import cloud_from_depth
from depthview.engine.colour import COLOUR_MAPS, Limits, RunningLimits
from depthview.engine.depth import DepthScale
from depthview.engine.exports import preview, write_depth_png, write_image, write_npy
from depthview.engine.frames import DepthFrame
from depthview.engine.mesh.files import write_mesh
from depthview.engine.mesh.from_depth import mesh_from_depth
from depthview.engine.ply import write_ply


def write_still(
    folder: Path,
    frame: DepthFrame,
    rig: StereoRig,
    *,
    max_distance_m: float | None,
    min_confidence: float = 0.0,
    limits: Limits | None = None,
    colour_map: str = COLOUR_MAPS[0],
    with_values: bool = True,
) -> list[Path]:
    """Write the values (unless not wanted), depth.png where there are metres, preview.png, cloud.ply and mesh.glb, the
    same surface with the picture on it; their paths.

    The values are disparity.npy, depth.npy (metres) or relative.npy. They are whole; from the others, what is farther
    than `max_distance_m` is left out, and from cloud and mesh also what the model is less sure of than `min_confidence`
    (0..1). Without `limits` (nearness) the colours span what this frame shows. Raises UserError when the folder cannot
    be written to.
    """
    scale = DepthScale.of(frame, rig)
    shown = scale.within(frame.values, max_distance_m)
    if limits is None:
        limits = RunningLimits().follow(scale.nearness(shown), 0.0, least_pad=scale.least_pad)
    written: list[Path] = []

    def place(name: str) -> Path:
        written.append(folder / name)
        return written[-1]

    if with_values:
        write_npy(place(f"{scale.file_stem}.npy"), frame.values)
    depth_m = scale.metres(shown)
    if depth_m is not None:
        write_depth_png(place("depth.png"), depth_m)
    write_image(place("preview.png"), preview(replace(frame, values=shown), rig, limits, colour_map=colour_map))
    cloud = cloud_from_depth(frame, rig, max_distance_m=max_distance_m, min_confidence=min_confidence)
    write_ply(place("cloud.ply"), cloud)
    mesh = mesh_from_depth(frame, rig, max_distance_m=max_distance_m, min_confidence=min_confidence)
    write_mesh(place("mesh.glb"), mesh)
    return written
