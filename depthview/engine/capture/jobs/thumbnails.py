"""A picture for each job, by which a person knows it again."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from depthview.engine.capture.jobs.folder import read_asked
from depthview.engine.capture.jobs.row import Job
from depthview.engine.capture.photos.folder import first_photo
from depthview.engine.errors import UserError


class Thumbnails:
    """Finds each job's picture once: the first photo that the job took in, and before there is one the first picture
    among what it is made from. One thread."""

    def __init__(self) -> None:
        self._own: dict[int, Path] = {}
        self._lent: dict[int, Path | None] = {}
        self._latest: Mapping[int, Path] = {}

    def of(self, jobs: Iterable[Job]) -> Mapping[int, Path]:
        """By the jobs' numbers, where there is one. The same object as the last time where nothing changed."""
        pictures = {job.id: self._picture(job) for job in jobs}
        for known in (self._own, self._lent):
            for number in known.keys() - pictures.keys():
                del known[number]
        found = {number: picture for number, picture in pictures.items() if picture is not None}
        if found != self._latest:
            self._latest = found
        return self._latest

    def _picture(self, job: Job) -> Path | None:
        own = self._own.get(job.id)
        if own is None or not _is_file(own):
            own = first_photo(job.folder)
        if own is not None:
            self._own[job.id] = own
            return own
        if job.id not in self._lent:
            self._lent[job.id] = _lent(job.folder)
        return self._lent[job.id]


def _lent(folder: Path) -> Path | None:
    from depthview.engine.capture.photos.listing import list_photos

    try:
        photos = list_photos(read_asked(folder).poses.inputs).photos
    except (UserError, OSError, ValueError):
        return None
    return next((path for path in photos if _is_file(path)), None)


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:
        return False
