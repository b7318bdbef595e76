"""Single pictures out of files, each with a name that a person finds it by: what a camera is calibrated from."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame
from depthview.engine.progress import StopToken
from depthview.engine.sources import Notice, Source, SourceKind, open_source
from depthview.engine.sources.folder import Moment, find_moments
from depthview.engine.sources.images import read_still

_EVERY_S = 0.4
_MOST_OF_A_VIDEO = 150
"""Pictures of a video. More are so alike that they only take longer."""


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture or pair, as the camera gave it, and what it is called."""

    name: str
    frame: Frame


class Shots:
    """The pictures of a folder, at their own sizes; or a video's, one every so often. May be gone through again.

    `items`: one or two of what `open_source` takes. Raises UserError where there is nothing to read.
    """

    def __init__(self, items: tuple[str, ...], stop: StopToken) -> None:
        self._items = items
        self._stop = stop
        self._moments: list[Moment] = []
        self._told: list[Notice] = []
        self.unread: list[str] = []
        """Sentences about what was passed over so far, each once."""
        if len(items) == 1 and Path(items[0]).is_dir():
            self._moments, self._told = find_moments(Path(items[0]))

    @property
    def count(self) -> int | None:
        """How many there are; None where that is known only at the end."""
        return len(self._moments) or None

    def __iter__(self) -> Iterator[Shot | Notice]:
        """All of them, and what could not be read or has no partner. Raises UserError; Stopped."""
        yield from self._told
        for shot in self._of_folder(1) if self._moments else self._of_video(_EVERY_S):
            self._note(shot)
            yield shot

    def few(self, count: int) -> Iterator[Frame]:
        """About so many of them, spread evenly; what cannot be read is passed over."""
        if self._moments:
            shots = self._of_folder(max(1, len(self._moments) // count))
        else:
            shots = self._of_video(_EVERY_S, most=count)
        for shot in shots:
            self._note(shot)
            if isinstance(shot, Shot):
                yield shot.frame

    def _note(self, shot: Shot | Notice) -> None:
        if isinstance(shot, Notice) and shot.text not in self.unread:
            self.unread.append(shot.text)

    def _of_folder(self, step: int) -> Iterator[Shot | Notice]:
        for index, moment in enumerate(self._moments[::step]):
            self._stop.raise_if_stopped()
            try:
                left = read_still(moment.left)
                second = left.right if moment.right is None else read_still(moment.right).image
            except UserError as error:
                yield Notice(str(error))
                continue
            if second is not None and second.shape != left.image.shape:
                raise UserError(
                    "The two eyes have pictures of different sizes: use them as the camera made them: {path}",
                    path=moment.right or moment.left,
                )
            yield Shot(moment.title, Frame(left.image, second, index, float(index), 0.0))

    def _of_video(self, step_s: float, *, most: int = _MOST_OF_A_VIDEO) -> Iterator[Shot | Notice]:
        source = open_source(self._items, stop=self._stop)
        try:
            step_s = max(step_s, (source.info.duration_s or 0.0) / most)
            yield from self._taken(source, 0.0 if source.info.kind is SourceKind.SEQUENCE else step_s, most)
        finally:
            source.close()

    def _taken(self, source: Source, step_s: float, most: int) -> Iterator[Shot | Notice]:
        due_s, taken = -math.inf, 0
        while taken < most and (read := source.read()) is not None:
            self._stop.raise_if_stopped()
            if isinstance(read, Notice):
                yield read
            elif read.pts_s >= due_s:
                due_s, taken = read.pts_s + step_s, taken + 1
                yield Shot(f"{source.info.title} at {read.pts_s:.1f} s", read)
