"""The child that `apart.py` starts: one stage of COLMAP, told as a line of JSON on its input.

What it has to say are lines of JSON on its output: how far it is, or what went wrong. It ends when its input does.
"""

import contextlib
import json
import os
import sys
import threading
import traceback
from pathlib import Path
from typing import IO, Any

from filelock import FileLock

from depthview.engine.capture.poses.features import find_features
from depthview.engine.capture.poses.mapping import place_photos
from depthview.engine.capture.poses.marks import Stage
from depthview.engine.capture.poses.matching import match_photos
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.poses.undistortion import undistort_photos
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress

_WORK = {
    Stage.FEATURES: find_features,
    Stage.MATCHING: match_photos,
    Stage.MAPPING: place_photos,
    Stage.UNDISTORTION: undistort_photos,
}
_LOCK = "colmap.lock"


def main() -> int:
    """Do what the first line asks for; 0 when it is done, 1 when it failed and said so."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # what libraries print is for the log
    asked = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_parent, name="leash", daemon=True).start()
    folder = Path(asked["folder"])

    def say(message: dict[str, Any]) -> None:
        # Where nobody listens any more, this process is about to end.
        with contextlib.suppress(OSError):
            print(json.dumps(message), file=answers, flush=True)

    def report(progress: Progress) -> None:
        say({"done": progress.done, "total": progress.total, "label": progress.label})

    try:
        # The child of a parent that was killed a moment ago may still be at it.
        with FileLock(folder / _LOCK):
            _quieten()
            _WORK[Stage(asked["stage"])](folder, PoseSettings.from_json(asked["settings"]), report)
    except UserError as error:
        values = {key: str(value) for key, value in error.values.items()}
        say({"error": {"template": error.template, "details": error.details, "values": values}})
        return 1
    except Exception:  # noqa: BLE001 - pycolmap raises what its C++ throws; the parent makes a sentence of it
        say({"error": {"details": traceback.format_exc()}})
        return 1
    return 0


def _end_with_parent() -> None:
    """The input stays open as long as the parent lives."""
    with contextlib.suppress(OSError):
        while _read_some(sys.stdin.buffer):
            pass
    os._exit(1)


def _read_some(stream: IO[bytes]) -> bytes:
    return stream.read(1)


def _quieten() -> None:
    import pycolmap

    pycolmap.logging.minloglevel = pycolmap.logging.Level.WARNING.value


if __name__ == "__main__":
    code = main()
    sys.stdout.flush()
    # Not through the interpreter's end: the leash still waits for input, and COLMAP's threads have nothing to tidy up.
    os._exit(code)
