"""The verbs, gathered."""

from typing import Annotated

import typer

import depthview
from depthview.commands.calibrate import calibrate
from depthview.commands.compare import compare_models
from depthview.commands.depth import depth
from depthview.commands.doctor import doctor
from depthview.commands.live import live
from depthview.commands.models import app as models
from depthview.commands.panorama import panorama
from depthview.commands.similarity import similarity
from depthview.commands.splats import app as splats
from depthview.commands.splats_film import film
from depthview.commands.splats_train import train

app = typer.Typer(
    help="Depth from stereo video, photos, cameras and web addresses.\n\n"
    "Without a command the window opens: depthview [FILE_OR_ADDRESS]...",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command()(depth)
app.command()(live)
app.command()(panorama)
splats.command()(film)
splats.command()(train)
app.add_typer(splats, name="splats")
app.add_typer(models, name="models")
app.command("compare")(compare_models)
app.command()(similarity)
app.command()(calibrate)
app.command()(doctor)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(depthview.__version__)
        raise typer.Exit


@app.callback()
def _top(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", is_eager=True, callback=_print_version)
    ] = False,
) -> None:
    pass
