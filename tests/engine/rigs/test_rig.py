"""A measured rig straightens its own pictures, and then metres are right."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.frames import StereoPair
from depthview.engine.stereo.matching.matches import Matches
from depthview.engine.stereo.rigs.rig import CalibratedRig
from tests.engine.rigs.bent_rig import SIZE_HW, bent_rig, fisheye_rig, points_m, seen_by


@pytest.mark.parametrize("size_hw", [SIZE_HW, (960, 1280), (240, 320)])
@pytest.mark.parametrize("rig", [bent_rig(), fisheye_rig()], ids=["lens", "fisheye"])
def test_rows_agree_and_depth_is_exact_at_any_size(rig: CalibratedRig, size_hw: tuple[int, int]) -> None:
    xyz = points_m()
    scale = size_hw[1] / SIZE_HW[1]
    raw = [(eye + 0.5) * scale - 0.5 for eye in seen_by(rig, xyz)]
    warp = rig.warp(size_hw)
    found = warp.points(Matches(raw[0], raw[1], size_hw))
    assert np.abs(raw[0][:, 1] - raw[1][:, 1]).max() > 3 * scale, "before, rows differ"
    np.testing.assert_allclose(found.left[:, 1], found.right[:, 1], atol=0.01 * scale)
    depth_m = warp.rig.depth_m((found.left[:, 0] - found.right[:, 0]).astype(np.float32))
    # Along the axis of the straightened eye, which looks another way than the raw one.
    turned = warp.left.rotation @ xyz.T
    np.testing.assert_allclose(depth_m, turned[2], rtol=1e-3)
    np.testing.assert_allclose(
        found.left[:, 0], warp.rig.cx_px + warp.rig.focal_px * turned[0] / turned[2], atol=0.01 * scale
    )
    assert warp.rig.width_px == size_hw[1]
    assert warp.rig.baseline_m == pytest.approx(rig.baseline_m)
    assert not warp.rig.assumed


@pytest.mark.parametrize("rig", [bent_rig(), fisheye_rig()], ids=["lens", "fisheye"])
def test_pixels_go_where_points_go(rig: CalibratedRig) -> None:
    """A dot of the raw picture lies in the warped one where `points` says."""
    left, right = seen_by(rig, np.array([[0.1, -0.05, 1.0]]))
    pictures = []
    for (x, y), _eye in zip((left[0], right[0]), "lr", strict=True):
        rows, columns = np.mgrid[: SIZE_HW[0], : SIZE_HW[1]]
        dot = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / (2 * 2.0**2))
        pictures.append(np.ascontiguousarray(np.repeat(dot[..., None], 3, axis=2).astype(np.uint8)))
    warp = rig.warp(SIZE_HW)
    warped = warp.warp(StereoPair(pictures[0], pictures[1], 0, 0.0, 0.0))
    expected = warp.points(Matches(left, right, SIZE_HW))
    for image, at in ((warped.left, expected.left[0]), (warped.right, expected.right[0])):
        weight = image[..., 0].astype(float)
        rows, columns = np.mgrid[: SIZE_HW[0], : SIZE_HW[1]]
        assert (weight * columns).sum() / weight.sum() == pytest.approx(at[0], abs=0.1)
        assert (weight * rows).sum() / weight.sum() == pytest.approx(at[1], abs=0.1)
    assert warped.rig == warp.rig


def test_what_no_lens_saw_is_black_and_said() -> None:
    warp = bent_rig().warp(SIZE_HW)
    white = np.full((*SIZE_HW, 3), 255, np.uint8)
    warped = warp.warp(StereoPair(white, white, 0, 0.0, 0.0))
    seen = warp.seen()
    assert seen is not None
    assert (warped.left[seen] == 255).all()
    assert (warped.left[~seen] < 255).all()
    assert 0.9 < seen.mean() < 1.0, "little is black"
    assert warp.left.lost_share < 0.1, "and little is lost"


def test_of_a_fisheye_lens_most_is_kept_around_what_was_in_the_middle() -> None:
    warp = fisheye_rig().warp(SIZE_HW)
    assert warp.left.lost_share + warp.left.black_share < 0.45
    middle = np.array([[319.5, 239.5]])
    moved = warp.points(Matches(middle, middle, SIZE_HW))
    np.testing.assert_allclose((moved.left + moved.right) / 2, middle, atol=1.5)
    assert warp.rig.doffs_px == 0
    with pytest.raises(UserError, match="one above the other"):
        replace(fisheye_rig(), translation_m=np.array([0.0, -0.06, 0.0])).warp(SIZE_HW)
    with pytest.raises(UserError, match="exchange the two cameras"):
        replace(fisheye_rig(), translation_m=np.array([0.06, 0.0, 0.0])).warp(SIZE_HW)


def test_nothing_is_black_where_there_is_nothing_to_straighten() -> None:
    matrix = np.array([[500.0, 0, 319.5], [0, 500.0, 239.5], [0, 0, 1]])
    straight = CalibratedRig(SIZE_HW, matrix, np.zeros(5), matrix, np.zeros(5), np.eye(3), np.array([-0.1, 0.0, 0.0]))
    warp = straight.warp(SIZE_HW)
    assert warp.rig.focal_px == pytest.approx(500, rel=0.01)
    assert warp.rig.doffs_px == 0
    assert warp.seen() is None or warp.seen().mean() > 0.995  # type: ignore[union-attr]


def test_eyes_of_another_shape_are_refused() -> None:
    with pytest.raises(UserError, match="640 x 480, and these eyes are 853 x 480"):
        bent_rig().warp((480, 853))


def test_an_exchanged_rig_sees_the_same_with_the_other_eye() -> None:
    rig = bent_rig()
    back = rig.exchanged
    left, right = seen_by(rig, xyz := points_m(20))
    moved = (rig.rotation @ xyz.T).T + rig.translation_m
    other_left, other_right = seen_by(back, moved)
    np.testing.assert_allclose(other_left, right, atol=1e-6)
    np.testing.assert_allclose(other_right, left, atol=1e-6)
    np.testing.assert_allclose(back.exchanged.translation_m, rig.translation_m, atol=1e-12)


@pytest.mark.parametrize(
    ("translation_m", "sentence"),
    [((0.0, -0.06, 0.0), "one above the other"), ((0.06, 0.0, 0.0), "exchange the two cameras")],
)
def test_eyes_that_stand_otherwise_are_refused(translation_m: tuple[float, ...], sentence: str) -> None:
    rig = replace(bent_rig(), translation_m=np.array(translation_m))
    with pytest.raises(UserError, match=sentence):
        rig.warp(SIZE_HW)


def test_numbers_that_do_not_fit_together_are_refused() -> None:
    flipped = np.asarray(cv2.Rodrigues(np.array([0.0, 3.0, 0.0]))[0], np.float64)  # the right eye looks backwards
    with pytest.raises(UserError, match=r"do not fit together|exchange|one above"):
        replace(bent_rig(), rotation=flipped).warp(SIZE_HW)


def test_which_pictures_a_rig_fits() -> None:
    rig = bent_rig()
    assert rig.fits((960, 1280))
    assert rig.fits((241, 320)), "rounded to whole pixels"
    assert not rig.fits((720, 1280))
