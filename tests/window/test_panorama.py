"""The Panorama place: from a photo to a room, what is turned, several at once, and the way to Live and back."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from depthview.engine.panorama.levelling.tilt import Tilt
from depthview.engine.panorama.recipe import DistanceScale, HeightScale, Levelling, Recipe
from depthview.engine.panorama.scale import RangeScale
from depthview.engine.panorama.views import ViewSet, views_of
from depthview.engine.resources import panorama_sample
from depthview.engine.sphere import directions
from depthview.ui.panorama_memory import Picture
from depthview.ui.scene.form import Form
from tests.engine.panorama.readers import saved
from tests.engine.panorama.solids import Room, painted
from tests.engine.web_server import Reply, web_server
from tests.window.conftest import NewWindow
from tests.window.driver import Driver, drop, files, hover
from tests.window.panorama_driver import HW, TRUE_RANGE, GatedReader, PanoramaDriver, reader, room
from tests.window.stereo_pictures import write_photo

__all__ = ["reader", "room"]


@pytest.fixture
def pano(at: Driver, reader: GatedReader) -> PanoramaDriver:
    return PanoramaDriver(at)


@pytest.fixture
def standing(pano: PanoramaDriver, room: Path) -> PanoramaDriver:
    """In the room."""
    pano.open(room)
    return pano


def seen_at(pano: PanoramaDriver) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Two points of the walls."""
    towards, found = directions(HW), pano.shown.found
    one, other = (found.range[row, column] * towards[row, column] for row, column in ((64, 30), (64, 90)))
    return np.float64(one), np.float64(other)


def bring(pano: PanoramaDriver, path: Path) -> None:
    """Open it as a 360° photo, whatever it is."""
    pano.at.window._open_each([(str(path),)], "panorama")


def choose_views(pano: PanoramaDriver, views: ViewSet) -> None:
    box = pano.workspace.inspector.models.views
    pano.at.choose(box, box.itemText(box._values.index(views)))


def other_photo(folder: Path) -> Path:
    (folder / "other").mkdir()
    return saved(folder / "other", np.roll(painted(Room(), HW), 40, axis=1))


def test_a_dropped_panorama_becomes_a_room_of_the_right_size(pano: PanoramaDriver, room: Path) -> None:
    window = pano.at.window
    assert window.place is window.live
    assert drop(window, files(room), over=window.live.welcome)
    shown = pano.until_shown(room)
    assert window.place is window.panorama
    assert window.pages.currentWidget() is pano.workspace
    assert pano.error() < 0.03
    assert shown.found.range.shape == HW
    assert pano.workspace.room is not None
    assert pano.workspace.room.scene is shown.scene
    assert window.windowTitle().startswith("room.png")
    assert (str(room),) in window.preferences.recents
    np.testing.assert_array_equal(pano.workspace.panes.photo_view._item.image, shown.photo_rgb)


def test_the_first_page_offers_the_sample(pano: PanoramaDriver, reader: GatedReader) -> None:
    window = pano.at.window
    pano.at.do("go_panorama")
    assert window.pages.currentWidget() is window.panorama.welcome
    button = window.panorama.welcome.findChild(QPushButton, "primary")
    assert button is not None
    reader.gate.clear()
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    pano.at.until(lambda: bool(window.jobs.running), "the work to begin")
    assert pano.workspace.current is not None
    assert pano.workspace.current.spec == (str(panorama_sample()),)


def test_a_wrong_guess_is_one_click_from_right(standing: PanoramaDriver, room: Path) -> None:
    window = standing.at.window
    standing.at.until_said("Taken for a 360° photo")
    QTest.mouseClick(window.problem._remedy, Qt.MouseButton.LeftButton)
    assert window.place is window.live
    standing.at.until_depth()
    standing.at.do("as_panorama")
    assert window.place is window.panorama
    assert standing.until_shown(room).size_hw == HW


def test_an_ordinary_photo_is_told_and_the_other_place_offered(standing: PanoramaDriver, tmp_path: Path) -> None:
    window = standing.at.window
    photo = write_photo(tmp_path / "wall.png")
    bring(standing, photo)
    standing.at.until_said("panorama")
    assert window.problem._remedy.isVisible()
    QTest.mouseClick(window.problem._remedy, Qt.MouseButton.LeftButton)
    assert window.place is window.live
    standing.at.until_depth()
    standing.at.do("go_panorama")
    standing.at.do("previous_panorama")
    assert standing.until_shown().size_hw == HW, "the room is still there"


