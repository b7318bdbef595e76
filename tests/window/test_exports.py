"""What is kept is what is on the screen: every file is read back and compared with the numbers shown."""

import contextlib
import json
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import OpenEXR
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPoint
from PySide6.QtGui import QCursor, QGuiApplication, QImage
from PySide6.QtWidgets import QFileDialog

from depthview.engine.live.presenter import LiveView
from depthview.engine.stereo.views.eyes_format import EyesFormat
from depthview.engine.stereo.views.rerender import EyesChoice, Rerenderer
from depthview.ui.parts.pane import Pane
from tests.window.driver import Driver, pixels

KINDS = {
    "export_cloud": "cloud.ply",
    "export_depth": "depth.png",
    "export_npy": "disparity.npy",
    "export_pfm": "disparity.pfm",
    "export_exr": "disparity.exr",
    "export_surface": "mesh.ply",
    "export_surface_glb": "mesh.glb",
    "export_preview": "preview.png",
}


def export(at: Driver, action: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> LiveView:
    """Choose an export and answer its question with `path`; gives the view that was on the screen."""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_kwargs: (str(path), ""))
    at.do(action)
    return at.view


def until_saved(at: Driver, path: Path) -> None:
    assert at.until_said("Saved") == f"Saved {path.name}"
    assert path.exists()
    assert [p for p in path.parent.iterdir() if p.name.startswith(".depthview")] == [], "no half file is left"


def depth_m(view: LiveView) -> NDArray[np.float64]:
    """By hand: z = f b / d."""
    with np.errstate(divide="ignore", invalid="ignore"):
        z = view.rig.focal_px * view.rig.baseline_m / view.depth.values.astype(np.float64)
    return np.where(z > 0, z, np.nan)


