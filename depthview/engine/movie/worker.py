"""The program that makes a movie in a process of its own: `python -m depthview.engine.movie.worker`.

The first line of its input is the order, each later one a word: `pause`, `resume` or `stop`; the end of its input is a
`stop` as well, so that it never outlives who asked. What it says are lines of JSON.
"""

import json
import os
import sys
import threading
import traceback
from dataclasses import asdict
from typing import Any, TextIO

import psutil

from depthview.engine.capture.jobs.interruption import heard_by
from depthview.engine.errors import Stopped, UserError
from depthview.engine.movie.export import export_movie
from depthview.engine.movie.snapshot import MovieProgress
from depthview.engine.movie.task_text import task_of
from depthview.engine.progress import PauseToken, StopToken

_INSIDE = "Something failed inside DepthView, please report it: {error}"


_NICE = 5
"""A third of the time that the window gets where both want all of it. With 10 it is a tenth, and on a machine that
computes something else as well a film stands nearly still."""


class _Speech:
    """Lines of JSON, from any thread."""

    def __init__(self, to: TextIO) -> None:
        self._to, self._lock = to, threading.Lock()

    def say(self, **line: Any) -> None:
        with self._lock:
            print(json.dumps(line, default=str), file=self._to, flush=True)

    def progress(self, now: MovieProgress) -> None:
        self.say(progress=asdict(now))

    def notice(self, sentence: str) -> None:
        self.say(notice=sentence)


def main() -> int:
    """Do what the order says; always 0, what became of it is in the last line."""
    _be_modest()
    speech = _Speech(os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8"))
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print must not end up among the lines
    stop, pause = StopToken(), PauseToken()
    order = json.loads(sys.stdin.readline())
    os.chdir(order["cwd"])
    threading.Thread(target=_listen, args=(stop, pause), name="wishes", daemon=True).start()
    try:
        with heard_by(stop):
            result = export_movie(
                task_of(order["task"]),
                report=speech.progress,
                tell=speech.notice,
                stop=stop,
                pause=pause,
                anew=bool(order["anew"]),
            )
        speech.say(result=result)
    except UserError as error:
        speech.say(fault={"template": error.template, "values": error.values, "details": error.details})
    except (Stopped, KeyboardInterrupt):
        speech.say(stopped=True)
    except Exception as error:  # noqa: BLE001 - it is told, with its traceback
        last = traceback.format_exception_only(error)[-1].strip().splitlines()[-1]
        speech.say(fault={"template": _INSIDE, "values": {"error": last}, "details": traceback.format_exc()})
    return 0


def _listen(stop: StopToken, pause: PauseToken) -> None:
    for line in sys.stdin:
        match line.strip():
            case "pause":
                pause.pause()
            case "resume":
                pause.resume()
            case "stop":
                break
    stop.stop()


def _be_modest() -> None:
    """A film is made for hours: what a person does meanwhile comes first."""
    this = psutil.Process()
    try:
        this.nice(psutil.BELOW_NORMAL_PRIORITY_CLASS if sys.platform == "win32" else _NICE)
    except psutil.Error:
        return


if __name__ == "__main__":
    sys.exit(main())
