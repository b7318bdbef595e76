"""The network that ships with DepthView for one eye: what its graph needs, and the sizes to run it at.

`training/mono` makes it, `resources/models/dv_mono/CARD.md` says what it is good for.
"""

from pathlib import Path

from depthview.engine.errors import UserError
from depthview.engine.estimators.contract import Axes, Kind, Manifest, Numbers, Role
from depthview.engine.resources import resource

MODEL_ID = "dv-mono"
TITLE = "DepthView one eye"

USUAL_HW = (160, 192)
SIZES_HW = ((128, 160), USUAL_HW, (224, 288), (320, 416))
"""As many pixels as these; the picture keeps its own shape. It has learnt at the usual one, and is best there."""

MANIFEST = Manifest(
    Kind.MONO,
    ((Role.PICTURE, "image"),),
    Numbers.METRIC_DEPTH,
    layout=Axes.CHANNELS_LAST,
    size=USUAL_HW,
    any_size=True,
    multiple=32,
    output="depth",
    fov_deg=60.0,
)


def model_file() -> Path:
    """Where its graph lies. Raises UserError in a stripped installation."""
    path = resource("models/dv_mono/depth.onnx")
    if not path.is_file():
        raise UserError("The built-in model for one eye is missing: install DepthView again: {path}", path=path)
    return path
