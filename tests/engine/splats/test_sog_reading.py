"""SOG scenes whose every byte was chosen by hand: what each of them means, in both versions, packed and not."""

import math
import zipfile
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.sog import read
from depthview.engine.splats.scene import SplatScene
from tests.engine.splats import sog_files as made


@pytest.fixture
def scene(tmp_path: Path) -> SplatScene:
    return read(as_is(tmp_path))


def as_is(folder: Path) -> Path:
    return made.as_folder(folder / "scene", *made.version_2_degree_1())


def test_places_are_sixteen_bits_of_a_logarithm(scene: SplatScene) -> None:
    whole = 65535
    assert scene.xyz.dtype == np.float32
    # x: from -1 to 1 in logarithms; the middle one is just beyond zero.
    middle = -1 + 2 * (128 * 256) / whole
    assert scene.xyz[:3, 0] == pytest.approx([-(math.e - 1), math.e - 1, math.expm1(middle)], rel=1e-6)
    assert scene.xyz[:3, 1] == pytest.approx([math.expm1(3), math.expm1(3), math.expm1(3 * 256 / whole)], rel=1e-6)
    # z has no extent: every byte means the same.
    assert scene.xyz[:, 2] == pytest.approx([math.expm1(2)] * 4, rel=1e-6)


def test_rotations_are_the_three_smaller_parts_and_which_is_the_largest(scene: SplatScene) -> None:
    assert np.linalg.norm(scene.rotation, axis=1) == pytest.approx(np.ones(4), abs=0.3)
    root = math.sqrt(2)
    # w is the largest of the first, and would be the root of less than nothing: three parts of up to 1 / sqrt(2).
    assert scene.rotation[0] == pytest.approx([0, 1 / root, 1 / 255 / root, -1 / root], abs=1e-6)
    x, y, z = ((byte / 255 * 2 - 1) / root for byte in (0, 64, 200))
    assert scene.rotation[1] == pytest.approx([x, math.sqrt(1 - x * x - y * y - z * z), y, z], abs=1e-6)
    assert scene.rotation[2].argmax() == 2
    assert scene.rotation[3].argmax() == 3 or scene.rotation[3, 2] == pytest.approx(1 / root)


def test_sizes_and_colours_are_looked_up(scene: SplatScene) -> None:
    assert scene.log_scale == pytest.approx(np.array(made.BOOK)[np.array(made.SIZES)], rel=1e-6)
    assert scene.sh_dc == pytest.approx(np.array(made.COLOURS)[np.array(made.SHOWN)[:, :3]], abs=1e-6)


def test_opacity_is_one_byte_and_never_endless(scene: SplatScene) -> None:
    shown = 1 / (1 + np.exp(-scene.opacity_logit.astype(np.float64)))
    assert shown == pytest.approx([1e-6, 1 - 1e-6, 128 / 255, 1 / 255], rel=1e-4)


def test_view_dependent_colours_come_from_the_palette(scene: SplatScene) -> None:
    assert scene.degree == 1
    entries = np.array(made.DEGREE_1)[made.CENTROIDS.reshape(64, 3, 3)]
    assert scene.sh_rest == pytest.approx(entries[[0, 63, 5, 1]], abs=1e-6)


def test_a_label_beyond_the_palette_means_no_view_dependence(tmp_path: Path) -> None:
    meta, pictures = made.version_2_degree_1()
    meta["shN"]["count"] = 60
    rest = read(made.as_folder(tmp_path / "scene", meta, pictures)).sh_rest
    assert not rest[1].any()
    assert rest[2].any()


