"""Still pictures: one that holds both eyes, a file with two pictures in it, or a file for each eye."""

import io
import struct
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image as Pillow
from PIL import ImageOps, UnidentifiedImageError
from PIL.MpoImagePlugin import MpoImageFile

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Image, Layout, LayoutGuess
from depthview.engine.reading import reading_error
from depthview.engine.sources.base import Notice, SourceInfo, SourceKind
from depthview.engine.sources.lens import baseline_of, lens_of
from depthview.engine.stereo.eyes.split import matched_size

MAX_PIXELS = 200_000_000
MAX_SIDE = 65_535

# Pillow warns at its limit and refuses at twice that, long before the header is ours to judge. Ours is tighter.
Pillow.MAX_IMAGE_PIXELS = MAX_PIXELS
# What it warns of ends in a sentence of ours, or is of no use to a person.
warnings.filterwarnings("ignore", module=r"PIL\.")

# Only what people photograph with: Pillow also opens formats that start other programs (EPS) or nest files.
# MPO comes with JPEG.
_FORMATS = ("JPEG", "PNG", "WEBP", "AVIF", "BMP", "DIB", "GIF", "TIFF", "JPEG2000", "PPM", "QOI")

_MAGIC: tuple[bytes, ...] = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n",
    b"GIF87a",
    b"GIF89a",
    b"BM",
    b"II*\0",
    b"MM\0*",
    b"qoif",
)
_MAGIC += (b"\0\0\0\x0cjP  \r\n\x87\n", b"\xff\x4f\xff\x51")  # JPEG 2000

_USUAL = (".jpg", ".jpeg", ".png")
"""Nobody is to save these as what they say they are."""
NO_PICTURE = "This picture is damaged, or is none in spite of its name: copy or download it again: {path}"

_HEIF_BRANDS = (b"heic", b"heix", b"heim", b"heis", b"mif1", b"msf1")


@dataclass(frozen=True, slots=True)
class Still:
    """A decoded picture file: `image` and, where the file holds one for each eye, `right`; what it says of the layout.

    (H, W, 3) uint8 RGB each, upright. Where the file says it, `fov_deg` is the horizontal field of view and
    `baseline_m` the distance of the two lenses.
    """

    image: Image
    right: Image | None
    hint: LayoutGuess | None
    fov_deg: float | None = None
    baseline_m: float | None = None


def is_picture(head: bytes) -> bool:
    """Whether a file that begins with these bytes is a picture: of a kind that is read here, or HEIC."""
    netpbm = head[:2] in (b"P1", b"P2", b"P3", b"P4", b"P5", b"P6", b"Pf", b"PF") and head[2:3].isspace()
    heif = head[4:8] == b"ftyp" and head[8:12] in (*_HEIF_BRANDS, b"avif", b"avis")
    webp = head.startswith(b"RIFF") and head[8:12] == b"WEBP"
    return netpbm or heif or webp or head.startswith(_MAGIC)


def read_still(path: Path) -> Still:
    """Decode a picture file. Raises UserError when it cannot be read."""
    try:
        with path.open("rb") as stream:
            return decode_still(stream, name=path.name, where=str(path))
    except OSError as error:
        raise reading_error(error, path) from error


def read_pair(left: Path, right: Path) -> tuple[Still, Notice | None]:
    """Decode a picture for each eye; the right one is brought to the left one's size, which the notice says.

    Raises UserError when one cannot be read, or when they differ in shape.
    """
    first, second = read_still(left), read_still(right)
    image = matched_size(second.image, first.image, where=str(right))
    guess = LayoutGuess(Layout.SEPARATE, False, "each eye has its own picture", certain=True)
    notice = None
    if second.image.shape != first.image.shape:
        (height, width), (right_h, right_w) = first.image.shape[:2], second.image.shape[:2]
        notice = Notice(
            f"The right picture has {right_w} x {right_h} pixels and was scaled to the left one's {width} x {height}"
        )
    return Still(first.image, image, guess, first.fov_deg), notice


def decode_still(stream: BinaryIO, *, name: str, where: str) -> Still:
    """Decode a picture from an open stream, header first.

    `name` decides what formats without a mark of their own mean (.jps, .mpo); `where` is said in messages. Alpha is
    laid over black, which is what surrounds a picture on a screen and what bars are made of: it is equal in both eyes
    and counts as nothing. 16-bit grey keeps its upper eight bits, so that both eyes keep one scale.

    Raises UserError when this is not a picture, is too large (before anything is allocated), or is damaged.
    """
    with opened_picture(stream, where) as picture:
        png_mode = _png_stereo_mode(stream) if picture.format == "PNG" else None
        jps = _jps_guess(picture, name)
        second = _second_eye(picture, name)
        image = upright_rgb(picture)
        lens = lens_of(picture, image.shape[:2], two_eyes=second is not None)
        if second is not None and isinstance(picture, MpoImageFile):
            picture.seek(second)
            _check_size(picture, where)
            right = upright_rgb(picture)
            guess = LayoutGuess(Layout.SEPARATE, False, "the file holds a picture for each eye", certain=True)
            baseline_m = baseline_of(picture) or lens.baseline_m
            return Still(image, matched_size(right, image, where=where), guess, lens.fov_deg, baseline_m)
    if png_mode is not None:
        return _from_png_stereo(image, png_mode)
    return Still(image, None, jps, None if jps is not None else lens.fov_deg)


