"""The child process that tries a model out: `python -m depthview.engine.models.needs.probe MODEL`, JSON on stdout.

What is known already comes as one line of JSON on stdin, which then stays open: when it ends, the parent is gone. A
process of its own, because a model is a stranger's program: it may crash, never end, or want all memory there is. The
parent is `probing.py`.
"""

import json
import os
import sys
import threading
from pathlib import Path
from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.estimators.chain import open_graphs
from depthview.engine.estimators.contract import Kind
from depthview.engine.models.needs.colours_trial import settle_colours
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.manifest import read_keys, table_of
from depthview.engine.models.needs.mono_trial import settle_mono
from depthview.engine.models.needs.remembered import sha256_of
from depthview.engine.models.needs.stereo_trial import settle_stereo
from depthview.engine.runtime import OnnxSession


def find_manifest(path: Path, table: dict[str, object], threads: int | None = None) -> dict[str, object]:
    """The TOML table of what a model needs; `table` are the keys that are known. Raises UserError."""
    known = read_keys(table, path)
    guess = guess_manifest(read_graph(path, known.get("before", ())), path, known)
    for external in guess.external:
        if external.sha256 and sha256_of(path.parent / external.file) != external.sha256:
            raise UserError(
                "This model's file of weights is not the one that belongs to it: download {file} again: {path}",
                file=external.file,
                path=path,
            )
    settle = settle_mono if guess.kind is Kind.MONO else settle_stereo
    session = open_graphs(path, guess.before, lambda file: OnnxSession(file, threads=threads))
    return table_of(settle_colours(session, settle(session, guess, known)))


def main() -> int:
    table = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    # What a library prints must not get between: the answer has a way of its own.
    answering = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    answer: dict[str, Any]
    try:
        answer = {"manifest": find_manifest(Path(sys.argv[1]), table)}
    except UserError as error:
        values = {key: str(value) for key, value in error.values.items()}
        answer = {"error": {"template": error.template, "values": values, "details": error.details}}
    with answering:
        json.dump(answer, answering)
    return 0


def _end_with_parent() -> None:
    sys.stdin.read()
    os._exit(3)


if __name__ == "__main__":
    raise SystemExit(main())
