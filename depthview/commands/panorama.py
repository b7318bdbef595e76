"""`depthview panorama PHOTO_ADDRESS_OR_FOLDER -o DIR`: range, normals, mask and cloud of 360° photos."""

from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, note, progress_bar
from depthview.commands.panorama_folder import make_folder
from depthview.commands.panorama_recipe import level_of, one_of, read_recipe, scale_of, some_of, with_models
from depthview.engine.execution.devices import Device
from depthview.engine.panorama.batch import Order
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.keeping.folder import EXTRAS, facts_of, sentences_of, what_is_wanted, write_range_map
from depthview.engine.panorama.keeping.surface_files import SurfaceKind
from depthview.engine.panorama.opening.photo import WIDTHS, WORKING_WIDTH
from depthview.engine.panorama.opening.web_photo import photo_at_hand
from depthview.engine.panorama.recipe import HEIGHTS_M, USUAL_HEIGHT_M, Mask, Preprocess, Recipe
from depthview.engine.panorama.road import PanoramaRoad
from depthview.engine.panorama.views import ViewSet
from depthview.engine.writable import check_folder

_USUAL = Recipe()


def panorama(
    photo: Annotated[
        str,
        typer.Argument(
            metavar="PHOTO_ADDRESS_OR_FOLDER",
            help="An equirectangular 360° photo: JPEG, PNG, TIFF, WebP or HDR; the web address of one; or a folder of "
            "them.",
        ),
    ],
    output: options.Out = Path("depthview-output"),
    model: Annotated[
        list[str] | None,
        typer.Option(
            "--model",
            help="A model of `depthview models list`, or an .onnx file; several are blended, and NAME:0.5 counts half "
            "as much. Default: what is built in for panoramas.",
        ),
    ] = None,
    views: Annotated[
        str | None,
        typer.Option("--views", help=f"What a model is shown: {', '.join(ViewSet)}. Default: {_USUAL.views}."),
    ] = None,
    width: Annotated[
        int | None,
        typer.Option(
            "--width", min=WIDTHS[0], max=WIDTHS[1], help=f"Work at most so wide, pixels. Default: {WORKING_WIDTH}."
        ),
    ] = None,
    resolution: options.Resolution = None,
    level: Annotated[
        str | None,
        typer.Option(
            "--level",
            metavar="auto|off|PITCH,ROLL",
            help="Put a tilted camera upright: by the lines in the photo, not at all, or by so many degrees. "
            f"Default: {_USUAL.level}.",
        ),
    ] = None,
    preprocess: Annotated[
        str | None,
        typer.Option(
            "--preprocess",
            help=f"What is done to the photo first: {', '.join(Preprocess)}, with commas between, or none.",
        ),
    ] = None,
    layout: Annotated[
        bool | None,
        typer.Option(
            "--layout/--no-layout",
            help="Let floor, ceiling and walls help where the model contradicts itself. Default: --layout.",
        ),
    ] = None,
    refine: Annotated[
        bool | None, typer.Option("--refine/--no-refine", help="Flatten walls and floors. Default: --refine.")
    ] = None,
    leave_out: Annotated[
        str | None,
        typer.Option(
            "--leave-out",
            help=f"What becomes no points: {', '.join(Mask)}, with commas between, or none. Default: all.",
        ),
    ] = None,
    scale: Annotated[
        str | None,
        typer.Option(
            "--scale",
            metavar="auto|model",
            help="Metres as the model says; with auto, where it says none, as if the camera stood "
            f"{USUAL_HEIGHT_M} m above the floor. Default: auto.",
        ),
    ] = None,
    height: Annotated[
        float | None,
        typer.Option(
            "--height", min=HEIGHTS_M[0], max=HEIGHTS_M[1], help="Metres by the camera's height above the floor."
        ),
    ] = None,
    measured: Annotated[
        str | None,
        typer.Option(
            "--measured",
            metavar="YAW,PITCH,YAW,PITCH,METRES",
            help="Metres by one measured distance, between two places in degrees right of and above the middle.",
        ),
    ] = None,
    recipe: Annotated[
        Path | None,
        typer.Option("--recipe", help="A panorama.json from before: as it was made, but for what is said here."),
    ] = None,
    save: Annotated[
        str | None, typer.Option("--save", help=f"What else is written: {', '.join(EXTRAS)}, with commas between.")
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Of a folder, also make again what was finished before.")
    ] = False,
    device: options.DeviceName = Device.AUTO,
    json: options.Json = False,
) -> None:
    """Range map, normals, mask and point cloud of a 360° photo, or of every one in a folder.

    Writes range.npy (float32, along the ray), range.png (16-bit, thousandths), normals.png, mask.png, cloud.ply, the
    levelled photo.jpg and panorama.json, which says what they are; of a folder, into one folder for each photo. What
    was finished with the same settings is not made twice, so that a folder that was stopped can be gone on with.
    """

    def work() -> Result:
        check_folder(output)
        before = with_models(read_recipe(recipe), model, resolution)
        chosen = replace(
            before,
            views=before.views if views is None else one_of(ViewSet, views, "views"),
            working_width=before.working_width if width is None else width,
            level=before.level if level is None else level_of(level),
            preprocess=before.preprocess if preprocess is None else some_of(Preprocess, preprocess, "steps"),
            layout_prior=before.layout_prior if layout is None else layout,
            refine=before.refine if refine is None else refine,
            masks=before.masks if leave_out is None else some_of(Mask, leave_out, "masks"),
            scale=scale_of(before.scale, scale, height, measured),
        )
        extras = () if save is None else some_of(SurfaceKind, save, "files")
        with ExitStack() as held:
            models = OpenedModels(device=device)
            held.callback(models.close)
            report = held.enter_context(progress_bar())
            place = held.enter_context(photo_at_hand(photo, report=report))
            if place.is_dir():
                return make_folder(place, output, Order(chosen, extras, again), models, report)
            facts = what_is_wanted(place, chosen, [models.file_of(use) for use in chosen.uses])
            found = PanoramaRoad(place, models).run(chosen, report=report)
            notes = [*models.notes, *sentences_of(found, chosen.scale)]
        paths = write_range_map(output, found, facts, extras=extras)
        for sentence in notes:
            note(sentence)
        return {**facts_of(found), **facts, "outputs": [str(path) for path in paths]}

    carry_out(work, as_json=json, say=_sentence)


def _sentence(result: Result) -> str:
    if "photos" in result:
        return f"{result['made']} made, {result['finished_before']} finished before: {result['folder']}"
    height, width = result["size"]
    models = " and ".join(
        f"{one['model']} on {one['provider']}" + (f" from {one['views']} views" if one["views"] else "")
        for one in result["models"]
    )
    return (
        f"{width} x {height}, {models}, "
        f"{100 * result['valid_share']:.0f} % of the sphere valid: {Path(result['outputs'][0]).parent}"
    )
