"""Splats as OpenGL draws them, pixel by pixel against the published equations in float64."""

import gc
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import psutil
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from benchmarks.splat_reference import psnr_over_object
from depthview.engine.cloud import PointCloud
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.scene import SplatScene
from depthview.ui.scene import gl_splat_drawing, splat_actor
from depthview.ui.scene.cloud_actor import CloudActor
from depthview.ui.scene.gl_splat_drawing import GlSplatDrawing
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.sight import Sight
from depthview.ui.scene.splat_drawing import Ground, SplatLook
from depthview.ui.scene.splat_pane import SplatPane
from tests.engine.splats.drawn_splats import random_scene, splats_of
from tests.render.splat_truth import BLACK, SIX, on_ground, rgba, sight_at, truth, until_complete
from tests.window.driver import put_on_screen

DATA = Path(__file__).parents[3] / "shared" / "data" / "splats"
BASELINES = Path(__file__).parent / "baselines"
SIZE = (160, 120)
MIDDLE = (0.0, 0.0, 4.0)
WANTED_DB = 50.0
GROUND: Ground = ((0.9, 0.2, 0.1), (0.1, 0.3, 0.8))


@pytest.fixture(scope="module")
def scene() -> Iterator[OffscreenScene]:
    opened = OffscreenScene()
    yield opened
    opened.release()


@pytest.fixture
def drawing(scene: OffscreenScene) -> Iterator[GlSplatDrawing]:
    made = GlSplatDrawing()
    yield made
    made.leave(scene)


def shown(scene: SplatScene, count: int = 1) -> PreparedSplats:
    return prepared([Placed(scene)] * count)


def decibels(drawn: NDArray[np.float64], expected: NDArray[np.float64], touched: NDArray[np.bool_]) -> float:
    return psnr_over_object(drawn[..., :3], expected, touched)


def ball(place: tuple[float, float, float], radius: float, colour: tuple[float, float, float]) -> vtkActor:
    source, mapper, actor = vtkSphereSource(), vtkPolyDataMapper(), vtkActor()
    source.SetCenter(*place)
    source.SetRadius(radius)
    source.SetThetaResolution(48)
    source.SetPhiResolution(48)
    mapper.SetInputConnection(source.GetOutputPort())
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*colour)
    return actor


@pytest.mark.parametrize(
    ("degree", "antialiased"), [(0, False), (1, False), (2, False), (3, False), (3, True), (4, False)]
)
def test_a_scene_is_what_it_should_be_from_six_sides(
    scene: OffscreenScene, drawing: GlSplatDrawing, degree: int, antialiased: bool
) -> None:
    splats = shown(random_scene(2000, degree, degree, antialiased=antialiased))
    drawing.show(splats)
    for yaw_deg, pitch_deg in SIX:
        sight = sight_at(MIDDLE, 5.0, yaw_deg, pitch_deg)
        exact = truth(splats, sight, SIZE)
        drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, ground=GROUND)))
        assert decibels(drawn, on_ground(exact, GROUND), exact.touched) > WANTED_DB
        assert drawn[..., 3].min() == 1
        np.testing.assert_allclose(drawn[~exact.touched, :3], on_ground(exact, GROUND)[~exact.touched], atol=0.6 / 255)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "size_px"),
    [
        ("train-1000.ply", SIZE),
        ("guitar.compressed.ply", (240, 180)),
        ("biker.spz", (240, 180)),
        ("playcanvas-logo_sog", (240, 180)),
        ("playbot_sog", (240, 180)),
    ],
)
def test_trained_scenes_are_what_they_should_be_from_six_sides(
    scene: OffscreenScene, drawing: GlSplatDrawing, name: str, size_px: tuple[int, int]
) -> None:
    if not (DATA / name).exists():
        pytest.skip(f"there is no {DATA / name}")
    opened = open_splats(DATA / name)
    assert isinstance(opened, SplatScene)
    splats = shown(opened)
    low, high = np.percentile(opened.xyz, [2, 98], axis=0).astype(np.float64)
    drawing.show(splats)
    for yaw_deg, pitch_deg in SIX:
        sight = sight_at((low + high) / 2, 1.2 * float(np.linalg.norm(high - low)), yaw_deg, pitch_deg)
        exact = truth(splats, sight, size_px)
        drawn = rgba(drawing.draw_all(scene, size_px, SplatLook(sight, ground=BLACK)))
        assert exact.touched.mean() > 0.02
        assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_without_a_ground_the_picture_is_see_through(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    dim = random_scene(2000, 3, 1)
    splats = shown(replace(dim, sh_dc=np.minimum(dim.sh_dc, 0.5)))
    drawing.show(splats)
    sight = sight_at(MIDDLE, 5.0, 30, 10)
    exact = truth(splats, sight, SIZE)
    drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight)))
    np.testing.assert_allclose(drawn[..., 3], exact.alpha, atol=3 / 255)
    assert decibels(drawn, np.clip(exact.rgb, 0, 1), exact.touched) > WANTED_DB
    assert (drawn[..., :3] <= drawn[..., 3:]).all(), "what Qt can paint"


