"""What is kept of scenes: files that read back as what was shown, pictures, and films."""

from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.formats.recognition import SplatFormat, format_of
from depthview.engine.splats.scene import SplatScene
from depthview.ui.dialogs import choose_export
from depthview.ui.splats.exporting import as_shown
from depthview.ui.splats_memory import FilmPlan, SceneMemory, Stand
from tests.window.driver import Driver
from tests.window.splats_driver import Ball, SplatsDriver, ball, write_ball

__all__ = ["ball"]


@pytest.fixture
def splats(at: Driver, ball: Path) -> SplatsDriver:
    """One ball of 400 splats, every tenth of them faint."""
    driver = SplatsDriver(at)
    driver.open(ball)
    return driver


def saved(splats: SplatsDriver, path: Path, kind: str) -> Path:
    splats.at.window.export_to(path, kind)
    splats.at.until_said(f"Saved {path.name}")
    assert [other.name for other in path.parent.glob(".depthview-*")] == []
    return path


def read_back(path: Path) -> SplatScene:
    scene = open_splats(path)
    assert isinstance(scene, SplatScene)
    return scene


def test_a_scene_that_nobody_touched_is_the_same_file_again(splats: SplatsDriver, ball: Path, tmp_path: Path) -> None:
    written, first = read_back(saved(splats, tmp_path / "again.ply", "splats_ply")), read_back(ball)
    for name in ("xyz", "log_scale", "rotation", "opacity_logit", "sh_dc", "sh_rest"):
        np.testing.assert_array_equal(getattr(written, name), getattr(first, name))


@pytest.mark.parametrize(
    ("kind", "name", "form", "off"),
    [
        ("splats_compressed", "out.compressed.ply", SplatFormat.COMPRESSED_PLY, 5e-3),
        ("splats_splat", "out.splat", SplatFormat.SPLAT, 1e-6),
        ("splats_spz", "out.spz", SplatFormat.SPZ, 1e-3),
        ("splats_sog", "out.sog", SplatFormat.SOG, 1e-3),
    ],
)
def test_each_kind_of_file_holds_what_was_shown(
    splats: SplatsDriver, tmp_path: Path, kind: str, name: str, form: SplatFormat, off: float
) -> None:
    path = saved(splats, tmp_path / name, kind)
    assert format_of(path) is form
    written = read_back(path)
    assert len(written) == 400
    # Some kinds put the splats in another order.
    one, other = (np.sort(xyz[:, 0]) for xyz in (written.xyz, splats.world))
    np.testing.assert_allclose(one, other, atol=off)


def test_what_is_written_is_filtered_moved_and_joined(splats: SplatsDriver, tmp_path: Path) -> None:
    other = write_ball(tmp_path / "other.ply", Ball(count=50, degree=0, seed=1))
    splats.at.window.splats.open_each([(str(other),)], replaces=False)
    splats.until_settled("ball.ply", "other.ply")
    splats.workspace.placing._settle(Stand(turn_deg=(90.0, 0.0, 0.0), shift=(0.0, -2.0, 0.0), scale=2.0))
    splats.inspector.filters.opacity.slider.setValue(50)
    splats.at.until(lambda: len(splats.kept) == 405, "the faint ones of both to go")
    shown = splats.world[splats.kept]
    written = read_back(saved(splats, tmp_path / "both.ply", "splats_ply"))
    np.testing.assert_allclose(written.xyz, shown, atol=1e-5)
    assert written.degree == 1
    np.testing.assert_allclose(np.exp(written.log_scale[-1]), 2 * 0.05, rtol=1e-5)


def test_nothing_left_is_told(splats: SplatsDriver, tmp_path: Path) -> None:
    splats.inspector.filters.largest.setValue(0.001)
    splats.at.until(lambda: len(splats.kept) == 0, "all to go")
    with pytest.raises(UserError, match="leave nothing"):
        as_shown(splats.workspace.stage.drawn)
    splats.at.window.export_to(tmp_path / "none.ply", "splats_ply")
    splats.at.until_said("show something first")
    assert not (tmp_path / "none.ply").exists()


def test_a_picture_of_any_size_with_and_without_its_ground(splats: SplatsDriver, tmp_path: Path) -> None:
    picture = splats.inspector.picture
    picture.width_px.setValue(320)
    picture.height_px.setValue(200)
    splats.at.choose(splats.inspector.look.ground, "white")
    opaque = cv2.imread(str(saved(splats, tmp_path / "white.png", "splats_view")), cv2.IMREAD_UNCHANGED)
    assert opaque.shape == (200, 320, 3)
    assert (opaque[0, 0] == 255).all()
    picture.transparent.click()
    bare = cv2.imread(str(saved(splats, tmp_path / "bare.png", "splats_view")), cv2.IMREAD_UNCHANGED)
    assert bare.shape == (200, 320, 4)
    assert bare[0, 0, 3] == 0
    blue, green, red, alpha = bare[100, 160].astype(int)
    assert alpha > 240
    assert red > green > blue, "the ball's colour"
    alpha = bare[..., 3:].astype(float) / 255
    np.testing.assert_allclose(alpha * bare[..., :3] + (1 - alpha) * 255, opaque, atol=2.5)


def test_a_film_is_as_long_and_as_large_as_asked(splats: SplatsDriver, tmp_path: Path) -> None:
    film = splats.inspector.film
    splats.at.choose(film.picture_size, "1280 × 720")
    splats.at.choose(film.rate, "24 a second")
    splats.workspace.camera.show(SceneMemory(film=FilmPlan(seconds=0.5)))
    path = saved(splats, tmp_path / "round.mp4", "film")
    with av.open(str(path)) as container:
        pictures = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert len(pictures) == 12
    assert pictures[0].shape == (720, 1280, 3)
    red, _green, blue = pictures[6][360, 640].astype(int)
    assert red > blue + 60


def test_a_film_that_is_ended_leaves_nothing(splats: SplatsDriver, tmp_path: Path) -> None:
    splats.workspace.camera.show(SceneMemory(film=FilmPlan(seconds=60.0)))
    splats.at.window.export_to(tmp_path / "long.mp4", "film")
    splats.at.until(lambda: bool(splats.at.window.jobs.running), "the film to begin")
    splats.at.do("stop_work")
    splats.at.until_said("nothing was written")
    assert list(tmp_path.glob("*.mp4")) == []


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("room.compressed.ply", "splats_compressed", "room.compressed.ply"),
        ("room 3.5 m", "splats_compressed", "room 3.5 m.compressed.ply"),
        ("room.ply", "splats_compressed", "room.ply.compressed.ply"),
        ("room", "splats_spz", "room.spz"),
        ("view.jpg", "splats_view", "view.jpg"),
    ],
)
def test_names_get_the_ending_of_their_kind(
    at: Driver, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, typed: str, kind: str, name: str
) -> None:
    from PySide6.QtWidgets import QFileDialog

    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_args: (str(tmp_path / typed), ""))
    assert choose_export(at.window, kind, "", "room.ply – DepthView", "splats") == tmp_path / name
