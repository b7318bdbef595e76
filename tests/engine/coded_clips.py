"""Clips whose every frame carries its own number as black and white blocks, so that a test knows which frame it got."""

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

BITS = 10
BLOCK = 16
TICKS = Fraction(1, 1000)


def coded_image(number: int, size_hw: tuple[int, int] = (96, 176), noise: bool = False) -> NDArray[np.uint8]:
    """Grey, with the number's bits as blocks along the top, lowest first. `noise` makes it cost bytes."""
    height, width = size_hw
    image = np.full((height, width, 3), 96, np.uint8)
    if noise:
        image[:] = np.random.default_rng(number).integers(0, 256, image.shape, dtype=np.uint8)
    for bit in range(BITS):
        image[:BLOCK, bit * BLOCK : (bit + 1) * BLOCK] = 255 if number >> bit & 1 else 0
    return image


def number_in(image: NDArray[np.uint8]) -> int:
    """The number that `coded_image` wrote; fails when a block is neither black nor white."""
    number = 0
    for bit in range(BITS):
        block = image[4 : BLOCK - 4, bit * BLOCK + 4 : (bit + 1) * BLOCK - 4].mean()
        assert block < 60 or block > 195, f"block {bit} is grey: {block}"
        number |= int(block > 128) << bit
    return number


def write_clip(
    path: Path,
    images: Iterable[NDArray[np.uint8]],
    *,
    times_ms: Sequence[int] | None = None,
    fps: int = 25,
    codec: str = "libx264",
    pix_fmt: str = "yuv420p",
    options: dict[str, str] | None = None,
    container: dict[str, str] | None = None,
    metadata: dict[str, str] | None = None,
    rotation: tuple[float, bool, bool] | None = None,
    fmt: str | None = None,
    gop: int = 10,
    b_frames: int = 2,
    pixel_aspect: Fraction | None = None,
) -> Path:
    """Encode RGB images; `times_ms` gives each its own time, otherwise they come `fps` a second."""
    with av.open(str(path), "w", format=fmt, options={"strict": "unofficial", **(container or {})}) as out:
        stream: Any = None
        for index, image in enumerate(images):
            if stream is None:
                stream = out.add_stream(codec, rate=fps)
                stream.height, stream.width = image.shape[:2]
                stream.pix_fmt = pix_fmt
                if codec == "libx264":
                    base = {"preset": "ultrafast", "crf": "12", "g": str(gop), "bf": str(b_frames), "sc_threshold": "0"}
                    stream.options = base | (options or {})
                stream.metadata.update(metadata or {})
                if pixel_aspect is not None:
                    stream.codec_context.sample_aspect_ratio = pixel_aspect
                if rotation is not None:
                    stream.set_display_rotation(rotation[0], hflip=rotation[1], vflip=rotation[2])
                if times_ms is not None:
                    stream.codec_context.time_base = TICKS
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            if times_ms is not None:
                frame.pts, frame.time_base = times_ms[index], TICKS
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def coded_clip(path: Path, count: int, **how: Any) -> Path:
    """`count` frames numbered from 0."""
    size_hw = how.pop("size_hw", (96, 176))
    noise = how.pop("noise", False)
    return write_clip(path, (coded_image(n, size_hw, noise) for n in range(count)), **how)
