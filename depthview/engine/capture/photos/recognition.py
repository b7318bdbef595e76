"""Whether something that a person brings is worth making a scene of, told at a glance."""

import os
from itertools import islice
from pathlib import Path

from depthview.engine.capture.photos.judging import FEWEST
from depthview.engine.capture.photos.listing import PICTURES_INSIDE, is_photo, is_video
from depthview.engine.splats.formats.recognition import may_be_splats

_MOST_LOOKED_AT = 300
_SHARE = 0.5


def is_for_capture(path: Path) -> bool:
    """Whether this is a photo, a video, or a folder that holds mainly photos, or one video and no photos.

    By names, and the first bytes of files without an ending; of a folder only its first few hundred entries. A splat
    scene that is a folder of pictures is none. Never raises.
    """
    try:
        if not path.is_dir():
            return path.is_file() and (is_video(path) or is_photo(path))
        return not may_be_splats(path) and (_holds_photos(path) or _holds_photos(path / PICTURES_INSIDE))
    except (OSError, ValueError):  # too long for a name, or not to be looked at
        return False


def _holds_photos(folder: Path) -> bool:
    if not folder.is_dir():
        return False
    with os.scandir(folder) as entries:
        first = [entry for entry in islice(entries, _MOST_LOOKED_AT) if not entry.name.startswith(".")]
    files = [Path(entry.path) for entry in first if entry.is_file()]
    photos = sum(map(is_photo, files))
    if photos == 0:
        return sum(map(is_video, files)) == 1
    return photos >= FEWEST and photos >= _SHARE * len(files)
