"""Read the sample and its exact truth. Needs neither VTK nor a window; tests and benchmarks use it."""

import json
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig

SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
DISPARITY_STEPS_PER_PX = 256
"""As in KITTI's PNG files: value / 256 is the disparity in pixels. Rounding costs at most 0.002 px."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The clip, and what is known about it. `size_wh` is one eye's size in pixels; the left eye comes first."""

    clip: Path
    rig: StereoRig
    size_wh: tuple[int, int]
    fps: int
    frame_count: int
    truth_frames: tuple[int, ...]
    seed: int


@dataclass(frozen=True, slots=True)
class Truth:
    """The exact answer for the left eye of one frame (0 is the clip's first).

    `disparity_px`: (H, W) float32 at the clip's own width, no NaN. `visible`: (H, W) bool, True where the right eye
    sees the same point. `rig.depth_m(disparity_px)` is the depth in metres along the axis.
    """

    frame: int
    disparity_px: NDArray[np.float32]
    visible: NDArray[np.bool_]
    rig: StereoRig

    @property
    def depth_m(self) -> NDArray[np.float32]:
        return self.rig.depth_m(self.disparity_px)


def load_sample(folder: Path = SAMPLES) -> Sample:
    """What room.json says. Raises OSError or ValueError when it is missing or broken."""
    said = json.loads((folder / "room.json").read_text(encoding="utf-8"))
    rig = StereoRig(
        width_px=int(said["width_px"]),
        focal_px=float(said["focal_px"]),
        baseline_m=float(said["baseline_m"]),
        cx_px=float(said["cx_px"]),
        cy_px=float(said["cy_px"]),
        doffs_px=float(said["doffs_px"]),
    )
    return Sample(
        clip=folder / str(said["clip"]),
        rig=rig,
        size_wh=(int(said["width_px"]), int(said["height_px"])),
        fps=int(said["fps"]),
        frame_count=int(said["frame_count"]),
        truth_frames=tuple(int(f) for f in said["truth_frames"]),
        seed=int(said["seed"]),
    )


def truth_paths(folder: Path, frame: int) -> tuple[Path, Path]:
    """Where a frame's disparity and its visible mask lie."""
    return folder / f"room_disparity_{frame:06d}.png", folder / f"room_visible_{frame:06d}.png"


def load_truth(frame: int, folder: Path = SAMPLES) -> Truth:
    """The truth of one of `load_sample().truth_frames`. Raises OSError when there is none for that frame."""
    disparity_path, visible_path = truth_paths(folder, frame)
    steps = cv2.imread(str(disparity_path), cv2.IMREAD_UNCHANGED)
    visible = cv2.imread(str(visible_path), cv2.IMREAD_UNCHANGED)
    if steps is None or visible is None:
        raise FileNotFoundError(disparity_path)
    disparity = steps.astype(np.float32) / np.float32(DISPARITY_STEPS_PER_PX)
    return Truth(frame, disparity, np.asarray(visible > 0), load_sample(folder).rig)


def save_truth(folder: Path, frame: int, disparity_px: NDArray[np.float64], visible: NDArray[np.bool_]) -> None:
    """Write both pictures. Raises ValueError when a disparity does not fit, OSError when the disk says no."""
    steps = np.rint(disparity_px * DISPARITY_STEPS_PER_PX)
    if not (np.isfinite(steps).all() and steps.min() > 0 and steps.max() < 65536):
        raise ValueError("disparity outside 1/256 .. 255 px")
    disparity_path, visible_path = truth_paths(folder, frame)
    best = [cv2.IMWRITE_PNG_COMPRESSION, 9]
    written = cv2.imwrite(str(disparity_path), steps.astype(np.uint16), best)
    written &= cv2.imwrite(str(visible_path), visible.astype(np.uint8) * 255, [cv2.IMWRITE_PNG_BILEVEL, 1])
    if not written:
        raise OSError(f"cannot write {disparity_path}")
