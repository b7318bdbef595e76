"""Niantic's packed splats (github.com/nianticlabs/spz): versions 1 to 4 are read, version 3 is written.

Numbers of few bits, one stream after the other: places, opacities, colours, sizes, rotations, harmonics. Versions 1
to 3 are one gzip stream with a header of 16 bytes, version 4 is a plain header of 32 bytes and a Zstandard stream for
each. Axes x right, y up, z back: half a turn about x from ours.
"""

from depthview.engine.splats.formats.spz.reading import read, read_from
from depthview.engine.splats.formats.spz.writing import write

__all__ = ["read", "read_from", "write"]
