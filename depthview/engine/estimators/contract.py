"""What a model file needs and what its numbers mean: the Manifest that one adapter for each number of eyes runs from.

The contracts of published networks are collected in notes/stereo.md 1.1 to 1.3 and notes/panorama.md 1.1 and 1.3.
Ranks and dtypes are not here: the graph itself says them and cannot be wrong.
"""

from dataclasses import dataclass
from enum import StrEnum

from depthview.engine.frames import Meaning

Triple = tuple[float, float, float]


class Kind(StrEnum):
    """How many eyes a model looks through."""

    STEREO = "stereo"
    MONO = "mono"


class Role(StrEnum):
    """What goes into an input of the graph."""

    PICTURE = "picture"
    LEFT = "left"
    RIGHT = "right"
    BOTH = "both"
    """Both eyes in one input, joined as `stack` says."""
    HALF_LEFT = "half_left"
    """The left eye at half the size."""
    HALF_RIGHT = "half_right"
    CUBE = "cube"
    """Beside a panorama the six faces of a cube around it, side by side or in the batch: front, right, back, left, up,
    down."""
    RAYS = "rays"
    """Beside a panorama the unit vector that each pixel looks along: x right, y down, z forward."""
    PRIOR = "prior"
    """A first guess of two channels at half the size: disparity in pixels of that size, and nothing."""


class Projection(StrEnum):
    """What of the world a model is shown at once."""

    PERSPECTIVE = "perspective"
    ERP = "erp"
    """The whole sphere, equirectangular."""


class Colours(StrEnum):
    RGB = "rgb"
    BGR = "bgr"
    GREY = "grey"


class Axes(StrEnum):
    """The order of a picture's axes; further axes of length 1 may come first."""

    CHANNELS_FIRST = "nchw"
    CHANNELS_LAST = "nhwc"


class Stack(StrEnum):
    """Along what two eyes in one input are joined, the left one first."""

    CHANNELS = "channels"
    ROWS = "rows"
    COLUMNS = "columns"


class Resize(StrEnum):
    """How a picture is brought to a size of another aspect."""

    LETTERBOX = "letterbox"
    STRETCH = "stretch"


@dataclass(frozen=True, slots=True)
class Scaling:
    """What a network wants of a colour x of 0..255: (x / 255 - mean) / std, with red, green and blue's own numbers.

    Of grey the first are taken. An input of whole numbers (uint8) gets 0..255 as they are.
    """

    mean: Triple
    std: Triple


