"""The options that several commands share, and what they mean."""

import math
import re
from pathlib import Path
from typing import Annotated

import typer

from depthview.engine.camera import CameraChoice
from depthview.engine.errors import UserError
from depthview.engine.estimators.iterative import LIVE_RATE_HZ, MODEL_ID
from depthview.engine.execution.devices import Device
from depthview.engine.frames import Layout

Json = Annotated[bool, typer.Option("--json", help="Print the result as one JSON object.")]
Out = Annotated[Path, typer.Option("-o", "--output", help="Folder for the results; made if it is not there.")]
LayoutName = Annotated[
    str, typer.Option("--layout", help="auto, or " + ", ".join(layout.value for layout in Layout) + ".")
]
Swap = Annotated[bool | None, typer.Option("--swap/--no-swap", help="Exchange the eyes. Default: as detected.")]
Model = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A model of `depthview models list`, or an .onnx file. Default: the built-in for as many eyes as shown.",
    ),
]
Iterations = Annotated[
    int | None, typer.Option("--iterations", min=1, help=f"For models that iterate; {MODEL_ID} takes 1 to 32.")
]
Resolution = Annotated[str | None, typer.Option("--resolution", metavar="HxW", help="Size to work at, e.g. 480x640.")]
Rate = Annotated[
    str | None,
    typer.Option(
        "--rate",
        metavar="HZ|auto",
        help="Hold so many depth maps a second: iterations and resolution, where not given, follow from it.",
    ),
]
DeviceName = Annotated[
    Device,
    typer.Option(
        "--device",
        help="Where the model runs; `depthview doctor` says what this machine has. auto never means tensorrt.",
    ),
]
BaselineM = Annotated[float | None, typer.Option("--baseline-m", help="Distance of the two lenses, metres.")]
FocalPx = Annotated[float | None, typer.Option("--focal-px", help="Focal length in pixels of one eye's full width.")]
FovDeg = Annotated[float | None, typer.Option("--fov-deg", help="Horizontal field of view of one eye, degrees.")]
MaxDistanceM = Annotated[float | None, typer.Option("--max-distance-m", help="Leave out what is farther, metres.")]
MinConfidence = Annotated[
    float, typer.Option("--min-confidence", help="Leave points less sure than this out of the cloud, 0 to 1.")
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


def parse_rate(text: str | None) -> float | None:
    """`auto` -> what the window holds; `12.5` -> 12.5. Raises UserError for what is no number above 0."""
    if text is None:
        return None
    if text.strip().lower() == "auto":
        return LIVE_RATE_HZ
    try:
        rate_hz = float(text)
    except ValueError:
        rate_hz = math.nan
    if not 0 < rate_hz < math.inf:
        raise UserError("{text} is no rate: write depth maps a second, such as 12, or auto.", text=text)
    return rate_hz


def share(value: float) -> float:
    """Raises UserError unless the value is 0 to 1."""
    if not 0 <= value <= 1:
        raise UserError("A confidence of {value} does not exist: give 0 to 1.", value=value)
    return value


def camera_choice(baseline_m: float | None, focal_px: float | None, fov_deg: float | None) -> CameraChoice:
    """Raises UserError for values that no camera has."""
    if focal_px is not None and fov_deg is not None:
        raise UserError("Focal length and field of view say the same thing: give only one of them.")
    if baseline_m is not None and not 0 < baseline_m < 1000:
        raise UserError("A baseline of {value} m is impossible: give a distance above 0.", value=baseline_m)
    if focal_px is not None and not 0 < focal_px < 1e6:
        raise UserError("A focal length of {value} px is impossible: give a length above 0.", value=focal_px)
    if fov_deg is not None and not 1 <= fov_deg <= 170:
        raise UserError("A field of view of {value} degrees is impossible here: give 1 to 170.", value=fov_deg)
    return CameraChoice(baseline_m, focal_px, fov_deg)


def positive_distance(value_m: float | None) -> float | None:
    """Raises UserError unless the distance is above 0."""
    if value_m is not None and not value_m > 0:
        raise UserError("A maximum distance of {value} m leaves nothing: give one above 0.", value=value_m)
    return value_m
