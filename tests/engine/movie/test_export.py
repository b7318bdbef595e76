"""A whole movie: what is written is right, and a second run goes on where the first one ended."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.colour import lookup_table
from depthview.engine.depth_road import RoadChoices
from depthview.engine.errors import Stopped, UserError
from depthview.engine.exports import write_image
from depthview.engine.frames import Frame, Layout
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.models.usual import UsualModels
from depthview.engine.movie import export as export_room
from depthview.engine.movie.export import export_movie
from depthview.engine.movie.folder import asked_of, begun
from depthview.engine.movie.journal import read_journal
from depthview.engine.movie.standing import Standing, standing_of
from depthview.engine.movie.task import PICTURES_FPS, DepthStorage, MovieOutputs, ValuesStorage
from depthview.engine.movie.task_text import plain_of, task_of
from depthview.engine.ply import read_ply
from depthview.engine.sources import SourceInfo, open_source
from depthview.engine.stereo.prepare.preparer import EyesDecision
from depthview.engine.stereo.views.eyes_format import EyesFormat
from depthview.engine.stereo.views.rerender import EyesChoice
from tests.engine.coded_clips import write_clip
from tests.engine.movie.clips import (
    CAMERA,
    DEPTH_M,
    DISPARITY_PX,
    FPS,
    HW,
    Listener,
    files_in,
    film_of,
    side_by_side,
    stereo_clip,
    task_over,
    with_sound,
)
from tests.engine.pfm import read_pfm

COUNT = 30
VALUES = MovieOutputs(values=ValuesStorage.NPY)


@pytest.fixture(autouse=True)
def small_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(export_room, "_PART_FRAMES", 7)
    monkeypatch.setattr(export_room, "LEAD_IN", 3)


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return stereo_clip(tmp_path_factory.mktemp("clip") / "영화 1.mp4", COUNT)


@pytest.fixture(scope="module")
def whole(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Made in one go."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DEPTHVIEW_HOME", str(tmp_path_factory.mktemp("home")))
        folder = tmp_path_factory.mktemp("whole") / "out"
        export_movie(task_over(clip, folder, outputs=VALUES), **Listener().told)
        yield folder


def info_of(path: Path) -> SourceInfo:
    source = open_source((str(path),))
    source.close()
    return source.info


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_all_that_can_be_asked_for(clip: Path, tmp_path: Path) -> None:
    eyes = EyesChoice(0.5, None, EyesFormat.CROSS_EYE)
    outputs = MovieOutputs(coloured=True, values=ValuesStorage.PFM, clouds_every=10, eyes=eyes)
    out = tmp_path / "out"
    listener = Listener()
    result = export_movie(task_over(clip, out, outputs=outputs), **listener.told)
    films = ["coloured.mp4", "depth.mkv", "eyes-cross-eye.mp4", "preview.mp4"]
    assert names(out) == sorted([*films, "clouds", "movie.json", "values"])
    assert (result["frames"], result["resumed_from"], result["meaning"]) == (COUNT, 0, "disparity")
    assert {Path(path).name for path in result["outputs"]} == {*films, "clouds", "values"}
    assert listener.phases[-2:] == ["Joining the films", "Done"]
    expected_s = [n / FPS for n in range(COUNT)]
    times_s, depths = film_of(out / "depth.mkv", "gray16le")
    assert times_s == pytest.approx(expected_s, abs=2e-3)
    for name in (name for name in films if name.endswith("mp4")):
        assert film_of(out / name, "rgb24")[0] == pytest.approx(expected_s, abs=2e-3), name
    assert names(out / "clouds") == [f"cloud_{n:06d}.ply" for n in (0, 10, 20)]
    assert np.median(read_ply(out / "clouds/cloud_000010.ply").xyz_m[:, 2]) == pytest.approx(DEPTH_M, rel=0.03)
    assert names(out / "values") == [f"disparity_{n:06d}.pfm" for n in range(COUNT)]
    for n in (0, 13, COUNT - 1):
        disparity = read_pfm(out / f"values/disparity_{n:06d}.pfm")
        known = np.isfinite(disparity)
        assert np.median(disparity[known]) == pytest.approx(DISPARITY_PX, abs=0.2)
        assert (depths[n] > 0).tolist() == known.tolist()
        np.testing.assert_allclose(depths[n][known], 1000 * 16.0 / disparity[known], atol=0.51)
    picture = film_of(out / "preview.mp4", "rgb24")[1][5]
    assert np.abs(picture[:, : HW[1]].astype(int) - side_by_side(5)[:, : HW[1]]).mean() < 12
    coloured = film_of(out / "coloured.mp4", "rgb24")[1][5]
    assert coloured.shape[:2] == HW
    two = film_of(out / "eyes-cross-eye.mp4", "rgb24")[1][5].astype(int)
    assert two.shape[:2] == (HW[0], 2 * HW[1])
    assert np.abs(two[:, HW[1] + 10 : -10] - two[:, 10 : HW[1] - 10]).mean() < 12, "a flat wall lies on the screen"


def test_png_instead_of_a_film_and_values_as_exr(clip: Path, tmp_path: Path) -> None:
    import OpenEXR

    outputs = MovieOutputs(DepthStorage.PNG, preview=False, values=ValuesStorage.EXR)
    export_movie(task_over(clip, tmp_path / "o", outputs=outputs, frames=3), **Listener().told)
    assert names(tmp_path / "o") == ["depth", "movie.json", "values"]
    assert names(tmp_path / "o/depth") == [f"depth_{n:06d}.png" for n in range(3)]
    with OpenEXR.File(str(tmp_path / "o/values/disparity_000002.exr")) as file:
        assert np.nanmedian(file.channels()["Y"].pixels) == pytest.approx(DISPARITY_PX, abs=0.2)
        assert "envmap" not in file.header()


@pytest.mark.parametrize("stop_at", [1, 7, 20])
def test_a_movie_that_was_stopped_goes_on_and_ends_the_same(
    clip: Path, whole: Path, tmp_path: Path, stop_at: int
) -> None:
    out = tmp_path / "out"
    task = task_over(clip, out, outputs=VALUES)
    with pytest.raises(Stopped):
        export_movie(task, **Listener(stop_at).told)
    assert not (out / "preview.mp4").exists()
    first = {path.name: path.stat().st_mtime_ns for path in (out / "values").iterdir()}
    assert len(first) == stop_at
    result = export_movie(task, **Listener().told)
    assert (result["resumed_from"], result["frames"], result["frames_now"]) == (stop_at, COUNT, COUNT - stop_at)
    assert names(out) == names(whole) == ["depth.mkv", "movie.json", "preview.mp4", "values"]
    assert files_in(out / "values") == files_in(whole / "values")
    for name, changed in first.items():
        assert (out / "values" / name).stat().st_mtime_ns == changed, "nothing is written twice"
    for name, given in (("depth.mkv", "gray16le"), ("preview.mp4", "rgb24")):
        (times, images), (times_whole, images_whole) = film_of(out / name, given), film_of(whole / name, given)
        assert times == pytest.approx(times_whole, abs=2e-3)
        assert len(images) == COUNT
        if given == "gray16le":
            np.testing.assert_array_equal(images, images_whole)
        else:
            pictures, pictures_whole = (np.asarray(these, int)[:, :, : HW[1]] for these in (images, images_whole))
            assert np.abs(pictures - pictures_whole).mean() < 6, "a picture of the next moment differs by far more"


def test_what_the_eyes_are_taken_for_is_heard_before_the_long_work(clip: Path, tmp_path: Path) -> None:
    heard: list[EyesDecision] = []
    with pytest.raises(Stopped):
        export_movie(task_over(clip, tmp_path / "out", outputs=VALUES), **Listener(1).told, look=heard.append)
    assert [eyes.layout for eyes in heard] == [Layout.SIDE_BY_SIDE]


def test_what_is_estimated_once_more_is_said_and_rests_when_that_is_wished(clip: Path, tmp_path: Path) -> None:
    task = task_over(clip, tmp_path / "out", outputs=VALUES)
    with pytest.raises(Stopped):
        export_movie(task, **Listener(9).told)

    class Resting(Listener):
        """Wants to rest as soon as the first frame is estimated once more, and resumes when it does."""

        def report(self, progress: Any) -> None:
            super().report(progress)
            if progress.phase.endswith(": 1 of 3"):
                self.pause.pause()
            if progress.phase == "Paused":
                self.pause.resume()

    resting = Resting()
    assert export_movie(task, **resting.told)["resumed_from"] == 9
    again = [export_room._AGAIN.format(count=count, total=3) for count in (1, 2, 3)]
    begin = resting.phases.index(again[0])
    assert resting.phases[begin : begin + 5] == [again[0], "Paused", *again[1:], "Estimating depth"]


class Counting:
    """A source that tells how many frames were read from it."""

    def __init__(self, clip: Path) -> None:
        self._source, self.count = open_source(str(clip)), 0
        self.info, self.seek, self.close = self._source.info, self._source.seek, self._source.close

    def read(self) -> Any:
        item = self._source.read()
        self.count += isinstance(item, Frame)
        return item


def test_crooked_eyes_are_gone_on_with_without_looking_through_the_movie(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was seen of the eyes is kept: the values are the same to the bit, and what lies before is not decoded."""
    count, fps, primed = 30, 10, 2 * 10 + 1
    crooked = write_clip(tmp_path / "crooked.mp4", (crooked_eyes(n) for n in range(count)), fps=fps)
    road = RoadChoices(Layout.SIDE_BY_SIDE, None, CAMERA, steady=False)
    tasks = [replace(task_over(crooked, tmp_path / name, outputs=VALUES), road=road) for name in ("one", "two")]
    result = export_movie(tasks[0], **Listener().told)
    assert result["rows"]["applied"]
    assert result["colours"]["applied"]
    with pytest.raises(Stopped):
        export_movie(tasks[1], **Listener(26).told)
    kept = sorted(path.name for path in (tmp_path / "two/parts").glob("seen.*"))
    assert kept == ["seen.0000026.json", "seen.0000026.npz"], "only the newest"
    sources: list[Counting] = []
    monkeypatch.setattr(
        export_room, "open_source", lambda _spec, **_how: sources.append(Counting(crooked)) or sources[0]
    )
    assert export_movie(tasks[1], **Listener().told)["resumed_from"] == 26
    assert sources[0].count <= primed + (count - 26) + 9
    assert files_in(tmp_path / "one/values") == files_in(tmp_path / "two/values")


