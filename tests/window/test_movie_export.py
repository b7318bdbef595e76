"""A whole movie from the window: asked once, made beside it, and gone on with where it stopped."""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QToolButton

from depthview.engine.colour import lookup_table
from depthview.engine.movie.journal import read_journal
from depthview.engine.movie.task import DepthStorage, MovieOutputs, ValuesStorage
from depthview.engine.stereo.views.rerender import EyesChoice
from depthview.ui.jobs import Job
from depthview.ui.live.movie.dialog import MovieDialog
from tests.window.driver import PATIENCE_MS, Driver
from tests.window.stereo_pictures import clip_disparity_px, write_clip, write_photo

NewWindow = Callable[[], Driver]
VALUES = MovieOutputs(DepthStorage.NONE, preview=False, values=ValuesStorage.NPY)
FRAMES, LONG, PICTURES = 24, 80, 5
_PATIENCE = 2
"""A process takes a while to begin on a crowded machine: so many times as long as a window usually gets."""


@pytest.fixture
def patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.window.driver.PATIENCE_MS", _PATIENCE * PATIENCE_MS)


@pytest.fixture
def film(tmp_path: Path) -> Path:
    return write_clip(tmp_path / "wall_sbs.mkv", frames=FRAMES)


@pytest.fixture
def long_film(tmp_path: Path) -> Path:
    """So long that what is wished on the way is heard before its end, however the window is held up."""
    return write_clip(tmp_path / "wall_sbs.mkv", frames=LONG)


def asked(at: Driver) -> MovieDialog:
    """The dialog, once it knows what lies in its folder."""
    at.do("export_movie")
    assert at.window.live.movies is not None
    dialog = at.window.live.movies.dialog
    assert dialog is not None
    at.until(lambda: dialog.says.text() != "", "what lies in the folder")
    return dialog


def ask_for(at: Driver, dialog: MovieDialog, outputs: MovieOutputs) -> None:
    dialog.choices.show_outputs(outputs)
    dialog.choices.changed.emit()
    at.until(lambda: dialog.says.text() != "", "what lies in the folder")


def begin(at: Driver, dialog: MovieDialog) -> Job:
    at.until(dialog.start.isEnabled, "the button")
    dialog.start.click()
    at.until(lambda: not dialog.isVisible(), "the beginning")
    (job,) = at.window.jobs.running
    return job


def done(job: Job) -> float:
    return job.progress.done if job.progress is not None else 0


@pytest.mark.usefixtures("patient")
def test_all_frames_are_written_as_they_play(at: Driver, film: Path) -> None:
    at.open(film)
    at.until_depth()
    at.do("swap")  # whatever is in force goes along
    at.until_view(lambda v: bool(np.nanmedian(v.depth.values) < 0), "eyes the other way round")
    dialog = asked(at)
    assert dialog.where == film.parent / "wall_sbs-depth"
    ask_for(at, dialog, replace(VALUES, preview=True))
    begin(at, dialog)
    at.until_phase("paused")
    at.until_said(f"The movie is written: {FRAMES} frames in wall_sbs-depth")
    at.until_phase("playing")
    at.do("play")
    at.until_phase("paused")
    folder = film.parent / "wall_sbs-depth"
    files = sorted((folder / "values").iterdir())
    assert len(files) == FRAMES
    for number in (0, FRAMES - 1):
        assert np.nanmedian(np.load(files[number])) == pytest.approx(-clip_disparity_px(number), abs=1.0)
    with av.open(str(folder / "preview.mp4")) as preview:
        assert sum(1 for _ in preview.decode(video=0)) == FRAMES
    again = asked(at)
    assert again.says.text() == "All of it is here already."


