"""Which stages of a job are done: a mark beside what they made, written last."""

import json
import shutil
from enum import Enum
from pathlib import Path
from typing import Any

from depthview.engine.atomic import atomic_path, output_folder, settle, settle_names
from depthview.engine.capture.photos.folder import PHOTOS_FOLDER
from depthview.engine.capture.poses.settings import PoseSettings

DATABASE = "database.db"
SPARSE = "sparse"
DENSE = "dense"
UNFINISHED = "-unfinished"
"""Behind the names of folders that a stage still works in."""

MARKS = "stages"
"""The folder of the marks in a job's."""


class Stage(Enum):
    """The stages in their order."""

    FEATURES = "features"
    MATCHING = "matching"
    MAPPING = "mapping"
    UNDISTORTION = "undistortion"


_ASKED = {
    Stage.FEATURES: ("inputs", "frame_count", "max_size_px", "loose"),
    Stage.MATCHING: ("matcher",),
    Stage.MAPPING: ("mapper",),
    Stage.UNDISTORTION: (),
}
"""What of the settings changes what a stage makes; what changes an earlier stage changes the later ones too."""

_OF_PHOTOS = ("inputs", "frame_count", "max_size_px")
"""Whatever else is asked for, the job's own photos are those: the person's may be gone by now."""


def is_done(folder: Path, stage: Stage, settings: PoseSettings) -> bool:
    """Whether the stage was done whole, with these settings."""
    return _read(mark_path(folder, stage)).get("asked") == _asked(stage, settings)


def mark_done(folder: Path, stage: Stage, settings: PoseSettings) -> None:
    """Say that all the stage makes is whole and on the disk."""
    output_folder(folder / MARKS)
    with atomic_path(mark_path(folder, stage), durable=True) as temporary:
        temporary.write_text(json.dumps({"asked": _asked(stage, settings)}), encoding="utf-8")


def forget(folder: Path, first: Stage) -> None:
    """Take the marks of a stage and of all behind it away, the last first: nothing may seem whole that is not."""
    later = list(Stage)[list(Stage).index(first) :]
    for stage in reversed(later):
        mark_path(folder, stage).unlink(missing_ok=True)


def clear(folder: Path, stage: Stage, settings: PoseSettings) -> None:
    """Remove what the stage cannot go on with: half folders, and photos and features that were asked for otherwise.

    What is in the database of the same photos stays: features once found are found, pairs once compared are compared.
    """
    forget(folder, stage)
    if stage is Stage.FEATURES:
        _begin_anew_if_asked_otherwise(folder, settings)
    made = {Stage.MAPPING: SPARSE, Stage.UNDISTORTION: DENSE}.get(stage)
    if made is not None:
        for place in (folder / made, folder / (made + UNFINISHED)):
            if place.exists():
                shutil.rmtree(place)


def _begin_anew_if_asked_otherwise(folder: Path, settings: PoseSettings) -> None:
    begun = folder / MARKS / "begun.json"
    before, asked = _read(begun), _asked(Stage.FEATURES, settings)
    if before == asked:
        return
    if any(before.get(key) != asked[key] for key in _OF_PHOTOS):
        shutil.rmtree(folder / PHOTOS_FOLDER, ignore_errors=True)
    remove_database(folder)
    output_folder(folder / MARKS)
    with atomic_path(begun, durable=True) as temporary:
        temporary.write_text(json.dumps(asked), encoding="utf-8")


def remove_database(folder: Path) -> None:
    """With the files that SQLite keeps beside it."""
    for path in folder.glob(DATABASE + "*"):
        path.unlink()


def put_in_place(unfinished: Path, place: Path) -> None:
    """Rename a whole folder to where it belongs, once its files are on the disk: a power cut leaves all or nothing."""
    for path in unfinished.rglob("*"):
        (settle if path.is_file() else settle_names)(path)
    settle_names(unfinished)
    unfinished.rename(place)
    settle_names(place.parent)


def mark_path(folder: Path, stage: Stage) -> Path:
    """The file that says that the stage is done."""
    return folder / MARKS / f"{stage.value}.json"


def _read(path: Path) -> dict[str, Any]:
    """Empty where it is not there or damaged."""
    try:
        said = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return said if isinstance(said, dict) else {}


def _asked(stage: Stage, settings: PoseSettings) -> dict[str, Any]:
    said = settings.to_json()
    stages = list(Stage)[: list(Stage).index(stage) + 1]
    return {key: said[key] for earlier in stages for key in _ASKED[earlier]}
