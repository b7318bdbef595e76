"""The panes: values under the mouse, range, colours, distance, themes, what is shown and hidden."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, QSize, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QToolButton

from depthview.engine.colour import UNKNOWN_RGB, lookup_table
from depthview.ui import theme
from depthview.ui.parts.image_view import ImageView
from depthview.ui.parts.pane import Pane
from tests.window.driver import PATIENCE_MS, Driver, double_click, hover, pixels


def point_at(view: ImageView, x: int, y: int) -> None:
    """Hover over the middle of the source's pixel (x, y)."""
    scene_at = view.box.mapViewToScene(QPointF(x + 0.5, y + 0.5))
    hover(view.viewport(), QPointF(view.mapFromScene(scene_at)))


def pointed(text: str) -> tuple[int, int]:
    words = text.split()
    return int(words[1]), int(words[3])


@pytest.mark.parametrize("pane", ["picture", "depth"])
def test_hovering_reads_the_value_of_that_pixel(still: Driver, pane: str) -> None:
    panes = still.workspace.panes
    disparity_px = still.view.depth.values
    rows, columns = np.nonzero(np.isfinite(disparity_px))
    for index in (len(rows) // 5, len(rows) // 2, 4 * len(rows) // 5):
        point_at(panes.picture_view if pane == "picture" else panes.depth_view.image, columns[index], rows[index])
        text = panes.depth_view.readout.text()
        x, y = pointed(text)
        assert abs(x - columns[index]) <= 1
        assert abs(y - rows[index]) <= 1
        d = float(disparity_px[y, x])
        if np.isfinite(d):
            metres = still.view.rig.focal_px * still.view.rig.baseline_m / d
            assert f"{d:.2f} px" in text
            assert f"{metres:.2f} m" in text
        red, green, blue = still.view.depth.pair.left[y, x]
        assert f"RGB {red} {green} {blue}" in text


def test_what_is_pointed_at_is_marked_in_the_other_pane(still: Driver) -> None:
    panes = still.workspace.panes
    for here, there in (
        (panes.picture_view, panes.depth_view.image),
        (panes.depth_view.image, panes.picture_view),
    ):
        point_at(here, 160, 120)
        x, y = pointed(panes.depth_view.readout.text())
        (marked,) = there._mark.points()
        assert (marked.pos().x(), marked.pos().y()) == (x + 0.5, y + 0.5)
        hover(here.viewport(), QPointF(1, 1))


def test_unknown_is_called_unknown(still: Driver) -> None:
    rows, columns = np.nonzero(~np.isfinite(still.view.depth.values))
    middle = len(rows) // 2
    still.workspace.panes.depth_view.point_at(int(columns[middle]), int(rows[middle]))
    assert "unknown" in still.workspace.panes.depth_view.readout.text()
    assert " m" not in still.workspace.panes.depth_view.readout.text()


def test_both_pictures_are_as_wide(still: Driver) -> None:
    panes = still.workspace.panes
    wanted = QSize(1280, 800)
    still.window.resize(wanted)
    still.until(lambda: still.window.size() == wanted, "the new size")
    still.do("reset_layout")
    still.until(lambda: abs(panes.picture_view.width() - panes.depth_view.image.width()) <= 12, "equal shares")


def test_figures_that_come_and_go_move_no_pane(still: Driver) -> None:
    panes = still.workspace.panes
    smallest = still.window.minimumSizeHint()
    still.window.resize(smallest)
    with still.qtbot.waitSignal(still.workspace.status_changed, timeout=PATIENCE_MS):
        pass
    before = [pane.geometry() for pane in panes.panes]
    panes.depth_view.point_at(160, 120)
    assert len(panes.depth_view.readout.text()) > 30
    with still.qtbot.waitSignal(still.workspace.status_changed, timeout=PATIENCE_MS):
        pass
    assert [pane.geometry() for pane in panes.panes] == before
    assert still.window.minimumSizeHint() == smallest


def test_zooming_one_pane_zooms_the_other(playing: Driver) -> None:
    panes = playing.workspace.panes
    panes.depth_view.image.box.scaleBy((0.25, 0.25))
    panes.depth_view.image.box.sigRangeChangedManually.emit([True, True])
    playing.until(lambda: panes.picture_view.box.viewRect().width() < 500, "the picture to follow")
    playing.until_view(lambda v: v.depth_rgb.shape[:2] == (720, 1280), "all pixels, now that one looks closely")
    playing.do("fit")
    playing.until(lambda: panes.picture_view.box.viewRect().width() >= 1279, "the whole picture")


def test_a_locked_range_stays_and_a_freed_one_follows(playing: Driver) -> None:
    inspector = playing.workspace.inspector
    with playing.qtbot.waitSignal(playing.workspace.status_changed, timeout=PATIENCE_MS):
        pass
    inspector.lock.click()
    low, high = inspector.farthest.value(), inspector.nearest.value()
    view = playing.until_view(lambda v: v.limits == (low, high), "the locked range")
    seen = view.depth.pair.seq
    view = playing.until_view(lambda v: v.depth.pair.seq > seen + 3, "later frames")
    assert view.limits == (low, high)
    inspector.lock.click()
    playing.until_view(lambda v: v.limits != (low, high), "a range that follows")


def test_a_typed_range_decides_the_colours(still: Driver) -> None:
    inspector = still.workspace.inspector
    inspector.farthest.setValue(5.0)
    inspector.nearest.setValue(45.0)
    view = still.until_view(lambda v: v.limits == (5.0, 45.0), "the typed range")
    assert inspector.lock.isChecked()
    table = lookup_table("turbo").astype(int)
    painted = view.depth_rgb.reshape(-1, 3)
    known = painted[(painted != np.array(UNKNOWN_RGB)).any(axis=1)].astype(int)
    some = known[:: max(1, len(known) // 300)]
    nearest = np.abs(some[:, None] - table[None]).sum(axis=2).min(axis=1)
    assert nearest.max() == 0, "every known pixel has a colour of the table"


def test_dragging_the_colour_bar_sets_the_range_and_a_double_click_frees_it(still: Driver) -> None:
    bar = still.workspace.panes.depth_view.bar
    low, high = still.view.limits
    x = bar.width() // 3
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, 40))
    QTest.mouseMove(bar, QPoint(x, 70))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, 70))
    view = still.until_view(lambda v: v.limits[1] < high - 0.5, "a lower near end")
    assert view.limits[0] == pytest.approx(low, abs=0.2)
    double_click(bar, QPoint(x, 60))
    still.until(lambda: not still.workspace.inspector.lock.isChecked(), "the range to be free")


