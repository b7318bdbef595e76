"""`depthview splats info / convert / render`: look into a splat scene, write it as another file, draw it to a PNG."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, progress_bar
from depthview.engine.errors import UserError
from depthview.engine.splats.camera_path import LEAST_FOV_DEG, MOST_FOV_DEG
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.view import View

app = typer.Typer(
    help="Trained Gaussian splat scenes: look into one, convert it, draw it, fly round it.", no_args_is_help=True
)

Scene = Annotated[
    Path,
    typer.Argument(
        metavar="SCENE",
        help="A .ply, compressed .ply, .splat, .spz, .sog, .ksplat, .gltf or .glb file, or a SOG folder.",
    ),
]
Place = NDArray[np.float64]

USUAL_SIZE = "1280x720"
USUAL_FOV_DEG = 50.0
NEAR = 0.01
"""Of the distance to the target, as in the window."""
_SIZES_PX = (1, 16384)


@app.callback()
def _group() -> None:
    """Trained Gaussian splat scenes."""


@app.command()
def info(scene: Scene, json: options.Json = False) -> None:
    """Say what a scene file holds: format, splats, harmonics, extent, and what is wrong in it."""

    def work() -> Result:
        from depthview.engine.cloud import PointCloud
        from depthview.engine.splats.facts import facts_of
        from depthview.engine.splats.formats.opening import open_splats
        from depthview.engine.splats.formats.recognition import format_of

        opened, kind = open_splats(scene), format_of(scene)
        if isinstance(opened, PointCloud):
            return {"file": str(scene), "format": "point cloud", "points": len(opened), "bytes": _bytes_of(scene)}
        return {
            "file": str(scene),
            "format": str(kind),
            "bytes": _bytes_of(scene),
            "splats": len(opened),
            **{name: value for name, value in asdict(facts_of(opened)).items() if name != "count"},
        }

    carry_out(work, as_json=json, say=_say_info)


@app.command()
def convert(
    scene: Scene,
    output: Annotated[
        Path,
        typer.Argument(
            metavar="OUT", help="The new file; its ending says what: .ply, .compressed.ply, .splat, .spz or .sog."
        ),
    ],
    degree: Annotated[
        int | None, typer.Option("--degree", min=0, max=4, help="Keep spherical harmonics up to this degree only.")
    ] = None,
    count: Annotated[int | None, typer.Option("--count", min=1, help="Decimate to at most so many splats.")] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file if it is there already.")] = False,
    json: options.Json = False,
) -> None:
    """Write a scene as a file of another kind."""

    def work() -> Result:
        from depthview.engine.splats.formats.writing import format_for, write_splats

        kind = format_for(output)
        if output.exists() and not overwrite:
            raise UserError("There is a file already: choose another name, or say --overwrite: {path}", path=output)
        opened = opened_scene(scene)
        before = len(opened), opened.degree
        if degree is not None:
            opened = opened.with_degree(degree)
        with progress_bar() as report:
            if count is not None and count < len(opened):
                from depthview.engine.splats.editing.decimation import decimated

                opened = decimated(opened, count, report)
            write_splats(opened, output, kind, report)
        return {
            "file": str(output),
            "format": str(kind),
            "bytes": _bytes_of(output),
            "splats": len(opened),
            "degree": opened.degree,
            "splats_before": before[0],
            "degree_before": before[1],
            "bytes_before": _bytes_of(scene),
        }

    def say(result: Result) -> str:
        return (
            f"{result['splats']:,} splats, harmonics of degree {result['degree']}, "
            f"{result['bytes'] / 1e6:.1f} MB (from {result['bytes_before'] / 1e6:.1f} MB): {result['file']}"
        )

    carry_out(work, as_json=json, say=say)


@app.command()
def render(
    scene: Scene,
    output: Annotated[Path, typer.Option("-o", "--output", help="The picture, a .png.")] = Path("splats.png"),
    eye: Annotated[
        str | None, typer.Option("--eye", metavar="X,Y,Z", help="Where to look from. Default: where all of it is seen.")
    ] = None,
    target: Annotated[
        str | None, typer.Option("--target", metavar="X,Y,Z", help="What to look at. Default: the scene's middle.")
    ] = None,
    up: Annotated[str, typer.Option("--up", metavar="X,Y,Z", help="Which way is up in the scene.")] = "0,-1,0",
    fov: Annotated[float, typer.Option("--fov", help="Vertical field of view, degrees.")] = USUAL_FOV_DEG,
    size: Annotated[str, typer.Option("--size", metavar="WxH", help="Of the picture, pixels.")] = USUAL_SIZE,
    background: Annotated[
        str, typer.Option("--background", metavar="R,G,B|transparent", help="Behind the splats, each 0 to 255.")
    ] = "0,0,0",
    degree: Annotated[
        int | None, typer.Option("--degree", min=0, max=4, help="Use spherical harmonics up to this degree only.")
    ] = None,
    splat_scale: Annotated[float, typer.Option("--splat-scale", help="Every splat so much larger.")] = 1.0,
    json: options.Json = False,
) -> None:
    """Draw a scene to a PNG, with the same pixels as the window's pane."""

    def work() -> Result:
        from depthview.engine.exports import write_image
        from depthview.engine.splats.prepared import Placed, prepared
        from depthview.engine.splats.rasterizer.drawing import Rasterizer

        size_px, ground = size_of(size), ground_of(background)
        check_fov(fov)
        if not 0 < splat_scale < 1000:
            raise UserError("A splat scale of {scale} shows nothing: give one above 0.", scale=splat_scale)
        if output.suffix.lower() != ".png":
            raise UserError("The picture is written as PNG: give it a name that ends in .png: {path}", path=output)
        places = (None if eye is None else place_of(eye)), (None if target is None else place_of(target)), place_of(up)
        splats = prepared([Placed(opened_scene(scene))], size_factor=splat_scale)
        view = _view(splats.placed[0].scene, *places, fov, size_px)
        with Rasterizer(splats) as rasterizer:
            drawn = rasterizer.draw(view, degree=degree)
        write_image(output, drawn.over(ground) if ground is not None else drawn.rgba())
        return {
            "file": str(output),
            "size": list(size_px),
            "splats": len(splats),
            "eye": [float(v) for v in view.eye],
            "forward": [float(v) for v in view.axes[2]],
        }

    carry_out(work, as_json=json, say=lambda result: f"{result['splats']:,} splats drawn: {result['file']}")


