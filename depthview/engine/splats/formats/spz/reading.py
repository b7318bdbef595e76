"""Splats from the numbers of an .spz file."""

from pathlib import Path

import numpy as np

from depthview.engine.mapped import MappedFile
from depthview.engine.reading import reading
from depthview.engine.splats.formats.logits import LOGIT_OF_BYTE
from depthview.engine.splats.formats.spz.container import Bytes, Container, Header
from depthview.engine.splats.formats.spz.turn import TURN, TURN_OF_HARMONICS
from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene

_AT_ONCE = 1 << 16
"""Splats decoded together, so that what is in between stays small."""

_BYTES = np.arange(256, dtype=np.float32)
_COLOUR = (_BYTES / np.float32(255) - np.float32(0.5)) / np.float32(0.15)
_LOG_SCALE = _BYTES / np.float32(16) - np.float32(10)
_FIRST_THREE = _BYTES / np.float32(127.5) - np.float32(1)
_HARMONIC = (_BYTES - np.float32(128)) / np.float32(128)
_SMALLEST_THREE = np.concatenate(
    [sign * np.sqrt(np.float32(0.5)) * np.arange(512, dtype=np.float32) / np.float32(511) for sign in (1, -1)]
).astype(np.float32)


def read(path: Path) -> SplatScene:
    """The splats of an .spz file, turned into our axes. Raises UserError with a sentence for all that fails."""
    with reading(path):
        return read_from(MappedFile(path).data, path)


def read_from(data: memoryview, path: Path) -> SplatScene:
    """The same from the bytes of an .spz file within the file `path`."""
    container = Container(data, path)
    header = container.header
    places, opacities, colours, sizes, rotations, harmonics = container.streams()
    count, kept = header.count, COEFFICIENTS[header.degree]
    xyz, rotation = np.empty((count, 3), np.float32), np.empty((count, 4), np.float32)
    sh_rest = np.empty((count, kept, 3), np.float32)
    signs = TURN_OF_HARMONICS[:kept, None]
    places, rotations = places.reshape(count, -1), rotations.reshape(count, -1)
    harmonics = harmonics.reshape(count, kept, 3)
    for first in range(0, count, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        xyz[part] = _places(places[part], header)
        rotation[part] = _rotations(rotations[part], header)
        np.multiply(_HARMONIC[harmonics[part]], signs, out=sh_rest[part])
    return SplatScene(
        xyz=xyz,
        log_scale=_LOG_SCALE[sizes.reshape(count, 3)],
        rotation=rotation,
        opacity_logit=LOGIT_OF_BYTE[opacities],
        sh_dc=_COLOUR[colours.reshape(count, 3)],
        sh_rest=sh_rest,
        antialiased=header.antialiased,
    )


def _places(rows: Bytes, header: Header) -> Floats:
    if header.version == 1:
        with np.errstate(invalid="ignore"):
            return np.asarray(rows.view("<f2").astype(np.float32) * TURN.xyz, np.float32)
    # 24 bits in the upper three bytes of 32: the sign comes by itself, and a float32 holds them exactly.
    wide = np.zeros((len(rows), 3, 4), np.uint8)
    wide[:, :, 1:] = rows.reshape(-1, 3, 3)
    fixed = wide.view("<i4")[:, :, 0].astype(np.float32)
    return np.asarray(fixed * (TURN.xyz * np.float32(2.0 ** (-8 - header.fraction_bits))), np.float32)


def _rotations(rows: Bytes, header: Header) -> Floats:
    """(n, 4) w, x, y, z of quaternions of which three numbers are kept."""
    found = np.empty((len(rows), 4), np.float32)
    if header.version < 3:
        found[:, 1:] = _FIRST_THREE[rows]
        found[:, 0] = _missing(found[:, 1:])
    else:
        # Two bits say which of x, y, z, w is largest and left out; the others, 10 bits each, the last one lowest.
        packed = np.ascontiguousarray(rows).view("<u4")[:, 0]
        three = _SMALLEST_THREE[np.stack([packed >> shift & 1023 for shift in (20, 10, 0)], 1)]
        missing, largest = _missing(three), packed >> 30
        for left_out in range(4):
            here = largest == left_out
            others = [(i + 1) % 4 for i in range(4) if i != left_out]
            found[np.ix_(here, others)] = three[here]
            found[here, (left_out + 1) % 4] = missing[here]
    return found * TURN.rotation


def _missing(three: Floats) -> Floats:
    squares = np.einsum("nk,nk->n", three, three)
    return np.asarray(np.sqrt(np.maximum(np.float32(1) - squares, np.float32(0))), np.float32)