def test_a_record_of_what_was_seen_that_is_damaged_is_done_without(tmp_path: Path, clip: Path, whole: Path) -> None:
    task = task_over(clip, tmp_path / "o", outputs=VALUES)
    with pytest.raises(Stopped):
        export_movie(task, **Listener(20).told)
    (tmp_path / "o/parts/seen.0000020.npz").write_bytes(b"damaged")
    assert export_movie(task, **Listener().told)["resumed_from"] == 20
    assert files_in(tmp_path / "o/values") == files_in(whole / "values")


def crooked_eyes(number: int) -> NDArray[np.uint8]:
    """A scene that moves, seen by eyes of which the right one is turned and darker."""
    scene = known_scenes(1)[0].pair
    height, width = (side - side % 2 for side in scene.size_hw)
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), 1.2, 1.0)
    right = cv2.warpAffine(scene.right, turn, (width, height), borderMode=cv2.BORDER_REFLECT) * np.float32(0.8)
    eyes = (np.roll(eye[:height, :width], 2 * number, axis=1) for eye in (scene.left, right))
    return np.concatenate(list(eyes), axis=1).astype(np.uint8)


def test_a_slow_machine_makes_no_part_of_every_few_frames(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export_room, "_PART_FRAMES", 240)
    monkeypatch.setattr(export_room, "_PART_S", 0.0)
    export_movie(task_over(clip, tmp_path / "out"), **Listener().told)
    journal = read_journal(tmp_path / "out")
    assert journal is not None
    assert [part.frames for part in journal.parts] == [24, COUNT - 24]


