"""SOG: splats as WebP pictures beside a meta.json, in a folder or in a .sog archive. PlayCanvas, versions 1 and 2."""

from depthview.engine.splats.formats.sog.reading import read
from depthview.engine.splats.formats.sog.writing import write

__all__ = ["read", "write"]
