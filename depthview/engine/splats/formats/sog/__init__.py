"""SOG: splats as WebP pictures beside a meta.json, in a folder or in a .sog archive. PlayCanvas, versions 1 and 2."""

from depthview.engine.splats.formats.sog.reading import read

__all__ = ["read"]
