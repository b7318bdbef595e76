"""A film seen by other eyes: further apart or nearer, for a screen, for glasses, or for eyes that cross."""

from dataclasses import dataclass

import numpy as np

from depthview.engine.camera import StereoRig
from depthview.engine.colour import RunningLimits
from depthview.engine.depth import DepthScale
from depthview.engine.frames import DepthFrame, Disparity, Image, Meaning
from depthview.engine.stereo.views.eyes_format import EyesFormat, packed
from depthview.engine.stereo.views.new_eyes import rerender
from depthview.engine.stereo.views.screen import COMFORT_SHARE, ScreenPlane


@dataclass(frozen=True, slots=True)
class EyesChoice:
    """How the new eyes are to be.

    `distance_share`: their distance, as a share of that of the eyes that took the pictures: 1 as taken, 0 both the
    same, 2 twice as far apart. One eye's depth in metres is seen with the rig's own distance at 1; where it has no
    metres, its nearest and farthest lie as far apart as eyes bear at ease. `screen_share`: which depth lies on the
    screen, 0 (the farthest) to 1 (the nearest); None: as taken or the middle of what is seen, as comfort asks.
    `format`: how both become one picture.
    """

    distance_share: float = 1.0
    screen_share: float | None = None
    format: EyesFormat = EyesFormat.SIDE_BY_SIDE


class Rerenderer:
    """New eyes for one film's frames, in their order; owned by one thread. The screen follows the scene calmly."""

    def __init__(self, choice: EyesChoice) -> None:
        self._choice = choice
        self._screen = ScreenPlane(choice.screen_share)
        self._span = RunningLimits()

    def render(self, frame: DepthFrame, rig: StereoRig) -> Image:
        """(h, w, 3) uint8 RGB, both sides even; of one size as long as frames are. `rig` may belong to another size."""
        disparity_px = self._disparity_px(frame, rig)
        share = self._choice.distance_share
        screen_px = self._screen.follow(disparity_px, share, frame.pair.pts_s)
        # What one eye's model says has nothing to do with another eye's picture.
        right = frame.pair.right if frame.meaning is Meaning.DISPARITY else None
        left, right = rerender(frame.pair.left, right, disparity_px, share, screen_px=screen_px)
        return packed(left, right, self._choice.format)

    def _disparity_px(self, frame: DepthFrame, rig: StereoRig) -> Disparity:
        """What two eyes would see of it, whatever its values are."""
        if frame.meaning is Meaning.DISPARITY:
            return frame.values
        scale = DepthScale.of(frame, rig)
        inverse = scale.inverse_depth(frame.values)
        if scale.has_metres:
            return np.asarray(inverse.map * np.float32(scale.rig.focal_px * scale.rig.baseline_m), np.float32)
        low, high = self._span.follow(inverse.map, frame.pair.pts_s)
        per_unit = COMFORT_SHARE * frame.values.shape[1] / (high - low)
        return np.asarray((inverse.map - np.float32(low)) * np.float32(per_unit), np.float32)
