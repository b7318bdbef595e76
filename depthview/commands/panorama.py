"""`depthview panorama PHOTO -o DIR`: range, normals, mask and cloud of a 360° photo."""

from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, note, progress_bar
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.models.library import ModelLibrary
from depthview.engine.models.usual import DEFAULT_ONE_EYE
from depthview.engine.panorama.keeping import facts_of, write_range_map
from depthview.engine.panorama.photo import WIDTHS, WORKING_WIDTH, read_photo
from depthview.engine.panorama.reconstruct import reconstruct
from depthview.engine.panorama.views import ViewSet
from depthview.engine.progress import StopToken


def panorama(
    photo: Annotated[Path, typer.Argument(help="An equirectangular 360° photo: JPEG, PNG, TIFF, WebP or HDR.")],
    output: options.Out = Path("depthview-output"),
    model: options.Model = None,
    views: Annotated[
        str, typer.Option("--views", help="What the model is shown: " + ", ".join(ViewSet) + ".")
    ] = ViewSet.FAST.value,
    width: Annotated[
        int, typer.Option("--width", min=WIDTHS[0], max=WIDTHS[1], help="Work at most so wide, pixels.")
    ] = WORKING_WIDTH,
    resolution: options.Resolution = None,
    json: options.Json = False,
) -> None:
    """Range map, normals, mask and point cloud of a 360° photo.

    Writes range.npy (float32, along the ray), range.png (16-bit, thousandths), normals.png, mask.png, cloud.ply and
    panorama.json, which says what they are.
    """

    def work() -> Result:
        chosen = _view_set(views)
        opened = read_photo(photo, working_width=width)
        selection = Selection(model or DEFAULT_ONE_EYE.model_id, None, options.parse_resolution(resolution))
        estimator = ModelLibrary().open_estimator(selection)
        try:
            with progress_bar() as report:
                found = reconstruct(opened, chosen, estimator, report=report, stop=StopToken())
        finally:
            estimator.close()
        paths = write_range_map(output, found)
        for notice in (estimator.info.provider_note, *opened.notices):
            if notice:
                note(notice)
        note(
            "Metres are the model's own, nobody has measured them."
            if found.has_metres
            else "This model says what is nearer and what farther, but no metres: the room's shape may be bent."
        )
        return {**facts_of(found), "outputs": [str(path) for path in paths]}

    carry_out(work, as_json=json, say=_sentence)


def _view_set(name: str) -> ViewSet:
    try:
        return ViewSet(name)
    except ValueError:
        raise UserError(
            "There are no views called {name}: choose {known}.", name=name, known=", ".join(ViewSet)
        ) from None


def _sentence(result: Result) -> str:
    height, width = result["size"]
    return (
        f"{width} x {height} from {result['views']} views, {result['model']} on {result['provider']}, "
        f"{100 * result['valid_share']:.0f} % of the sphere valid: {Path(result['outputs'][0]).parent}"
    )
