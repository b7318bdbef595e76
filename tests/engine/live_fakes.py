"""Sources and estimators that do exactly what a test tells them, for playback and session."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.frames import Frame, Image, StereoPair
from depthview.engine.progress import StopToken
from depthview.engine.sources import Notice, SourceInfo, SourceKind, Spec

PATIENCE_S = 60.0
"""How long a test waits for what must come. It is no measure of anything: a busy machine takes its time, and the first
look of a process compiles for five seconds on an idle one."""

EYE = np.random.default_rng(1).integers(0, 256, (24, 32, 3)).astype(np.uint8)


def wait_until(reached: Callable[[], bool], what: str = "") -> None:
    until = time.monotonic() + PATIENCE_S
    while not reached():
        assert time.monotonic() < until, f"never came: {what or reached}"
        time.sleep(0.002)


def depthview_threads() -> list[str]:
    return sorted(t.name for t in threading.enumerate() if t.name.startswith("depthview-"))


class FakeSource:
    """`count` frames at `fps`; what `script` holds at a position is given, raised or called before that frame."""

    def __init__(
        self,
        count: int = 10,
        *,
        fps: float = 1000.0,
        kind: SourceKind = SourceKind.VIDEO,
        seekable: bool = True,
        script: dict[int, Notice | Exception | Callable[[], None]] | None = None,
        image: Image = EYE,
        title: str = "fake",
    ) -> None:
        self.info = SourceInfo(kind, title, title, EYE.shape[:2], fps, count / fps, seekable)
        self._count, self._script, self._image = count, dict(script or {}), image
        self._next = 0
        self._seq = 0
        self.reads = 0
        self.seeks: list[float] = []
        self.closed = 0
        self.threads: set[int] = set()

    def read(self) -> Frame | Notice | None:
        self.threads.add(threading.get_ident())
        self.reads += 1
        act = self._script.pop(self._next, None)
        if isinstance(act, Notice):
            return act
        if isinstance(act, Exception):
            raise act
        if act is not None:
            act()
        if self._next >= self._count:
            return None
        frame = Frame(self._image, self._image, self._seq, self._next / self.info.fps, time.perf_counter())
        self._next += 1
        self._seq += 1
        return frame

    def seek(self, pts_s: float) -> None:
        self.threads.add(threading.get_ident())
        self.seeks.append(pts_s)
        self._next = min(int(np.ceil(pts_s * self.info.fps - 1e-6)), self._count - 1)

    def close(self) -> None:
        self.threads.add(threading.get_ident())
        self.closed += 1


class Shelf:
    """Opens the fake sources it holds by their names, and remembers how it was asked."""

    def __init__(self, **sources: "FakeSource | Exception | Callable[[], FakeSource]") -> None:
        self.sources = sources
        self.opened: list[str] = []

    def __call__(self, spec: Spec, stop: StopToken) -> FakeSource:
        name = spec if isinstance(spec, str) else spec[0]
        self.opened.append(name)
        source = self.sources[name]
        if isinstance(source, Exception):
            raise source
        return source if isinstance(source, FakeSource) else source()


class FakeEstimator:
    """Says its number everywhere. `gate` holds `estimate` back until it is set."""

    def __init__(self, selection: Selection, number: float = 1.0, gate: threading.Event | None = None) -> None:
        self.info = EstimatorInfo(f"fake {selection.model_id}", selection, "CPU")
        self._number, self._gate = number, gate
        self.estimated = 0
        self.closed = 0
        self.at_work = False
        self.closed_at_work = False
        self.fails: Exception | None = None

    def estimate(self, pair: StereoPair) -> Estimate:
        assert not self.closed, "a closed estimator is asked"
        self.at_work = True
        try:
            if self._gate is not None:
                self._gate.wait(PATIENCE_S)
            if self.fails is not None:
                raise self.fails
            self.estimated += 1
            return Estimate(np.full(pair.size_hw, self._number, np.float32))
        finally:
            self.at_work = False

    def close(self) -> None:
        self.closed_at_work = self.closed_at_work or self.at_work
        self.closed += 1


class Workshop:
    """Builds fake estimators: model "7" says 7. Gates hold building or estimating back; failures are told before."""

    def __init__(self) -> None:
        self.built: list[FakeEstimator] = []
        self.asked: list[str] = []
        self.fails: dict[str, Exception] = {}
        self.build_gates: dict[str, threading.Event] = {}
        self.estimate_gates: dict[str, threading.Event] = {}
        self._lock = threading.Lock()
        self.most_alive = 0

    def __call__(self, selection: Selection) -> FakeEstimator:
        with self._lock:
            self.asked.append(selection.model_id)
            self.most_alive = max(self.most_alive, 1 + len(self.alive))
        if selection.model_id in self.build_gates:
            self.build_gates[selection.model_id].wait(PATIENCE_S)
        if selection.model_id in self.fails:
            raise self.fails[selection.model_id]
        made = FakeEstimator(selection, float(selection.model_id), self.estimate_gates.get(selection.model_id))
        with self._lock:
            self.built.append(made)
        return made

    @property
    def alive(self) -> list[str]:
        return [e.info.selection.model_id for e in self.built if not e.closed]

    def of(self, model_id: str) -> FakeEstimator:
        return next(e for e in reversed(self.built) if e.info.selection.model_id == model_id)


def check_no_threads_left() -> Iterator[None]:
    """The body of a fixture: the test's own DepthView threads have ended."""
    before = set(threading.enumerate())
    yield

    def left() -> Sequence[str]:
        return [t.name for t in set(threading.enumerate()) - before if t.name.startswith("depthview-")]

    until = time.monotonic() + PATIENCE_S
    while left() and time.monotonic() < until:
        time.sleep(0.01)
    assert not left()
