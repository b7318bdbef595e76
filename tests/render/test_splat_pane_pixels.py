"""What the pane shows where the processor draws, held against the exact picture; also beside opaque things."""

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper

from depthview.engine.cloud import PointCloud
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.ui.scene.cpu_splat_drawing import CpuSplatDrawing
from depthview.ui.scene.navigation import CameraState
from depthview.ui.scene.offscreen import OffscreenScene
from depthview.ui.scene.splat_pane import SplatPane
from tests.engine.splats.drawn_splats import random_scene
from tests.engine.splats.planted_splats import round_splats
from tests.render.splat_truth import on_ground, truth
from tests.render.test_splat_pixels import decibels
from tests.window.driver import put_on_screen

SIZE = (160, 100)
WANTED_DB = 50.0
FRONT = CameraState(focus_m=(0.0, 0.0, 4.0), distance_m=4.0)
TOP, BOTTOM = QColor(10, 20, 30), QColor(200, 180, 160)
GROUND = (TOP.redF(), TOP.greenF(), TOP.blueF()), (BOTTOM.redF(), BOTTOM.greenF(), BOTTOM.blueF())


class Screen(SplatPane):
    """On a screen of `ratio` pixels to a point."""

    ratio = 1.0

    def devicePixelRatioF(self) -> float:
        return self.ratio


@pytest.fixture
def pane(qtbot: QtBot) -> Iterator[Screen]:
    found = Screen(drawing=lambda _scene: CpuSplatDrawing(threads=1))
    qtbot.addWidget(found)
    found.resize(*SIZE)
    found.set_background(TOP, BOTTOM)
    qtbot.keyClick(found, Qt.Key.Key_Shift)  # who touched a key is told no more what to do
    found.set_camera(FRONT)
    yield found
    found.release()


def rows(image: QImage) -> NDArray[np.float64]:
    """(H, W, 3), 0 to 1."""
    picture = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.width(), 4)[..., 2::-1] / 255


def exactly(pane: SplatPane, size_px: tuple[int, int], **what: object) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """What is to be seen, and where there are splats."""
    assert pane.splats is not None
    exact = truth(pane.splats, pane.sight(), size_px, **what)  # type: ignore[arg-type]
    return on_ground(exact, GROUND), exact.touched


def crowd(degree: int = 2) -> PreparedSplats:
    return prepared([Placed(random_scene(2000, 5, degree))])


@pytest.mark.parametrize("ratio", [1.0, 2.0, 1.5])
def test_the_screen_shows_the_exact_picture_in_its_own_pixels(pane: Screen, ratio: float) -> None:
    pane.ratio = ratio
    pane.show_splats(crowd(), keep_view=True)
    image = rows(pane.grab_image())
    wanted, where = exactly(pane, (round(ratio * SIZE[0]), round(ratio * SIZE[1])))
    assert decibels(image, wanted, where) > WANTED_DB


@pytest.mark.parametrize("parallel", [False, True])
def test_turned_thinned_and_without_perspective(pane: Screen, parallel: bool) -> None:
    pane.show_splats(crowd(), keep_view=True)
    pane.set_camera(CameraState((0.2, 0.1, 4.0), 3.0, 130.0, -35.0, 60.0, parallel))
    kept = np.arange(0, 2000, 3, dtype=np.int32)
    pane.set_kept(kept)
    pane.set_degree(1)
    wanted, where = exactly(pane, SIZE, kept=kept, degree=1)
    assert decibels(rows(pane.grab_image()), wanted, where) > WANTED_DB


def test_after_a_resize_and_after_moving_what_rests_is_exact(pane: Screen, qtbot: QtBot) -> None:
    pane.show_splats(crowd(0), keep_view=True)
    put_on_screen(pane)
    pane.resize(240, 140)
    pane.set_camera(CameraState((0.0, 0.0, 4.0), 4.0, 40.0))
    qtbot.waitUntil(lambda: pane._picture is not None and not pane._dirty, timeout=30_000)
    wanted, where = exactly(pane, (240, 140))
    assert decibels(rows(pane.grab_image()), wanted, where) > WANTED_DB


def test_a_screenshot_is_exact_in_any_size(pane: Screen) -> None:
    pane.show_splats(crowd(), keep_view=True)
    wanted, where = exactly(pane, (300, 220))
    assert decibels(rows(pane.screenshot(QSize(300, 220))), wanted, where) > WANTED_DB


def test_light_beyond_white_is_cut_off_only_on_its_ground(pane: Screen) -> None:
    """Half a veil of twice white over the ground: all of white, though half of it alone would be grey."""
    veil = round_splats(np.array([[0.0, 0, 4]]), size=1.0, opacity=0.5, colour=np.array([[2.0, 2.0, 2.0]]))
    pane.set_background(QColor(60, 60, 60))
    pane.show_splats(prepared([Placed(veil)]), keep_view=True)
    assert rows(pane.grab_image())[50, 80] == pytest.approx(1, abs=0.01)


def mesh(radius: float, middle: tuple[float, float, float]) -> vtkActor:
    source = vtkSphereSource()
    source.SetRadius(radius)
    source.SetCenter(*middle)
    source.SetThetaResolution(60)
    source.SetPhiResolution(60)
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(source.GetOutputPort())
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetLighting(False)
    actor.GetProperty().SetColor(0.1, 0.8, 0.2)
    return actor


