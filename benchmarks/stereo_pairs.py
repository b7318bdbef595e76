"""Stereo pairs whose answer is known: read from the files that `stereo_sets` found, or from the bundled sample.

What the numbers of a truth file mean: a .pfm and a .npy hold pixels (the sign is dropped: SceneFlow's are negative in
places); an 8 or 16 bit picture holds steps of 1/scale px, 0 is unknown. The scale is 256 for KITTI; for the others it
depends on the year and on the size the set was downloaded at (Middlebury 2001: 8; 2003: 4, 2 or 1; 2005 and 2006: 1, 2
or 3; Tsukuba: 16 or 8), and names lie. So it is taken from the pictures: the scale with which the right eye looks most
like the left.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.frames import Image, StereoPair
from training.room.truth import load_sample, load_truth

REPOSITORY = Path(__file__).resolve().parents[1]
DATA = REPOSITORY.parent / "shared" / "data"

_SCALES = {8: (16, 8, 4, 3, 2, 1), 16: (256, 128, 64, 16, 8, 4, 1)}
_KITTI_SCALE = 256
_SAMPLED = 20_000
_MOST_GREY_LEVELS = 40.0


class Kind(StrEnum):
    """Which benchmark's rules count."""

    MIDDLEBURY = "Middlebury"
    SCENEFLOW = "SceneFlow"
    KITTI = "KITTI"
    TSUKUBA = "Tsukuba"
    OTHER = "other"
    DRAWN = "drawn here"

    @property
    def wrong_px(self) -> float:
        """An answer that is off by more than this is a bad one."""
        return {Kind.KITTI: 3.0, Kind.TSUKUBA: 1.0}.get(self, 2.0)


@dataclass(frozen=True, slots=True)
class KnownPair:
    """(H, W, 3) uint8 RGB eyes; `disparity_px` (H, W) float32 of the left at its own width, NaN where unknown.

    `seen` (H, W) bool: the right eye sees it too, or None where the set does not say.
    """

    name: str
    left: Image
    right: Image
    disparity_px: NDArray[np.float32]
    seen: NDArray[np.bool_] | None
    kind: Kind = Kind.OTHER

    @property
    def frame(self) -> StereoPair:
        """The two eyes as estimators take them."""
        return StereoPair(np.ascontiguousarray(self.left), np.ascontiguousarray(self.right), 0, 0.0, 0.0)

    @property
    def highest_px(self) -> float:
        return float(np.nanmax(self.disparity_px))


@dataclass(frozen=True, slots=True)
class PairFiles:
    """Where a pair lies. `seen` is a mask (255 = both eyes see it), or a truth that is known only there."""

    name: str
    kind: Kind
    left: Path
    right: Path
    truth: Path
    seen: Path | None = None

    def load(self) -> KnownPair:
        """Raises UserError when a file cannot be read or does not belong to the others."""
        left, right = read_eye(self.left), read_eye(self.right)
        if left.shape != right.shape:
            raise UserError("The eyes differ in size: put the files of one pair there: {path}", path=self.right)
        disparity = read_truth(self.truth, left, right, kitti=self.kind is Kind.KITTI)
        seen = None
        if self.seen is not None:
            mask = _read_picture(self.seen)
            seen = mask == 255 if mask.dtype == np.uint8 else mask > 0
        if disparity.shape != left.shape[:2] or (seen is not None and seen.shape != disparity.shape):
            raise UserError(
                "The truth has another size than the picture: put files of one size there: {path}", path=self.truth
            )
        if not np.isfinite(disparity).any():
            raise UserError("Nothing is known in this truth: download it again: {path}", path=self.truth)
        return KnownPair(self.name, left, right, disparity, seen, self.kind)


def sample_pairs() -> Iterator[KnownPair]:
    """The bundled clip's frames whose answer is exact."""
    truth_frames = load_sample().truth_frames
    for number, (left, right) in enumerate(sample_eyes()):
        if number in truth_frames:
            truth = load_truth(number)
            yield KnownPair(f"room {number}", left, right, truth.disparity_px, truth.visible, Kind.DRAWN)


def sample_eyes() -> Iterator[tuple[Image, Image]]:
    """Every frame of the bundled clip, left eye and right eye."""
    import av  # a lent machine has none, and needs none to train

    sample = load_sample()
    width = sample.size_wh[0]
    with av.open(str(sample.clip)) as clip:
        for frame in clip.decode(video=0):
            both = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
            yield np.ascontiguousarray(both[:, :width]), np.ascontiguousarray(both[:, width:])


