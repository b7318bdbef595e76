"""From photos to a job: what the dialog says of what was brought, and what it asks for."""

import errno
import shutil
import threading
from collections import namedtuple
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import shiboken6
from PySide6.QtCore import Qt, QUrl
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QDoubleSpinBox, QLineEdit, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from depthview.engine.capture.photos import preflight
from depthview.engine.capture.poses.settings import Mapper, Matcher
from depthview.engine.capture.rasterizers import gsplat
from depthview.engine.capture.training.presets import Preset, settings_for
from depthview.engine.capture.training.settings import StrategyName
from depthview.ui import dialogs
from depthview.ui.capture_memory import CaptureChoice
from tests.engine.capture.photo_files import write_photos
from tests.engine.coded_clips import coded_image, write_clip
from tests.window.driver import PATIENCE_MS
from tests.window.new_job_hands import AS_EVER, Hands, plain

KERMIT = Path(__file__).parents[3] / "shared" / "data" / "photos" / "kermit_11"
PREVIEW, FULL = (settings_for(preset, cuda=False) for preset in (Preset.PREVIEW, Preset.FULL))


NewHands = Callable[..., Hands]


@pytest.fixture
def hands(nothing_left: None, qtbot: QtBot) -> Iterator[NewHands]:
    made: list[Hands] = []

    def make(*inputs: Path, choice: CaptureChoice = AS_EVER) -> Hands:
        made.append(Hands(qtbot, list(inputs), choice))
        return made[-1]

    yield make
    for one in made:
        one.leave()


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Four photos, which is few but enough."""
    write_photos(tmp_path / "garden", 4)
    return tmp_path / "garden"


@pytest.mark.skipif(not KERMIT.is_dir(), reason="the real photos are not here")
def test_real_photos_start_at_once_with_enter(hands: NewHands, home: Path) -> None:
    at = hands(KERMIT)
    at.until_startable()
    assert at.dialog.brought.text() == "11 photos · 1.9 MB · 640 × 480 px"
    assert at.dialog.strip.count == 11
    assert at.hints == ["There are only 11 photos: with 30 or more the scene gets better"]
    assert at.dialog.room.text().startswith("Needs up to 0.")
    assert at.dialog.runs_on.text() == "Training will run on the processor."
    asked = at.start()
    assert (asked.training, asked.poses.inputs) == (PREVIEW, (KERMIT,))
    assert (asked.poses.max_size_px, asked.poses.max_splats) == (PREVIEW.max_size_px, PREVIEW.max_splats)
    assert at.wanted[0][0] == "kermit_11"
    assert at.wanted[0][2] == AS_EVER
    assert not (home / "jobs").exists(), "looking leaves nothing behind"
    at.until(lambda: not shiboken6.isValid(at.dialog), "the dialog to go")


def test_everything_that_is_chosen_is_asked_for(hands: NewHands, photos: Path, tmp_path: Path) -> None:
    at = hands(photos)
    more = at.dialog.more
    at.until_startable()
    QTest.mouseClick(at.dialog.more_fold, Qt.MouseButton.LeftButton)
    at.dialog.preset.button(Preset.FULL).click()
    assert "10\u202f000, 20\u202f000 and 30\u202f000" in at.dialog.preset.words(Preset.FULL)
    at.enter(more.iterations, "12345")
    at.enter(more.max_splats, "70000")
    at.enter(more.max_size_px, "800")
    at.pick(more.strategy, StrategyName.CLASSIC)
    at.pick(more.matcher, Matcher.LIKENESS)
    at.pick(more.mapper, Mapper.GLOBAL)
    more.exposures.click()
    more.loose.click()
    QTest.keyClicks(more.name, "Our garden")
    QTest.keyClicks(more.folder, str(tmp_path / "elsewhere"))
    assert "12\u202f345 iterations, at most 70\u202f000 splats" in at.dialog.preset.words(Preset.FULL)
    asked = at.start()
    want = replace(FULL, iterations=12_345, max_splats=70_000, max_size_px=800)
    assert asked.training == replace(want, strategy=StrategyName.CLASSIC, exposures=True)
    poses = asked.poses
    assert (poses.matcher, poses.mapper, poses.loose) == (Matcher.LIKENESS, Mapper.GLOBAL, True)
    assert (poses.max_size_px, poses.max_splats) == (800, 70_000)
    name, _asked, choice = at.wanted[0]
    assert (name, choice.jobs_folder) == ("Our garden", str(tmp_path / "elsewhere"))
    again = hands(photos, choice=choice)
    QTest.keyClicks(again.dialog.more.name, "Our garden")
    assert again.start() == asked, "what was chosen is chosen again"
    assert again.wanted[0][2] == choice


def test_numbers_follow_the_preset_until_they_are_changed(hands: NewHands, photos: Path) -> None:
    at = hands(photos)
    more, preset = at.dialog.more, at.dialog.preset
    at.until_startable()
    assert more.iterations.value() == PREVIEW.iterations
    preset.button(Preset.FULL).click()
    assert (more.iterations.value(), more.max_splats.value()) == (FULL.iterations, FULL.max_splats)
    assert not more.as_preset.isEnabled()
    more.iterations.setValue(20_000)
    more.as_preset.click()
    assert more.iterations.value() == FULL.iterations
    more.iterations.setValue(20_000)
    preset.button(Preset.FULL).click()
    assert more.iterations.value() == 20_000, "it was chosen already"
    preset.button(Preset.PREVIEW).click()
    assert at.start().training == PREVIEW


def test_with_a_graphics_card_the_numbers_are_its(
    hands: NewHands, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is started with the processor's numbers by mistake, while the card is still being asked for."""
    answered = threading.Event()
    monkeypatch.setattr(gsplat, "why_not", lambda: None if answered.wait(PATIENCE_MS / 1000) else "too late")
    at = hands(photos)
    at.until(lambda: at.dialog.room.text(), "what it needs")
    assert not at.dialog.start_button.isEnabled()
    assert at.dialog.doing.text() == "Asking for the graphics card…"
    answered.set()
    at.until_startable()
    assert at.dialog.runs_on.text() == "Training will run on the graphics card."
    assert at.start().training == settings_for(Preset.PREVIEW, cuda=True)


