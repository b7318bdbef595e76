"""What is known of a model file: remembered, told by the catalogue or by the person, or found out by trying it."""

from contextlib import suppress
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Manifest
from depthview.engine.models.catalogue import known_keys, shipped_catalogue
from depthview.engine.models.needs.graph import GraphInfo, read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.manifest import Keys
from depthview.engine.models.needs.probing import probe
from depthview.engine.models.needs.remembered import recall, remember, sha256_of, yours
from depthview.engine.progress import StopToken

_OUTPUTS = ("output", "confidence", "mask", "metric_scale")


def look_at(model: Path) -> Manifest:
    """What is known of a file without running it.

    Raises UserError when it is no depth model, or when its manifest has a mistake.
    """
    return recall(model) or _guess(model)[1]


def find_out(model: Path, *, stop: StopToken | None = None) -> Manifest:
    """What a file needs: as remembered, else it is tried out in a child process, and remembered.

    Raises UserError when it cannot be used; Stopped when the token is set.
    """
    remembered = recall(model)
    if remembered is not None:
        return remembered
    known, _guessed = _guess(model)  # a file that is none, or reads what it must not, needs no process to say so
    found = probe(model, known, stop=stop)
    with suppress(UserError):  # where nothing can be written it is found out again the next time
        remember(model, found)
    return found


def _guess(model: Path) -> tuple[Keys, Manifest]:
    """What the catalogue and the person know of a file, and what its graph suggests with that."""
    told, own = _catalogue_keys(model), yours(model)
    graph = read_graph(model, {**told, **own}.get("before", ()))
    known = {**fitting_keys(told, graph), **own}
    return known, guess_manifest(graph, model, known)


def _catalogue_keys(model: Path) -> Keys:
    """What the catalogue knows of a file that was pulled, or that a person downloaded without its help."""
    if known := known_keys(model):
        return known
    try:
        entries, length = shipped_catalogue().models, model.stat().st_size
    except (UserError, OSError):  # a stripped installation
        return {}
    for entry in entries:
        for file in (variant.files[0] for variant in entry.variants):
            # Of a file out of an archive the length is not known; and nobody wants every file's sum.
            if not file.member and file.size_bytes == length and file.sha256 == sha256_of(model):
                return entry.manifest
        for copy in entry.copies:
            if copy.size_bytes == length and copy.sha256 == sha256_of(model):
                return copy.manifest
    return {}


def fitting_keys(keys: Keys, graph: GraphInfo) -> Keys:
    """Without the names that a graph does not have: exports of one network differ in what they call things."""
    inputs, outputs = {port.name for port in graph.inputs}, {port.name for port in graph.outputs}
    kept = {key: value for key, value in keys.items() if key not in _OUTPUTS or value in outputs}
    if "extra" in kept:
        kept["extra"] = tuple((name, value) for name, value in kept["extra"] if name in inputs)
    if any(name not in inputs for _role, name in kept.get("inputs", ())):
        del kept["inputs"]
    return kept
