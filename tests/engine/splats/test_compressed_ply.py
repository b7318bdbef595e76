"""PlayCanvas's compressed PLY: files packed here bit by bit are read, and what is written unpacks to what it was."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats.compressed_ply import read, write
from depthview.engine.splats.morton import morton_order
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene, opacity
from depthview.engine.splats.spherical_harmonics import C0
from tests.engine.splats.ply_files import header
from tests.engine.splats.scenes import made_up_scene

BOUNDS = [
    f"{end}_{name}" for kind in ("xyz", ("scale_x", "scale_y", "scale_z")) for end in ("min", "max") for name in kind
]
COLOUR_BOUNDS = [f"{end}_{name}" for end in ("min", "max") for name in "rgb"]
PACKED = ["packed_position", "packed_rotation", "packed_scale", "packed_color"]


def packed_file(
    bounds: np.ndarray, words: np.ndarray, sh: np.ndarray | None = None, comments: tuple[str, ...] = ()
) -> bytes:
    names = [*BOUNDS, *COLOUR_BOUNDS][: bounds.shape[1]]
    lines = [f"element chunk {len(bounds)}", *(f"property float {name}" for name in names)]
    lines += [f"element vertex {len(words)}", *(f"property uint {name}" for name in PACKED)]
    body = bounds.astype("<f4").tobytes() + words.astype("<u4").tobytes()
    if sh is not None:
        lines += [f"element sh {len(sh)}", *(f"property uchar f_rest_{i}" for i in range(sh.shape[1]))]
        body += sh.astype("u1").tobytes()
    return header(*lines, comments=comments) + body


def test_one_splat_unpacked_by_hand(tmp_path: Path) -> None:
    bounds = np.array([[0, 10, 20, 1, 14, 21, -6, -5, -4, -2, -3, 0, 0, 0.2, -1, 1, 0.4, 3]])
    x, y, z, sx, sy, sz = 512, 1023, 0, 2047, 341, 1024
    # The largest is y (2): w, x, z follow in ten bits each.
    w, i, k = 0.1, -0.3, 0.5
    turned = [round((v / np.sqrt(2) + 0.5) * 1023) for v in (w, i, k)]
    words = np.array(
        [
            x << 21 | y << 11 | z,
            2 << 30 | turned[0] << 20 | turned[1] << 10 | turned[2],
            sx << 21 | sy << 11 | sz,
            255 << 24 | 0 << 16 | 51 << 8 | 204,
        ]
    )[None]
    sh = np.array([[0, 255, 127, 128, 1, 254, 64, 192, 100]])
    (tmp_path / "a.ply").write_bytes(packed_file(bounds, words, sh, comments=("antialiased 1",)))
    scene = read(tmp_path / "a.ply")
    np.testing.assert_allclose(scene.xyz[0], [512 / 2047, 14, 20], rtol=1e-6)
    np.testing.assert_allclose(scene.log_scale[0], [-2, -5 + 2 * 341 / 1023, -4 + 4 * 1024 / 2047], rtol=1e-6)
    j = np.sqrt(1 - w**2 - i**2 - k**2)
    np.testing.assert_allclose(scene.rotation[0], [w, i, j, k], atol=1e-3)
    np.testing.assert_allclose(0.5 + C0 * scene.sh_dc[0], [1, 0.2, -1 + 4 * 0.2], rtol=1e-5)
    np.testing.assert_allclose(opacity(scene.opacity_logit), [0.8], rtol=1e-5)
    levels = [
        -4,
        4,
        -0.015625,
        0.015625,
        (1.5 / 256 - 0.5) * 8,
        (254.5 / 256 - 0.5) * 8,
        -1.984375,
        2.015625,
        -0.859375,
    ]
    np.testing.assert_allclose(scene.sh_rest[0], np.reshape(levels, (3, 3)).T, atol=1e-6)
    assert scene.antialiased
    assert scene.comments == ("antialiased 1",)


def test_without_bounds_of_colours_and_in_a_second_chunk(tmp_path: Path) -> None:
    bounds = np.zeros((2, 12))
    bounds[1, 3:6] = 7
    words = np.full((257, 4), 0xFFFFFFFF, np.uint32)
    words[:, 3] = 128 << 24 | 255 << 16
    (tmp_path / "a.ply").write_bytes(packed_file(bounds, words))
    scene = read(tmp_path / "a.ply")
    assert scene.xyz[:256].max() == 0
    np.testing.assert_array_equal(scene.xyz[256], 7)
    np.testing.assert_allclose(0.5 + C0 * scene.sh_dc[0], [128 / 255, 1, 0], atol=1e-6)


def unpacked(data: bytes) -> tuple[np.ndarray, np.ndarray, np.ndarray, bytes]:
    head, body = data.split(b"end_header\n", 1)
    counts = {
        line.split()[1]: int(line.split()[2]) for line in head.decode().splitlines() if line.startswith("element")
    }
    bounds = np.frombuffer(body, "<f4", counts["chunk"] * 18).reshape(-1, 18)
    words = np.frombuffer(body, "<u4", counts["vertex"] * 4, bounds.nbytes).reshape(-1, 4)
    return bounds, words, np.frombuffer(body, "u1", -1, bounds.nbytes + words.nbytes), head


def turns_apart(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """1 - |cos| of half the angle between rotations."""
    a, b = (q / np.linalg.norm(q.astype(np.float64), axis=1, keepdims=True) for q in (a, b))
    return 1 - np.abs((a * b).sum(1))


@pytest.mark.parametrize("degree", range(5))
@pytest.mark.parametrize("count", [1, 256, 1000])
def test_what_is_written_is_read_within_its_steps(tmp_path: Path, count: int, degree: int) -> None:
    scene = made_up_scene(count, degree, half_extent=50.0, antialiased=degree == 1)
    write(scene, tmp_path / "a.ply")
    back, wanted = read(tmp_path / "a.ply"), scene.take(morton_order(scene.xyz))
    bounds = unpacked((tmp_path / "a.ply").read_bytes())[0]
    chunk = np.arange(count) // 256
    steps = np.array([2047, 1023, 2047])
    for name, start in (("xyz", 0), ("log_scale", 6)):
        step = (bounds[chunk, start + 3 : start + 6] - bounds[chunk, start : start + 3]) / steps
        assert (np.abs(getattr(back, name) - getattr(wanted, name)) <= 0.502 * step + 1e-5).all(), name
    step = (bounds[chunk, 15:18] - bounds[chunk, 12:15]) / 255 / C0
    assert (np.abs(back.sh_dc - wanted.sh_dc) <= 0.502 * step + 1e-5).all()
    assert np.abs(opacity(back.opacity_logit) - opacity(wanted.opacity_logit)).max() <= 0.502 / 255
    assert turns_apart(back.rotation, wanted.rotation).max() < 3e-6
    assert back.degree == min(degree, 3)
    np.testing.assert_allclose(back.sh_rest, wanted.sh_rest[:, : COEFFICIENTS[3]], atol=0.502 * 8 / 256)
    assert back.antialiased is scene.antialiased


def test_the_bytes_are_what_other_programs_expect(tmp_path: Path) -> None:
    write(made_up_scene(300, 1), tmp_path / "a.ply")
    bounds, words, sh, head = unpacked((tmp_path / "a.ply").read_bytes())
    names = [line.split()[2] for line in head.decode().splitlines() if line.startswith("property")]
    assert names == [*BOUNDS, *COLOUR_BOUNDS, *PACKED, *(f"f_rest_{i}" for i in range(9))]
    assert (bounds.shape, words.shape, sh.size) == ((2, 18), (300, 4), 2700)


def test_the_order_keeps_chunks_small(tmp_path: Path) -> None:
    grid = np.stack(np.meshgrid(*[np.arange(16.0)] * 3), -1).reshape(-1, 3).astype(np.float32)
    shuffled = np.random.default_rng(0).permutation(len(grid))
    far = replace(made_up_scene(4096), xyz=grid[shuffled])
    far.xyz[0] = 1e6
    write(far, tmp_path / "a.ply")
    bounds = unpacked((tmp_path / "a.ply").read_bytes())[0]
    sizes = (bounds[:, 3:6] - bounds[:, :3]).max(1)
    assert np.median(sizes) <= 8, "one splat far away must not coarsen all the others"


def test_what_cannot_be_drawn_is_transparent_and_spoils_no_neighbour(tmp_path: Path) -> None:
    scene = made_up_scene(200, 1)
    xyz, scale, rotation, logit, dc = (
        a.copy() for a in (scene.xyz, scene.log_scale, scene.rotation, scene.opacity_logit, scene.sh_dc)
    )
    logit[:] = 3
    xyz[0], xyz[1], scale[2], scale[3], rotation[4], rotation[5] = np.nan, np.inf, np.inf, np.nan, 0, np.nan
    logit[6], dc[7] = np.nan, -np.inf
    scale[8, 1] = -np.inf
    bad = SplatScene(xyz, scale, rotation, logit, dc, scene.sh_rest)
    write(bad, tmp_path / "a.ply")
    back, order = read(tmp_path / "a.ply"), morton_order(xyz)
    seen = np.empty(200)
    seen[order] = opacity(back.opacity_logit)
    assert (seen[:8] < 1e-5).all()
    assert (seen[8:] > 0.9).all()
    sizes = np.empty_like(back.log_scale)
    sizes[order] = back.log_scale
    assert sizes[8, 1] == -20, "flat, and nearly as flat as it was"
    places = np.empty_like(back.xyz)
    places[order] = back.xyz
    np.testing.assert_allclose(places[8:], xyz[8:], atol=2 / 1023)


def test_an_empty_scene_survives(tmp_path: Path) -> None:
    write(made_up_scene(0, 3), tmp_path / "a.ply")
    assert (len(read(tmp_path / "a.ply")), read(tmp_path / "a.ply").degree) == (0, 3)
