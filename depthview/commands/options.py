"""The options that several commands share, and what they mean."""

import re
from pathlib import Path
from typing import Annotated

import typer

from depthview.engine.errors import UserError
from depthview.engine.execution.devices import Device
from depthview.engine.frames import Layout

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Out = Annotated[Path, typer.Option("-o", "--output", help="Folder for the results; made if it is not there.")]
LayoutName = Annotated[
    str, typer.Option("--layout", help="auto, or " + ", ".join(layout.value for layout in Layout) + ".")
]
Swap = Annotated[bool | None, typer.Option("--swap/--no-swap", help="Exchange the eyes. Default: as detected.")]
Resolution = Annotated[str | None, typer.Option("--resolution", metavar="HxW", help="Size to work at, e.g. 480x640.")]
DeviceName = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Where the model runs; `depthview doctor` says what this machine has. auto never means tensorrt.",
    ),
]


def parse_layout(name: str) -> Layout | None:
    """None for `auto`. Raises UserError naming the layouts there are."""
    if name == "auto":
        return None
    try:
        return Layout(name)
    except ValueError:
        known = ", ".join(layout.value for layout in Layout)
        raise UserError("There is no layout called {name}: choose auto, {known}.", name=name, known=known) from None


def parse_resolution(text: str | None) -> tuple[int, int] | None:
    """`480x640` -> (480, 640), height first. Raises UserError for anything else."""
    if text is None:
        return None
    match = re.fullmatch(r"(\d{2,5})[xX×](\d{2,5})", text.strip())
    if match is None:
        raise UserError("{text} is no resolution: write height x width, such as 480x640.", text=text)
    height, width = int(match[1]), int(match[2])
    if not (32 <= height <= 4320 and 32 <= width <= 7680):
        raise UserError("A resolution of {text} cannot be worked at: choose 32x32 to 4320x7680.", text=text)
    return height, width