def test_disparity_as_npy(still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "시차 disparity.npy"
    view = export(still, "export_npy", path, monkeypatch)
    until_saved(still, path)
    stored = np.load(path, allow_pickle=False)
    assert stored.dtype == np.float32
    np.testing.assert_array_equal(stored, view.depth.values)


def test_disparity_as_pfm(still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.pfm"
    view = export(still, "export_pfm", path, monkeypatch)
    until_saved(still, path)
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    known = np.isfinite(view.depth.values)
    np.testing.assert_array_equal(stored[known], view.depth.values[known])
    assert np.isinf(stored[~known]).all()


def test_depth_as_16_bit_millimetres(still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "depth.png"
    view = export(still, "export_depth", path, monkeypatch)
    until_saved(still, path)
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert stored.dtype == np.uint16
    expected = depth_m(view) * 1000
    known = np.isfinite(expected)
    assert np.abs(stored[known] - np.minimum(expected[known], 65535)).max() <= 0.51
    assert (stored[~known] == 0).all()


def test_the_cloud_lies_where_the_depth_says(still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cloud.ply"
    view = export(still, "export_cloud", path, monkeypatch)
    until_saved(still, path)
    raw = path.read_bytes()
    header, _, body = raw.partition(b"end_header\n")
    lines = header.decode("ascii").splitlines()
    assert "format binary_little_endian 1.0" in lines
    count = next(int(line.split()[2]) for line in lines if line.startswith("element vertex"))
    names = {"float": "<f4", "uchar": "u1", "float32": "<f4", "uint8": "u1"}
    properties = [line.split()[1:] for line in lines if line.startswith("property")]
    points = np.frombuffer(body, np.dtype([(name, names[kind]) for kind, name in properties]), count)
    assert count > 40_000

    z = points["z"].astype(np.float64)
    x_px = points["x"] / z * view.rig.focal_px + view.rig.cx_px
    y_px = points["y"] / z * view.rig.focal_px + view.rig.cy_px
    x, y = np.rint(x_px).astype(int), np.rint(y_px).astype(int)
    assert np.abs(x_px - x).max() < 0.01
    assert np.abs(y_px - y).max() < 0.01
    np.testing.assert_allclose(z, depth_m(view)[y, x], rtol=1e-4)
    colours = np.stack([points[c] for c in ("red", "green", "blue")], axis=1)
    np.testing.assert_array_equal(colours, view.depth.pair.left[y, x])


def test_disparity_as_exr(still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "d.exr"
    view = export(still, "export_exr", path, monkeypatch)
    until_saved(still, path)
    with OpenEXR.File(str(path)) as file:
        np.testing.assert_array_equal(file.channels()["Y"].pixels, view.depth.values)
        assert "disparity, px" in file.header()["comments"]


@pytest.mark.parametrize(("action", "ending"), [("export_surface", "ply"), ("export_surface_glb", "glb")])
def test_the_mesh_lies_where_the_depth_says(
    still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, action: str, ending: str
) -> None:
    view = export(still, action, tmp_path / "mesh", monkeypatch)
    path = tmp_path / f"mesh.{ending}"
    until_saved(still, path)
    xyz = ply_corners(path) if ending == "ply" else glb_corners(path)
    assert len(xyz) > 100
    # A GLB has y up and looks along -z.
    x_m, y_m, away_m = (xyz * ([1, 1, 1] if ending == "ply" else [1, -1, -1])).T
    columns = np.rint(x_m * view.rig.focal_px / away_m + view.rig.cx_px).astype(int)
    rows = np.rint(y_m * view.rig.focal_px / away_m + view.rig.cy_px).astype(int)
    assert np.median(np.abs(away_m / depth_m(view)[rows, columns] - 1)) < 0.001
    assert np.ptp(columns) > 250
    assert np.ptp(rows) > 200


def ply_corners(path: Path) -> NDArray[np.float32]:
    header, _, body = path.read_bytes().partition(b"end_header\n")
    lines = header.decode("ascii").split("element face")[0].splitlines()
    count = next(int(line.split()[2]) for line in lines if line.startswith("element vertex"))
    names = {"float": "<f4", "uchar": "u1"}
    fields = [line.split()[1:] for line in lines if line.startswith("property")]
    points = np.frombuffer(body, np.dtype([(name, names[kind]) for kind, name in fields]), count)
    return np.stack([points["x"], points["y"], points["z"]], axis=1)


def glb_corners(path: Path) -> NDArray[np.float32]:
    raw = path.read_bytes()
    length = int.from_bytes(raw[12:16], "little")
    scene = json.loads(raw[20 : 20 + length])
    place = scene["accessors"][scene["meshes"][0]["primitives"][0]["attributes"]["POSITION"]]
    view = scene["bufferViews"][place["bufferView"]]
    start = 20 + length + 8 + view.get("byteOffset", 0) + place.get("byteOffset", 0)
    return np.frombuffer(raw, "<f4", 3 * place["count"], start).reshape(-1, 3)


def test_other_eyes_of_this_moment(still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "eyes.png"
    (tmp_path / "file").write_bytes(b"")
    chosen = [str(tmp_path / "file" / "eyes.png"), "", str(path)]
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_kwargs: (chosen.pop(0), ""))
    still.do("export_eyes")
    asked = still.window.live.other_eyes
    assert asked is not None
    asked.fields.show_choice(EyesChoice(2.0, format=EyesFormat.CROSS_EYE))
    asked.save.click()
    still.until(lambda: "choose another" in asked.says.text(), "why it cannot be written there")
    asked.save.click()
    assert asked.isVisible(), "no place was named, and nothing of what was chosen is lost"
    view = still.view
    asked.save.click()
    until_saved(still, path)
    assert not asked.isVisible()
    picture = cv2.imread(str(path))[..., ::-1]
    height, width = view.depth.pair.size_hw
    assert picture.shape == (height, 2 * width, 3)
    np.testing.assert_array_equal(picture, Rerenderer(asked.fields.choice).render(view.depth, view.rig))


def test_the_preview_shows_the_left_eye_beside_its_depth(
    still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "preview.png"
    view = export(still, "export_preview", path, monkeypatch)
    until_saved(still, path)
    picture = cv2.imread(str(path))[..., ::-1]
    height, width = view.depth.pair.size_hw
    np.testing.assert_array_equal(picture[:, :width], view.depth.pair.left)
    unknown = ~np.isfinite(view.depth.values[: height // 2, : width // 2])
    greys = picture[: height // 2, width : width + width // 2][unknown]
    assert len(np.unique(greys, axis=0)) == 1, "what is unknown has one colour of its own"


def test_max_distance_leaves_the_far_out_of_what_is_kept(
    still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    still.workspace.inspector.max_distance.setValue(1.5)
    still.until_view(lambda v: v.cloud is not None and bool(v.cloud.xyz_m[:, 2].max() <= 1.501), "a shorter cloud")
    path = tmp_path / "near.png"
    export(still, "export_depth", path, monkeypatch)
    until_saved(still, path)
    stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    assert 0 < stored.max() <= 1501


@pytest.mark.parametrize("name", ["방 cloud", "room 3.5 m"])
def test_a_name_without_an_ending_gets_the_right_one(
    still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    export(still, "export_cloud", tmp_path / name, monkeypatch)
    until_saved(still, tmp_path / f"{name}.ply")


def test_16_bit_depth_is_never_squeezed_into_a_jpeg(
    still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(still, "export_depth", tmp_path / "depth.jpg", monkeypatch)
    still.until(lambda: still.said != "", "an answer")
    for path in tmp_path.glob("depth*"):
        stored = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        assert stored.dtype == np.uint16, f"{path.name} holds 8-bit depth"


def test_a_cancelled_export_does_nothing(still: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args, **_kwargs: ("", ""))
    still.do("export_cloud")
    assert still.said == ""


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A real file system with 64 KiB on it."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    mount = shutil.which("mount")
    if (
        mount is None
        or subprocess.run(
            [mount, "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], capture_output=True, check=False
        ).returncode
    ):
        pytest.skip("a small file system can only be mounted as root, on Linux")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def fill(folder: Path) -> None:
    with (folder / "filler").open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while file.write(b"x" * 4096):
            pass


@pytest.mark.parametrize("action", list(KINDS))
def test_a_full_disk_is_said_and_what_was_there_stays(
    still: Driver, full_disk: Path, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    path = full_disk / KINDS[action]
    path.write_bytes(b"of yesterday")
    fill(full_disk)
    export(still, action, path, monkeypatch)
    assert still.until_said("disk is full").startswith("The disk is full: free some space")
    assert path.read_bytes() == b"of yesterday"
    assert sorted(p.name for p in full_disk.iterdir()) == sorted([path.name, "filler"])
    still.do("play")
    seen = still.view.depth.pair.seq
    still.until_view(lambda v: v.depth.pair.seq > seen, "the film to go on")


def test_an_export_into_a_folder_that_is_gone_is_said(
    still: Driver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    export(still, "export_npy", tmp_path / "gone" / "d.npy", monkeypatch)
    said = still.until_said(str(tmp_path / "gone" / "d.npy"))
    assert "Traceback" not in said
    assert "Error" not in said


def test_f12_keeps_the_window_as_it_looks(still: Driver, home: Path) -> None:
    still.do("shot_window")
    still.until_said("Saved depthview-")
    (path,) = (home / "screenshots").iterdir()
    stored = pixels(QImage(str(path)))
    assert stored.shape == (still.window.height(), still.window.width(), 3)
    view = still.workspace.panes.picture_view
    corner = view.mapTo(still.window, view.rect().topLeft())
    part = stored[corner.y() : corner.y() + view.height(), corner.x() : corner.x() + view.width()]
    assert part.std() > 20, "the film is in the picture"


def put_mouse_over(at: Driver, pane: Pane) -> None:
    middle = pane.mapToGlobal(pane.rect().center())
    QCursor.setPos(middle + QPoint(40, 40))
    at.until(lambda: QCursor.setPos(middle) or pane.underMouse(), "the mouse over the pane")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_the_pane_under_the_mouse_to_a_file_and_to_the_clipboard(still: Driver, home: Path, which: int) -> None:
    pane = still.workspace.panes.panes[which]
    put_mouse_over(still, pane)
    size = pane.size()
    still.do("shot_pane")
    still.until_said("Saved depthview-")
    (path,) = (home / "screenshots").iterdir()
    assert QImage(str(path)).size() == size
    still.do("copy_pane")
    assert QGuiApplication.clipboard().image().size() == pane.size()
    assert still.said == "Copied to the clipboard"


def test_the_window_to_the_clipboard(still: Driver) -> None:
    still.do("copy_window")
    assert QGuiApplication.clipboard().image().size() == still.window.size()


def test_a_screenshot_of_the_first_page_works_too(at: Driver, home: Path) -> None:
    for action in ("shot_window", "shot_pane"):
        at.do(action)
    at.until(lambda: len(list((home / "screenshots").glob("*.png"))) == 2, "two files")
