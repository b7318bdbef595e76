"""A folder of panoramas, each into a folder of its own; what is finished is not made twice."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from depthview.engine.atomic import remove_unfinished
from depthview.engine.errors import UserError
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.keeping.folder import FACTS, files_of, sentences_of, what_is_wanted, write_range_map
from depthview.engine.panorama.keeping.surface_files import SurfaceKind
from depthview.engine.panorama.recipe import Recipe
from depthview.engine.panorama.road import PanoramaRoad
from depthview.engine.progress import Progress, Report, StopToken, ignore_progress
from depthview.engine.reading import reading_error
from depthview.engine.sources.names import natural_key

SUFFIXES = (".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".hdr")
_LARGEST_FACTS_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Job:
    """A photo, and the folder that its files come into."""

    photo: Path
    folder: Path


@dataclass(frozen=True, slots=True)
class Order:
    """What is to be made of every photo; with `again` also of those that are finished."""

    recipe: Recipe
    extras: tuple[SurfaceKind, ...] = ()
    again: bool = False


class State(StrEnum):
    MADE = "made"
    FINISHED = "finished before"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a job; `fault` says why it failed, `said` what a person should know of what was made."""

    job: Job
    state: State
    fault: UserError | None = None
    said: tuple[str, ...] = ()


def jobs_in(folder: Path, output: Path) -> list[Job]:
    """The pictures that lie in `folder`, in natural order, each with a folder under `output` that is called after it.

    Raises UserError when there is none, or it cannot be read.
    """
    try:
        names = [path.name for path in folder.iterdir() if path.is_file()]
    except OSError as error:
        raise reading_error(error, folder) from error
    pictures = [Path(name) for name in names if name.lower().endswith(SUFFIXES) and not name.startswith(".")]
    if not pictures:
        raise UserError("There is no picture in this folder: choose another one: {path}", path=folder)
    jobs: list[Job] = []
    taken: set[str] = set()
    for picture in sorted(pictures, key=lambda one: natural_key(one.name)):
        # On some disks A and a are one folder.
        own = picture.stem if picture.stem.casefold() not in taken else f"{picture.stem}_{picture.suffix[1:].lower()}"
        while own.casefold() in taken:
            own += "_"
        taken.add(own.casefold())
        jobs.append(Job(folder / picture, output / own))
    return jobs


def is_finished(job: Job, wanted: Mapping[str, Any], files: Sequence[str]) -> bool:
    """Whether the job's folder holds all of `files`, whole, and its facts say of every one of `wanted` the same."""
    path = job.folder / FACTS
    try:
        if path.stat().st_size > _LARGEST_FACTS_BYTES:
            return False
        facts = json.loads(path.read_text(encoding="utf-8"))
        has = facts["files"]
        return (
            all(facts[key] == value for key, value in wanted.items())
            and set(files) <= set(has)
            and all((job.folder / name).stat().st_size == size for name, size in has.items())
        )
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return False  # there is none, or it is none of ours: then it is made


def make_all(
    jobs: Sequence[Job],
    order: Order,
    models: OpenedModels,
    *,
    report: Report = ignore_progress,
    stop: StopToken | None = None,
) -> Iterator[Done]:
    """What becomes of one job after another; one that fails does not end the others. Progress is counted in jobs.

    Raises Stopped when `stop` is set, and UserError when a model of the recipe cannot be opened, which would fail
    every job.
    """
    token = stop or StopToken()
    model_files = [models.file_of(use) for use in order.recipe.uses]
    are_open = False
    for number, job in enumerate(jobs):
        token.raise_if_stopped()
        try:
            facts = what_is_wanted(job.photo, order.recipe, model_files)
        except UserError as fault:
            yield Done(job, State.FAILED, fault)
            continue
        if not order.again and is_finished(job, facts, files_of(order.extras)):
            yield Done(job, State.FINISHED)
            continue
        if not are_open:
            for use in order.recipe.uses:
                models.open(use)
            are_open = True
        yield _made(job, order, facts, models, _part(report, number, len(jobs), job.photo.name), token)
    report(Progress(len(jobs), len(jobs), "All photos"))


def _made(
    job: Job, order: Order, facts: Mapping[str, Any], models: OpenedModels, report: Report, stop: StopToken
) -> Done:
    try:
        found = PanoramaRoad(job.photo, models).run(order.recipe, report=report, stop=stop)
        remove_unfinished(job.folder)
        write_range_map(job.folder, found, facts, extras=order.extras)
    except UserError as fault:
        return Done(job, State.FAILED, fault)
    except MemoryError:
        sentence = "There is not enough memory for this photo: work at a smaller width: {path}"
        return Done(job, State.FAILED, UserError(sentence, path=job.photo))
    return Done(job, State.MADE, said=tuple(sentences_of(found, order.recipe.scale)))


def _part(report: Report, number: int, count: int, name: str) -> Report:
    """One job's progress as a part of all of them."""

    def inner(progress: Progress) -> None:
        share = progress.done / progress.total if progress.total else 0.0
        report(Progress(number + share, count, f"{name}: {progress.label}"))

    return inner