def test_version_1_has_ranges_instead_of_codebooks(tmp_path: Path) -> None:
    scene = read(made.as_folder(tmp_path / "scene", *made.version_1()))
    assert scene.log_scale[0] == pytest.approx([-10, -9 + 9 / 255, -8 + 2 * 9 / 255], rel=1e-6)
    assert scene.sh_dc[0] == pytest.approx([-2, -1 + 2 * 128 / 255, 3], abs=1e-6)
    assert scene.opacity_logit == pytest.approx([-4, 6, -4 + 10 * 128 / 255, -4 + 10 / 255], abs=1e-5)
    assert scene.sh_rest[1] == pytest.approx(-1 + 2.5 * made.CENTROIDS.reshape(64, 3, 3)[63] / 255, abs=1e-5)
    assert scene.comments == ()


@pytest.mark.parametrize("coefficients", [8, 15])
def test_the_higher_degrees(tmp_path: Path, coefficients: int) -> None:
    meta, pictures = made.version_2_degree_1()
    bytes_ = np.random.default_rng(1).integers(0, 256, (2 * 64 * coefficients, 3), np.uint8)
    meta["shN"] |= {"bands": 2 if coefficients == 8 else 3, "count": 100}
    pictures["shN_centroids.webp"] = made.webp(bytes_, 64 * coefficients)
    pictures["shN_labels.webp"] = made.webp([[99, 0, 0], [63, 0, 0], [64, 0, 0], [0, 1, 0]], 2)
    rest = read(made.as_folder(tmp_path / "scene", meta, pictures)).sh_rest
    entries = np.array(made.DEGREE_1)[bytes_].reshape(-1, coefficients, 3)
    assert rest[:3] == pytest.approx(entries[[99, 63, 64]], abs=1e-6)
    # 256 is written low byte first, and is beyond the palette.
    assert not rest[3].any()


@pytest.mark.parametrize("packed", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_is_the_folder(tmp_path: Path, packed: int, scene: SplatScene) -> None:
    found = read(made.as_archive(tmp_path / "any.name", *made.version_2_degree_1(), packed=packed))
    assert np.array_equal(found.xyz, scene.xyz)
    assert np.array_equal(found.sh_rest, scene.sh_rest)


def test_an_archive_may_hold_the_folder_itself(tmp_path: Path) -> None:
    folder = as_is(tmp_path)
    with zipfile.ZipFile(tmp_path / "scene.sog", "w") as archive:
        for file in folder.iterdir():
            archive.write(file, f"scene/{file.name}")
    assert len(read(tmp_path / "scene.sog")) == made.COUNT


def test_the_meta_stands_for_its_folder(tmp_path: Path) -> None:
    folder = as_is(tmp_path)
    for path in (folder, folder / "meta.json"):
        found = open_splats(path)
        assert isinstance(found, SplatScene)
        assert len(found) == made.COUNT


def test_what_else_the_meta_says(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    scene = read(made.as_folder(tmp_path / "scene", meta, pictures))
    assert (scene.antialiased, scene.comments, scene.degree) == (False, ("generator a test",), 0)
    assert read(made.as_folder(tmp_path / "scene", meta | {"antialias": True}, pictures)).antialiased


def test_a_picture_without_alpha_is_opaque(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    pictures["sh0.webp"] = made.webp(np.array(made.SHOWN)[:, :3], 2)
    scene = read(made.as_folder(tmp_path / "scene", meta, pictures))
    assert (scene.opacity_logit > 13).all()


def test_a_codebook_that_lost_its_first_number_is_carried_on(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    meta["scales"]["codebook"] = [None, *made.BOOK[1:]]
    scene = read(made.as_folder(tmp_path / "scene", meta, pictures))
    step = (made.BOOK[1] - made.BOOK[255]) / 255
    assert scene.log_scale[0, 0] == pytest.approx(made.BOOK[1] + step)


def test_a_short_codebook_says_nothing_of_the_bytes_beyond_it(tmp_path: Path) -> None:
    meta, pictures = made.version_2()
    meta["scales"]["codebook"] = made.BOOK[:200]
    scene = read(made.as_folder(tmp_path / "scene", meta, pictures))
    assert np.isnan(scene.log_scale).tolist() == [[False] * 3, [False] * 3, [True] * 3, [False] * 3]
