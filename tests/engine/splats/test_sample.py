"""The splat scene that ships with DepthView: the room of the sample clip, held against the clip's own frames."""

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.resources import resource, sample, splat_sample
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.picking import picked
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.view import View
from training.room.make_sample import BASELINE_M, FOCAL_PX, FRAME_COUNT, SIZE_WH
from training.room.motion import stereo_camera
from training.room.truth import DISPARITY_STEPS_PER_PX

FRAME = 4
SMALLER = 2
WORLD_FROM_ROOM = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])


@pytest.fixture(scope="module")
def scene() -> SplatScene:
    found = open_splats(splat_sample())
    assert isinstance(found, SplatScene)
    return found


@pytest.fixture(scope="module")
def splats(scene: SplatScene) -> PreparedSplats:
    return prepared([Placed(scene)])


@pytest.fixture(scope="module")
def view() -> View:
    """The left eye of the clip's frame."""
    pose = stereo_camera(FRAME / FRAME_COUNT, SIZE_WH, FOCAL_PX, BASELINE_M).left.world_from_camera
    width, height = (size // SMALLER for size in SIZE_WH)
    axes = (WORLD_FROM_ROOM @ pose[:3, :3]).T
    return View(WORLD_FROM_ROOM @ pose[:3, 3], axes, FOCAL_PX / SMALLER, width, height)


def test_it_is_small_and_has_all_that_a_scene_can_have(scene: SplatScene, splats: PreparedSplats) -> None:
    assert splat_sample().stat().st_size < 4_000_000
    assert 60_000 <= len(scene) <= 150_000
    assert scene.degree == 1
    assert scene.sh_rest.any()
    assert (splats.opacity > 0).all()


def test_it_is_in_metres_and_upright(scene: SplatScene) -> None:
    least, most = scene.xyz.min(axis=0), scene.xyz.max(axis=0)
    assert most[1] == pytest.approx(0, abs=0.01), "the floor is y = 0, and nothing is below it"
    assert least[1] == pytest.approx(-2.6, abs=0.1), "so high are the walls"
    assert (most - least)[[0, 2]] == pytest.approx([4.9, 6.3], abs=0.2)


def test_it_looks_like_the_clip(splats: PreparedSplats, view: View) -> None:
    clip = cv2.VideoCapture(str(sample().clip))
    clip.set(cv2.CAP_PROP_POS_FRAMES, FRAME)
    read, frame = clip.read()
    clip.release()
    assert read
    left = cv2.cvtColor(frame[:, : SIZE_WH[0]], cv2.COLOR_BGR2RGB)
    exact = cv2.resize(left, (view.width_px, view.height_px), interpolation=cv2.INTER_AREA).astype(np.float64)
    with Rasterizer(splats) as rasterizer:
        drawn = rasterizer.draw(view, degree=0)
    error = (drawn.over((0, 0, 0)) - exact)[_in_both(view)]
    assert 10 * np.log10(255**2 / np.mean(error**2)) > 20.5
    assert drawn.alpha[_in_both(view)].mean() > 0.98


def test_things_are_where_they_are_in_the_clip(splats: PreparedSplats, view: View) -> None:
    stored = cv2.imread(str(resource(f"samples/room_disparity_{FRAME:06}.png")), cv2.IMREAD_UNCHANGED)
    assert stored is not None
    exact_m = FOCAL_PX * BASELINE_M * DISPARITY_STEPS_PER_PX / stored[::SMALLER, ::SMALLER].astype(np.float64)
    wrong = []
    for row in range(140, 350, 30):
        for column in range(30, 380, 50):
            point = picked(splats, view, column + 0.25, row + 0.25)
            assert point is not None
            wrong.append(abs(view.to_camera(point)[2] / exact_m[row, column] - 1))
    assert np.median(wrong) < 0.005
    assert np.mean(np.array(wrong) < 0.03) > 0.85


def _in_both(view: View) -> NDArray[np.bool_]:
    """The part of the frame in which clip and sample show the same: no wall to the right, and the ball is elsewhere."""
    where = np.zeros((view.height_px, view.width_px), bool)
    where[:, :480] = True
    where[200:285, 230:320] = where[195:275, 400:480] = False
    return where
