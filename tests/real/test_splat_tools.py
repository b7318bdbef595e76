"""What is done to splats, on trained scenes: where one stands first, what is thinned out, what floats."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.splat_reference import psnr_over_object
from depthview.engine.splats.editing.decimation import decimated
from depthview.engine.splats.editing.fitting import most_important
from depthview.engine.splats.editing.floaters import floaters
from depthview.engine.splats.editing.selection import sizes
from depthview.engine.splats.editing.upright import guessed_up
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.framing import first_look
from depthview.engine.splats.picking import picked
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.rasterizer.drawing import Drawn, Rasterizer
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.view import View

DATA = Path(__file__).resolve().parents[3] / "shared" / "data" / "splats"
pytestmark = [pytest.mark.real, pytest.mark.skipif(not DATA.is_dir(), reason=f"no real splats at {DATA}")]

OBJECTS = ("biker.spz", "guitar.compressed.ply", "playcanvas-logo_sog", "playbot_sog")
FOV_DEG, SIZE = 45.0, (240, 180)
GREY = (0.5, 0.5, 0.5)


def opened(name: str) -> SplatScene:
    scene = open_splats(DATA / name)
    assert isinstance(scene, SplatScene)
    return scene


def drawn(splats: PreparedSplats, view: View) -> Drawn:
    with Rasterizer(splats) as rasterizer:
        return rasterizer.draw(view)


@pytest.mark.parametrize("name", OBJECTS)
def test_the_first_look_shows_all_of_it_and_large(name: str) -> None:
    splats = prepared([Placed(opened(name))])
    look = first_look(splats, FOV_DEG, SIZE[0] / SIZE[1])
    assert look is not None
    assert not look.inside
    view = look.view(FOV_DEG, SIZE)
    solid = drawn(splats, view).alpha > 0.5
    rows, columns = np.flatnonzero(solid.any(axis=1)), np.flatnonzero(solid.any(axis=0))
    assert rows[0] > 0
    assert rows[-1] < SIZE[1] - 1
    assert columns[0] > 0
    assert columns[-1] < SIZE[0] - 1
    assert max((rows[-1] - rows[0]) / SIZE[1], (columns[-1] - columns[0]) / SIZE[0]) > 0.8
    # What is clicked there is where the picture is solid, and before the eye.
    for row, column in ((90, 120), (60, 120), (120, 110)):
        point = picked(splats, view, column + 0.5, row + 0.5)
        assert (point is None) == (drawn(splats, view).alpha[row, column] < 0.5)
        assert point is None or view.to_camera(point)[2] > view.near


def test_thinning_out_keeps_the_look_better_than_leaving_out() -> None:
    scene = opened("guitar.compressed.ply")
    whole = prepared([Placed(scene)])
    look = first_look(whole, FOV_DEG, SIZE[0] / SIZE[1])
    assert look is not None
    view = look.view(FOV_DEG, SIZE)
    truth = drawn(whole, view)
    count = len(scene) // 5

    def alike_db(some: SplatScene) -> float:
        picture = drawn(prepared([Placed(some)]), view)
        touched = (picture.alpha > 0) | (truth.alpha > 0)
        return psnr_over_object(picture.over(GREY), truth.over(GREY), touched)

    assert alike_db(decimated(scene, count)) > alike_db(scene.take(most_important(scene, count))) + 5


def test_planted_floaters_are_found_and_the_scene_stays() -> None:
    scene = opened("biker.spz")
    splats = prepared([Placed(scene)])
    low, high = splats.xyz.min(axis=0), splats.xyz.max(axis=0)
    rng = np.random.default_rng(0)
    planted = (low + high) / 2 + rng.uniform(1.2, 2, (50, 1)) * rng.choice([-1, 1], (50, 3)) * (high - low) / 2
    xyz = np.concatenate([splats.xyz, planted]).astype(np.float32)
    found = floaters(xyz, np.concatenate([sizes(splats), np.full(50, 0.02, np.float32)]))
    assert found[-50:].sum() >= 48
    assert found[:-50].sum() <= 1e-4 * len(scene)


def test_up_is_what_it_is_where_there_is_a_floor_and_else_nobody_claims_to_know() -> None:
    with_floor, without = guessed_up(opened("playbot_sog")), guessed_up(opened("biker.spz"))
    assert with_floor.sure
    assert with_floor.up @ np.array([0, -1, 0]) > 0.999
    assert not without.sure
