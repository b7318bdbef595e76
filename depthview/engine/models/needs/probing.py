"""The parent of `probe.py`: has a model tried out in a child process, which ends if it takes too long or too much."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Manifest
from depthview.engine.folders import IMPORT_FOLDER
from depthview.engine.models.needs.manifest import Keys, read_keys, table_of
from depthview.engine.progress import StopToken

LONGEST_S = 300.0
_POLL_S = 0.1
_SHARE_OF_FREE_MEMORY = 0.8


def probe(
    model: Path,
    known: Keys,
    *,
    longest_s: float = LONGEST_S,
    most_bytes: int | None = None,
    stop: StopToken | None = None,
) -> Manifest:
    """Find out what a model needs, apart from what is `known`.

    `most_bytes` is what the child may take of this computer's memory, otherwise most of what is free. Raises UserError
    when it cannot be run, does not come to an end, takes too much memory or crashes; Stopped when the token is set.
    """
    limit = most_bytes or int(_SHARE_OF_FREE_MEMORY * psutil.virtual_memory().available)
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        child = subprocess.Popen(
            [sys.executable, "-m", "depthview.engine.models.needs.probe", os.fspath(model.absolute())],
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=err,
            # `-m` imports from the working folder first: there may be no DepthView, or a stranger's onnx.py.
            cwd=IMPORT_FOLDER,
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
        try:
            _wait(child, model, json.dumps(table_of(known)), longest_s, limit, stop)
        finally:
            child.kill()
            child.communicate()
        out.seek(0)
        err.seek(0)
        return _read_answer(model, child.returncode, out.read(), err.read())


def _wait(
    child: subprocess.Popen[bytes],
    model: Path,
    question: str,
    longest_s: float,
    most_bytes: int,
    stop: StopToken | None,
) -> None:
    """Until the child has ended by itself; its stdin stays open, since it ends when that does."""
    assert child.stdin is not None  # it is a pipe
    with contextlib.suppress(OSError):  # it is gone already: what it left behind says why
        child.stdin.write(question.encode() + b"\n")
        child.stdin.flush()
    deadline = time.monotonic() + longest_s
    while True:
        with contextlib.suppress(subprocess.TimeoutExpired):
            child.wait(_POLL_S)
            return
        if stop is not None:
            stop.raise_if_stopped()
        if time.monotonic() > deadline:
            raise UserError(
                "This model did not come to an end within {limit} s when it was tried out, and is not used: {path}",
                limit=round(longest_s),
                path=model,
            )
        with contextlib.suppress(psutil.Error):
            if psutil.Process(child.pid).memory_info().rss > most_bytes:
                raise UserError(
                    "This model wants more memory than is free ({limit} MB) and is not used: choose a smaller one, or "
                    "close other programs: {path}",
                    limit=most_bytes >> 20,
                    path=model,
                )


def _read_answer(model: Path, code: int, out: bytes, err: bytes) -> Manifest:
    try:
        answer = json.loads(out)
    except ValueError as error:
        raise UserError(
            "This model ended the program that tried it out, and is not used: {path}",
            path=model,
            details=f"exit status {code}\n" + err.decode(errors="replace")[-4000:],
        ) from error
    if "error" in answer:
        said = answer["error"]
        raise UserError(str(said["template"]), details=str(said["details"]), **said["values"])
    return Manifest(**read_keys(answer["manifest"], model))
