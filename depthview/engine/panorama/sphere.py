"""The sphere's geometry, which is `engine/sphere.py`: the model library needs it as well."""

from depthview.engine.sphere import (
    Directions,
    Scalar,
    directions,
    even_directions,
    pixel_of,
    row_latitudes,
    surrounded,
)

__all__ = ["Directions", "Scalar", "directions", "even_directions", "pixel_of", "row_latitudes", "surrounded"]
