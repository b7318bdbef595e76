"""Writes a film of what was seen, with every picture at its own time."""

from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.frames import Image

_TIME_BASE = Fraction(1, 90_000)


class VideoWriter:
    """An H.264 file that grows picture by picture; the first picture settles its size."""

    def __init__(self, path: Path, fps: float) -> None:
        self._container = av.open(str(path), "w", format="mp4")
        self._fps = Fraction(fps).limit_denominator(1001)
        self._stream: Any = None
        self._last_pts = -1

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
        self._container.mux(self._stream.encode(frame))

    def finish(self) -> None:
        if self._stream is not None:
            self._container.mux(self._stream.encode())

    def close(self) -> None:
        self._container.close()


@contextmanager
def video_file(path: Path, fps: float) -> Iterator[VideoWriter]:
    """A film at `path` once the block has ended well. Raises UserError when it cannot be written."""
    with atomic_path(path) as temporary:
        try:
            writer = VideoWriter(temporary, fps)
            try:
                yield writer
                writer.finish()
            finally:
                writer.close()
        except av.error.FFmpegError as error:
            if isinstance(error, OSError):
                raise  # the disk's own refusals are told by atomic_path
            raise UserError("This film could not be written: choose another folder: {path}", path=path) from error
