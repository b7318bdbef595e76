"""`depthview splats film`: a flight round a splat scene, or along a camera path, as a film."""

from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, progress_bar
from depthview.commands.splats import (
    NEAR,
    USUAL_FOV_DEG,
    USUAL_SIZE,
    Scene,
    check_fov,
    ground_of,
    opened_scene,
    place_of,
    size_of,
    standing_first,
)
from depthview.engine.errors import UserError

_SECONDS = (0.1, 3600.0)
_RATES_HZ = (1.0, 240.0)
_FARTHER = 1.2
"""Than the first look: other sides may be larger than the one that it shows."""


def film(
    scene: Scene,
    output: Annotated[Path, typer.Option("-o", "--output", help="The film, an .mp4.")] = Path("splats.mp4"),
    path: Annotated[
        Path | None,
        typer.Option(
            "--path", help="A camera path, .json. Default: once round the scene, as the window sees it first."
        ),
    ] = None,
    keep_path: Annotated[
        Path | None,
        typer.Option("--keep-path", help="Also write the camera path that was flown, to be changed and flown again."),
    ] = None,
    seconds: Annotated[float, typer.Option("--seconds", help="Once round takes so long.")] = 8.0,
    fps: Annotated[float, typer.Option("--fps", help="Pictures a second.")] = 30.0,
    up: Annotated[str, typer.Option("--up", metavar="X,Y,Z", help="Which way is up in the scene.")] = "0,-1,0",
    fov: Annotated[float, typer.Option("--fov", help="Vertical field of view once round, degrees.")] = USUAL_FOV_DEG,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Of the film, pixels.")] = USUAL_SIZE,
    background: Annotated[
        str, typer.Option("--background", metavar="R,G,B", help="Behind the splats, each 0 to 255.")
    ] = "0,0,0",
    degree: Annotated[
        int | None, typer.Option("--degree", min=0, max=4, help="Use spherical harmonics up to this degree only.")
    ] = None,
    json: options.Json = False,
) -> None:
    """Fly round a scene, or along a camera path, and write what is seen as an MP4."""

    def work() -> Result:
        from depthview.engine.splats.camera_path import turntable
        from depthview.engine.splats.camera_path_file import read_camera_path, write_camera_path
        from depthview.engine.splats.path_video import write_path_video
        from depthview.engine.splats.prepared import Placed, prepared

        size_px, ground, upwards = size_of(size), ground_of(background), place_of(up)
        check_fov(fov)
        if ground is None:
            raise UserError("A film has no transparent ground: give its colour as three numbers, such as 0,0,0.")
        if output.suffix.lower() != ".mp4":
            raise UserError("The film is written as MP4: give it a name that ends in .mp4: {path}", path=output)
        _check(seconds, _SECONDS, "{value:g} seconds are no film that can be made: give {least:g} to {most:g}.")
        _check(fps, _RATES_HZ, "{value:g} pictures a second cannot be shown: give {least:g} to {most:g}.")
        flight = None if path is None else read_camera_path(path)
        if flight is not None:
            _check(
                flight.end_s - flight.start_s,
                (0.0, _SECONDS[1]),
                "This path takes {value:g} seconds: {most:g} at most.",
            )
        opened = opened_scene(scene)
        eye, target = standing_first(opened, upwards, fov, size_px)
        if flight is None:
            flight = turntable(target + _FARTHER * (eye - target), target, upwards, fov, seconds)
        if keep_path is not None:
            write_camera_path(flight, keep_path)
        with progress_bar() as report:
            write_path_video(
                prepared([Placed(opened)]),
                flight,
                output,
                size_px,
                fps,
                report,
                background=ground,
                degree=degree,
                near=NEAR * float(np.linalg.norm(target - eye)),
            )
        return {"file": str(output), "seconds": flight.end_s - flight.start_s, "bytes": output.stat().st_size}

    def say(result: Result) -> str:
        return f"{result['seconds']:g} s, {result['bytes'] / 1e6:.1f} MB: {result['file']}"

    carry_out(work, as_json=json, say=say)


def _check(value: float, least_most: tuple[float, float], sentence: str) -> None:
    """Raises UserError with the sentence where the value is not between them."""
    least, most = least_most
    if not least <= value <= most:
        raise UserError(sentence, value=value, least=least, most=most)
