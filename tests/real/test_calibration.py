"""Two real sets of boards: OpenCV's own, and a USB stereo camera's, whose makers' calibration lies beside them.

The figures themselves are made by `python -m benchmarks.stereo_calibration`; here they are held.
"""

from functools import cache

import numpy as np
import pytest

from benchmarks.stereo_pairs import DATA
from depthview.engine.calibration import CalibrationOrder, FileCalibration, calibrate_files
from depthview.engine.frames import Frame, Layout
from depthview.engine.progress import StopToken, ignore_progress
from depthview.engine.sources.images import read_still
from depthview.engine.stereo.boards.fit import rows_off_px
from depthview.engine.stereo.boards.guessing import BoardGuess
from depthview.engine.stereo.eyes.split import split
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig

PAIRS = DATA / "stereo" / "opencv_chessboard"
PACKED = DATA / "stereo" / "sbs_usb_chessboard_1280x480"
THEIRS = PACKED / "StereoCalibration.yml"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not PAIRS.is_dir() or not PACKED.is_dir(), reason=f"no boards at {DATA / 'stereo'}"),
]


@cache
def pairs() -> FileCalibration:
    return calibrate_files((str(PAIRS),), CalibrationOrder(), name="", report=ignore_progress, stop=StopToken())


@cache
def packed() -> FileCalibration:
    order = CalibrationOrder(square_m=0.025, square_assumed=False)
    return calibrate_files((str(PACKED),), order, name="", report=ignore_progress, stop=StopToken())


def test_opencvs_set_needs_no_words_and_is_under_half_a_pixel() -> None:
    found = pairs()
    assert (found.packing.board.columns, found.packing.board.rows) == (9, 6)
    assert found.packing.layout is Layout.SEPARATE
    assert len(found.result.errors) == 13
    assert found.result.dropped == ()
    assert found.result.rms_px < 0.5
    assert found.result.rows_px < 0.5
    assert not found.result.swapped


def test_the_usb_cameras_packed_frames_agree_with_its_makers() -> None:
    found = packed()
    assert found.packing.layout is Layout.SIDE_BY_SIDE
    assert {found.packing.board.columns, found.packing.board.rows} == {8, 11}
    assert [view.name for view in found.result.dropped] == ["0.jpg"]
    assert found.result.rms_px < 0.2
    assert found.result.rows_px < 0.2
    theirs = read_rig(THEIRS, pictures_hw=(480, 640))
    assert isinstance(theirs, CalibratedRig)
    assert found.result.rig.left_matrix[0, 0] == pytest.approx(theirs.left_matrix[0, 0], rel=0.005)
    assert found.result.rig.baseline_m == pytest.approx(theirs.baseline_m, rel=0.005)


def test_held_back_views_fit_as_well_as_they_fit_the_makers_file_which_knows_them() -> None:
    found = packed()
    theirs = read_rig(THEIRS, pictures_hw=(480, 640))
    assert isinstance(theirs, CalibratedRig)
    views = [view for view in found.views if view.usable]
    their_rows_px = float(np.sqrt(np.mean(rows_off_px(theirs, views) ** 2)))
    assert found.result.rows_px < 1.1 * their_rows_px


@pytest.mark.parametrize(
    ("names", "layout", "sides"),
    [("opencv_chessboard/left*", Layout.SEPARATE, (9, 6)), ("sbs_usb*/*.jpg", Layout.SIDE_BY_SIDE, (11, 8))],
)
def test_the_window_finds_the_board_out_from_the_first_pictures(
    names: str, layout: Layout, sides: tuple[int, int]
) -> None:
    guess = BoardGuess(0.025)
    for path in sorted((DATA / "stereo").glob(names)):
        eye = read_still(path).image
        right = read_still(path.with_name(path.name.replace("left", "right"))).image
        frame = Frame(eye, right if layout is Layout.SEPARATE else None, guess.looks, 0.0, 0.0)
        board = guess.look(split(frame, layout, swap=False))
        if board is not None:
            break
    assert board is not None
    assert (board.columns, board.rows) == sides
    assert guess.looks <= 6
