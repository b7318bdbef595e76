"""The 3D pane of Live: made when there is a first cloud, since VTK costs a third of a second."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from depthview.engine.cloud import PointCloud
from depthview.engine.live.presenter import LiveView
from depthview.ui.live.panes import LivePanes
from depthview.ui.parts.depth_words import why_no_point

if TYPE_CHECKING:
    from depthview.ui.scene.viewport import Viewport


class CloudStage:
    """Shows the clouds of views in the cloud pane. `made` is called with the 3D view when there is one."""

    def __init__(self, panes: LivePanes, made: "Callable[[Viewport], None]") -> None:
        self.viewport: Viewport | None = None
        self._panes, self._made = panes, made
        self._aim_anew, self._aimed_blind = True, False
        self._point_size = 1.0

    def aim_anew(self) -> None:
        """Something else comes: its first cloud is looked at from where it was taken."""
        self._aim_anew = True

    def show(self, view: LiveView) -> None:
        """The cloud of `view`; one that brings none leaves what was shown before."""
        cloud = view.cloud
        if cloud is None or not (len(cloud) or self.viewport is not None):
            return
        viewport = self._ensure_viewport()
        viewport.say_when_empty(why_no_point(view))
        if cloud is not viewport.cloud:  # a view with other colours brings the same cloud once more
            viewport.set_cloud(cloud)
        if len(cloud):
            self._aim(viewport, view)

    def _aim(self, viewport: "Viewport", view: LiveView) -> None:
        """Once at what comes first; once more where the eyes turn out to converge, which puts everything elsewhere."""
        span = view.depth.pair.span
        if self._aim_anew or (self._aimed_blind and span is not None and span.lowest_px < 0):
            viewport.reset_view()
            self._aim_anew, self._aimed_blind = False, span is None
        elif span is not None:
            self._aimed_blind = False

    def set_point_size(self, factor: float) -> None:
        """1 = points just close the surface."""
        self._point_size = factor
        if self.viewport is not None:
            self.viewport.set_point_size(factor)

    def clear(self) -> None:
        if self.viewport is None:
            return
        self.viewport.say_when_empty("")  # why there was no point is not true of what is being opened
        if len(self.viewport.cloud):
            self.viewport.set_cloud(None)

    @property
    def cloud(self) -> PointCloud | None:
        """The last that there was."""
        return self.viewport.cloud if self.viewport is not None else None

    def _ensure_viewport(self) -> "Viewport":
        if self.viewport is None:
            from depthview.ui.scene.viewport import Viewport

            self.viewport = Viewport(self._panes)
            self.viewport.set_point_size(self._point_size)
            self._panes.cloud_pane.set_view(self.viewport)
            self._made(self.viewport)
        return self.viewport
