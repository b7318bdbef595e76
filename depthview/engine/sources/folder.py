"""A folder of pictures as a sequence: pictures that hold both eyes, or pairs that their names tell apart."""

import math
import os
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Image
from depthview.engine.reading import reading_error
from depthview.engine.sentence import Sentence
from depthview.engine.sources.base import Notice, SourceInfo, SourceKind
from depthview.engine.sources.images import Still, is_picture, read_pair, read_still
from depthview.engine.sources.names import eye_of, natural_key, numbered_eyes, numbered_pair

FPS = 1.0
"""A picture stays for a second."""

_SUFFIXES = {".jpg", ".jpeg", ".jps", ".mpo", ".png", ".pns", ".webp", ".avif", ".heic", ".heif", ".bmp"}
_SUFFIXES |= {".gif", ".tif", ".tiff", ".jp2", ".ppm", ".pgm", ".qoi"}
_HEAD = 32
_DEEPER = "There are no pictures in this folder, only in folders inside it: open one of these, such as {inside}: {path}"


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

    With `film_fps` they are the frames of one film, so many a second: a video of one camera and of one size.
    Used by one thread; one picture at a time is in memory.
    """

    def __init__(
        self,
        moments: Sequence[Moment],
        *,
        title: str,
        identity: str,
        notices: Sequence[Notice] = (),
        film_fps: float | None = None,
    ) -> None:
        self._moments = moments
        self._is_film, self._fps = film_fps is not None, film_fps or FPS
        self._size_told = False
        self._pending: list[Notice] = list(notices)
        self._seq = 0
        self._next = 0
        self._ready: tuple[int, Still] | None = None
        first = self._load_first()
        height, width = first.image.shape[:2]
        several = SourceKind.VIDEO if self._is_film else SourceKind.SEQUENCE
        self._info = SourceInfo(
            several if len(moments) > 1 else SourceKind.IMAGE,  # one pair is a still, not a film of one
            title,
            identity,
            (height, width),
            fps=self._fps,
            duration_s=len(moments) / self._fps,
            seekable=True,
            hint=first.hint,
            fov_deg=first.fov_deg if self._is_film else None,
            baseline_m=first.baseline_m if self._is_film else None,
        )

    @classmethod
    def from_folder(cls, folder: Path, *, film_fps: float | None = None) -> "FolderSource":
        """Raises UserError when the folder cannot be read or holds no picture that can."""
        moments, notices = find_moments(folder)
        title, identity = folder.resolve().name or str(folder), str(folder.resolve())
        return cls(moments, title=title, identity=identity, notices=notices, film_fps=film_fps)

    @classmethod
    def from_two_folders(cls, left: Path, right: Path, *, film_fps: float | None = None) -> "FolderSource":
        """A folder for each eye: paired by name where the names are the same, else by order."""
        moments, notices = _across(_pictures(left), _pictures(right))
        if not moments:
            raise _no_pictures(left)
        title, identity = f"{left.name} + {right.name}", f"{left.resolve()} | {right.resolve()}"
        return cls(moments, title=title, identity=identity, notices=notices, film_fps=film_fps)

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
            return Notice(Sentence("A picture is passed over. {why}", why=error))
        self._ready = None
        image, right = still.image, still.right
        if self._is_film and image.shape[:2] != self._info.size_hw:
            self._tell_size(image)
            image, right = self._in_size(image), None if right is None else self._in_size(right)
        frame = Frame(image, right, self._seq, index / self._fps, time.perf_counter())
        self._seq += 1
        return frame

    def _tell_size(self, image: Image) -> None:
        if not self._size_told:
            height, width = image.shape[:2]
            told = f"The pictures change their size to {width} x {height}; they are shown at the first one's"
            self._pending.append(Notice(told))
            self._size_told = True

    def _in_size(self, image: Image) -> Image:
        height, width = self._info.size_hw
        return np.asarray(cv2.resize(image, (width, height), interpolation=cv2.INTER_AREA), np.uint8)

    def seek(self, pts_s: float) -> None:
        last = len(self._moments) - 1
        self._next = min(last, max(0, math.ceil(pts_s * self._fps - 1e-6)))

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
    if numbered := numbered_eyes([path.name for path in pictures]):
        moments = [Moment(folder / left, folder / right) for left, right in numbered]
        return sorted(moments, key=lambda m: natural_key(m.left.name)), _left_out(len(pictures) - 2 * len(moments))
    if two := _eye_folders(folder):
        moments, notices = _across(*(_pictures(eye) or _data_of(eye) for eye in two))
        if moments:
            return moments, notices
    if not pictures:
        if (inside := _inside(folder)) is not None:
            raise UserError(_DEEPER, inside=inside, path=folder)
        raise _no_pictures(folder)
    return [Moment(path) for path in pictures], []


def pictures_in(folder: Path) -> list[Path]:
    """All files that its frames are made of. Raises as `find_moments`."""
    moments, _left_over = find_moments(folder)
    return [path for moment in moments for path in (moment.left, moment.right) if path is not None]


def _inside(folder: Path) -> Path | None:
    """A folder in this one that holds pictures."""
    for entry in _entries(folder):
        with suppress(UserError):  # one may not look into every one
            if entry.is_dir() and _pictures(entry):
                return entry
    return None


def _no_pictures(folder: Path) -> UserError:
    return UserError("There are no pictures in this folder: choose another one or open a file: {path}", path=folder)


def _left_out(count: int) -> list[Notice]:
    if not count:
        return []
    said = "1 picture has" if count == 1 else f"{count} pictures have"
    return [Notice(f"{said} no partner for the other eye and will not be shown")]


def _data_of(eye: Path) -> list[Path]:
    """EuRoC and who follows it keep a camera's pictures in `cam0/data`."""
    return _pictures(eye / "data") if (eye / "data").is_dir() else []


def _across(left: list[Path], right: list[Path]) -> tuple[list[Moment], list[Notice]]:
    by_name = {path.stem.lower(): path for path in right}
    same = [Moment(path, by_name[path.stem.lower()]) for path in left if path.stem.lower() in by_name]
    moments = same or [Moment(a, b) for a, b in zip(left, right, strict=False)]
    if not same and moments and len(left) != len(right):
        said = f"The eyes have {len(left)} and {len(right)} pictures whose names differ: they are paired by their order"
        return moments, [Notice(f"{said}, which is wrong unless the last ones are missing")]
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
