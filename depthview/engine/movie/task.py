"""What is asked for when a whole movie is turned into depth: two processes, and a later run, take the same from it."""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from depthview.engine.colour import COLOUR_MAPS, Limits
from depthview.engine.depth_road import RoadChoices
from depthview.engine.models.usual import UsualModels
from depthview.engine.stereo.views.rerender import EyesChoice

PICTURES_FPS = 24.0
"""Of a folder's pictures, where nobody says otherwise."""
LEAST_FPS, MOST_FPS = 0.01, 1000.0


class DepthStorage(StrEnum):
    """How depth in millimetres is kept, 16 bits a pixel. The values are the command line's words."""

    FFV1 = "ffv1"
    """A film without loss, depth.mkv."""
    PNG = "png"
    """A picture for each frame."""
    NONE = "none"


class ValuesStorage(StrEnum):
    """How the values themselves are kept, float32, a file for each frame."""

    NPY = "npy"
    PFM = "pfm"
    EXR = "exr"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MovieOutputs:
    """What is written. `preview`: the picture beside its depth. `coloured`: the depth in colours alone. `clouds_every`:
    a point cloud of every so many frames, 0 none. `eyes`: the movie for eyes at other places, None not. `colour_map` is
    that of both; with `limits` (nearness) None its colours follow the scene."""

    depth: DepthStorage = DepthStorage.FFV1
    preview: bool = True
    coloured: bool = False
    values: ValuesStorage = ValuesStorage.NONE
    clouds_every: int = 0
    eyes: EyesChoice | None = None
    colour_map: str = COLOUR_MAPS[0]
    limits: Limits | None = None

    @property
    def any(self) -> bool:
        """Whether something is written at all."""
        nothing = MovieOutputs(DepthStorage.NONE, preview=False, colour_map=self.colour_map, limits=self.limits)
        return self != nothing


@dataclass(frozen=True, slots=True)
class MovieTask:
    """A movie into `folder`. `spec` as `open_source` takes it; `rig_file` is a measured rig to go by, `model_files` are
    models that lie elsewhere than in the models folder. Only the first `frames`, None all. Of a folder's pictures
    `fps` are shown in a second, None `PICTURES_FPS`; a film has its own times.

    What is farther than `max_distance_m` is left out of all but the values, what the model is less sure of than
    `min_confidence` (0..1) out of the clouds.
    """

    spec: tuple[str, ...]
    folder: Path
    road: RoadChoices = RoadChoices()  # noqa: RUF009 - frozen
    models: UsualModels = UsualModels()  # noqa: RUF009 - frozen
    outputs: MovieOutputs = MovieOutputs()
    rig_file: Path | None = None
    frames: int | None = None
    max_distance_m: float | None = None
    min_confidence: float = 0.0
    model_files: tuple[Path, ...] = ()
    fps: float | None = None
