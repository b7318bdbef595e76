"""The processor's drawing against the exact picture."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.splat_reference import psnr_over_object, reference
from depthview.engine.errors import Stopped
from depthview.engine.progress import StopToken
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.rasterizer import drawing
from depthview.engine.splats.rasterizer.drawing import Drawn, Rasterizer
from depthview.engine.splats.view import View
from tests.engine.splats.drawn_splats import front, random_scene, splats_of

EXACT_DB = 75.0
"""Far beyond the 50 that are asked for: what is left are a 10 000th of light that is given up, and float32."""


@pytest.fixture(scope="module")
def cloud() -> PreparedSplats:
    return prepared([Placed(random_scene(3000, 1))])


@pytest.fixture(scope="module")
def raster(cloud: PreparedSplats) -> Iterator[Rasterizer]:
    with Rasterizer(cloud, 2) as made:
        yield made


def exact(splats: PreparedSplats, view: View, drawn: Drawn, degree: int | None = None, **how: object) -> float:
    truth = reference(splats, view, splats.colours(view.eye, degree), **how)  # type: ignore[arg-type]
    assert np.abs(drawn.alpha - truth.alpha).max() < 0.01
    return psnr_over_object(np.clip(drawn.rgb, 0, 1), truth.over(), truth.touched)


@pytest.mark.parametrize("size_px", [(160, 120), (97, 61), (16, 16), (17, 1), (1, 33), (300, 15)])
def test_pictures_of_any_size(cloud: PreparedSplats, raster: Rasterizer, size_px: tuple[int, int]) -> None:
    view = front(size_px, focal_px=max(size_px))
    drawn = raster.draw(view)
    assert drawn.rgb.shape == (size_px[1], size_px[0], 3)
    assert exact(cloud, view, drawn) > EXACT_DB


@pytest.mark.parametrize("eye", [(0, 0, 0), (0, 0, 4), (1, 0.5, 3.5), (-3, 2, 8)])
def test_from_without_and_from_within(cloud: PreparedSplats, raster: Rasterizer, eye: tuple[float, ...]) -> None:
    """Also splats just before the near plane, that fill the picture, and ones whose middles are far beside it."""
    view = View.looking(np.array(eye), np.array([0.1, 0.2, 4.3]), np.array([0.1, -1, 0]), 75, (150, 110))
    assert exact(cloud, view, raster.draw(view)) > EXACT_DB


def test_without_perspective(cloud: PreparedSplats, raster: Rasterizer) -> None:
    view = front((120, 90), focal_px=30, parallel=True, near=-100.0)
    assert exact(cloud, view, raster.draw(view)) > EXACT_DB


def test_near_and_far_cut(cloud: PreparedSplats, raster: Rasterizer) -> None:
    view = front((120, 90), near=3.6, far=4.2)
    assert exact(cloud, view, raster.draw(view)) > EXACT_DB


def test_chosen_ones_in_fewer_harmonics(cloud: PreparedSplats, raster: Rasterizer) -> None:
    kept = np.arange(5, 3000, 3, dtype=np.int32)
    view = front((120, 90))
    assert exact(cloud, view, raster.draw(view, kept=kept, degree=1), 1, kept=kept) > EXACT_DB
    assert not raster.draw(view, kept=kept[:0]).alpha.any()


def test_opaque_things_hide_what_is_behind_them(cloud: PreparedSplats, raster: Rasterizer) -> None:
    view = front((120, 90))
    x, y = np.meshgrid(np.arange(120), np.arange(90))
    behind = (3 + 0.02 * x + 0.01 * y).astype(np.float32)
    behind[30:50, 40:80] = np.inf
    assert exact(cloud, view, raster.draw(view, behind_m=behind), behind_m=behind) > EXACT_DB
    with pytest.raises(ValueError, match="opaque depths"):
        raster.draw(view, behind_m=behind[1:])


def test_two_scenes_blend_in_their_true_order() -> None:
    turn = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0], [0.48, 0.64, 0.6]])
    first, second = random_scene(800, 2, 3), random_scene(700, 3, 1, antialiased=True)
    moved = Placement(turn, 0.7, np.array([0, 0, 4]) - 0.7 * turn @ np.array([0, 0, 4]))
    both = prepared([Placed(first), Placed(second, moved)])
    with Rasterizer(both, 2) as raster:
        view = front((120, 90))
        assert exact(both, view, raster.draw(view)) > EXACT_DB


def test_needles_longer_than_the_picture() -> None:
    """Where float32 loses the thin side: 2000 pixels long and not one wide, in all directions."""
    angle = np.linspace(0, np.pi, 40)
    along = np.stack([np.cos(angle), np.sin(angle)], 1) * 40
    spread = np.zeros((40, 6))
    spread[:, 0], spread[:, 1], spread[:, 3] = along[:, 0] ** 2, along[:, 0] * along[:, 1], along[:, 1] ** 2
    splats, _ = splats_of(np.tile([0.1, 0.05, 2.0], (40, 1)), spread, np.linspace(0.05, 1, 40))
    with Rasterizer(splats, 1) as raster:
        view = front((200, 150), focal_px=100)
        assert exact(splats, view, raster.draw(view)) > 60


def test_hostile_numbers_harm_nothing() -> None:
    """Everything that float32 can hold; what can be drawn is drawn as the equations say."""
    chance = np.random.default_rng(7)
    count = 500
    xyz = chance.normal(0, 1, (count, 3)) + np.array([0, 0, 4])
    spread = np.zeros((count, 6))
    spread[:, [0, 3, 5]] = 10.0 ** chance.uniform(-44, 37, (count, 1))
    xyz[:60] *= 10.0 ** chance.uniform(-30, 30, (60, 1))
    xyz[60:90, 2] = 0.0100001
    opacity = chance.uniform(0, 1, count)
    opacity[::7] = 1 / 255
    splats, _ = splats_of(xyz.astype(np.float32), spread.astype(np.float32), opacity, antialiased=True)
    with Rasterizer(splats, 2) as raster:
        view = front((64, 48))
        drawn = raster.draw(view)
        assert np.isfinite(drawn.rgb).all()
        truth = reference(splats, view, splats.colours(view.eye))
        np.testing.assert_allclose(drawn.alpha, truth.alpha, atol=0.005)


@pytest.mark.parametrize("where", [(0.3, 0.2, 4), (0.0, 0.0, 0.011), (-1e3, 20, 4), (1e9, -1e9, 7)])
def test_a_splat_of_any_size_is_as_large_as_it_is(where: tuple[float, float, float]) -> None:
    """Each alone, from a point to more than any whole number of pixels."""
    view = front((64, 48))
    for exponent in range(-40, 38, 7):
        for form in ((1, 0, 0, 1, 0, 1), (1, 0, 0, 1e-6, 0, 1e-3), (0.5, 0.4999, 0, 0.5, 0, 0.5)):
            spread = np.float32(10.0**exponent) * np.array([form], np.float32)
            splats, _ = splats_of([where], spread, 0.7)
            with Rasterizer(splats, 1) as raster:
                truth = reference(splats, view, splats.colours(view.eye))
                np.testing.assert_allclose(raster.draw(view).alpha, truth.alpha, atol=0.005)


def test_all_over_the_screen_needs_no_more_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """So few listed at once that there are many rounds, one under the other."""
    scene = random_scene(400, 4)
    large = prepared([Placed(replace(scene, log_scale=scene.log_scale + 3.5, opacity_logit=scene.opacity_logit - 4))])
    view = front((100, 80))
    with Rasterizer(large, 2) as raster:
        at_once = raster.draw(view)
        monkeypatch.setattr(drawing, "_MOST_LISTED", 100)
        in_rounds = raster.draw(view)
        np.testing.assert_allclose(in_rounds.rgb, at_once.rgb, atol=2e-4)
        assert exact(large, view, in_rounds) > EXACT_DB


def test_equally_deep_ones_are_drawn_in_their_order() -> None:
    """A wall seen straight on: of each pair at one place, the later is on top."""
    xyz = np.repeat(np.random.default_rng(1).uniform(-1, 1, (200, 3)) * [1, 1, 0] + [0, 0, 2], 2, axis=0)
    splats, _ = splats_of(xyz, 0.05, 0.9)
    dark = splats.placed[0].scene
    colour = np.zeros((400, 3), np.float32)
    colour[1::2] = 1.5
    splats = replace(splats, placed=(Placed(replace(dark, sh_dc=colour)),))
    with Rasterizer(splats, 2) as raster:
        view = front((64, 48))
        assert exact(splats, view, raster.draw(view)) > EXACT_DB


def test_as_points_each_is_an_opaque_dot_the_nearest_on_top() -> None:
    splats, _ = splats_of([[0, 0, 2.0], [0, 0, 1.0], [0.2, 0, 4.0], [0.02, 0, 5.0]], 0.5, [0.5, 0.1, 1.0, 0.001])
    scene = replace(splats.placed[0].scene, sh_dc=np.diag([1, 2, 1.5, 0])[:, :3].astype(np.float32))
    splats = replace(splats, placed=(Placed(scene),))
    view = front((32, 24))
    behind = np.full((24, 32), np.inf, np.float32)
    behind[:12] = 3.0
    with Rasterizer(splats, 1) as raster:
        drawn = raster.draw(view, as_points=True, behind_m=behind)
        colours = splats.colours(view.eye)
        expected = {(11, 15), (11, 16), (12, 15), (12, 16), (12, 18), (12, 19)}  # of the farther one, half is hidden
        assert set(map(tuple, np.argwhere(drawn.alpha).tolist())) == expected
        np.testing.assert_array_equal(drawn.rgb[11:13, 15:17], np.broadcast_to(colours[1], (2, 2, 3)))
        np.testing.assert_array_equal(drawn.rgb[12, 18], colours[2])


def test_over_a_ground_light_is_cut_off_and_rounded_once() -> None:
    drawn = Drawn(np.array([[[1.5, 0.25, 0]]], np.float32), np.array([[0.5]], np.float32))
    assert drawn.over((1, 0.5, 0.2)).tolist() == [[[255, 128, 26]]]
    assert drawn.rgba().tolist() == [[[255, 128, 0, 128]]]


def test_a_picture_is_given_up_and_the_next_is_drawn(raster: Rasterizer) -> None:
    stop = StopToken()
    stop.stop()
    with pytest.raises(Stopped):
        raster.draw(front(), stop=stop)
    assert raster.draw(front()).alpha.any()


def test_no_splats() -> None:
    with Rasterizer(prepared([]), 1) as raster:
        assert not raster.draw(front()).alpha.any()
