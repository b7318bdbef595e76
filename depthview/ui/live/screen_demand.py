"""How much work what is on the screen is worth: nobody needs more pixels than the panes show, or a cloud unseen."""

from dataclasses import dataclass

from depthview.engine.live.presenter import ViewSettings
from depthview.engine.stereo.views.compose import PictureMode
from depthview.ui.live.look import Look
from depthview.ui.live.panes import LivePanes

_CLOUD_POINTS = 120_000
_SIZE_STEP_PX = 160
_FULL_SIZE_PX = 1 << 16
_HIDDEN_PX = 320


@dataclass(frozen=True, slots=True)
class ScreenDemand:
    """`largest_px`: the longer side of what is coloured; `cloud`: whether one is shown somewhere."""

    largest_px: int = 960
    cloud: bool = True

    def settings(self, look: Look, picture: PictureMode) -> ViewSettings:
        """What is to be made of each frame: as `look` says, the `picture` beside it, and no more than is wanted."""
        return ViewSettings(
            colour_map=look.colour_map,
            limits=look.limits,
            max_distance_m=look.max_distance_m,
            camera=look.camera,
            largest_px=self.largest_px,
            cloud_points=_CLOUD_POINTS if self.cloud else 0,
            min_confidence=look.min_confidence,
            picture=picture,
        )


def screen_demand(panes: LivePanes, *, cloud_lent: bool) -> ScreenDemand:
    """What the panes show now: all pixels once somebody zooms in. `cloud_lent`: another place shows the cloud."""
    views = [view for view in (panes.picture_view, panes.depth_view.image) if view.isVisible()]
    if any(view.magnification > 1.0 for view in views):
        largest_px = _FULL_SIZE_PX
    else:
        shown = max((max(v.width(), v.height()) * v.devicePixelRatioF() for v in views), default=_HIDDEN_PX)
        largest_px = -(-int(shown) // _SIZE_STEP_PX) * _SIZE_STEP_PX
    return ScreenDemand(largest_px, cloud_lent or panes.cloud_pane.isVisible())
