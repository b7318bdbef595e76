"""A job's own copy of its photos: upright, of one kind, no larger than needed, with names that every program can read.

So a job goes on when the memory card is long back in the camera, and what COLMAP, the trainer and the window read is
the same picture: EXIF rotation and WebP are each understood by some of them only.
"""

import io
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from PIL import Image as Pillow

from depthview.engine.atomic import atomic_path, output_folder, remove_unfinished
from depthview.engine.capture.photos.folder import PHOTOS_FOLDER
from depthview.engine.capture.photos.looking import PhotoFacts, Place
from depthview.engine.capture.photos.preflight import Preflight
from depthview.engine.capture.photos.video import reduced, sharpest_frames
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.reading import reading
from depthview.engine.sources.images import opened_picture, upright_rgb

_LIST = "photos.json"
_JPEG_QUALITY = 95
_EXIF_IFD, _GPS_IFD = 0x8769, 0x8825
_MAKE, _MODEL, _FOCAL_MM, _FOCAL_35MM = 0x010F, 0x0110, 0x920A, 0xA405
_AS_IT_IS = {".jpg", ".jpeg"}


@dataclass(frozen=True, slots=True)
class Gathered:
    """A photo of the job: `file` in its `photos` folder, the person's own `name` of it, size (width, height).

    `camera` is the same for photos of one lens, zoom and size; `place` is latitude, longitude and height in metres.
    """

    file: str
    name: str
    size_px: tuple[int, int]
    camera: str
    place: Place | None


@dataclass(frozen=True, slots=True)
class Gathering:
    """All photos of a job in order; `in_a_row`: each was taken beside the one before, as frames of a video are.

    `notes` are the preflight's sentences.
    """

    photos: tuple[Gathered, ...]
    in_a_row: bool
    notes: tuple[str, ...] = ()


def gather(
    found: Preflight, folder: Path, frame_count: int, longest_px: int, report: Report, stop: StopToken
) -> Gathering:
    """Copy the photos, or the video's sharpest frames, into `folder` / photos; what is there whole is not made again.

    Raises UserError where a photo cannot be read any more or the folder not be written to, Stopped when told to.
    """
    place = output_folder(folder / PHOTOS_FOLDER)
    remove_unfinished(place)
    if found.video is not None:
        paths = sharpest_frames(found.video, place, frame_count, longest_px, report, stop)
        gathering = Gathering(_frames(paths), True, found.sentences)
    else:
        gathering = Gathering(_copied(found.photos, place, longest_px, report, stop), False, found.sentences)
    with atomic_path(place / _LIST, durable=True) as temporary:
        temporary.write_text(json.dumps(asdict(gathering), indent=1), encoding="utf-8")
    return gathering


def read_gathering(folder: Path) -> Gathering:
    """What `gather` made of a job. Raises UserError where it is not there or damaged."""
    path = folder / PHOTOS_FOLDER / _LIST
    with reading(path):
        raw = path.read_bytes()
    try:
        said = json.loads(raw)
        return Gathering(tuple(map(_photo, said["photos"])), bool(said["in_a_row"]), tuple(map(str, said["notes"])))
    except (ValueError, TypeError, KeyError) as error:
        raise UserError("This job's list of photos is damaged: start it anew: {path}", path=path) from error


def _photo(said: Mapping[str, Any]) -> Gathered:
    width, height = (int(px) for px in said["size_px"])
    place = None
    if said["place"] is not None:
        latitude, longitude, height_m = (float(number) for number in said["place"])
        place = (latitude, longitude, height_m)
    return Gathered(str(said["file"]), str(said["name"]), (width, height), str(said["camera"]), place)


def _frames(paths: Sequence[Path]) -> tuple[Gathered, ...]:
    frames = []
    for path in paths:
        with reading(path), path.open("rb") as stream, opened_picture(stream, str(path)) as picture:
            frames.append(Gathered(path.name, path.name, picture.size, "video", None))
    return tuple(frames)


def _copied(
    facts: Sequence[PhotoFacts], place: Path, longest_px: int, report: Report, stop: StopToken
) -> tuple[Gathered, ...]:
    gathered: list[Gathered] = []
    taken: set[str] = set()
    for number, photo in enumerate(facts):
        stop.raise_if_stopped()
        report(Progress(number, len(facts), f"Taking in {photo.path.name}"))
        plain = not photo.turned and max(photo.size_px) <= longest_px and photo.path.suffix.lower() in _AS_IT_IS
        file = _safe_name(photo.path.stem, taken)
        scale = min(1.0, longest_px / max(photo.size_px))
        size = (max(1, round(photo.size_px[0] * scale)), max(1, round(photo.size_px[1] * scale)))
        if not (place / file).exists():
            _write(photo, place / file, longest_px, plain)
        gathered.append(Gathered(file, photo.path.name, size, photo.camera, photo.place))
    return tuple(gathered)


def _write(photo: PhotoFacts, path: Path, longest_px: int, plain: bool) -> None:
    with reading(photo.path):
        raw = photo.path.read_bytes()
    if not plain:
        with opened_picture(io.BytesIO(raw), str(photo.path)) as picture:
            exif = _kept_tags(picture)
            upright = Pillow.fromarray(reduced(upright_rgb(picture), longest_px))
        encoded = io.BytesIO()
        upright.save(encoded, "JPEG", quality=_JPEG_QUALITY, subsampling=0, exif=exif)
        raw = encoded.getvalue()
    with atomic_path(path, durable=True) as temporary:
        temporary.write_bytes(raw)


def _kept_tags(picture: Pillow.Image) -> bytes:
    """What COLMAP makes use of: the lens and the place. Not the orientation: the picture is upright from here on."""
    kept = Pillow.Exif()
    try:
        said = picture.getexif()
        for tag in (_MAKE, _MODEL):
            if tag in said:
                kept[tag] = said[tag]
        inner = said.get_ifd(_EXIF_IFD)
        kept.get_ifd(_EXIF_IFD).update({tag: inner[tag] for tag in (_FOCAL_MM, _FOCAL_35MM) if tag in inner})
        if place := said.get_ifd(_GPS_IFD):
            kept.get_ifd(_GPS_IFD).update(place)
        return kept.tobytes()
    except Exception:  # noqa: BLE001 - Pillow's reader of tags raises almost anything on damaged ones
        return b""


def _safe_name(stem: str, taken: set[str]) -> str:
    """A name of plain letters and digits that is not taken: COLMAP's files hold names as bytes without an encoding."""
    plain = unicodedata.normalize("NFKD", stem).encode("ascii", "ignore").decode()
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", plain).strip("._") or "photo"
    plain = plain[:80]
    name, number = plain, 1
    while name.lower() in taken:
        number += 1
        name = f"{plain}-{number}"
    taken.add(name.lower())
    return f"{name}.jpg"
