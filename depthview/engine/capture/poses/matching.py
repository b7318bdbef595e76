"""The second stage: which features of two photos are the same point. Runs in the child.

Pairs go to COLMAP in batches of our own: its own progress can only be guessed at from outside, and what is compared
once is in the database for good.
"""

import contextlib
import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from depthview.engine.capture.photos.gathering import Gathered, Gathering, read_gathering
from depthview.engine.capture.photos.room import GIB, free_memory_bytes
from depthview.engine.capture.poses.marks import DATABASE
from depthview.engine.capture.poses.pairing import Pairs, every_pair, in_a_row, most_alike, nearest
from depthview.engine.capture.poses.settings import Matcher, PoseSettings
from depthview.engine.progress import Progress, Report

EXHAUSTIVE_BELOW = 200
"""With so many photos comparing all takes as long as everything else together."""
_NEIGHBOURS = 40
_A_BATCH = 64
_LOOSE_RATIO, _LOOSE_INLIERS = 0.85, 10
_METRES_A_DEGREE = 111_320.0
_PAIRS_FILE = "pairs.txt"


def match_photos(folder: Path, settings: PoseSettings, report: Report) -> None:
    """Compare the pairs that are not in the database yet."""
    import pycolmap

    gathering = read_gathering(folder)
    report(Progress(0, None, "Choosing which photos to compare"))
    database = pycolmap.Database.open(folder / DATABASE)
    try:
        ids = {image.name: image.image_id for image in database.read_all_images()}
        photos = [photo for photo in gathering.photos if photo.file in ids]
        files = [photo.file for photo in photos]
        pairs = _choose(chosen_matcher(gathering, settings), photos, database, [ids[file] for file in files])
    finally:
        database.close()
    known = _compared(folder / DATABASE)
    fresh = [
        (files[a], files[b])
        for a, b in pairs
        if pycolmap.image_pair_to_pair_id(ids[files[a]], ids[files[b]]) not in known
    ]
    total, done = len(pairs), len(pairs) - len(fresh)
    matching, verification = _options(pycolmap, settings)
    pairing = pycolmap.ImportedPairingOptions()
    pairing.match_list_path = folder / _PAIRS_FILE
    for start in range(0, len(fresh), _A_BATCH):
        report(Progress(done, total, f"Comparing photos: {done} of {total} pairs"))
        batch = fresh[start : start + _A_BATCH]
        with atomic_path(folder / _PAIRS_FILE) as temporary:
            temporary.write_text("".join(f"{first} {second}\n" for first, second in batch), encoding="ascii")
        pycolmap.match_image_pairs(
            folder / DATABASE,
            matching_options=matching,
            pairing_options=pairing,
            verification_options=verification,
            device=pycolmap.Device.cpu,
        )
        done += len(batch)
    (folder / _PAIRS_FILE).unlink(missing_ok=True)
    report(Progress(total, total, f"Compared {total} pairs of photos"))


def chosen_matcher(gathering: Gathering, settings: PoseSettings) -> Matcher:
    """What AUTO means for these photos."""
    if settings.matcher is not Matcher.AUTO:
        return settings.matcher
    if gathering.in_a_row:
        return Matcher.SEQUENTIAL
    if len(gathering.photos) < EXHAUSTIVE_BELOW:
        return Matcher.EXHAUSTIVE
    placed = sum(photo.place is not None for photo in gathering.photos)
    return Matcher.PLACES if placed > 0.9 * len(gathering.photos) else Matcher.LIKENESS


def _choose(matcher: Matcher, photos: Sequence[Gathered], database: Any, ids: Sequence[int]) -> Pairs:
    if matcher is Matcher.SEQUENTIAL:
        return in_a_row(len(ids))
    if matcher is Matcher.PLACES:
        places = places_m(photos)
        if np.isfinite(places).any():
            return nearest(places, _NEIGHBOURS)
        matcher = Matcher.LIKENESS
    if matcher is Matcher.LIKENESS:
        return most_alike([np.asarray(database.read_descriptors(one).data) for one in ids], _NEIGHBOURS)
    return every_pair(len(ids))


def places_m(photos: Sequence[Gathered]) -> NDArray[np.float64]:
    """(N, 3) metres north, east and up, from the places that the photos know; NaN where one does not.

    Round the first of them, on a ball: good to a few metres within a city, which is all that neighbours need.
    """
    unknown = (np.nan, np.nan, np.nan)
    degrees = np.array([unknown if photo.place is None else photo.place for photo in photos])
    north = degrees[:, 0] * _METRES_A_DEGREE
    # Across the date line a degree east of 180 is -179.
    origin = degrees[np.isfinite(degrees[:, 1]).argmax(), 1]
    east = ((degrees[:, 1] - origin + 180) % 360 - 180) * _METRES_A_DEGREE * np.cos(np.radians(degrees[:, 0]))
    return np.stack([north, east, degrees[:, 2]], axis=1)


def _options(pycolmap: Any, settings: PoseSettings) -> tuple[Any, Any]:
    matching, verification = pycolmap.FeatureMatchingOptions(), pycolmap.TwoViewGeometryOptions()
    matching.use_gpu = False
    # Each thread holds the distances of all features of two photos: half a gigabyte at the loose count.
    matching.num_threads = -1 if free_memory_bytes() > 4 * GIB else 1
    verification.ransac.random_seed = 0
    if settings.loose:
        matching.sift.max_ratio, matching.guided_matching = _LOOSE_RATIO, True
        verification.min_num_inliers = _LOOSE_INLIERS
    return matching, verification


def _compared(database: Path) -> set[int]:
    """COLMAP's numbers of the pairs that were compared and checked, whether anything was found or not."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        return {int(row[0]) for row in connection.execute("SELECT pair_id FROM two_view_geometries")}
