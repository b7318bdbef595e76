"""PlayCanvas's compressed PLY: 16 bytes a splat, in chunks of 256 that share their bounds; harmonics one byte each.

The layout is that of `splat-transform` and SuperSplat (PlayCanvas), which made it.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from depthview.engine.errors import UserError
from depthview.engine.ply_tables import PlyElement, PlyHeader, read_columns, read_header
from depthview.engine.reading import reading
from depthview.engine.splats.formats.limits import DAMAGED, check_count, check_scene
from depthview.engine.splats.formats.logits import LOGIT_OF_BYTE
from depthview.engine.splats.formats.ply_comments import comments_of, is_antialiased
from depthview.engine.splats.morton import morton_order
from depthview.engine.splats.scene import COEFFICIENTS, FileColumns, Floats, SplatScene, drawable, opacity
from depthview.engine.splats.spherical_harmonics import C0

_CHUNK = 256
_AT_ONCE = 32 * _CHUNK
"""Splats worked on together: they stay in the cache."""
_MOST_DEGREE = 3
_LEAST_LOG_SCALE, _MOST_LOG_SCALE = -20.0, 20.0
_SH_REACH = 8.0

_PLACES = ("x", "y", "z")
_SCALES = ("scale_x", "scale_y", "scale_z")
_COLOURS = ("r", "g", "b")
_PACKED = ("packed_position", "packed_rotation", "packed_scale", "packed_color")
_BITS = (11, 10, 11)
_BYTES = (8, 8, 8, 8)
_OTHERS = np.array([[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]])
"""Of w, x, y, z the three that are not the largest."""

_byte = np.arange(256, dtype=np.float32)
_SH_OF_BYTE = ((np.where(_byte == 255, 256, np.where(_byte == 0, 0, _byte + 0.5)) / 256 - 0.5) * _SH_REACH).astype("f4")

Table = Mapping[str, NDArray[np.generic]]


def read(path: Path) -> SplatScene:
    """With or without bounds of the colours, SH degree 0 to 4. Raises UserError for whatever is wrong with the file."""
    header = read_header(path)
    vertices, chunks = _element(header, "vertex", path), _element(header, "chunk", path)
    harmonics = header.named("sh")
    rest = _rest(harmonics, path) if harmonics is not None else ()
    count, coefficients = vertices.count, len(rest) // 3
    check_count(count, path)
    if chunks.count * _CHUNK < count or (harmonics is not None and harmonics.count != count):
        raise UserError(DAMAGED, path=path, details=f"{count} splats, {chunks.count} chunks, {harmonics}")
    bounds = [f"{end}_{name}" for name in (*_PLACES, *_SCALES) for end in ("min", "max")]
    colour_bounds = [f"{end}_{name}" for name in _COLOURS for end in ("min", "max")]
    has_colours = set(colour_bounds) <= set(chunks.names)
    wanted = [*bounds, *(colour_bounds if has_colours else ())]
    if not set(wanted) <= set(chunks.names) or not set(_PACKED) <= set(vertices.names):
        raise UserError(DAMAGED, path=path, details=f"chunk: {chunks.names}, vertex: {vertices.names}")
    packed = read_columns(path, header, vertices, _PACKED)
    chunk_table = read_columns(path, header, chunks, wanted)
    sh_table = read_columns(path, header, harmonics, rest) if harmonics is not None else {}
    degree = COEFFICIENTS.index(coefficients)
    check_scene(count, degree, path)
    with reading(path), np.errstate(invalid="ignore", over="ignore"):
        scene = SplatScene.empty(count, degree)
        for first in range(0, count, _AT_ONCE):
            part = slice(first, min(count, first + _AT_ONCE))
            chunk = {name: column[first // _CHUNK : -(-part.stop // _CHUNK)] for name, column in chunk_table.items()}
            words = [packed[name][part].astype(np.uint32) for name in _PACKED]
            scene.xyz[part] = _between(chunk, _PLACES, _fractions(words[0], _BITS))
            scene.rotation[part] = _quaternions(words[1])
            scene.log_scale[part] = _between(chunk, _SCALES, _fractions(words[2], _BITS))
            rgb = _fractions(words[3], _BYTES)[:, :3]
            scene.sh_dc[part] = ((_between(chunk, _COLOURS, rgb) if has_colours else rgb) - 0.5) / C0
            scene.opacity_logit[part] = LOGIT_OF_BYTE[words[3] & 255]
            for i, name in enumerate(rest):
                scene.sh_rest[part, i % coefficients, i // coefficients] = _SH_OF_BYTE[sh_table[name][part]]
    return replace(scene, antialiased=is_antialiased(header.comments), comments=header.comments)


def write(scene: SplatScene, path: Path) -> None:
    """In Morton order, with bounds of the colours, SH up to degree 3. Splats that cannot be drawn become transparent.

    Raises UserError where the disk refuses.
    """
    scene = replace(scene.with_degree(_MOST_DEGREE), columns=FileColumns())
    count, coefficients = len(scene), scene.sh_rest.shape[1]
    chunks = -(-count // _CHUNK)
    properties = [f"{end}_{name}" for kind in (_PLACES, _SCALES, _COLOURS) for end in ("min", "max") for name in kind]
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        *(f"comment {comment}" for comment in comments_of(scene)),
        f"element chunk {chunks}",
        *(f"property float {name}" for name in properties),
        f"element vertex {count}",
        *(f"property uint {name}" for name in _PACKED),
        *([f"element sh {count}"] if coefficients else []),
        *(f"property uchar f_rest_{i}" for i in range(3 * coefficients)),
        "end_header",
    ]
    order = morton_order(scene.xyz)
    parts = [order[first : first + _AT_ONCE] for first in range(0, count, _AT_ONCE)]
    bounds, words = np.empty((chunks, 18), "<f4"), np.empty((count, 4), "<u4")
    for i, part in enumerate(parts):
        first, chunk = i * _AT_ONCE, i * _AT_ONCE // _CHUNK
        found = _packed(scene.take(part))
        words[first : first + len(part)] = found[0]
        bounds[chunk : chunk + len(found[1])] = found[1]
    with atomic_path(path) as temporary, temporary.open("wb") as file:
        file.write(("\n".join(lines) + "\n").encode())
        file.write(bounds.data)
        file.write(words.data)
        for part in parts if coefficients else ():
            # All of red first, then green, then blue.
            rest = np.nan_to_num(scene.sh_rest[part].transpose(0, 2, 1).reshape(len(part), -1), nan=0.0)
            file.write(np.clip((rest / _SH_REACH + 0.5) * 256, 0, 255).astype(np.uint8).data)


def _element(header: PlyHeader, name: str, path: Path) -> PlyElement:
    element = header.named(name)
    if element is None:
        raise UserError(DAMAGED, path=path, details=f"No element named {name}.")
    return element


def _rest(harmonics: PlyElement, path: Path) -> tuple[str, ...]:
    names = tuple(f"f_rest_{i}" for i in range(len(harmonics.names)))
    bytes_only = all(kind == "u1" for _, kind in harmonics.properties)
    if len(names) % 3 or len(names) // 3 not in COEFFICIENTS or set(names) != set(harmonics.names) or not bytes_only:
        raise UserError(DAMAGED, path=path, details=f"sh: {harmonics.properties}")
    return names


def _fractions(words: NDArray[np.uint32], bits: Sequence[int]) -> Floats:
    """(N, len(bits)) numbers from 0 to 1, the first in the highest bits."""
    found = np.empty((len(words), len(bits)), np.float32)
    shift = sum(bits)
    for i, size in enumerate(bits):
        shift -= size
        most = (1 << size) - 1
        found[:, i] = ((words >> np.uint32(shift)) & np.uint32(most)) / np.float32(most)
    return found


def _words(fractions: NDArray[np.float64], bits: Sequence[int]) -> NDArray[np.uint32]:
    """The other way round, to the nearest."""
    words = np.zeros(len(fractions), np.uint32)
    for i, size in enumerate(bits):
        most = (1 << size) - 1
        number = np.floor(np.clip(fractions[:, i], 0, 1) * most + 0.5).astype(np.uint32)
        words = (words << np.uint32(size)) | number
    return words


def _between(chunk: Table, names: Sequence[str], fractions: Floats) -> Floats:
    """Each splat's number between the two bounds of its chunk."""
    found = np.empty_like(fractions)
    of = np.arange(len(fractions)) // _CHUNK
    for i, name in enumerate(names):
        least, most = chunk[f"min_{name}"].astype(np.float32), chunk[f"max_{name}"].astype(np.float32)
        found[:, i] = least[of] * (1 - fractions[:, i]) + most[of] * fractions[:, i]
    return found


