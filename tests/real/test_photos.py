"""Photos that people took: whether all of them are placed, and as their makers measured."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from depthview.engine.capture.photos.preflight import preflight
from depthview.engine.capture.poses.outcome import read_outcome
from depthview.engine.capture.poses.settings import PoseSettings
from depthview.engine.capture.poses.stages import find_poses
from depthview.engine.progress import StopToken, ignore_progress

PHOTOS = Path(__file__).resolve().parents[3] / "shared" / "data" / "photos"
KERMIT, SCEAUX, FOX = PHOTOS / "kermit_11", PHOTOS / "sceaux_11", PHOTOS / "fox_50"

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not KERMIT.is_dir(), reason=f"no real photos at {PHOTOS}"),
]


def test_all_photos_of_a_small_object_are_placed(tmp_path: Path) -> None:
    settings = PoseSettings((KERMIT,), max_size_px=400, max_splats=1000)
    posed = find_poses(tmp_path, settings, ignore_progress, StopToken())
    assert (len(posed.photos), posed.missing) == (11, ())
    assert len(posed.points_xyz) > 400
    assert read_outcome(tmp_path).parts == (11,)
    # What the photos share lies before the cameras and falls into the pictures.
    for photo in posed.photos:
        assert max(photo.camera.width_px, photo.camera.height_px) == 400
        x, y, depth = photo.camera.to_pixels(posed.points_xyz).T
        inside = (depth > 0) & (x > 0) & (x < photo.camera.width_px) & (y > 0) & (y < photo.camera.height_px)
        assert inside.mean() > 0.3
    eyes = np.stack([photo.camera.eye for photo in posed.photos])
    assert len(np.unique(eyes.round(3), axis=0)) == 11


def test_a_castle_is_placed_with_the_focal_length_that_was_measured(tmp_path: Path) -> None:
    """A quarter as wide, which is quicker and as good for this, and without what the camera wrote beside them."""
    measured = float((SCEAUX / "K.txt").read_text().split()[0])
    (tmp_path / "photos").mkdir()
    for path in SCEAUX.glob("*.JPG"):
        small = cv2.resize(cv2.imread(str(path)), None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA)
        cv2.imwrite(str(tmp_path / "photos" / path.name), small)
    settings = PoseSettings((tmp_path / "photos",), max_size_px=700, max_splats=1000)
    posed = find_poses(tmp_path / "job", settings, ignore_progress, StopToken())
    assert (len(posed.photos), posed.missing) == (11, ())
    camera = posed.photos[0].camera
    # Undistortion crops a little, so the focal length is compared in shares of what the photo had across.
    assert camera.focal_px[0] / camera.width_px == pytest.approx(measured / 2832, rel=0.03)


@pytest.mark.parametrize("folder", [KERMIT, SCEAUX, FOX], ids=lambda folder: folder.name)
def test_good_photos_are_not_called_blurred_or_alike(folder: Path) -> None:
    found = preflight([folder])
    assert found.left_out == ()
    assert [str(hint) for hint in found.hints if "only 11 photos" not in str(hint)] == []