def wall(depth: float) -> PointCloud:
    """A yellow wall of points, the left half of the picture."""
    x, y = np.meshgrid(np.linspace(-6, 0, 400), np.linspace(-4, 4, 500))
    xyz = np.stack([x, y, np.full_like(x, depth)], -1).reshape(-1, 3).astype(np.float32)
    return PointCloud(xyz, np.full((len(xyz), 3), (250, 240, 0), np.uint8), footprint=0.01)


def test_a_mesh_hides_what_is_behind_it_and_is_seen_through_what_is_before(pane: Screen) -> None:
    pane.show_splats(crowd(), keep_view=True)
    pane.add_actor(mesh(1.0, (0.0, 0.0, 4.0)))
    image = rows(pane.grab_image())
    scene = OffscreenScene()
    scene.add(mesh(1.0, (0.0, 0.0, 4.0)))
    depth = scene.opaque_depth(SIZE, pane.sight())
    alone = scene.render(SIZE, pane.sight())
    assert alone is not None
    behind = np.frombuffer(alone.constBits(), np.uint8).reshape(SIZE[1], SIZE[0], 4) / 255
    scene.release()
    assert pane.splats is not None
    exact = truth(pane.splats, pane.sight(), SIZE, behind_m=depth)
    wanted = on_ground(exact, GROUND, behind)
    assert decibels(image, wanted, np.isfinite(depth) | exact.touched) > WANTED_DB
    without, where = exactly(pane, SIZE)
    assert decibels(image, without, where) < 30, "it makes a difference"


@pytest.mark.parametrize(("depth", "hides"), [(3.0, True), (5.0, False)])
def test_a_cloud_hides_what_is_behind_it_and_no_more_when_it_is_taken_away(
    pane: Screen, depth: float, hides: bool
) -> None:
    balls = np.array([[-0.8, 0.0, 4.0], [0.8, 0.0, 4.0]])
    pane.show_splats(
        prepared([Placed(round_splats(balls, size=0.15, opacity=0.98, colour=np.array([[1.0, 0, 0]] * 2)))]),
        keep_view=True,
    )
    cloud = wall(depth)
    pane.add_cloud(cloud)
    left, right = (tuple(round(v) for v in pane.sight().place_px(ball, SIZE)) for ball in balls)
    image = rows(pane.grab_image())
    yellow, red = np.array([250, 240, 0]) / 255, np.array([1.0, 0, 0])
    assert np.abs(image[left[1], left[0]] - (yellow if hides else red)).max() < 0.05
    assert np.abs(image[right[1], right[0]] - red).max() < 0.05
    pane.remove_cloud(cloud)
    assert np.abs(rows(pane.grab_image())[left[1], left[0]] - red).max() < 0.05


def test_a_cloud_is_closed_in_small_pictures_of_few_of_its_points_too(pane: Screen) -> None:
    """While the eye moves: one in 16 of its points, in a picture of half the size."""
    pane.show_splats(crowd(), keep_view=True)
    pane.add_cloud(wall(4.0))
    drawing = CpuSplatDrawing(threads=1)
    scene = pane._opened()
    drawn = {}
    for step in (1, 16):
        task = drawing._task(scene, SIZE, pane._look(GROUND), level=step.bit_length() - 1, quick=True)
        assert task.opaque is not None
        assert task.drawn_px == (SIZE if step == 1 else (80, 50))
        drawn[step] = task.opaque
    for opaque in drawn.values():
        height, width = opaque.depth_m.shape
        inner = opaque.depth_m[height // 4 : height * 3 // 4, width // 4 : width // 2 - 4]
        assert np.isfinite(inner).mean() > 0.97
        right = opaque.depth_m[:, width // 2 + 6 :]
        assert not np.isfinite(right).any()
    drawing.leave(scene)


def test_a_click_meets_the_nearer_of_mesh_and_splats(pane: Screen, qtbot: QtBot) -> None:
    pane.show_splats(prepared([Placed(round_splats(np.array([[0.0, 0, 4]]), size=0.1, opacity=0.98))]), keep_view=True)
    put_on_screen(pane)
    actor = mesh(0.5, (0.0, 0.0, 2.5))
    pane.add_actor(actor)
    for wanted in (2.0, 4.0):
        with qtbot.waitSignal(pane.picked) as signal:
            qtbot.mouseClick(pane, Qt.MouseButton.LeftButton, pos=pane.rect().center())
        assert signal.args[0][2] == pytest.approx(wanted, abs=0.2)
        if wanted == 2.0:
            pane.remove_actor(actor)


def test_without_opengl_splats_are_drawn_and_it_says_what_is_left_out(
    pane: Screen, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("depthview.ui.scene.offscreen._window", lambda: None)
    pane.show_splats(crowd(), keep_view=True)
    wanted, where = exactly(pane, SIZE)
    assert decibels(rows(pane.grab_image()), wanted, where) > WANTED_DB
    assert not pane.available
    pane.add_cloud(wall(3.0))
    image = rows(pane.grab_image())
    assert np.abs(image[:30] - wanted[:30]).max() > 0.1, "a note at the top"
    assert np.abs(image[40:] - wanted[40:]).max() < 0.02
    pane.show_splats(None)
    assert np.abs(rows(pane.grab_image()) - image).max() > 0.1, "and that clouds alone need it"
