"""Read a SOG scene, version 1 or 2, SH degree 0 to 3: one picture after the other, each checked before it is decoded."""

from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.sog.container import Parts, opened
from depthview.engine.splats.formats.sog.meta import Meta, Palette, Streamed, coefficients, parsed
from depthview.engine.splats.formats.sog.webp import Bytes, decoded, size_px
from depthview.engine.splats.scene import Floats, SplatScene

_MOST_META_BYTES = 1 << 20
_SPARE_PX = 1 << 20
"""A picture may have so many pixels more than twice what it must hold."""
_BYTES_A_PIXEL = 5
"""At most: a picture of noise is stored as it is, with a little around."""
_SPLATS_A_BYTE = 8
"""At most, of the stored pictures: real ones need some bytes a splat."""
_ALWAYS_ALLOWED = 1 << 16
_ROWS_OF_CENTROIDS = 1024
_LARGEST_FIRST = 252
"""Stands in the alpha of a rotation whose largest part is w; then x, y, z."""

_NOT_UNDERSTOOD = "This SOG scene's meta.json makes no sense: export it again: {path}"
_STREAMED = "This is a streamed SOG scene of many pieces: open the folder of one piece or export it whole: {path}"
_PICTURE = "A picture of this SOG scene cannot be used, {name}: copy the scene again or export it again: {path}"
_LYING = "This SOG scene says it has {count} splats, more than its pictures hold: copy or export it again: {path}"


def read(path: Path) -> SplatScene:
    """The splats of a .sog archive, a SOG folder or its meta.json; rotations are of length 1.

    Memory: what the scene needs, and two pictures of four bytes a splat. Raises UserError with a sentence for
    everything that is no such scene.
    """
    with opened(path) as parts:
        try:
            meta = parsed(parts.read(parts.meta, _MOST_META_BYTES))
        except Streamed:
            raise UserError(_STREAMED, path=path) from None
        except ValueError as error:
            raise UserError(_NOT_UNDERSTOOD, details=str(error), path=path) from error
        if meta.count > max(_ALWAYS_ALLOWED, _SPLATS_A_BYTE * parts.stored_bytes):
            raise UserError(_LYING, count=f"{meta.count:,}", path=path)
        return _scene(meta, partial(_texture, parts, path, meta.count))