def test_light_above_white_is_cut_off_only_at_the_end(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    """A thin dark veil before something twice as bright as white: the veil is not seen yet."""
    splats, places = splats_of([[0, 0, 3.0], [0, 0, 2.0]], 0.5, [0.9, 0.3])
    bright = np.array([[2.0, 2.0, 2.0], [0.0, 0.0, 0.0]], np.float32)
    coloured = replace(splats.placed[0].scene, sh_dc=(bright - 0.5) / np.float32(0.28209479177387814))
    splats = replace(splats, placed=(Placed(coloured),))
    drawing.show(splats)
    sight = Sight(np.zeros(3), 0, 0, 50, 0.1, 100)
    exact = truth(splats, sight, (21, 21))
    drawn = rgba(drawing.draw_all(scene, (21, 21), SplatLook(sight, ground=BLACK)))
    assert exact.rgb[10, 10, 0] > 1.2
    assert drawn[10, 10].tolist() == [1, 1, 1, 1]
    assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB
    assert len(places) == 2


@pytest.mark.parametrize("parallel", [False, True])
def test_meshes_and_clouds_hide_splats_and_are_hidden(
    scene: OffscreenScene, drawing: GlSplatDrawing, parallel: bool
) -> None:
    splats = shown(random_scene(700, 5, 1))
    drawing.show(splats)
    sphere, cloud = ball((0.4, 0.1, 4.0), 0.8, (0.2, 0.9, 0.3)), CloudActor()
    steps = np.linspace(-0.6, 0.6, 40)
    x, y = (one.ravel() for one in np.meshgrid(steps - 0.9, steps))
    wall = np.stack([x, y, np.full_like(x, 3.8)], 1).astype(np.float32)
    cloud.update(PointCloud(wall, np.full(wall.shape, 200, np.uint8), footprint=1.2 / 39 / 3.8))
    sight = sight_at(MIDDLE, 5.0, 20, 10)
    if parallel:
        sight = replace(sight, parallel_height_m=4.0)
    cloud.prepare(focal_px=50 if parallel else sight.focal_px(SIZE[1]), pixel_ratio=1)
    scene.add(sphere)
    scene.add(cloud.actor)
    try:
        behind = rgba(scene.render(SIZE, sight)).copy()
        depth_m = scene.opaque_depth(SIZE, sight)
        exact = truth(splats, sight, SIZE, behind_m=depth_m)
        drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, ground=GROUND))).copy()
        np.testing.assert_array_equal(scene.opaque_depth(SIZE, sight), depth_m, "neither splats nor ground are solid")
    finally:
        scene.remove(sphere)
        scene.remove(cloud.actor)
    solid = behind[..., 3] == 1
    assert 0.05 < solid.mean() < 0.6
    np.testing.assert_array_equal(np.isfinite(depth_m), solid)
    through = truth(splats, sight, SIZE)
    assert (np.abs(through.rgb - exact.rgb).max(axis=2)[solid] > 0.05).mean() > 0.15, "much of it is hidden"
    assert (exact.alpha[solid] > 0.1).mean() > 0.2, "and much of it hides"
    expected = on_ground(exact, GROUND, behind)
    assert decibels(drawn, expected, exact.touched | solid) > WANTED_DB