def test_max_distance_blanks_what_is_farther(still: Driver) -> None:
    before = still.view.depth_rgb
    z = still.view.rig.depth_m(still.view.depth.values)
    field = still.workspace.inspector.max_distance
    field.setValue(0.85 * float(np.nanmedian(z)))  # nearer than the wall
    unknown = np.array(UNKNOWN_RGB)

    def share(picture: np.ndarray) -> float:
        return float((picture == unknown).all(axis=2).mean())

    expected = float(1 - (z <= field.value()).mean())
    view = still.until_view(lambda v: share(v.depth_rgb) > share(before) + 0.1, "the far to go")
    assert share(view.depth_rgb) == pytest.approx(expected, abs=0.02)
    assert view.cloud is not None
    assert view.cloud.xyz_m[:, 2].max() <= field.value() + 0.001


@pytest.mark.parametrize("name", ["grey", "inferno"])
def test_another_colour_map_is_painted_at_once_though_it_stands_still(still: Driver, name: str) -> None:
    still.choose(still.workspace.inspector.colour_map, name)
    table = {tuple(c) for c in lookup_table(name).tolist()} | {UNKNOWN_RGB}

    def all_of_table(picture: np.ndarray) -> bool:
        return {tuple(c) for c in picture[::16, ::16].reshape(-1, 3).tolist()} <= table

    still.until_view(lambda v: all_of_table(v.depth_rgb), f"the colours of {name}")


def test_keys_1_to_4_choose_the_picture(still: Driver) -> None:
    left, right = still.view.depth.pair.left, still.view.depth.pair.right
    # Red is the left eye's brightness, green and blue are the right eye's own.
    anaglyph = np.dstack([left @ np.array([0.299, 0.587, 0.114]), right[..., 1:]])
    expected = {
        (Qt.Key.Key_2, "right eye"): right,
        (Qt.Key.Key_3, "overlay"): (left.astype(float) + right) / 2,
        (Qt.Key.Key_4, "anaglyph"): anaglyph,
        (Qt.Key.Key_1, "left eye"): left,
    }

    def off(shown: np.ndarray, picture: np.ndarray) -> float:
        small = cv2.resize(picture.astype(np.float32), shown.shape[1::-1], interpolation=cv2.INTER_AREA)
        return float(np.abs(shown - small).mean())

    for (key, name), picture in expected.items():
        still.press(key)
        still.until_view(lambda v, p=picture: off(v.picture_rgb, p) < 2, name)
        assert still.workspace.panes.picture_mode.currentText() == name
        others = [other for other in expected.values() if other is not picture]
        assert min(off(still.view.picture_rgb, other) for other in others) > 4, "they can be told apart"


