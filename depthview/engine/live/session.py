"""The Live road: source -> frame -> pair -> estimator -> depth frame, in two threads with a mailbox between them.

The reader thread (playback.py) delivers frames into the inbox; the estimator thread takes the newest, splits it,
estimates, and leaves the result in `results`. Whoever looks takes it from there when it has time.
"""

import threading
import time
import traceback
from contextlib import AbstractContextManager
from dataclasses import replace

import numpy as np

from depthview.engine.camera import CameraChoice
from depthview.engine.depth_road import DepthRoad, RoadChoices
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, EstimatorInfo, RefiningEstimator
from depthview.engine.frames import DepthFrame, Frame, StereoPair
from depthview.engine.live.judging import JudgingThread
from depthview.engine.live.loader import Build, EstimatorLoader
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.live.playback import Clock, Opener, Phase, Playback
from depthview.engine.live.settings import LiveSettings
from depthview.engine.live.status import SessionStatus
from depthview.engine.live.telemetry import Counters
from depthview.engine.progress import StopToken
from depthview.engine.sources import Notice, Source, SourceKind, Spec, open_source
from depthview.engine.stereo.eyes.split import MIN_EYE_PX
from depthview.engine.stereo.prepare.judge import PairJudge
from depthview.engine.stereo.prepare.preparation import Prepared
from depthview.engine.stereo.prepare.preparer import EyesDecision

_IDLE_S = 0.25
_LOADING_POLL_S = 0.01
_LOADER_CLOSE_S = 1.0