def test_with_the_stabiliser_the_rest_is_nearly_the_same(clip: Path, tmp_path: Path) -> None:
    tasks = [task_over(clip, tmp_path / name, steady=True, outputs=VALUES) for name in ("one", "two")]
    export_movie(tasks[0], **Listener().told)
    with pytest.raises(Stopped):
        export_movie(tasks[1], **Listener(12).told)
    export_movie(tasks[1], **Listener().told)
    for n in range(COUNT):
        one, two = (np.load(task.folder / f"values/disparity_{n:06d}.npy") for task in tasks)
        assert np.nanpercentile(np.abs(one - two), 95) < 0.25, n


def test_what_is_finished_is_not_made_again(clip: Path, whole: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path: path.stat().st_mtime_ns for path in whole.rglob("*")}
    monkeypatch.setattr(export_room, "EveryFrame", None)
    listener = Listener()
    result = export_movie(task_over(clip, whole, outputs=VALUES), **listener.told)
    assert result["frames"] == COUNT
    assert listener.notices == [f"All of this movie is finished already: {whole}"]
    assert {path: path.stat().st_mtime_ns for path in whole.rglob("*")} == before


def test_a_finished_movie_may_be_moved_and_is_missed_where_a_part_of_it_is_gone(
    clip: Path, whole: Path, tmp_path: Path
) -> None:
    moved = tmp_path / "moved"
    shutil.copytree(whole, moved)
    result = export_movie(task_over(clip, moved, outputs=VALUES), **Listener().told)
    assert result["outputs"] == [str(moved / name) for name in ("preview.mp4", "depth.mkv", "values")]
    assert standing_of(task_over(clip, moved, outputs=VALUES), info_of(clip)) == Standing(COUNT, finished=True)
    (moved / "depth.mkv").unlink()
    assert standing_of(task_over(clip, moved, outputs=VALUES), info_of(clip)).lost == moved / "depth.mkv"
    with pytest.raises(UserError, match=r"^This movie was finished here, and a part of it .*depth\.mkv$"):
        export_movie(task_over(clip, moved, outputs=VALUES), **Listener().told)


