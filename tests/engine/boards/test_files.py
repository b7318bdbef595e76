"""From folders of pictures to a rig: pairs, packed frames of every layout, and what is no use."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.calibration import CalibrationOrder, FileCalibration, calibrate_files
from depthview.engine.errors import UserError
from depthview.engine.exports import write_image
from depthview.engine.frames import Image, Layout, StereoPair
from depthview.engine.progress import StopToken, ignore_progress
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.eyes.split import stretched
from tests.engine.boards.drawn_boards import BASELINE_M, CHARUCO, CHESSBOARD, drawn, eyes, poses
from tests.engine.coded_clips import write_clip

KNOWN = CalibrationOrder(board=CHESSBOARD)


def pairs(count: int = 6, board: Board = CHESSBOARD) -> list[StereoPair]:
    return [drawn(board, pose) for pose in poses(count)]


def packed(pair: StereoPair, layout: Layout) -> Image:
    height, width = pair.size_hw
    match layout:
        case Layout.SIDE_BY_SIDE:
            return np.concatenate([pair.left, pair.right], axis=1)
        case Layout.OVER_UNDER:
            return np.concatenate([pair.left, pair.right], axis=0)
        case Layout.HALF_SIDE_BY_SIDE:
            return np.concatenate([stretched(e, (height, width // 2)) for e in (pair.left, pair.right)], axis=1)
        case _:
            return np.concatenate([stretched(e, (height // 2, width)) for e in (pair.left, pair.right)], axis=0)


def calibrated(folder: Path, order: CalibrationOrder = KNOWN) -> FileCalibration:
    return calibrate_files((str(folder),), order, name="drawn", report=ignore_progress, stop=StopToken())


@pytest.mark.parametrize(
    "layout", [Layout.SIDE_BY_SIDE, Layout.OVER_UNDER, Layout.HALF_SIDE_BY_SIDE, Layout.HALF_OVER_UNDER]
)
def test_the_layout_is_found_by_trying(layout: Layout, tmp_path: Path) -> None:
    for index, pair in enumerate(pairs()):
        write_image(tmp_path / f"shot {index}.png", packed(pair, layout))
    found = calibrated(tmp_path)
    assert found.packing.layout is layout
    # In pixels of an eye at its full shape, as pictures of this layout are later cut out.
    assert found.result.rig.size_hw == (360, 480)
    assert found.result.rig.left_matrix[0, 0] == pytest.approx(eyes()[0].matrix[0, 0], rel=0.02)
    assert found.result.rig.left_matrix[1, 1] == pytest.approx(eyes()[0].matrix[1, 1], rel=0.02)
    assert found.result.rig.baseline_m == pytest.approx(BASELINE_M, rel=0.02)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("left{:02}.png", "right{:02}.png"),
        ("left/{}.png", "right/{}.png"),
        ("cam0/{}.png", "cam1/{}.png"),
        ("board_{}_L.png", "board_{}_R.png"),
    ],
)
def test_pairs_are_found_by_their_names(left: str, right: str, tmp_path: Path) -> None:
    for index, pair in enumerate(pairs(5)):
        for name, picture in ((left, pair.left), (right, pair.right)):
            path = tmp_path / name.format(index)
            path.parent.mkdir(exist_ok=True)
            write_image(path, picture)
    found = calibrated(tmp_path)
    assert found.packing.layout is Layout.SEPARATE
    assert not found.result.swapped
    assert len(found.result.errors) == 5
    assert found.result.rig.baseline_m == pytest.approx(BASELINE_M, rel=0.02)


def test_a_board_with_markers_needs_no_words(tmp_path: Path) -> None:
    for index, pair in enumerate(pairs(6, CHARUCO)):
        write_image(tmp_path / f"{index}_left.png", pair.left)
        write_image(tmp_path / f"{index}_right.png", pair.right)
    found = calibrated(tmp_path, CalibrationOrder(square_m=CHARUCO.square_m, square_assumed=False))
    assert (found.packing.board.columns, found.packing.board.rows) == (CHARUCO.columns, CHARUCO.rows)
    assert found.result.rig.baseline_m == pytest.approx(BASELINE_M, rel=0.02)
    assert found.result.rows_px < 0.3


def test_damage_and_other_pictures_are_told(tmp_path: Path) -> None:
    for index, pair in enumerate(pairs(6)):
        write_image(tmp_path / f"left{index}.png", pair.left)
        write_image(tmp_path / f"right{index}.png", pair.right)
    wall = np.full((360, 480, 3), 99, np.uint8)
    write_image(tmp_path / "left6.png", wall)
    write_image(tmp_path / "right6.png", wall)
    (tmp_path / "left7.png").write_bytes(b"\x89PNG\r\n\x1a\nnothing")
    write_image(tmp_path / "right7.png", wall)
    found = calibrated(tmp_path)
    assert [view.reason for view in found.result.dropped] == ["no board is seen"]
    assert len(found.unread) == 1
    assert "left7.png" in found.unread[0]


def test_eyes_of_different_sizes_are_refused(tmp_path: Path) -> None:
    pair = pairs(1)[0]
    write_image(tmp_path / "left1.png", pair.left)
    write_image(tmp_path / "right1.png", stretched(pair.right, (180, 240)))
    with pytest.raises(UserError, match=r"pictures of different sizes.*right1\.png"):
        calibrated(tmp_path)


def test_no_board_or_another_one_is_said(tmp_path: Path) -> None:
    for index, pair in enumerate(pairs(2)):
        write_image(tmp_path / f"{index}.png", packed(pair, Layout.SIDE_BY_SIDE))
    with pytest.raises(UserError, match="Only 2 of 2 pictures"):
        calibrated(tmp_path)
    with pytest.raises(UserError, match="No picture shows a chessboard of 12x9 inner corners"):
        calibrated(tmp_path, CalibrationOrder(board=Board(CHESSBOARD.kind, 12, 9, 0.03)))
    for path in tmp_path.iterdir():
        write_image(path, np.full((360, 960, 3), 99, np.uint8))
    with pytest.raises(UserError, match="No picture shows a board to both eyes"):
        calibrated(tmp_path, CalibrationOrder())
    unread = b"\x89PNG\r\n\x1a\nnothing"
    (tmp_path / "9.png").write_bytes(unread)
    told: list[str] = []
    with pytest.raises(UserError, match="No picture shows a board to both eyes"):
        calibrate_files(
            (str(tmp_path),), CalibrationOrder(), name="", report=ignore_progress, stop=StopToken(), tell=told.append
        )
    assert [sentence.endswith("9.png") for sentence in told] == [True]
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(UserError, match="There are no pictures in this folder"):
        calibrated(empty)


def test_what_is_seen_once_is_no_board(tmp_path: Path) -> None:
    """Tiles of one picture: nobody said that there is a board of such a kind."""
    for index in range(4):
        grey = StereoPair(*[np.full((360, 480, 3), 99, np.uint8)] * 2, index, 0.0, 0.0)
        write_image(tmp_path / f"{index}.png", packed(pairs(1)[0] if index == 0 else grey, Layout.SIDE_BY_SIDE))
    with pytest.raises(
        UserError, match=r"^No board is seen for certain: .* of 8x5 inner corners .* in 1 of 4 pictures"
    ):
        calibrated(tmp_path, CalibrationOrder())
    with pytest.raises(UserError, match=r"^Only 1 of 4 pictures"):
        calibrated(tmp_path)


def test_of_a_film_only_what_is_new_counts(tmp_path: Path) -> None:
    """Seven boards, each held for a second: ten pictures a second are not ten views."""
    film = tmp_path / "board.mp4"
    held = [packed(pair, Layout.SIDE_BY_SIDE) for pair in pairs(7)]
    write_clip(film, (picture for picture in held for _ in range(10)), fps=10, options={"crf": "12"})
    found = calibrated(film)
    assert found.packing.layout is Layout.SIDE_BY_SIDE
    assert found.result.dropped == ()
    assert 5 <= len(found.result.errors) <= 7
    assert found.result.errors[0].name == "board.mp4 at 0.0 s"
    assert found.result.rig.baseline_m == pytest.approx(BASELINE_M, rel=0.02)


def test_pictures_of_one_eye_are_told(tmp_path: Path) -> None:
    for index, pair in enumerate(pairs(6)):
        write_image(tmp_path / f"shot {index}.png", pair.left)
    for order in (KNOWN, CalibrationOrder()):
        with pytest.raises(UserError, match="show the board once, hence are of one eye"):
            calibrated(tmp_path, order)
