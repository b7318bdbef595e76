"""As what a panorama's room is drawn. No Qt, no VTK."""

from enum import Enum


class Form(Enum):
    SURFACE = "surface"
    """A skin with the photo on it; as points where the scene has no mesh."""
    POINTS = "points"
