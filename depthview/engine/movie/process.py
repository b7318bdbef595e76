"""A movie made in a process of its own, so that a window stays smooth; for any thread that looks now and again."""

import json
import subprocess
import sys
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from depthview.engine.movie.snapshot import MovieProgress
from depthview.engine.movie.task import MovieTask
from depthview.engine.movie.task_text import Plain, plain_of

_WORKER = "depthview.engine.movie.worker"
_STOPS_WITHIN_S = 1.5
"""A window is closed in less than two seconds; what is killed later goes on from its last part."""
_MOST_NOTICES = 200
_VANISHED = (
    "The process that made the movie ended without a word: begin again, it goes on from the last part that is "
    "finished: {path}"
)


@dataclass(frozen=True, slots=True)
class MovieOutcome:
    """How it ended: with the `result`'s facts, with a `fault`, or, with neither, because that was wished."""

    result: Plain | None = None
    fault: UserError | None = None


class MovieProcess:
    """Begins at once. What is finished stays whatever happens, and the same task again goes on from there."""

    def __init__(self, task: MovieTask, *, anew: bool = False) -> None:
        """`anew`: see `export_movie`. Raises OSError where no process can be started."""
        self._task = task
        self._notices: deque[str] = deque(maxlen=_MOST_NOTICES)
        self._progress = MovieProgress(0, task.frames, None, "")
        self._outcome: MovieOutcome | None = None
        # Before there is a process that would wait for it: the working folder may be gone.
        order = json.dumps({"task": plain_of(task), "anew": anew, "cwd": str(Path.cwd())})
        self._child = subprocess.Popen(
            [sys.executable, "-m", _WORKER],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            # `-m` imports from the working folder first.
            cwd=IMPORT_FOLDER,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        self._write(order)
        self._listener = threading.Thread(target=self._listen, name="depthview-movie", daemon=True)
        self._listener.start()

    @property
    def progress(self) -> MovieProgress:
        """The newest."""
        return self._progress

    @property
    def outcome(self) -> MovieOutcome | None:
        """None while it goes on."""
        return self._outcome

    def take_notices(self) -> list[str]:
        """What there was to say to the person since it was last asked."""
        taken = []
        with suppress(IndexError):
            while True:
                taken.append(self._notices.popleft())
        return taken

    def pause(self) -> None:
        """Rest after this frame, with all that is finished safe."""
        self._write("pause")

    def resume(self) -> None:
        self._write("resume")

    def cancel(self) -> None:
        """End soon; returns at once."""
        self._write("stop")

    def close(self) -> None:
        """End it now, in the end by force."""
        self.cancel()
        try:
            self._child.wait(_STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._listener.join()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()

    def _write(self, line: str) -> None:
        assert self._child.stdin is not None  # it is a pipe
        with suppress(OSError, ValueError):  # it has ended: the outcome says why
            self._child.stdin.write(line + "\n")
            self._child.stdin.flush()

    def _listen(self) -> None:
        assert self._child.stdout is not None  # it is a pipe
        outcome: MovieOutcome | None = None
        for line in self._child.stdout:
            with suppress(ValueError, KeyError, TypeError):
                outcome = self._heed(json.loads(line)) or outcome
        self._child.wait()
        if outcome is None:
            fault = UserError(
                _VANISHED,
                details=f"exit code {self._child.returncode}, {self._progress.done} frames were done",
                path=self._task.folder,
            )
            outcome = MovieOutcome(fault=fault)
        self._outcome = outcome

    def _heed(self, said: Any) -> MovieOutcome | None:
        if "progress" in said:
            now = said["progress"]
            outputs = tuple(Path(path) for path in now["outputs"])
            self._progress = MovieProgress(now["done"], now["total"], now["eta_s"], now["phase"], outputs)
        elif "notice" in said:
            self._notices.append(str(said["notice"]))
        elif "result" in said:
            return MovieOutcome(result=said["result"])
        elif "fault" in said:
            fault = said["fault"]
            return MovieOutcome(fault=UserError(fault["template"], details=fault["details"], **fault["values"]))
        elif "stopped" in said:
            return MovieOutcome()
        return None
