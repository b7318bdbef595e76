"""No half state is ever read: killed while it saves, cut, changed or of another training."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.capture.poses.posed import PosedPhotos
from depthview.engine.errors import UserError

torch = pytest.importorskip("torch")

from depthview.engine.capture.photos import room  # noqa: E402
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer  # noqa: E402
from depthview.engine.capture.training import state  # noqa: E402
from depthview.engine.capture.training.arrays_file import DamagedStateError, read_arrays, write_arrays  # noqa: E402
from depthview.engine.capture.training.loop import Training  # noqa: E402
from depthview.engine.capture.training.state import keep_state, load_state, resume, save_state  # noqa: E402
from tests.engine.capture.small_training import small_photos, small_settings, small_training  # noqa: E402

ROOT = Path(__file__).resolve().parents[3]
KILLS = 6
PATIENCE_S = 300


@pytest.fixture(scope="module")
def posed(tmp_path_factory: pytest.TempPathFactory) -> PosedPhotos:
    return small_photos(tmp_path_factory.mktemp("photos"), count=4)


@pytest.fixture(scope="module")
def rasterizer() -> Iterator[ProcessorRasterizer]:
    with ProcessorRasterizer(1) as opened:
        yield opened


@pytest.fixture
def fresh(posed: PosedPhotos, rasterizer: ProcessorRasterizer) -> Training:
    return small_training(posed, small_settings(1000), rasterizer)


def advanced(training: Training, steps: int) -> Training:
    for _ in range(steps):
        training.step()
    return training


def test_arrays_come_back_as_they_went(tmp_path: Path) -> None:
    arrays = {
        "a": np.arange(6, dtype=np.float32).reshape(2, 3),
        "none": np.zeros((0, 3), np.float32),
        "whole": np.array([[1, -2]], ">i8"),
        "turned": np.arange(6, dtype=np.float64).reshape(2, 3).T,
    }
    write_arrays(tmp_path / "file", {"n": 1, "text": "ä"}, arrays)
    about, back = read_arrays(tmp_path / "file")
    assert about == {"n": 1, "text": "ä"}
    assert back.keys() == arrays.keys()
    for name, array in arrays.items():
        assert np.array_equal(back[name], array)
        back[name] += 1  # its own memory, to be trained on


def test_a_file_cut_or_changed_anywhere_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_arrays(path, {"n": 1}, {"a": np.arange(50, dtype=np.float32)})
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        with pytest.raises(DamagedStateError):
            read_arrays(path)
    for at in range(0, len(whole), 3):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        with pytest.raises(DamagedStateError):
            read_arrays(path)


@pytest.mark.parametrize(
    "text",
    [
        b"[]",
        b"{}",
        b"\xff",
        b"[" * 100_000,
        b'{"about": {}, "arrays": [["a", "|O", [1]]]}',
        b'{"about": {}, "arrays": [["a", "<f4", [-1]]]}',
        b'{"about": {}, "arrays": [["a", "<f4", [99999999999, 99999999999]]]}',
        b'{"about": {}, "arrays": [["a", "<f4", "x"]]}',
        b'{"about": {}, "arrays": 3}',
    ],
)
def test_a_file_that_says_what_cannot_be_is_refused_without_taking_memory(tmp_path: Path, text: bytes) -> None:
    import zlib

    path = tmp_path / "file"
    body = b"DVARRAYS" + len(text).to_bytes(8, "little") + text
    path.write_bytes(body + zlib.crc32(body).to_bytes(4, "little"))
    with pytest.raises(DamagedStateError):
        read_arrays(path)


def test_the_two_newest_states_stay(fresh: Training, tmp_path: Path) -> None:
    for _ in range(4):
        keep_state(advanced(fresh, 1), 0.0, tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["iteration_000003.state", "iteration_000004.state"]


def test_no_more_states_lie_on_the_disk_at_once_than_there_is_room_for(
    fresh: Training, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = []

    def counted(training: Training, seconds: float, path: Path) -> None:
        save_state(training, seconds, path)
        counts.append(len(list(tmp_path.iterdir())))

    monkeypatch.setattr(state, "save_state", counted)
    for _ in range(5):
        keep_state(advanced(fresh, 1), 0.0, tmp_path)
    assert counts == [1, 2, 3, 3, 3]
    assert max(counts) == room._STATES


def test_a_damaged_state_is_passed_over_for_the_one_before(
    posed: PosedPhotos, rasterizer: ProcessorRasterizer, fresh: Training, tmp_path: Path
) -> None:
    keep_state(advanced(fresh, 2), 1.0, tmp_path)
    newest = keep_state(advanced(fresh, 2), 2.0, tmp_path)
    newest.write_bytes(newest.read_bytes()[:-100])
    (tmp_path / ".depthview-0123.state").write_bytes(b"half")
    other = small_training(posed, small_settings(1000), rasterizer)
    assert resume(other, tmp_path) == (1.0, [newest])
    assert other.iteration == 2
    assert [path.name for path in tmp_path.iterdir()] == ["iteration_000002.state"]


def test_with_none_left_it_begins_anew(fresh: Training, tmp_path: Path) -> None:
    broken = keep_state(advanced(fresh, 2), 1.0, tmp_path)
    broken.write_bytes(b"")
    before = fresh.iteration
    assert resume(fresh, tmp_path) == (0.0, [broken])
    assert fresh.iteration == before
    assert resume(fresh, tmp_path / "none") == (0.0, [])


def test_a_state_of_another_training_is_refused_and_kept(
    posed: PosedPhotos, rasterizer: ProcessorRasterizer, fresh: Training, tmp_path: Path
) -> None:
    path = keep_state(advanced(fresh, 2), 1.0, tmp_path)
    others = (
        small_training(posed, small_settings(2000), rasterizer),
        small_training(replace(posed, photos=posed.photos[1:]), small_settings(1000), rasterizer),
    )
    for other in others:
        with pytest.raises(UserError, match="other photos or of another training"):
            resume(other, tmp_path)
        assert other.iteration == 0
    assert path.exists()


def test_with_a_lower_cap_it_goes_on_with_the_most_opaque(
    posed: PosedPhotos, rasterizer: ProcessorRasterizer, fresh: Training, tmp_path: Path
) -> None:
    path = keep_state(advanced(fresh, 2), 1.0, tmp_path)
    lower = small_training(posed, small_settings(1000).with_cap(60), rasterizer)
    load_state(lower, path)
    assert (lower.iteration, lower.cap, len(lower.learnt)) == (2, 60, 60)
    lower.step()


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("gaussians.xyz", None),
        ("gaussians.xyz", np.zeros((3, 3), np.float32)),
        ("first.sh_rest", np.zeros((150, 8, 3), np.float32)),
        ("second.rotation", np.zeros((150, 4), np.float64)),
    ],
)
def test_a_whole_file_with_wrong_arrays_changes_nothing(
    fresh: Training, tmp_path: Path, name: str, array: np.ndarray | None
) -> None:
    path = tmp_path / "wrong.state"
    save_state(advanced(fresh, 1), 1.0, path)
    about, arrays = read_arrays(path)
    if array is None:
        del arrays[name]
    else:
        arrays[name] = array
    write_arrays(path, about, arrays)
    advanced(fresh, 1)
    before = {key: value.tobytes() for key, value in fresh.state()[1].items()}
    with pytest.raises(DamagedStateError):
        load_state(fresh, path)
    assert fresh.iteration == 2
    assert {key: value.tobytes() for key, value in fresh.state()[1].items()} == before


@pytest.mark.parametrize("value", [-1, 10**9, "1", 1.5, None, True])
def test_a_whole_file_with_wrong_numbers_is_refused(fresh: Training, tmp_path: Path, value: object) -> None:
    path = tmp_path / "wrong.state"
    save_state(advanced(fresh, 1), 1.0, path)
    about, arrays = read_arrays(path)
    write_arrays(path, about | {"iteration": value}, arrays)
    with pytest.raises(DamagedStateError):
        load_state(fresh, path)


SAVING = """
import os, random, signal, sys, time
from pathlib import Path
import torch
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer
from depthview.engine.capture.training.arrays_file import read_arrays
from depthview.engine.capture.training.state import keep_state, resume
from tests.engine.capture.small_training import small_photos, small_settings, small_training

