"""A frame of a movie with all that its pictures and files are made of."""

from dataclasses import dataclass, replace

from depthview.engine.camera import CameraChoice, StereoRig
from depthview.engine.colour import Limits, RunningLimits
from depthview.engine.depth import DepthScale
from depthview.engine.frames import DepthFrame
from depthview.engine.metres import rig_of


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """`depth` is whole; in `shown` what is too far is unknown. `limits` are those of the colours, in nearness."""

    index: int
    depth: DepthFrame
    shown: DepthFrame
    rig: StereoRig
    scale: DepthScale
    limits: Limits


class Moments:
    """Makes them of a video's depth frames, in their order: colours follow the scene calmly. Owned by one thread."""

    def __init__(self, max_distance_m: float | None) -> None:
        self._max_distance_m = max_distance_m
        self._running = RunningLimits()
        self._scene: int | None = None

    def of(self, index: int, depth: DepthFrame, camera: CameraChoice) -> Moment:
        """The frame `depth`, the movie's `index`-th from 0, as `camera` says."""
        rig = rig_of(depth.pair, camera)
        scale = DepthScale.of(depth, rig)
        values = scale.within(depth.values, self._max_distance_m)
        if depth.scene != self._scene:
            self._running.start_over()
            self._scene = depth.scene
        limits = self._running.follow(scale.nearness(values), depth.pair.pts_s, least_pad=scale.least_pad)
        return Moment(index, depth, replace(depth, values=values), rig, scale, limits)