class LiveSession:
    """Plays one source at a time and estimates depth as it plays.

    `build` makes an estimator from a selection (it may be slow: it runs in a thread of its own). `results` holds the
    newest DepthFrame, `tap` the newest frame as it came, for whoever calibrates. An estimator for one eye gets any
    picture, or the left eye of two. Of a picture that cannot be split for one of two eyes it is the picture for both,
    with all depth unknown, so that it can be seen; such a frame counts as dropped, and a recorder (EVERY_FRAME) gets
    none. All methods may be called from any thread and return at once, but for `close`.
    """

    def __init__(
        self,
        build: Build,
        *,
        settings: LiveSettings | None = None,
        clock: Clock = Clock.LIVE,
        opener: Opener | None = None,
    ) -> None:
        self.results: Mailbox[DepthFrame] = Mailbox()
        self.tap: Mailbox[Frame] = Mailbox()
        self._settings, self._settled_at = settings or LiveSettings(), 0.0
        self._clock, self._opener = clock, opener or _open
        self._inbox: Mailbox[tuple[int, Frame]] = Mailbox()
        self._counters = Counters()
        self._loader = EstimatorLoader(build, on_ready=self._inbox.wake)
        self._lock = threading.Lock()
        self._stop = StopToken()
        self._playback: Playback | None = None
        self._generation = 0
        self._judging = JudgingThread(on_news=self._inbox.wake)
        self._road: DepthRoad | None = None
        self._road_of_generation = 0
        self._decision: EyesDecision | None = None
        self._shown_eyes: int | None = None
        self._running: EstimatorInfo | None = None
        self._fault: UserError | None = None
        self._thread: threading.Thread | None = None

    @property
    def status(self) -> SessionStatus:
        with self._lock:
            playback, decision, running, fault = self._playback, self._decision, self._running, self._fault
            shown_eyes = self._shown_eyes
        at = playback.status if playback else None
        model_fault = self._loader.fault
        return SessionStatus(
            playback=at,
            telemetry=self._counters.snapshot(),
            guess=decision.guess if decision else None,
            layout=decision.layout if decision else None,
            swap=decision.swap if decision else False,
            proposes_swap=decision.proposes_swap if decision else False,
            findings=decision.findings if decision else None,
            preparation=decision.preparation if decision else None,
            eyes=shown_eyes,
            running=running,
            loading=self._loader.loading,
            fault=(at.fault if at else None) or model_fault or fault,
            model_fault=model_fault,
        )

    @property
    def settings(self) -> LiveSettings:
        with self._lock:
            return self._settings

    def open(
        self, spec: Spec, *, settings: LiveSettings | None = None, loop: bool = False, paused: bool = False
    ) -> float:
        """Play `spec` from its beginning, in place of what plays now. What cannot be opened shows in `status.fault`.

        What was captured before the answer, a moment of time.perf_counter(), is of what played before.
        """
        with self._lock:
            old = self._playback
            if old is not None:
                old.request_stop()
            self._settings = settings or self._settings
            self._generation += 1
            generation = self._generation
            opened_at = time.perf_counter()  # no frame of before comes in any more, and none of what comes has begun
            self._settled_at = opened_at
            self._fault = self._decision = self._shown_eyes = None
            self._counters.dropped(self._inbox.clear())
            self.results.clear()
            self.tap.clear()
            self._playback = Playback(
                spec,
                lambda frame: self._take_in(generation, frame),
                opener=self._opener,
                clock=self._clock,
                loop=loop,
                paused=paused,
                after=old,
            )
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="depthview-estimator", daemon=True)
                self._thread.start()
        return opened_at

    def configure(self, settings: LiveSettings) -> float:
        """Use `settings` from the next frame on; a picture that stands still is estimated again.

        The answer is the moment, of time.perf_counter(), since when a frame's eyes are prepared as these settings say:
        what was prepared otherwise has a `settled_at` before it.
        """
        with self._lock:
            if replace(settings.road, camera=None) != replace(self._settings.road, camera=None):
                self._settled_at = time.perf_counter()
            self._settings = settings
            settled_at = self._settled_at
        self._inbox.wake()
        return settled_at

    def restart_engine(self) -> None:
        """Free every model and load what is wanted anew; what plays goes on, and is shown again once it is loaded."""
        self._loader.restart()
        with self._lock:
            self._fault = None
        self._inbox.wake()

    def lodge(self, stop: StopToken) -> AbstractContextManager[None]:
        """Within it a model may be in memory elsewhere: this session then keeps one, not two. Raises Stopped."""
        return self._loader.lodge(stop)

    @property
    def playback(self) -> Playback | None:
        """The controls of what plays: pause, seek, step, speed, loop."""
        with self._lock:
            return self._playback

    def take_notices(self) -> list[Notice]:
        playback = self.playback
        return playback.take_notices() if playback else []

    def close(self, timeout_s: float = 1.5) -> bool:
        """End all threads; True when all ended in time. A reader that hangs in a device is left behind."""
        deadline = time.monotonic() + timeout_s
        self._stop.stop()
        with self._lock:
            playback, thread = self._playback, self._thread
        if playback is not None:
            playback.request_stop()
        self._inbox.wake()
        ended = playback is None or playback.join(max(0.0, deadline - time.monotonic()))
        if thread is not None:
            thread.join(max(0.05, deadline - time.monotonic()))
            if thread.is_alive():
                return False  # it is in a model that may not be freed under it; it cleans up when it comes back
        self._counters.dropped(self._inbox.clear())
        loader_ended = self._loader.close(max(0.05, min(_LOADER_CLOSE_S, deadline - time.monotonic())))
        return self._judging.close(max(0.05, deadline - time.monotonic())) and ended and loader_ended

    def _take_in(self, generation: int, frame: Frame) -> None:
        """Called by the reader thread with every frame that is due."""
        with self._lock:
            if generation != self._generation or self._stop.stopped:
                return
        self._counters.came_in()
        if self._clock is Clock.LIVE:
            self.tap.put(frame)
            self._counters.dropped(self._inbox.put((generation, frame)))
        elif not self._inbox.put_when_empty((generation, frame), give_up=lambda: self._stop.stopped):
            self._counters.dropped(1)

    def _run(self) -> None:
        """The estimator thread."""
        try:
            self._estimate_until_stopped()
        finally:
            self._judging.close(0.0)
            self._counters.dropped(self._inbox.clear())
            self._loader.close(0.0)

    def _estimate_until_stopped(self) -> None:
        held: tuple[int, Frame] | None = None
        waits = False  # whether `held` came in and nothing became of it yet
        done_for: tuple[float, CameraChoice | None, Estimator | None] | None = None
        refined = late = False
        while not self._stop.stopped:
            with self._lock:
                settings, settled_at = self._settings, self._settled_at
            if held is not None and held[0] != self._generation:
                self._counters.dropped(int(waits))
                held, waits, late = None, False, False
            estimator = self._serve(held, settings)
            loading = estimator is None and self._loader.loading is not None
            # Not the selection: until what was selected is loaded, the same estimator would say the same again. Of the
            # camera, models for two eyes know nothing.
            one_eyed = estimator is not None and estimator.info.eyes == 1
            wanted = settled_at, settings.camera if one_eyed else None, estimator
            # Where every frame counts, none is estimated twice: a recorder would keep it twice.
            changed = self._clock is Clock.LIVE and (done_for != wanted or self._sees_otherwise(late=late))
            ready = held is not None and estimator is not None and (waits or changed)
            if self._clock is Clock.LIVE or not waits:
                fresh = self._inbox.take(0.0 if ready or loading else _IDLE_S)
                if fresh is not None:
                    self._counters.dropped(int(waits))
                    held, waits = fresh, True
                    continue  # what suits the frame before need not suit this one
            if held is None or estimator is None:
                if self._loader.fault is not None:
                    self._counters.dropped(int(waits))
                    waits = False
                elif loading:
                    self._stop.wait(_LOADING_POLL_S)
                continue
            refines = not (waits or changed or refined) and self._may_refine(estimator)
            if not (waits or changed or refines):
                continue
            done_for, refined, fresh_one, waits = wanted, refines, waits, False
            result = self._estimate(held, settings, settled_at, estimator, refines=refines)
            late = result is not None and result.held
            self._publish(result, held[0], fresh=fresh_one)
        self._counters.dropped(int(waits))

    def _serve(self, held: tuple[int, Frame] | None, settings: LiveSettings) -> Estimator | None:
        """The estimator to use on what is held; None until it is known which that is, or until it is ready."""
        eyes = self._eyes_in(held, settings.road) if held is not None else None
        if eyes is None and settings.selection is None:
            return None
        wanted = settings.selection_for(eyes or 2)
        estimator = self._loader.serve(wanted)
        if estimator is None or estimator.info.eyes <= (eyes or 2):
            return estimator
        # The one before can do nothing with this picture; the wanted one may have become ready in this very moment.
        return None if self._loader.loading is not None else self._loader.serve(wanted)

    def _eyes_in(self, held: tuple[int, Frame], choices: RoadChoices) -> int:
        generation, frame = held
        try:
            eyes = self._road_of(generation).eyes_in(frame, choices)
        except Exception:  # noqa: BLE001 - what is wrong with this picture is said when it is split
            eyes = 2
        with self._lock:
            if generation == self._generation:
                self._shown_eyes = eyes
        return eyes

    def _road_of(self, generation: int) -> DepthRoad:
        if self._road is None or self._road_of_generation != generation:
            playback = self.playback
            info = playback.status.info if playback else None
            each_alone = info is not None and info.kind is SourceKind.SEQUENCE
            # A recorder keeps every frame: none may be kept before it was looked at.
            at_once = self._clock is Clock.EVERY_FRAME
            judge = PairJudge(each_alone=each_alone) if at_once else self._judging.judge(each_alone=each_alone)
            self._road, self._road_of_generation = DepthRoad(info, judge), generation
        return self._road

    def _sees_otherwise(self, *, late: bool) -> bool:
        """Whether a picture that stands still would have another depth now: the judge has said something that changes
        it, or what is shown is held by the moments before, and so a little `late`."""
        playback, road = self.playback, self._road
        status = playback.status if playback is not None else None
        if road is None or status is None:
            return False
        # The pictures of a folder stand for a moment, and what is found of one says nothing of the next.
        one_by_one = status.info is not None and status.info.kind is SourceKind.SEQUENCE
        if not one_by_one and status.phase not in (Phase.PAUSED, Phase.ENDED):
            return False
        changes = road.decide_again()
        with self._lock:
            if self._road_of_generation == self._generation and self._decision is not None:
                self._decision = road.decision
        return changes or (late and not one_by_one)  # nobody sees that it is late while it plays

    def _may_refine(self, estimator: Estimator) -> bool:
        """Whether a picture that was estimated in a hurry stands still now: there is time for a better answer."""
        hurried = isinstance(estimator, RefiningEstimator) and estimator.info.selection.rate_hz is not None
        playback = self.playback
        if self._clock is not Clock.LIVE or not hurried or playback is None:
            return False
        stands = playback.status.phase in (Phase.PAUSED, Phase.ENDED)
        return stands and self.results.wait_until_empty(0.0)  # nobody has seen the quick one yet

    def _estimate(
        self,
        held: tuple[int, Frame],
        settings: LiveSettings,
        settled_at: float,
        estimator: Estimator,
        *,
        refines: bool = False,
    ) -> DepthFrame | None:
        generation, frame = held
        road = self._road_of(generation)
        prepared: Prepared | None = None
        result: DepthFrame | None = None
        fault: UserError | None = None
        try:
            prepared = road.prepare(frame, settings.road, eyes=estimator.info.eyes)
            estimated = road.estimate(prepared, estimator, settings.road, refine=refines)
            result = replace(estimated, settled_at=settled_at)
        except UserError as error:
            fault = error
        except Exception as error:  # noqa: BLE001 - one bad frame or model must not end the session
            sentence = "The depth of this picture could not be computed: choose another model or resolution."
            fault = UserError(sentence, details="".join(traceback.format_exception(error)))
        with self._lock:
            if generation != self._generation:
                return None
            self._fault, self._running = fault, estimator.info
            self._decision = road.decision
            if prepared is None and self._clock is Clock.LIVE and min(frame.image.shape[:2]) >= MIN_EYE_PX:
                self.results.put(replace(_undivided(frame, estimator.info), settled_at=settled_at))
        return result

    def _publish(self, result: DepthFrame | None, generation: int, *, fresh: bool) -> None:
        """Leave a result where others take it; a frame counts once, however often it was estimated again."""
        if result is None or not self._left_in_results(result, generation):
            self._counters.dropped(int(fresh))
        elif fresh:
            self._counters.published(result.latency_s, result.estimate_s)

    def _left_in_results(self, result: DepthFrame, generation: int) -> bool:
        if self._clock is not Clock.LIVE:
            return self.results.put_when_empty(result, give_up=lambda: self._stop.stopped)
        with self._lock:  # another source may be opened in this very moment, and is not to begin with this result
            if generation == self._generation:
                self.results.put(result)
            return generation == self._generation


def _undivided(frame: Frame, info: EstimatorInfo) -> DepthFrame:
    """A picture whose eyes are not known, as both of them: there to be seen, and nothing known of its depth."""
    pair = StereoPair(frame.image, frame.image, frame.seq, frame.pts_s, frame.captured_at)
    unknown = np.full(pair.size_hw, np.nan, np.float32)
    return DepthFrame(pair, unknown, info.title, info.provider, 0.0, time.perf_counter(), info.meaning)


def _open(spec: Spec, stop: StopToken) -> Source:
    return open_source(spec, stop=stop)
