"""Models of one's own: taken into the models folder once they were seen to work, and removed from it again."""

import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.atomic import output_folder, writing_error
from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Manifest
from depthview.engine.folders import data_folder, models_folder
from depthview.engine.models.catalogue import CatalogueModel
from depthview.engine.models.download.fetch import check_room, file_sha256, in_megabytes
from depthview.engine.models.known import fitting_keys
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.probing import probe
from depthview.engine.models.needs.remembered import remember, yours
from depthview.engine.progress import Report, StopToken, ignore_progress

_FOLDER = "own"
_BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Added:
    """`copied` is False where the same file was there already."""

    path: Path
    manifest: Manifest
    copied: bool


def add_model(
    file: Path, *, like: CatalogueModel | None = None, report: Report = ignore_progress, stop: StopToken | None = None
) -> Added:
    """Copy an ONNX file, its files of weights and its manifest into the models folder, if it works.

    `like` is the catalogue's entry whose contract it has, where it was exported as that says. Raises UserError when it
    is no depth model, when another one of that name is there, or when it cannot be copied; Stopped.
    """
    stop = stop if stop is not None else StopToken()
    if not file.is_file():
        raise UserError("There is no such file: {path}", path=file)
    graph = read_graph(file, yours(file).get("before", ()))
    weights = graph.external
    folder = models_folder() / (like.model_id if like is not None else f"{_FOLDER}/{file.stem}")
    known = fitting_keys(like.manifest, graph) if like is not None else {}
    copied = _is_new(file, folder / file.name)
    with _staging() as staging:
        _copy(file, weights, staging, report, stop)
        found = probe(staging / file.name, {**known, **yours(staging / file.name)}, stop=stop)
        output_folder(folder)
        try:
            # The graph last: without it nobody sees the others.
            for name in (*weights, _manifest(file.name), file.name):
                if (staging / name).exists():
                    output_folder((folder / name).parent)
                    (staging / name).replace(folder / name)
        except OSError as error:
            raise writing_error(error, folder) from error
    remember(folder / file.name, found)
    return Added(folder / file.name, found, copied)


def own_files(name: str) -> tuple[Path, ...]:
    """The model files that were added as `name`, also those that are damaged and so no longer in the library."""
    folder = models_folder() / _FOLDER / name
    return tuple(sorted(folder.glob("*.onnx"))) if Path(name).name == name else ()


def remove_files(models: Iterable[Path]) -> tuple[Path, ...]:
    """Remove model files that lie in the models folder, with their manifests and files of weights; what is gone.

    Raises UserError for a file that lies elsewhere, which is not DepthView's to remove, or one that is in use.
    """
    home, gone = models_folder().resolve(), []
    for path in models:
        if home not in path.resolve().parents:
            raise UserError(
                "This model does not lie in DepthView's own folder, so it is not removed: delete it yourself: {path}",
                path=path,
            )
        weights: tuple[str, ...] = ()
        with suppress(UserError):
            weights = read_graph(path, yours(path).get("before", ())).external
        try:
            path.unlink()
            gone.append(path)
            path.with_name(_manifest(path.name)).unlink(missing_ok=True)
            if any(other.name not in weights for other in path.parent.glob("*.onnx")):
                continue  # the weights may be shared
            for name in weights:
                (path.parent / name).unlink(missing_ok=True)
                gone.append(path.parent / name)
            if path.parent.resolve().parent == home / _FOLDER:
                shutil.rmtree(path.parent)
        except OSError as error:
            raise UserError(
                "This model could not be removed; is it in use? Close DepthView's windows and try again: {path}",
                path=path,
                details=str(error),
            ) from error
    return tuple(gone)


def _manifest(name: str) -> str:
    return name + ".toml"


def _is_new(file: Path, place: Path) -> bool:
    """Raises UserError where another model of that name is there."""
    if not place.exists():
        return True
    if place.stat().st_size != file.stat().st_size or file_sha256(place) != file_sha256(file):
        raise UserError(
            "There is another model of this name already: remove it first, or give yours another name: {path}",
            path=place,
        )
    return False


@contextmanager
def _staging() -> Iterator[Path]:
    """A folder on the models' disk where nobody looks for models."""
    folder = output_folder(data_folder() / f"adding-{secrets.token_hex(4)}")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _copy(file: Path, weights: tuple[str, ...], staging: Path, report: Report, stop: StopToken) -> None:
    names = [file.name, *weights]
    total = sum((file.parent / name).stat().st_size for name in names)
    check_room(staging, total)
    done = 0
    try:
        if (file.parent / _manifest(file.name)).is_file():
            shutil.copyfile(file.parent / _manifest(file.name), staging / _manifest(file.name))
        for name in names:
            output_folder((staging / name).parent)
            with (file.parent / name).open("rb") as source, (staging / name).open("wb") as target:
                while block := source.read(_BLOCK_BYTES):
                    stop.raise_if_stopped()
                    target.write(block)
                    done += len(block)
                    report(in_megabytes(done, total, f"Copying {file.name}"))
    except OSError as error:
        raise writing_error(error, staging) from error
