"""Writes a film of what was seen, with every picture at its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path, writing_error
from depthview.engine.errors import UserError
from depthview.engine.frames import Image

TIME_BASE = Fraction(1, 90_000)
"""Of the times that are written; MPEG's own clock."""


@dataclass(frozen=True, slots=True)
class FilmCoding:
    """How a film is stored, in FFmpeg's words: the container and the codec with its options, the pixels in the file and
    those that are given."""

    container: str
    codec: str
    stored: str
    given: str
    options: tuple[tuple[str, str], ...] = ()


H264 = FilmCoding("mp4", "libx264", "yuv420p", "rgb24", (("crf", "20"), ("preset", "veryfast")))
"""(H, W, 3) uint8 RGB with even sides; plays everywhere."""

H264_IN_PARTS = FilmCoding("mp4", "libx264", "yuv420p", "rgb24", (*H264.options, ("bf", "0")))
"""The same for parts that are joined as they are: without pictures that wait for later ones, a part's times begin with
its first picture."""

FFV1_GREY16 = FilmCoding(
    "matroska", "ffv1", "gray16le", "gray16le", (("level", "3"), ("g", "1"), ("slices", "4"), ("slicecrc", "1"))
)
"""(H, W) uint16, nothing is lost. RFC 9043; each picture stands for itself, with checksums."""


class VideoWriter:
    """A film that grows picture by picture; the first picture settles its size."""

    def __init__(self, path: Path, fps: float, *, told_as: Path, coding: FilmCoding = H264) -> None:
        """`told_as`: the name that errors are told with; `path` may be a temporary one."""
        self._told_as = told_as
        self._coding = coding
        self._container = av.open(str(path), "w", format=coding.container)
        self._fps = Fraction(fps).limit_denominator(1001)
        self._stream: Any = None
        self._last_pts = -1

    @property
    def empty(self) -> bool:
        """Whether no picture was added yet; such a film cannot be played."""
        return self._stream is None

    def add(self, image: Image | NDArray[np.uint16], pts_s: float) -> None:
        """A picture as the coding says, shown from `pts_s` on; times must grow."""
        if self._stream is None:
            self._stream = self._container.add_stream(self._coding.codec, rate=self._fps)
            self._stream.width, self._stream.height = image.shape[1], image.shape[0]
            self._stream.pix_fmt = self._coding.stored
            self._stream.options = dict(self._coding.options)
            self._stream.codec_context.time_base = TIME_BASE
        pixels: Any = np.ascontiguousarray(image)
        frame = av.VideoFrame.from_ndarray(pixels, format=self._coding.given)
        frame.pts = max(round(pts_s / TIME_BASE), self._last_pts + 1)
        frame.time_base = TIME_BASE
        self._last_pts = frame.pts
        with blamed_on(self._told_as):
            self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        if self._stream is not None:
            self._container.mux(self._stream.encode())

    def close(self) -> None:
        self._container.close()


class _Foreign(Exception):  # noqa: N818 - it only carries another one
    """An error of whoever makes the pictures, on its way past those who answer for the disk."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error


@contextmanager
def video_file(path: Path, fps: float, *, coding: FilmCoding = H264, durable: bool = False) -> Iterator[VideoWriter]:
    """A film at `path` once the block has ended well, see `atomic_path`. Raises UserError when it cannot be written.

    Errors of the block itself, such as a source whose disk went away, are passed on as they are.
    """
    try:
        with atomic_path(path, durable=durable) as temporary, blamed_on(path):
            writer = VideoWriter(temporary, fps, told_as=path, coding=coding)
            try:
                try:
                    yield writer
                except (OSError, av.error.FFmpegError) as error:  # those of `add` are sentences already
                    raise _Foreign(error) from error
                writer.finish()
            finally:
                writer.close()
    except _Foreign as carrier:
        raise carrier.error from None


@contextmanager
def blamed_on(path: Path) -> Iterator[None]:
    """Raises UserError for what FFmpeg or the system refuses while it writes `path`."""
    try:
        yield
    except OSError as error:
        raise writing_error(error, path) from error
    except av.error.FFmpegError as error:
        raise UserError("This film could not be written: choose another folder: {path}", path=path) from error
