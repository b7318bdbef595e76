"""One movie under way: a process of its own makes it, and this carries its words to a row of the jobs and back."""

import threading
from collections.abc import Callable

from depthview.engine.errors import Stopped, UserError
from depthview.engine.movie.process import MovieOutcome, MovieProcess
from depthview.engine.movie.task import MovieTask
from depthview.engine.movie.task_text import Plain
from depthview.engine.progress import PauseToken, Progress, Report, StopToken

_LOOK_S = 0.1


class MovieUnderWay:
    """`work` runs in a thread of the jobs; all else is for the window's."""

    def __init__(self, task: MovieTask, *, anew: bool, tell: Callable[[str], None]) -> None:
        """`tell` hears sentences for the person, in the work's thread."""
        self.task = task
        self.pause = PauseToken()
        self.frames = 0
        """How many are finished, as far as is known."""
        self._anew, self._tell = anew, tell
        self._hurry = threading.Event()

    def hurry(self) -> None:
        """The window closes: end at once, in the end by force. What is finished stays."""
        self._hurry.set()

    def work(self, report: Report, stop: StopToken) -> Plain:
        """The facts of what was made. Raises UserError where it cannot be, Stopped where that is wished."""
        try:
            process = MovieProcess(self.task, anew=self._anew)
        except OSError as error:
            raise UserError("No process could be begun for this movie: {error}", error=str(error)) from error
        try:
            outcome = self._follow(process, report, stop)
        finally:
            process.close()
        if outcome is None:
            raise Stopped
        if outcome.fault is not None:
            raise outcome.fault
        if outcome.result is None:
            raise Stopped
        return outcome.result

    def _follow(self, process: MovieProcess, report: Report, stop: StopToken) -> MovieOutcome | None:
        """Until it ends; None where nobody can wait for that."""
        rests, told_to_end = False, False
        while True:
            now = process.progress
            self.frames = max(self.frames, now.done)
            report(Progress(now.done, now.total, now.phase or "Starting", now.eta_s))
            for notice in process.take_notices():
                self._tell(notice)
            if process.outcome is not None:
                return process.outcome
            if stop.stopped and not told_to_end:
                process.cancel()
                told_to_end = True
            if self.pause.paused is not rests:
                rests = not rests
                if rests:
                    process.pause()
                else:
                    process.resume()
            if self._hurry.wait(_LOOK_S):
                return None
