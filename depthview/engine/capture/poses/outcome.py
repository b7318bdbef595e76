"""Which photos were placed and which were not, why, and what to try next."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from depthview.engine.atomic import atomic_path
from depthview.engine.capture.poses.posed import Missing
from depthview.engine.capture.poses.settings import Mapper, Matcher, PoseSettings
from depthview.engine.errors import UserError
from depthview.engine.reading import reading

OUTCOME = "outcome.json"
ENOUGH_SHARE = 0.7
"""Of the photos; where fewer were placed, a second try is offered."""
FEWEST_PLACED = 3
FEW_FEATURES = 60
MOST_COMPARED = 400
"""Photos up to which comparing each with each is offered: 80 000 pairs take hours on two cores."""

NO_FEATURES = "It has hardly any detail: it is blurred, dark or shows something plain"
NO_MATCHES = "Nothing in it was found in another photo: it shows something else or stands too far apart"
ANOTHER_PART = (
    "It belongs to a part of the set that does not connect with the largest one: photos between them are missing"
)
TOO_LITTLE = "It shares too little with the photos that were placed: take more photos beside it"

_NOT_TOGETHER = (
    "The photos could not be put together, {placed} of {total} fit: "
    "take them closer together, in even light, of a place with detail: {path}"
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What COLMAP found of one photo: `parts` are the models it was placed in, by their order; 0 is the kept one."""

    name: str
    features: int
    matched_with: int
    parts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Retry:
    """A second try, in words and as settings."""

    sentence: str
    settings: PoseSettings


@dataclass(frozen=True, slots=True)
class Outcome:
    """`parts`: how many photos each model holds, the kept one first. `compared_all`: each photo with each other."""

    placed: int
    total: int
    parts: tuple[int, ...]
    missing: tuple[Missing, ...]
    compared_all: bool = True

    @property
    def sentence(self) -> str:
        """How it went, in one sentence."""
        said = f"{self.placed} of {self.total} photos were placed"
        if len(self.parts) < 2:
            return said
        parts = "two parts" if len(self.parts) == 2 else f"{len(self.parts)} parts"
        return f"The photos fall into {parts} that do not connect, of {_listed(self.parts)} photos: the largest is kept"

    def check(self, folder: Path) -> None:
        """Raises UserError where too few were placed for a scene."""
        if self.placed < FEWEST_PLACED:
            details = "\n".join(f"{missing.name}: {missing.reason}" for missing in self.missing)
            raise UserError(_NOT_TOGETHER, placed=self.placed, total=self.total, details=details, path=folder)


def outcome_of(facts: Sequence[Facts], parts: Sequence[int], *, compared_all: bool = True) -> Outcome:
    """From what COLMAP found of every photo."""
    missing = tuple(Missing(one.name, _reason(one)) for one in facts if 0 not in one.parts)
    return Outcome(len(facts) - len(missing), len(facts), tuple(parts), missing, compared_all)


def _reason(facts: Facts) -> str:
    if facts.features < FEW_FEATURES:
        return NO_FEATURES
    if facts.parts:
        return ANOTHER_PART
    return TOO_LITTLE if facts.matched_with else NO_MATCHES


def retry_of(outcome: Outcome, settings: PoseSettings) -> Retry | None:
    """What to try next where too few photos were placed; None where enough were, or everything was tried."""
    if outcome.placed >= ENOUGH_SHARE * outcome.total:
        return None
    if not settings.loose:
        return Retry("Accept weaker features and matches", replace(settings, loose=True))
    if not outcome.compared_all and outcome.total <= MOST_COMPARED:
        return Retry("Compare every photo with every other", replace(settings, matcher=Matcher.EXHAUSTIVE))
    if settings.mapper is Mapper.INCREMENTAL:
        return Retry("Place all photos at once instead of one after the other", replace(settings, mapper=Mapper.GLOBAL))
    return None


def write_outcome(folder: Path, outcome: Outcome) -> None:
    said = {
        "placed": outcome.placed,
        "total": outcome.total,
        "parts": outcome.parts,
        "missing": missing_as_json(outcome.missing),
        "compared_all": outcome.compared_all,
    }
    with atomic_path(folder / OUTCOME, durable=True) as temporary:
        temporary.write_text(json.dumps(said, indent=1), encoding="utf-8")


def read_outcome(folder: Path) -> Outcome:
    """What mapping found in this job. Raises UserError where that is not there or damaged."""
    path = folder / OUTCOME
    with reading(path):
        raw = path.read_bytes()
    try:
        return _from_json(json.loads(raw))
    except (ValueError, TypeError, KeyError) as error:
        raise UserError("What was found of the photos is damaged: run the job again: {path}", path=path) from error


def missing_as_json(missing: Sequence[Missing]) -> list[dict[str, str]]:
    return [{"name": one.name, "reason": one.reason} for one in missing]


def _from_json(said: Mapping[str, Any]) -> Outcome:
    missing = tuple(Missing(str(one["name"]), str(one["reason"])) for one in said["missing"])
    parts = tuple(map(int, said["parts"]))
    return Outcome(int(said["placed"]), int(said["total"]), parts, missing, bool(said["compared_all"]))


def _listed(parts: Sequence[int]) -> str:
    return ", ".join(map(str, parts[:-1])) + f" and {parts[-1]}"
