"""Pinhole camera and stereo rig: between pixels, disparity and metres."""

import math
from dataclasses import asdict, dataclass, replace
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

EYE_DISTANCE_M = 0.065
"""The mean distance between a person's eyes; the assumption for footage that says nothing."""

ASSUMED_FOV_DEG = 60.0
"""A horizontal field of view between a phone's main camera and a camcorder's."""


class Whence(StrEnum):
    """Who says how long a lens is, or how far apart two are."""

    RIG = "rig"
    """Somebody measured this camera, or drew the picture with it."""
    BY_HAND = "by hand"
    FILE = "file"
    """The picture's or film's own words: EXIF, metadata, or a camera known by its name."""
    MODEL = "model"
    """A model saw it in the picture."""
    ASSUMED = "assumed"


@dataclass(frozen=True, slots=True)
class StereoRig:
    """A rectified stereo camera, in pixels of an image `width_px` wide.

    depth_m = focal_px * baseline_m / (disparity_px + doffs_px), as in Middlebury's calib.txt: `doffs_px` is the
    difference of the principal points, cx_right - cx_left. `cx_px`, `cy_px` is the left eye's principal point in
    pixel-centre coordinates (the first pixel's centre is 0). `focal_from`, `baseline_from`, `doffs_from`: who says so.
    `name`: what a measured rig is called, such as its file.
    """

    width_px: int
    focal_px: float
    baseline_m: float
    cx_px: float
    cy_px: float
    doffs_px: float = 0.0
    focal_from: Whence = Whence.RIG
    baseline_from: Whence = Whence.RIG
    doffs_from: Whence = Whence.RIG
    name: str = ""

    @classmethod
    def from_fov(
        cls,
        size_hw: tuple[int, int],
        *,
        fov_deg: float = ASSUMED_FOV_DEG,
        baseline_m: float = EYE_DISTANCE_M,
        assumed: bool = False,
    ) -> "StereoRig":
        """A rig from the horizontal field of view (degrees) and the distance of the eyes (metres)."""
        _height, width = size_hw
        focal_px = width / 2 / math.tan(math.radians(fov_deg) / 2)
        return cls.centred(size_hw, focal_px=focal_px, baseline_m=baseline_m, assumed=assumed)

    @classmethod
    def centred(
        cls, size_hw: tuple[int, int], *, focal_px: float, baseline_m: float, assumed: bool = False
    ) -> "StereoRig":
        """A rig whose principal point is the picture's centre."""
        height, width = size_hw
        whence = Whence.ASSUMED if assumed else Whence.RIG
        return cls(
            width,
            focal_px,
            baseline_m,
            (width - 1) / 2,
            (height - 1) / 2,
            focal_from=whence,
            baseline_from=whence,
        )

    @property
    def lens_assumed(self) -> bool:
        """Whether nobody measured the focal length, which is all that counts where metres come from elsewhere."""
        return self.focal_from is Whence.ASSUMED

    @property
    def assumed(self) -> bool:
        """Whether nobody measured this rig: its metres are a guess, and whoever shows them has to say so."""
        return Whence.ASSUMED in (self.focal_from, self.baseline_from, self.doffs_from)

    @property
    def facts(self) -> dict[str, float | str | bool]:
        """All of it, for files and scripts."""
        return {**asdict(self), "assumed": self.assumed, "lens_assumed": self.lens_assumed}

    @property
    def fov_deg(self) -> float:
        return math.degrees(2 * math.atan(self.width_px / 2 / self.focal_px))

    def scaled_to(self, width_px: int) -> "StereoRig":
        """The same rig for the same picture resized to another width."""
        s = width_px / self.width_px
        return replace(
            self,
            width_px=width_px,
            focal_px=self.focal_px * s,
            cx_px=(self.cx_px + 0.5) * s - 0.5,
            cy_px=(self.cy_px + 0.5) * s - 0.5,
            doffs_px=self.doffs_px * s,
        )

    def depth_m(self, disparity_px: NDArray[np.float32]) -> NDArray[np.float32]:
        """Depth along the axis in metres, float32, same shape; NaN where unknown or not in front of the camera."""
        with np.errstate(divide="ignore", invalid="ignore"):
            total = disparity_px + np.float32(self.doffs_px)
            depth = np.float32(self.focal_px * self.baseline_m) / total
        return np.where(total > 0, depth, np.float32(np.nan))

    def points_m(self, depth_m: NDArray[np.float32]) -> NDArray[np.float32]:
        """(H, W) depth in metres -> (H, W, 3) points: x right, y down, z forward."""
        height, width = depth_m.shape
        x = (np.arange(width, dtype=np.float32) - np.float32(self.cx_px)) / np.float32(self.focal_px)
        y = (np.arange(height, dtype=np.float32) - np.float32(self.cy_px)) / np.float32(self.focal_px)
        points = np.empty((height, width, 3), np.float32)
        np.multiply(depth_m, x[None, :], out=points[..., 0])
        np.multiply(depth_m, y[:, None], out=points[..., 1])
        points[..., 2] = depth_m
        return points


