"""The room's surfaces as flat splats: nothing left open, what is hidden left out, colours end where they should."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.spherical_harmonics import C0
from depthview.engine.splats.view import View
from training.room.colouring import corrected
from training.room.make_splats import one_sided, splats
from training.room.patches import Patch, leaf, quad, superellipsoid
from training.room.surfels import LARGEST_M, Surfels, covered, surface

NO_PAINT = np.zeros((2, 2, 3), np.float32)


def checks(columns: int) -> NDArray[np.uint8]:
    """A picture of stripes, black and white in turn."""
    row = np.arange(columns) % 2 * 255
    return np.repeat(np.tile(row.astype(np.uint8), (8, 1))[..., None], 3, axis=2).repeat(32, axis=1)


def floor(width: float = 0.48, depth: float = 0.24) -> Patch:
    return quad((0, 0, 0), (width, 0, 0), (0, depth, 0), NO_PAINT)


def cells(patch: Patch, picture: NDArray[np.uint8], count: int) -> Surfels:
    one = surface(patch, picture)
    return covered([one], [np.ones(one.points.shape[:2], bool)], count)


def test_cells_cover_the_whole_and_are_no_larger_than_allowed() -> None:
    found = cells(floor(), np.full((8, 8, 3), 90, np.uint8), 10_000)
    assert np.prod(found.size_m[:, :2], axis=1).sum() == pytest.approx(0.48 * 0.24, rel=1e-6)
    assert found.size_m.max() <= LARGEST_M
    assert found.rgb == pytest.approx(np.full_like(found.rgb, 90))
    assert np.abs(found.axes[:, :, 2]) == pytest.approx(np.tile([0, 0, 1], (len(found.rgb), 1)), abs=1e-9)


def test_cells_end_where_the_picture_changes() -> None:
    found = cells(floor(), checks(4), 60)
    assert set(np.unique(found.rgb.round())) == {0.0, 255.0}
    stripe = np.floor(found.middle[:, 0] / 0.12)
    assert np.array_equal(found.rgb[:, 0].round(), stripe % 2 * 255)


def test_what_is_not_seen_is_left_out() -> None:
    one = surface(floor(), np.full((8, 8, 3), 90, np.uint8))
    height, width = one.points.shape[:2]
    seen = np.repeat([np.arange(width) < width // 2], height, axis=0)
    found = covered([one], [seen], 500)
    assert found.middle[:, 0].max() < 0.24
    assert np.prod(found.size_m[:, :2], axis=1).sum() == pytest.approx(0.24 * 0.24, rel=1e-6)


def test_bent_surfaces_are_cut_finer_than_flat_ones() -> None:
    grey = np.full((8, 8, 3), 90, np.uint8)
    ball = surface(superellipsoid((0.1,) * 3, NO_PAINT), grey)
    flat = surface(floor(), grey)
    found = covered([ball, flat], [np.ones(one.points.shape[:2], bool) for one in (ball, flat)], 600)
    on_ball = found.middle[:, 2] != 0
    assert np.median(found.size_m[on_ball, 0]) < 0.7 * np.median(found.size_m[~on_ball, 0])
    assert np.linalg.norm(found.middle[on_ball], axis=1) == pytest.approx(np.full(on_ball.sum(), 0.1), abs=0.01)


def test_of_a_leaf_the_upper_side_is_kept() -> None:
    blade = leaf((0, 0, 0), 0.3, 0.4, 0.05, 1.0, 0.7, NO_PAINT)
    pictures = [np.full((2, 2, 3), value, np.uint8) for value in (10, 200)]
    ((kept, picture),) = one_sided(list(zip(blade, pictures, strict=True)))
    assert not kept.twin
    ((other, _),) = one_sided(list(zip(blade[::-1], pictures[::-1], strict=True)))
    assert np.array_equal(kept.points, other.points)
    assert picture[0, 0, 0] in (10, 200)


def test_splats_lie_flat_in_the_worlds_axes() -> None:
    """The room's floor is z = 0 with z up; the world's is y = 0 with y down, and z is forward."""
    found = cells(quad((1, 2, 0), (0.4, 0, 0), (0, 0.2, 0), NO_PAINT), np.full((8, 8, 3), 128, np.uint8), 100)
    ready = prepared([Placed(splats(found))])
    assert ready.xyz[:, 1] == pytest.approx(np.zeros(len(ready)), abs=1e-6)
    assert ready.xyz[:, 0].min() > 1
    assert ready.xyz[:, 2].min() > 2
    assert ready.covariance[:, 3].max() < 1e-6, "they have no height"
    assert np.median(ready.covariance[:, 0]) > 1e-4


def test_colours_are_corrected_until_pictures_are_right() -> None:
    patch = quad((-0.24, 1, -0.24), (0.48, 0, 0), (0, 0, 0.48), NO_PAINT)
    wave = np.rint(128 + 100 * np.sin((np.arange(128) + 0.5) / 128 * 2 * np.pi * 6)).astype(np.uint8)
    picture = np.repeat(np.tile(wave, (128, 1))[..., None], 3, axis=2)
    scene = splats(cells(patch, picture, 1500))
    view = View(np.zeros(3), np.eye(3), 128 / 0.48, 128, 128)
    dull = replace(scene, sh_dc=np.asarray(scene.sh_dc * 0.3, np.float32))
    pictures = [(view, picture, np.ones((128, 128), np.float32))]
    told: list[float] = []
    found = corrected(dull, pictures, rounds=5, step=0.8, told=told.append)
    assert told[-1] < told[0]
    before, after = (_error(one, view, picture) for one in (scene, found))
    assert after < 0.9 * before, "better than with the colours of the cells themselves"
    assert np.abs(C0 * found.sh_dc).max() <= 0.62 + 1e-5, "hardly beyond black and white"


def _error(scene: SplatScene, view: View, picture: NDArray[np.uint8]) -> float:
    with Rasterizer(prepared([Placed(scene)])) as rasterizer:
        drawn = rasterizer.draw(view).over((0.5, 0.5, 0.5))
    return float(np.mean((drawn - picture.astype(np.float64)) ** 2))