def _view(
    scene: SplatScene, eye: Place | None, target: Place | None, up: Place, fov_deg: float, size_px: tuple[int, int]
) -> View:
    """The look that was asked for; what was not said is where the window would stand at first."""
    if eye is None or target is None:
        standing, middle = standing_first(scene, up, fov_deg, size_px)
        if eye is None:
            eye = standing if target is None else target + standing - middle
        target = middle if target is None else target
    try:
        near = NEAR * float(np.linalg.norm(target - eye))
        return View.looking(eye, target, up, fov_deg, size_px, near=near)
    except ValueError as error:
        raise UserError(
            "From there nothing can be looked at: eye and target must be apart, and up across the look.",
            details=str(error),
        ) from error


def standing_first(scene: SplatScene, up: Place, fov_deg: float, size_px: tuple[int, int]) -> tuple[Place, Place]:
    """Eye and target in the scene's own axes. Raises UserError for a scene of which nothing can be seen."""
    from depthview.engine.splats.editing.upright import upright
    from depthview.engine.splats.framing import first_look
    from depthview.engine.splats.prepared import Placed, prepared

    if not up.any():
        raise UserError("Up must point somewhere: write three numbers with commas, such as 0,-1,0.")
    stood = upright(up)
    look = first_look(prepared([Placed(scene, stood)]), fov_deg, size_px[0] / size_px[1])
    if look is None:
        raise UserError("Nothing in this scene can be seen: every splat is transparent or damaged.")
    return stood.to_local(look.eye), stood.to_local(look.target)


