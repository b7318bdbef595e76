"""A film in parts: what is finished of it stays finished, whatever becomes of the process."""

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import Stopped
from depthview.engine.frames import Image
from depthview.engine.movie.joining import join
from depthview.engine.movie.journal import Part
from depthview.engine.movie.moments import Moment
from depthview.engine.progress import StopToken
from depthview.engine.video_file import FilmCoding, VideoWriter, video_file

Paint = Callable[[Moment], Image | NDArray[np.uint16]]
"""What a film shows of a moment."""


class FilmInParts:
    """One film of a movie. `remembers`: what it shows hangs on the moments before."""

    def __init__(
        self, path: Path, parts: Path, fps: float, coding: FilmCoding, paint: Paint, *, remembers: bool = False
    ) -> None:
        """`path` is where it is in the end, `parts` the folder for its parts."""
        self.path = path
        self._parts, self._fps, self._coding = parts, fps, coding
        self._paint, self._remembers = paint, remembers
        self._open = ExitStack()
        self._writer: VideoWriter | None = None
        self._start_s = 0.0

    @property
    def outputs(self) -> tuple[Path, ...]:
        """What there is of it in the end."""
        return (self.path,)

    def recall(self, moment: Moment) -> None:
        """A moment that is finished already: only what the next ones hang on is wanted."""
        if self._remembers:
            self._paint(moment)

    def write(self, moment: Moment) -> None:
        """Raises UserError where it cannot be written."""
        pts_s = moment.depth.pair.pts_s
        if self._writer is None:
            film = video_file(self._file(moment.index), self._fps, coding=self._coding, durable=True)
            self._writer, self._start_s = self._open.enter_context(film), pts_s
        self._writer.add(self._paint(moment), pts_s - self._start_s)

    def end_part(self) -> None:
        """Returns when the disk has the part. Raises UserError where it cannot be written."""
        self._writer = None
        self._open.close()

    def drop_part(self) -> None:
        """Leave nothing of the part that is not finished."""
        self._writer = None
        self._open.__exit__(Stopped, Stopped(), None)

    def join(self, parts: Sequence[Part], sound_from: Path | None, stop: StopToken) -> bool:
        """Make it whole, see `joining.join`."""
        files = [(self._file(part.first), part) for part in parts]
        return join(files, self.path, container=self._coding.container, sound_from=sound_from, stop=stop)

    def _file(self, first: int) -> Path:
        return self._parts / f"{self.path.stem}.{first:07d}{self.path.suffix}"
