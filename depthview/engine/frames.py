"""What travels down the Live road: Frame -> StereoPair -> DepthFrame. All frozen; arrays are never written again."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig

Image = NDArray[np.uint8]
"""(H, W, 3) uint8, RGB, C-contiguous."""

Disparity = NDArray[np.float32]
"""(H, W) float32, pixels at that array's own width, NaN = unknown."""

Values = NDArray[np.float32]
"""(H, W) float32, NaN = unknown: numbers of which a `Meaning` says what they are."""

Confidence = NDArray[np.float32]
"""(H, W) float32, 0..1: the chance that a value is right."""


class Layout(StrEnum):
    """How two eyes share a picture. The values are the command line's words."""

    MONO = "mono"
    SIDE_BY_SIDE = "sbs"
    HALF_SIDE_BY_SIDE = "half-sbs"
    OVER_UNDER = "over-under"
    HALF_OVER_UNDER = "half-over-under"
    SEPARATE = "separate"
    """Two pictures, one for each eye."""


@dataclass(frozen=True, slots=True)
class LayoutGuess:
    """A layout and why it is believed, so that the person can judge it.

    `swapped` says that the right eye comes first (cross-eye). `certain` is True for metadata and for two separate
    pictures, False for file names and content.
    """

    layout: Layout
    swapped: bool
    reason: str
    certain: bool = False


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture from a source, or two where each eye has its own.

    `image`: (H, W, 3) uint8 RGB, upright; the left eye's, or both eyes packed into one.
    `right`: the right eye's picture, or None when `image` holds both eyes.
    `seq` counts frames read from the source since it was opened, with no gaps.
    `pts_s` is the frame's own time in the source, seconds; `captured_at` is time.perf_counter() when it was due.
    """

    image: Image
    right: Image | None
    seq: int
    pts_s: float
    captured_at: float


@dataclass(frozen=True, slots=True)
class DisparitySpan:
    """Between which disparities all lies that both eyes see: whole pixels of the pair's own width.

    `lowest_px` is 0 or below as long as nobody says otherwise: what is far away may show nothing to tell it by.
    """

    lowest_px: int
    highest_px: int


@dataclass(frozen=True, slots=True)
class StereoPair:
    """Two eyes of the same moment: (H, W, 3) uint8 RGB each, equal in size, square pixels.

    `fov_deg` is an eye's horizontal field of view where it is known, or a model for one eye found it out: the metres of
    some of these hang on it. `rig` is the camera of these very pictures where somebody measured it.
    `turned` says that the eyes were turned against each other by what they show: how much they converge, and so where
    infinity lies, nobody knows. `span` is where to search for matches, None where that is not known.
    """

    left: Image
    right: Image
    seq: int
    pts_s: float
    captured_at: float
    fov_deg: float | None = None
    rig: StereoRig | None = None
    turned: bool = False
    span: DisparitySpan | None = None

    @property
    def size_hw(self) -> tuple[int, int]:
        height, width = self.left.shape[:2]
        return height, width


class Meaning(StrEnum):
    """What the numbers of a result are. It decides what may be said about them on the screen."""

    DISPARITY = "disparity"
    """Pixels at the array's own width; near is high. Metres come from a rig."""
    METRIC_DEPTH = "metric depth"
    """Metres along the camera's axis; near is low."""
    RELATIVE_INVERSE_DEPTH = "relative inverse depth"
    """Near is high; neither scale nor offset is known, and both may change from frame to frame."""
    AFFINE_DEPTH = "affine depth"
    """Depth of which neither scale nor offset is known; near is low."""
    RANGE = "range"
    """Metres along the ray; near is low."""
    RELATIVE_RANGE = "relative range"
    """Along the ray, of which one factor is unknown: the shape is true, lengths are not. Near is low."""


@dataclass(frozen=True, slots=True)
class DepthFrame:
    """A stereo pair and the depth of its left eye.

    `values`: (H, W) float32 of the pair's own size; `meaning` says what they are; NaN is unknown.
    `confidence` of the same size, None where the model has no opinion of its answer.
    `guessed` marks metres that the model told for a lens that nobody knows.
    `model` and `provider` say what computed it and where it really ran; `estimate_s` is the estimator's own time.
    `published_at` is time.perf_counter() when it left the estimator thread. `scene` counts the scenes of a video:
    within one, values without a unit keep their scale. `warm` says that the estimator went on from the moment before;
    `held` that what stands still was given the depth of the moments before. `coarseness` is how many of the pair's
    pixels one is wide of the size at which it was matched, at least 1. `settled_at` is the answer of the session's
    `configure` or `open` whose settings it was made under; 0 where it was made without a session.
    """

    pair: StereoPair
    values: Values
    model: str
    provider: str
    estimate_s: float
    published_at: float
    meaning: Meaning = Meaning.DISPARITY
    confidence: Confidence | None = None
    guessed: bool = False
    scene: int = 0
    warm: bool = False
    held: bool = False
    coarseness: float = 1.0
    settled_at: float = 0.0

    @property
    def latency_s(self) -> float:
        return self.published_at - self.pair.captured_at