def opened_scene(path: Path) -> SplatScene:
    """Raises UserError where it cannot be read or holds no splats."""
    from depthview.engine.splats.formats.opening import open_splats

    opened = open_splats(path)
    if not isinstance(opened, SplatScene):
        raise UserError("This is a point cloud and holds no splats: open it in the window instead: {path}", path=path)
    return opened


def _bytes_of(path: Path) -> int:
    if path.is_dir():
        return sum(file.stat().st_size for file in path.iterdir() if file.is_file())
    return path.stat().st_size


def _numbers(text: str, what: str, example: str) -> list[float]:
    """Three numbers with commas between. Raises UserError for anything else."""
    try:
        values = [float(part) for part in text.split(",")]
    except ValueError:
        values = []
    if len(values) != 3 or not np.isfinite(values).all():
        raise UserError(
            "{text} is no {what}: write three numbers with commas, such as {example}.",
            text=text,
            what=what,
            example=example,
        )
    return values


def place_of(text: str) -> Place:
    """X,Y,Z. Raises UserError for anything else."""
    return np.array(_numbers(text, "place", "0,-1,0"))


def ground_of(text: str) -> tuple[float, float, float] | None:
    """0 to 1 each; None: nothing behind the splats. Raises UserError for what is no colour."""
    if text.strip().lower() == "transparent":
        return None
    red, green, blue = (float(value) for value in _numbers(text, "colour", "0,128,255"))
    if not 0 <= min(red, green, blue) <= max(red, green, blue) <= 255:
        raise UserError("{text} is no colour: each of the three numbers is 0 to 255.", text=text)
    return red / 255, green / 255, blue / 255


def check_fov(fov_deg: float) -> None:
    """Raises UserError for what no picture can show."""
    if not LEAST_FOV_DEG <= fov_deg <= MOST_FOV_DEG:
        raise UserError(
            "A field of view of {fov:g} degrees is impossible here: give {least:g} to {most:g}.",
            fov=fov_deg,
            least=LEAST_FOV_DEG,
            most=MOST_FOV_DEG,
        )


def size_of(text: str) -> tuple[int, int]:
    """(width, height). Raises UserError for anything else."""
    match = re.fullmatch(r"(\d{1,5})[xX×](\d{1,5})", text.strip())
    width, height = (int(match[1]), int(match[2])) if match else (0, 0)
    least, most = _SIZES_PX
    if not (least <= width <= most and least <= height <= most):
        raise UserError(
            "{text} is no size of a picture: write width x height, such as 1280x720, {most} at most.",
            text=text,
            most=most,
        )
    return width, height


def _say_info(facts: Result) -> str:
    if "points" in facts:
        return f"A point cloud of {facts['points']:,} points, without splats: {facts['file']}"
    lines = [
        facts["file"],
        f"    format      {facts['format']}, {facts['bytes'] / 1e6:.1f} MB",
        f"    splats      {facts['splats']:,}",
        f"    harmonics   degree {facts['degree']}" + (", antialiased" if facts["antialiased"] else ""),
    ]
    if facts["box"] is not None:
        sizes = [" x ".join(f"{b - a:.4g}" for a, b in zip(*facts[box], strict=True)) for box in ("box", "middle_box")]
        lines.append(f"    extent      {sizes[0]} (without the outermost 2 %: {sizes[1]})")
    lines.append(f"    memory      {facts['memory_bytes'] / 1e6:.1f} MB")
    if facts["unseen"]:
        lines.append(f"    unseen      {facts['unseen']:,} are too transparent to be seen")
    if facts["unsound"]:
        lines.append(f"    unsound     {facts['unsound']:,} hold numbers that are none, and are not drawn")
    lines += [f"    comment     {comment}" for comment in facts["comments"]]
    return "\n".join(lines)
