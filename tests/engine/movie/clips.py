"""Small stereo movies whose depth is known, and tasks over them."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import CameraChoice
from depthview.engine.depth_road import RoadChoices
from depthview.engine.estimators.base import Selection
from depthview.engine.frames import Layout
from depthview.engine.models.usual import UsualModels
from depthview.engine.movie.task import MovieTask
from depthview.engine.progress import PauseToken, StopToken
from depthview.engine.stereo.prepare.choices import UNTOUCHED
from tests.engine.coded_clips import write_clip
from tests.engine.dot_pairs import flat_pair
from tests.engine.live_fakes import wait_until

HW = (90, 160)
DISPARITY_PX = 8
FPS = 25
CAMERA = CameraChoice(baseline_m=0.1, focal_px=160.0)
DEPTH_M = 160.0 * 0.1 / DISPARITY_PX

_PATIENCE = 8
"""A process takes a while to begin on a crowded machine: so many times as long as a test usually waits."""


def side_by_side(number: int) -> NDArray[np.uint8]:
    """A wall that moves up a pixel a frame, both eyes in one picture."""
    pair = flat_pair(*HW, DISPARITY_PX)
    both = np.concatenate([pair.left, pair.right], axis=1)
    return np.asarray(np.roll(both, -number, axis=0), np.uint8)


def stereo_clip(path: Path, count: int = 30, **how: Any) -> Path:
    return write_clip(path, (side_by_side(n) for n in range(count)), fps=FPS, **how)


def with_sound(path: Path, silent: Path, seconds: float, codec: str = "aac") -> Path:
    """`silent` and a tone of 440 Hz."""
    rate = 48000
    tone = (9000 * np.sin(2 * np.pi * 440 * np.arange(int(seconds * rate)) / rate)).astype(np.int16)
    with av.open(str(silent)) as pictures, av.open(str(path), "w") as film:
        source = pictures.streams.video[0]
        shown = film.add_stream_from_template(source)
        heard: Any = film.add_stream(codec, rate=rate)
        heard.layout = "mono"
        for packet in pictures.demux(source):
            if packet.dts is not None:
                packet.stream = shown
                film.mux(packet)
        frame = av.AudioFrame.from_ndarray(tone[None], format="s16", layout="mono")
        frame.sample_rate, frame.pts = rate, 0
        for packet in (*heard.encode(frame), *heard.encode(None)):
            film.mux(packet)
    return path


def task_over(clip: Path, folder: Path, *, steady: bool = False, **how: Any) -> MovieTask:
    """Matched by the classical method, which says the same of the same frame, in a known camera."""
    sgm = Selection("sgm", None, HW)
    road = RoadChoices(Layout.SIDE_BY_SIDE, False, CAMERA, UNTOUCHED, steady)
    return replace(MovieTask((str(clip),), folder, road, UsualModels(sgm, sgm)), **how)


class Listener:
    """What an export says, with a stop after so many frames."""

    def __init__(self, stop_at: int | None = None) -> None:
        self.stop, self.pause = StopToken(), PauseToken()
        self.phases: list[str] = []
        self.done: list[int] = []
        self.notices: list[str] = []
        self._stop_at = stop_at

    def report(self, progress: Any) -> None:
        if not self.phases or self.phases[-1] != progress.phase:
            self.phases.append(progress.phase)
        self.done.append(progress.done)
        if self._stop_at is not None and progress.done >= self._stop_at:
            self.stop.stop()

    @property
    def told(self) -> dict[str, Any]:
        return {"report": self.report, "tell": self.notices.append, "stop": self.stop, "pause": self.pause}


def film_of(path: Path, given: str) -> tuple[list[float], list[NDArray[Any]]]:
    """When its pictures are shown, and the pictures."""
    with av.open(str(path)) as film:
        frames = [(float(frame.time), frame.to_ndarray(format=given)) for frame in film.decode(video=0)]
    return [at for at, _image in frames], [image for _at, image in frames]


def files_in(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def patiently(reached: Callable[[], bool], what: str) -> None:
    for _ in range(_PATIENCE - 1):
        try:
            return wait_until(reached, what)
        except AssertionError:
            continue
    return wait_until(reached, what)