@dataclass(frozen=True, slots=True)
class CameraChoice:
    """What is known of the camera; None where nothing is known and the usual is assumed.

    `focal_px` and `doffs_px` are in pixels of the eye's own full width; `focal_px` wins over `fov_deg`, the horizontal
    field of view. `rig` is a camera that took rectified pictures: what the person says wins over it, what files say
    does not. `lens_from` (of `focal_px` and `fov_deg`) and `baseline_from` tell the two apart.
    """

    baseline_m: float | None = None
    focal_px: float | None = None
    fov_deg: float | None = None
    doffs_px: float | None = None
    rig: StereoRig | None = None
    lens_from: Whence = Whence.BY_HAND
    baseline_from: Whence = Whence.BY_HAND

    def filled(self, known: "CameraChoice") -> "CameraChoice":
        """The same with what it leaves open taken from `known`."""
        filled = self if self.rig is not None else replace(self, rig=known.rig)
        if self.focal_px is None and self.fov_deg is None:
            filled = replace(filled, focal_px=known.focal_px, fov_deg=known.fov_deg, lens_from=known.lens_from)
        if self.baseline_m is None:
            filled = replace(filled, baseline_m=known.baseline_m, baseline_from=known.baseline_from)
        return filled if self.doffs_px is not None else replace(filled, doffs_px=known.doffs_px)

    def known_fov_deg(self, width_px: int) -> float | None:
        """The horizontal field of view of an eye so many pixels wide; None where nobody knows."""
        if self.focal_px is None and self.fov_deg is None and self.rig is None:
            return None
        return self.rig_for((width_px, width_px)).fov_deg

    def rig_for(
        self, size_hw: tuple[int, int], seen_fov_deg: float | None = None, measured: StereoRig | None = None
    ) -> StereoRig:
        """The rig for an eye of this size, each of its numbers from who knows it best.

        By hand comes before `measured` (the pictures' own rig, of any width of the same pictures) and `rig`, these
        before what the file says, then `seen_fov_deg` (what a model says of the lens), then what is usual.
        """
        width = size_hw[1]
        measured = self.rig if measured is None else measured
        if measured is None:
            base = StereoRig.from_fov(size_hw, fov_deg=seen_fov_deg or ASSUMED_FOV_DEG, assumed=True)
            base = base if seen_fov_deg is None else replace(base, focal_from=Whence.MODEL)
        else:
            base = measured.scaled_to(width)
        focal_px = self.focal_px
        if focal_px is None and self.fov_deg is not None:
            focal_px = width / 2 / math.tan(math.radians(self.fov_deg) / 2)
        if focal_px is not None and (measured is None or self.lens_from is Whence.BY_HAND):
            base = replace(base, focal_px=focal_px, focal_from=self.lens_from)
        if self.baseline_m is not None and (measured is None or self.baseline_from is Whence.BY_HAND):
            base = replace(base, baseline_m=self.baseline_m, baseline_from=self.baseline_from)
        return base if self.doffs_px is None else replace(base, doffs_px=self.doffs_px, doffs_from=Whence.BY_HAND)