def _quaternions(words: NDArray[np.uint32]) -> Floats:
    three = (_fractions(words & np.uint32((1 << 30) - 1), (10, 10, 10)) - np.float32(0.5)) * np.float32(np.sqrt(2))
    found = np.empty((len(words), 4), np.float32)
    largest = (words >> np.uint32(30)).astype(np.intp)
    np.put_along_axis(found, _OTHERS[largest], three, 1)
    found[np.arange(len(words)), largest] = np.sqrt(np.maximum(0, 1 - (three**2).sum(1)))
    return found


def _packed(part: SplatScene) -> tuple[NDArray[np.uint32], Floats]:
    """(N, 4) words of whole chunks (the last may be short), and their (chunks, 18) bounds."""
    with np.errstate(invalid="ignore", over="ignore"):
        unit = part.rotation / np.linalg.norm(part.rotation, axis=1, keepdims=True)
        seen = opacity(part.opacity_logit)
    sound = drawable(part)
    rotation = np.where(sound[:, None], unit, np.array([1, 0, 0, 0], np.float32))
    places, place_bounds = _spread(part.xyz, sound)
    scales, scale_bounds = _spread(np.clip(part.log_scale, _LEAST_LOG_SCALE, _MOST_LOG_SCALE), sound)
    colours, colour_bounds = _spread(0.5 + C0 * part.sh_dc.astype(np.float64), sound)
    rgba = np.column_stack([colours, np.where(sound, seen, 0)])
    words = [_words(places, _BITS), _rotation_words(rotation), _words(scales, _BITS), _words(rgba, _BYTES)]
    return np.stack(words, 1), np.concatenate([place_bounds, scale_bounds, colour_bounds], 1)


