"""Turns depth frames into what a window draws: colours, limits, histogram, cloud. One thread, only on demand.

It makes the next view when the last one was taken, so a slow screen costs the estimator nothing.
"""

import logging
import threading
import time
import traceback
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import CameraChoice, StereoRig
from depthview.engine.cloud import PointCloud, cloud_from_depth
from depthview.engine.colour import COLOUR_MAPS, Limits, RunningLimits, colourise, lookup_table, within_distance
from depthview.engine.errors import UserError
from depthview.engine.frames import DepthFrame, Image
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.progress import StopToken
from depthview.engine.stereo.compose import PictureMode, compose

_log = logging.getLogger(__name__)

_IDLE_S = 0.25
_HISTOGRAM_BINS = 64


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """How depth is shown.

    `limits_px` fixes the colour range, None lets it follow the picture. Beyond `max_distance_m` all counts as unknown.
    `largest_px` bounds the longer side of the coloured picture: a pane need not paint what it cannot show.
    `cloud_points` bounds the cloud; 0 makes none.
    """

    colour_map: str = COLOUR_MAPS[0]
    limits_px: Limits | None = None
    max_distance_m: float | None = None
    camera: CameraChoice = CameraChoice()  # noqa: RUF009 - frozen
    largest_px: int = 1280
    cloud_points: int = 120_000
    picture: PictureMode = PictureMode.LEFT


@dataclass(frozen=True, slots=True)
class LiveView:
    """One depth frame as a window shows it.

    `picture_rgb`, `depth_rgb`: (h, w, 3) uint8, at most `largest_px` long.
    `limits_px`: the disparity at the colour table's two ends.
    `histogram`: counts of known disparities in equal bins over the limits. `has_depth` is False when all that is shown
    is unknown. `cloud` is None when none was wanted.
    """

    depth: DepthFrame
    rig: StereoRig
    picture_rgb: Image
    depth_rgb: Image
    limits_px: Limits
    histogram: NDArray[np.int64]
    has_depth: bool
    cloud: PointCloud | None


class Presenter:
    """Takes the newest depth frame from `source`, leaves the newest view in `views`."""

    def __init__(self, source: Mailbox[DepthFrame], settings: ViewSettings | None = None) -> None:
        self.views: Mailbox[LiveView] = Mailbox()
        self._source = source
        self._settings = settings or ViewSettings()
        self._lock = threading.Lock()
        self._anew_from_s = 0.0
        self._fault: UserError | None = None
        self._stop = StopToken()
        self._thread = threading.Thread(target=self._run, name="depthview-presenter", daemon=True)
        self._thread.start()

    @property
    def fault(self) -> UserError | None:
        """Why the last frame could not be drawn; None once one could."""
        with self._lock:
            return self._fault

    def configure(self, settings: ViewSettings) -> None:
        """Use `settings` from the next view on; the present frame is drawn again."""
        with self._lock:
            self._settings = settings
        self._source.wake()

    def start_over(self) -> None:
        """Another source: frames captured from now on get a colour range of their own."""
        with self._lock:
            self._anew_from_s = time.perf_counter()
            self._fault = None

    def close(self, timeout_s: float = 1.0) -> bool:
        """End the thread; True when it ended in time."""
        self._stop.stop()
        self._source.wake()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _run(self) -> None:
        running, running_from_s = RunningLimits(), 0.0
        held: DepthFrame | None = None
        drawn: ViewSettings | None = None
        while not self._stop.stopped:
            # First the room, then the frame: a view made ahead of its time would be shown late.
            if not self.views.wait_until_empty(_IDLE_S):
                continue
            fresh = self._source.take(_IDLE_S)
            with self._lock:
                settings, anew_from_s = self._settings, self._anew_from_s
            held = fresh or held
            if held is None or (fresh is None and settings == drawn):
                continue
            drawn = settings
            if running_from_s < anew_from_s <= held.pair.captured_at:
                running, running_from_s = RunningLimits(), anew_from_s
            fault: UserError | None = None
            try:
                view = make_view(held, settings, running, at_s=time.monotonic())
            except UserError as error:
                fault = error
            except Exception as error:  # noqa: BLE001 - one frame that cannot be shown must not be the last one
                _log.exception("A view could not be made")
                sentence = "This picture's depth could not be drawn: choose another model or other colours."
                fault = UserError(sentence, details="".join(traceback.format_exception(error)))
            else:
                self.views.put(view)
            with self._lock:
                if held.pair.captured_at >= self._anew_from_s:  # what was open before is nobody's trouble any more
                    self._fault = fault


def make_view(depth: DepthFrame, settings: ViewSettings, running: RunningLimits, *, at_s: float) -> LiveView:
    """Colour one frame. `running` carries the automatic colour range from frame to frame."""
    rig = settings.camera.rig_for(depth.pair.size_hw)
    shown = within_distance(depth.disparity_px, rig, settings.max_distance_m)
    limits = settings.limits_px or running.follow(shown, at_s)
    shown = _at_most(shown, settings.largest_px)
    cloud = None
    if settings.cloud_points:
        cloud = cloud_from_depth(depth, rig, max_distance_m=settings.max_distance_m, max_points=settings.cloud_points)
    sample = shown[::2, ::2]
    counts, _edges = np.histogram(sample[np.isfinite(sample)], bins=_HISTOGRAM_BINS, range=_increasing(limits))
    return LiveView(
        depth=depth,
        rig=rig,
        picture_rgb=compose(depth.pair, settings.picture, largest_px=settings.largest_px),
        depth_rgb=colourise(shown, limits, lookup_table(settings.colour_map)),
        limits_px=limits,
        histogram=counts.astype(np.int64),
        has_depth=bool(np.isfinite(shown).any()),
        cloud=cloud,
    )


def _at_most(disparity_px: NDArray[np.float32], largest_px: int) -> NDArray[np.float32]:
    """The same values (in the full picture's pixels) on a smaller grid; nothing is blended across edges."""
    height, width = disparity_px.shape
    scale = largest_px / max(height, width)
    if scale >= 1:
        return disparity_px
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(disparity_px, size, interpolation=cv2.INTER_NEAREST), np.float32)


def _increasing(limits: Limits) -> Limits:
    low, high = limits
    return (low, high) if high > low else (low, low + 1e-3)
