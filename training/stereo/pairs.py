"""Real and drawn pairs whose answer is known, from ../shared/data beside the repository and from the bundled sample."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.room.truth import load_sample, load_truth

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = REPOSITORY.parent / "shared" / "data"


@dataclass(frozen=True, slots=True)
class KnownPair:
    """(H, W, 3) uint8 RGB eyes; `disparity_px` (H, W) float32 at their own width, NaN where unknown.

    `seen` (H, W) bool: the right eye sees it too, or None where the set does not say.
    """

    name: str
    left: NDArray[np.uint8]
    right: NDArray[np.uint8]
    disparity_px: NDArray[np.float32]
    seen: NDArray[np.bool_] | None


def known_pairs(data: Path = DATA) -> Iterator[KnownPair]:
    """All that are there. A missing folder is skipped: the data is not part of the repository."""
    stereo = data / "stereo"
    folder = stereo / "middlebury_v3_motorcycle_Q"
    if folder.is_dir():
        mask = cv2.imread(str(folder / "mask0nocc.png"), cv2.IMREAD_GRAYSCALE)
        assert mask is not None
        disparity = read_pfm(folder / "disp0GT.pfm")
        yield KnownPair("motorcycle", _rgb(folder / "im0.png"), _rgb(folder / "im1.png"), disparity, mask == 255)
    folder = stereo / "middlebury2003_cones"
    if folder.is_dir():
        quarters = cv2.imread(str(folder / "disp2.png"), cv2.IMREAD_GRAYSCALE)
        assert quarters is not None
        disparity = np.where(quarters > 0, quarters / np.float32(4), np.nan).astype(np.float32)
        yield KnownPair("cones", _rgb(folder / "im2.png"), _rgb(folder / "im6.png"), disparity, None)
    folder = stereo / "sceneflow_dmb_0"
    if folder.is_dir():
        disparity = np.abs(read_pfm(folder / "disp_left.pfm"))
        yield KnownPair("sceneflow", _rgb(folder / "left.png"), _rgb(folder / "right.png"), disparity, None)


def sample_pairs() -> Iterator[KnownPair]:
    """The bundled clip's frames whose answer is exact."""
    import av  # a lent machine has none, and needs none to train

    sample = load_sample()
    width = sample.size_wh[0]
    with av.open(str(sample.clip)) as clip:
        for number, frame in enumerate(clip.decode(video=0)):
            if number in sample.truth_frames:
                truth = load_truth(number)
                both = frame.to_ndarray(format="rgb24").astype(np.uint8, copy=False)
                left, right = both[:, :width], both[:, width:]
                yield KnownPair(f"room {number}", left, right, truth.disparity_px, truth.visible)


def read_pfm(path: Path) -> NDArray[np.float32]:
    """(H, W) float32, top row first; what the file leaves unknown (infinite) becomes NaN."""
    kind, size, scale, pixels = path.read_bytes().split(b"\n", 3)
    if kind.strip() != b"Pf":
        raise ValueError(f"not a grey PFM: {path}")
    width, height = (int(n) for n in size.split())
    values = np.frombuffer(pixels, "<f4" if float(scale) < 0 else ">f4", width * height)
    disparity = np.flipud(values.reshape(height, width)).astype(np.float32)
    disparity[~np.isfinite(disparity)] = np.nan
    return disparity


def _rgb(path: Path) -> NDArray[np.uint8]:
    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        raise FileNotFoundError(path)
    return np.ascontiguousarray(picture[..., ::-1])
