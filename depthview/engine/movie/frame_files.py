"""A file for each frame of a movie, or for every so many."""

from collections.abc import Callable
from pathlib import Path

from depthview.engine.atomic import output_folder, settle, settle_names, writing_error
from depthview.engine.movie.moments import Moment

Keep = Callable[[Path, Moment], None]
"""Writes what is kept of a moment, whole or not at all."""


class FrameFiles:
    """Files in `folder`, each named for its frame's index.

    A folder holds one movie's frames only, see `folder.py`. Those that an earlier run left beyond what is finished are
    written again: the disk may never have had them, and a power cut leaves empty files under their names.
    """

    def __init__(self, folder: Path, name: Callable[[Moment], str], keep: Keep, *, every: int = 1) -> None:
        """`name` gives a file's name with the place of its number as {:06d}."""
        self._folder, self._name, self._keep, self._every = folder, name, keep, every
        self._unsettled: list[Path] = []

    @property
    def outputs(self) -> tuple[Path, ...]:
        """What there is of it in the end."""
        return (self._folder,)

    def recall(self, moment: Moment) -> None:
        """Nothing hangs on the moments before."""

    def write(self, moment: Moment) -> None:
        """Raises UserError where it cannot be written."""
        if moment.index % self._every:
            return
        path = output_folder(self._folder) / self._name(moment).format(moment.index)
        self._keep(path, moment)
        self._unsettled.append(path)

    def end_part(self) -> None:
        """Returns when the disk has what was written. Raises UserError where it refuses."""
        try:
            for path in self._unsettled:
                settle(path)
        except OSError as error:
            raise writing_error(error, self._folder) from error
        if self._unsettled:
            settle_names(self._folder)
        self._unsettled.clear()

    def drop_part(self) -> None:
        """Each file is whole by itself."""
