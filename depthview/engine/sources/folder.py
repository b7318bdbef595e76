"""A folder of pictures as a sequence: pictures that hold both eyes, or pairs that their names tell apart."""

import math
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame
from depthview.engine.reading import reading_error
from depthview.engine.sources.base import Notice, SourceInfo, SourceKind
from depthview.engine.sources.images import Still, is_picture, read_pair, read_still
from depthview.engine.sources.names import eye_of, natural_key, numbered_pair

FPS = 1.0
"""A picture stays for a second."""

_SUFFIXES = {".jpg", ".jpeg", ".jps", ".mpo", ".png", ".pns", ".webp", ".avif", ".heic", ".heif", ".bmp"}
_SUFFIXES |= {".gif", ".tif", ".tiff", ".jp2", ".ppm", ".pgm", ".qoi"}
_HEAD = 32


@dataclass(frozen=True, slots=True)
class Moment:
    """The file or the two files of one frame."""

    left: Path
    right: Path | None = None

    @property
    def title(self) -> str:
        return self.left.name if self.right is None else f"{self.left.name} + {self.right.name}"


class FolderSource:
    """Pictures in natural order, one a second. A picture that cannot be read is told and passed over.

    Used by one thread; one picture at a time is in memory.
    """

    def __init__(self, moments: Sequence[Moment], *, title: str, identity: str, notices: Sequence[Notice] = ()) -> None:
        self._moments = moments
        self._pending: list[Notice] = list(notices)
        self._seq = 0
        self._next = 0
        self._ready: tuple[int, Still] | None = None
        first = self._load_first()
        height, width = first.image.shape[:2]
        self._info = SourceInfo(
            SourceKind.SEQUENCE if len(moments) > 1 else SourceKind.IMAGE,  # one pair is a still, not a film of one
            title,
            identity,
            (height, width),
            fps=FPS,
            duration_s=len(moments) / FPS,
            seekable=True,
            hint=first.hint,
        )

    @classmethod
    def from_folder(cls, folder: Path) -> "FolderSource":
        """Raises UserError when the folder cannot be read or holds no picture that can."""
        moments, notices = find_moments(folder)
        return cls(moments, title=folder.resolve().name or str(folder), identity=str(folder.resolve()), notices=notices)

    @classmethod
    def from_two_folders(cls, left: Path, right: Path) -> "FolderSource":
        """A folder for each eye: paired by name where the names are the same, else by order."""
        moments, notices = _across(_pictures(left), _pictures(right))
        if not moments:
            raise _no_pictures(left)
        title = f"{left.name} + {right.name}"
        return cls(moments, title=title, identity=f"{left.resolve()} | {right.resolve()}", notices=notices)

    def _load_first(self) -> Still:
        """The first picture that can be read; the ones before it become notices."""
        failure: UserError | None = None
        for index in range(len(self._moments)):
            try:
                still = self._load(index)
            except UserError as error:
                failure = failure or error
                continue
            self._ready = index, still
            return still
        raise failure or UserError("There are no pictures here")

    def _load(self, index: int) -> Still:
        moment = self._moments[index]
        if moment.right is None:
            return read_still(moment.left)
        still, _resized = read_pair(moment.left, moment.right)
        return still

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | Notice | None:
        if self._pending:
            return self._pending.pop(0)
        if self._next >= len(self._moments):
            return None
        index, self._next = self._next, self._next + 1
        try:
            # What was decoded to learn the size is not decoded twice.
            still = self._ready[1] if self._ready and self._ready[0] == index else self._load(index)
        except UserError as error:
            return Notice(str(error))
        self._ready = None
        frame = Frame(still.image, still.right, self._seq, index / FPS, time.perf_counter())
        self._seq += 1
        return frame

    def seek(self, pts_s: float) -> None:
        last = len(self._moments) - 1
        self._next = min(last, max(0, math.ceil(pts_s * FPS - 1e-6)))

    def close(self) -> None:
        self._ready = None
        self._next = len(self._moments)


def find_moments(folder: Path) -> tuple[list[Moment], list[Notice]]:
    """The frames of a folder, and what was left out of them. Raises UserError when there are none.

    `left/` and `right/` inside, names with a left and a right, and the data sets' numbers make pairs; where there are
    pairs, other pictures (disparities, masks) are not frames.
    """
    pictures = _pictures(folder)
    if pair := numbered_pair([p.name for p in pictures]):
        return [Moment(folder / pair[0], folder / pair[1])], []
    eyes: dict[str, dict[str, Path]] = {}
    for path in pictures:
        if found := eye_of(path.name):
            eyes.setdefault(found[0], {}).setdefault(found[1], path)
    moments = [Moment(e["left"], e["right"]) for e in eyes.values() if len(e) == 2]
    if moments:
        alone = sum(len(e) == 1 for e in eyes.values())
        return sorted(moments, key=lambda m: natural_key(m.left.name)), _left_out(alone)
    if two := _eye_folders(folder):
        moments, notices = _across(_pictures(two[0]), _pictures(two[1]))
        if moments:
            return moments, notices
    if not pictures:
        raise _no_pictures(folder)
    return [Moment(path) for path in pictures], []


def _no_pictures(folder: Path) -> UserError:
    return UserError("There are no pictures in this folder: choose another one or open a file: {path}", path=folder)


def _left_out(count: int) -> list[Notice]:
    if not count:
        return []
    said = "1 picture has" if count == 1 else f"{count} pictures have"
    return [Notice(f"{said} no partner for the other eye and will not be shown")]


def _across(left: list[Path], right: list[Path]) -> tuple[list[Moment], list[Notice]]:
    by_name = {path.stem.lower(): path for path in right}
    same = [Moment(path, by_name[path.stem.lower()]) for path in left if path.stem.lower() in by_name]
    moments = same or [Moment(a, b) for a, b in zip(left, right, strict=False)]
    return moments, _left_out(len(left) + len(right) - 2 * len(moments))


def _eye_folders(folder: Path) -> tuple[Path, Path] | None:
    inside = [entry for entry in _entries(folder) if entry.is_dir()]
    if pair := numbered_pair([entry.name for entry in inside]):
        return folder / pair[0], folder / pair[1]
    eyes: dict[str, dict[str, Path]] = {}
    for entry in inside:
        if found := eye_of(entry.name):
            eyes.setdefault(found[0], {}).setdefault(found[1], entry)
    return next(((e["left"], e["right"]) for e in eyes.values() if len(e) == 2), None)


def _entries(folder: Path) -> list[Path]:
    try:
        names = [name for name in os.listdir(folder) if not name.startswith(".")]  # noqa: PTH208 - names suffice
    except OSError as error:
        raise reading_error(error, folder) from error
    return [folder / name for name in sorted(names, key=natural_key)]


def _pictures(folder: Path) -> list[Path]:
    """Picture files, by suffix (so that damage is told, not overlooked) or by their first bytes."""
    return [path for path in _entries(folder) if path.is_file() and _may_be_picture(path)]


def _may_be_picture(path: Path) -> bool:
    if path.suffix.lower() in _SUFFIXES:
        return True
    try:
        with path.open("rb") as stream:
            return is_picture(stream.read(_HEAD))
    except OSError:
        return False
