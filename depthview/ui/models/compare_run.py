"""A comparison under way: a thread tries the settings and leaves each outcome in a mailbox. No Qt here."""

import queue
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators.base import Selection
from depthview.engine.models.comparison.run import Build, Sample, Trial, compare
from depthview.engine.progress import PauseToken, Progress, StopToken

Lodge = Callable[[StopToken], AbstractContextManager[None]]
"""Makes room for one more model in memory, as long as it lasts."""


class ComparisonRun:
    """Begins at once. `take` and `progress` are for the window's thread; `fault` is why it ended before its time."""

    def __init__(
        self,
        settings: Sequence[Selection],
        sample: Sample,
        build: Build,
        *,
        titles: dict[str, str],
        repeats: int,
        lodge: Lodge,
    ) -> None:
        self._stop, self._pause = StopToken(), PauseToken()
        self._trials: queue.SimpleQueue[Trial] = queue.SimpleQueue()
        self._progress = Progress(0, len(settings), "")
        self._fault: UserError | None = None

        def work() -> None:
            trials = compare(
                settings,
                [sample],
                build,
                titles=titles,
                repeats=repeats,
                report=self._note,
                stop=self._stop,
                pause=self._pause,
            )
            try:
                with lodge(self._stop):
                    for trial in trials:
                        self._trials.put(trial)
            except Stopped:
                pass
            except Exception as error:  # noqa: BLE001 - whatever went wrong, the window goes on and says so
                self._fault = UserError("The comparison had to stop: try it again.", details=repr(error))

        self._thread = threading.Thread(target=work, name="depthview-compare", daemon=True)
        self._thread.start()

    @property
    def progress(self) -> Progress:
        return self._progress

    @property
    def fault(self) -> UserError | None:
        return self._fault

    @property
    def running(self) -> bool:
        return self._thread.is_alive()

    @property
    def paused(self) -> bool:
        return self._pause.paused

    def set_paused(self, paused: bool) -> None:
        if paused:
            self._pause.pause()
        else:
            self._pause.resume()

    def take(self) -> list[Trial]:
        """The outcomes since it was asked the last time."""
        taken = []
        while not self._trials.empty():
            taken.append(self._trials.get())
        return taken

    def cancel(self) -> None:
        """End as soon as the estimate under way is done; what was found by then can still be taken."""
        self._stop.stop()

    def close(self, deadline: float) -> bool:
        """Cancel; True when the thread ended before `deadline`, of time.monotonic()."""
        self.cancel()
        self._thread.join(max(0.0, deadline - time.monotonic()))
        return not self._thread.is_alive()

    def _note(self, progress: Progress) -> None:
        self._progress = progress
