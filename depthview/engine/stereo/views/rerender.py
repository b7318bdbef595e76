"""What eyes at other places would have seen: new pictures of a scene from the taken ones and their disparity."""

from dataclasses import dataclass

from depthview.engine.camera import StereoRig
from depthview.engine.frames import DepthFrame, Disparity, Image
from depthview.engine.stereo.views.eyes_format import EyesFormat


@dataclass(frozen=True, slots=True)
class EyesChoice:
    """How the new eyes are to be.

    `distance_share`: their distance, as a share of that of the eyes that took the pictures: 1 as taken, 0 both the
    same, 2 twice as far apart. `screen_share`: which depth lies on the screen, 0 (the farthest) to 1 (the nearest);
    None: the middle of what is seen, moved as far as comfort asks. `format`: how both become one picture.
    """

    distance_share: float = 1.0
    screen_share: float | None = None
    format: EyesFormat = EyesFormat.SIDE_BY_SIDE


def rerender(
    left: Image, right: Image | None, disparity_px: Disparity, distance_share: float, *, screen_px: float = 0.0
) -> tuple[Image, Image]:
    """The new left and right eye, (H, W, 3) uint8 RGB like `left`.

    `disparity_px`: (H, W) float32 of the left eye, NaN unknown. `right`: what the right eye saw, None for one eye.
    `distance_share`: as in `EyesChoice`; new eyes lie evenly around the middle of the taken ones (around the one eye).
    What has a disparity of `screen_px` lies on the screen: at the same place in both. With both eyes, a distance of 1
    and a screen at 0 the pictures are as taken.
    """
    raise NotImplementedError


class Rerenderer:
    """New eyes for a film's frames, in their order; owned by one thread. The screen follows the scene calmly."""

    def __init__(self, choice: EyesChoice) -> None:
        self._choice = choice

    def render(self, frame: DepthFrame, rig: StereoRig) -> Image:
        """(h, w, 3) uint8 RGB, both sides even; of one size as long as frames are."""
        raise NotImplementedError
