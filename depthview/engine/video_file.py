"""Writes a film of what was seen, with every picture at its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from depthview.engine.atomic import atomic_path, writing_error
from depthview.engine.errors import UserError
from depthview.engine.frames import Image

_TIME_BASE = Fraction(1, 90_000)


class VideoWriter:
    """An H.264 file that grows picture by picture; the first picture settles its size."""

    def __init__(self, path: Path, fps: float, *, told_as: Path) -> None:
        """`told_as`: the name that errors are told with; `path` may be a temporary one."""
        self._told_as = told_as
        self._container = av.open(str(path), "w", format="mp4")
        self._fps = Fraction(fps).limit_denominator(1001)
        self._stream: Any = None
        self._last_pts = -1

    @property
    def empty(self) -> bool:
        """Whether no picture was added yet; such a film cannot be played."""
        return self._stream is None

    def add(self, image: Image, pts_s: float) -> None:
        """(H, W, 3) RGB with even sides, shown from `pts_s` on; times must grow."""
        if self._stream is None:
            self._stream = self._container.add_stream("libx264", rate=self._fps)
            self._stream.width, self._stream.height = image.shape[1], image.shape[0]
            self._stream.pix_fmt = "yuv420p"
            self._stream.options = {"crf": "20", "preset": "veryfast"}
            self._stream.codec_context.time_base = _TIME_BASE
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="rgb24")
        frame.pts = max(round(pts_s / _TIME_BASE), self._last_pts + 1)
        frame.time_base = _TIME_BASE
        self._last_pts = frame.pts
        with _blamed_on(self._told_as):
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
def video_file(path: Path, fps: float) -> Iterator[VideoWriter]:
    """A film at `path` once the block has ended well. Raises UserError when it cannot be written.

    Errors of the block itself, such as a source whose disk went away, are passed on as they are.
    """
    try:
        with atomic_path(path) as temporary, _blamed_on(path):
            writer = VideoWriter(temporary, fps, told_as=path)
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
def _blamed_on(path: Path) -> Iterator[None]:
    """Raises UserError for what FFmpeg or the system refuses while it writes `path`."""
    try:
        yield
    except OSError as error:
        raise writing_error(error, path) from error
    except av.error.FFmpegError as error:
        raise UserError("This film could not be written: choose another folder: {path}", path=path) from error
