"""Turns depth frames into what a window draws: colours, limits, histogram, cloud. One thread, only on demand.

It makes the next view when the last one was taken, so a slow screen costs the estimator nothing. A cloud costs as much
as all the rest of a view, and no 3D pane shows more than a few a second: while frames stream only some views bring
one. The last frame always gets its cloud, so that a paused picture and its cloud are of the same moment.
"""

import logging
import math
import threading
import time
import traceback
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import CameraChoice, StereoRig
from depthview.engine.cloud import PointCloud, cloud_from_depth
from depthview.engine.colour import COLOUR_MAPS, Limits, RunningLimits, colourise, lookup_table
from depthview.engine.depth import DepthScale
from depthview.engine.errors import UserError
from depthview.engine.frames import DepthFrame, Image, Values
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.metres import rig_of
from depthview.engine.progress import StopToken
from depthview.engine.stereo.views.compose import PictureMode, compose

_log = logging.getLogger(__name__)

_IDLE_S = 0.25
_HISTOGRAM_BINS = 64
_CLOUD_PERIOD_S = 0.12


@dataclass(frozen=True, slots=True)
class ViewSettings:
    """How depth is shown.

    `limits` (nearness) fixes the colour range, None lets it follow the picture. Beyond `max_distance_m` all counts as
    unknown, where there are metres.
    `largest_px` bounds the longer side of the coloured picture: a pane need not paint what it cannot show.
    `cloud_points` bounds the cloud; 0 makes none. The cloud leaves out what the model trusts less than
    `min_confidence` (0..1), where it says how sure it is.
    """

    colour_map: str = COLOUR_MAPS[0]
    limits: Limits | None = None
    max_distance_m: float | None = None
    camera: CameraChoice = CameraChoice()  # noqa: RUF009 - frozen
    largest_px: int = 1280
    cloud_points: int = 120_000
    min_confidence: float = 0.0
    picture: PictureMode = PictureMode.LEFT


@dataclass(frozen=True, slots=True)
class LiveView:
    """One depth frame as a window shows it.

    `picture_rgb`, `depth_rgb`: (h, w, 3) uint8, at most `largest_px` long.
    `depth` is at the scale and offset that a video's relative depth is shown at; `rig` is of its own width.
    `limits`: the nearness at the colour table's two ends.
    `histogram`: counts of known pixels in equal bins over the limits. `has_depth` is False when all that is shown
    is unknown. `cloud` is of this very depth; None when none was wanted, or when frames come so fast that this one
    goes without: what was shown before may stay.
    """

    depth: DepthFrame
    rig: StereoRig
    picture_rgb: Image
    depth_rgb: Image
    limits: Limits
    histogram: NDArray[np.int64]
    has_depth: bool
    cloud: PointCloud | None

    @property
    def scale(self) -> DepthScale:
        """How the depth's values are to be read."""
        return DepthScale(self.depth.meaning, self.rig, self.depth.guessed)


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
        clouds = _Clouds()
        held: DepthFrame | None = None
        scene: tuple[object, ...] = ()
        drawn: ViewSettings | None = None
        view: LiveView | None = None
        while not self._stop.stopped:
            # First the room, then the frame: a view made ahead of its time would be shown late.
            if not self.views.wait_until_empty(_IDLE_S):
                continue
            fresh = self._source.take(min(_IDLE_S, clouds.owed_in_s(time.monotonic())))
            with self._lock:
                settings, anew_from_s = self._settings, self._anew_from_s
            held = fresh or held
            same = fresh is None and settings == drawn
            at_s = time.monotonic()
            if held is None or (same and clouds.owed_in_s(at_s) > 0):
                continue
            drawn = settings
            if running_from_s < anew_from_s <= held.pair.captured_at:
                running, running_from_s = RunningLimits(), anew_from_s
                clouds = _Clouds()
            fault: UserError | None = None
            try:
                if fresh is not None and _scene_of(fresh) != scene:
                    scene = _scene_of(fresh)
                    running.start_over()
                if same and view is not None:
                    view = replace(view, cloud=clouds.pay(at_s))
                else:
                    view = make_view(held, settings, running, at_s=at_s, cloud=clouds.follow(held, settings, at_s))
            except UserError as error:
                fault = error
            except Exception as error:  # noqa: BLE001 - one frame that cannot be shown must not be the last one
                _log.exception("A view could not be made")
                sentence = "This picture's depth could not be drawn: choose another model or other colours."
                fault = UserError(sentence, details="".join(traceback.format_exception(error)))
            else:
                self.views.put(view)
            if fault is not None:
                clouds = _Clouds()  # nothing is owed to a frame that could not be drawn
            with self._lock:
                if held.pair.captured_at >= self._anew_from_s:  # what was open before is nobody's trouble any more
                    self._fault = fault