@pytest.mark.parametrize("parallel_height_m", [None, 3.0])
def test_the_depth_of_opaque_things_is_along_the_axis(scene: OffscreenScene, parallel_height_m: float | None) -> None:
    sight = replace(sight_at((0, 0, 4), 4.0, 15, -10), parallel_height_m=parallel_height_m)
    sphere = ball((0.3, 0.2, 4.5), 0.9, (1, 1, 1))
    scene.add(sphere)
    depth_m = scene.opaque_depth(SIZE, sight)
    scene.remove(sphere)
    nothing = scene.opaque_depth(SIZE, sight)
    assert nothing.shape == (SIZE[1], SIZE[0])
    assert np.isinf(nothing).all()
    pixels = [(x, y) for x in range(0, SIZE[0], 7) for y in range(0, SIZE[1], 7)]
    hits = 0
    for x, y in pixels:
        way, start = sight.ray(x + 0.5, y + 0.5, SIZE), sight.ray_from(x + 0.5, y + 0.5, SIZE)
        off = start - np.array([0.3, 0.2, 4.5])
        root = (off @ way) ** 2 - (off @ off - 0.81)
        if root > 0.1:  # facets lie a little within the ball
            hits += 1
            expected = sight.depth_m(start + (-(off @ way) - math.sqrt(root)) * way)
            assert depth_m[y, x] == pytest.approx(expected, abs=0.01)
        elif root < -0.01:
            assert np.isinf(depth_m[y, x])
    assert hits > 20


def test_every_size_and_every_field_of_view_is_right(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    """One drawing, resized: what a screen of two pixels to a point asks for, a strip, a wide look, no perspective."""
    splats = shown(random_scene(1500, 7, 1))
    drawing.show(splats)
    plain = sight_at(MIDDLE, 4.0, 40, 15)
    wide, flat = replace(plain, fov_deg=110.0), replace(plain, parallel_height_m=3.0)
    for size_px, sight in (
        ((160, 120), plain),
        ((320, 240), plain),
        ((90, 200), plain),
        ((201, 67), wide),
        ((160, 120), wide),
        ((160, 120), flat),
        ((161, 121), flat),
        ((160, 120), plain),
    ):
        exact = truth(splats, sight, size_px)
        drawn = rgba(drawing.draw_all(scene, size_px, SplatLook(sight, ground=BLACK)))
        assert drawn.shape[:2] == (size_px[1], size_px[0])
        assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_only_kept_splats_are_drawn(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    splats = shown(random_scene(2000, 8, 1))
    sight = sight_at(MIDDLE, 5.0, 0, 0)
    for kept in (None, np.flatnonzero(splats.xyz[:, 0] > 0).astype(np.int32), np.zeros(0, np.int32), None):
        drawing.show(splats, kept)
        exact = truth(splats, sight, SIZE, kept=kept)
        drawing.begin()
        drawn = until_complete(drawing, scene, SIZE, SplatLook(sight, ground=BLACK))
        if kept is not None and not len(kept):
            assert not drawn[..., :3].any()
        else:
            assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_fewer_harmonics_on_request(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    splats = shown(random_scene(1000, 9, 3))
    drawing.show(splats)
    sight = sight_at(MIDDLE, 5.0, 200, 20)
    pictures = []
    for degree in (3, 0, 1, None):
        exact = truth(splats, sight, SIZE, degree=degree)
        drawing.begin()
        drawn = until_complete(drawing, scene, SIZE, SplatLook(sight, degree=degree, ground=BLACK))
        assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB
        pictures.append(drawn)
    np.testing.assert_array_equal(pictures[0], pictures[3])
    assert not np.array_equal(pictures[0], pictures[1])


def test_two_scenes_are_blended_as_if_they_were_one(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    """Pushed into each other, one of them turned and larger: their splats are drawn in turns."""
    first, second = random_scene(1000, 10, 2), random_scene(1000, 11, 1, antialiased=True)
    turn = np.array([[0.6, 0, 0.8], [0, 1, 0], [-0.8, 0, 0.6]])
    placed = Placement(turn, 1.3, np.array(MIDDLE) - 1.3 * turn @ np.array(MIDDLE))
    splats = prepared([Placed(first), Placed(second, placed)])
    drawing.show(splats)
    sight = sight_at(MIDDLE, 5.0, 75, -15)
    exact = truth(splats, sight, SIZE)
    drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, ground=BLACK)))
    assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_nothing_pops_while_one_goes_slowly_round(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    """From one picture to the next, what changes is what should."""
    splats = shown(random_scene(2000, 12, 2))
    drawing.show(splats)
    before: tuple[NDArray[np.float64], NDArray[np.float64]] | None = None
    for step in range(12):
        sight = sight_at(MIDDLE, 5.0, 0.4 * step, 0.1 * step)
        exact = on_ground(truth(splats, sight, SIZE), BLACK)
        drawing.begin()
        drawn = until_complete(drawing, scene, SIZE, SplatLook(sight, ground=BLACK))[..., :3]
        if before is not None:
            assert np.abs((drawn - before[0]) - (exact - before[1])).max() < 3 / 255
            assert np.abs(exact - before[1]).max() > 10 / 255, "it does move"
        before = drawn, exact


def test_splats_at_the_border_of_what_is_seen(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    """Middles beside the picture, before and behind near and far; huge ones, tiny ones, needles; from within."""
    chance = np.random.default_rng(13)
    base = random_scene(1500, 13, 1, spread=2.0)
    log_scale = base.log_scale.copy()
    log_scale[:50] = chance.uniform(0, 2.5, (50, 3))
    log_scale[50:300] = -12
    log_scale[300:400] = [-6, -6, 1.5]
    splats = shown(replace(base, log_scale=log_scale))
    drawing.show(splats)
    for near_m, far_m, eye in ((0.2, 50.0, (0, 0, 4)), (3.0, 5.0, (0.5, 0, 0)), (1.5, 30.0, (2, 1, 4))):
        sight = Sight(np.array(eye, np.float64), 35, -10, 60, near_m, far_m)
        exact = truth(splats, sight, SIZE)
        drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, ground=GROUND)))
        depth = sight.view(SIZE).to_camera(splats.xyz)[:, 2]
        assert ((depth < near_m) | (depth > far_m)).sum() > 50
        assert decibels(drawn, on_ground(exact, GROUND), exact.touched) > WANTED_DB