torch.set_num_threads(1)  # a process with more of them cannot be forked
folder, kills = Path(sys.argv[1]), int(sys.argv[2])
posed, draw = small_photos(folder / "photos", count=4), random.Random(7)

def save_on_and_on(told):
    with ProcessorRasterizer(1) as rasterizer:
        training = small_training(posed, small_settings(100000), rasterizer)
        resume(training, folder / "state")
        os.write(told, b"%d\\n" % training.iteration)
        while True:
            training.step()
            keep_state(training, 0.0, folder / "state")
            os.write(told, b"%d\\n" % training.iteration)

saved = 0
for _ in range(kills):
    heard, told = os.pipe()
    child = os.fork()
    if not child:
        save_on_and_on(told)
    os.close(told)
    lines = os.fdopen(heard)
    begun = int(lines.readline())
    assert begun >= saved, f"{saved} was said to be saved, and it went on from {begun}"
    saved = int(lines.readline())
    time.sleep(draw.uniform(0, 0.3))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    saved = max([saved, *(int(line) for line in lines.read().splitlines() if line)])
    lines.close()
    for path in (folder / "state").glob("iteration_*.state"):
        assert read_arrays(path)[0]["iteration"] == int(path.stem[-6:])
print(saved)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_killed_at_any_moment_of_saving_nothing_that_was_saved_is_lost(tmp_path: Path) -> None:
    command = [sys.executable, "-c", SAVING, str(tmp_path), str(KILLS)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) >= KILLS
