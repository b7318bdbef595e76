"""The real window, playing the sample while its throughput, latency, heartbeat and memory are taken.

Of a model for one eye the sample is its left eye, as an ordinary film.
"""

import contextlib
import itertools
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

import psutil
from PySide6.QtCore import QEventLoop, Qt, QTimer
from PySide6.QtWidgets import QApplication

from benchmarks.figures import calls_per_second
from depthview.engine.estimators.base import Estimator, Selection
from depthview.engine.frames import Frame, Layout, StereoPair
from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.threads import inference_threads, share_cores
from depthview.engine.models.library import ModelLibrary
from depthview.engine.resources import sample
from depthview.engine.sources import open_source
from depthview.engine.stereo.eyes.split import split, whole
from depthview.engine.video_file import video_file
from depthview.ui.app import start
from depthview.ui.main_window import MainWindow
from depthview.ui.settings import Preferences

_BEAT_MS = 20
_FIRST_DEPTH_S = 30.0
_PAIRS = 24
_FPS = 24.0
_MEMORY_EVERY_S = 0.5


@dataclass(slots=True)
class Run:
    """What one stretch of playing gave. Ratios are to the bare estimator loop that ran beside it."""

    eyes: int = 2
    throughput_ratios: list[float] = field(default_factory=list)
    latency_median_ratios: list[float] = field(default_factory=list)
    latency_p95_ratios: list[float] = field(default_factory=list)
    bare_fps: list[float] = field(default_factory=list)
    session_fps: list[float] = field(default_factory=list)
    gaps_s: list[float] = field(default_factory=list)
    memory: list[tuple[float, float]] = field(default_factory=list)


def measure(selection: Selection, *, rounds: int, seconds: float, watch_s: float) -> Run:
    """Alternate a bare loop over ready pairs and the playing window, `rounds` times `seconds` each.

    Then, warm, let the clip loop for `watch_s` and take the resident memory (MB) every half second.
    """
    application = start([])
    share_cores()
    library = ModelLibrary()
    estimator = library.open_estimator(selection, threads=inference_threads())
    run = Run(estimator.info.eyes)
    with tempfile.TemporaryDirectory(prefix="depthview-bench-") as folder, contextlib.closing(estimator):
        clip = sample().clip if run.eyes == 2 else _left_eye(Path(folder) / "room.mp4")
        pairs = [_pair(frame, run.eyes) for frame in itertools.islice(_frames(clip), _PAIRS)]
        _bare(estimator, pairs, 1.0)
        window = _play(application, selection, clip)
        try:
            for _ in range(rounds):
                # The window stays open, but its clip is paused: the bare loop has the machine to itself.
                _pause(window, True)
                _spin(application, 0.5)
                bare_fps = _bare(estimator, pairs, seconds)
                _pause(window, False)
                _set_source_rate(window, bare_fps)
                _spin(application, 1.5)
                _listen(application, window, seconds, bare_fps, run)
            _watch_memory(application, watch_s, run)
        finally:
            window.close()
    return run


def _watch_memory(application: QApplication, seconds: float, run: Run) -> None:
    process = psutil.Process()
    started = time.monotonic()
    while time.monotonic() - started < seconds:
        _spin(application, _MEMORY_EVERY_S)
        run.memory.append((time.monotonic() - started, process.memory_info().rss / 1e6))


def _frames(clip: Path) -> Iterator[Frame]:
    source = open_source(str(clip))
    try:
        yield from (item for item in iter(source.read, None) if isinstance(item, Frame))
    finally:
        source.close()


def _pair(frame: Frame, eyes: int) -> StereoPair:
    return whole(frame) if eyes == 1 else split(frame, Layout.SIDE_BY_SIDE, swap=False)


def _left_eye(path: Path) -> Path:
    """The sample as one camera would have taken it."""
    with video_file(path, _FPS) as film:
        for frame in _frames(sample().clip):
            film.add(_pair(frame, 2).left, frame.pts_s)
    return path


def _bare(estimator: Estimator, pairs: list[StereoPair], seconds: float) -> float:
    # A film to the estimator, as in the session: one that goes on from the moment before does so here too.
    film = (replace(pair, seq=n, pts_s=n / _FPS) for n, pair in enumerate(itertools.cycle(pairs)))
    return calls_per_second(lambda _index: estimator.estimate(next(film)), seconds)


def _play(application: QApplication, selection: Selection, clip: Path) -> MainWindow:
    window = MainWindow(Preferences())
    window.show()
    window.open((str(clip),))
    workspace = window.live.workspace
    assert workspace is not None
    workspace.session.configure(LiveSettings(selection))
    deadline = time.monotonic() + _FIRST_DEPTH_S
    while workspace.viewport is None or workspace.session.status.loading is not None:
        if time.monotonic() > deadline:
            raise SystemExit("no depth appeared in the window")
        _spin(application, 0.1)
    return window


def _pause(window: MainWindow, paused: bool) -> None:
    assert window.live.workspace is not None
    playback = window.live.workspace.session.playback
    assert playback is not None
    playback.set_paused(paused)


def _set_source_rate(window: MainWindow, bare_fps: float) -> None:
    """The source has to be quicker than the estimator, or the source is what is measured."""
    assert window.live.workspace is not None
    playback = window.live.workspace.session.playback
    assert playback is not None
    info = playback.status.info
    assert info is not None
    playback.set_speed(max(1.0, 1.3 * bare_fps / (info.fps or 24.0)))


def _listen(application: QApplication, window: MainWindow, seconds: float, bare_fps: float, run: Run) -> None:
    assert window.live.workspace is not None
    session = window.live.workspace.session
    beats: list[float] = []
    heart = QTimer()
    heart.setTimerType(Qt.TimerType.PreciseTimer)
    heart.timeout.connect(lambda: beats.append(time.perf_counter()))
    heart.start(_BEAT_MS)
    before, started = session.status.telemetry, time.perf_counter()
    _spin(application, seconds)
    after, ended = session.status.telemetry, time.perf_counter()
    heart.stop()
    fps = (after.frames_out - before.frames_out) / (ended - started)
    run.bare_fps.append(bare_fps)
    run.session_fps.append(fps)
    run.throughput_ratios.append(fps / bare_fps)
    run.latency_median_ratios.append(after.latency_median_s * bare_fps)
    run.latency_p95_ratios.append(after.latency_p95_s * bare_fps)
    run.gaps_s += [b - a for a, b in itertools.pairwise(beats)]


def _spin(application: QApplication, seconds: float) -> None:
    loop = QEventLoop()
    QTimer.singleShot(round(seconds * 1000), loop.quit)
    loop.exec()