@pytest.mark.usefixtures("patient")
def test_it_begins_with_what_is_seen(at: Driver, film: Path) -> None:
    """Colour map, a range that is held, the size worked at, a step that is off: each can be chosen otherwise there."""
    at.open(film)
    at.until_depth()
    inspector = at.workspace.inspector
    at.choose(inspector.colour_map, "viridis")
    inspector.nearest.show_number(20.0)
    inspector.farthest.show_number(4.0)
    inspector.farthest.changed.emit(4.0)
    at.until(lambda: at.workspace.look.limits == (4.0, 20.0), "a range that is held")
    sizes = inspector.models.resolution
    at.choose(sizes, next(sizes.itemText(i) for i in range(sizes.count()) if i != sizes.currentIndex()))
    inspector.eyes.steady.box.click()
    dialog = asked(at)
    fields = dialog.choices.colours
    assert (dialog.choices.outputs.colour_map, dialog.choices.outputs.limits) == ("viridis", (4.0, 20.0))
    assert fields.held.text() == "from 4.0 px to 20.0 px"
    assert at.window.live.movies is not None
    task = at.window.live.movies._task
    assert task is not None
    assert task.models.two_eyes.size_hw == sizes.currentData()
    assert task.road.steady is False
    fields.held.click()
    assert dialog.choices.outputs.limits is None
    fields.held.click()
    dialog.choices.coloured.setChecked(True)
    dialog.choices.preview.setChecked(False)
    dialog.choices.millimetres.setChecked(False)
    at.until(lambda: dialog.says.text() != "", "what lies in the folder")
    begin(at, dialog)
    at.until_said(f"The movie is written: {FRAMES} frames")
    with av.open(str(film.parent / "wall_sbs-depth/coloured.mp4")) as written:
        pictures = [frame.to_ndarray(format="rgb24") for frame in written.decode(video=0)]
    for number in (0, FRAMES - 1):
        share = (clip_disparity_px(number) - 4) / (20 - 4)
        expected = lookup_table("viridis")[round(255 * share)]
        wall = np.median(pictures[number][10:60, 60:260], axis=(0, 1))
        assert np.abs(wall - expected.astype(float)).max() < 14, number
    at.choose(inspector.colour_map, "magma")
    assert asked(at).choices.outputs.colour_map == "viridis", "what was made here is what is meant"


@pytest.mark.usefixtures("patient")
def test_it_rests_stops_and_goes_on(at: Driver, long_film: Path) -> None:
    at.open(long_film)
    at.until_depth()
    dialog = asked(at)
    ask_for(at, dialog, VALUES)
    job = begin(at, dialog)
    at.until(lambda: done(job) >= 2, "the first frames")
    pause = row_button(at, "Let this rest")
    pause.click()
    at.until(lambda: job.progress is not None and job.progress.label == "Paused", "a rest")
    rested = done(job)
    journal = read_journal(long_film.parent / "wall_sbs-depth")
    assert journal is not None
    assert journal.frames == rested, "what is finished is safe while it rests"
    job.cancel()
    at.until(lambda: not at.window.jobs.running, "its end")
    assert at.until_said("are kept").startswith(f"Stopped. {rested:g} frames")
    at.until_phase("playing")

    dialog = asked(at)
    assert dialog.choices.outputs == VALUES, "what was begun here is what is meant"
    assert dialog.says.text() == f"{rested:g} of {LONG} frames are there: it goes on from there."
    assert dialog.start.text() == "Go on"
    begin(at, dialog)
    at.until_said(f"The movie is written: {LONG} frames")
    assert len(list((long_film.parent / "wall_sbs-depth" / "values").iterdir())) == LONG


def row_button(at: Driver, words: str) -> QToolButton:
    def found() -> list[QToolButton]:
        return [button for button in at.window.jobs.findChildren(QToolButton) if button.toolTip().startswith(words)]

    at.until(lambda: bool(found()), f"a button {words!r}")
    return found()[0]


@pytest.mark.usefixtures("patient")
def test_closing_ends_it_and_another_window_goes_on(new_window: NewWindow, long_film: Path) -> None:
    at = new_window()
    at.open(long_film)
    at.until_depth()
    dialog = asked(at)
    ask_for(at, dialog, VALUES)
    job = begin(at, dialog)
    at.until(lambda: done(job) >= 3, "the first frames")
    assert job.pause is not None
    job.pause.pause()
    at.until(lambda: job.progress is not None and job.progress.label == "Paused", "what is safe")
    kept = done(job)
    at.leave()
    at = new_window()
    at.open(long_film)
    at.until_depth()
    assert asked(at).says.text().startswith(f"{kept:g} of {LONG} frames are there")


def test_what_lies_in_the_folder_is_told_before_anything_is_done(at: Driver, film: Path) -> None:
    at.open(film)
    at.until_depth()
    strangers = film.parent / "strangers" / "values"
    strangers.mkdir(parents=True)
    (strangers / "disparity_000000.npy").write_bytes(b"of another movie")
    dialog = asked(at)
    assert "another day" in dialog.says.text()
    dialog.folder.setText(str(strangers.parent))
    dialog.folder.editingFinished.emit()
    at.until(lambda: "Something else lies" in dialog.says.text(), "the warning")
    assert not dialog.start.isEnabled()
    dialog.anew.setChecked(True)
    assert dialog.start.isEnabled()
    ask_for(at, dialog, MovieOutputs(DepthStorage.NONE, preview=False))
    assert dialog.says.text() == "Nothing is chosen to be written."
    assert not dialog.start.isEnabled()
    dialog.close()


