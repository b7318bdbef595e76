"""Splats of GaussianSplats3D (github.com/mkkellogg/GaussianSplats3D, SplatBuffer.js), .ksplat 0.1: read only.

A header of 4096 bytes, headers of 1024 bytes for every section, then the sections: buckets, and a record a splat.
Level 0 keeps floats. Levels 1 and 2 keep places as 16 bits within a bucket's cube, sizes and rotations as half floats,
harmonics as half floats or bytes. Axes are those of .ply files.
"""

import struct
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.mapped import MappedFile
from depthview.engine.reading import reading
from depthview.engine.splats.formats.limits import (
    CUT,
    DAMAGED,
    EMPTY,
    UNKNOWN_VERSION,
    check_room,
    check_scene,
)
from depthview.engine.splats.formats.logits import LOGIT_OF_BYTE, log_size
from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene
from depthview.engine.splats.spherical_harmonics import C0

_HEADER_BYTES, _SECTION_HEADER_BYTES = 4096, 1024
_HEADER = struct.Struct("<BB2xIIIIH2x3f2f")
"""Version, most sections, sections, most splats, splats, level, middle, range of the harmonics."""
_SECTION = struct.Struct("<IIIIfH2xI4xIIH")
"""Splats, their most, splats of a bucket, buckets, a cube's side, bytes of a bucket, steps, full, partial, degree."""
_NUMBERS = (("<f4", "<f4", "<f4"), ("<u2", "<f2", "<f2"), ("<u2", "<f2", "u1"))
"""What each level keeps places, sizes with rotations, and harmonics as."""
_HARMONICS_RANGE = 1.5
_STEPS = 32767
_BUCKET = np.dtype("<f4")
_BUCKET_BYTES = 12
_MOST_DEGREE = 2
_COLOUR = (np.arange(256, dtype=np.float32) / np.float32(255) - np.float32(0.5)) / np.float32(C0)
_AT_ONCE = 1 << 16


@dataclass(frozen=True, slots=True)
class _Section:
    count: int
    bucket_splats: int
    buckets: int
    side: float
    steps: int
    full: int
    partial: int
    degree: int
    starts_at: int

    @property
    def buckets_at(self) -> int:
        return self.starts_at + 4 * self.partial


@dataclass(frozen=True, slots=True)
class _File:
    data: memoryview
    path: Path
    level: int
    lowest_harmonic: float
    highest_harmonic: float

    def values(self, kind: np.dtype[Any], count: int, at: int) -> NDArray[Any]:
        check_room(count, kind.itemsize, len(self.data) - at, self.path)
        return np.frombuffer(self.data, kind, count, at)


def read(path: Path) -> SplatScene:
    """The splats of a .ksplat file. Raises UserError with a sentence for all that fails."""
    with reading(path):
        mapped = MappedFile(path)
        if len(mapped.data) < _HEADER_BYTES:
            raise UserError(CUT, path=path, details=f"{len(mapped.data)} bytes")
        file, sections = _headers(mapped.data, path)
        degree = max(section.degree for section in sections)
        count = sum(section.count for section in sections)
        check_scene(count, degree, path)
        scene = SplatScene.empty(count, degree)
        scene.sh_rest[:] = 0  # sections of a lower degree leave some out
        start = 0
        with np.errstate(invalid="ignore", over="ignore"):
            for section in sections:
                _read_section(file, section, scene.take(slice(start, start + section.count)))
                start += section.count
                mapped.forget()
        return scene


def _headers(data: memoryview, path: Path) -> tuple[_File, list[_Section]]:
    major, minor, most_sections, _, _, count, level, _, _, _, lowest, highest = _HEADER.unpack_from(data)
    if major != 0 or minor < 1:
        raise UserError(UNKNOWN_VERSION, path=path, version=f"{major}.{minor}")
    if level >= len(_NUMBERS):
        raise UserError(DAMAGED, path=path, details=f"level {level}")
    check_room(most_sections, _SECTION_HEADER_BYTES, len(data) - _HEADER_BYTES, path)
    # Older writers leave them out.
    file = _File(data, path, level, lowest or -_HARMONICS_RANGE, highest or _HARMONICS_RANGE)
    sections = []
    starts_at = _HEADER_BYTES + most_sections * _SECTION_HEADER_BYTES
    for i in range(most_sections):
        section, size = _section(file, _HEADER_BYTES + i * _SECTION_HEADER_BYTES, starts_at)
        starts_at += size
        if section.count:
            sections.append(section)
    if not sections:
        raise UserError(EMPTY, path=path)
    found = sum(section.count for section in sections)
    if found != count:
        raise UserError(DAMAGED, path=path, details=f"{count} splats, {found} in the sections")
    return file, sections