def test_a_huge_splat_whose_middle_is_far_outside_still_shines_in(
    scene: OffscreenScene, drawing: GlSplatDrawing
) -> None:
    splats, _ = splats_of([[9.0, 0, 3.0], [0, -40.0, 6.0]], [4.0, 15.0], 0.9)
    drawing.show(splats)
    sight = Sight(np.zeros(3), 0, 0, 50, 0.1, 100)
    exact = truth(splats, sight, SIZE)
    assert exact.alpha.max() > 0.05
    drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, ground=GROUND)))
    np.testing.assert_allclose(drawn[..., :3], on_ground(exact, GROUND), atol=2 / 255)


def test_a_scene_far_from_the_origin_is_as_exact(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    """As georeferenced ones are: single precision has 8 mm left there, which the places themselves have, not more."""
    shift = np.array([1e5, -2e4, 3e4])
    splats = prepared([Placed(random_scene(1500, 14, 1), Placement(shift=shift))])
    drawing.show(splats)
    sight = sight_at(np.array(MIDDLE) + shift, 5.0, 25, 5)
    exact = truth(splats, sight, SIZE)
    drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, ground=BLACK)))
    assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_what_cannot_be_drawn_is_left_out(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    broken = random_scene(600, 15, 1)
    for values, wrong in (
        (broken.xyz, np.nan),
        (broken.log_scale, np.inf),
        (broken.rotation, 0.0),
        (broken.opacity_logit, np.nan),
        (broken.sh_dc, np.nan),
        (broken.sh_rest, np.inf),
        (broken.log_scale, 80.0),
    ):
        values[np.random.default_rng(1).choice(600, 20, replace=False)] = wrong
    splats = shown(broken)
    drawing.show(splats)
    sight = sight_at(MIDDLE, 5.0, 0, 0)
    exact = truth(splats, sight, SIZE)
    drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, ground=BLACK)))
    assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_as_points_each_splat_is_a_dot_of_its_own_colour(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    splats = shown(random_scene(200, 16, 0))
    drawing.show(splats)
    sight = sight_at(MIDDLE, 5.0, 0, 0)
    drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight, as_points=True)))
    colours = np.clip(splats.colours(sight.eye_m), 0, 1)
    nearest_first = np.argsort(splats.xyz[:, 2])
    taken: set[tuple[int, int]] = set()
    found = 0
    for n in nearest_first:
        x, y = sight.place_px(splats.xyz[n].astype(np.float64), SIZE)
        at = (int(x), int(y))
        if splats.opacity[n] < 1 / 255 or not (0 <= x < SIZE[0] and 0 <= y < SIZE[1]):
            continue
        if not any((at[0] + i, at[1] + j) in taken for i in range(-2, 3) for j in range(-2, 3)):
            np.testing.assert_allclose(drawn[at[1], at[0]], [*colours[n], 1], atol=1 / 255)
            found += 1
        taken.add(at)
    assert found > 50
    assert (drawn[..., 3] > 0).sum() <= 4 * len(splats)
    assert np.isin(drawn[..., 3], (0, 1)).all()