def _spread(values: NDArray[np.floating], sound: NDArray[np.bool_]) -> tuple[NDArray[np.float64], Floats]:
    """Where (N, 3) values stand between the bounds of their chunk, 0 to 1, and the (chunks, 6) bounds."""
    starts = np.arange(0, len(values), _CHUNK)
    kept = values.astype(np.float64)
    least = np.minimum.reduceat(np.where(sound[:, None], kept, np.inf), starts)
    most = np.maximum.reduceat(np.where(sound[:, None], kept, -np.inf), starts)
    none = least > most
    bounds = np.where(np.concatenate([none, none], 1), 0, np.concatenate([least, most], 1)).astype(np.float32)
    low, high = np.repeat(bounds.astype(np.float64).reshape(-1, 2, 3), _CHUNK, 0)[: len(values)].transpose(1, 0, 2)
    length = high - low
    fractions = np.divide(kept - low, length, out=np.zeros_like(kept), where=sound[:, None] & (length > 0))
    return fractions, bounds


def _rotation_words(rotation: Floats) -> NDArray[np.uint32]:
    largest = np.abs(rotation).argmax(1)
    sign = np.where(np.take_along_axis(rotation, largest[:, None], 1) < 0, -1, 1)
    three = np.take_along_axis(rotation, _OTHERS[largest], 1) * sign
    words = _words(three / np.sqrt(2) + 0.5, (10, 10, 10))
    return np.asarray(words | (largest.astype(np.uint32) << np.uint32(30)))