def known_pairs(data: Path = DATA) -> Iterator[KnownPair]:
    """All pairs with a truth under `data / "stereo"`. A missing folder is none: it is no part of the repository."""
    from benchmarks.stereo_sets import find_pairs

    for files in find_pairs(data / "stereo"):
        yield files.load()


def read_truth(path: Path, left: Image, right: Image, *, kitti: bool = False) -> NDArray[np.float32]:
    """(H, W) float32 disparity in pixels of the left eye, NaN unknown. Raises UserError when the file is broken."""
    match path.suffix.lower():
        case ".pfm":
            disparity = np.abs(read_pfm(path))
        case ".npy":
            try:
                disparity = np.abs(np.squeeze(np.load(path, allow_pickle=False)).astype(np.float32))
            except (OSError, ValueError, EOFError) as error:
                raise _unreadable(path, error) from error
        case _:
            steps = _read_picture(path)
            bits = 8 * steps.dtype.itemsize
            values = steps.astype(np.float32)
            scale = _KITTI_SCALE if kitti and bits == 16 else infer_scale(left, right, values, _SCALES[bits])
            disparity = values / np.float32(scale)
    return np.where(np.isfinite(disparity) & (disparity > 0), disparity, np.float32(np.nan))


def infer_scale(left: Image, right: Image, steps: NDArray[np.float32], scales: tuple[int, ...]) -> int:
    """The scale with which a truth in steps (0 = unknown) explains the right eye best: the least grey difference."""
    if steps.shape != left.shape[:2]:
        return scales[0]  # no pair at all: who reads it says so
    ys, xs = np.nonzero(steps)
    few = np.random.default_rng(0).permutation(len(ys))[:_SAMPLED]
    ys, xs = ys[few], xs[few]
    greys = [cv2.GaussianBlur(cv2.cvtColor(eye, cv2.COLOR_RGB2GRAY), (0, 0), 1.0) for eye in (left, right)]
    here = np.asarray(greys[0], np.float32)[ys, xs]
    costs = []
    for scale in scales:
        there = np.rint(xs - steps[ys, xs] / scale).astype(np.int64)
        inside = there >= 0
        difference = np.full(len(ys), _MOST_GREY_LEVELS, np.float32)
        seen = np.asarray(greys[1], np.float32)[ys[inside], there[inside]]
        # What is hidden from the right eye says nothing: it must not outvote the rest.
        difference[inside] = np.minimum(np.abs(here[inside] - seen), _MOST_GREY_LEVELS)
        costs.append(float(difference.mean()) if len(ys) else 0.0)
    return scales[int(np.argmin(costs))]


def read_pfm(path: Path) -> NDArray[np.float32]:
    """(H, W) float32, top row first; what the file leaves unknown (infinite) becomes NaN. Raises UserError."""
    try:
        kind, size, scale, pixels = path.read_bytes().split(b"\n", 3)
        channels = {b"Pf": 1, b"PF": 3}[kind.strip()]
        width, height = (int(n) for n in size.split())
        values = np.frombuffer(pixels, "<f4" if float(scale) < 0 else ">f4", width * height * channels)
        disparity = np.flipud(values.reshape(height, width, channels)[..., 0]).astype(np.float32)
    except (OSError, ValueError, KeyError) as error:
        raise _unreadable(path, error) from error
    disparity[~np.isfinite(disparity)] = np.nan
    return disparity


def read_eye(path: Path) -> Image:
    """(H, W, 3) uint8 RGB. Raises UserError."""
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise _unreadable(path, None)
    return np.ascontiguousarray(picture[..., ::-1]).astype(np.uint8, copy=False)


def _read_picture(path: Path) -> NDArray[np.uint8] | NDArray[np.uint16]:
    """One channel, 8 or 16 bit as it is in the file."""
    picture = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if picture is None or picture.dtype not in (np.uint8, np.uint16):
        raise _unreadable(path, None)
    grey = picture if picture.ndim == 2 else picture[..., 0]
    return np.asarray(grey, np.uint16) if grey.dtype == np.uint16 else np.asarray(grey, np.uint8)


def _unreadable(path: Path, error: Exception | None) -> UserError:
    return UserError("This file cannot be read: download it again: {path}", path=path, details=str(error or ""))
