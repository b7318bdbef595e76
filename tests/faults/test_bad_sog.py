"""SOG scenes that are damaged or lie: a sentence each, and no more memory than the file's own size allows."""

import json
import os
import random
import tracemalloc
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.sog import read, write
from tests.engine.splats import sog_files as made
from tests.engine.splats.drawn_splats import random_scene

PICTURES = ["means_l.webp", "means_u.webp", "scales.webp", "quats.webp", "sh0.webp"]
SH = ["shN_centroids.webp", "shN_labels.webp"]
NUMBERS: list[Any] = [None, "1/2", True, [], {}, float("nan"), float("inf"), 1e300, 10**400, -1, 0, 1.5]


def refused(path: Path, words: str = "") -> UserError:
    with pytest.raises(UserError, match=words or None) as caught:
        read(path)
    assert str(caught.value).endswith(str(path))
    return caught.value


def folder(tmp_path: Path, meta: object, pictures: dict[str, bytes]) -> Path:
    return made.as_folder(tmp_path / "scene", meta, pictures)


@pytest.mark.parametrize("name", [*PICTURES, *SH])
def test_a_missing_part_is_named(tmp_path: Path, name: str) -> None:
    meta, pictures = made.version_2_degree_1()
    del pictures[name]
    for path in (folder(tmp_path, meta, pictures), made.as_archive(tmp_path / "scene.sog", meta, pictures)):
        assert name in str(refused(path, "missing"))


@pytest.mark.parametrize("name", [*PICTURES, *SH])
@pytest.mark.parametrize(
    "data",
    [b"", b"RIFF", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"RIFF\0\0\0\0WEBPVP8L" + b"\0" * 20, b"\xff" * 100],
    ids=["empty", "short", "png", "no pixels", "noise"],
)
def test_what_is_no_webp_picture(tmp_path: Path, name: str, data: bytes) -> None:
    meta, pictures = made.version_2_degree_1()
    assert name in str(refused(folder(tmp_path, meta, pictures | {name: data}), "cannot be used"))


@pytest.mark.parametrize("name", [*PICTURES, *SH])
def test_a_picture_cut_short(tmp_path: Path, name: str) -> None:
    meta, pictures = made.version_2_degree_1()
    assert name in str(refused(folder(tmp_path, meta, pictures | {name: pictures[name][:-12]}), "cannot be used"))


@pytest.mark.parametrize("name", [*PICTURES, SH[1]])
def test_a_picture_too_small_for_the_count(tmp_path: Path, name: str) -> None:
    meta, pictures = made.version_2_degree_1()
    small = made.webp([[1, 2, 3, 255]] * 3, 3)
    assert "3 x 1 pixels" in refused(folder(tmp_path, meta, pictures | {name: small}), "cannot be used").details


@pytest.mark.parametrize("name", [*PICTURES, *SH])
def test_a_picture_that_unfolds_to_a_gigabyte_is_not_decoded(tmp_path: Path, name: str) -> None:
    meta, pictures = made.version_2_degree_1()
    header = b"RIFF\x40\0\0\0WEBPVP8L\x30\0\0\0\x2f" + (16382 | 16382 << 14).to_bytes(4, "little") + b"\0" * 40
    path = folder(tmp_path, meta, pictures | {name: header})
    tracemalloc.start()
    refused(path, "cannot be used")
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()


