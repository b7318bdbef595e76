"""Read a SOG scene, version 1 or 2, SH degree 0 to 3: each picture is checked before it is decoded."""

from pathlib import Path

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.limits import check_scene
from depthview.engine.splats.formats.sog.container import Parts, opened
from depthview.engine.splats.formats.sog.meta import Meta, Palette, Streamed, parsed
from depthview.engine.splats.formats.sog.webp import Bytes, decoded, size_px
from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene

_MOST_META_BYTES = 1 << 20
_SPARE_PX = 1 << 20
"""A picture may have so many pixels more than twice what it must hold."""
_BYTES_A_PIXEL = 5
"""At most: a picture of noise is stored as it is, with a little around."""
_SPLATS_A_BYTE = 8
"""At most, of the stored pictures: real ones need some bytes a splat."""
_ALWAYS_ALLOWED = 1 << 16
_ROWS_OF_CENTROIDS = 1024
_CHANNELS = 4
_LARGEST_FIRST = 252
"""Stands in the alpha of a rotation whose largest part is w; then x, y, z."""

_MEANINGLESS = "This SOG scene's meta.json makes no sense: export it again: {path}"
_STREAMED = "This is a streamed SOG scene of many pieces: open the folder of one piece or export it whole: {path}"
_UNUSABLE = "A picture of this SOG scene cannot be used, {name}: copy the scene again or export it again: {path}"
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
            raise UserError(_MEANINGLESS, details=str(error), path=path) from error
        if meta.count > max(_ALWAYS_ALLOWED, _SPLATS_A_BYTE * parts.stored_bytes):
            raise UserError(_LYING, count=f"{meta.count:,}", path=path)
        pictures = _Pictures(parts, path, meta.count)
        # Of the degree, only the picture of centroids is sure: it is looked at first.
        palette = None if meta.palette is None else _palette(pictures, meta.palette)
        degree = 0 if palette is None else COEFFICIENTS.index(palette.shape[1])
        check_scene(meta.count, degree, path, beside_bytes=2 * _CHANNELS * meta.count)
        shown = pictures.rows(meta.colour_file)
        return SplatScene(
            xyz=_places(pictures, meta),
            log_scale=_looked_up(meta.scales, pictures.rows(meta.scale_file)),
            rotation=_rotations(pictures.rows(meta.rotation_file)),
            opacity_logit=meta.opacities[shown[:, 3]],
            sh_dc=_looked_up(meta.colours, shown),
            sh_rest=_view_dependent(pictures, meta.palette, palette),
            antialiased=meta.antialiased,
            comments=(f"generator {meta.generator}",) if meta.generator else (),
        )


class _Pictures:
    """The decoded pictures of a scene of `count` splats."""

    def __init__(self, parts: Parts, path: Path, count: int) -> None:
        self._parts, self._path, self.count = parts, path, count

    def rows(self, name: str) -> Bytes:
        """(count, 4) bytes of a picture that holds a pixel for each splat."""
        return self.decoded(name, self.count, 2 * self.count + _SPARE_PX).reshape(-1, _CHANNELS)[: self.count]

    def decoded(self, name: str, least_px: int, most_px: int) -> Bytes:
        """(H, W, 4) bytes of a picture of so many pixels. Raises UserError for every other."""
        data = self._parts.read(name, _BYTES_A_PIXEL * most_px)
        try:
            width, height = size_px(data)
            if not least_px <= width * height <= most_px:
                raise ValueError(f"{width} x {height} pixels for {self.count:,} splats")
            return decoded(data)
        except ValueError as error:
            raise UserError(_UNUSABLE, name=name, details=str(error), path=self._path) from error

    def unusable(self, name: str, details: str) -> UserError:
        return UserError(_UNUSABLE, name=name, details=details, path=self._path)


def _looked_up(tables: Floats, rows: Bytes) -> Floats:
    """(N, len(tables)) numbers that the first columns of `rows` mean, each by its table."""
    found = np.empty((len(rows), len(tables)), np.float32)
    for column, table in enumerate(tables):
        found[:, column] = table[rows[:, column]]
    return found


def _places(pictures: _Pictures, meta: Meta) -> Floats:
    low, high = pictures.rows(meta.low), pictures.rows(meta.high)
    found = np.empty((len(low), 3), np.float32)
    for axis, table in enumerate(meta.places):
        found[:, axis] = table[low[:, axis] | high[:, axis].astype(np.uint16) << 8]
    return found


def _rotations(rows: Bytes) -> Floats:
    """(N, 4) w, x, y, z: three parts as they are, the largest found from them. None is the largest: not turned."""
    part = ((np.arange(256) / 255 * 2 - 1) / np.sqrt(2)).astype(np.float32)
    found = np.zeros((len(rows), 4), np.float32)
    found[:, 0] = 1
    for largest in range(4):
        which = np.flatnonzero(rows[:, 3] == _LARGEST_FIRST + largest)
        three = part[rows[which, :3]]
        found[which[:, None], [i for i in range(4) if i != largest]] = three
        found[which, largest] = np.sqrt(np.maximum(0, 1 - np.einsum("nk,nk->n", three, three)))
    return found


def _palette(pictures: _Pictures, palette: Palette) -> Floats:
    """(P + 1, K, 3): the palette's entries, 64 in a row of the picture, and one of zeros for labels beyond."""
    name = palette.centroids
    picture = pictures.decoded(name, 1, 64 * COEFFICIENTS[3] * _ROWS_OF_CENTROIDS)
    wide = {64 * COEFFICIENTS[degree]: COEFFICIENTS[degree] for degree in (1, 2, 3)}
    each = wide.get(picture.shape[1])
    if each is None or palette.degree not in (None, COEFFICIENTS.index(each)):
        raise pictures.unusable(name, f"it is {picture.shape[1]} px wide, for degree {palette.degree}")
    entries = picture.reshape(-1, each, _CHANNELS)
    count = len(entries) if palette.count is None else palette.count
    if count > len(entries):
        raise pictures.unusable(name, f"it has {len(entries)} entries of {count}")
    found = np.zeros((count + 1, each, 3), np.float32)
    found[:count] = palette.table[entries[:count, :, :3]]
    return found


def _view_dependent(pictures: _Pictures, meta: Palette | None, palette: Floats | None) -> Floats:
    if meta is None or palette is None:
        return np.zeros((pictures.count, 0, 3), np.float32)
    rows = pictures.rows(meta.labels)
    labels = rows[:, 0] | rows[:, 1].astype(np.uint16) << 8
    return palette.take(labels, axis=0, mode="clip")
