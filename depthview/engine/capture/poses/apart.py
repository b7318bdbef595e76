"""The parent of `work.py`: COLMAP runs in a process of its own, so that it can be ended at any moment.

pycolmap takes over SIGTERM when it is loaded, its global mapper cannot be told to stop, a fault in its native code ends
the process, and the memory it took comes back only with the process. So each stage is a child: it is killed when the
person cancels, its end is told in a sentence, and it ends by itself when its parent dies, since its input closes then.
"""

import json
import queue
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO, Any

from depthview.engine.capture.poses.marks import Stage
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER
from depthview.engine.progress import Progress, Report, StopToken

_LOOK_S = 0.1
_ENDS_WITHIN_S = 5.0

_DISK_FULL = "The disk is full: free some space and start the job again: {path}"
_MEMORY = "COLMAP ran out of memory: close programs, or ask for smaller photos: {path}"
_FAILED = "COLMAP failed while it worked on these photos: start the job again, its log says more: {path}"
_KILLED = -9
_SAYS_DISK = ("disk is full", "No space left")
_SAYS_MEMORY = ("bad_alloc", "MemoryError", "Cannot allocate")


def run_apart(stage: Stage, folder: Path, settings: PoseSettings, report: Report, stop: StopToken) -> None:
    """Do the stage in a process of its own; what COLMAP logs goes to this process's standard error.

    Raises UserError with a sentence where it fails, Stopped within a second of being told to.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "depthview.engine.capture.poses.work"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        # `-m` imports from the working folder first.
        cwd=IMPORT_FOLDER,
        # Ctrl-C is for this process: the child, still loading, would end with a traceback on the person's terminal.
        start_new_session=True,
        creationflags=getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0) | getattr(subprocess, "CREATE_NO_WINDOW", 0),
    )
    assert child.stdin is not None
    assert child.stdout is not None
    lines: queue.SimpleQueue[bytes | None] = queue.SimpleQueue()
    reader = threading.Thread(target=_read, args=(child.stdout, lines), name="colmap-lines", daemon=True)
    reader.start()
    try:
        asked = {"stage": stage.value, "folder": str(folder.resolve()), "settings": settings.to_json()}
        _ask(child.stdin, asked)
        while (line := _next_line(lines, stop)) is not None:
            said = _message(line)
            if "error" in said:
                raise _error_of(said["error"], folder)
            if "done" in said:
                report(Progress(float(said["done"]), said["total"], str(said["label"])))
        code = child.wait(_ENDS_WITHIN_S)
        if code != 0:
            details = f"its process ended with {code}"
            raise UserError(_MEMORY if code == _KILLED else _FAILED, details=details, path=folder)
    finally:
        child.kill()
        child.wait()
        reader.join()
        child.stdin.close()
        child.stdout.close()


def _ask(stream: IO[bytes], asked: dict[str, Any]) -> None:
    try:
        stream.write(json.dumps(asked).encode() + b"\n")
        stream.flush()
    except OSError:
        pass  # it has ended already, and its code says why


def _read(stream: IO[bytes], lines: "queue.SimpleQueue[bytes | None]") -> None:
    for line in stream:
        lines.put(line)
    lines.put(None)


def _next_line(lines: "queue.SimpleQueue[bytes | None]", stop: StopToken) -> bytes | None:
    while True:
        stop.raise_if_stopped()
        try:
            return lines.get(timeout=_LOOK_S)
        except queue.Empty:
            continue


def _message(line: bytes) -> dict[str, Any]:
    try:
        said = json.loads(line)
    except ValueError:
        return {}  # a library's own print
    return said if isinstance(said, dict) else {}


def _error_of(said: dict[str, Any], folder: Path) -> UserError:
    if "template" in said:
        return UserError(str(said["template"]), details=str(said["details"]), **said["values"])
    details = str(said["details"])
    template = _FAILED
    if any(word in details for word in _SAYS_DISK):
        template = _DISK_FULL
    elif any(word in details for word in _SAYS_MEMORY):
        template = _MEMORY
    return UserError(template, details=details, path=folder)
