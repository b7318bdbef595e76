"""What a movie's folder and a task's text may hold, and what of it is refused."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.camera import CameraChoice, StereoRig
from depthview.engine.errors import UserError
from depthview.engine.every_frame import Seen
from depthview.engine.movie.journal import JOURNAL, Journal, Part, read_journal, write_journal
from depthview.engine.movie.memory import read_memory, read_seen, write_memory, write_seen
from depthview.engine.movie.rig_mark import RigMark
from depthview.engine.movie.snapshot import TimeLeft
from depthview.engine.movie.task import DepthStorage, MovieOutputs, ValuesStorage
from depthview.engine.movie.task_text import plain_of, task_of
from depthview.engine.stereo.prepare.choices import PreparationChoices
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.views.eyes_format import EyesFormat
from depthview.engine.stereo.views.rerender import EyesChoice
from tests.engine.movie.clips import task_over

GOOD = {"format": 1, "asked": {}, "parts": [[0, 7, 0.0], [7, 5, 0.28]], "result": None, "rig": None}


def test_what_was_written_is_read(tmp_path: Path) -> None:
    mark = RigMark.of(StereoRig.from_fov((9, 16)))
    journal = Journal({"by": ["1"]}, rig=mark).with_part(Part(0, 7, 0.0)).with_part(Part(7, 240, 0.1 + 0.2))
    write_journal(tmp_path, journal)
    assert read_journal(tmp_path) == journal
    assert journal.frames == 247
    assert [path.name for path in tmp_path.iterdir()] == [JOURNAL]
    assert read_journal(tmp_path / "nowhere") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "\x00",
        "[" * 100_000,
        json.dumps({**GOOD, "format": 2}),
        json.dumps({**GOOD, "asked": []}),
        json.dumps({**GOOD, "result": {}}),
        json.dumps({**GOOD, "result": {"outputs": [1]}}),
        json.dumps({**GOOD, "parts": [[0, 7, 0.0], [8, 5, 0.28]]}),
        json.dumps({**GOOD, "parts": [[0, 0, 0.0]]}),
        json.dumps({**GOOD, "parts": [[0, 7, -1.0]]}),
        json.dumps({**GOOD, "parts": [[0, 7, float("nan")]]}),
        json.dumps({**GOOD, "parts": [[0, 7]]}),
        json.dumps({**GOOD, "parts": 3}),
        json.dumps({**GOOD, "result": 3}),
        json.dumps({**GOOD, "rig": 3}),
        json.dumps({**GOOD, "rig": {"name": "mine"}}),
        json.dumps({key: GOOD[key] for key in ("format", "asked", "parts")}),
    ],
)
def test_a_damaged_one_is_a_sentence(tmp_path: Path, text: str) -> None:
    (tmp_path / JOURNAL).write_text(text)
    with pytest.raises(UserError, match=r"cannot be read: choose another folder or begin again .*movie\.json$"):
        read_journal(tmp_path)
    (tmp_path / JOURNAL).write_text(json.dumps(GOOD))
    assert read_journal(tmp_path) is not None


def test_a_task_is_the_same_after_a_way_through_text(tmp_path: Path) -> None:
    turn = np.eye(3) + 1e-3 / 3
    rig = CalibratedRig(
        (480, 640), turn * 500, np.array([0.1, 1 / 3, 0, 0]), turn * 501, np.zeros(5), np.eye(3), np.array([-0.1, 0, 0])
    )
    task = task_over(tmp_path / "a film.mp4", tmp_path / "출력", frames=7, max_distance_m=4.5)
    road = replace(
        task.road,
        camera=CameraChoice(fov_deg=1 / 3, rig=StereoRig.from_fov((9, 16))),
        preparation=PreparationChoices(bars=False, shift_share=0.1, rig=rig),
    )
    eyes = EyesChoice(0.7, 0.2, EyesFormat.ANAGLYPH_DUBOIS)
    outputs = MovieOutputs(DepthStorage.PNG, values=ValuesStorage.EXR, clouds_every=3, eyes=eyes)
    task = replace(task, road=road, outputs=outputs, rig_file=tmp_path / "rig.yml")
    text = json.dumps(plain_of(task))
    back = task_of(json.loads(text))
    assert plain_of(back) == plain_of(task)
    assert replace(back, road=replace(back.road, preparation=UNTOUCHED_BUT)) == replace(
        task, road=replace(task.road, preparation=UNTOUCHED_BUT)
    )
    again = back.road.preparation.rig
    assert again is not None
    for name in ("left_matrix", "left_distortion", "right_matrix", "rotation", "translation_m"):
        np.testing.assert_array_equal(getattr(again, name), getattr(rig, name))
    for key in ("spec", "outputs", "frames"):
        with pytest.raises((ValueError, TypeError, KeyError)):
            task_of({**plain_of(task), key: "x"})


UNTOUCHED_BUT = PreparationChoices(bars=False)


@pytest.mark.parametrize("raw", [b"", b"PK", b"\x93NUMPY", bytes(1000)])
def test_a_scale_that_cannot_be_read_is_none(tmp_path: Path, raw: bytes) -> None:
    (tmp_path / "scale.0000007.npz").write_bytes(raw)
    assert read_memory(tmp_path, 7) is None
    assert read_memory(tmp_path, 8) is None


def test_a_scale_is_read_as_it_was_written(tmp_path: Path) -> None:
    from depthview.engine.frames import Meaning
    from depthview.engine.steady import GaugeMemory

    values = np.random.default_rng(1).normal(size=(5, 9)).astype(np.float32)
    memory = GaugeMemory("a model", Meaning.AFFINE_DEPTH, (50, 90), values, (values * 100).astype(np.int16), 1 / 3)
    write_memory(tmp_path, 7, memory)
    back = read_memory(tmp_path, 7)
    assert back is not None
    assert (back.model, back.meaning, back.size_hw, back.at_s) == ("a model", Meaning.AFFINE_DEPTH, (50, 90), 1 / 3)
    np.testing.assert_array_equal(back.values, memory.values)
    np.testing.assert_array_equal(back.look, memory.look)


def test_the_time_left_follows_the_newest_frames() -> None:
    left = TimeLeft()
    assert left.of(10) is None
    for at_s in (100.0, 130.0, 131.0):
        left.tick(at_s)
    assert left.of(None) is None
    assert left.of(10) == pytest.approx(155.0)
    for n in range(60):
        left.tick(132.0 + n)
    assert left.of(10) == pytest.approx(10.0), "a slow beginning is forgotten"
    left.rested()
    assert left.of(10) is None


def test_marks_of_no_place_are_none(tmp_path: Path) -> None:
    seen = Seen(69, 1.92, b"eyes")
    write_seen(tmp_path, 100, 48, seen)
    assert read_seen(tmp_path, 100) == (48, seen)
    (marks,) = tmp_path.glob("seen.*.json")
    for pts_s, index in (("NaN", "48"), ("1e999", "48"), ("1.92", "1e999"), ('"soon"', "48"), ("1.92", "null")):
        marks.write_text(f'{{"index": {index}, "seq": 69, "pts_s": {pts_s}}}')
        assert read_seen(tmp_path, 100) is None
