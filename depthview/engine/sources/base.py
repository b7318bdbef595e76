"""What every source is: something that hands out frames one by one, in one thread."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from depthview.engine.frames import Frame, LayoutGuess


class SourceKind(StrEnum):
    IMAGE = "image"
    """One picture or pair. `read` gives it once."""
    SEQUENCE = "sequence"
    """A folder of pictures, each shown for a moment."""
    VIDEO = "video"
    """A file, or a recording at a web address."""
    LIVE = "live"
    """A camera or a broadcast: frames come when they come, the newest counts."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known of a source once it is open.

    `title` is for people. `identity` is the same whenever the same thing is opened again (a path, an address without
    its signature, a camera's USB identity): settings are remembered under it. `size_hw` is the packed frame's. `hint`
    is what metadata, file names and the kind of source say of the layout, None when they say nothing. `fov_deg` is the
    camera's horizontal field of view and `baseline_m` the distance of its two lenses where the file says it.
    """

    kind: SourceKind
    title: str
    identity: str
    size_hw: tuple[int, int]
    fps: float | None = None
    duration_s: float | None = None
    seekable: bool = False
    hint: LayoutGuess | None = None
    fov_deg: float | None = None
    baseline_m: float | None = None


@dataclass(frozen=True, slots=True)
class Notice:
    """Something the person should know while the source goes on: damage skipped, a camera lost and found.

    `text` is one sentence. `trouble` is False for good news (the camera is back).
    """

    text: str
    trouble: bool = True


class Source(Protocol):
    """Opened, read and closed by one thread. No method blocks for longer than the source's time-out.

    `read` gives the next frame, or a notice, or None at the end; a LIVE source that waits for its device may give None
    never, and gives notices instead. It raises UserError when the source cannot go on.
    `seek` makes the next `read` give the first frame whose pts_s is not before `pts_s` (the last frame, if all are
    before it); only where `info.seekable`. After the end, `seek` starts it again.
    """

    @property
    def info(self) -> SourceInfo: ...

    def read(self) -> Frame | Notice | None: ...

    def seek(self, pts_s: float) -> None: ...

    def close(self) -> None: ...
