"""`depthview depth LEFT [RIGHT] -o DIR`: depth of a still, a pair, a folder, a video, a camera, a web address."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import depth_movie, depth_words, options
from depthview.commands.depth_movie import MovieWishes, whole_movie
from depthview.commands.depth_run import DepthRun, DepthTask
from depthview.commands.outcome import Result, carry_out, progress_bar
from depthview.engine.estimators.base import Selection
from depthview.engine.execution.devices import Device
from depthview.engine.models.by_eyes import EstimatorsByEyes
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.usual import UsualModels, unhurried
from depthview.engine.sources import open_source
from depthview.engine.writable import check_folder


def depth(
    left: Annotated[str, typer.Argument(help="A picture, video, folder, address or camera:NAME; or the left eye's.")],
    right: Annotated[str | None, typer.Argument(help="The right eye's, if it is apart.")] = None,
    output: options.Out = Path("depthview-output"),
    layout: options.LayoutName = "auto",
    swap: options.Swap = None,
    bars: options.Bars = None,
    rows: options.Rows = None,
    colours: options.Colours = None,
    shift: options.Shift = "auto",
    steady: options.Steady = True,
    model: options.Model = None,
    iterations: options.Iterations = None,
    resolution: options.Resolution = None,
    rate: options.Rate = None,
    device: options.DeviceName = Device.AUTO,
    rig: options.RigFile = None,
    no_rig: options.NoRig = False,
    baseline_m: options.BaselineM = None,
    focal_px: options.FocalPx = None,
    fov_deg: options.FovDeg = None,
    doffs_px: options.DoffsPx = None,
    max_distance_m: options.MaxDistanceM = None,
    min_confidence: options.MinConfidence = 0.0,
    frames: Annotated[int | None, typer.Option("--frames", min=1, help="Only the first N frames, each kept.")] = None,
    every_frame: depth_movie.EveryFrame = False,
    depth_as: depth_movie.Depth = None,
    values: depth_movie.Values = None,
    preview: depth_movie.Preview = True,
    coloured: depth_movie.Coloured = False,
    clouds: depth_movie.Clouds = None,
    eyes: depth_movie.Eyes = None,
    eye_distance: depth_movie.EyeDistance = None,
    screen: depth_movie.Screen = None,
    fps: depth_movie.Fps = None,
    colour_map: depth_movie.ColourMap = None,
    anew: depth_movie.Anew = False,
    json: options.Json = False,
) -> None:
    """Depth of a still, a pair, a folder, a video, a camera or a web address.

    A still becomes disparity.npy, depth.png (16-bit, millimetres), preview.png, cloud.ply and mesh.glb. A video becomes
    preview.mp4 and, with --frames, disparity_000000.npy and so on; a folder of pictures becomes both. Ordinary pictures
    and video, which show one eye, go to a model for one eye; its values are depth.npy in metres, or relative.npy where
    it knows no unit: then there is no depth.png. Ctrl-C keeps what there is by then.

    With --every-frame a movie, or a folder of its pictures, becomes depth.mkv (16-bit, millimetres, without loss),
    preview.mp4 and what else is asked for; after Ctrl-C or a crash the same command goes on where it was.
    """

    def work() -> Result:
        wishes = MovieWishes(
            every_frame,
            depth_as,
            values,
            preview,
            coloured,
            clouds,
            eyes,
            eye_distance,
            screen,
            fps,
            colour_map,
            anew,
        )
        camera = options.camera_choice(baseline_m, focal_px, fov_deg, doffs_px)
        size_hw, rate_hz = options.parse_resolution(resolution), options.parse_rate(rate)
        rig_file = options.rig_file(rig)
        check_folder(output)
        usual = UsualModels()
        one, two = (
            replace(_selection(model or usual.of(count).model_id, iterations, size_hw, rate_hz), device=device)
            for count in (1, 2)
        )
        task = DepthTask(
            (left,) if right is None else (left, right),
            output,
            options.road_choices(
                layout,
                camera,
                swap=swap,
                bars=bars,
                rows=rows,
                colours=colours,
                shift=shift,
                steady=steady,
                finds_rig=not no_rig,
            ),
            UsualModels(two_eyes=two, one_eye=one),
            rig_file,
            frames,
            options.positive_distance(max_distance_m),
            options.share(min_confidence),
        )
        if not every_frame:
            wishes.check_alone()
        with progress_bar() as report:
            if every_frame:
                return whole_movie(task, wishes, report)
            with ExitStack() as held:
                estimators = EstimatorsByEyes(task.models, ModelLibrary())
                held.callback(estimators.close)
                source = open_source(task.spec)
                held.callback(source.close)
                return DepthRun(source, estimators.of, task).carry_out(report)

    carry_out(work, as_json=json, say=depth_words.movie_sentence if every_frame else depth_words.sentence)


def _selection(model: str, iterations: int | None, size_hw: tuple[int, int] | None, rate_hz: float | None) -> Selection:
    wanted = Selection(model, iterations, size_hw, rate_hz)
    return wanted if rate_hz is not None else unhurried(wanted)
