"""Pinhole camera and stereo rig: between pixels, disparity and metres."""

import math
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

EYE_DISTANCE_M = 0.065
"""The mean distance between a person's eyes; the assumption for footage that says nothing."""

ASSUMED_FOV_DEG = 60.0
"""A horizontal field of view between a phone's main camera and a camcorder's."""


@dataclass(frozen=True, slots=True)
class StereoRig:
    """A rectified stereo camera, in pixels of an image `width_px` wide.

    depth_m = focal_px * baseline_m / (disparity_px + doffs_px), as in Middlebury's calib.txt: `doffs_px` is the
    difference of the principal points, cx_right - cx_left. `cx_px`, `cy_px` is the left eye's principal point in
    pixel-centre coordinates (the first pixel's centre is 0). `assumed` marks a rig nobody measured: its metres are a
    guess, and whoever shows them has to say so. `lens_assumed` says that of the focal length alone, which is all that
    counts where the metres come from elsewhere.
    """

    width_px: int
    focal_px: float
    baseline_m: float
    cx_px: float
    cy_px: float
    doffs_px: float = 0.0
    assumed: bool = False
    lens_assumed: bool = False

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
        return cls(width, focal_px, baseline_m, (width - 1) / 2, (height - 1) / 2, assumed=assumed)

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
    """What the person knows of the camera; None where nothing is known and the usual is assumed.

    `focal_px` is in pixels of the eye's own full width and wins over `fov_deg`, the horizontal field of view.
    """

    baseline_m: float | None = None
    focal_px: float | None = None
    fov_deg: float | None = None

    def known_fov_deg(self, width_px: int) -> float | None:
        """The horizontal field of view of an eye so many pixels wide; None where nobody knows."""
        if self.focal_px is None:
            return self.fov_deg
        return math.degrees(2 * math.atan(width_px / 2 / self.focal_px))

    def rig_for(self, size_hw: tuple[int, int], seen_fov_deg: float | None = None) -> StereoRig:
        """The rig for an eye of this size, marked as assumed unless baseline and focal length are both known.

        `seen_fov_deg` is what a model says of the lens: it counts where the person says nothing.
        """
        lens_deg = seen_fov_deg if self.fov_deg is None else self.fov_deg
        assumed = self.baseline_m is None or (self.focal_px is None and lens_deg is None)
        baseline_m = EYE_DISTANCE_M if self.baseline_m is None else self.baseline_m
        if self.focal_px is not None:
            return StereoRig.centred(size_hw, focal_px=self.focal_px, baseline_m=baseline_m, assumed=assumed)
        fov_deg = ASSUMED_FOV_DEG if lens_deg is None else lens_deg
        rig = StereoRig.from_fov(size_hw, fov_deg=fov_deg, baseline_m=baseline_m, assumed=assumed)
        return replace(rig, lens_assumed=lens_deg is None)
