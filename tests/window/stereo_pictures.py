"""Small stereo material whose disparity is known, since the test made it."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
SHIFT_PX = 12
NEARER_PX = 14
"""A square in the middle stands out of the wall by this much disparity."""


def eyes(shift_px: int = SHIFT_PX, size_hw: tuple[int, int] = (240, 320), seed: int = 1) -> tuple[Image, Image]:
    """A textured wall whose disparity is `shift_px`, and a nearer square before it, a tenth of the picture."""
    wall = _texture(size_hw, abs(shift_px), seed)
    square_px = size_hw[0] // 3
    square = _texture((square_px, square_px), 0, seed + 1)
    # What the left eye sees at x, the right eye sees at x - disparity.
    left, right = wall[:, : size_hw[1]].copy(), wall[:, abs(shift_px) :].copy()
    top, edge = size_hw[0] // 3, size_hw[1] // 2
    left[top : top + square_px, edge : edge + square_px] = square
    edge -= abs(shift_px) + NEARER_PX
    right[top : top + square_px, edge : edge + square_px] = square
    return (left, right) if shift_px >= 0 else (right, left)


def _texture(size_hw: tuple[int, int], wider_px: int, seed: int) -> Image:
    height, width = size_hw[0], size_hw[1] + wider_px
    coarse = np.random.default_rng(seed).integers(0, 255, (height // 4, width // 4 + 1, 3), dtype=np.uint8)
    return cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)


def write_photo(path: Path, shift_px: int = SHIFT_PX, size_hw: tuple[int, int] = (240, 320), seed: int = 1) -> Path:
    """Both eyes side by side in one PNG."""
    left, right = eyes(shift_px, size_hw, seed)
    done, encoded = cv2.imencode(".png", np.concatenate([left, right], axis=1)[..., ::-1])
    assert done
    path.write_bytes(encoded.tobytes())
    return path


def write_clip(path: Path, *, frames: int = 40, fps: int = 10, size_hw: tuple[int, int] = (240, 320)) -> Path:
    """A side-by-side clip, lossless; the wall comes nearer, so that its disparity tells which frame it is."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=fps)
        stream.height, stream.width, stream.pix_fmt = size_hw[0], 2 * size_hw[1], "bgr0"
        stream.time_base = Fraction(1, fps)
        for number in range(frames):
            left, right = eyes(clip_disparity_px(number), size_hw)
            frame = av.VideoFrame.from_ndarray(np.concatenate([left, right], axis=1), format="rgb24")
            frame.pts = number
            container.mux(stream.encode(frame.reformat(format="bgr0")))
        container.mux(stream.encode(None))
    return path


def clip_disparity_px(frame: int) -> int:
    return 6 + frame // 4
