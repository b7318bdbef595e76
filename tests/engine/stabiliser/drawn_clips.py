"""Clips whose depth is exact: painted surfaces that stand, move, come nearer, or are seen by a camera that drifts."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.frames import DepthFrame, Image, Meaning, Values
from tests.engine.dot_pairs import pair_of, texture

HEIGHT, WIDTH = 144, 208
FPS = 24.0
WALL_PX, DISK_PX = 20.0, 34.0
RADIUS_PX = 26
GREY_NOISE, VALUE_NOISE_PX = 2.0, 0.4
CODING_GREY, CODING_PX = 4.0, 0.5


@dataclass(frozen=True, slots=True)
class Shot:
    """A frame as a noisy estimator says it, and what is true: `truth` (H, W), `moving` (H, W) bool."""

    depth: DepthFrame
    truth: Values
    moving: NDArray[np.bool_]

    @property
    def told(self) -> Values:
        return self.depth.values


def shot(
    picture: Image,
    truth: Values,
    k: int,
    rng: np.random.Generator,
    *,
    moving: NDArray[np.bool_] | None = None,
    noise: float = VALUE_NOISE_PX,
    meaning: Meaning = Meaning.DISPARITY,
) -> Shot:
    """One frame with noise on its picture and its values."""
    seen = np.clip(picture + rng.normal(0, GREY_NOISE, picture.shape), 0, 255).astype(np.uint8)
    told = (truth + rng.normal(0, 1, truth.shape) * noise).astype(np.float32)
    frame = DepthFrame(pair_of(seen, seen, seq=k, pts_s=k / FPS), told, "drawn", "CPU", 0.0, 0.0, meaning)
    return Shot(frame, truth, np.zeros(truth.shape, bool) if moving is None else moving)


def wall(size_hw: tuple[int, int] = (HEIGHT, WIDTH)) -> Values:
    """Disparity of a wall that is seen at a slant."""
    y, x = np.mgrid[: size_hw[0], : size_hw[1]].astype(np.float32)
    return np.asarray(WALL_PX + 0.02 * x + 0.01 * y, np.float32)


def standing(count: int, *, seed: int = 3, first: int = 0, noise: float = VALUE_NOISE_PX) -> Iterator[Shot]:
    """Nothing moves."""
    rng = np.random.default_rng(seed)
    picture = texture(HEIGHT, WIDTH, seed)
    for k in range(first, first + count):
        yield shot(picture, wall(), k, rng, noise=noise)


def crossing(count: int, *, pace_px: float = 3.0, seed: int = 4) -> Iterator[Shot]:
    """A painted disk crosses before the wall."""
    rng = np.random.default_rng(seed)
    behind, paint = texture(HEIGHT, WIDTH, seed), texture(2 * RADIUS_PX + 1, 2 * RADIUS_PX + 1, seed + 1)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for k in range(count):
        at = round(RADIUS_PX + 4 + pace_px * k)
        disk = (x - at) ** 2 + (y - HEIGHT // 2) ** 2 <= RADIUS_PX**2
        picture, truth = behind.copy(), wall()
        picture[disk] = paint[(y - HEIGHT // 2 + RADIUS_PX)[disk], (x - at + RADIUS_PX)[disk]]
        truth[disk] = DISK_PX
        yield shot(picture, truth, k, rng, moving=disk)


def coming(count: int, *, from_frame: int, step_px: float, seed: int = 5) -> Iterator[Shot]:
    """After a while the upper half comes nearer, and the picture does not show it at all."""
    rng = np.random.default_rng(seed)
    picture = texture(HEIGHT, WIDTH, seed)
    moving = np.zeros((HEIGHT, WIDTH), bool)
    moving[: HEIGHT // 2] = True
    for k in range(count):
        truth = wall()
        truth[moving] += np.float32(step_px * max(0, k - from_frame))
        yield shot(picture, truth, k, rng, moving=moving)


def drifting(count: int, *, pace_px: float, seed: int = 6) -> Iterator[Shot]:
    """A camera that goes sideways before a wall with a raised board on it, all at one pace."""
    rng = np.random.default_rng(seed)
    wide_px = WIDTH + int(pace_px * count) + 8
    # Smooth paint: a small picture of fine one changes as much as at a cut.
    picture = np.asarray(cv2.GaussianBlur(texture(HEIGHT, wide_px, seed), (0, 0), 3), np.uint8)
    truth = wall((HEIGHT, wide_px))
    truth[40:100, 60:140] = DISK_PX
    for k in range(count):
        across = np.array([[1, 0, -pace_px * k], [0, 1, 0]], np.float32)
        moved = cv2.warpAffine(picture, across, (WIDTH, HEIGHT), flags=cv2.INTER_LINEAR)
        at = round(pace_px * k)
        yield shot(np.asarray(moved, np.uint8), truth[:, at : at + WIDTH].copy(), k, rng)


def compressed(shots: Iterable[Shot], *, every: int, wrong_share: float = 0.02, seed: int = 8) -> Iterator[Shot]:
    """The same as a film with a keyframe `every` so many frames: there picture and depth change a little, depth in a
    `wrong_share` of places a lot, and stay so until the next one."""
    rng = np.random.default_rng(seed)
    for k, s in enumerate(shots):
        picture, told = s.depth.pair.left, s.told
        if k % every == 0:
            off_grey = rng.normal(0, CODING_GREY, picture.shape[:2])[..., None]
            off_px = cv2.resize(rng.normal(0, CODING_PX, (12, 18)).astype(np.float32), told.shape[::-1])
            wrong = cv2.resize((rng.random((36, 52)) < wrong_share).astype(np.uint8), told.shape[::-1]) > 0
            off_px[wrong] += rng.choice([-6, 6], int(wrong.sum())).astype(np.float32)
        seen = np.clip(picture + off_grey, 0, 255).astype(np.uint8)
        pair = pair_of(seen, seen, seq=k, pts_s=k / FPS)
        yield replace(s, depth=replace(s.depth, pair=pair, values=(told + off_px).astype(np.float32)))