@contextmanager
def opened_picture(stream: BinaryIO, where: str) -> Iterator[Pillow.Image]:
    """A picture of which only the header was read, for who wants to decode it in an own way.

    Raises UserError when it is none or too large, and for whatever Pillow raises while it is used.
    """
    with _told_as_sentences(where), Pillow.open(stream, formats=_formats()) as picture:
        _check_size(picture, where)
        yield picture


def _formats() -> tuple[str, ...]:
    """The formats that this build of Pillow has. With a list of formats, Pillow does not load its readers by itself."""
    Pillow.init()
    return tuple(name for name in _FORMATS if name in Pillow.OPEN)


@contextmanager
def _told_as_sentences(where: str) -> Iterator[None]:
    try:
        yield
    except (UserError, FileNotFoundError, PermissionError):
        raise
    except UnidentifiedImageError as error:
        template = "This is not a picture that can be read here: save it as JPEG or PNG: {path}"
        if Path(where).suffix.lower() in _USUAL:
            template = NO_PICTURE
        raise UserError(template, details=str(error), path=where) from error
    except (MemoryError, Pillow.DecompressionBombError) as error:
        raise UserError(
            "This picture is too large to be opened (the limit is {limit} megapixels): make it smaller first: {path}",
            limit=MAX_PIXELS // 1_000_000,
            details=repr(error),
            path=where,
        ) from error
    except Exception as error:
        # Pillow's readers raise almost anything on damaged bytes.
        if "truncated" in str(error).lower():
            template = "This picture is cut off before its end: copy or download it again: {path}"
        else:
            template = "This picture is damaged: copy or download it again: {path}"
        raise UserError(template, details=repr(error), path=where) from error


def _check_size(picture: Pillow.Image, where: str) -> None:
    width, height = picture.size
    if width > MAX_SIDE or height > MAX_SIDE or width * height > MAX_PIXELS:
        raise UserError(
            "This picture is too large, {width} x {height} pixels (the limit is {limit} megapixels): "
            "make it smaller first: {path}",
            width=width,
            height=height,
            limit=MAX_PIXELS // 1_000_000,
            path=where,
        )


def upright_rgb(picture: Pillow.Image) -> Image:
    """Decode an opened picture: (H, W, 3) uint8 RGB, turned as its EXIF says, alpha laid over black."""
    picture.load()
    return rgb_of(ImageOps.exif_transpose(picture))


def rgb_of(picture: Pillow.Image) -> Image:
    """A decoded picture of any mode, as it lies: (H, W, 3) uint8 RGB, alpha laid over black."""
    if picture.mode in ("I", "F") or picture.mode.startswith("I;16"):
        grey = _eight_bits(np.asarray(picture), picture.mode)
        return np.ascontiguousarray(np.broadcast_to(grey[..., None], (*grey.shape, 3)))
    if picture.mode in ("RGBA", "LA", "PA", "La", "RGBa") or "transparency" in picture.info:
        rgba = picture.convert("RGBA")
        black = Pillow.new("RGBA", rgba.size, (0, 0, 0, 255))
        picture = Pillow.alpha_composite(black, rgba)
    return np.array(picture.convert("RGB"), np.uint8, order="C")


def _eight_bits(values: NDArray[Any], mode: str) -> NDArray[np.uint8]:
    """Grey of more than eight bits. 16 bits are 0..65535, as PNG says; floats have no agreed white."""
    if mode.startswith("I;16"):
        return (np.asarray(values, np.uint16) >> 8).astype(np.uint8)
    numbers = np.nan_to_num(np.asarray(values, np.float64), nan=0.0, posinf=0.0, neginf=0.0)
    largest = float(numbers.max(initial=0.0))
    steps = (1.0, 255.0, 65535.0) if mode == "F" else (255.0, 65535.0)
    white = next((s for s in steps if largest <= s), largest)
    return np.clip(numbers * (255.0 / white), 0, 255).astype(np.uint8)


