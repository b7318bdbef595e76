"""The third stage: where each photo was taken from, and the points that they share. Runs in the child."""

import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import output_folder
from depthview.engine.capture.photos.folder import PHOTOS_FOLDER
from depthview.engine.capture.photos.gathering import Gathered, read_gathering
from depthview.engine.capture.poses.marks import DATABASE, SPARSE, UNFINISHED, put_in_place
from depthview.engine.capture.poses.matching import chosen_matcher
from depthview.engine.capture.poses.outcome import FEWEST_PLACED, Facts, outcome_of, write_outcome
from depthview.engine.capture.poses.settings import Mapper, Matcher, PoseSettings
from depthview.engine.progress import Progress, Report

KEPT = "0"
"""The folder of the kept model in `sparse`, as COLMAP names its first."""

_REPORT_EVERY_S = 0.2
_SEED = 1


def place_photos(folder: Path, settings: PoseSettings, report: Report) -> None:
    """Write the largest model to `sparse/0`, upright, and what was found of every photo to `outcome.json`."""
    import pycolmap

    gathering = read_gathering(folder)
    work = output_folder(folder / (SPARSE + UNFINISHED) / "models")
    if settings.mapper is Mapper.GLOBAL:
        report(Progress(0, None, "Placing all photos at once"))
        models = _place_at_once(pycolmap, folder, work, settings)
    else:
        models = _place_in_turn(pycolmap, folder, work, settings, len(gathering.photos), report)
    ordered = sorted(models, key=lambda model: (-model.num_reg_images(), -model.num_points3D()))
    facts = _facts(pycolmap, folder, gathering.photos, ordered)
    compared_all = chosen_matcher(gathering, settings) is Matcher.EXHAUSTIVE
    outcome = outcome_of(facts, [model.num_reg_images() for model in ordered], compared_all=compared_all)
    if ordered:
        _put_upright(pycolmap, ordered[0])
        kept = output_folder(folder / (SPARSE + UNFINISHED) / "kept" / KEPT)
        ordered[0].write_binary(kept)
        put_in_place(kept.parent, folder / SPARSE)
    shutil.rmtree(folder / (SPARSE + UNFINISHED))
    write_outcome(folder, outcome)
    report(Progress(len(facts), len(facts), outcome.sentence))


def _place_in_turn(
    pycolmap: Any, folder: Path, work: Path, settings: PoseSettings, total: int, report: Report
) -> list[Any]:
    options = pycolmap.IncrementalPipelineOptions()
    options.min_model_size, options.random_seed = FEWEST_PLACED, _SEED
    if settings.loose:
        options.min_num_matches = 10
        options.mapper.init_min_num_inliers, options.mapper.init_min_tri_angle = 40, 8.0
        options.mapper.abs_pose_min_num_inliers, options.mapper.abs_pose_min_inlier_ratio = 15, 0.15
    count, told_at = 0, 0.0

    def one_more(by: int) -> None:
        nonlocal count, told_at
        count = min(total, count + by)
        if time.monotonic() - told_at >= _REPORT_EVERY_S:
            told_at = time.monotonic()
            report(Progress(count, total, f"Placing photos: {count} of {total}"))

    report(Progress(0, total, "Looking for two photos to begin with"))
    models = pycolmap.incremental_mapping(
        folder / DATABASE,
        folder / PHOTOS_FOLDER,
        work,
        options=options,
        initial_image_pair_callback=lambda: one_more(2),
        next_image_callback=lambda: one_more(1),
    )
    return list(models.values())


def _place_at_once(pycolmap: Any, folder: Path, work: Path, settings: PoseSettings) -> list[Any]:
    options = pycolmap.GlobalPipelineOptions()
    options.random_seed, options.min_model_size = _SEED, FEWEST_PLACED
    if settings.loose:
        options.min_num_matches = 10
    models = pycolmap.global_mapping(folder / DATABASE, folder / PHOTOS_FOLDER, work, options=options)
    return list(models.values())


def _facts(pycolmap: Any, folder: Path, photos: Sequence[Gathered], models: Sequence[Any]) -> list[Facts]:
    database = pycolmap.Database.open(folder / DATABASE)
    try:
        ids = {image.name: image.image_id for image in database.read_all_images()}
        features = {name: database.num_keypoints_for_image(one) for name, one in ids.items()}
        matched: dict[int, int] = {}
        for pair, inliers in zip(*database.read_two_view_geometry_num_inliers(), strict=True):
            for one in pycolmap.pair_id_to_image_pair(pair) if inliers else ():
                matched[one] = matched.get(one, 0) + 1
    finally:
        database.close()
    placed = [{model.images[one].name for one in model.reg_image_ids()} for model in models]
    return [
        Facts(
            photo.name,
            features.get(photo.file, 0),
            matched.get(ids.get(photo.file, -1), 0),
            tuple(number for number, names in enumerate(placed) if photo.file in names),
        )
        for photo in photos
    ]


def _put_upright(pycolmap: Any, model: Any) -> None:
    """Turn the world so that y points down as it does, in the mean, in the photos: a model stands as it was taken."""
    poses = [model.images[one].cam_from_world() for one in model.reg_image_ids()]
    down = np.sum([pose.rotation.matrix()[1] for pose in poses], axis=0)
    length = float(np.linalg.norm(down))
    if length > 1e-3 * len(poses):
        turn = pycolmap.Rotation3d(turn_onto(down / length, np.array([0.0, 1, 0])))
        model.transform(pycolmap.Sim3d(1.0, turn, np.zeros(3)))


def turn_onto(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """(3, 3) the shortest turn that takes unit vector `a` to `b` (Rodrigues)."""
    cosine = float(a @ b)
    if cosine < -1 + 1e-9:
        across = np.cross(a, np.eye(3)[np.argmin(np.abs(a))])
        across /= np.linalg.norm(across)
        return np.asarray(2 * np.outer(across, across) - np.eye(3))
    x, y, z = np.cross(a, b)
    skew = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))
