"""A folder of panoramas: what is made, what is not made again, and what a killed run leaves."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from depthview.engine.errors import Stopped, UserError
from depthview.engine.panorama.batch import Done, Order, State, jobs_in, make_all
from depthview.engine.panorama.estimating.opened_models import OpenedModels
from depthview.engine.panorama.keeping.folder import FACTS, files_of
from depthview.engine.panorama.keeping.surface_files import SurfaceKind
from depthview.engine.panorama.recipe import HeightScale, Levelling, Mask, ModelUse, Recipe
from depthview.engine.panorama.views import ViewSet
from depthview.engine.progress import Progress, StopToken
from tests.engine.panorama.readers import OpenedReaders, Reader, saved
from tests.engine.panorama.solids import Ball, Room, painted

HW = (64, 128)
RECIPE = Recipe((ModelUse("one"),), ViewSet.FAST, level=Levelling.OFF, refine=False)
ORDER = Order(RECIPE)
ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three rooms, in a folder with a page of notes."""
    folder = tmp_path / "photos 방"
    folder.mkdir()
    for number, name in enumerate(("a2.png", "a10.png", "b.png")):
        saved(folder, painted(Room(yaw_deg=10 * number), HW)).rename(folder / name)
    (folder / "notes.txt").write_text("not a photo")
    return folder


def made(photos: Path, out: Path, order: Order = ORDER, reader: Reader | None = None) -> list[Done]:
    return list(make_all(jobs_in(photos, out), order, OpenedReaders({"one": reader or Reader()})))


def states(done: list[Done]) -> list[State]:
    return [one.state for one in done]


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_every_photo_gets_a_folder_of_its_own_in_natural_order(photos: Path, tmp_path: Path) -> None:
    done = made(photos, tmp_path / "out")
    assert [one.job.photo.name for one in done] == ["a2.png", "a10.png", "b.png"]
    assert [one.job.folder.name for one in done] == ["a2", "a10", "b"]
    assert states(done) == [State.MADE] * 3
    for one in done:
        assert names(one.job.folder) == sorted([*files_of(), FACTS])
        facts = json.loads((one.job.folder / FACTS).read_text(encoding="utf-8"))
        assert facts["file"]["name"] == one.job.photo.name


def test_photos_of_one_name_do_not_share_a_folder(photos: Path, tmp_path: Path) -> None:
    for name in ("B.JPG", "b_jpg.png"):
        (photos / name).write_bytes((photos / "b.png").read_bytes())
    folders = [job.folder.name.casefold() for job in jobs_in(photos, tmp_path)]
    assert len(set(folders)) == len(folders) == 5


def test_what_is_finished_is_not_made_again(photos: Path, tmp_path: Path) -> None:
    out, reader = tmp_path / "out", Reader()
    made(photos, out)
    assert states(made(photos, out, reader=reader)) == [State.FINISHED] * 3
    assert not reader.pairs
    assert states(made(photos, out, replace(ORDER, again=True))) == [State.MADE] * 3


@pytest.mark.parametrize(
    "order",
    [
        Order(replace(RECIPE, masks=(Mask.SKY,))),
        Order(replace(RECIPE, scale=HeightScale(1.2))),
        Order(RECIPE, extras=(SurfaceKind.EXR,)),
    ],
)
def test_another_recipe_or_another_file_wanted_makes_all_again(photos: Path, tmp_path: Path, order: Order) -> None:
    out = tmp_path / "out"
    made(photos, out)
    assert states(made(photos, out, order)) == [State.MADE] * 3
    assert states(made(photos, out, order)) == [State.FINISHED] * 3


