"""How a result is shown: what a person turns and no estimator needs to know."""

from dataclasses import dataclass

from depthview.engine.camera import CameraChoice
from depthview.engine.colour import COLOUR_MAPS, Limits
from depthview.ui.settings import MIN_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Look:
    """`limits` (nearness) None lets the colours follow the picture; `max_distance_m` None leaves nothing out.

    `min_confidence` (0..1): what the model trusts less is left out of the cloud.
    """

    colour_map: str = COLOUR_MAPS[0]
    limits: Limits | None = None
    max_distance_m: float | None = None
    camera: CameraChoice = CameraChoice()  # noqa: RUF009 - frozen
    point_size: float = 1.0
    min_confidence: float = MIN_CONFIDENCE
