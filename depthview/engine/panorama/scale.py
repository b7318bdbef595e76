"""How a range map comes to metres."""

from enum import StrEnum


class RangeScale(StrEnum):
    """Where the metres of a range map come from."""

    MODEL = "model"
    """A model says them; nobody has measured them."""
    CAMERA_HEIGHT = "camera height"
    """From how high above the floor the camera stood."""
    MEASURED_DISTANCE = "measured distance"
    """From one distance that somebody measured."""
    UNKNOWN = "unknown"
    """There are none: the unit is anyone's guess."""