def test_an_animation_is_no_scene(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    moving = b"RIFF\x40\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\x01\0\0\x01\0\0" + b"\0" * 40
    refused(folder(tmp_path, meta, pictures | {"sh0.webp": moving}), "cannot be used")


@pytest.mark.parametrize("count", [5, 70_000, 4_294_967_295, 10**12, 10**30])
@pytest.mark.parametrize("version", [1, 2])
def test_a_count_that_the_pictures_do_not_hold(tmp_path: Path, count: int, version: int) -> None:
    meta, pictures = made.version_2() if version == 2 else made.version_1()
    if version == 2:
        meta["count"] = count
    else:
        meta["means"]["shape"][0] = count
    path = folder(tmp_path, meta, pictures)
    tracemalloc.start()
    refused(path)
    assert tracemalloc.get_traced_memory()[1] < 30e6
    tracemalloc.stop()


@pytest.mark.parametrize("count", [None, "4", 4.0, -1, 0, True, [4]])
def test_a_count_that_is_none(tmp_path: Path, count: object) -> None:
    meta, pictures = made.version_2()
    refused(folder(tmp_path, meta | {"count": count}, pictures), "makes no sense")


@pytest.mark.parametrize("version", [3, 0, -2, "2", 2.0, None, [], 10**30])
def test_versions_nobody_knows(tmp_path: Path, version: object) -> None:
    meta, pictures = made.version_2()
    refused(folder(tmp_path, meta | {"version": version}, pictures), "makes no sense|version")


@pytest.mark.parametrize("value", NUMBERS)
@pytest.mark.parametrize("where", ["codebook", "mins", "files", "whole"])
def test_wrong_numbers_and_wrong_types_everywhere(tmp_path: Path, value: object, where: str) -> None:
    meta, pictures = made.version_2_degree_1()
    for part in ("means", "scales", "quats", "sh0", "shN"):
        changed: Any = json.loads(json.dumps(meta))
        if where == "whole":
            if part == "shN" and not value:
                continue
            changed[part] = value
        elif where == "files":
            changed[part]["files"] = [value] * 2
        elif where == "mins" and part == "means":
            if value in (-1, 0, 1.5) and not isinstance(value, bool):
                continue
            changed[part]["mins"][1] = value
        elif where == "codebook" and "codebook" in changed[part]:
            if value in (-1, 0, 1.5) and not isinstance(value, bool):
                continue
            changed[part]["codebook"][7] = value
        else:
            continue
        refused(folder(tmp_path, changed, pictures), "makes no sense")


@pytest.mark.parametrize("part", ["means", "scales", "quats", "sh0"])
def test_a_part_that_the_meta_does_not_tell_of(tmp_path: Path, part: str) -> None:
    for meta, pictures in (made.version_2(), made.version_1()):
        del meta[part]
        refused(folder(tmp_path, meta, pictures), "makes no sense")


@pytest.mark.parametrize(
    "name",
    [
        "../secret.webp",
        "/etc/passwd",
        "a/../../b.webp",
        "..",
        ".",
        "",
        "C:\\x.webp",
        "sub/x.webp",
        "x.webp\0",
        "a\nb",
        7,
    ],
)
@pytest.mark.parametrize("packed", [True, False])
def test_names_that_lead_outside(tmp_path: Path, name: object, packed: bool) -> None:
    (tmp_path / "secret.webp").write_bytes(made.version_2()[1]["scales.webp"])
    meta, pictures = made.version_2()
    meta["scales"]["files"] = [name]
    path = made.as_archive(tmp_path / "x.sog", meta, pictures) if packed else folder(tmp_path, meta, pictures)
    refused(path, "makes no sense")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_pipe_in_place_of_a_picture_is_not_waited_for(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    del pictures["sh0.webp"]
    path = folder(tmp_path, meta, pictures)
    os.mkfifo(path / "sh0.webp")
    refused(path, "missing")


@pytest.mark.parametrize(("width", "height"), [(191, 1), (193, 1), (256, 2), (960, 1), (192, 2000)])
def test_centroids_of_an_odd_size(tmp_path: Path, width: int, height: int) -> None:
    meta, pictures = made.version_2_degree_1()
    pictures["shN_centroids.webp"] = made.webp(np.zeros((width * height, 3)), width)
    path = folder(tmp_path, meta, pictures)
    if height == 2000:
        # Only more entries than anybody needs, and no harm.
        assert read(path).degree == 1
    else:
        refused(path, "cannot be used")


def test_a_palette_larger_than_its_picture(tmp_path: Path) -> None:
    meta, pictures = made.version_2_degree_1()
    meta["shN"]["count"] = 65
    refused(folder(tmp_path, meta, pictures), "cannot be used")


@pytest.mark.parametrize("value", [4, -1, "1", None, 1.0])
def test_a_degree_that_is_none(tmp_path: Path, value: object) -> None:
    meta, pictures = made.version_2_degree_1()
    meta["shN"]["bands"] = value
    refused(folder(tmp_path, meta, pictures), "makes no sense")


@pytest.mark.parametrize(
    "text",
    ["", "{", "[]", "null", "7", '"meta"', "[" * 100_000, '{"a":' * 50_000, "\xff\xfe", '{"version": 2}', "1" * 5000],
    ids=range(11),
)
def test_a_meta_that_is_no_json_or_says_nothing(tmp_path: Path, text: str) -> None:
    meta, pictures = made.version_2()
    path = folder(tmp_path, meta, pictures)
    (path / "meta.json").write_text(text, encoding="latin-1")
    refused(path, "makes no sense")


def test_a_huge_meta(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    path = folder(tmp_path, meta | {"more": "x" * 5_000_000}, pictures)
    refused(path, "far larger")


def test_a_streamed_scene_is_told_apart(tmp_path: Path) -> None:
    table = {"lodLevels": 3, "filenames": ["0_0/meta.json"], "tree": {"bound": {"min": [0, 0, 0], "max": [1, 1, 1]}}}
    path = tmp_path / "scene"
    path.mkdir()
    (path / "lod-meta.json").write_text(json.dumps(table))
    for one in (path, path / "lod-meta.json"):
        with pytest.raises(UserError, match="streamed SOG scene of many pieces"):
            open_splats(one)


def test_a_folder_without_a_meta(tmp_path: Path) -> None:
    refused(tmp_path, "no meta.json")


def test_an_archive_without_a_meta(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "x.sog", "w") as archive:
        archive.writestr("readme.txt", "hello")
    refused(tmp_path / "x.sog", "no meta.json")


def test_what_is_not_there(tmp_path: Path) -> None:
    refused(tmp_path / "nowhere.sog", "no such file")


def test_a_zip_bomb_is_not_unpacked(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    for name in ("meta.json", "scales.webp"):
        bomb = tmp_path / "bomb.sog"
        with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
            for other, data in {"meta.json": json.dumps(meta).encode(), **pictures}.items():
                archive.writestr(other, data if other != name else b" " * 80_000_000)
        assert bomb.stat().st_size < 1_000_000
        tracemalloc.start()
        refused(bomb, "far larger")
        assert tracemalloc.get_traced_memory()[1] < 60e6
        tracemalloc.stop()


def test_an_archive_that_lies_about_sizes(tmp_path: Path) -> None:
    """A member whose table entry says 100 bytes unfolds to far more: zipfile stops there, and says the sum is wrong."""
    meta, pictures = made.version_2()
    path = made.as_archive(tmp_path / "x.sog", meta, pictures, packed=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    start = data.rindex(b"PK\x01\x02")
    for at in range(start + 1):
        if data[at : at + 4] == b"PK\x01\x02":
            data[at + 24 : at + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    refused(path)


@pytest.mark.parametrize("change", ["encrypted", "method", "offset", "cut", "zlib"])
def test_a_damaged_archive(tmp_path: Path, change: str) -> None:
    meta, pictures = made.version_2()
    path = made.as_archive(tmp_path / "x.sog", meta, pictures, packed=zipfile.ZIP_DEFLATED)
    data = bytearray(path.read_bytes())
    entry = data.index(b"PK\x01\x02")
    if change == "encrypted":
        data[entry + 8] |= 1
    elif change == "method":
        data[entry + 10] = 14
    elif change == "offset":
        data[entry + 42 : entry + 46] = (len(data) * 2).to_bytes(4, "little")
    elif change == "cut":
        del data[len(data) // 2 :]
    else:
        data[60:70] = b"\xff" * 10
    path.write_bytes(data)
    refused(path, "damaged")


def test_numbers_that_no_float_holds_give_splats_that_are_not_drawn(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    meta["means"]["maxs"] = [1000.0, 1000.0, 1000.0]
    scene = read(folder(tmp_path, meta, pictures))
    assert np.isinf(scene.xyz).any()


def test_many_mutated_files_end_in_a_scene_or_a_sentence(tmp_path: Path) -> None:
    write(random_scene(40, 1, 1), tmp_path / "sound.sog")
    sound = (tmp_path / "sound.sog").read_bytes()
    chance = random.Random(5)
    path = tmp_path / "mutated.sog"
    read_well = 0
    for _ in range(400):
        data = bytearray(sound)
        for _ in range(chance.choice([1, 2, 8])):
            at = chance.randrange(len(data))
            kind = chance.random()
            if kind < 0.6:
                data[at] = chance.randrange(256)
            elif kind < 0.8:
                del data[at : at + chance.randrange(1, 60)]
            else:
                data[at:at] = bytes(chance.randrange(256) for _ in range(chance.randrange(1, 20)))
        if chance.random() < 0.7:
            _mend_sums(data)
        path.write_bytes(data)
        try:
            read_well += len(read(path)) > 0
        except UserError:
            continue
    assert 0 < read_well < 400


def _mend_sums(data: bytearray) -> None:
    """Put the right check sums into an archive of stored members, so that what is within them is looked at."""
    at = data.find(b"PK\x01\x02")
    while at >= 0 and at + 46 <= len(data):
        size, start = (int.from_bytes(data[at + i : at + i + 4], "little") for i in (20, 42))
        name = int.from_bytes(data[start + 26 : start + 28], "little")
        begin = start + 30 + name
        data[at + 16 : at + 20] = zlib.crc32(data[begin : begin + size]).to_bytes(4, "little")
        at = data.find(b"PK\x01\x02", at + 4)
