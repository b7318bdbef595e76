"""The network that ships with DepthView for whole panoramas: what its graph needs, and the sizes to run it at.

`training/panorama` makes it, `resources/models/dv_pano/CARD.md` says what it is good for.
"""

from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Axes, Kind, Manifest, Numbers, Projection, Role
from depthview.engine.resources import resource

MODEL_ID = "dv-pano"
TITLE = "DepthView panorama"

USUAL_HW = (256, 512)
SIZES_HW = (USUAL_HW,)
"""It has learnt at these."""

MANIFEST = Manifest(
    Kind.MONO,
    ((Role.PICTURE, "panorama"),),
    Numbers.RELATIVE_RANGE,  # metres as if the camera stood 1.5 m high, which nobody knows
    layout=Axes.CHANNELS_LAST,
    size=USUAL_HW,
    output="range",
    projection=Projection.ERP,
    wraps=True,
    level=True,
)


def model_file() -> Path:
    """Where its graph lies. Raises UserError in a stripped installation."""
    path = _place()
    if not path.is_file():
        raise UserError("The built-in model for panoramas is missing: install DepthView again: {path}", path=path)
    return path


def is_there() -> bool:
    """Whether this installation has it."""
    return _place().is_file()


def _place() -> Path:
    return resource("models/dv_pano/range.onnx")
