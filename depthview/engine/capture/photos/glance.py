"""A first glance at what was brought: how much it is, and a few pictures of it in small."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from depthview.engine.capture.photos.listing import Listing, is_video, list_photos
from depthview.engine.capture.photos.video import look_at_video
from depthview.engine.errors import UserError
from depthview.engine.frames import Image
from depthview.engine.progress import StopToken
from depthview.engine.reading import reading
from depthview.engine.sources.decode import Decoder, Picture
from depthview.engine.sources.images import opened_picture, upright_rgb

_MOST_FRAMES = 5
"""To find a place in a video takes far longer than to decode a photo in small."""
_MOST_TRIES = 8
"""Damage at one place of a video."""


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """`files` photos, or one video, of `file_bytes` together; `pictures` (H, W, 3) uint8 RGB of some of them, evenly
    spread. `passed_over`: videos named beside photos, which are not used."""

    files: int
    video: Path | None
    file_bytes: int
    pictures: tuple[Image, ...]
    passed_over: tuple[Path, ...]


def glance(inputs: Sequence[Path], most: int, height_px: int, stop: StopToken) -> Glance:
    """At most `most` pictures of that height; what cannot be read has none.

    Raises UserError where there is nothing to look at, Stopped when told to stop.
    """
    listing = list_photos(inputs)
    paths = listing.photos if listing.video is None else (listing.video,)
    file_bytes = 0
    for path in paths:
        stop.raise_if_stopped()
        with reading(path):
            file_bytes += path.stat().st_size
    passed_over = tuple(path for path in inputs if listing.video is None and path.is_file() and is_video(path))
    pictures = []
    for picture in _pictures(listing, most, height_px):
        stop.raise_if_stopped()
        pictures.append(picture)
    return Glance(len(paths), listing.video, file_bytes, tuple(pictures), passed_over)


def _pictures(listing: Listing, most: int, height_px: int) -> Iterator[Image]:
    if listing.video is not None:
        yield from _frames(listing.video, min(most, _MOST_FRAMES), height_px)
        return
    count = len(listing.photos)
    for number in np.linspace(0, count - 1, min(most, count)).round().astype(int):
        try:
            yield _small(listing.photos[number], height_px)
        except UserError:
            continue  # the preflight says what is wrong with it


def _small(path: Path, height_px: int) -> Image:
    with reading(path), path.open("rb") as stream, opened_picture(stream, str(path)) as picture:
        # JPEG decodes to an eighth of its size in an eighth of the time; upright it may be as high as it is wide here.
        picture.draft("RGB", (2 * height_px, 2 * height_px))
        return _of_height(upright_rgb(picture), height_px)


def _frames(path: Path, most: int, height_px: int) -> Iterator[Image]:
    try:
        duration_s = look_at_video(path).duration_s
        with closing(Decoder(str(path))) as decoder:
            for number in range(most if duration_s else 1):
                if duration_s:
                    decoder.seek((number + 0.5) / most * duration_s)
                tries = (decoder.read() for _ in range(_MOST_TRIES))
                frames = (got.image for got in tries if isinstance(got, Picture))
                if (frame := next(frames, None)) is not None:
                    yield _of_height(frame, height_px)
    except UserError:
        return  # as above


def _of_height(image: Image, height_px: int) -> Image:
    height, width = image.shape[:2]
    size = max(1, round(width * height_px / height)), height_px
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
