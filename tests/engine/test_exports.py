"""What is written can be read back by somebody else's reader, to the last bit that the format holds."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

from depthview.engine.camera import StereoRig
from depthview.engine.colour import UNKNOWN_RGB, lookup_table
from depthview.engine.errors import UserError
from depthview.engine.exports import preview, write_depth_png, write_image, write_npy, write_pfm
from tests.engine.dot_pairs import depth_frame, texture
from tests.engine.pfm import read_pfm

DISPARITY = np.array([[1.5, np.nan, 3.25], [1e-3, 250.125, -4.0]], np.float32)


def test_npy_is_float32_with_nan(tmp_path: Path) -> None:
    path = tmp_path / "d.npy"
    write_npy(path, DISPARITY.astype(np.float64))
    back = np.load(path, allow_pickle=False)
    assert back.dtype == np.float32
    np.testing.assert_array_equal(back, DISPARITY)


def test_pfm_is_middlebury_s(tmp_path: Path) -> None:
    path = tmp_path / "d.pfm"
    write_pfm(path, DISPARITY)
    head, _, rest = path.read_bytes().partition(b"-1.0\n")
    assert head == b"Pf\n3 2\n"
    assert np.frombuffer(rest, "<f4")[:3].tolist() == DISPARITY[1].tolist(), "the bottom row comes first"
    np.testing.assert_array_equal(read_pfm(path), np.where(np.isnan(DISPARITY), np.inf, DISPARITY))


def test_depth_png_is_16_bit_millimetres_with_0_for_unknown(tmp_path: Path) -> None:
    path = tmp_path / "깊이 depth.png"
    metres = np.array([[1.2344, np.nan, 65.535], [100.0, 0.0001, np.inf]], np.float32)
    write_depth_png(path, metres)
    with Pillow.open(path) as picture:
        assert picture.mode == "I;16"
        back = np.asarray(picture)
    assert back.tolist() == [[1234, 0, 65535], [65535, 1, 0]]


def test_pictures_keep_their_colours(tmp_path: Path) -> None:
    image = texture(20, 30)
    image[:, :10] = (250, 10, 120)
    write_image(tmp_path / "a.png", image)
    with Pillow.open(tmp_path / "a.png") as picture:
        np.testing.assert_array_equal(np.asarray(picture), image)
    write_image(tmp_path / "a.jpg", image)
    with Pillow.open(tmp_path / "a.jpg") as picture:
        assert picture.format == "JPEG"
        assert np.abs(np.asarray(picture)[:, 2].astype(int) - (250, 10, 120)).max() < 12


@pytest.mark.parametrize("name", ["a.xyz", "a.PNGG"])
def test_a_format_that_cannot_be_written_is_a_sentence(tmp_path: Path, name: str) -> None:
    with pytest.raises(UserError, match=f"This picture format cannot be written: .*{name}$"):
        write_image(tmp_path / name, texture(8, 8))
    assert [p.name for p in tmp_path.iterdir()] == []


def test_preview_is_picture_depth_and_bar() -> None:
    disparity = np.tile(np.linspace(20, 5, 300, dtype=np.float32)[:, None], (1, 401))
    disparity[:, :50] = np.nan
    frame = depth_frame(disparity)
    rig = StereoRig.from_fov((300, 401), assumed=True)
    picture = preview(frame, rig, (5.0, 20.0), colour_map="viridis")
    assert picture.shape[0] == 300
    assert picture.shape[1] % 2 == 0
    np.testing.assert_array_equal(picture[:, :401], frame.pair.left)
    assert picture[150, 401 + 20].tolist() == list(UNKNOWN_RGB)
    table = lookup_table("viridis").astype(int)
    # Near (20 px) is at the top, in the depth and in the bar alike.
    for row in (60, 150, 240):
        level = round((disparity[row, 100] - 5) / 15 * 255)
        assert np.abs(picture[row, 401 + 60] - table[level]).max() <= 8
        assert np.abs(picture[row, -4] - picture[row, 401 + 60].astype(int)).max() <= 8


def test_the_label_s_metres_are_marked_as_a_guess() -> None:
    frame = depth_frame(np.full((240, 640), 10, np.float32))
    known = preview(frame, StereoRig.from_fov((240, 640)), (9.0, 11.0))
    guessed = preview(frame, StereoRig.from_fov((240, 640), assumed=True), (9.0, 11.0))
    changed = np.argwhere((known != guessed).any(axis=2))
    assert len(changed) > 0
    assert changed[:, 1].min() > 640, "only the labels differ, and they are on the depth's side"


@pytest.mark.parametrize("height", [360, 720, 2160])
def test_labels_are_read_on_bright_colours_and_keep_off_the_bar(height: int) -> None:
    width = height * 16 // 9
    rig = StereoRig.from_fov((height, width), assumed=True)
    picture = preview(depth_frame(np.full((height, width), 10, np.float32)), rig, (9.0, 11.0), colour_map="viridis")
    bare = np.full((height, picture.shape[1] - width, 3), picture[height // 2, width + 10])
    at_top = (picture[: height // 2, width:] != bare[: height // 2]).any(axis=2)
    at_top[:, width:] = False  # the bar
    rows, columns = np.nonzero(at_top)
    plate = picture[rows.min() : rows.max() + 1, width + columns.min() : width + columns.max() + 1].astype(int)
    assert np.median(plate) < 90, "a dark plate"
    inked = (plate.min(axis=2) > 200).any(axis=1)
    lines = np.flatnonzero(np.diff(np.r_[False, inked, False].astype(int)) == 1)
    assert len(lines) == 2, "pixels and metres, each on a line of its own"
    assert inked.sum() / 2 >= max(9, height // 60), "high enough to be read"
    assert not inked[[0, 1, -2, -1]].any(), "nothing is cut off by the plate's edges"
    assert columns.max() < width - 3, "room between the plate and the bar"


@pytest.mark.parametrize("size_hw", [(16, 16), (17, 31), (1080, 16)])
def test_odd_and_tiny_pictures_have_a_preview_with_even_sides(size_hw: tuple[int, int]) -> None:
    picture = preview(depth_frame(np.full(size_hw, np.nan, np.float32)), StereoRig.from_fov(size_hw), (0.0, 1.0))
    assert picture.shape[0] % 2 == picture.shape[1] % 2 == 0
    assert cv2.imencode(".png", picture)[0]
