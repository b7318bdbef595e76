"""Sound files of every format, small, made in memory: what the mutations begin with."""

import gzip
import io
import json
import struct
import tempfile
import zipfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import zstandard

from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.writing import write_splats
from tests.engine.splats.gltf_files import Parts, attributes_of
from tests.engine.splats.ksplat_files import Section, ksplat_bytes
from tests.engine.splats.ply_files import BRUSH, BRUSH_COMMENTS, columns, file_of
from tests.engine.splats.scenes import made_up_scene
from tests.engine.splats.sog_files import version_1, version_2_degree_1
from tests.fuzz.mutations import Seed, plain

_COUNT = 40


def seeds(kind: SplatFormat) -> Sequence[Seed]:
    return _SEEDS[kind]()


def _written(kind: SplatFormat, degree: int, count: int = _COUNT) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "scene")
        write_splats(made_up_scene(count, degree), path, kind)
        return path.read_bytes()


def _ply() -> Sequence[Seed]:
    cloud = columns(("x", "y", "z", "red"), 9)
    return [
        *(plain(_written(SplatFormat.PLY, degree)) for degree in (0, 3)),
        plain(file_of(columns(BRUSH, 9), comments=BRUSH_COMMENTS)),
        plain(file_of(columns(BRUSH, 9), kind="ascii")),
        plain(file_of(columns(BRUSH, 9), kind="binary_big_endian", types={"x": "double"})),
        plain(file_of(cloud)),
    ]


def _compressed_ply() -> Sequence[Seed]:
    return [plain(_written(SplatFormat.COMPRESSED_PLY, degree, 300)) for degree in (0, 1)]


def _dot_splat() -> Sequence[Seed]:
    return [plain(_written(SplatFormat.SPLAT, 0))]


def _spz() -> Sequence[Seed]:
    """Version 3; the same numbers as versions 1 and 2 have them; version 4 with its streams apart."""
    plain_3, rich_3 = (gzip.decompress(_written(SplatFormat.SPZ, degree)) for degree in (0, 2))
    between = rich_3[16 + 9 * _COUNT : 16 + 16 * _COUNT]
    version_1, version_2 = (
        struct.pack("<4sI", b"NGSP", version)
        + rich_3[8:16]
        + rich_3[16 : 16 + place * _COUNT]
        + between
        + bytes(27 * _COUNT)
        for version, place in ((1, 6), (2, 9))
    )
    return [
        *(
            Seed({"": data}, lambda parts: gzip.compress(parts[""], 1))
            for data in (plain_3, rich_3, version_1, version_2)
        ),
        _spz_4(rich_3),
    ]


def _spz_4(inner: bytes) -> Seed:
    streams, at = {}, 16
    for name, each in (("places", 9), ("shown", 1), ("colours", 3), ("sizes", 3), ("turns", 4), ("harmonics", 24)):
        streams[name] = inner[at : at + each * _COUNT]
        at += each * _COUNT
    head = inner[:4] + struct.pack("<I", 4) + inner[8:15] + bytes([len(streams)]) + struct.pack("<I12x", 32)

    def pack(parts: Mapping[str, bytes]) -> bytes:
        bodies = [zstandard.ZstdCompressor().compress(data) for name, data in parts.items() if name]
        sizes = [len(data) for name, data in parts.items() if name]
        toc = b"".join(struct.pack("<QQ", len(body), size) for body, size in zip(bodies, sizes, strict=True))
        return parts.get("", b"") + toc + b"".join(bodies)

    return Seed({"": head, **streams}, pack)


def _sog() -> Sequence[Seed]:
    made = []
    for meta, pictures in (version_2_degree_1(), version_1()):
        made.append(Seed({"meta.json": json.dumps(meta).encode(), **pictures}, _archive))
    with zipfile.ZipFile(io.BytesIO(_written(SplatFormat.SOG, 1))) as archive:
        made.append(Seed({name: archive.read(name) for name in archive.namelist()}, _archive))
    return made


def _archive(parts: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return stream.getvalue()


def _ksplat() -> Sequence[Seed]:
    scene = made_up_scene(_COUNT, 2)
    buckets = Section(scene, full=2, bucket_splats=16, partial=(8,))
    return [plain(ksplat_bytes([buckets if level else Section(scene)], level)) for level in range(3)]


def _gltf() -> Sequence[Seed]:
    parts = Parts()
    parts.mesh(attributes_of(parts, made_up_scene(_COUNT, 1)), translation=[1, 2, 3], rotation=[0, 0, 1, 0])

    def pack(pieces: Mapping[str, bytes]) -> bytes:
        chunks = b""
        for name, data in pieces.items():
            padded = data + b" " * (-len(data) % 4)
            chunks += struct.pack("<I4s", len(padded), name.encode().ljust(4, b"\0")) + padded
        return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks

    packed = Parts()
    view = packed.view(_written(SplatFormat.SPZ, 1))
    packed.mesh({}, {"extensions": {"KHR_gaussian_splatting_compression_spz_2": {"bufferView": view}}})
    both = [Seed({"JSON": json.dumps(one.json).encode(), "BIN": one.data}, pack) for one in (parts, packed)]
    return [*both, plain(parts.gltf())]


_SEEDS: dict[SplatFormat, Callable[[], Sequence[Seed]]] = {
    SplatFormat.PLY: _ply,
    SplatFormat.COMPRESSED_PLY: _compressed_ply,
    SplatFormat.SPLAT: _dot_splat,
    SplatFormat.SPZ: _spz,
    SplatFormat.SOG: _sog,
    SplatFormat.KSPLAT: _ksplat,
    SplatFormat.GLTF: _gltf,
}
