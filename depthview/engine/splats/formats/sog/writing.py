"""Write a SOG scene, version 2, as a .sog archive: bytes by codebooks and a palette, in lossless WebP pictures."""

import json
import math
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, Report, StopToken, ignore_progress
from depthview.engine.splats.formats.recognition import SOG_META
from depthview.engine.splats.formats.sog.codebook import codebook, nearest
from depthview.engine.splats.formats.sog.palette import palette
from depthview.engine.splats.formats.sog.webp import Bytes, encoded
from depthview.engine.splats.morton import morton_order
from depthview.engine.splats.scene import Floats, SplatScene, drawable, opacity

_LABEL = "Writing the splats as SOG"
_SMALLEST_LOG_SCALE = -30.0
"""As good as no size at all, which some scenes' splats have."""
_LARGEST_FIRST = 252
_MOST_DEGREE = 3
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PALETTE_STEP = 6
_LAST_STEP = 20
"""Of the work; the palette takes what lies between."""

_NOTHING = "This scene has no splat that could be drawn, there is nothing to write: {path}"


def write(scene: SplatScene, path: Path, report: Report = ignore_progress, stop: StopToken | None = None) -> None:
    """Write `scene` as a .sog archive; the file appears whole or not at all.

    Places in 16 bits of sign(x) log(1 + |x|) an axis, rotations in three bytes, sizes and colours by codebooks of
    256 numbers, what depends on the view by a palette of up to 65536 entries, of degree 3 at most. In Morton order.
    Splats that cannot be drawn (NaN, infinite, no rotation) are left out. The same scene gives the same bytes.
    A minute for a million splats of degree 3. Raises UserError where the disk refuses, Stopped.
    """
    order = np.flatnonzero(drawable(scene))
    order = order[morton_order(scene.xyz[order])]
    if not len(order):
        raise UserError(_NOTHING, path=path)

    def at(step: float) -> None:
        if stop is not None:
            stop.raise_if_stopped()
        report(Progress(step, _LAST_STEP, _LABEL))

    at(0)
    meta: dict[str, Any] = {
        "version": 2,
        "asset": {"generator": "DepthView"},
        "count": len(order),
        "antialias": scene.antialiased,
    }
    with atomic_path(path) as temporary, zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED) as archive:
        pictures = _Pictures(archive, len(order))
        meta["means"] = _means(pictures, scene.xyz[order])
        at(1)
        meta["quats"] = {"files": [pictures.add("quats", _rotations(scene.rotation[order]))]}
        at(2)
        sizes = np.maximum(scene.log_scale[order], np.float32(_SMALLEST_LOG_SCALE))
        book = codebook(sizes)
        meta["scales"] = {"codebook": book.tolist(), "files": [pictures.add("scales", nearest(book, sizes))]}
        at(4)
        colours = scene.sh_dc[order]
        book = codebook(colours)
        share = np.rint(255 * opacity(scene.opacity_logit[order])).astype(np.uint8)
        shown = np.concatenate([nearest(book, colours), share[:, None]], axis=1)
        meta["sh0"] = {"codebook": book.tolist(), "files": [pictures.add("sh0", shown)]}
        at(_PALETTE_STEP)
        if scene.degree:
            lower = scene.with_degree(_MOST_DEGREE)
            rest = np.nan_to_num(lower.sh_rest[order], posinf=0, neginf=0)
            span = _LAST_STEP - 1 - _PALETTE_STEP
            entries, labels = palette(rest.reshape(len(rest), -1), lambda part: at(_PALETTE_STEP + span * part))
            meta["shN"] = {"bands": lower.degree, **_palette(pictures, entries, labels)}
        at(_LAST_STEP - 1)
        pictures.store(SOG_META, json.dumps(meta, separators=(",", ":")).encode())
    report(Progress(_LAST_STEP, _LAST_STEP, _LABEL))


class _Pictures:
    """The archive, and the size that all of its pictures with a pixel a splat have."""

    def __init__(self, archive: zipfile.ZipFile, count: int) -> None:
        self._archive = archive
        self._width = math.ceil(math.sqrt(count) / 4) * 4
        self._height = math.ceil(count / self._width / 4) * 4

    def add(self, name: str, rows: Bytes) -> str:
        """Store (N, up to 4) bytes, a row a splat; the file's name."""
        picture = np.zeros((self._width * self._height, max(3, rows.shape[1])), np.uint8)
        picture[: len(rows), : rows.shape[1]] = rows
        return self.add_picture(name, picture.reshape(self._height, self._width, -1))

    def add_picture(self, name: str, picture: Bytes) -> str:
        self.store(f"{name}.webp", encoded(picture))
        return f"{name}.webp"

    def store(self, name: str, data: bytes) -> None:
        # A fixed time: the same scene is the same file.
        self._archive.writestr(zipfile.ZipInfo(name, _EPOCH), data)


def _means(pictures: _Pictures, xyz: Floats) -> dict[str, Any]:
    low, high = np.empty(xyz.shape, np.uint8), np.empty(xyz.shape, np.uint8)
    mins, maxs = [], []
    for axis in range(3):
        along = xyz[:, axis].astype(np.float64)
        along = np.sign(along) * np.log1p(np.abs(along))
        least, most = float(along.min()), float(along.max())
        steps = np.rint((along - least) * (65535 / max(most - least, 1e-30))).astype(np.uint16)
        low[:, axis], high[:, axis] = steps & 255, steps >> 8
        mins.append(least)
        maxs.append(most)
    return {"mins": mins, "maxs": maxs, "files": [pictures.add("means_l", low), pictures.add("means_u", high)]}


def _rotations(rotation: Floats) -> Bytes:
    """(N, 4): which part is the largest, and the three others, made smaller than 1 / sqrt(2) by its being positive."""
    unit = rotation / np.linalg.norm(rotation, axis=1, keepdims=True)
    largest = np.abs(unit).argmax(axis=1)
    found = np.empty(unit.shape, np.uint8)
    found[:, 3] = _LARGEST_FIRST + largest
    for part in range(4):
        which = np.flatnonzero(largest == part)
        signed = unit[which] * np.where(unit[which, part] < 0, np.float32(-1), np.float32(1))[:, None]
        three = np.delete(signed, part, axis=1) * np.float32(math.sqrt(2))
        found[which, :3] = np.rint((np.clip(three, -1, 1) + 1) * np.float32(127.5))
    return found


def _palette(pictures: _Pictures, entries: Floats, labels: NDArray[np.uint16]) -> dict[str, Any]:
    count = len(entries)
    each = entries.shape[1] // 3
    rows = -(-count // 64)
    book = codebook(entries)
    picture = np.zeros((rows * 64, each, 3), np.uint8)
    picture[:count] = nearest(book, entries).reshape(count, each, 3)
    files = [
        pictures.add_picture("shN_centroids", picture.reshape(rows, 64 * each, 3)),
        pictures.add("shN_labels", np.stack([labels & 255, labels >> 8], axis=1).astype(np.uint8)),
    ]
    return {"count": count, "codebook": book.tolist(), "files": files}