def test_what_is_asked_for_other_eyes_is_what_the_command_line_asks(at: Driver, film: Path) -> None:
    at.open(film)
    at.until_depth()
    dialog = asked(at)
    choices, fields = dialog.choices, dialog.choices.eyes_fields
    assert "a guess" in choices.millimetres.text(), "nobody measured this camera"
    assert "field of view" in choices.millimetres.toolTip()
    choices.eyes.setChecked(True)
    assert choices.outputs.eyes == EyesChoice(1.5)
    assert fields.screen_plane.text() == "auto"
    names = {label.text() for label in fields.findChildren(QLabel)}
    assert names == {"Eye distance", "Screen"}
    fields.screen_plane.setValue(25)
    assert choices.outputs.eyes == EyesChoice(1.5, 0.25)
    choices.show_outputs(MovieOutputs(eyes=EyesChoice(2.0, 1.0)))
    assert (fields.distance.value(), fields.screen_plane.number) == (2.0, 100)
    choices.show_outputs(MovieOutputs(eyes=EyesChoice(0.5, 0.0)))
    assert fields.screen_plane.number == 0, "the farthest, not as usual"
    ask_for(at, dialog, MovieOutputs(eyes=EyesChoice(0.5)))
    assert choices.outputs.eyes == EyesChoice(0.5)
    dialog.close()


def test_only_a_film_is_offered(at: Driver, tmp_path: Path) -> None:
    at.open(write_photo(tmp_path / "wall.png"))
    at.until_depth()
    at.press(Qt.Key.Key_I)  # the window has looked at what can be done
    assert not at.window.actions_by_name["export_movie"].isEnabled()


@pytest.mark.usefixtures("patient")
def test_a_folder_of_pictures_is_a_film_at_the_rate_that_is_asked_for(at: Driver, tmp_path: Path) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for number in range(PICTURES):
        write_photo(pictures / f"wall{number}_sbs.png", shift_px=clip_disparity_px(4 * number))
    at.open(pictures)
    at.until_depth()
    dialog = asked(at)
    assert dialog.where == tmp_path / "pictures-depth"
    assert dialog.about.text().startswith(f"{PICTURES} frames")
    assert not dialog.fps.isHidden()
    assert dialog.fps.text() == "24 a second", "as on the command line"
    dialog.fps.setValue(12.5)
    ask_for(at, dialog, replace(VALUES, preview=True))
    begin(at, dialog)
    at.until_said(f"The movie is written: {PICTURES} frames")
    with av.open(str(tmp_path / "pictures-depth" / "preview.mp4")) as preview:
        times = [frame.time for frame in preview.decode(video=0)]
    assert times == pytest.approx([number / 12.5 for number in range(PICTURES)], abs=1e-3)
    values = sorted((tmp_path / "pictures-depth" / "values").iterdir())
    for number, file in enumerate(values):
        assert np.nanmedian(np.load(file)) == pytest.approx(clip_disparity_px(4 * number), abs=1.0)
    again = asked(at)
    assert again.fps.value() == 12.5, "what was made here is what is meant"
    assert again.says.text() == "All of it is here already."
    shutil.rmtree(tmp_path / "pictures-depth" / "values")
    again.folder.editingFinished.emit()
    at.until(lambda: "values was taken away" in again.says.text().replace("\u200b", ""), "what is missing")
    assert not again.start.isEnabled()
    again.anew.setChecked(True)
    assert again.start.isEnabled()
    again.fps.setValue(24)
    at.until(lambda: "at another speed" in again.says.text(), "that it is another film")
    assert not again.start.isEnabled()
    again.close()


def test_a_film_has_its_own_times(at: Driver, film: Path) -> None:
    at.open(film)
    at.until_depth()
    dialog = asked(at)
    assert not dialog.fps.isVisible()
    assert dialog.wish is not None
    assert dialog.wish.fps is None
    dialog.close()


def test_what_was_chosen_stays_where_nothing_can_be_written(at: Driver, film: Path) -> None:
    at.open(film)
    at.until_depth()
    dialog = asked(at)
    ask_for(at, dialog, VALUES)
    (film.parent / "a file").write_bytes(b"")
    dialog.folder.setText(str(film.parent / "a file" / "movie"))
    dialog.folder.editingFinished.emit()
    at.until(lambda: "a file" in dialog.says.text().replace("\u200b", ""), "why not")
    assert not dialog.start.isEnabled()
    good = film.parent / "disk" / "movie"
    good.parent.mkdir()
    dialog.folder.setText(str(good))
    dialog.folder.editingFinished.emit()
    at.until(dialog.start.isEnabled, "a good place")
    good.parent.rmdir()
    good.parent.write_bytes(b"")  # it is gone when it is to begin
    dialog.start.click()
    at.until(lambda: "movie" in dialog.says.text() and not dialog.start.isEnabled(), "why not")
    assert dialog.isVisible()
    assert not at.window.jobs.running
    assert dialog.choices.outputs == VALUES, "nothing of it is lost"
    dialog.close()