def test_one_photo_is_too_few_and_more_may_come(hands: NewHands, photos: Path, tmp_path: Path) -> None:
    at = hands(photos / "p00.jpg")
    at.until_refused("1 photo(s) cannot be put together")
    assert at.drop(*(QUrl.fromLocalFile(str(photos / name)) for name in ("p01.jpg", "p02.jpg")))
    assert at.fault == "", "what was said of the one photo is not true of three"
    assert at.start().poses.inputs == tuple(photos / f"p0{number}.jpg" for number in range(3))


def test_web_addresses_are_no_photos(hands: NewHands) -> None:
    assert not hands().drop(QUrl("https://example.invalid/garden.jpg"))


def test_copies_of_one_photo(hands: NewHands, photos: Path, tmp_path: Path) -> None:
    copies = tmp_path / "copies"
    copies.mkdir()
    for number in range(10):
        shutil.copy(photos / "p00.jpg", copies / f"{number}.jpg")
    hands(copies).until_refused("All 10 photos show the same from the same place")


def test_a_folder_without_photos(hands: NewHands, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").touch()
    at = hands(tmp_path)
    at.until_refused(f"There are no photos in this folder: choose the folder that holds them: {tmp_path}")


def test_long_names_do_not_widen_it(hands: NewHands, tmp_path: Path) -> None:
    folder = tmp_path / ("x" * 200)
    folder.mkdir()
    (folder / ("y" * 200 + ".jpg")).write_bytes(b"not a picture")
    at = hands(folder)
    at.until_refused("None of the 1 photos can be read")
    assert at.dialog.findings.fault.width() <= at.dialog.width()
    assert at.dialog.findings.fault.minimumSizeHint().width() <= at.dialog.findings.fault.width()


def test_unreadable_files_are_left_out_and_named(hands: NewHands, photos: Path) -> None:
    (photos / "cut.jpg").write_bytes((photos / "p00.jpg").read_bytes()[:300])
    (photos / "note.png").write_text("not a picture")
    at = hands(photos)
    at.until_startable()
    fold = at.dialog.findings.left_out
    assert fold.text() == "2 files are left out"
    lines = plain(at.dialog.findings.unused).splitlines()
    assert [line.partition(":")[0] for line in lines] == ["cut.jpg", "note.png"]
    assert not any(str(photos) in line for line in lines)
    assert at.dialog.brought.text().startswith("4 photos")
    height = at.dialog.height()
    QTest.mouseClick(fold, Qt.MouseButton.LeftButton)
    at.until(lambda: at.dialog.height() > height, "room for the list")


def test_a_video_is_asked_for_frames(hands: NewHands, tmp_path: Path) -> None:
    clip = tmp_path / "walk.mp4"
    write_clip(clip, [coded_image(number) for number in range(40)])
    at = hands(clip)
    at.until_startable()
    height, width = coded_image(0).shape[:2]
    assert at.dialog.brought.text().startswith("walk.mp4 · ")
    assert at.dialog.brought.text().endswith(f"{width} × {height} px")
    QTest.mouseClick(at.dialog.more_fold, Qt.MouseButton.LeftButton)
    assert at.dialog.more.frame_count.isVisible()
    at.enter(at.dialog.more.frame_count, "20")
    assert at.start().poses.frame_count == 20


def test_photos_have_no_frames_and_a_video_beside_them_is_not_used(
    hands: NewHands, photos: Path, tmp_path: Path
) -> None:
    clip = tmp_path / "walk.mp4"
    write_clip(clip, [coded_image(number) for number in range(4)])
    at = hands(photos, clip)
    at.until_startable()
    assert "A scene is made from photos or from one video: walk.mp4 is not used" in at.hints
    QTest.mouseClick(at.dialog.more_fold, Qt.MouseButton.LeftButton)
    assert not at.dialog.more.frame_count.isVisible()


def test_a_place_that_cannot_be_written_to_is_said_and_another_is_right(
    hands: NewHands, photos: Path, tmp_path: Path
) -> None:
    at = hands(photos, choice=CaptureChoice(jobs_folder=str(photos / "p00.jpg")))
    at.until(lambda: "A file is in the way of this folder" in plain(at.dialog.room.text()), "the refusal")
    assert not at.dialog.start_button.isEnabled()
    folder = at.dialog.more.folder
    QTest.mouseClick(at.dialog.more_fold, Qt.MouseButton.LeftButton)
    folder.setFocus()
    folder.selectAll()
    QTest.keyClicks(folder, str(tmp_path / "new"))
    QTest.keyClick(folder, Qt.Key.Key_Tab)
    at.start()
    assert at.wanted[0][2].jobs_folder == str(tmp_path / "new")


def test_no_permission_and_no_room(hands: NewHands, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the system says where nothing may be written, also to root; and a disk that is nearly full."""
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage(10 << 30, 9 << 30, 100 << 20))
    at = hands(photos)
    at.until(lambda: "0.1 GiB are free: free some space" in plain(at.dialog.room.text()), "the refusal")
    assert not at.dialog.start_button.isEnabled()

    def refuse(self: Path, *_args: object, **_how: object) -> None:
        raise OSError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "touch", refuse)
    at.dialog.preset.button(Preset.FULL).click()
    at.until(lambda: "This folder may not be written to" in plain(at.dialog.room.text()), "the other refusal")
    assert not at.dialog.start_button.isEnabled()


def test_it_begins_with_nothing_and_photos_can_be_chosen(
    hands: NewHands, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = hands()
    assert not at.dialog.start_button.isEnabled()
    monkeypatch.setattr(dialogs, "choose_photos_folder", lambda _parent, _folder: [])
    at.dialog.add_folder.click()
    assert at.dialog.inputs == ()
    monkeypatch.setattr(dialogs, "choose_photos", lambda _parent, _folder: [str(photos / "p01.jpg")])
    asked: list[str] = []

    def choose_folder(_parent: QWidget, folder: str) -> list[str]:
        asked.append(folder)
        return [str(photos)]

    monkeypatch.setattr(dialogs, "choose_photos_folder", choose_folder)
    at.dialog.add_photos.click()
    at.dialog.add_folder.click()
    assert asked == [str(photos)], "choosing goes on where the photo lay"
    at.until_startable()
    assert at.dialog.brought.text().startswith("4 photos"), "one of them was brought twice"


@pytest.mark.parametrize("with_its_window", [False, True])
def test_it_may_be_closed_while_it_looks(
    hands: NewHands, photos: Path, monkeypatch: pytest.MonkeyPatch, with_its_window: bool
) -> None:
    """Nobody waits for what looks at the photos then."""
    closed = threading.Event()
    real = preflight.preflight

    def held_up(*inputs: Any, **how: Any) -> preflight.Preflight:
        assert closed.wait(PATIENCE_MS / 1000)
        return real(*inputs, **how)

    monkeypatch.setattr(preflight, "preflight", held_up)
    at = hands(photos)
    assert at.dialog.work.is_looking
    if with_its_window:
        at.owner.close()
    else:
        QTest.keyClick(at.dialog, Qt.Key.Key_Escape)
    at.until(lambda: not shiboken6.isValid(at.dialog), "the dialog to go")
    closed.set()
    at.until(lambda: not [t for t in threading.enumerate() if t.name == "depthview-preflight"], "its thread to end")
    assert at.wanted == []


def test_every_control_is_reached_by_the_keyboard_and_has_a_name(hands: NewHands, photos: Path) -> None:
    at = hands(photos)
    at.until_startable()
    QTest.mouseClick(at.dialog.more_fold, Qt.MouseButton.LeftButton)
    at.dialog.activateWindow()
    reached: list[QWidget] = []
    at.dialog.preset.button(Preset.PREVIEW).setFocus()
    at.until(lambda: at.dialog.focusWidget() is not None, "the keyboard")
    for _ in range(60):
        focused = at.dialog.focusWidget()
        assert focused is not None
        if focused in reached:
            break
        reached.append(focused)
        at.dialog.focusNextChild()
    kinds = (QDoubleSpinBox, QComboBox, QCheckBox, QLineEdit, QRadioButton)
    more = at.dialog.more
    fields = [field for field in more.findChildren(QWidget) if isinstance(field, kinds) and field.isVisible()]
    inner = [box.lineEdit() for box in more.findChildren(QDoubleSpinBox)]
    for field in fields:
        if field in inner:
            continue
        assert field in reached, field.accessibleName()
        assert field.accessibleName()
        assert field.toolTip()
    assert at.dialog.start_button in reached
    QTest.keyClick(at.dialog.preset.button(Preset.PREVIEW), Qt.Key.Key_Down)
    assert at.dialog.preset.button(Preset.FULL).isChecked()
    assert at.start().training == FULL
