"""Clips on which flicker is measured: the bundled one with exact truth in each frame, photographs held still, films."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.stereo_pairs import DATA, sample_eyes
from benchmarks.stereo_warm import REAL_CLIP, levelled_pairs
from depthview.engine.frames import Frame, Image, StereoPair, Values
from depthview.engine.sources import open_source
from training.room.truth import load_sample

MOTORCYCLE = DATA / "stereo" / "middlebury_v3_motorcycle_Q"
ROBOT = DATA / "mono" / "da3_robot_unitree.mp4"
GREY_NOISE, JPEG_QUALITY, FPS = 3.0, 80, 24.0
"""What a camera in a room adds to each frame anew."""
_FILM_WIDTH_PX = 640
_LEAST_MEAN_SHARE = 0.1


@dataclass(frozen=True, slots=True)
class RoomTruth:
    """Of each frame of the bundled clip: disparity (px, (N, H, W) float32) and where the ball is ((N, H, W) bool)."""

    disparity_px: NDArray[np.float32]
    ball: NDArray[np.bool_]


def room_pairs(frames: int) -> Iterator[StereoPair]:
    """The bundled clip: its camera sways and a ball hops through it."""
    fps = load_sample().fps
    for seq, (left, right) in enumerate(itertools.islice(sample_eyes(), frames)):
        yield StereoPair(left, right, seq, seq / fps, 0.0)


@cache
def room_truth(frames: int) -> RoomTruth:
    """Rendered from the room itself; it is the stored truth where that is known, to half of its steps."""
    from training.room.make_sample import BASELINE_M, FOCAL_PX, FRAME_COUNT, SEED, SIZE_WH
    from training.room.motion import ball_pose, stereo_camera
    from training.room.render import Renderer
    from training.room.room import build_room

    room, with_ball, without = build_room(SEED), Renderer(), Renderer()
    disparity, ball = [], []
    try:
        for renderer in (with_ball, without):
            renderer.show("still", room.patches)
        for number in range(frames):
            camera = stereo_camera(number / FRAME_COUNT, SIZE_WH, FOCAL_PX, BASELINE_M)
            with_ball.show("ball", [room.ball.moved(ball_pose(number / FRAME_COUNT))])
            seen, behind = (camera.disparity_px(r.depth_m(camera.left)) for r in (with_ball, without))
            disparity.append(seen.astype(np.float32))
            ball.append(np.abs(seen - behind) > 1e-3)
    finally:
        with_ball.close()
        without.close()
    return RoomTruth(np.stack(disparity), np.stack(ball))


def still_photographs(frames: int) -> Iterator[StereoPair]:
    """Middlebury's Motorcycle as a camera on a stand would film it: fresh noise and JPEG in every frame."""
    rng = np.random.default_rng(0)
    eyes: list[NDArray[np.uint8]] = []
    for name in ("im0.png", "im1.png"):
        stored = cv2.imread(str(MOTORCYCLE / name))
        assert stored is not None
        eyes.append(stored.astype(np.uint8, copy=False))
    for seq in range(frames):
        left, right = (_filmed(eye, rng) for eye in eyes)
        yield StereoPair(left, right, seq, seq / FPS, 0.0)


def _filmed(stored_bgr: NDArray[np.uint8], rng: np.random.Generator) -> Image:
    noisy = np.clip(stored_bgr + rng.normal(0, GREY_NOISE, stored_bgr.shape), 0, 255).astype(np.uint8)
    _, packed = cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    decoded = cv2.imdecode(packed, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.ascontiguousarray(decoded[..., ::-1], np.uint8)


def robot_film(frames: int) -> Iterator[StereoPair]:
    """One eye that turns by hardly a pixel a frame before a robot that moves."""
    source = open_source((str(ROBOT),))
    try:
        for _ in range(frames):
            frame = source.read()
            if not isinstance(frame, Frame):
                break
            yield StereoPair(frame.image, frame.image, frame.seq, frame.pts_s, 0.0)
    finally:
        source.close()


def hand_held(frames: int) -> Iterator[StereoPair]:
    """A phone in a walking hand, rows levelled, 640 wide."""
    for pair in levelled_pairs(REAL_CLIP, frames):
        scale = _FILM_WIDTH_PX / pair.size_hw[1]
        left, right = (
            np.asarray(cv2.resize(eye, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            for eye in (pair.left, pair.right)
        )
        yield replace(pair, left=left, right=right)


def flicker(values: Values, other: Values, still: NDArray[np.bool_], window: int) -> tuple[float, float]:
    """Temporal standard deviation over mean of two series, (N, H, W), mean over the pixels `still` in a whole window.

    `still`: (N, H, W). Both series are judged where both are known. NaN where nothing stood still.
    """
    found = []
    for first in range(window, len(values) - window + 1, window):  # the first window is for learning
        span = slice(first, first + window)
        where = (still[span] & np.isfinite(values[span]) & np.isfinite(other[span])).all(axis=0)
        if where.any():
            found.append([_unrest(series[span][:, where]) for series in (values, other)])
    if not found:
        return float("nan"), float("nan")
    one, two = np.mean(found, axis=0)
    return float(one), float(two)


def _unrest(series: Values) -> float:
    mean = np.abs(series.mean(axis=0))
    # Disparity of either sign goes through 0, and a share of nothing is no flicker.
    return float((series.std(axis=0) / np.maximum(mean, _LEAST_MEAN_SHARE * np.median(mean))).mean())


def unchanged(lefts: list[Image], window: int, grey_levels: float = 5.0) -> NDArray[np.bool_]:
    """(N, H, W): where the mean over 7 x 7 pixels stays within so many grey levels all through its window."""
    smooth = np.stack([cv2.blur(cv2.cvtColor(left, cv2.COLOR_RGB2GRAY), (7, 7)) for left in lefts]).astype(np.int16)
    same = np.zeros(smooth.shape, bool)
    for first in range(0, len(smooth) - window + 1, window):
        span = smooth[first : first + window]
        same[first : first + window] = span.max(axis=0) - span.min(axis=0) < grey_levels
    return same
