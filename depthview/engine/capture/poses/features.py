"""The first stage: SIFT features of every photo, and which photos share a camera. Runs in the child."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from depthview.engine.capture.photos.folder import PHOTOS_FOLDER
from depthview.engine.capture.photos.gathering import Gathered, read_gathering
from depthview.engine.capture.photos.preflight import LONGEST_PX
from depthview.engine.capture.photos.room import threads_for
from depthview.engine.capture.poses.marks import DATABASE
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.progress import Progress, Report

_LEAST_PX = 1000
"""Fewer pixels find fewer features, whatever size is trained at."""
_MANY_OF_ONE_CAMERA = 20
"""Photos of one lens from which the four numbers of its distortion follow; with fewer, one is all they can tell."""
_LOOSE_FEATURES = 16384
_LOOSE_PEAK = 0.003
"""Of SIFT's threshold of 0.0067: finds features in dim and plain places, and more that mean nothing."""


def find_features(folder: Path, settings: PoseSettings, report: Report) -> None:
    """Fill the database. Photos that are in it are not searched again."""
    import pycolmap

    gathering = read_gathering(folder)
    longest_px = max(_LEAST_PX, min(LONGEST_PX, settings.max_size_px))
    threads = threads_for(max(_pixels(photo, longest_px) for photo in gathering.photos))
    options = pycolmap.FeatureExtractionOptions()
    options.max_image_size, options.num_threads, options.use_gpu = longest_px, threads, False
    if settings.loose:
        options.sift.max_num_features, options.sift.peak_threshold = _LOOSE_FEATURES, _LOOSE_PEAK
    done, total = 0, len(gathering.photos)
    for photos in _by_camera(gathering.photos):
        reader = pycolmap.ImageReaderOptions()
        reader.camera_model = "OPENCV" if len(photos) >= _MANY_OF_ONE_CAMERA else "SIMPLE_RADIAL"
        for batch in _batches(photos, max(4, threads)):
            report(Progress(done, total, f"Finding features: {done} of {total} photos"))
            known = _cameras_by_file(pycolmap, folder / DATABASE)
            missing = [photo.file for photo in batch if photo.file not in known]
            reader.existing_camera_id = next((known[photo.file] for photo in photos if photo.file in known), -1)
            if missing:
                pycolmap.extract_features(
                    folder / DATABASE,
                    folder / PHOTOS_FOLDER,
                    missing,
                    pycolmap.CameraMode.SINGLE,
                    reader_options=reader,
                    extraction_options=options,
                    device=pycolmap.Device.cpu,
                )
            done += len(batch)
    report(Progress(total, total, f"Found features in {total} photos"))


def _by_camera(photos: Sequence[Gathered]) -> list[list[Gathered]]:
    """Photos of one lens, zoom and size share what is found out about it."""
    groups: dict[str, list[Gathered]] = {}
    for photo in photos:
        groups.setdefault(f"{photo.camera} {photo.size_px}", []).append(photo)
    return list(groups.values())


def _batches(photos: Sequence[Gathered], size: int) -> Iterator[Sequence[Gathered]]:
    for start in range(0, len(photos), size):
        yield photos[start : start + size]


def _cameras_by_file(pycolmap: Any, database: Path) -> dict[str, int]:
    """The cameras of the photos whose features are in the database."""
    opened = pycolmap.Database.open(database)
    try:
        return {
            image.name: image.camera_id
            for image in opened.read_all_images()
            if opened.exists_keypoints(image.image_id) and opened.exists_descriptors(image.image_id)
        }
    finally:
        opened.close()


def _pixels(photo: Gathered, longest_px: int) -> int:
    scale = min(1.0, longest_px / max(photo.size_px))
    return int(photo.size_px[0] * photo.size_px[1] * scale * scale)
