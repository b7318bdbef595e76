"""Published sets, found in their own trees and in plain folders; what their numbers mean."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.stereo_pairs import Kind, KnownPair, infer_scale, read_pfm
from benchmarks.stereo_sets import find_pairs
from depthview.engine.errors import UserError
from tests.engine.dot_pairs import flat_pair

HEIGHT, WIDTH = 60, 90


def write_pair(left: Path, right: Path, disparity_px: int) -> None:
    pair = flat_pair(HEIGHT, WIDTH, disparity_px)
    for path, eye in ((left, pair.left), (right, pair.right)):
        path.parent.mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(path), eye[..., ::-1])


def write_steps(path: Path, value: int, dtype: type[np.generic] = np.uint8) -> None:
    """A truth of one value, unknown (0) in its first row."""
    path.parent.mkdir(parents=True, exist_ok=True)
    steps = np.full((HEIGHT, WIDTH), value, dtype)
    steps[0] = 0
    assert cv2.imwrite(str(path), steps)


def write_pfm(path: Path, value: float, *, order: str = "<", height: int = HEIGHT) -> None:
    """A truth that is `value` everywhere but in the top row, which is infinite."""
    path.parent.mkdir(parents=True, exist_ok=True)
    values = np.full((height, WIDTH), value, f"{order}f4")
    values[-1] = np.inf  # a PFM begins with its lowest row
    scale = "-1.0" if order == "<" else "1.0"
    path.write_bytes(f"Pf\n{WIDTH} {height}\n{scale}\n".encode() + values.tobytes())


def the_only(root: Path) -> KnownPair:
    (files,) = find_pairs(root)
    return files.load()


def assert_known(pair: KnownPair, disparity_px: float) -> None:
    assert np.isnan(pair.disparity_px[0]).all()
    assert np.allclose(pair.disparity_px[1:], disparity_px)


@pytest.mark.parametrize("truth", ["disp0GT.pfm", "disp0.pfm"])
def test_middlebury_2014_and_its_mask(tmp_path: Path, truth: str) -> None:
    folder = tmp_path / "AdirondackQ"
    write_pair(folder / "im0.png", folder / "im1.png", 7)
    write_pair(folder / "im1E.png", folder / "im1L.png", 7)  # other exposures of the right eye
    write_pfm(folder / truth, 7)
    write_pfm(folder / "disp1.pfm", 3)
    mask = np.full((HEIGHT, WIDTH), 255, np.uint8)
    mask[:, :10] = 128
    cv2.imwrite(str(folder / "mask0nocc.png"), mask)
    pair = the_only(tmp_path)
    assert (pair.name, pair.kind) == ("AdirondackQ", Kind.MIDDLEBURY)
    assert_known(pair, 7)
    assert pair.seen is not None
    assert not pair.seen[:, :10].any()
    assert pair.seen[:, 10:].all()


@pytest.mark.parametrize("scale", [1, 2, 4, 8])
def test_middlebury_2003_at_any_size(tmp_path: Path, scale: int) -> None:
    folder = tmp_path / "teddy"
    write_pair(folder / "im2.ppm", folder / "im6.ppm", 12)
    write_steps(folder / "disp2.pgm", 12 * scale)
    write_steps(folder / "disp6.pgm", 5)
    pair = the_only(tmp_path)
    assert pair.kind is Kind.MIDDLEBURY
    assert_known(pair, 12)


@pytest.mark.parametrize("scale", [1, 2, 3])
def test_middlebury_2006_at_full_half_and_third_size(tmp_path: Path, scale: int) -> None:
    folder = tmp_path / "Aloe"
    write_pair(folder / "view1.png", folder / "view5.png", 20)
    write_steps(folder / "disp1.png", 20 * scale)
    write_steps(folder / "disp5.png", 200)
    assert_known(the_only(tmp_path), 20)


@pytest.mark.parametrize(
    ("left", "right", "truth"),
    [
        ("imL.png", "imR.png", "groundtruth.png"),
        ("scene1.row3.col3.ppm", "scene1.row3.col4.ppm", "truedisp.row3.col3.pgm"),
        ("tsukuba_l.png", "tsukuba_r.png", "tsukuba_gt.png"),
        ("left.png", "right.png", "disp.png"),
    ],
)
def test_tsukuba_by_its_many_names(tmp_path: Path, left: str, right: str, truth: str) -> None:
    folder = tmp_path / "tsukuba"
    write_pair(folder / left, folder / right, 9)
    write_steps(folder / truth, 9 * 16)
    pair = the_only(tmp_path)
    assert (pair.kind, pair.kind.wrong_px) == (Kind.TSUKUBA, 1.0)
    assert_known(pair, 9)


@pytest.mark.parametrize(
    "eyes", [("image_2", "image_3", "disp_occ_0", "disp_noc_0"), ("colored_0", "colored_1", "disp_occ", "disp_noc")]
)
def test_kitti_s_tree(tmp_path: Path, eyes: tuple[str, str, str, str]) -> None:
    left, right, everywhere, seen = (tmp_path / "training" / name / "000046_10.png" for name in eyes)
    write_pair(left, right, 11)
    write_steps(everywhere, 11 * 256, np.uint16)
    few = np.zeros((HEIGHT, WIDTH), np.uint16)
    few[5] = 11 * 256
    seen.parent.mkdir()
    cv2.imwrite(str(seen), few)
    pair = the_only(tmp_path)
    assert (pair.name, pair.kind, pair.kind.wrong_px) == ("training/000046_10", Kind.KITTI, 3.0)
    assert_known(pair, 11)
    assert pair.seen is not None
    assert pair.seen.sum() == WIDTH


def test_kitti_in_a_plain_folder(tmp_path: Path) -> None:
    folder = tmp_path / "kitti15_46"
    write_pair(folder / "left.png", folder / "right.png", 11)
    write_steps(folder / "disp_occ_0.png", 11 * 256, np.uint16)
    pair = the_only(tmp_path)
    assert pair.kind is Kind.KITTI
    assert_known(pair, 11)


def test_sceneflow_in_a_plain_folder_and_in_its_tree(tmp_path: Path) -> None:
    folder = tmp_path / "sceneflow_dmb_4"
    write_pair(folder / "left.png", folder / "right.png", 15)
    write_pfm(folder / "disp_left.pfm", -15, order=">")
    write_pfm(folder / "disp_right.pfm", 4)
    tree = tmp_path / "flyingthings" / "frames_finalpass" / "TEST" / "A" / "0000"
    write_pair(tree / "left" / "0006.png", tree / "right" / "0006.png", 21)
    write_pfm(tmp_path / "flyingthings" / "disparity" / "TEST" / "A" / "0000" / "left" / "0006.pfm", 21)
    tree_files, plain_files = find_pairs(tmp_path)
    assert {tree_files.kind, plain_files.kind} == {Kind.SCENEFLOW}
    assert_known(plain_files.load(), 15)
    assert_known(tree_files.load(), 21)


def test_several_pairs_in_one_folder_keep_apart(tmp_path: Path) -> None:
    for name, disparity_px in (("aloe", 6), ("LaptopL", 10)):
        write_pair(tmp_path / f"{name}L.png", tmp_path / f"{name}R.png", disparity_px)
        write_steps(tmp_path / f"{name}GT.png", disparity_px)
    found = {files.truth.name: files.load() for files in find_pairs(tmp_path)}
    assert len({pair.name for pair in found.values()}) == 2
    assert_known(found["aloeGT.png"], 6)
    assert_known(found["LaptopLGT.png"], 10)


def test_pairs_without_truth_and_missing_folders_are_none(tmp_path: Path) -> None:
    write_pair(tmp_path / "left01.jpg", tmp_path / "right01.jpg", 5)
    assert find_pairs(tmp_path) == []
    assert find_pairs(tmp_path / "nothing") == []


def test_the_scale_is_what_explains_the_right_eye() -> None:
    pair = flat_pair(HEIGHT, WIDTH, 8)
    steps = np.full((HEIGHT, WIDTH), 32, np.float32)
    assert infer_scale(pair.left, pair.right, steps, (16, 8, 4, 3, 2, 1)) == 4


def test_broken_files_are_named(tmp_path: Path) -> None:
    write_pair(tmp_path / "im0.png", tmp_path / "im1.png", 5)
    truth = tmp_path / "disp0GT.pfm"
    truth.write_bytes(b"Pf\n90 60\n-1.0\nshort")
    with pytest.raises(UserError, match=r"cannot be read.*disp0GT"):
        the_only(tmp_path)
    write_pfm(truth, 5, height=HEIGHT // 2)
    with pytest.raises(UserError, match=r"another size.*disp0GT"):
        the_only(tmp_path)
    write_pfm(truth, np.inf)
    with pytest.raises(UserError, match=r"Nothing is known.*disp0GT"):
        the_only(tmp_path)


def test_a_pfm_of_three_channels_is_its_first(tmp_path: Path) -> None:
    path = tmp_path / "three.pfm"
    values = np.arange(2 * 2 * 3, dtype="<f4")
    path.write_bytes(b"PF\n2 2\n-1\n" + values.tobytes())
    assert read_pfm(path).tolist() == [[6, 9], [0, 3]]