def test_whoever_moves_sees_something_at_once_and_all_of_it_when_resting(
    scene: OffscreenScene, drawing: GlSplatDrawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gl_splat_drawing, "_FEW", 0)
    splats = shown(random_scene(3000, 17, 2))
    drawing.show(splats)
    assert drawing.shown is None
    until_complete(drawing, scene, SIZE, SplatLook(sight_at(MIDDLE, 5.0, 0, 0), ground=BLACK))
    for yaw_deg in (10, 25):
        sight = sight_at(MIDDLE, 5.0, yaw_deg, 0)
        drawing.begin()
        assert not drawing.complete
        quick = drawing.draw_some(scene, SIZE, SplatLook(sight, ground=BLACK))
        assert quick is not None
        assert not drawing.complete, "it cannot be sorted for that look yet"
        assert drawing.shown is sight
        exact = on_ground(truth(splats, sight, SIZE), BLACK)
        rough = rgba(quick)[..., :3]
        step = SIZE[0] // rough.shape[1]
        assert np.corrcoef(rough.ravel(), exact[::step, ::step].ravel())[0, 1] > 0.6, "roughly that look"
        drawn = until_complete(drawing, scene, SIZE, SplatLook(sight, ground=BLACK))
        assert decibels(drawn, exact, np.ones(exact.shape[:2], np.bool_)) > WANTED_DB


def test_a_scene_that_is_replaced_in_the_midst_leaves_nothing_behind(
    scene: OffscreenScene, drawing: GlSplatDrawing
) -> None:
    """While it is sorted, while it is handed over, while another look of it was drawn in between."""
    sight = sight_at(MIDDLE, 5.0, 30, 0)
    look = SplatLook(sight, ground=BLACK)
    for times in (0, 1, 3):
        drawing.show(shown(random_scene(2000, 30 + times, 1)))
        for _ in range(times):
            drawing.draw_some(scene, SIZE, look)
        splats = shown(random_scene(1500, 40 + times, 1))
        drawing.show(splats)
        drawing.draw_all(scene, (50, 40), SplatLook(sight_at(MIDDLE, 3.0, 200, 0), degree=0))
        drawing.begin()
        exact = truth(splats, sight, SIZE)
        drawn = until_complete(drawing, scene, SIZE, look)
        assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_many_passes_are_one_picture(scene: OffscreenScene, drawing: GlSplatDrawing) -> None:
    """A slow machine draws what is far first and the rest over it, with a mesh among them."""
    splats = shown(random_scene(25_000, 18, 0, spread=0.7))
    drawing.show(splats)
    sphere = ball((0.2, 0.0, 4.0), 0.5, (0.9, 0.9, 0.2))
    scene.add(sphere)
    sight = sight_at(MIDDLE, 5.0, 10, 10)
    look = SplatLook(sight, ground=GROUND)
    in_parts = until_complete(drawing, scene, SIZE, look)
    at_once = rgba(drawing.draw_all(scene, SIZE, look))
    scene.remove(sphere)
    np.testing.assert_allclose(in_parts, at_once, atol=1.01 / 255)


