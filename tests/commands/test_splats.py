"""`depthview splats`: what it says of a scene, the files that it writes, and the picture that it draws."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image as Pillow

from benchmarks.splat_reference import reference
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat, format_of
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.view import View
from tests.commands.runner import names_in, refused, run

NAMES = ["x", "y", "z", "nx", "ny", "nz", "f_dc_0", "f_dc_1", "f_dc_2"]
TAIL = ["opacity", "scale_0", "scale_1", "scale_2", "rot_0", "rot_1", "rot_2", "rot_3"]
COUNT = 300


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))


def ply(path: Path, *, broken: int = 0) -> Path:
    """A ball of splats of degree 1, radius 1, some of them with NaN, as trainers write it."""
    rng = np.random.default_rng(3)
    names = [*NAMES, *(f"f_rest_{i}" for i in range(9)), *TAIL]
    rows = rng.normal(0, 0.3, (COUNT, len(names))).astype("<f4")
    rows[:, :3] /= np.linalg.norm(rows[:, :3], axis=1, keepdims=True)
    rows[:, 3:6] = 0
    rows[:, 18] = 2.0
    rows[:, 19:22] = np.log(0.08)
    rows[:broken, 0] = np.nan
    header = f"ply\nformat binary_little_endian 1.0\nelement vertex {COUNT}\n"
    header += "".join(f"property float {name}\n" for name in names) + "end_header\n"
    path.write_bytes(header.encode() + rows.tobytes())
    return path


def scene_of(path: Path) -> SplatScene:
    scene = open_splats(path)
    assert isinstance(scene, SplatScene)
    return scene


def test_info_says_what_is_in_a_file(tmp_path: Path) -> None:
    path = ply(tmp_path / "ball 공.ply", broken=4)
    said = run("splats", "info", path, "--json").said
    assert (said["format"], said["splats"], said["degree"], said["unsound"]) == ("ply", COUNT, 1, 4)
    assert said["bytes"] == path.stat().st_size
    (least, most) = said["box"]
    assert all(-1.001 <= a < -0.9 and 0.9 < b <= 1.001 for a, b in zip(least, most, strict=True))
    text = run("splats", "info", path).stdout
    assert "300" in text
    assert "degree 1" in text
    assert "4 hold numbers that are none" in text


def test_info_tells_a_cloud_from_splats(tmp_path: Path) -> None:
    path = tmp_path / "cloud.ply"
    header = "ply\nformat ascii 1.0\nelement vertex 2\nproperty float x\nproperty float y\nproperty float z\n"
    path.write_text(
        header + "property uchar red\nproperty uchar green\nproperty uchar blue\nend_header\n0 0 1 1 2 3\n1 0 2 4 5 6\n"
    )
    said = run("splats", "info", path, "--json").said
    assert (said["format"], said["points"]) == ("point cloud", 2)
    refused(run("splats", "convert", path, tmp_path / "o.splat"), "This is a point cloud")
    refused(run("splats", "render", path, "-o", tmp_path / "o.png"), "This is a point cloud")


@pytest.mark.parametrize("kind", ["ply", "compressed.ply", "splat", "spz", "sog"])
def test_convert_writes_every_kind_and_what_it_wrote_is_the_scene(tmp_path: Path, kind: str) -> None:
    path, out = ply(tmp_path / "a.ply"), tmp_path / f"b.{kind}"
    said = run("splats", "convert", path, out, "--json").said
    assert (said["format"], said["splats"], said["bytes"]) == (kind, COUNT, out.stat().st_size)
    assert format_of(out) is SplatFormat(kind)
    before, after = scene_of(path), scene_of(out)
    assert len(after) == COUNT
    nearest = np.linalg.norm(before.xyz[:, None] - after.xyz[None], axis=2).min(1)
    assert nearest.max() < 2e-3
    assert names_in(tmp_path) == sorted(["a.ply", f"b.{kind}", *(["home"] if (tmp_path / "home").exists() else [])])
    refused(run("splats", "convert", path, out), "There is a file already")
    assert run("splats", "convert", path, out, "--overwrite").code == 0


def test_convert_leaves_a_ply_as_it_was_to_the_byte(tmp_path: Path) -> None:
    path, out = ply(tmp_path / "a.ply", broken=2), tmp_path / "b.ply"
    assert run("splats", "convert", path, out).code == 0
    assert out.read_bytes() == path.read_bytes()


def test_convert_makes_smaller_what_is_to_be_smaller(tmp_path: Path) -> None:
    path, out = ply(tmp_path / "a.ply"), tmp_path / "b.ply"
    said = run("splats", "convert", path, out, "--degree", 0, "--count", 100, "--json").said
    assert said["splats"] <= 100
    assert said["degree"] == scene_of(out).degree == 0
    assert (said["splats_before"], said["degree_before"]) == (COUNT, 1)


def test_render_draws_the_published_equations(tmp_path: Path) -> None:
    path, out = ply(tmp_path / "a.ply"), tmp_path / "o.png"
    where = ("--eye", "0.5,-0.7,-4", "--target", "0,0.1,0", "--up", "0.2,-1,0", "--fov", 40, "--size", "161x90")
    outcome = run("splats", "render", path, "-o", out, *where, "--background", "20,40,60", "--json")
    assert outcome.said["size"] == [161, 90]
    exact = drawn_exactly(scene_of(path), (20 / 255, 40 / 255, 60 / 255))
    shown = np.asarray(Pillow.open(out).convert("RGB"), np.float64)
    assert shown.shape == (90, 161, 3)
    assert np.abs(shown - exact).max() <= 1
    assert np.abs(exact - (20, 40, 60)).max() > 60, "there is something to see"
    assert run("splats", "render", path, "-o", out, *where, "--background", "transparent").code == 0
    clear = np.asarray(Pillow.open(out))
    assert clear.shape == (90, 161, 4)
    assert clear[0, 0, 3] == 0
    assert clear[..., 3].max() > 200


def drawn_exactly(scene: SplatScene, ground: tuple[float, float, float]) -> NDArray[np.float64]:
    splats = prepared([Placed(scene)])
    view = View.looking(np.array([0.5, -0.7, -4]), np.array([0, 0.1, 0]), np.array([0.2, -1, 0]), 40, (161, 90))
    return 255 * reference(splats, view, splats.colours(view.eye)).over(ground)


def test_render_finds_by_itself_where_to_stand(tmp_path: Path) -> None:
    path, out = ply(tmp_path / "a.ply"), tmp_path / "o.png"
    assert run("splats", "render", path, "-o", out, "--size", "200x100").code == 0
    seen = np.asarray(Pillow.open(out).convert("RGB")).max(2) > 20
    rows, columns = np.flatnonzero(seen.any(1)), np.flatnonzero(seen.any(0))
    assert 50 <= rows[-1] - rows[0] <= 100, "the ball fills the picture"
    assert abs((columns[0] + columns[-1]) / 2 - 100) < 15, "and is in its middle"


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--eye", "1,2"), "1,2 is no place"),
        (("--eye", "0,0,0", "--target", "0,0,0"), "From there nothing can be looked at"),
        (("--size", "0x10"), "0x10 is no size"),
        (("--size", "99999x10"), "99999x10 is no size"),
        (("--fov", "0"), "A field of view of 0"),
        (("--up", "0,0,nan"), "0,0,nan is no place"),
        (("--background", "blue"), "blue is no colour"),
        (("--background", "300,0,0"), "300,0,0 is no colour"),
        (("-o", "picture.jpg"), "The picture is written as PNG"),
        (("--splat-scale", "0"), "A splat scale of 0"),
    ],
)
def test_what_cannot_be_drawn_is_said_in_one_sentence(
    tmp_path: Path, arguments: tuple[str, ...], sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = ply(tmp_path / "a.ply")
    monkeypatch.chdir(tmp_path)
    refused(run("splats", "render", path, *arguments), sentence)
    assert names_in(tmp_path) in (["a.ply"], ["a.ply", "home"])


def test_bad_files_are_refused_by_every_command(tmp_path: Path) -> None:
    short = ply(tmp_path / "short.ply")
    short.write_bytes(short.read_bytes()[:-500])
    text = tmp_path / "text.spz"
    text.write_text("not a scene")
    for path, sentence in (
        (short, "This PLY file's size does not fit"),
        (text, "This is no splat scene"),
        (tmp_path / "none.ply", "There is no such file"),
    ):
        refused(run("splats", "info", path), sentence)
        refused(run("splats", "convert", path, tmp_path / "o.ply"), sentence)
        refused(run("splats", "render", path, "-o", tmp_path / "o.png"), sentence)
    refused(run("splats", "convert", ply(tmp_path / "a.ply"), tmp_path / "o.ksplat"), "DepthView writes splats as")
