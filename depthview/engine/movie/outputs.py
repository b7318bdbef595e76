"""What is written of a movie: which films, and which files for each frame."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.cloud import cloud_from_depth
from depthview.engine.exports import coloured, millimetres, preview, write_depth_png, write_exr, write_npy, write_pfm
from depthview.engine.frames import Image, Values
from depthview.engine.movie.film import FilmInParts, Paint
from depthview.engine.movie.folder import PARTS
from depthview.engine.movie.frame_files import FrameFiles
from depthview.engine.movie.moments import Moment
from depthview.engine.movie.task import DepthStorage, MovieOutputs, MovieTask, ValuesStorage
from depthview.engine.ply import write_ply
from depthview.engine.sources import SourceInfo
from depthview.engine.stereo.views.rerender import Rerenderer
from depthview.engine.video_file import FFV1_GREY16, H264_IN_PARTS

Output = FilmInParts | FrameFiles


def outputs_of(task: MovieTask, fps: float, *, has_metres: bool) -> Sequence[Output]:
    """All that `task` asks for; depth in millimetres only where there are metres."""
    wanted, folder = task.outputs, task.folder
    parts = folder / PARTS
    found: list[Output] = []
    if wanted.preview:
        found.append(FilmInParts(folder / "preview.mp4", parts, fps, H264_IN_PARTS, _in_colours(preview, wanted)))
    if wanted.coloured:
        found.append(FilmInParts(folder / "coloured.mp4", parts, fps, H264_IN_PARTS, _in_colours(coloured, wanted)))
    if has_metres and wanted.depth is DepthStorage.FFV1:
        found.append(FilmInParts(folder / "depth.mkv", parts, fps, FFV1_GREY16, _millimetres))
    if has_metres and wanted.depth is DepthStorage.PNG:
        found.append(FrameFiles(folder / "depth", _name_of_depth, _keep_png))
    if wanted.values is not ValuesStorage.NONE:
        found.append(_values(task, wanted.values))
    if wanted.clouds_every:
        found.append(_clouds(task, wanted.clouds_every))
    if wanted.eyes is not None:
        eyes = Rerenderer(wanted.eyes)
        path = folder / f"eyes-{wanted.eyes.format.value}.mp4"

        def seen(moment: Moment) -> Image:
            return eyes.render(moment.depth, moment.rig)

        found.append(FilmInParts(path, parts, fps, H264_IN_PARTS, seen, remembers=True))
    return tuple(found)


def least_bytes(task: MovieTask, info: SourceInfo, frames: int) -> int:
    """What so many frames surely need on the disk: values are stored as they are, of all else nobody knows before."""
    if task.outputs.values not in (ValuesStorage.NPY, ValuesStorage.PFM):
        return 0
    height, width = info.size_hw
    return frames * 4 * height * width // 2  # the picture may hold both eyes


def _in_colours(picture_of: Callable[..., Image], wanted: MovieOutputs) -> Paint:
    def paint(moment: Moment) -> Image:
        return picture_of(moment.shown, moment.rig, wanted.limits or moment.limits, colour_map=wanted.colour_map)

    return paint


def _metres(moment: Moment) -> Values:
    found = moment.scale.metres(moment.shown.values)
    assert found is not None  # it is only asked for where there are metres
    return found


def _millimetres(moment: Moment) -> NDArray[np.uint16]:
    return millimetres(_metres(moment))


def _name_of_depth(_moment: Moment) -> str:
    return "depth_{:06d}.png"


def _keep_png(path: Path, moment: Moment) -> None:
    write_depth_png(path, _metres(moment))


def _values(task: MovieTask, storage: ValuesStorage) -> FrameFiles:
    def keep(path: Path, moment: Moment) -> None:
        values = moment.depth.values
        match storage:
            case ValuesStorage.PFM:
                write_pfm(path, values)
            case ValuesStorage.EXR:
                unit = moment.scale.unit or "no unit"
                write_exr(path, values, said=f"{moment.depth.meaning.value}, {unit}")
            case _:
                write_npy(path, values)

    def name(moment: Moment) -> str:
        return f"{moment.scale.file_stem}_{{:06d}}.{storage.value}"

    return FrameFiles(task.folder / "values", name, keep)


def _clouds(task: MovieTask, every: int) -> FrameFiles:
    def keep(path: Path, moment: Moment) -> None:
        cloud = cloud_from_depth(
            moment.depth, moment.rig, max_distance_m=task.max_distance_m, min_confidence=task.min_confidence
        )
        write_ply(path, cloud)

    return FrameFiles(task.folder / "clouds", lambda _moment: "cloud_{:06d}.ply", keep, every=every)