def test_several_buffers_are_as_good_as_one(
    scene: OffscreenScene, drawing: GlSplatDrawing, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(splat_actor, "_CHUNK", 300)
    for count in (1000, 5000):
        splats = shown(random_scene(count, 19, 1))
        drawing.show(splats)
        sight = sight_at(MIDDLE, 5.0, 60, 0)
        exact = truth(splats, sight, SIZE)
        drawing.begin()
        drawn = until_complete(drawing, scene, SIZE, SplatLook(sight, ground=BLACK))
        assert decibels(drawn, on_ground(exact, BLACK), exact.touched) > WANTED_DB


def test_memory_is_flat_while_scenes_come_and_go(scene: OffscreenScene) -> None:
    process, look = psutil.Process(), SplatLook(sight_at(MIDDLE, 5.0, 0, 0), ground=BLACK)
    scenes = [shown(random_scene(20_000, seed, 0)) for seed in range(3)]
    drawing = GlSplatDrawing()

    def swap(times: int) -> int:
        for n in range(times):
            drawing.show(scenes[n % 3])
            assert drawing.draw_all(scene, (64, 48), look) is not None
        gc.collect()
        return int(process.memory_info().rss)

    before = swap(10)
    # What a scene holds in OpenGL is 1.3 MB, and as much again here: a leak would be 78 MB.
    grown = swap(30) - before
    drawing.leave(scene)
    assert grown < 12e6


@pytest.mark.parametrize("name", ["clouds", "needles"])
def test_pictures_stay_as_they_were(scene: OffscreenScene, drawing: GlSplatDrawing, name: str) -> None:
    made = random_scene(1200, 20, 3, antialiased=True)
    if name == "needles":
        made = replace(made, log_scale=(made.log_scale * [1, 1, 0.3] - [1, 1, 0]).astype(np.float32))
    splats = shown(made)
    drawing.show(splats)
    drawn = rgba(drawing.draw_all(scene, SIZE, SplatLook(sight_at(MIDDLE, 4.5, 30, 20), ground=GROUND)))
    baseline = QImage(str(BASELINES / f"splats-{name}.png")).convertToFormat(QImage.Format.Format_RGBA8888)
    assert not baseline.isNull()
    rows = np.frombuffer(baseline.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4) / 255
    difference = np.abs(drawn - rows)
    assert difference.max() <= 4 / 255
    assert difference.mean() < 0.3 / 255


def test_the_pane_comes_to_the_exact_picture_by_itself_after_each_turn(qtbot: QtBot) -> None:
    pane = SplatPane(drawing=lambda _: GlSplatDrawing())
    qtbot.addWidget(pane)
    pane.resize(*SIZE)
    pane.set_background(QColor(0, 0, 0))
    splats = shown(random_scene(1000, 22, 1))
    pane.show_splats(splats)
    qtbot.keyClick(pane, Qt.Key.Key_Shift)
    put_on_screen(pane)
    try:
        for yaw_deg in (20.0, 70.0):
            pane.set_camera(replace(pane.camera, yaw_deg=yaw_deg))
            qtbot.waitUntil(lambda: pane._drawing is not None and pane._drawing.complete, timeout=20_000)
            exact = truth(splats, pane.sight(), SIZE)
            image = pane.grab_image().convertToFormat(QImage.Format.Format_RGB32)  # nothing is drawn for it any more
            rows = np.frombuffer(image.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4)[..., 2::-1] / 255
            assert decibels(rows, on_ground(exact, BLACK), exact.touched) > WANTED_DB
    finally:
        pane.release()


class _FinePane(SplatPane):
    """On a screen of two pixels to a point."""

    def devicePixelRatioF(self) -> float:
        return 2.0


def test_on_a_fine_screen_the_pane_shows_twice_the_pixels(qtbot: QtBot) -> None:
    pane = _FinePane(drawing=lambda _: GlSplatDrawing())
    qtbot.addWidget(pane)
    pane.resize(100, 80)
    pane.set_background(QColor(0, 0, 0))
    splats = shown(random_scene(1000, 21, 1))
    pane.show_splats(splats)
    qtbot.keyClick(pane, Qt.Key.Key_Shift)  # who touched a key is told no more what to do
    image = pane.grab_image().convertToFormat(QImage.Format.Format_RGB32)
    sight = pane.sight()
    pane.release()
    assert (image.width(), image.height()) == (200, 160)
    exact = truth(splats, sight, (200, 160))
    rows = np.frombuffer(image.constBits(), np.uint8).reshape(160, 200, 4)[..., 2::-1] / 255
    assert decibels(rows, on_ground(exact, BLACK), exact.touched) > WANTED_DB
