"""Which files of a folder, or of what was dropped, may be photos, and which one is a video."""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.reading import reading
from depthview.engine.sources.images import is_picture
from depthview.engine.sources.names import natural_key

PHOTO_SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".heic", ".heif", ".avif", ".bmp", ".jp2")
VIDEO_SUFFIXES = (".mp4", ".mov", ".m4v", ".mkv", ".webm", ".avi", ".mts", ".m2ts", ".ts", ".mpg", ".mpeg", ".3gp")

PICTURES_INSIDE = "images"
"""Where data sets keep their photos, beside files of their own."""
_MOST_FILES = 20_000
_MOST_LOOKED_INTO = 100
_HEAD = 32

_NOTHING = "There are no photos in this folder: choose the folder that holds them: {path}"
_DEEPER = "The photos are in folders inside this one: choose those that show one place: {path}"
_SEVERAL_VIDEOS = "One scene is made from one video: leave all but one out: {path}"
_TOO_MANY = "There are more than {most:,} files here: put the photos of one scene into a folder of their own: {path}"


@dataclass(frozen=True, slots=True)
class Listing:
    """Files that look like photos, in natural order of their names; or one video and no photos."""

    photos: tuple[Path, ...]
    video: Path | None = None


def list_photos(inputs: Sequence[Path]) -> Listing:
    """What is in the folders and files named. A folder's own files count, not those of the folders in it.

    Where a folder holds nothing but has a folder `images`, that one is taken. A single video counts where there are no
    photos. Raises UserError where something cannot be read or nothing is there.
    """
    if not inputs:
        raise ValueError("nothing to look at")
    photos: list[Path] = []
    videos: list[Path] = []
    for path in inputs:
        if path.is_dir():
            found = _files(path)
            if not any(is_photo(file) or is_video(file) for file in found):
                found = _files(path / PICTURES_INSIDE) if (path / PICTURES_INSIDE).is_dir() else found
            photos += filter(is_photo, found)
            videos += filter(is_video, found)
        elif is_video(path):
            videos.append(path)
        else:
            photos.append(path)  # what a person names is tried, whatever its name
    if photos:
        return Listing(_in_order(photos))
    if len(videos) > 1:
        raise UserError(_SEVERAL_VIDEOS, path=videos[0].parent)
    if not videos:
        raise UserError(_DEEPER if _has_photos_inside(inputs[0]) else _NOTHING, path=inputs[0])
    return Listing((), videos[0])


def _files(folder: Path) -> list[Path]:
    found: list[Path] = []
    with reading(folder), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(".") or not entry.is_file():
                continue
            found.append(Path(entry.path))
            if len(found) > _MOST_FILES:
                raise UserError(_TOO_MANY, most=_MOST_FILES, path=folder)
    return found


def _has_photos_inside(folder: Path) -> bool:
    """As cards and phones keep them: a folder for each day, or for each hundred."""
    try:
        inside = [path for path in folder.iterdir() if path.is_dir()]
        return any(is_photo(path) for each in inside[:_MOST_LOOKED_INTO] for path in each.iterdir())
    except OSError:
        return False


def _in_order(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(sorted(dict.fromkeys(paths), key=lambda path: (natural_key(path.name), str(path))))


def is_video(path: Path) -> bool:
    """By its name."""
    return path.suffix.lower() in VIDEO_SUFFIXES


def is_photo(path: Path) -> bool:
    """By its name, so that a damaged one is told and not overlooked; without a known name by its first bytes."""
    if path.suffix.lower() in PHOTO_SUFFIXES:
        return True
    if path.suffix:
        return False
    try:
        with path.open("rb") as stream:
            return is_picture(stream.read(_HEAD))
    except OSError:
        return False
