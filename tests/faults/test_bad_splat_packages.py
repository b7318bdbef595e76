"""Packed splats (.spz, .ksplat, glTF) that lie about themselves: a sentence each, and little memory."""

import gzip
import json
import struct
import tracemalloc
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import zstandard

from depthview.engine.errors import UserError
from depthview.engine.splats.formats import gltf, ksplat, spz
from depthview.engine.splats.scene import SplatScene
from tests.engine.splats.gltf_files import EXTENSION, Parts, attributes_of
from tests.engine.splats.ksplat_files import Section, ksplat_bytes
from tests.engine.splats.scenes import made_up_scene
from tests.engine.splats.spz_files import header_of, spz4_bytes, spz_bytes, streams_of

SCENE = made_up_scene(40, 1)
MOST_BYTES = 48 << 20
CUT, NO_SENSE = "cut short or damaged", "makes no sense"
TOO_MANY = "more than 100,000,000"


def zipped(head: bytes, body: bytes = b"") -> bytes:
    return gzip.compress(head + body)


def spz4(**changed: bytes) -> bytes:
    names = ("places", "opacities", "colours", "sizes", "rotations", "harmonics")
    streams = dict(zip(names, streams_of(SCENE, 4), strict=True)) | changed
    return spz4_bytes(SCENE, list(streams.values()))


def put(data: bytes, at: int, form: str, *values: float) -> bytes:
    """With other numbers at one place."""
    new = struct.pack(form, *values)
    return data[:at] + new + data[at + len(new) :]


