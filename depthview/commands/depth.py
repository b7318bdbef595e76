"""`depthview depth LEFT [RIGHT] -o DIR`: depth of a still, a pair, a folder, a video, a camera, a web address."""

from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import depth_words, options
from depthview.commands.depth_movie import MovieWishes, whole_movie
from depthview.commands.depth_options import DepthOptions
from depthview.commands.depth_run import DepthRun, DepthTask
from depthview.commands.outcome import Result, carry_out, progress_bar
from depthview.commands.spread import spread
from depthview.engine.estimators.base import Selection
from depthview.engine.models.by_eyes import EstimatorsByEyes
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.usual import UsualModels, unhurried
from depthview.engine.sources import open_source
from depthview.engine.writable import check_folder


@spread
def depth(
    left: Annotated[str, typer.Argument(help="A picture, video, folder, address or camera:NAME; or the left eye's.")],
    right: Annotated[str | None, typer.Argument(help="The right eye's, if it is apart.")] = None,
    *,
    output: options.Out = Path("depthview-output"),
    way: DepthOptions,
    frames: Annotated[int | None, typer.Option("--frames", min=1, help="Only the first N frames, each kept.")] = None,
    wishes: MovieWishes,
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
        rig_file = way.rig_file()
        check_folder(output)
        usual = UsualModels()
        one, two = (_unless_hurried(way.selection(way.model or usual.of(count).model_id)) for count in (1, 2))
        task = DepthTask(
            (left,) if right is None else (left, right),
            output,
            way.road(),
            UsualModels(two_eyes=two, one_eye=one),
            rig_file,
            frames,
            way.farthest_m(),
            way.least_sure(),
        )
        if not wishes.every_frame:
            wishes.check_alone()
        with progress_bar() as report:
            if wishes.every_frame:
                return whole_movie(task, wishes, report)
            with ExitStack() as held:
                estimators = EstimatorsByEyes(task.models, ModelLibrary())
                held.callback(estimators.close)
                source = open_source(task.spec)
                held.callback(source.close)
                return DepthRun(source, estimators.of, task).carry_out(report)

    say = depth_words.movie_sentence if wishes.every_frame else depth_words.sentence
    carry_out(work, as_json=json, say=say)


def _unless_hurried(wanted: Selection) -> Selection:
    return wanted if wanted.rate_hz is not None else unhurried(wanted)