def _scene_of(depth: DepthFrame) -> tuple[object, ...]:
    """What has to stay the same for a colour range to go on."""
    return depth.scene, depth.model, depth.meaning, depth.values.shape


class _Clouds:
    """When a frame gets a cloud: now and then while frames stream, at once when what a cloud depends on was changed,
    and the last one as soon as it is plain that none follows. Times are seconds of time.monotonic()."""

    def __init__(self) -> None:
        self._cloud: PointCloud | None = None
        self._of: tuple[DepthFrame, ViewSettings] | None = None
        self._tried_at_s = -math.inf
        self._owed_at_s = math.inf

    def follow(self, depth: DepthFrame, settings: ViewSettings, at_s: float) -> PointCloud | None:
        """The cloud of `depth`, or None when its turn has not come."""
        changed = self._of is None or _of_clouds(settings) != _of_clouds(self._of[1])
        stays = self._of is not None and self._of[0] is depth
        self._of = depth, settings
        if not settings.cloud_points:
            self._cloud, self._owed_at_s = None, math.inf
        elif changed or (not stays and at_s - self._tried_at_s >= _CLOUD_PERIOD_S):
            self.pay(at_s)
        elif not stays:
            self._cloud, self._owed_at_s = None, at_s + _CLOUD_PERIOD_S
        return self._cloud

    def owed_in_s(self, at_s: float) -> float:
        """How long it is until the last frame gets its cloud; infinite when it has it."""
        return max(0.0, self._owed_at_s - at_s)

    def pay(self, at_s: float) -> PointCloud | None:
        """Make the cloud of the last frame now."""
        assert self._of is not None  # nothing is owed before a frame came
        # Before it is made: one that cannot be made is not tried again and again.
        self._cloud, self._tried_at_s, self._owed_at_s = None, at_s, math.inf
        self._cloud = make_cloud(*self._of)
        return self._cloud


def _of_clouds(settings: ViewSettings) -> tuple[object, ...]:
    """What a cloud depends on; the colours of the depth are none of it."""
    return settings.camera, settings.max_distance_m, settings.cloud_points, settings.min_confidence


def make_cloud(depth: DepthFrame, settings: ViewSettings) -> PointCloud | None:
    """The cloud of one frame; None when none is wanted."""
    if not settings.cloud_points:
        return None
    return cloud_from_depth(
        depth,
        rig_of(depth.pair, settings.camera),
        max_distance_m=settings.max_distance_m,
        max_points=settings.cloud_points,
        min_confidence=settings.min_confidence,
    )


def make_view(
    depth: DepthFrame, settings: ViewSettings, running: RunningLimits, *, at_s: float, cloud: PointCloud | None
) -> LiveView:
    """Colour one frame, and put its `cloud` beside it. `running` carries the automatic colour range from frame to
    frame."""
    rig = rig_of(depth.pair, settings.camera)
    scale = DepthScale(depth.meaning, rig, depth.guessed)
    shown = scale.nearness(scale.within(depth.values, settings.max_distance_m))
    limits = settings.limits or running.follow(shown, at_s, least_pad=scale.least_pad)
    shown = _at_most(shown, settings.largest_px)
    sample = shown[::2, ::2]
    counts, _edges = np.histogram(sample[np.isfinite(sample)], bins=_HISTOGRAM_BINS, range=_increasing(limits))
    return LiveView(
        depth=depth,
        rig=rig,
        picture_rgb=compose(depth.pair, settings.picture, largest_px=settings.largest_px),
        depth_rgb=colourise(shown, limits, lookup_table(settings.colour_map)),
        limits=limits,
        histogram=counts.astype(np.int64),
        has_depth=bool(np.isfinite(shown).any()),
        cloud=cloud,
    )


def _at_most(nearness: Values, largest_px: int) -> Values:
    """The same values (of the full picture) on a smaller grid; nothing is blended across edges."""
    height, width = nearness.shape
    scale = largest_px / max(height, width)
    if scale >= 1:
        return nearness
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return np.asarray(cv2.resize(nearness, size, interpolation=cv2.INTER_NEAREST), np.float32)


def _increasing(limits: Limits) -> Limits:
    low, high = limits
    return (low, high) if high > low else (low, low + 1e-3)