def test_a_truncated_file_is_told_and_the_session_goes_on(standing: PanoramaDriver, room: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(room.read_bytes()[:3000])
    bring(standing, broken)
    said = standing.at.until_said("broken.png")
    assert "Traceback" not in said
    standing.at.do("close_panorama")
    assert standing.until_shown(room).size_hw == HW


def test_a_photo_at_a_web_address_becomes_a_room(pano: PanoramaDriver, room: Path) -> None:
    pano.at.do("go_panorama")
    with web_server() as web:
        web.pages["/rooms/one.png"] = Reply(room.read_bytes(), "image/png")
        address = web.url("/rooms/one.png")
        pano.at.window.open_many([address])
        pano.at.until(lambda: pano.workspace.shown is not None, "the room")
        assert pano.error() < 0.03
        choose_views(pano, ViewSet.FACES)
        pano.at.until(lambda: pano.shown.found.models[0].views == 20, "more views")
        assert len(web.requests) == 1, "it is fetched once"
    assert pano.at.window.windowTitle().startswith(address)
    assert (address,) in pano.at.window.preferences.recents


def test_a_page_that_is_no_photo_is_told(pano: PanoramaDriver) -> None:
    pano.at.do("go_panorama")
    with web_server() as web:
        web.pages["/page"] = Reply(b"<html>" + 600 * b"x", "text/html")
        pano.at.window.open_many([web.url("/page")])
        pano.at.until_said("no photo")


def test_pointing_in_one_pane_marks_the_others_and_reads_the_range(standing: PanoramaDriver) -> None:
    panes, row, column = standing.workspace.panes, 40, 200
    view = panes.photo_view
    scene_at = view.box.mapViewToScene(QPointF(column + 0.5, row + 0.5))
    hover(view.viewport(), QPointF(view.mapFromScene(scene_at)))
    text = panes.readout.text()
    (marked,) = panes.range_view.image._mark.points()
    x, y = int(marked.pos().x()), int(marked.pos().y())
    assert abs(x - column) <= 1
    assert abs(y - row) <= 1
    assert f"{standing.shown.found.range[y, x]:.2f} m" in text
    assert panes.room is not None
    assert panes.room._marked == (y, x)
    panes.room.pointed.emit(-1, -1)
    assert panes.readout.text() == ""


def test_another_scale_asks_no_model_and_says_which_is_meant(standing: PanoramaDriver, reader: GatedReader) -> None:
    asked = len(reader.pairs)
    scale = standing.workspace.inspector.scale
    before = standing.shown.found.range.copy()
    standing.at.choose(scale.scale, "camera height")
    standing.at.until(lambda: standing.shown.found.scale is RangeScale.CAMERA_HEIGHT, "metres by height")
    assert "height" in scale._note.text()
    first = float(np.nanmedian(standing.shown.found.range))
    scale.height_m.slider.setValue(round(3.2 / 0.05))
    standing.at.until(lambda: not standing.workspace.current.stale, "the other height")  # type: ignore[union-attr]
    assert standing.workspace.recipe.scale == HeightScale(3.2)
    assert float(np.nanmedian(standing.shown.found.range)) == pytest.approx(2 * first, rel=1e-3)
    ratio = standing.shown.found.range / before
    assert np.nanstd(ratio) / np.nanmean(ratio) < 1e-3, "the shape is the same"
    assert len(reader.pairs) == asked


def test_a_measured_distance_makes_metres(standing: PanoramaDriver) -> None:
    window, scale = standing.at.window, standing.workspace.inspector.scale
    room = standing.workspace.room
    assert room is not None
    standing.at.choose(scale.scale, "measured distance")
    assert room.measuring
    assert window.actions_by_name["measure"].isChecked()
    assert not scale.distance_m.isEnabled(), "there is nothing measured yet"
    room.measured.emit(*seen_at(standing), 0.0)
    assert scale.distance_m.isEnabled()
    scale.distance_m.setValue(10.0)
    standing.at.until(lambda: standing.shown.found.scale is RangeScale.MEASURED_DISTANCE, "metres by the distance")
    one, other = seen_at(standing)
    assert float(np.linalg.norm(one - other)) == pytest.approx(10.0, rel=0.01)
    assert isinstance(standing.workspace.recipe.scale, DistanceScale)
    assert not isinstance(window.preferences.panorama.recipe.scale, DistanceScale), "it belongs to this photo alone"


def test_more_views_are_worked_on_and_can_be_stopped_and_gone_on_with(
    standing: PanoramaDriver, reader: GatedReader
) -> None:
    window, inspector = standing.at.window, standing.workspace.inspector
    old = standing.shown
    reader.gate.clear()
    choose_views(standing, ViewSet.FACES)
    standing.at.until(lambda: len(window.jobs.running) == 1, "the work to begin")
    standing.at.until(lambda: window.jobs._column.count() == 1, "its row")
    assert standing.shown is old, "what there is stays on the screen"
    standing.at.do("stop_work")
    reader.gate.set()
    standing.at.until(lambda: not window.jobs.running, "the work to end")
    standing.at.until(inspector.go_on.isVisible, "what was stopped to be offered")
    QTest.mouseClick(inspector.go_on, Qt.MouseButton.LeftButton)
    standing.at.until(lambda: standing.shown is not old, "the finer room")
    assert standing.shown.found.models[0].views == len(views_of(ViewSet.FACES))
    assert not inspector.go_on.isVisible()


def test_a_newer_wish_takes_the_place_of_one_under_way(standing: PanoramaDriver, reader: GatedReader) -> None:
    reader.gate.clear()
    choose_views(standing, ViewSet.FACES)
    standing.at.until(lambda: bool(standing.at.window.jobs.running), "the work to begin")
    choose_views(standing, ViewSet.FACES)
    reader.gate.set()
    standing.at.until(
        lambda: standing.shown.found.models[0].views == 20 and not standing.workspace.current.stale,  # type: ignore[union-attr]
        "the last wish",
    )


def test_two_models_are_blended_by_weight(standing: PanoramaDriver) -> None:
    models = standing.workspace.inspector.models
    usual = Recipe().uses[0]
    models._choose_second("other")
    standing.at.until(lambda: len(standing.shown.found.models) == 2, "both models")
    assert models.weight.isVisible()
    models.weight.slider.setValue(10)
    standing.at.until(lambda: standing.shown.found.models[1].weight == pytest.approx(0.5), "the weight")
    assert standing.shown.found.models[0].weight == usual.weight
    models._choose_second("\0none")
    standing.at.until(lambda: len(standing.shown.found.models) == 1, "one model")
    assert standing.workspace.recipe.models == ()


def test_levelling_by_hand_turns_the_photo(standing: PanoramaDriver) -> None:
    level = standing.workspace.inspector.level
    before = standing.shown.photo_rgb
    standing.at.choose(level.level, "by hand")
    assert level.pitch.isVisible()
    level.pitch.slider.setValue(100)
    standing.at.until(lambda: standing.shown.found.tilt == Tilt(10.0, level.roll.number), "the tilt")
    assert not np.array_equal(standing.shown.photo_rgb, before)
    standing.at.choose(level.level, "off")
    standing.at.until(lambda: standing.shown.found.tilt is None, "no tilt")
    assert standing.workspace.recipe.level is Levelling.OFF


def test_the_pictures_and_the_look_follow_keys_and_fields(standing: PanoramaDriver) -> None:
    panes, shown = standing.workspace.panes, standing.shown
    standing.workspace.setFocus()
    for key, picture, expected in (
        (Qt.Key.Key_2, Picture.NORMALS, shown.normals_rgb),
        (Qt.Key.Key_3, Picture.MASK, shown.mask_rgb),
    ):
        standing.at.press(key)
        standing.at.until(lambda p=picture: standing.workspace.look.picture is p, picture)
        np.testing.assert_array_equal(panes.range_view.image._item.image, expected)
        assert panes.picture.currentData() == picture
    standing.at.choose(panes.picture, "range")
    assert standing.at.window.actions_by_name["show_range"].isChecked()
    room = panes.room
    assert room is not None
    standing.workspace.inspector.kept_height.slider.setValue(60)
    assert room._kept_height == pytest.approx(0.6)
    standing.workspace.inspector.cut_depth.slider.setValue(30)
    assert room.eye.cut_depth == pytest.approx(0.3)
    assert not standing.workspace.inspector.point_size.isEnabled(), "a surface has no points"
    QTest.keyClick(room, Qt.Key.Key_P)
    assert room.form is standing.workspace.look.form is Form.POINTS
    assert standing.workspace.inspector.point_size.isEnabled()
    standing.at.choose(standing.workspace.inspector.form, "surface")
    assert room.form is Form.SURFACE
    standing.workspace.setFocus()
    standing.at.press(Qt.Key.Key_P)
    standing.at.until(lambda: room.form is Form.POINTS, "points")
    assert standing.workspace.inspector.form.currentText() == "points"
    standing.at.do("outside")
    assert room.standing.value == "outside"
    standing.at.do("reset_3d")
    assert not standing.at.window.actions_by_name["outside"].isChecked()


def test_several_panoramas_are_open_at_once(standing: PanoramaDriver, room: Path, tmp_path: Path) -> None:
    other = other_photo(tmp_path)
    shelf = standing.workspace.shelf
    assert not shelf.isVisible()
    first = standing.shown
    bring(standing, other)
    standing.until_shown(other)
    assert shelf.isVisible()
    assert shelf.count() == 2
    shelf.setCurrentRow(0)
    assert standing.shown is first, "nothing is worked out again"
    assert standing.at.window.address.line.text() == str(room)
    standing.at.do("next_panorama")
    assert standing.workspace.current is not None
    assert standing.workspace.current.spec == (str(other),)
    standing.at.do("close_panorama")
    assert standing.shown is first
    standing.at.do("close_panorama")
    window = standing.at.window
    assert window.pages.currentWidget() is window.panorama.welcome
    assert not window.actions_by_name["export_points"].isEnabled()


@pytest.mark.parametrize(
    "kind", ["points", "mesh", "glb", "range_png", "range_npy", "range_exr", "normals", "mask", "view"]
)
def test_exports(standing: PanoramaDriver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    from depthview.ui import dialogs

    name, _filters = dialogs._EXPORTS[kind]
    path = tmp_path / f"kept-{name}"
    monkeypatch.setattr(dialogs, "choose_export", lambda *_a: path)
    standing.at.do(f"export_{kind}")
    assert standing.at.until_said("Saved") == f"Saved {path.name}"
    assert path.stat().st_size > 200, "a mask of one value is small"
    if kind == "range_npy":
        np.testing.assert_array_equal(np.load(path), standing.shown.found.range)
    if kind == "view":
        room = standing.workspace.room
        assert room is not None
        assert QImage(str(path)).width() == 3840
        assert QImage(str(path)).height() / 3840 == pytest.approx(room.height() / room.width(), abs=1e-3)


def test_what_was_chosen_is_there_the_next_time(new_window: NewWindow, reader: GatedReader, room: Path) -> None:
    first = PanoramaDriver(new_window())
    first.open(room)
    choose_views(first, ViewSet.FACES)
    first.at.choose(first.workspace.inspector.colouring, "height")
    first.workspace.inspector.surface.refine.click()
    first.until_shown()
    first.at.close()

    second = PanoramaDriver(new_window())
    second.open(room)
    recipe = second.workspace.recipe
    assert (recipe.views, recipe.refine) == (ViewSet.FACES, False)
    assert recipe.models == (), "nobody chose a model: a better one may come"
    assert second.workspace.inspector.colouring.currentText() == "height"
    assert second.shown.found.models[0].views == 20


def test_actions_belong_to_their_places_and_live_rests_meanwhile(playing: Driver, reader: GatedReader) -> None:
    window, by_name = playing.window, playing.window.actions_by_name
    assert not by_name["outside"].isVisible()
    playing.do("go_panorama")
    assert window.pages.currentWidget() is window.panorama.welcome
    for name in ("play", "swap", "show_left", "export_cloud"):
        assert not by_name[name].isVisible()
        assert not by_name[name].isEnabled()
    assert by_name["measure"].isVisible()
    assert window.address.line.text() == ""
    playing.until_phase("paused")
    playing.do("go_live")
    playing.until_phase("playing")
    assert by_name["play"].isVisible()


def test_a_folder_is_made_as_a_job_and_not_twice(pano: PanoramaDriver, room: Path, tmp_path: Path) -> None:
    window, output = pano.at.window, tmp_path / "out"
    (tmp_path / "ordinary.png").write_bytes(write_photo(tmp_path / "wall.png").read_bytes())
    window.panorama.make_folder(tmp_path, output)
    pano.at.until(lambda: not window.jobs.running, "the folder")
    kept = np.load(output / "room" / "range.npy")
    np.testing.assert_allclose(np.nanmedian(kept / TRUE_RANGE), 1.0, atol=0.05)
    pano.at.until_said("ordinary.png")
    written = (output / "room" / "range.npy").stat().st_mtime_ns
    window.panorama.make_folder(tmp_path, output)
    pano.at.until(lambda: not window.jobs.running, "the folder again")
    assert (output / "room" / "range.npy").stat().st_mtime_ns == written


def test_closing_in_the_middle_of_the_work_takes_no_time(pano: PanoramaDriver, reader: GatedReader, room: Path) -> None:
    reader.gate.clear()
    pano.at.open(room)
    pano.at.until(lambda: bool(pano.at.window.jobs.running), "the work to begin")
    pano.at.close_in_time()
    reader.gate.set()
