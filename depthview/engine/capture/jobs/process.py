"""What a job's own process does.

It outlives the window that began it. What a person wishes it reads in the list, where it also says how far it is; its
output and standard error are the job's log.
"""

import sys
import threading
import time
import traceback
from collections.abc import Callable, Sequence
from pathlib import Path

from depthview.engine.capture.jobs.alive import ProcessMark
from depthview.engine.capture.jobs.folder import held
from depthview.engine.capture.jobs.interruption import heard_by
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.jobs.running import Standing, run
from depthview.engine.capture.jobs.states import State
from depthview.engine.capture.jobs.steps import Step
from depthview.engine.capture.jobs.store import Store
from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import StopToken

_LOOK_S = 0.5
_SIGN_OF_LIFE_S = 2.0
_LOG_EVERY_S = 10.0
_VANISHED_UNTIL_FEWER = 2
"""Deaths without a word until it is taken for a lack of memory: the system then kills with no reason given."""
_INSIDE = "Something failed inside DepthView, please report it with the job's log: {error}"


def work_on(store: Store, number: int, steps: Sequence[Step]) -> None:
    """Take the job, do it, and say in the list how it ended. Nothing happens where it waits for no process.

    Raises UserError where the list cannot be read or written.
    """
    me = ProcessMark.of_this()
    job = store.begin(number, me)
    if job is None:
        return
    teller = _Teller(store, job, me)
    state, fault, details = State.DONE, "", ""
    try:
        with heard_by(teller.stop), held(job.folder), teller:
            fewer = job.deaths >= _VANISHED_UNTIL_FEWER
            run(job.folder, steps, teller.tell, teller.stop, shown=job.progress, fewer_splats=fewer)
    except Stopped:
        now = store.job(number)
        state = State.CANCELLED if now is not None and now.wish is not None else State.QUEUED
    except UserError as error:
        state, fault, details = State.FAILED, str(error), error.details
    except Exception as error:  # noqa: BLE001 - it is said in the list, with its traceback
        last = traceback.format_exception_only(error)[-1].strip().splitlines()[-1]
        state, fault, details = State.FAILED, _INSIDE.format(error=last), traceback.format_exc()
    _log(f"{state.value}: {fault}\n{details}" if fault else state.value)
    store.end(number, me, state, fault, details)


class _Teller:
    """Says in the list how far the job is, twice a second at most, and stops the work when it is no longer wished."""

    def __init__(self, store: Store, job: Job, me: ProcessMark) -> None:
        self.stop = StopToken()
        self._store, self._number, self._me = store, job.id, me
        self._latest: Standing | None = None
        self._said: Standing | None = None
        self._said_at = self._logged_at = time.monotonic()
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._look, name="teller", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_exception: object) -> None:
        self._ended.set()
        self._thread.join()

    def tell(self, standing: Standing) -> None:
        """Called by the work, as often as it likes; the list knows of a new state before the work goes on, where it can
        be written."""
        before, self._latest = self._latest, standing
        if before is None or before.state is not standing.state:
            _log(standing.state.value)
            self._say(standing)
        elif standing.doing and time.monotonic() - self._logged_at >= _LOG_EVERY_S:
            self._logged_at = time.monotonic()
            _log(f"{standing.progress:.1f} % {standing.doing}")

    def _look(self) -> None:
        while not self._ended.wait(_LOOK_S):
            latest = self._latest
            if latest is None:
                continue
            if latest is not self._said or time.monotonic() - self._said_at >= _SIGN_OF_LIFE_S:
                self._say(latest)
            else:
                self._ask(lambda: self._store.job(self._number))

    def _say(self, standing: Standing) -> None:
        self._said, self._said_at = standing, time.monotonic()
        values = standing.state, standing.progress, standing.eta_s, standing.doing
        self._ask(lambda: self._store.tell(self._number, self._me, *values))

    def _ask(self, look: Callable[[], Job | None]) -> None:
        try:
            self._heed(look())
        except UserError as error:
            _log(f"{error} ({error.details})")  # the work itself may still go well

    def _heed(self, job: Job | None) -> None:
        if job is None or job.worker != self._me or job.must_stop:
            self.stop.stop()


def _log(text: str) -> None:
    print(time.strftime("%Y-%m-%d %H:%M:%S"), text, file=sys.stderr, flush=True)


def main(steps: Sequence[Step]) -> int:
    """With the list's file and the job's number as the program's arguments; its exit code."""
    store = Store(Path(sys.argv[1]))
    try:
        work_on(store, int(sys.argv[2]), steps)
    finally:
        store.close()
    return 0
