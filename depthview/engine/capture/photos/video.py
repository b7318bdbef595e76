"""A video becomes photos: of every stretch of it the sharpest frame."""

import re
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from depthview.engine.atomic import atomic_path, remove_unfinished, writing_error
from depthview.engine.capture.photos.looking import grey_of, sharpness
from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.sources.decode import Decoder, Picture

_JPEG_QUALITY = 95
_SHORTEST_S = 0.2
_NAME = "frame_{:05d}.jpg"
_NAMED = re.compile(r"frame_(\d{5,})\.jpg")


@dataclass(frozen=True, slots=True)
class Footage:
    """A video that can be decoded: its upright size (width, height) and its length where the file tells it."""

    path: Path
    size_px: tuple[int, int]
    duration_s: float | None


def look_at_video(path: Path) -> Footage:
    """Raises UserError where this is no video that can be read."""
    with closing(Decoder(str(path))) as decoder:
        height, width = decoder.size_hw
        return Footage(path, (width, height), decoder.duration_s)


def sharpest_frames(
    footage: Footage, folder: Path, count: int, longest_px: int, report: Report, stop: StopToken
) -> tuple[Path, ...]:
    """Cut the video into `count` equal stretches and write the sharpest frame of each to `folder`, as numbered JPEGs.

    One frame at a time is in memory beside the best so far. What was written whole before is not written again: the
    work goes on behind it. Frames longer than `longest_px` are reduced. The paths, in order; fewer than `count` where
    the video has fewer frames. Raises UserError where the video cannot be read or the folder not be written to,
    Stopped when told to.
    """
    remove_unfinished(folder)
    duration_s = footage.duration_s or _measured_s(footage.path, stop)
    if duration_s < _SHORTEST_S:
        raise UserError("This video is too short to make a scene of: {path}", path=footage.path)
    stretch_s = duration_s / count
    written = {int(match[1]): path for path in folder.iterdir() if (match := _NAMED.fullmatch(path.name))}
    # Everything before the last frame that is there was seen: a stretch without one had none to give.
    first = max(written, default=-1) + 1
    best: tuple[float, Image] | None = None
    window = first
    for picture in _pictures(footage.path, first * stretch_s, stop):
        at = min(int(picture.pts_s / stretch_s), count - 1)
        if at < first:
            continue
        if at != window:
            if best is not None:
                written[window] = _write(folder, window, best[1], longest_px)
            best, window = None, at
            report(Progress(window, count, f"Choosing frames: {window} of {count}"))
        sharp = sharpness(grey_of(picture.image))
        if best is None or sharp > best[0]:
            best = sharp, picture.image
    if best is not None:
        written[window] = _write(folder, window, best[1], longest_px)
    return tuple(written[number] for number in sorted(written))


def _pictures(path: Path, from_s: float, stop: StopToken) -> Iterator[Picture]:
    with closing(Decoder(str(path))) as decoder:
        if from_s > 0:
            decoder.seek(from_s)
        while (got := decoder.read()) is not None:
            stop.raise_if_stopped()
            if isinstance(got, Picture):
                yield got


def _measured_s(path: Path, stop: StopToken) -> float:
    """The length of a video that does not tell it: by reading it."""
    last_s = 0.0
    for picture in _pictures(path, 0, stop):
        last_s = picture.pts_s
    return last_s


def _write(folder: Path, number: int, image: Image, longest_px: int) -> Path:
    path = folder / _NAME.format(number)
    good, encoded = cv2.imencode(
        ".jpg", cv2.cvtColor(reduced(image, longest_px), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY]
    )
    if not good:
        raise writing_error(OSError("OpenCV could not encode the frame"), path)
    with atomic_path(path, durable=True) as temporary:
        temporary.write_bytes(encoded.tobytes())
    return path


def reduced(image: Image, longest_px: int) -> Image:
    """(H, W, 3) uint8 with its longer side at most `longest_px`."""
    height, width = image.shape[:2]
    scale = longest_px / max(height, width)
    if scale >= 1:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