def test_files_that_the_last_recipe_does_not_give_are_gone(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    made(photos, out, Order(RECIPE, extras=(SurfaceKind.EXR,)))
    (out / "b" / "mine.txt").write_text("mine")
    made(photos, out, Order(replace(RECIPE, masks=())))
    assert names(out / "b") == sorted([*files_of(), FACTS, "mine.txt"])


def test_another_model_of_the_same_name_makes_all_again(photos: Path, tmp_path: Path) -> None:
    network = tmp_path / "net.onnx"
    network.write_bytes(b"first")

    class Filed(OpenedReaders):
        def file_of(self, use: ModelUse) -> Path:
            return network

    def again() -> list[State]:
        return states(list(make_all(jobs_in(photos, tmp_path / "out"), ORDER, Filed({"one": Reader()}))))

    assert again() == [State.MADE] * 3
    assert again() == [State.FINISHED] * 3
    network.write_bytes(b"the second")
    assert again() == [State.MADE] * 3


def change_photo(photos: Path, _folder: Path) -> None:
    image = painted(Ball(3.0), HW)
    image[20:40, 30:90] = 90
    saved(photos, image).rename(photos / "b.png")


def touch_photo(photos: Path, _folder: Path) -> None:
    os.utime(photos / "b.png", (1e9, 1e9))


def cut_file(_photos: Path, folder: Path) -> None:
    with (folder / "range.npy").open("r+b") as file:
        file.truncate(100)


def lose_file(_photos: Path, folder: Path) -> None:
    (folder / "cloud.ply").unlink()


def spoil_facts(_photos: Path, folder: Path) -> None:
    (folder / FACTS).write_text("[1, 2", encoding="utf-8")


def strange_facts(_photos: Path, folder: Path) -> None:
    (folder / FACTS).write_text('{"files": 3, "depthview": null}', encoding="utf-8")


@pytest.mark.parametrize(
    "damage", [change_photo, touch_photo, cut_file, lose_file, spoil_facts, strange_facts], ids=lambda f: f.__name__
)
def test_what_is_not_whole_or_not_of_this_photo_is_made_again(
    photos: Path, tmp_path: Path, damage: Callable[[Path, Path], None]
) -> None:
    out = tmp_path / "out"
    made(photos, out)
    damage(photos, out / "b")
    assert states(made(photos, out)) == [State.FINISHED, State.FINISHED, State.MADE]


def test_a_broken_photo_does_not_end_the_others(photos: Path, tmp_path: Path) -> None:
    (photos / "a10.png").write_bytes((photos / "b.png").read_bytes()[:200])
    (photos / "holiday.png").write_bytes(b"")
    done = made(photos, tmp_path / "out")
    assert states(done) == [State.MADE, State.FAILED, State.MADE, State.FAILED]
    assert all(one.fault is not None and str(one.job.photo) in str(one.fault) for one in done[1::2])
    assert not (tmp_path / "out" / "a10").exists()
    assert states(made(photos, tmp_path / "out")) == [State.FINISHED, State.FAILED, State.FINISHED, State.FAILED]


def test_a_model_that_cannot_be_opened_is_told_at_once(photos: Path, tmp_path: Path) -> None:
    order = Order(replace(RECIPE, models=(ModelUse("nothing"),)))
    with pytest.raises(UserError, match="There is no model called nothing"):
        next(make_all(jobs_in(photos, tmp_path / "out"), order, OpenedModels()))


def test_no_picture_in_the_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="There is no picture in this folder"):
        jobs_in(tmp_path, tmp_path / "out")
    with pytest.raises(UserError, match="There is no such"):
        jobs_in(tmp_path / "nowhere", tmp_path / "out")


def test_progress_and_stop_are_those_of_all_photos(photos: Path, tmp_path: Path) -> None:
    seen, stop = list[Progress](), StopToken()
    models = OpenedReaders({"one": Reader()})

    def stop_in_the_second(progress: Progress) -> None:
        seen.append(progress)
        if progress.done > 1.5:
            stop.stop()

    done = list[Done]()
    with pytest.raises(Stopped):
        done.extend(make_all(jobs_in(photos, tmp_path / "out"), ORDER, models, report=stop_in_the_second, stop=stop))
    assert states(done) == [State.MADE]
    assert all(progress.total == 3 for progress in seen)
    assert [progress.done for progress in seen] == sorted(progress.done for progress in seen)
    assert seen[-1].label.startswith("a10.png: ")
    rest = list(make_all(jobs_in(photos, tmp_path / "out"), ORDER, models, report=seen.append))
    assert states(rest) == [State.FINISHED, State.MADE, State.MADE]
    assert seen[-1].done == 3


_KILLED_WHILE_WRITING = """
import os, signal, sys
from pathlib import Path
from depthview.engine.atomic import atomic_path
from depthview.engine.panorama.keeping import folder as kept_folder
from tests.engine.panorama.test_batch import made
written = kept_folder.write_image

def die_in_the_second(path, image):
    if path.parent.name == "a10":
        with atomic_path(path) as temporary:
            temporary.write_bytes(b"half of it")
            os.kill(os.getpid(), signal.SIGKILL)
    written(path, image)

kept_folder.write_image = die_in_the_second
made(Path(sys.argv[1]), Path(sys.argv[2]))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")
@pytest.mark.parametrize("before", [False, True], ids=["first time", "over another recipe's results"])
def test_of_a_run_that_was_killed_no_half_result_is_taken_for_whole(photos: Path, tmp_path: Path, before: bool) -> None:
    out = tmp_path / "out"
    if before:
        made(photos, out, Order(replace(RECIPE, masks=())))
    ended = subprocess.run([sys.executable, "-c", _KILLED_WHILE_WRITING, photos, out], cwd=ROOT, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert (out / "a10" / "range.npy").exists(), "it was killed in the middle"
    assert FACTS not in names(out / "a10")
    reader = Reader()
    assert states(made(photos, out, reader=reader)) == [State.FINISHED, State.MADE, State.MADE]
    for folder in out.iterdir():
        assert names(folder) == sorted([*files_of(), FACTS]), "nothing half written is left"
    fresh = tmp_path / "fresh"
    made(photos, fresh)
    for job in jobs_in(photos, out):
        for name in files_of():
            assert (job.folder / name).read_bytes() == (fresh / job.folder.name / name).read_bytes()
