"""Small stereo material whose disparity is known, since the test made it."""

from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Image = NDArray[np.uint8]
SHIFT_PX = 12


def eyes(shift_px: int = SHIFT_PX, size_hw: tuple[int, int] = (240, 320), seed: int = 1) -> tuple[Image, Image]:
    """A textured wall whose disparity is `shift_px` everywhere."""
    height, width = size_hw
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 255, (height // 4, (width + abs(shift_px)) // 4 + 1, 3), dtype=np.uint8)
    wide = cv2.resize(coarse, (width + abs(shift_px), height), interpolation=cv2.INTER_CUBIC).astype(np.uint8)
    # What the left eye sees at x, the right eye sees at x - disparity.
    left, right = wide[:, :width], wide[:, abs(shift_px) :]
    pair = (left, right) if shift_px >= 0 else (right, left)
    return np.ascontiguousarray(pair[0]), np.ascontiguousarray(pair[1])


def write_photo(path: Path, shift_px: int = SHIFT_PX, size_hw: tuple[int, int] = (240, 320), seed: int = 1) -> Path:
    """Both eyes side by side in one PNG."""
    left, right = eyes(shift_px, size_hw, seed)
    done, encoded = cv2.imencode(".png", np.concatenate([left, right], axis=1)[..., ::-1])
    assert done
    path.write_bytes(encoded.tobytes())
    return path


def write_clip(path: Path, *, frames: int = 40, fps: int = 10, size_hw: tuple[int, int] = (240, 320)) -> Path:
    """A side-by-side clip, the wall coming nearer: frame n has a disparity of 6 + n // 4 px. Lossless."""
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