_WHOLE = (1 / 255, 1 / 255, 1 / 255)
SCALINGS = {
    "0..255": Scaling((0.0, 0.0, 0.0), _WHOLE),
    "0..1": Scaling((0.0, 0.0, 0.0), (1.0, 1.0, 1.0)),
    "-1..1": Scaling((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "imagenet": Scaling((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
}
"""The scalings that have a name; imagenet's are the means and deviations of RGB."""


class Numbers(StrEnum):
    """What the numbers in the output are, and so how they become what a person is shown."""

    DISPARITY = "disparity"
    INVERSE_DEPTH = "relative inverse depth"
    RELATIVE_DEPTH = "relative depth"
    """Far is large; one factor is unknown."""
    AFFINE_DEPTH = "affine depth"
    """Far is large; a factor and a shift are unknown."""
    METRIC_DEPTH = "metric depth"
    INVERSE_METRIC = "inverse metric depth"
    """metres = scale / output, as DenseDepth's 10 / output."""
    CANONICAL_DEPTH = "canonical depth"
    """metres = output * focal length / `focal_px`: Metric3D (1000), Depth Anything 3 metric (300)."""
    SIGMOID_DISPARITY = "sigmoid disparity"
    """0..1 between the inverse of `max_depth_m` and of `min_depth_m` (monodepth2); metres only with a `scale`."""
    RANGE = "range"
    RELATIVE_RANGE = "relative range"
    """Along the ray; one factor is unknown."""
    AFFINE_RANGE = "affine range"
    """Along the ray; a factor and a shift are unknown."""
    INVERSE_RANGE = "inverse range"
    """1 / relative range; one factor is unknown (DA360)."""
    AFFINE_INVERSE_RANGE = "affine inverse range"
    """The same with an unknown shift, too."""
    FACE_DEPTH = "face depth"
    """Metres along the axis of that face of a cube around the camera to which a direction belongs."""
    POINTS = "points"
    """(x, y, z) in metres, three channels."""
    AFFINE_POINTS = "affine points"
    """(x, y, z) with unknown focal length and unknown shift along z (MoGe), both of which are solved for. Metres with
    `metric_scale`."""


MEANINGS = {
    Numbers.DISPARITY: Meaning.DISPARITY,
    Numbers.INVERSE_DEPTH: Meaning.RELATIVE_INVERSE_DEPTH,
    Numbers.RELATIVE_DEPTH: Meaning.AFFINE_DEPTH,
    Numbers.AFFINE_DEPTH: Meaning.AFFINE_DEPTH,
    Numbers.METRIC_DEPTH: Meaning.METRIC_DEPTH,
    Numbers.INVERSE_METRIC: Meaning.METRIC_DEPTH,
    Numbers.CANONICAL_DEPTH: Meaning.AFFINE_DEPTH,
    Numbers.SIGMOID_DISPARITY: Meaning.RELATIVE_INVERSE_DEPTH,
    Numbers.RANGE: Meaning.RANGE,
    Numbers.RELATIVE_RANGE: Meaning.RELATIVE_RANGE,
    Numbers.AFFINE_RANGE: Meaning.AFFINE_DEPTH,
    Numbers.INVERSE_RANGE: Meaning.RELATIVE_RANGE,
    Numbers.AFFINE_INVERSE_RANGE: Meaning.RELATIVE_INVERSE_DEPTH,
    Numbers.FACE_DEPTH: Meaning.RANGE,
    Numbers.POINTS: Meaning.RANGE,
    Numbers.AFFINE_POINTS: Meaning.AFFINE_DEPTH,
}
"""What may be said of them when nothing more is known, no focal length and no scale."""

OF_PANORAMAS = (
    Numbers.RANGE,
    Numbers.RELATIVE_RANGE,
    Numbers.AFFINE_RANGE,
    Numbers.INVERSE_RANGE,
    Numbers.AFFINE_INVERSE_RANGE,
    Numbers.FACE_DEPTH,
    Numbers.POINTS,
)
"""What a network that is shown the whole sphere may say; metres along an axis have no meaning there."""


@dataclass(frozen=True, slots=True)
class ExternalFile:
    """A file of weights beside the graph. An empty `sha256` is not known."""

    file: str
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Stage:
    """A graph in a file beside the model's, which runs before it (`estimators/chain.py`).

    `feeds` are its outputs, and the inputs that get them: by their names those of the model's own graph, as FILE/NAME
    those of another file. Empty, an output goes where an input has its name.
    """

    file: str
    feeds: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    """What one model file needs. Its TOML keys are the fields' names; `models/needs/manifest.py` reads and writes it.

    `inputs` names the graph's input for each role. `size` (height, width) is the graph's own, or where it takes
    `any_size` the one to run at when nobody chose; `multiple` is what its sides must then be divisible by. A letterbox
    repeats the last row and column where `pad` (0..255, in the order of RGB) is None, and lies in the middle where
    `centred`, else top left. `extra` are numbers for further inputs. `output` is a graph's output by name, empty is the
    first that is a map; `channel` is counted in it. What comes out is multiplied by `sign` and `scale` (a disparity
    then is in pixels at the model's own width); a network of `both_signs` knows disparities below zero. Depths are cut
    to `min_depth_m`..`max_depth_m` where these are given; metres told for a camera of a horizontal field of view of
    `fov_deg` are then brought to that of the camera at hand. `confidence` and `mask` name further outputs, 0..1; where
    the mask is below a half, nothing is known. `metric_scale` names one that holds the number of metres in a unit of
    affine points. With `projection` erp it is shown the whole sphere at once, `wraps` says that left and right border
    are neighbours to it, and `level` that it has only seen cameras held level. `before` are the other graphs of a model
    in several files. `guesses` are the keys that nobody knows for sure, and `doubt` is a sentence for the person, empty
    where the model did what it should when it was tried.
    """

    kind: Kind
    inputs: tuple[tuple[Role, str], ...]
    meaning: Numbers
    colours: Colours = Colours.RGB
    scaling: Scaling = SCALINGS["0..1"]
    layout: Axes = Axes.CHANNELS_FIRST
    stack: Stack = Stack.CHANNELS
    size: tuple[int, int] | None = None
    any_size: bool = False
    multiple: int = 32
    resize: Resize = Resize.LETTERBOX
    pad: Triple | None = None
    centred: bool = False
    extra: tuple[tuple[str, float], ...] = ()
    output: str = ""
    channel: int = 0
    sign: int = 1
    both_signs: bool = False
    scale: float | None = None
    focal_px: float | None = None
    fov_deg: float | None = None
    min_depth_m: float | None = None
    max_depth_m: float | None = None
    confidence: str = ""
    mask: str = ""
    metric_scale: str = ""
    projection: Projection = Projection.PERSPECTIVE
    wraps: bool = False
    level: bool = False
    external: tuple[ExternalFile, ...] = ()
    before: tuple[Stage, ...] = ()
    guesses: tuple[str, ...] = ()
    doubt: str = ""

    @property
    def fixed_hw(self) -> tuple[int, int] | None:
        """The graph's own size; None when it takes any."""
        return None if self.any_size else self.size

    @property
    def result(self) -> Meaning:
        """What an estimate is called without a known field of view."""
        scaled = self.meaning is Numbers.SIGMOID_DISPARITY and self.scale is not None
        scaled |= self.meaning is Numbers.AFFINE_POINTS and bool(self.metric_scale)
        return Meaning.METRIC_DEPTH if scaled else MEANINGS[self.meaning]