def test_a_file_that_the_disk_never_had_is_written_again(clip: Path, whole: Path, tmp_path: Path) -> None:
    """A power cut leaves the name of what was not finished, and nothing in it."""
    task = task_over(clip, tmp_path / "o", outputs=VALUES)
    with pytest.raises(Stopped):
        export_movie(task, **Listener(9).told)
    (tmp_path / "o/values/disparity_000009.npy").write_bytes(b"")
    export_movie(task, **Listener().told)
    assert files_in(tmp_path / "o/values") == files_in(whole / "values")


def test_a_memory_that_cannot_be_removed_is_no_reason_to_end(
    clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Windows, while another program looks at the file."""

    def refuses(*_: object, **__: object) -> None:
        raise PermissionError(13, "in use")

    monkeypatch.setattr(export_room, "forget_memories", refuses)
    assert export_movie(task_over(clip, tmp_path / "o", frames=9), **Listener().told)["frames"] == 9


def test_another_movie_in_the_folder_is_refused_or_replaced(clip: Path, whole: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    shutil.copytree(whole, out)
    begun = task_over(clip, out, outputs=VALUES)
    crooked = replace(begun.road.preparation, rows=True)
    for other, why in (
        (
            replace(begun, spec=(str(stereo_clip(tmp_path / "other.mp4", 4)),)),
            f"Another movie, {clip.name}, was begun in",
        ),
        (replace(begun, spec=(str(stereo_clip(tmp_path / clip.name, 4)),)), f"{clip.name} is not what it was"),
        (replace(begun, outputs=MovieOutputs()), "This movie was begun with --values npy here: "),
        (replace(begun, frames=3), "This movie was begun without --frames 3 here: "),
        (replace(begun, road=replace(begun.road, swap=None)), "This movie was begun with --no-swap here: "),
        (replace(begun, road=replace(begun.road, steady=True)), "This movie was begun with --no-steady here: "),
        (replace(begun, road=replace(begun.road, preparation=crooked)), "This movie was begun with --no-rows here: "),
        (
            replace(begun, road=replace(begun.road, camera=None)),
            "This movie was begun with --baseline-m 0.1 and with --focal-px 160 here: ",
        ),
        (replace(begun, models=UsualModels()), "This movie was begun with --model sgm and "),
    ):
        with pytest.raises(UserError, match=f"^{re.escape(why)}.*out$"):
            export_movie(other, **Listener().told)
    assert len(files_in(out / "values")) == COUNT
    short = task_over(clip, out, outputs=VALUES, frames=3)
    assert export_movie(short, **Listener().told, anew=True)["frames"] == 3
    assert len(files_in(out / "values")) == 3
    assert len(film_of(out / "preview.mp4", "rgb24")[0]) == 3


def calib(baseline_mm: float) -> str:
    return f"cam0=[160 0 80; 0 160 45; 0 0 1]\ndoffs=0\nbaseline={baseline_mm}\nwidth=160\nheight=90\n"


@pytest.mark.parametrize("named", [False, True])
def test_a_movie_has_one_geometry(clip: Path, tmp_path: Path, named: bool) -> None:
    place = tmp_path / "in"
    place.mkdir()
    movie = Path(shutil.copy(clip, place))
    rig = tmp_path / "mine.txt" if named else place / "calib.txt"
    rig.write_text(calib(100))
    task = task_over(movie, tmp_path / "o", outputs=VALUES, rig_file=rig if named else None)
    with pytest.raises(Stopped):
        export_movie(task, **Listener(9).told)
    rig.write_text(calib(120))
    which = rf"the rig {re.escape(rig.name)} \(\w+\)"
    another = f"^This movie was begun with {which}, and now it would go on with {which}: "
    with pytest.raises(UserError, match=another):
        export_movie(task, **Listener().told)
    if not named:
        rig.unlink()
        with pytest.raises(UserError, match=r"and now it would go on with no measured rig: .*--anew: .*o$"):
            export_movie(task, **Listener().told)
    rig.write_text(calib(100) + "ndisp=64\n")
    assert export_movie(task, **Listener().told)["resumed_from"] == 9, "the same numbers are the same rig"
    assert export_movie(task, **Listener().told)["frames"] == COUNT
    rig.write_text(calib(120))
    with pytest.raises(UserError, match=another):
        export_movie(task, **Listener().told)
    assert export_movie(task, **Listener().told, anew=True)["rig"]["baseline_m"] == 0.1, "by hand comes first"


def test_frames_of_nobody_knows_what_are_left_alone(clip: Path, tmp_path: Path) -> None:
    strange = tmp_path / "out/values/disparity_000000.npy"
    strange.parent.mkdir(parents=True)
    strange.write_bytes(b"mine")
    with pytest.raises(UserError, match=r"^Frames of another movie lie here"):
        export_movie(task_over(clip, tmp_path / "out", outputs=VALUES), **Listener().told)
    assert strange.read_bytes() == b"mine"


def test_the_movie_s_sound_goes_with_what_is_to_look_at(clip: Path, tmp_path: Path) -> None:
    loud = with_sound(tmp_path / "loud.mp4", clip, COUNT / FPS)
    export_movie(task_over(loud, tmp_path / "o", frames=20), **Listener().told)
    with av.open(str(loud)) as film:
        original = [bytes(packet) for packet in film.demux(film.streams.audio[0]) if packet.size]
    with av.open(str(tmp_path / "o/preview.mp4")) as film:
        kept = [(float(p.pts * p.time_base), bytes(p)) for p in film.demux(film.streams.audio[0]) if p.size]
    assert kept[0][0] == pytest.approx(0, abs=0.05)
    assert 0.6 < kept[-1][0] <= 0.8, "as long as the pictures, and no longer"
    begin = original.index(kept[0][1])
    assert begin <= 2, "what a codec needs before the first picture may be left out"
    assert [data for _at, data in kept] == original[begin : begin + len(kept)], "as it was, not encoded again"
    with av.open(str(tmp_path / "o/depth.mkv")) as film:
        assert not film.streams.audio


def test_sound_that_an_mp4_cannot_hold_is_left_out_and_told(clip: Path, tmp_path: Path) -> None:
    loud = with_sound(tmp_path / "loud.mov", clip, 0.4, codec="pcm_mulaw")
    listener = Listener()
    export_movie(task_over(loud, tmp_path / "o", frames=4), **listener.told)
    assert any("no sound" in notice for notice in listener.notices)
    assert len(film_of(tmp_path / "o/preview.mp4", "rgb24")[0]) == 4


class Breaking:
    """A source that is lost after so many frames."""

    def __init__(self, clip: Path, after: int) -> None:
        self._source, self._left = open_source(str(clip)), after
        self.info = self._source.info
        self.close = self._source.close

    def read(self) -> Any:
        self._left -= 1
        if self._left < 0:
            raise OSError(5, "the disk was pulled out")
        return self._source.read()

    def seek(self, pts_s: float) -> None:
        self._source.seek(pts_s)


def test_a_source_that_is_lost_leaves_what_is_finished(
    clip: Path, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    task = task_over(clip, out, outputs=VALUES)
    with monkeypatch.context() as patch:
        # All of the clip is looked through first, its end included.
        patch.setattr(export_room, "open_source", lambda _spec, **_how: Breaking(clip, COUNT + 1 + 10))
        with pytest.raises(UserError, match=r"^This source cannot be read any further"):
            export_movie(task, **Listener().told)
    result = export_movie(task, **Listener().told)
    assert result["resumed_from"] == 10
    assert files_in(out / "values") == files_in(whole / "values")


def test_a_file_in_the_way_is_a_sentence(clip: Path, tmp_path: Path) -> None:
    (tmp_path / "o").mkdir()
    (tmp_path / "o/values").write_text("mine")
    with pytest.raises(UserError, match=r"^A file is in the way of this folder: choose another one: .*values$"):
        export_movie(task_over(clip, tmp_path / "o", outputs=VALUES), **Listener().told)
    (tmp_path / "file").write_text("mine")
    with pytest.raises(UserError, match=r"^A file is in the way"):
        export_movie(task_over(clip, tmp_path / "file"), **Listener().told)


def test_a_part_that_is_gone_is_a_sentence(clip: Path, tmp_path: Path) -> None:
    task = task_over(clip, tmp_path / "o")
    with pytest.raises(Stopped):
        export_movie(task, **Listener(9).told)
    (tmp_path / "o/parts/preview.0000000.mp4").unlink()
    with pytest.raises(UserError, match=r"^A part of what is finished is gone"):
        export_movie(task, **Listener().told)


def test_only_one_at_a_time(clip: Path, tmp_path: Path) -> None:
    class Second(Listener):
        fault: UserError | None = None

        def report(self, progress: Any) -> None:
            super().report(progress)
            if progress.done == 2 and self.fault is None:
                with pytest.raises(UserError) as caught:
                    export_movie(task_over(clip, tmp_path / "o"), **Listener().told)
                self.fault = caught.value

    second = Second()
    export_movie(task_over(clip, tmp_path / "o", frames=4), **second.told)
    assert str(second.fault).startswith("This movie is being made already")


def test_what_has_no_frames_to_go_through_is_refused(tmp_path: Path) -> None:
    from PIL import Image as Pillow

    Pillow.fromarray(side_by_side(0)).save(tmp_path / "still.png")
    with pytest.raises(UserError, match=r"^One picture is no movie: .*still\.png$"):
        export_movie(task_over(tmp_path / "still.png", tmp_path / "o"), **Listener().told)
    nothing = MovieOutputs(DepthStorage.NONE, preview=False)
    with pytest.raises(UserError, match=r"^Nothing is left to write"):
        export_movie(task_over(tmp_path / "still.png", tmp_path / "o", outputs=nothing), **Listener().told)
    assert not (tmp_path / "o").exists()


def test_a_folder_of_pictures_is_a_film(clip: Path, whole: Path, tmp_path: Path) -> None:
    """The same pictures as files: the same values, at the rate that is asked for; a picture more is another film."""
    pictures = tmp_path / "frames"
    pictures.mkdir()
    with av.open(str(clip)) as film:
        for number, frame in enumerate(film.decode(video=0)):
            write_image(pictures / f"frame {number}.png", frame.to_ndarray(format="rgb24"))
    out = tmp_path / "o"
    task = task_over(pictures, out, outputs=VALUES, fps=12.5)
    with pytest.raises(Stopped):
        export_movie(task, **Listener(16).told)
    (pictures / "one more.png").write_bytes((pictures / "frame 0.png").read_bytes())
    with pytest.raises(UserError, match=r"^frames is not what it was"):
        export_movie(task, **Listener().told)
    (pictures / "one more.png").unlink()
    result = export_movie(task, **Listener().told)
    assert (result["resumed_from"], result["frames"], result["each_alone"]) == (16, COUNT, False)
    assert files_in(out / "values") == files_in(whole / "values")
    for name, given in (("depth.mkv", "gray16le"), ("preview.mp4", "rgb24")):
        assert film_of(out / name, given)[0] == pytest.approx([n / 12.5 for n in range(COUNT)], abs=2e-3)
    with pytest.raises(UserError, match=r"--fps 12\.5"):
        begun(out, asked_of(replace(task, fps=None), info_of(pictures)))
    usual = [asked_of(replace(task, fps=fps), info_of(pictures)) for fps in (PICTURES_FPS, None)]
    assert usual[0] == usual[1], "what is usual may be said or left out"
    with pytest.raises(UserError, match=r"^A video has its own times, and --fps is for folders"):
        export_movie(task_over(clip, tmp_path / "other", fps=12.5), **Listener().told)


def test_colours_are_those_that_were_asked_for(clip: Path, tmp_path: Path) -> None:
    """In a range that begins beyond the wall's own disparity it has the far end's colour, in every frame."""
    outputs = MovieOutputs(DepthStorage.NONE, False, True, colour_map="viridis", limits=(DISPARITY_PX + 1, 40))
    assert outputs.any
    assert not replace(outputs, coloured=False).any
    task = task_over(clip, tmp_path / "o", outputs=outputs, frames=5)
    assert task_of(plain_of(task)) == task
    export_movie(task, **Listener().told)
    far = lookup_table("viridis")[0].astype(int)
    for picture in film_of(tmp_path / "o/coloured.mp4", "rgb24")[1]:
        assert np.abs(np.median(picture[20:-20, 40:-20], axis=(0, 1)) - far).max() < 8


def test_depth_without_a_unit_keeps_its_scale_over_the_break(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A network that chooses another scale and offset for every picture, as such networks do."""
    from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
    from depthview.engine.frames import Meaning, StereoPair

    class Breathing:
        info = EstimatorInfo("breathing", Selection("breathing"), "CPU", eyes=1, meaning=Meaning.RELATIVE_INVERSE_DEPTH)

        def estimate(self, pair: StereoPair) -> Estimate:
            moment = round(pair.pts_s * FPS)
            ramp = np.linspace(1, 3, HW[1], dtype=np.float32)[None].repeat(HW[0], axis=0)
            scale = np.float32(1 + 0.3 * np.sin(moment))
            noise = np.random.default_rng(moment).normal(0, 0.02, HW).astype(np.float32)
            return Estimate((ramp + noise) * scale + np.float32(moment % 3), meaning=Meaning.RELATIVE_INVERSE_DEPTH)

        def close(self) -> None:
            pass

    class Only:
        def __init__(self, *_: object) -> None:
            pass

        def of(self, _eyes: int) -> Breathing:
            return Breathing()

        def close(self) -> None:
            pass

    monkeypatch.setattr(export_room, "EstimatorsByEyes", Only)
    still = write_clip(tmp_path / "clip.mp4", [side_by_side(0)[:, : HW[1]]] * COUNT, fps=FPS)
    road = RoadChoices(Layout.MONO, steady=False)
    tasks = [replace(task_over(still, tmp_path / name, outputs=VALUES), road=road) for name in ("one", "two")]
    export_movie(tasks[0], **Listener().told)
    with pytest.raises(Stopped):
        export_movie(tasks[1], **Listener(16).told)
    assert list((tmp_path / "two/parts").glob("scale.*")) == [tmp_path / "two/parts/scale.0000016.npz"]
    listener = Listener()
    export_movie(tasks[1], **listener.told)
    assert listener.notices == [export_room._NO_METRES]
    assert names(tmp_path / "two") == ["movie.json", "preview.mp4", "values"], "no metres, no film of them"
    assert names(tmp_path / "two/values") == [f"relative_{n:06d}.npy" for n in range(COUNT)]
    assert files_in(tmp_path / "one/values") == files_in(tmp_path / "two/values")
    medians = [np.median(np.load(path)) for path in sorted((tmp_path / "two/values").iterdir())]
    assert np.ptp(medians) < 0.1, "it does not breathe"