def zeros_zipped(size: int) -> bytes:
    pack = zlib.compressobj(9, zlib.DEFLATED, 31)
    parts = [pack.compress(header_of(SCENE, 3, count=size // 29))]
    parts += [pack.compress(bytes(1 << 20)) for _ in range(size >> 20)]
    return b"".join((*parts, pack.flush()))


BODY = b"".join(streams_of(SCENE, 3))
WHOLE_4 = spz4()
TOC = 32
BIG_FRAME = zstandard.ZstdCompressor().compress(bytes(1 << 30))

SPZ: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", CUT),
    "gzip of nothing": (lambda: zipped(b""), CUT),
    "another magic": (lambda: zipped(b"NGSQ" + bytes(12)), "no splat scene"),
    "version 0": (lambda: zipped(header_of(SCENE, 0), BODY), "version 0"),
    "version 5": (lambda: header_of(SCENE, 5) + BODY, "version 5"),
    "version 4 within gzip": (lambda: gzip.compress(WHOLE_4), NO_SENSE),
    "degree 5": (lambda: zipped(put(header_of(SCENE, 3), 12, "B", 5), BODY), NO_SENSE),
    "200 bits behind the point": (lambda: zipped(header_of(SCENE, 3, fraction_bits=200), BODY), NO_SENSE),
    "no splats": (lambda: zipped(header_of(SCENE, 3, count=0)), "holds no splats"),
    "four billion splats": (lambda: zipped(header_of(SCENE, 3, count=4_000_000_000), BODY), CUT),
    "more splats than bytes": (lambda: zipped(header_of(SCENE, 3, count=41), BODY), CUT),
    "cut in the middle": (lambda: spz_bytes(SCENE, 3)[:-600], CUT),
    "cut in the checksum": (lambda: spz_bytes(SCENE, 3)[:-5], CUT),
    "another checksum": (lambda: put(spz_bytes(SCENE, 3), len(spz_bytes(SCENE, 3)) - 8, "<I", 1), NO_SENSE),
    "broken within": (lambda: put(spz_bytes(SCENE, 3), 40, "<Q", 2**64 - 1), f"{CUT}|{NO_SENSE}"),
    "a gzip bomb": (lambda: zeros_zipped(300 << 20), CUT),
    "version 4, cut in its header": (lambda: WHOLE_4[:20], CUT),
    "version 4, cut in its list": (lambda: WHOLE_4[:70], CUT),
    "version 4, cut in its streams": (lambda: WHOLE_4[:-40], CUT),
    "a list before the header's end": (lambda: put(WHOLE_4, 16, "<I", 8), NO_SENSE),
    "a list behind the end": (lambda: put(WHOLE_4, 16, "<I", 2**32 - 1), CUT),
    "a stream too few": (lambda: put(WHOLE_4, 15, "B", 5), NO_SENSE),
    "streams without end": (lambda: put(WHOLE_4, 15, "B", 255), NO_SENSE),
    "a stream of another size": (lambda: put(WHOLE_4, TOC + 8, "<Q", 2**62), NO_SENSE),
    "a stream that packs beyond the end": (lambda: put(WHOLE_4, TOC, "<Q", 2**63), CUT),
    "a stream that unpacks to less": (
        lambda: put(spz4(places=bytes(100)), TOC + 8, "<Q", 9 * len(SCENE)),
        CUT,
    ),
    "a stream that is no Zstandard": (lambda: put(WHOLE_4, TOC + 16 * 6, "<Q", 0), NO_SENSE),
}


@pytest.mark.parametrize("case", SPZ)
def test_a_lying_spz_is_one_sentence(tmp_path: Path, case: str) -> None:
    made, sentence = SPZ[case]
    refused(spz.read, tmp_path / "lying.spz", made(), sentence)


def test_a_frame_that_unpacks_to_a_gigabyte_is_read_no_further_than_its_splats_need(tmp_path: Path) -> None:
    data = spz4()
    size, unpacked = struct.unpack_from("<QQ", data, TOC)
    streams_at = TOC + 16 * 6
    bomb = put(data, TOC, "<QQ", len(BIG_FRAME), unpacked)
    bomb = bomb[:streams_at] + BIG_FRAME + bomb[streams_at + size :]
    (tmp_path / "bomb.spz").write_bytes(bomb)
    with within_little_memory():
        scene = spz.read(tmp_path / "bomb.spz")
    assert not scene.xyz.any()


def whole_ksplat(level: int = 1) -> bytes:
    section = Section(SCENE, full=2, bucket_splats=16, partial=(8,)) if level else Section(SCENE)
    return ksplat_bytes([section], level)


def of_sections(**changed: int) -> bytes:
    return ksplat_bytes([Section(SCENE, full=2, bucket_splats=16, partial=(8,), changed=changed)], 1)


KSPLAT: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", CUT),
    "cut in its header": (lambda: whole_ksplat()[:4095], CUT),
    "another version": (lambda: put(whole_ksplat(), 0, "BB", 1, 0), r"version 1\.0"),
    "level 3": (lambda: put(whole_ksplat(), 20, "<H", 3), NO_SENSE),
    "four billion sections": (lambda: put(whole_ksplat(), 4, "<I", 2**32 - 1), f"{CUT}|{TOO_MANY}"),
    "no sections": (lambda: put(whole_ksplat(), 4, "<I", 0), "holds no splats"),
    "another count": (lambda: ksplat_bytes([Section(SCENE)], 0, count=39), NO_SENSE),
    "four billion splats": (lambda: of_sections(count=2**32 - 1, most=2**32 - 1), TOO_MANY),
    "more splats than bytes": (lambda: of_sections(count=90_000_000, most=90_000_000), CUT),
    "more splats than room": (lambda: of_sections(most=39), NO_SENSE),
    "four billion buckets": (lambda: of_sections(buckets=2**32 - 1), CUT),
    "fewer buckets than there are": (lambda: of_sections(buckets=2), NO_SENSE),
    "buckets of one byte": (lambda: of_sections(bucket_bytes=1), NO_SENSE),
    "buckets that hold too little": (lambda: of_sections(bucket_splats=15), NO_SENSE),
    "no buckets": (lambda: of_sections(buckets=0, full=0, partial=0), f"{NO_SENSE}|{CUT}"),
    "partial buckets without end": (lambda: of_sections(full=0, partial=2**32 - 1, buckets=2**32 - 1), CUT),
    "degree 3": (lambda: of_sections(degree=3), NO_SENSE),
    "cut in its records": (lambda: whole_ksplat()[:-1], CUT),
    "cut in its records, level 0": (lambda: whole_ksplat(0)[:-1], CUT),
}


@pytest.mark.parametrize("case", KSPLAT)
def test_a_lying_ksplat_is_one_sentence(tmp_path: Path, case: str) -> None:
    made, sentence = KSPLAT[case]
    refused(ksplat.read, tmp_path / "lying.ksplat", made(), sentence)


def test_buckets_of_four_billion_splats_take_no_memory(tmp_path: Path) -> None:
    (tmp_path / "a.ksplat").write_bytes(of_sections(bucket_splats=2**32 - 1))
    with within_little_memory():
        assert len(ksplat.read(tmp_path / "a.ksplat")) == len(SCENE)


def parts_of(change: Callable[[dict[str, Any]], object] = lambda document: None) -> Parts:
    parts = Parts()
    parts.mesh(attributes_of(parts, SCENE))
    change(parts.json)
    return parts


def glb(change: Callable[[dict[str, Any]], object]) -> Callable[[], bytes]:
    return lambda: parts_of(change).glb()


def in_first(kind: str, **values: object) -> Callable[[], bytes]:
    return glb(lambda document: document[kind][0].update(values))


def without(name: str) -> Callable[[], bytes]:
    return glb(lambda document: document["meshes"][0]["primitives"][0]["attributes"].pop(f"{EXTENSION}:{name}"))


def packed_by(extension: object) -> Callable[[], bytes]:
    def made() -> bytes:
        parts = Parts()
        parts.view(b"no such thing at all")
        parts.mesh({}, extension)
        return parts.glb()

    return made


def without_uri(parts: Parts) -> bytes:
    return json.dumps(parts.json).encode()


SPZ_NAME = "KHR_gaussian_splatting_compression_spz_2"

GLTF: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", NO_SENSE),
    "no JSON": (lambda: b"{", NO_SENSE),
    "another JSON": (lambda: b"[1, 2]", "no splat scene"),
    "JSON without end": (lambda: b"[" * 500_000, NO_SENSE),
    "a million of values": (lambda: b"[" + b"1," * 2_000_000 + b"1]", NO_SENSE),
    "bytes that are no text": (lambda: b'{"asset": "\xff\xfe"}', NO_SENSE),
    "a number of 5000 digits": (lambda: b'{"asset": ' + b"9" * 5000 + b"}", NO_SENSE),
    "version 1": (glb(lambda document: document.update(asset={"version": "1.0"})), r"version 1\.0"),
    "no version": (glb(lambda document: document.update(asset=[])), "version None"),
    "cut in a chunk": (lambda: parts_of().glb()[:-5], CUT),
    "cut in the header": (lambda: b"glTF" + bytes(10), CUT),
    "a chunk of four billion bytes": (lambda: put(parts_of().glb(), 12, "<I", 2**32 - 1), CUT),
    "another chunk first": (lambda: put(parts_of().glb(), 16, "<I", 7), CUT),
    "no splats": (glb(lambda document: document["meshes"][0].update(primitives=[])), "holds no splats"),
    "no nodes": (glb(lambda document: document["scenes"][0].update(nodes=[])), "holds no splats"),
    "a node that is not there": (glb(lambda document: document["scenes"][0].update(nodes=[7])), NO_SENSE),
    "a node of another kind": (glb(lambda document: document["scenes"][0].update(nodes=["0"])), NO_SENSE),
    "a scene that is not there": (glb(lambda document: document.update(scene=3)), NO_SENSE),
    "a node below itself": (in_first("nodes", children=[0]), NO_SENSE),
    "a node in two places": (
        glb(lambda document: (document["nodes"].append({"children": [0]}), document["scenes"][0].update(nodes=[0, 1]))),
        NO_SENSE,
    ),
    "all nodes in a circle": (
        glb(lambda document: (document["nodes"][0].update(children=[0]), document.pop("scenes"))),
        "holds no splats",
    ),
    "a matrix of three": (in_first("nodes", matrix=[1, 2, 3]), NO_SENSE),
    "a matrix of words": (in_first("nodes", matrix=["1"] * 16), NO_SENSE),
    "a matrix without end": (in_first("nodes", matrix=[float("inf")] * 16), NO_SENSE),
    "a matrix with a perspective": (in_first("nodes", matrix=[1] * 16), NO_SENSE),
    "a shift that is no number": (in_first("nodes", translation=[float("nan"), 0, 0]), NO_SENSE),
    "a shift of 500 digits": (in_first("nodes", translation=[10**500, 0, 0]), NO_SENSE),
    "a rotation of nothing": (in_first("nodes", rotation=[0, 0, 0, 0]), NO_SENSE),
    "a node that stretches": (in_first("nodes", scale=[1, 2, 1]), "stretched to one side or mirrored"),
    "a node that mirrors": (in_first("nodes", scale=[-1, 1, 1]), "stretched to one side or mirrored"),
    "a node of no size": (in_first("nodes", scale=[0, 0, 0]), "stretched to one side or mirrored"),
    "a node larger than all": (in_first("nodes", scale=[1e29, 1e29, 1e-29]), "stretched to one side or mirrored"),
    "an accessor that is not there": (
        glb(lambda document: document["meshes"][0]["primitives"][0]["attributes"].update(POSITION=99)),
        NO_SENSE,
    ),
    "an accessor below nothing": (
        glb(lambda document: document["meshes"][0]["primitives"][0]["attributes"].update(POSITION=-1)),
        NO_SENSE,
    ),
    "no places": (
        glb(lambda document: document["meshes"][0]["primitives"][0]["attributes"].pop("POSITION")),
        "lack POSITION",
    ),
    "no sizes": (without("SCALE"), "lack SCALE"),
    "no colours": (
        glb(
            lambda document: document["meshes"][0]["primitives"][0]["attributes"].pop(f"{EXTENSION}:SH_DEGREE_0_COEF_0")
        ),
        "lack SH_DEGREE_0_COEF_0",
    ),
    "four billion splats": (in_first("accessors", count=4_000_000_000), TOO_MANY),
    "more splats than bytes": (in_first("accessors", count=41), CUT),
    "fewer places than the rest": (in_first("accessors", count=39), CUT),
    "fewer splats than none": (in_first("accessors", count=-1), NO_SENSE),
    "half a splat": (in_first("accessors", count=0.5), NO_SENSE),
    "a truth for a number": (in_first("accessors", count=True), NO_SENSE),
    "numbers of no kind": (in_first("accessors", componentType=1), NO_SENSE),
    "places of two numbers": (in_first("accessors", type="VEC2"), NO_SENSE),
    "sparse numbers": (in_first("accessors", sparse={}), "sparse"),
    "no view": (in_first("accessors", bufferView=None), NO_SENSE),
    "a start beyond the view": (in_first("accessors", byteOffset=2**62), CUT),
    "a view beyond the buffer": (in_first("bufferViews", byteOffset=2**62), CUT),
    "rows nearer than they are long": (in_first("bufferViews", byteStride=4), CUT),
    "rows apart without end": (in_first("bufferViews", byteStride=2**62), CUT),
    "a packed view": (
        in_first("bufferViews", extensions={"EXT_meshopt_compression": {}}),
        "packed by EXT_meshopt_compression",
    ),
    "a buffer longer than the file": (in_first("buffers", byteLength=2**62), CUT),
    "a buffer that is nowhere": (lambda: without_uri(parts_of()), NO_SENSE),
    "a buffer of another kind": (in_first("buffers", uri=7), NO_SENSE),
    "a buffer that is not there": (in_first("buffers", uri="none.bin"), r"none\.bin is missing"),
    "a buffer that is this folder": (in_first("buffers", uri="."), "is missing"),
    "a buffer with no name": (in_first("buffers", uri="%00"), NO_SENSE),
    "a buffer outside": (in_first("buffers", uri="../../x"), "outside its folder"),
    "a buffer of no base": (in_first("buffers", uri="data:,abc"), NO_SENSE),
    "a buffer of wrong letters": (in_first("buffers", uri="data:;base64,*"), NO_SENSE),
    "extensions of another kind": (
        glb(lambda document: document["meshes"][0]["primitives"][0].update(extensions=[EXTENSION])),
        NO_SENSE,
    ),
    "packed by something else": (packed_by({"extensions": {"ACME_compression": {}}}), "packed by ACME_compression"),
    "packed nowhere": (packed_by({"extensions": {SPZ_NAME: {}}}), NO_SENSE),
    "packed by a word": (packed_by({"extensions": {SPZ_NAME: "0"}}), NO_SENSE),
    "packed as nothing": (packed_by({"extensions": {SPZ_NAME: {"bufferView": 0}}}), "no splat scene"),
}


