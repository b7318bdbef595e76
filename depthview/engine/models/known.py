"""What is known of a model file: remembered, told by the catalogue or by the person, or found out by trying it."""

from contextlib import suppress
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Manifest
from depthview.engine.models.catalogue import known_keys
from depthview.engine.models.graph import read_graph
from depthview.engine.models.guess import guess_manifest
from depthview.engine.models.probing import probe
from depthview.engine.models.remembered import recall, remember, yours
from depthview.engine.progress import StopToken


def look_at(model: Path) -> Manifest:
    """What is known of a file without running it.

    Raises UserError when it is no depth model, or when its manifest has a mistake.
    """
    known = known_keys(model)
    remembered = recall(model, known)
    return remembered or guess_manifest(read_graph(model), model, {**known, **yours(model)})


def find_out(model: Path, *, stop: StopToken | None = None) -> Manifest:
    """What a file needs: as remembered, else it is tried out in a child process, and remembered.

    Raises UserError when it cannot be used; Stopped when the token is set.
    """
    known = known_keys(model)
    remembered = recall(model, known)
    if remembered is not None:
        return remembered
    read_graph(model)  # a file that is none, or reads what it must not, needs no process to say so
    found = probe(model, {**known, **yours(model)}, stop=stop)
    with suppress(UserError):  # where nothing can be written it is found out again the next time
        remember(model, found)
    return found
