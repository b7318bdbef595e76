"""What `depth` and `live` are both told of the way to depth."""

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import options
from depthview.engine.camera import CameraChoice
from depthview.engine.depth_road import RoadChoices
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.iterative import LIVE_RATE_HZ, MODEL_ID
from depthview.engine.execution.devices import Device
from depthview.engine.stereo.prepare.choices import MOST_SHIFT_SHARE, PreparationChoices
from depthview.engine.stereo.rigs.rig_file import read_rig

_MOST_SHIFT_PERCENT = round(100 * MOST_SHIFT_SHARE)


@dataclass(frozen=True, slots=True, kw_only=True)
class DepthOptions:
    """The options as they came. What is made of them raises UserError for what cannot be meant."""

    layout: options.LayoutName = "auto"
    swap: options.Swap = None
    bars: Annotated[
        bool | None, typer.Option("--bars/--no-bars", help="Cut black bars before matching. Default: yes.")
    ] = None
    rows: Annotated[
        bool | None,
        typer.Option(
            "--rows/--no-rows", help="Bring the eyes' rows to one height. Default: where that can be trusted."
        ),
    ] = None
    colours: Annotated[
        bool | None,
        typer.Option("--colours/--no-colours", help="Match the right eye's colours. Default: where that helps."),
    ] = None
    shift: Annotated[
        str,
        typer.Option(
            "--shift", metavar="auto|PERCENT", help="How far things lie behind the screen, of the width; 0: not."
        ),
    ] = "auto"
    steady: Annotated[
        bool, typer.Option("--steady/--no-steady", help="What stands still in a video keeps its depth. Default: yes.")
    ] = True
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            help="A model of `depthview models list`, or an .onnx file. Default: "
            "the built-in for as many eyes as shown.",
        ),
    ] = None
    iterations: Annotated[
        int | None,
        typer.Option(
            "--iterations",
            min=1,
            help=f"For models that iterate; {MODEL_ID} takes 1 to 32, and stops where more would change nothing.",
        ),
    ] = None
    resolution: options.Resolution = None
    rate: Annotated[
        str | None,
        typer.Option(
            "--rate",
            metavar="HZ|auto",
            help="Hold so many depth maps a second: iterations and resolution, where not given, follow from it.",
        ),
    ] = None
    device: options.DeviceName = Device.AUTO
    rig: Annotated[
        Path | None,
        typer.Option(
            "--rig",
            help="A calibration: `depthview calibrate`, OpenCV, ROS, Kalibr, ZED, Middlebury. "
            "Default: one beside the input.",
        ),
    ] = None
    no_rig: Annotated[bool, typer.Option("--no-rig", help="Go by no calibration that is found beside the input.")] = (
        False
    )
    baseline_m: Annotated[float | None, typer.Option("--baseline-m", help="Distance of the two lenses, metres.")] = None
    focal_px: Annotated[
        float | None, typer.Option("--focal-px", help="Focal length in pixels of one eye's full width.")
    ] = None
    fov_deg: Annotated[
        float | None, typer.Option("--fov-deg", help="Horizontal field of view of one eye, degrees.")
    ] = None
    doffs_px: Annotated[
        float | None,
        typer.Option("--doffs-px", help="cx of the right eye less that of the left, pixels of one eye's full width."),
    ] = None
    max_distance_m: Annotated[
        float | None, typer.Option("--max-distance-m", help="Leave out what is farther, metres.")
    ] = None
    min_confidence: Annotated[
        float, typer.Option("--min-confidence", help="Leave points less sure than this out of the cloud, 0 to 1.")
    ] = 0.0

    def selection(self, model_id: str) -> Selection:
        """This model, to work as it is asked."""
        size_hw = options.parse_resolution(self.resolution)
        return Selection(model_id, self.iterations, size_hw, _rate_hz(self.rate), self.device)

    def camera(self) -> CameraChoice:
        """What is known of it by hand."""
        if self.focal_px is not None and self.fov_deg is not None:
            raise UserError("Focal length and field of view say the same thing: give only one of them.")
        if self.baseline_m is not None and not 0 < self.baseline_m < 1000:
            raise UserError("A baseline of {value} m is impossible: give a distance above 0.", value=self.baseline_m)
        if self.focal_px is not None and not 0 < self.focal_px < 1e6:
            raise UserError("A focal length of {value} px is impossible: give a length above 0.", value=self.focal_px)
        if self.fov_deg is not None and not 1 <= self.fov_deg <= 170:
            raise UserError("A field of view of {value} degrees is impossible here: give 1 to 170.", value=self.fov_deg)
        if self.doffs_px is not None and not -1e5 < self.doffs_px < 1e5:
            raise UserError("An offset of {value} px is impossible: give cx right less cx left.", value=self.doffs_px)
        return CameraChoice(self.baseline_m, self.focal_px, self.fov_deg, self.doffs_px)

    def road(self) -> RoadChoices:
        """What is overruled on the way to depth."""
        preparation = PreparationChoices(self.bars, self.rows, self.colours, _shift_share(self.shift))
        camera = self.camera()
        said = None if camera == CameraChoice() else camera
        return RoadChoices(
            options.parse_layout(self.layout), self.swap, said, preparation, self.steady, finds_rig=not self.no_rig
        )

    def rig_file(self) -> Path | None:
        """Looked at before a source is opened, or a model loaded."""
        if self.rig is not None:
            read_rig(self.rig)
        return self.rig

    def farthest_m(self) -> float | None:
        """What is farther is left out; None is nothing."""
        if self.max_distance_m is not None and not self.max_distance_m > 0:
            raise UserError(
                "A maximum distance of {value} m leaves nothing: give one above 0.", value=self.max_distance_m
            )
        return self.max_distance_m

    def least_sure(self) -> float:
        """Points of a cloud that are less sure are left out, 0 to 1."""
        if not 0 <= self.min_confidence <= 1:
            raise UserError("A confidence of {value} does not exist: give 0 to 1.", value=self.min_confidence)
        return self.min_confidence


def _rate_hz(text: str | None) -> float | None:
    """`auto` -> what the window holds; `12.5` -> 12.5."""
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


def _shift_share(text: str) -> float | None:
    """`auto` -> None; `2.5` -> 0.025 of the width."""
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
