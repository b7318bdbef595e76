"""The exact picture of splats, for tests and figures: the published equations in float64, no tiles, no early stop.

Kerbl et al. 2023 (projection, blending) and Yu et al. 2024 (what makes up for the low-pass), after Zwicker et al. 2001.
It may take seconds. What the window draws is held against it.
"""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.compiled import compiled
from depthview.engine.splats.prepared import PreparedSplats
from depthview.engine.splats.view import View

LOW_PASS_PX2 = 0.3
LARGEST_ALPHA = 0.99
LEAST_ALPHA = 1 / 255
WIDEST_TANGENT = 1.3
"""Of half the field of view: the tangents in the Jacobian are clamped there."""

Picture = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Truth:
    """`rgb` (H, W, 3) premultiplied, display space, not clamped; `alpha` (H, W) 0 to 1. float64."""

    rgb: Picture
    alpha: Picture

    @property
    def touched(self) -> NDArray[np.bool_]:
        """(H, W): the pixels that the object reaches."""
        return self.alpha > 0

    def over(self, background: tuple[float, float, float] = (0, 0, 0)) -> Picture:
        """(H, W, 3) on a ground of one colour, clamped to 0..1 and not rounded."""
        return np.asarray(np.clip(self.rgb + (1 - self.alpha[..., None]) * np.asarray(background), 0, 1))


def reference(
    splats: PreparedSplats,
    view: View,
    colours: NDArray[np.floating],
    *,
    kept: NDArray[np.integer] | None = None,
    behind_m: NDArray[np.floating] | None = None,
) -> Truth:
    """What `view` sees. `colours` (N, 3) of all splats; `kept`: only these indices; `behind_m` (H, W): depth along the
    axis of opaque things, infinite where there are none, which hide the splats whose middles are farther."""
    which = np.arange(len(splats)) if kept is None else np.sort(np.asarray(kept))
    x, y, z = splats.xyz[which].astype(np.float64).T
    depth = (x * view.axes[2, 0] + y * view.axes[2, 1] + z * view.axes[2, 2]).astype(np.float32)
    which = which[np.argsort(-depth, kind="stable")]
    place = view.to_camera(splats.xyz[which].astype(np.float64))
    which = which[seen := (view.near < place[:, 2]) & (place[:, 2] < view.far)]
    place = place[seen]
    middle, covariance, opacity = project(
        place, splats.covariance[which], splats.opacity[which], splats.antialiased[which], view
    )
    rgb, alpha = np.zeros((view.height_px, view.width_px, 3)), np.zeros((view.height_px, view.width_px))
    behind = np.full(alpha.shape, np.inf) if behind_m is None else np.asarray(behind_m, np.float64)
    _blend(middle, covariance, opacity, np.asarray(colours[which], np.float64), place[:, 2].copy(), behind, rgb, alpha)
    return Truth(rgb, alpha)


def project(
    place: Picture,
    covariance: NDArray[np.floating],
    opacity: NDArray[np.floating],
    antialiased: NDArray[np.bool_],
    view: View,
) -> tuple[Picture, Picture, Picture]:
    """The splats at `place` (M, 3) in the camera: their middles (M, 2) px, (M, 3) px^2 xx, xy, yy, opacities (M,)."""
    x, y, z = place.T
    half = view.width_px / 2, view.height_px / 2
    jacobian = np.zeros((len(place), 2, 3))
    if view.parallel:
        middle = np.stack([half[0] + view.focal_px * x, half[1] + view.focal_px * y], 1)
        jacobian[:, 0, 0] = jacobian[:, 1, 1] = view.focal_px
    else:
        middle = np.stack([half[0] + view.focal_px * x / z, half[1] + view.focal_px * y / z], 1)
        jacobian[:, 0, 0] = jacobian[:, 1, 1] = view.focal_px / z
        for axis, along in enumerate((x, y)):
            widest = WIDEST_TANGENT * half[axis] / view.focal_px
            jacobian[:, axis, 2] = -view.focal_px / z * np.clip(along / z, -widest, widest)
    world = covariance.astype(np.float64)[:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(-1, 3, 3)
    turned = jacobian @ view.axes
    flat = turned @ world @ turned.transpose(0, 2, 1)
    xx, xy, yy = flat[:, 0, 0], flat[:, 0, 1], flat[:, 1, 1]
    # The determinants are of sums of squares: what rounding makes of them must not fall below.
    before = np.maximum(xx * yy - xy * xy, 0)
    after = before + LOW_PASS_PX2 * (xx + yy) + LOW_PASS_PX2**2
    shown = np.where(antialiased, opacity * np.sqrt(before / after), opacity).astype(np.float64)
    return middle, np.stack([xx + LOW_PASS_PX2, xy, yy + LOW_PASS_PX2], 1), shown


def psnr_over_object(a: NDArray[np.generic], b: NDArray[np.generic], touched: NDArray[np.bool_]) -> float:
    """Decibels between two (H, W, 3) pictures, uint8 or 0 to 1, over the (H, W) pixels that the object touches."""
    first, second = (np.asarray(one, np.float64) / (255 if one.dtype == np.uint8 else 1) for one in (a, b))
    if not touched.any():
        raise ValueError("the object touches no pixel")
    error = float(np.mean((first[touched] - second[touched]) ** 2))
    return math.inf if error == 0 else -10 * math.log10(error)


@compiled()
def _blend(
    middle: Picture,
    covariance: Picture,
    opacity: Picture,
    colour: Picture,
    depth: Picture,
    behind: Picture,
    rgb: Picture,
    alpha: Picture,
) -> None:
    """One after the other, the farthest first, over all pixels whose middle it reaches."""
    height, width = alpha.shape
    for n in range(len(middle)):
        if not opacity[n] >= LEAST_ALPHA:
            continue
        xx, xy, yy = covariance[n]
        # det(C + 0.3 I) of a C whose own determinant is not below 0.
        a, d = xx - LOW_PASS_PX2, yy - LOW_PASS_PX2
        determinant = max(a * d - xy * xy, 0.0) + LOW_PASS_PX2 * (a + d) + LOW_PASS_PX2**2
        reach = 2 * math.log(opacity[n] / LEAST_ALPHA)
        across, down = math.sqrt(reach * xx) + 1, math.sqrt(reach * yy) + 1
        left, right = max(middle[n, 0] - across, 0.0), min(middle[n, 0] + across, float(width))
        top, bottom = max(middle[n, 1] - down, 0.0), min(middle[n, 1] + down, float(height))
        if not (left < right and top < bottom):
            continue
        for j in range(int(top), math.ceil(bottom)):
            for i in range(int(left), math.ceil(right)):
                x, y = i + 0.5 - middle[n, 0], j + 0.5 - middle[n, 1]
                power = (yy * x * x - 2 * xy * x * y + xx * y * y) / determinant / 2
                covers = min(LARGEST_ALPHA, opacity[n] * math.exp(-max(power, 0.0)))
                if covers < LEAST_ALPHA or behind[j, i] < depth[n]:
                    continue
                for k in range(3):
                    rgb[j, i, k] += covers * (colour[n, k] - rgb[j, i, k])
                alpha[j, i] += covers * (1 - alpha[j, i])
