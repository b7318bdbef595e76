"""Where a job keeps its own photos; apart from what copies them there, which loads decoders."""

from contextlib import suppress
from pathlib import Path

from depthview.engine.sources.names import natural_key

PHOTOS_FOLDER = "photos"

_SUFFIX = ".jpg"


def first_photo(folder: Path) -> Path | None:
    """Of the photos that the job in `folder` has by now, the first by name; None where there are none."""
    with suppress(OSError):
        names = [path.name for path in (folder / PHOTOS_FOLDER).iterdir()]
        photos = [name for name in names if name.endswith(_SUFFIX) and not name.startswith(".")]
        return folder / PHOTOS_FOLDER / min(photos, key=natural_key) if photos else None
    return None