def _section(file: _File, header_at: int, starts_at: int) -> tuple[_Section, int]:
    """A section, and its size in bytes."""
    count, most, bucket_splats, buckets, side, bucket_bytes, steps, full, partial, degree = _SECTION.unpack_from(
        file.data, header_at
    )
    if degree > _MOST_DEGREE or count > most:
        raise UserError(DAMAGED, path=file.path, details=f"degree {degree}, {count} of {most} splats")
    if file.level and count and (bucket_bytes != _BUCKET_BYTES or full + partial > buckets):
        raise UserError(DAMAGED, path=file.path, details=f"{buckets} buckets of {bucket_bytes} bytes")
    section = _Section(count, bucket_splats, buckets, side, steps or _STEPS, full, partial, degree, starts_at)
    beside = bucket_bytes * buckets + 4 * partial
    record = _record(file.level, degree).itemsize
    check_room(count, record, len(file.data) - starts_at - beside, file.path)
    return section, beside + record * most


def _record(level: int, degree: int) -> np.dtype[np.void]:
    place, other, harmonic = _NUMBERS[level]
    return np.dtype(
        [
            ("xyz", place, 3),
            ("scale", other, 3),
            ("rotation", other, 4),
            ("rgba", "u1", 4),
            ("harmonics", harmonic, 3 * COEFFICIENTS[degree]),
        ]
    )


def _read_section(file: _File, section: _Section, into: SplatScene) -> None:
    """Fill `into`, the part of the scene that is the section's."""
    beside = (_BUCKET_BYTES if file.level else 0) * section.buckets
    records = file.values(_record(file.level, section.degree), section.count, section.buckets_at + beside)
    middles, bucket_of = _buckets(file, section) if file.level else (None, None)
    step = np.float32(section.side / 2 / section.steps)
    for first in range(0, section.count, _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        some = records[part]
        if middles is None or bucket_of is None:
            into.xyz[part] = some["xyz"]
        else:
            inside = (some["xyz"].astype(np.float32) - np.float32(section.steps)) * step
            into.xyz[part] = inside + middles[bucket_of[part]]
        into.log_scale[part] = log_size(some["scale"])
        into.rotation[part] = some["rotation"]
        into.sh_dc[part] = _COLOUR[some["rgba"][:, :3]]
        into.opacity_logit[part] = LOGIT_OF_BYTE[some["rgba"][:, 3]]
        _read_harmonics(file, some["harmonics"], into.sh_rest[part])


def _buckets(file: _File, section: _Section) -> tuple[Floats, NDArray[np.intp]]:
    """(buckets, 3) middles of their cubes, and (splats,) which one each splat is in: the full ones come first."""
    middles = file.values(_BUCKET, 3 * section.buckets, section.buckets_at).reshape(-1, 3)
    lengths = np.full(section.full + section.partial, section.bucket_splats, np.int64)
    lengths[section.full :] = file.values(np.dtype("<u4"), section.partial, section.starts_at)
    ends = np.minimum(np.cumsum(lengths), section.count)
    if not len(ends) or ends[-1] < section.count:
        raise UserError(DAMAGED, path=file.path, details=f"{section.count} splats are more than the buckets hold")
    return np.asarray(middles, np.float32), np.repeat(np.arange(len(ends)), np.diff(ends, prepend=0))


def _read_harmonics(file: _File, values: NDArray[Any], into: Floats) -> None:
    """Degree by degree, in each all of red, then green, then blue."""
    found = values.astype(np.float32)
    if values.dtype == np.uint8:
        width = np.float32(file.highest_harmonic) - np.float32(file.lowest_harmonic)
        found = found / np.float32(255) * width + np.float32(file.lowest_harmonic)
    for first, last in pairwise(COEFFICIENTS):
        if 3 * last <= found.shape[1]:
            into[:, first:last] = found[:, 3 * first : 3 * last].reshape(len(found), 3, -1).swapaxes(1, 2)