def _second_eye(picture: Pillow.Image, name: str) -> int | None:
    """Which picture of a Multi-Picture file (CIPA DC-007) is the other eye's, None when there is none.

    Phones store previews and gain maps the same way, so the count alone says nothing.
    """
    if not isinstance(picture, MpoImageFile) or picture.n_frames < 2:
        return None
    entries = (picture.mpinfo or {}).get(0xB002, [])
    kinds = [str(entry.get("Attribute", {}).get("MPType", "")) for entry in entries]
    eyes = [i for i, kind in enumerate(kinds) if "Disparity" in kind and i < picture.n_frames]
    if later := [i for i in eyes if i > 0]:
        return later[0]
    if not name.lower().endswith(".mpo"):
        return None
    size = picture.size
    picture.seek(1)
    same = picture.size == size
    picture.seek(0)
    return 1 if same else None


def _jps_guess(picture: Pillow.Image, name: str) -> LayoutGuess | None:
    """What VRex's `_JPSJPS_` block says, or that a .jps file is cross-eye by custom."""
    for marker, data in getattr(picture, "applist", []):
        if marker == "APP3" and data[:8] == b"_JPSJPS_" and len(data) >= 14:
            _separation, flags, layout, kind = struct.unpack_from("4B", data, 10)
            if kind != 1 or layout not in (2, 3):
                continue
            swapped = not flags & 4
            reason = "its JPS mark says " + ("right eye first" if swapped else "left eye first")
            if layout == 2:
                both = Layout.HALF_SIDE_BY_SIDE if flags & 2 else Layout.SIDE_BY_SIDE
            else:
                both = Layout.HALF_OVER_UNDER if flags & 1 else Layout.OVER_UNDER
            return LayoutGuess(both, swapped, reason, certain=True)
    if name.lower().endswith((".jps", ".pns")):
        reason = "this kind of file holds the right eye's picture first"
        return LayoutGuess(Layout.SIDE_BY_SIDE, True, reason)
    return None


def _png_stereo_mode(stream: BinaryIO) -> int | None:
    """The mode of a PNG's sTER chunk (0: right eye first, 1: left eye first), None when it has none."""
    place = stream.tell()
    try:
        stream.seek(8)
        for _ in range(256):
            head = stream.read(8)
            if len(head) < 8 or head[4:] in (b"IDAT", b"IEND"):
                return None
            (length,) = struct.unpack(">I", head[:4])
            if head[4:] == b"sTER":
                mode = stream.read(1)
                return mode[0] if length == 1 and mode in (b"\0", b"\1") else None
            stream.seek(length + 4, io.SEEK_CUR)
        return None
    finally:
        stream.seek(place)


def _from_png_stereo(image: Image, mode: int) -> Still:
    """PNG pads the first eye to a multiple of eight columns; the padding is cut out."""
    width = image.shape[1]
    for eye in range(max(1, width // 2 - 8), width // 2 + 1):
        second = (eye + 7) // 8 * 8
        if second + eye == width:
            image = np.ascontiguousarray(np.concatenate([image[:, :eye], image[:, second:]], axis=1))
            break
    reason = "the file says side by side, " + ("left eye first" if mode else "right eye first")
    return Still(image, None, LayoutGuess(Layout.SIDE_BY_SIDE, mode == 0, reason, certain=True))


class ImageSource:
    """One still, read once; `seek` makes it be read again. Used by one thread."""

    def __init__(self, still: Still, *, title: str, identity: str, notice: Notice | None = None) -> None:
        self._still = still
        self._notice = notice
        self._seq = 0
        self._due = True
        height, width = still.image.shape[:2]
        self._info = SourceInfo(
            SourceKind.IMAGE,
            title,
            identity,
            (height, width),
            seekable=True,
            hint=still.hint,
            fov_deg=still.fov_deg,
            baseline_m=still.baseline_m,
        )

    @classmethod
    def from_file(cls, path: Path) -> "ImageSource":
        """Raises UserError when the file is not a picture."""
        return cls(read_still(path), title=path.name, identity=str(path.resolve()))

    @classmethod
    def from_pair(cls, left: Path, right: Path) -> "ImageSource":
        """A file for each eye. A smaller or larger right picture is brought to the left one's size, with a notice."""
        still, notice = read_pair(left, right)
        title = f"{left.name} + {right.name}"
        return cls(still, title=title, identity=f"{left.resolve()} | {right.resolve()}", notice=notice)

    @property
    def info(self) -> SourceInfo:
        return self._info

    def read(self) -> Frame | Notice | None:
        if self._notice is not None:
            notice, self._notice = self._notice, None
            return notice
        if not self._due:
            return None
        self._due = False
        frame = Frame(self._still.image, self._still.right, self._seq, 0.0, time.perf_counter())
        self._seq += 1
        return frame

    def seek(self, pts_s: float) -> None:
        self._due = True

    def close(self) -> None:
        self._due = False


def image_source_from_bytes(data: bytes, title: str, identity: str) -> ImageSource:
    """A still that is already in memory, such as one from the web. Raises UserError when it is not a picture."""
    still = decode_still(io.BytesIO(data), name=title, where=title)
    return ImageSource(still, title=title, identity=identity)
