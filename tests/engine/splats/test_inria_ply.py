"""Splats as trainers write them: every number where it belongs, and the same bytes when written again."""

import mmap
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.inria_ply import read, write
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene
from tests.engine.splats.ply_files import BRUSH, BRUSH_COMMENTS, GSPLAT, INRIA, columns, file_of
from tests.engine.splats.scenes import made_up_scene


def saved(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path


def check(scene: SplatScene, table: dict[str, np.ndarray], dtype: str = "<f4") -> None:
    """Every number of the scene against the column that it must be from."""

    def stacked(*names: str) -> np.ndarray:
        return np.stack([table[name].astype(dtype).astype(np.float32) for name in names], 1)

    np.testing.assert_array_equal(scene.xyz, stacked("x", "y", "z"))
    np.testing.assert_array_equal(scene.sh_dc, stacked("f_dc_0", "f_dc_1", "f_dc_2"))
    np.testing.assert_array_equal(scene.log_scale[:, :2], stacked("scale_0", "scale_1"))
    np.testing.assert_array_equal(scene.rotation, stacked("rot_0", "rot_1", "rot_2", "rot_3"))
    np.testing.assert_array_equal(scene.opacity_logit, stacked("opacity")[:, 0])
    if "scale_2" in table:
        np.testing.assert_array_equal(scene.log_scale[:, 2], stacked("scale_2")[:, 0])
    coefficients = sum(name.startswith("f_rest") for name in table) // 3
    assert scene.sh_rest.shape == (len(table["x"]), coefficients, 3)
    for colour in range(3):
        for i in range(coefficients):
            np.testing.assert_array_equal(
                scene.sh_rest[:, i, colour], stacked(f"f_rest_{colour * coefficients + i}")[:, 0]
            )


@pytest.mark.parametrize(
    ("names", "comments", "antialiased"),
    [
        (INRIA, (), False),
        (GSPLAT, (), False),
        (BRUSH, BRUSH_COMMENTS, True),
        (BRUSH, (*BRUSH_COMMENTS[:3], "SplatRenderMode: default"), False),
        (GSPLAT, ("antialiased 1",), True),
        (GSPLAT, ("antialiased 0",), False),
        (tuple(reversed(INRIA)), ("  spaces   kept  ", "점", ""), False),
        (tuple(n for n in INRIA if n != "scale_2"), ("SplatRenderMode: 2dgs",), False),
        (tuple(n for n in INRIA if not n.startswith("f_rest")), (), False),
        (("red", *GSPLAT, "confidence"), (), False),
    ],
)
def test_a_trainers_file_is_read_and_written_byte_for_byte(
    tmp_path: Path, names: tuple[str, ...], comments: tuple[str, ...], antialiased: bool
) -> None:
    table = columns(names, 37)
    data = file_of(table, comments=comments)
    scene = read(saved(tmp_path / "a.ply", data))
    check(scene, table)
    assert scene.antialiased is antialiased
    assert scene.comments == comments
    write(scene, tmp_path / "b.ply")
    assert (tmp_path / "b.ply").read_bytes() == data


@pytest.mark.parametrize("degree", range(5))
def test_a_made_up_scene_comes_back_in_the_layout_of_the_training_code(tmp_path: Path, degree: int) -> None:
    scene = made_up_scene(5000, degree, antialiased=degree == 2)
    write(scene, tmp_path / "a.ply")
    head, body = (tmp_path / "a.ply").read_bytes().split(b"end_header\n", 1)
    lines = head.decode().splitlines()
    rest = 3 * COEFFICIENTS[degree]
    assert [line.split()[2] for line in lines if line.startswith("property float")] == [
        *INRIA[:9],
        *(f"f_rest_{i}" for i in range(rest)),
        *INRIA[-8:],
    ]
    assert ("comment SplatRenderMode: mip" in lines) is (degree == 2)
    rows = np.frombuffer(body, "<f4").reshape(5000, 17 + rest)
    np.testing.assert_array_equal(rows[:, 0:3], scene.xyz)
    np.testing.assert_array_equal(rows[:, 3:6], 0)
    back = read(tmp_path / "a.ply")
    for name in ("xyz", "log_scale", "rotation", "opacity_logit", "sh_dc", "sh_rest", "antialiased"):
        np.testing.assert_array_equal(getattr(back, name), getattr(scene, name))


def test_numbers_that_are_no_numbers_keep_their_bits(tmp_path: Path) -> None:
    table = columns(INRIA, 4)
    table["x"] = np.array([0x7FC01234, 0xFFC00001, 0x7F800000, 0x80000000], "<u4").view("<f4")
    body = np.stack(list(table.values()), 1).tobytes()
    data = file_of(columns(INRIA, 4)).partition(b"end_header\n")
    saved(tmp_path / "a.ply", data[0] + data[1] + body)
    write(read(tmp_path / "a.ply"), tmp_path / "b.ply")
    assert (tmp_path / "b.ply").read_bytes() == (tmp_path / "a.ply").read_bytes()


@pytest.mark.parametrize("kind", ["ascii", "binary_big_endian", "binary_little_endian"])
def test_other_orders_and_types_are_converted(tmp_path: Path, kind: str) -> None:
    types = {"x": "double", "opacity": "double", "scale_1": "short", "state": "uchar", "rot_2": "int"}
    table = columns((*GSPLAT, "state"), 9)
    table |= {"scale_1": np.arange(9) - 5, "state": np.arange(9), "rot_2": np.arange(9) * 1000}
    table["x"] = np.random.default_rng(3).normal(size=9)
    scene = read(saved(tmp_path / "a.ply", file_of(table, kind=kind, types=types)))
    check(scene, table, "<f8" if kind == "ascii" else "<f4")
    write(scene, tmp_path / "b.ply")
    check(read(tmp_path / "b.ply"), table)
    assert read(tmp_path / "b.ply").columns.others["state"].tolist() == list(range(9))


def test_the_arrays_are_views_of_the_file(tmp_path: Path) -> None:
    scene = read(saved(tmp_path / "a.ply", file_of(columns(INRIA, 50))))
    for array in (scene.xyz, scene.log_scale, scene.rotation, scene.opacity_logit, scene.sh_dc, scene.sh_rest):
        owner = array
        while hasattr(owner, "base"):
            owner = owner.base
        assert isinstance(owner, memoryview)
        assert isinstance(owner.obj, mmap.mmap)
        assert not array.flags.writeable


def test_a_file_may_be_written_over_while_its_scene_is_open(tmp_path: Path) -> None:
    table = columns(INRIA, 60_000)
    path = saved(tmp_path / "a.ply", file_of(table))
    scene = read(path)
    write(scene.take(slice(0, 100)), path)
    check(scene, table)
    assert len(read(path)) == 100


def test_some_of_the_splats_keep_their_other_columns(tmp_path: Path) -> None:
    table = columns((*GSPLAT, "label"), 20)
    scene = read(saved(tmp_path / "a.ply", file_of(table)))
    chosen = np.array([7, 3, 3])
    write(scene.take(chosen), tmp_path / "b.ply")
    assert (tmp_path / "b.ply").read_bytes() == file_of({name: column[chosen] for name, column in table.items()})


@pytest.mark.parametrize("degree", range(4))
def test_fewer_harmonics_stay_in_their_place(tmp_path: Path, degree: int) -> None:
    table = columns(INRIA, 8)
    scene = read(saved(tmp_path / "a.ply", file_of(table)))
    write(scene.with_degree(degree), tmp_path / "b.ply")
    back = read(tmp_path / "b.ply")
    np.testing.assert_array_equal(back.sh_rest, scene.sh_rest[:, : COEFFICIENTS[degree]])
    rest = tuple(f"f_rest_{i}" for i in range(3 * COEFFICIENTS[degree]))
    assert back.columns.names == (*INRIA[:9], *rest, *INRIA[-8:])


def test_what_a_scene_is_outweighs_what_its_comments_said(tmp_path: Path) -> None:
    scene = replace(made_up_scene(3), comments=("hello", "antialiased 1", "two\nelement vertex 9"))
    write(scene, tmp_path / "a.ply")
    back = read(tmp_path / "a.ply")
    assert (back.antialiased, back.comments) == (False, ("hello", "two", "element vertex 9"))


@pytest.mark.parametrize(
    ("names", "sentence"),
    [
        (tuple(n for n in INRIA if n not in ("rot_1", "opacity")), "lacks opacity, rot_1"),
        (tuple(n for n in INRIA if n != "y"), "lacks y"),
        (tuple(n for n in INRIA if n != "f_rest_44"), "have 44 coefficients"),
        (tuple(n for n in INRIA if n not in ("f_rest_3", "f_rest_40", "f_rest_44")), "have 42 coefficients"),
    ],
)
def test_what_lacks_something_says_what(tmp_path: Path, names: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        read(saved(tmp_path / "a.ply", file_of(columns(names, 3))))


def test_an_empty_scene_survives(tmp_path: Path) -> None:
    write(made_up_scene(0, 3), tmp_path / "a.ply")
    assert (len(read(tmp_path / "a.ply")), read(tmp_path / "a.ply").degree) == (0, 3)
