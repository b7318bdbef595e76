"""The options that several commands share, and what they mean."""

import math
import re
from pathlib import Path
from typing import Annotated

import typer

from depthview.engine.camera import CameraChoice
from depthview.engine.depth_road import RoadChoices
from depthview.engine.errors import UserError
from depthview.engine.estimators.iterative import LIVE_RATE_HZ, MODEL_ID
from depthview.engine.execution.devices import Device
from depthview.engine.frames import Layout
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.rigs.rig_file import read_rig

_MOST_SHIFT_PERCENT = 50
"""Beyond, the eyes would have nothing in common."""

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
DoffsPx = Annotated[
    float | None,
    typer.Option("--doffs-px", help="cx of the right eye less that of the left, pixels of one eye's full width."),
]
RigFile = Annotated[
    Path | None,
    typer.Option(
        "--rig",
        help="A calibration: `depthview calibrate`, OpenCV, ROS, Middlebury. Default: one beside the input.",
    ),
]
NoRig = Annotated[bool, typer.Option("--no-rig", help="Go by no calibration that is found beside the input.")]
Bars = Annotated[bool | None, typer.Option("--bars/--no-bars", help="Cut black bars before matching. Default: yes.")]
Rows = Annotated[
    bool | None,
    typer.Option("--rows/--no-rows", help="Bring the eyes' rows to one height. Default: where that can be trusted."),
]
Colours = Annotated[
    bool | None,
    typer.Option("--colours/--no-colours", help="Match the right eye's colours. Default: where that helps."),
]
Shift = Annotated[
    str,
    typer.Option(
        "--shift", metavar="auto|PERCENT", help="How far things lie behind the screen, of the width; 0: not."
    ),
]
Steady = Annotated[
    bool, typer.Option("--steady/--no-steady", help="What stands still in a video keeps its depth. Default: yes.")
]
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


def rig_file(path: Path | None) -> Path | None:
    """Raises UserError for what is no rig: before a source is opened, or a model loaded."""
    if path is not None:
        read_rig(path)
    return path


def share(value: float) -> float:
    """Raises UserError unless the value is 0 to 1."""
    if not 0 <= value <= 1:
        raise UserError("A confidence of {value} does not exist: give 0 to 1.", value=value)
    return value


def parse_shift(text: str) -> float | None:
    """`auto` -> None; `2.5` -> 0.025 of the width. Raises UserError for what is no percentage that leaves a picture."""
    if text.strip().lower() == "auto":
        return None
    try:
        percent = float(text)
    except ValueError:
        percent = math.nan
    if not -_MOST_SHIFT_PERCENT <= percent <= _MOST_SHIFT_PERCENT:
        raise UserError(
            "{text} is no shift: write percent of the width, -{most} to {most}, or auto.",
            text=text,
            most=_MOST_SHIFT_PERCENT,
        )
    return percent / 100


def camera_choice(
    baseline_m: float | None, focal_px: float | None, fov_deg: float | None, doffs_px: float | None = None
) -> CameraChoice:
    """Raises UserError for values that no camera has."""
    if focal_px is not None and fov_deg is not None:
        raise UserError("Focal length and field of view say the same thing: give only one of them.")
    if baseline_m is not None and not 0 < baseline_m < 1000:
        raise UserError("A baseline of {value} m is impossible: give a distance above 0.", value=baseline_m)
    if focal_px is not None and not 0 < focal_px < 1e6:
        raise UserError("A focal length of {value} px is impossible: give a length above 0.", value=focal_px)
    if fov_deg is not None and not 1 <= fov_deg <= 170:
        raise UserError("A field of view of {value} degrees is impossible here: give 1 to 170.", value=fov_deg)
    if doffs_px is not None and not -1e5 < doffs_px < 1e5:
        raise UserError("An offset of {value} px is impossible: give cx right less cx left.", value=doffs_px)
    return CameraChoice(baseline_m, focal_px, fov_deg, doffs_px)


def road_choices(
    layout: str,
    camera: CameraChoice,
    *,
    swap: bool | None,
    bars: bool | None,
    rows: bool | None,
    colours: bool | None,
    shift: str,
    steady: bool,
    finds_rig: bool = True,
) -> RoadChoices:
    """What is overruled on the way to depth. Raises UserError for a layout or a shift that does not exist."""
    preparation = PreparationChoices(bars, rows, colours, parse_shift(shift))
    said = None if camera == CameraChoice() else camera
    return RoadChoices(parse_layout(layout), swap, said, preparation, steady, finds_rig)


def positive_distance(value_m: float | None) -> float | None:
    """Raises UserError unless the distance is above 0."""
    if value_m is not None and not value_m > 0:
        raise UserError("A maximum distance of {value} m leaves nothing: give one above 0.", value=value_m)
    return value_m
