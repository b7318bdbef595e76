"""From a person's photos to cameras, stage by stage, each done once.

A stage may be killed at any moment: its mark is written last, so what it left is gone over again or taken away.
"""

import sqlite3
from pathlib import Path

from depthview.engine.capture.photos.folder import PHOTOS_FOLDER
from depthview.engine.capture.photos.gathering import gather
from depthview.engine.capture.photos.preflight import LONGEST_PX, preflight
from depthview.engine.capture.poses.apart import run_apart
from depthview.engine.capture.poses.marks import (
    DATABASE,
    DENSE,
    Stage,
    clear,
    forget,
    is_done,
    mark_done,
    remove_database,
)
from depthview.engine.capture.poses.outcome import read_outcome
from depthview.engine.capture.poses.posed import PosedPhotos, read_posed
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.progress import Progress, Report, StopToken

__all__ = ["Stage", "find_poses", "run_stage"]

_LOOKED_AT, _TAKEN_IN = 0.05, 0.25
"""Of the first stage: what looking at the photos and copying them takes, beside finding features."""


def run_stage(stage: Stage, folder: Path, settings: PoseSettings, report: Report, stop: StopToken) -> None:
    """Do one stage of the job in `folder`, unless it was done with these settings; the ones before it must be.

    Progress counts from 0 to its total within the stage and never back. Raises UserError where it cannot be done,
    Stopped within a second or two of being told to; either way it can be called again and goes on.
    """
    stop.raise_if_stopped()
    if is_done(folder, stage, settings):
        return
    if stage is not Stage.FEATURES and not _database_is_sound(folder):
        # A power cut while SQLite wrote. What was found is found again.
        forget(folder, Stage.FEATURES)
        remove_database(folder)
        for earlier in list(Stage)[: list(Stage).index(stage)]:
            run_stage(earlier, folder, settings, report, stop)
    clear(folder, stage, settings)
    if stage is Stage.FEATURES:
        _take_in(folder, settings, report, stop)
        report = _portion(report, _TAKEN_IN, 1)
        if not _database_is_sound(folder):
            remove_database(folder)
    run_apart(stage, folder, settings, report, stop)
    if stage is Stage.MAPPING:
        read_outcome(folder).check(folder)
    mark_done(folder, stage, settings)


def find_poses(folder: Path, settings: PoseSettings, report: Report, stop: StopToken) -> PosedPhotos:
    """All stages, one after the other, and what they found. Raises as `run_stage`."""
    for stage in Stage:
        run_stage(stage, folder, settings, report, stop)
    return read_posed(folder / DENSE)


def _take_in(folder: Path, settings: PoseSettings, report: Report, stop: StopToken) -> None:
    if (folder / PHOTOS_FOLDER / "photos.json").exists():
        return
    found = preflight(
        settings.inputs,
        folder,
        frame_count=settings.frame_count,
        max_size_px=settings.max_size_px,
        max_splats=settings.max_splats,
        report=_portion(report, 0, _LOOKED_AT),
        stop=stop,
    )
    taking_in = _portion(report, _LOOKED_AT, _TAKEN_IN)
    gather(found, folder, settings.frame_count, max(LONGEST_PX, settings.max_size_px), taking_in, stop)


def _portion(report: Report, start: float, end: float) -> Report:
    """Tell of a part of a stage on the whole stage's scale, 0 to 1."""

    def told(progress: Progress) -> None:
        share = progress.done / progress.total if progress.total else 0.0
        report(Progress(start + (end - start) * share, 1, progress.label))

    return told


def _database_is_sound(folder: Path) -> bool:
    path = folder / DATABASE
    if not path.exists():
        return False
    try:
        connection = sqlite3.connect(path)
        try:
            return bool(connection.execute("PRAGMA quick_check").fetchone() == ("ok",))
        finally:
            connection.close()
    except sqlite3.Error:
        return False