@pytest.mark.parametrize("case", GLTF)
def test_a_lying_gltf_is_one_sentence(tmp_path: Path, case: str) -> None:
    made, sentence = GLTF[case]
    refused(gltf.read, tmp_path / "lying.glb", made(), sentence)


@pytest.mark.parametrize(("times", "sentence"), [(10_000, TOO_MANY), (10_001, "more than 10,000 places")])
def test_a_mesh_shown_again_and_again_is_counted_before_it_is_read(tmp_path: Path, times: int, sentence: str) -> None:
    parts = Parts()
    parts.mesh(attributes_of(parts, made_up_scene(6000)))
    parts.json["nodes"] = [{"mesh": 0}] * times
    parts.json["scenes"][0]["nodes"] = list(range(times))
    refused(gltf.read, tmp_path / "many.glb", parts.glb(), sentence)


@pytest.mark.parametrize("read", [spz.read, ksplat.read, gltf.read])
def test_a_missing_file_and_a_folder_are_one_sentence(tmp_path: Path, read: Callable[[Path], SplatScene]) -> None:
    for path in (tmp_path / "none", tmp_path):
        with pytest.raises(UserError) as caught:
            read(path)
        assert str(caught.value).endswith(str(path))


def test_a_gltf_of_numbers_that_are_none_is_read(tmp_path: Path) -> None:
    scene = made_up_scene(4, 1)
    scene.xyz[0], scene.rotation[1], scene.log_scale[2], scene.sh_rest[3] = np.nan, 0, np.inf, -np.inf
    parts = Parts()
    with np.errstate(all="ignore"):
        parts.mesh(attributes_of(parts, scene), rotation=[0, 1, 0, 1])
    (tmp_path / "a.glb").write_bytes(parts.glb())
    found = gltf.read(tmp_path / "a.glb")
    assert np.isnan(found.xyz[0]).all()
    assert not found.rotation[1].any()


def refused(
    read: Callable[[Path], SplatScene], path: Path, data: bytes, sentence: str, most_bytes: int = MOST_BYTES
) -> None:
    path.write_bytes(data)
    with within_little_memory(most_bytes), pytest.raises(UserError, match=sentence) as caught:
        read(path)
    said = str(caught.value)
    assert said.endswith(str(path))
    assert "\n" not in said


class within_little_memory:  # noqa: N801 - read as a word
    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most_bytes = most_bytes

    def __enter__(self) -> None:
        tracemalloc.start()

    def __exit__(self, *_: object) -> None:
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert most < self._most_bytes, f"{most} bytes"
