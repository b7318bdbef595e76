"""Clouds of the other places among the scenes."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.cloud import PointCloud
from tests.window.driver import Driver, pixels
from tests.window.panorama_driver import GatedReader, PanoramaDriver, reader, room
from tests.window.splats_driver import Ball, SplatsDriver, ball, write_ball

__all__ = ["ball", "reader", "room"]


def test_the_live_cloud_stands_among_scenes_and_moves_on(playing: Driver, ball: Path) -> None:
    playing.until(
        lambda: playing.workspace.viewport is not None and len(playing.workspace.viewport.cloud) > 0, "a cloud"
    )
    splats = SplatsDriver(playing)
    splats.open(ball)
    playing.until_phase("paused")
    playing.do("bring_live")
    _ball, cloud = splats.until_settled("ball.ply", "Live: room_sbs.mp4")
    assert isinstance(cloud.what, PointCloud)
    playing.until_phase("playing")
    splats.at.until(lambda: splats.items[1].what is not cloud.what, "the next cloud")
    scene = splats.workspace.stage.drawn.splats
    second = splats.items[1].what
    splats.at.until(lambda: splats.items[1].what is not second, "one more")
    assert splats.workspace.stage.drawn.splats is scene, "what plays does not cost what scenes cost"
    assert cloud.world_box[0][0] > splats.items[0].world_box[1][0], "beside, not within"
    splats.workspace.remove(cloud.number)
    playing.until_phase("paused")
    splats.until_settled("ball.ply")
    assert splats.workspace.stage.drawn.clouds == ()


def test_closing_while_the_live_cloud_plays_leaves_nothing(playing: Driver, ball: Path) -> None:
    live = playing.workspace
    playing.until(lambda: live.viewport is not None and len(live.viewport.cloud) > 0, "a cloud")
    splats = SplatsDriver(playing)
    splats.open(ball)
    playing.do("bring_live")
    splats.until_settled("ball.ply", "Live: room_sbs.mp4")
    playing.until_phase("playing")
    playing.close()


def test_a_room_of_a_panorama_stands_among_scenes(at: Driver, reader: GatedReader, room: Path, ball: Path) -> None:
    pano = PanoramaDriver(at)
    pano.open(room)
    splats = SplatsDriver(at)
    splats.open(ball)
    at.do("bring_panorama")
    (_ball, points) = splats.until_settled("ball.ply", "Panorama: room.png")
    assert len(points) == len(pano.shown.scene)
    at.do("bring_panorama")
    splats.until_settled("ball.ply", "Panorama: room.png")
    at.qtbot.wait(300)
    assert splats.items[1] is points, "a room that stands still is not brought anew"
    splats.workspace.remove(points.number)
    at.do("bring_panorama")
    (_ball, again) = splats.until_settled("ball.ply", "Panorama: room.png")
    assert again.number != points.number, "what was taken out can be brought in at once"


def test_without_a_cloud_it_is_told(at: Driver, ball: Path) -> None:
    splats = SplatsDriver(at)
    splats.open(ball)
    at.do("bring_live")
    at.until_said("Live has no cloud yet")
    splats.until_settled("ball.ply")


def test_a_cloud_hides_what_is_behind_it(at: Driver, tmp_path: Path) -> None:
    """A wall of green points before the ball, seen from the front and from behind."""
    splats = SplatsDriver(at)
    splats.open(write_ball(tmp_path / "ball.ply"))
    if not splats.pane.available:
        pytest.skip("no OpenGL here")
    side = np.linspace(-1, 1, 200, dtype=np.float32)
    xyz = np.stack([*(part.ravel() for part in np.meshgrid(side, side)), np.full(40_000, 2.0)], 1).astype(np.float32)
    wall = PointCloud(xyz, np.tile(np.array([0, 255, 0], np.uint8), (40_000, 1)), footprint=0.02)
    source = at.window.live
    type(source).cloud, kept = property(lambda _self: wall), type(source).cloud
    try:
        splats.at.do("bring_live")
        splats.at.until(lambda: len(splats.items) == 2, "the wall")
        item = splats.items[1]
        splats.workspace._choose(item.number)
        splats.inspector.scenes.stand.back.click()
        splats.until_settled()
        eye = type(splats.pane.camera)
        splats.pane.set_camera(eye((0.0, 0.0, 3.0), 4.0, 0.0, 0.0, 30.0))
        splats.at.until(lambda: _middle(splats)[1] > 200 > _middle(splats)[0] + 100, "the wall before the ball")
        splats.pane.set_camera(eye((0.0, 0.0, 3.0), 4.0, 180.0, 0.0, 30.0))
        splats.at.until(lambda: _middle(splats)[0] > 150 > _middle(splats)[1], "the ball before the wall")
    finally:
        type(source).cloud = kept


def _middle(splats: SplatsDriver) -> np.ndarray:
    picture = pixels(splats.pane.grab_image())
    return picture[picture.shape[0] // 2, picture.shape[1] // 2].astype(int)


def test_a_thing_that_was_hidden_and_shown_is_where_it_was(at: Driver, tmp_path: Path) -> None:
    splats = SplatsDriver(at)
    paths = [write_ball(tmp_path / f"{name}.ply", Ball(seed=seed)) for seed, name in enumerate("ab")]
    splats.open(*paths)
    before = splats.world.copy()
    splats.workspace.stage.set_visible(splats.items[0].number, False)
    splats.at.until(lambda: len(splats.world) == 400, "one ball")
    np.testing.assert_array_equal(splats.world, before[400:])
    splats.workspace.stage.set_visible(splats.items[0].number, True)
    splats.at.until(lambda: len(splats.world) == 800, "both")
    np.testing.assert_array_equal(splats.world, before)
