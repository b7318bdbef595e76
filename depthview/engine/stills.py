"""What is kept of one moment: the same files, made the same way, wherever a still is written."""

from dataclasses import replace
from pathlib import Path

from depthview.engine.camera import StereoRig
from depthview.engine.cloud import cloud_from_depth
from depthview.engine.colour import COLOUR_MAPS, Limits, RunningLimits, within_distance
from depthview.engine.exports import preview, write_depth_png, write_image, write_npy
from depthview.engine.frames import DepthFrame
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
    with_disparity: bool = True,
) -> list[Path]:
    """Write disparity.npy (unless not wanted), depth.png, preview.png and cloud.ply; the paths in this order.

    The disparity is whole; from the others, what is farther than `max_distance_m` is left out, and from the cloud also
    what the model is less sure of than `min_confidence` (0..1). Without `limits`
    (pixels) the colours span what this frame shows. Raises UserError when the folder cannot be written to.
    """
    shown = within_distance(frame.values, rig, max_distance_m)
    if limits is None:
        limits = RunningLimits().follow(shown, 0.0)
    depth, picture, cloud = (folder / name for name in ("depth.png", "preview.png", "cloud.ply"))
    written = [depth, picture, cloud]
    if with_disparity:
        written.insert(0, folder / "disparity.npy")
        write_npy(written[0], frame.values)
    write_depth_png(depth, rig.depth_m(shown))
    write_image(picture, preview(replace(frame, values=shown), rig, limits, colour_map=colour_map))
    write_ply(cloud, cloud_from_depth(frame, rig, max_distance_m=max_distance_m, min_confidence=min_confidence))
    return written
