"""Where a job keeps its own photos; apart from what copies them there, which loads decoders."""

from contextlib import suppress
from pathlib import Path

PHOTOS_FOLDER = "photos"

_SUFFIX = ".jpg"


def first_photo(folder: Path) -> Path | None:
    """Of the photos that the job in `folder` has by now, the first by name; None where there are none."""
    with suppress(OSError):
        names = (path.name for path in (folder / PHOTOS_FOLDER).iterdir())
        first = min((name for name in names if name.endswith(_SUFFIX) and not name.startswith(".")), default=None)
        return None if first is None else folder / PHOTOS_FOLDER / first
    return None