@pytest.mark.parametrize("by", ["title", "view"])
def test_a_double_click_fills_the_window_with_a_pane_and_another_brings_the_rest_back(still: Driver, by: str) -> None:
    panes = still.workspace.panes
    target = panes.depth_pane.titleBarWidget() if by == "title" else panes.depth_view.image.viewport()
    double_click(target)
    still.until(lambda: panes.picture_pane.isHidden() and panes.cloud_pane.isHidden(), "the others to go")
    assert panes.depth_pane.isVisible()
    still.until(lambda: panes.depth_pane.width() > 0.9 * panes.width(), "the pane to fill the window")
    double_click(target)
    still.until(lambda: all(p.isVisible() for p in panes.panes), "the others to come back")


def test_the_3d_pane_can_be_maximised_too(still: Driver) -> None:
    panes = still.workspace.panes
    still.until(lambda: still.workspace.viewport is not None, "the 3D pane")
    assert still.workspace.viewport is not None
    double_click(still.workspace.viewport)
    still.until(panes.depth_pane.isHidden, "the others to go")
    double_click(still.workspace.viewport)
    still.until(panes.depth_pane.isVisible, "the others to come back")


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_hidden_pane_comes_back_from_the_view_menu(still: Driver, which: int) -> None:
    pane: Pane = still.workspace.panes.panes[which]
    hide = next(b for b in pane.titleBarWidget().findChildren(QToolButton) if b.toolTip().startswith("Hide"))
    hide.click()
    assert pane.isHidden()
    toggle = next(
        a for m in still.window.menuBar().actions() for a in m.menu().actions() if a is pane.toggleViewAction()
    )
    assert not toggle.isChecked()
    toggle.trigger()
    assert pane.isVisible()


def test_hiding_while_maximised_leaves_no_empty_window(still: Driver) -> None:
    panes = still.workspace.panes
    panes.toggle_maximised(panes.depth_pane)
    panes.depth_pane.close()
    still.do("reset_layout")
    still.until(lambda: all(p.isVisible() for p in panes.panes), "everything in its place")


def test_no_cloud_is_made_for_a_hidden_pane(still: Driver) -> None:
    still.workspace.panes.cloud_pane.hide()
    still.until_view(lambda v: v.cloud is None, "a view without a cloud")
    still.workspace.panes.cloud_pane.show()
    still.until_view(lambda v: v.cloud is not None, "the cloud again")


def test_the_cloud_is_painted(still: Driver) -> None:
    still.until(lambda: still.workspace.viewport is not None and len(still.workspace.viewport.cloud) > 1000, "a cloud")
    viewport = still.workspace.viewport
    assert viewport is not None
    if not viewport.available:
        pytest.skip("no OpenGL here")
    picture = pixels(viewport.grab_image()).astype(int)
    colourful = (picture.max(axis=2) - picture.min(axis=2)) > 30
    assert colourful.mean() > 0.05


def test_dark_and_light(still: Driver, photo: Path) -> None:
    def brightness() -> float:
        return float(pixels(still.window.address.grab().toImage()).mean())

    def contrast(widget: QToolButton) -> float:
        picture = pixels(widget.grab().toImage()).astype(float).mean(axis=2)
        return float(picture.max() - picture.min())

    hide = next(
        b
        for b in still.workspace.panes.depth_pane.titleBarWidget().findChildren(QToolButton)
        if b.toolTip().startswith("Hide")
    )
    for name, is_light in (("theme_light", True), ("theme_dark", False), ("theme_light", True), ("theme_dark", False)):
        still.do(name)
        still.until(lambda wanted=is_light: (brightness() > 128) == wanted, name)
        assert theme.is_dark() is not is_light
        assert contrast(hide) > 80, f"the pane's buttons can be seen in {name}"
        assert theme.colours()["canvas"] == still.workspace.panes.picture_view.backgroundBrush().color().name()
    play = still.window.actions_by_name["play"]
    expected = pixels(theme.icon("play").pixmap(20, 20).toImage())
    still.until(
        lambda: np.array_equal(pixels(play.icon().pixmap(20, 20).toImage()), expected),
        "the play sign, which a paused film shows in every theme",
    )


def test_full_screen_and_back(still: Driver) -> None:
    still.do("full_screen")
    still.until(still.window.isFullScreen, "full screen")
    still.do("full_screen")
    still.until(lambda: not still.window.isFullScreen(), "the window again")


def test_the_inspector_goes_and_comes_with_its_key(still: Driver) -> None:
    still.press(Qt.Key.Key_I)
    assert still.workspace.inspector.isHidden()
    still.press(Qt.Key.Key_I)
    assert still.workspace.inspector.isVisible()


def test_nothing_is_said_of_points_before_the_next_thing_is_seen(still: Driver, tmp_path: Path) -> None:
    viewport = still.workspace.viewport
    assert viewport is not None
    viewport.say_when_empty("Why the one before has no point.")
    still.open(tmp_path / "gone.mp4")
    still.until(lambda: len(viewport.cloud) == 0, "the old cloud to go")
    assert viewport._empty == ""
