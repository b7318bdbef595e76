"""`depthview depth`: what it writes is right, read back by other readers, and nothing else is left lying about."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from PIL import Image as Pillow

from benchmarks.drawn_clips import Faults, draw_clip
from depthview.commands import depth as depth_command
from depthview.commands import depth_words
from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout, LayoutGuess
from depthview.engine.ply import read_ply
from depthview.engine.sources import SourceInfo, SourceKind
from tests.commands.runner import ROOT, names_in, refused, run, run_main
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import flat_pair
from tests.engine.live_fakes import PATIENCE_S
from tests.engine.movie.clips import patiently, stereo_clip
from training.room.truth import load_sample

DISPARITY_PX = 12
PAIR = flat_pair(120, 200, DISPARITY_PX)
STILL = ["cloud.ply", "depth.png", "disparity.npy", "mesh.glb", "preview.png"]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DEPTHVIEW_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def eyes(tmp_path: Path) -> tuple[Path, Path]:
    folder = tmp_path / "in 입체"
    folder.mkdir()
    paths = folder / "left eye.png", folder / "right eye.png"
    for path, image in zip(paths, (PAIR.left, PAIR.right), strict=True):
        Pillow.fromarray(image).save(path)
    return paths


@pytest.fixture
def packed(tmp_path: Path) -> Path:
    path = tmp_path / "packed.png"
    Pillow.fromarray(np.concatenate([PAIR.left, PAIR.right], axis=1)).save(path)
    return path


def written(folder: Path, said: dict[str, Any], names: list[str]) -> None:
    assert names_in(folder) == sorted(names)
    assert sorted(said["outputs"]) == sorted(str(folder / name) for name in names)


def test_a_pair_of_pictures_with_a_known_camera(eyes: tuple[Path, Path], tmp_path: Path) -> None:
    out = tmp_path / "out 결과" / "deep"
    outcome = run("depth", *eyes, "-o", out, "--baseline-m", 0.1, "--focal-px", 300, "--json")
    assert outcome.code == 0, outcome
    said = outcome.said
    written(out, said, STILL)
    assert said["layout"] == "separate"
    assert (said["size"], said["frames"], said["model"]) == ([120, 200], 1, "dv-stereo")
    assert said["resolution"] == [120, 200]
    assert 2 <= said["iterations"] <= 10
    assert said["warm_frames"] == 0
    assert 0 <= said["mean_confidence"] <= 1
    assert said["median_disparity_px"] == pytest.approx(DISPARITY_PX, abs=0.2)
    assert said["rig"]["assumed"] is False
    disparity = np.load(out / "disparity.npy", allow_pickle=False)
    assert (disparity.dtype, disparity.shape) == (np.float32, (120, 200))
    known = np.isfinite(disparity)
    assert said["known_share"] == pytest.approx(known.mean(), abs=1e-4)
    with Pillow.open(out / "depth.png") as picture:
        assert picture.mode == "I;16"
        millimetres = np.asarray(picture).astype(np.float64)
    assert (millimetres > 0).tolist() == known.tolist()
    np.testing.assert_allclose(millimetres[known], 1000 * 300 * 0.1 / disparity[known], atol=0.51)
    cloud = read_ply(out / "cloud.ply")
    assert not cloud.relative
    assert np.median(cloud.xyz_m[:, 2]) == pytest.approx(300 * 0.1 / DISPARITY_PX, rel=0.02)
    leftmost, rightmost = np.percentile(cloud.xyz_m[:, 0], (10, 90))
    assert rightmost - leftmost == pytest.approx(0.8 * 2.5 * 200 / 300, rel=0.05)
    with Pillow.open(out / "preview.png") as preview:
        assert preview.size[0] >= 2 * 200
        np.testing.assert_array_equal(np.asarray(preview)[:, :150], PAIR.left[:, :150])
    assert "guess" not in outcome.stderr


def test_without_a_camera_the_metres_are_called_a_guess(eyes: tuple[Path, Path], tmp_path: Path) -> None:
    outcome = run("depth", *eyes, "-o", tmp_path / "o")
    assert outcome.code == 0
    assert "\nMetres are a guess, since nothing is known of the camera: 65 mm" in "\n" + outcome.stderr
    assert outcome.stdout.startswith("1 frame, layout separate")
    assert read_ply(tmp_path / "o" / "cloud.ply").relative


def test_side_by_side_is_found_and_any_layout_can_be_told(packed: Path, tmp_path: Path) -> None:
    said = run("depth", packed, "-o", tmp_path / "o", "--layout", "sbs", "--json").said
    assert (said["layout"], said["layout_reason"]) == ("sbs", "as asked")
    assert said["median_disparity_px"] == pytest.approx(DISPARITY_PX, abs=0.2)
    half = run("depth", packed, "-o", tmp_path / "o", "--layout", "half-sbs", "--json").said
    assert half["size"] == [120, 400]
    assert half["median_disparity_px"] == pytest.approx(2 * DISPARITY_PX, abs=0.5)


def test_swapped_eyes_are_noticed_and_exchanged_or_left_on_demand(tmp_path: Path) -> None:
    """Of a scene in which things hide one another; of a flat wall nothing is sure."""
    pair = draw_clip((270, 480), 903, Faults()).pair(0)
    eyes = tmp_path / "left eye.png", tmp_path / "right eye.png"
    for path, image in zip(eyes, (pair.left, pair.right), strict=True):
        Pillow.fromarray(image).save(path)
    as_taken = run("depth", *eyes, "-o", tmp_path / "o", "--json")
    found = run("depth", eyes[1], eyes[0], "-o", tmp_path / "o", "--json")
    assert (found.said["swapped"], found.said["order_sure"], found.said["swap_proposed"]) == (True, True, False)
    assert "The eyes are exchanged: " in found.stderr
    assert found.said["median_disparity_px"] == pytest.approx(as_taken.said["median_disparity_px"], abs=0.2)
    left = run("depth", eyes[1], eyes[0], "-o", tmp_path / "o", "--no-swap", "--json")
    assert (left.said["swapped"], left.said["swap_proposed"]) == (False, True)
    assert "--swap" in left.stderr


def test_what_is_done_to_the_eyes_is_told_and_can_be_left(tmp_path: Path) -> None:
    barred = [np.pad(eye, ((16, 16), (0, 0), (0, 0))) for eye in (PAIR.left, PAIR.right)]
    path = tmp_path / "barred.png"
    Pillow.fromarray(np.concatenate(barred, axis=1)).save(path)
    command = ("depth", path, "--layout", "sbs", "--model", "sgm", "--json", "-o", tmp_path / "o")
    outcome = run(*command)
    assert outcome.said["bars"] == [16, 16, 0, 0]
    assert "Black bars are left out: 16 px above, 16 below, 0 left, 0 right (--no-bars)." in outcome.stderr
    disparity = np.load(tmp_path / "o/disparity.npy")
    assert disparity.shape == (152, 200)
    assert np.isnan(disparity[:16]).all(), "nothing is known of a bar"
    assert np.nanmedian(disparity) == pytest.approx(DISPARITY_PX, abs=0.2)
    assert run(*command, "--no-bars").said["bars"] == [0, 0, 0, 0]
    moved = run(*command, "--shift", "5").said
    assert moved["shift_px"] == -10
    assert moved["median_disparity_px"] == pytest.approx(DISPARITY_PX, abs=0.2), "what is moved is taken off again"
    assert run(*command, "--no-rows", "--no-colours", "--no-swap").said["rows"]["applied"] is False


def test_a_rig_beside_the_pictures_is_used_and_any_other_can_be_named(eyes: tuple[Path, Path], tmp_path: Path) -> None:
    calib = (
        "cam0=[300 0 99.5; 0 300 59.5; 0 0 1]\ncam1=[300 0 101.5; 0 300 59.5; 0 0 1]\n"
        "doffs=2\nbaseline=100\nwidth=200\nheight=120\nndisp=64\n"
    )
    (eyes[0].parent / "calib.txt").write_text(calib)
    command = ("depth", *eyes, "-o", tmp_path / "o", "--json")
    outcome = run(*command)
    rig = outcome.said["rig"]
    assert (rig["focal_px"], rig["doffs_px"], rig["assumed"]) == (300, 2, False)
    assert rig["baseline_m"] == pytest.approx(0.1)
    assert outcome.said["rig_from"] == "calib.txt lies beside the pictures"
    assert "guess" not in outcome.stderr
    for said, doubted in ((outcome.said, False), (run(*command, "-o", tmp_path / "bare", "--no-rig").said, True)):
        unsure = {**said, "rows": {**said["rows"], "applied": False, "trusted": False, "reason": "Unsure."}}
        told = depth_words.notes(unsure, None)
        assert ("Unsure (--rows)." in told) is doubted, "who measured the rig has settled the rows"
    with Pillow.open(tmp_path / "o/depth.png") as picture:
        metres = np.asarray(picture)[np.asarray(picture) > 0] / 1000
    assert np.median(metres) == pytest.approx(300 * 0.1 / (DISPARITY_PX + 2), rel=0.02)
    other = tmp_path / "other.txt"
    other.write_text(calib.replace("baseline=100", "baseline=50"))
    said = run(*command, "--rig", other, "--doffs-px", 0).said
    assert (said["rig"]["baseline_m"], said["rig"]["doffs_px"]) == (pytest.approx(0.05), 0)
    assert run(*command, "--baseline-m", 0.2).said["rig"]["baseline_m"] == pytest.approx(0.2), "by hand comes first"
    other.write_text("nothing of the kind")
    refused(run("depth", *eyes, "-o", tmp_path / "no", "--rig", other), "This holds no stereo calibration")
    assert not (tmp_path / "no").exists()


@pytest.mark.parametrize("more", [(), ("--every-frame",)])
def test_a_rig_that_is_none_is_refused_before_anything_is_opened(tmp_path: Path, more: tuple[str, ...]) -> None:
    command = ("depth", tmp_path / "nothing.mp4", "-o", tmp_path / "o", *more, "--rig")
    refused(run(*command, tmp_path), "This is a folder, and a calibration is a file")
    refused(run(*command, tmp_path / "rig.yml"), "There is no such file")
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize(
    ("options", "rig"),
    [
        (["--fov-deg", 90], {"focal_px": 100.0, "baseline_m": 0.065, "assumed": True}),
        (["--fov-deg", 90, "--baseline-m", 0.2], {"focal_px": 100.0, "baseline_m": 0.2, "assumed": False}),
        (["--focal-px", 250], {"focal_px": 250.0, "baseline_m": 0.065, "assumed": True}),
    ],
)
def test_the_camera_s_options(
    eyes: tuple[Path, Path], tmp_path: Path, options: list[object], rig: dict[str, Any]
) -> None:
    said = run("depth", *eyes, "-o", tmp_path / "o", *options, "--json").said
    for key, value in rig.items():
        assert said["rig"][key] == pytest.approx(value)


def test_what_is_too_far_is_left_out_of_everything_but_the_disparity(eyes: tuple[Path, Path], tmp_path: Path) -> None:
    camera = ("--baseline-m", 0.1, "--focal-px", 300)  # the wall is 2.5 m away
    out = tmp_path / "o"
    assert run("depth", *eyes, "-o", out, *camera, "--max-distance-m", 2).code == 0
    with Pillow.open(out / "depth.png") as picture:
        assert (np.asarray(picture) > 0).mean() < 0.02
    assert len(read_ply(out / "cloud.ply").xyz_m) < 0.02 * 120 * 200
    assert np.isfinite(np.load(out / "disparity.npy")).mean() > 0.8
    assert shown_share(out / "preview.png") < 0.02
    assert run("depth", *eyes, "-o", out, *camera, "--max-distance-m", 3).code == 0
    assert shown_share(out / "preview.png") > 0.8


def shown_share(path: Path) -> float:
    """How much of a preview's depth half has the colour of a distance: what is unknown is grey."""
    with Pillow.open(path) as picture:
        depth = np.asarray(picture)[30:90, 200:400].astype(int)
    return float((np.ptp(depth, axis=2) > 20).mean())


def test_resolution_model_and_iterations(eyes: tuple[Path, Path], tmp_path: Path) -> None:
    said = run("depth", *eyes, "-o", tmp_path / "o", "--resolution", "60x100", "--json").said
    assert said["resolution"] == [60, 100]
    assert said["median_disparity_px"] == pytest.approx(DISPARITY_PX, abs=0.5)
    for iterations in (3, 9):
        constant = np.full((60, 100), iterations, np.float32)
        graphs.constant_graph(tmp_path / "home/models" / f"net_iter{iterations}_60x100.onnx", constant)
    said = run("depth", *eyes, "-o", tmp_path / "o", "--model", "net", "--iterations", 8, "--json").said
    assert (said["model"], said["iterations"], said["resolution"]) == ("net", 9, [60, 100])
    assert said["median_disparity_px"] == pytest.approx(18)
    path = tmp_path / "home/models/net_iter3_60x100.onnx"
    said = run("depth", *eyes, "-o", tmp_path / "o", "--model", path, "--json").said
    assert said["median_disparity_px"] == pytest.approx(6)


def test_our_own_network_does_what_is_asked_and_says_what_it_did(eyes: tuple[Path, Path], tmp_path: Path) -> None:
    options = ("--iterations", 1, "--resolution", "90x150")
    said = run("depth", *eyes, "-o", tmp_path / "o", *options, "--json").said
    assert (said["model"], said["iterations"], said["resolution"]) == ("dv-stereo", 1, [90, 150])
    paced = run("depth", *eyes, "-o", tmp_path / "o", "--rate", "auto", "--json").said
    assert paced["iterations"] < 10, "what has to hurry begins with little"
    classical = run("depth", *eyes, "-o", tmp_path / "o", "--model", "sgm", "--json").said
    assert (classical["model"], classical["iterations"], classical["mean_confidence"]) == ("sgm", None, None)
    assert classical["median_disparity_px"] == pytest.approx(DISPARITY_PX, abs=0.2)


def test_points_that_are_not_sure_are_left_out_of_the_cloud_and_of_nothing_else(
    eyes: tuple[Path, Path], tmp_path: Path
) -> None:
    everything, nothing = tmp_path / "all", tmp_path / "none"
    assert run("depth", *eyes, "-o", everything).code == 0
    assert run("depth", *eyes, "-o", nothing, "--min-confidence", 1).code == 0
    assert len(read_ply(nothing / "cloud.ply").xyz_m) < 0.5 * len(read_ply(everything / "cloud.ply").xyz_m)
    for name in ("disparity.npy", "depth.png", "preview.png"):
        assert (everything / name).read_bytes() == (nothing / name).read_bytes()


def test_a_folder_of_pictures(tmp_path: Path) -> None:
    folder = tmp_path / "seq"
    folder.mkdir()
    packed = np.concatenate([PAIR.left, PAIR.right], axis=1)
    for n in range(3):
        Pillow.fromarray(np.roll(packed, n, axis=0)).save(folder / f"{n}_sbs.png")
    outcome = run("depth", folder, "-o", tmp_path / "o", "--layout", "sbs", "--json")
    assert outcome.code == 0, outcome
    assert outcome.said["frames"] == 3
    assert "preview.mp4" in names_in(tmp_path / "o")
    for n in range(3):
        disparity = np.load(tmp_path / "o" / f"disparity_{n:06d}.npy")
        assert np.nanmedian(disparity) == pytest.approx(DISPARITY_PX, abs=0.2)


def test_of_a_folder_it_is_told_in_how_many_pictures_something_was_done(tmp_path: Path) -> None:
    folder = tmp_path / "seq"
    folder.mkdir()
    bar, packed = np.zeros((16, 400, 3), np.uint8), np.concatenate([PAIR.left, PAIR.right], axis=1)
    for n in range(3):
        picture = np.concatenate([bar, packed, bar]) if n < 2 else np.concatenate([packed, packed[:32]])
        Pillow.fromarray(picture).save(folder / f"{n}_sbs.png")
    command = ("depth", folder, "-o", tmp_path / "o", "--layout", "sbs", "--model", "sgm", "--no-rows", "--no-colours")
    outcome = run(*command, "--json")
    prepared = outcome.said["prepared"]
    assert (prepared["frames"], prepared["bars"], prepared["rows"], prepared["colours"]) == (3, 2, 0, 0)
    assert outcome.said["bars"] == [0, 0, 0, 0], "the last one's"
    assert "Of 3 pictures: black bars left out in 2 (--no-bars)." in outcome.stderr


def test_the_sample_for_three_frames(tmp_path: Path) -> None:
    out = tmp_path / "o"
    outcome = run("depth", load_sample().clip, "-o", out, "--frames", 3, "--resolution", "240x320", "--json")
    said = outcome.said
    written(out, said, ["preview.mp4", *(f"disparity_{n:06d}.npy" for n in range(3))])
    assert (said["frames"], said["layout"], said["size"]) == (3, "sbs", [720, 1280])
    assert (said["model"], said["resolution"], said["warm_frames"]) == ("dv-stereo", [240, 320], 2)
    assert said["rig"]["focal_px"] == pytest.approx(1024), "the sample's camera is known"
    assert said["rig"]["assumed"] is False
    with av.open(str(out / "preview.mp4")) as film:
        times = [frame.time for frame in film.decode(video=0)]
        assert film.streams.video[0].width >= 2 * 1280
    assert times == pytest.approx([0, 1 / 24, 2 / 24], abs=1e-3)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--layout", "3d"], "There is no layout called 3d: choose auto, mono, sbs"),
        (["--resolution", "480"], "480 is no resolution: write height x width, such as 480x640."),
        (["--resolution", "9999x99999"], "A resolution of 9999x99999 cannot be worked at"),
        (["--model", "best"], "There is no model called best: choose one of dv-stereo, dv-mono, sgm"),
        (["--iterations", 33], "DepthView stereo takes 1 to 32 iterations, not 33: choose one of these."),
        (["--resolution", "4000x6000"], "DepthView stereo works at up to 1440x2560, not at 4000x6000"),
        (["--rate", "fast"], "fast is no rate: write depth maps a second, such as 12, or auto."),
        (["--rate", "-3"], "-3 is no rate"),
        (["--rate", "nan"], "nan is no rate"),
        (["--rate", "9000"], "A rate of 9000 pictures a second cannot be held"),
        (["--rate", "auto", "--model", "sgm"], "The model sgm cannot hold a rate: leave the rate out"),
        (["--min-confidence", 1.5], "A confidence of 1.5 does not exist: give 0 to 1."),
        (["--min-confidence", "nan"], "A confidence of nan does not exist"),
        (["--focal-px", 100, "--fov-deg", 60], "Focal length and field of view say the same thing"),
        (["--baseline-m", 0], "A baseline of 0.0 m is impossible"),
        (["--baseline-m", "nan"], "A baseline of nan m is impossible"),
        (["--focal-px", -3], "A focal length of -3.0 px is impossible"),
        (["--fov-deg", 180], "A field of view of 180.0 degrees is impossible here"),
        (["--doffs-px", "nan"], "An offset of nan px is impossible"),
        (["--shift", "much"], "much is no shift: write percent of the width, -50 to 50, or auto."),
        (["--shift", "51"], "51 is no shift"),
        (["--shift", "nan"], "nan is no shift"),
        (["--values", "npy"], "That is for whole movies, every frame of them: add --every-frame."),
        (["--anew"], "That is for whole movies"),
        (["--every-frame"], "One picture is no movie"),
        (["--every-frame", "--eye-distance", 2], "An eye distance needs a kind of film that shows it: add --eyes"),
        (["--every-frame", "--eyes", "sbs", "--eye-distance", -1], "An eye distance of -1.0 cannot be shown"),
        (["--every-frame", "--eyes", "sbs", "--screen", 2], "A screen at 2.0 does not exist"),
        (["--every-frame", "--depth", "none", "--no-preview"], "Nothing is left to write"),
        (["--max-distance-m", 0], "A maximum distance of 0.0 m leaves nothing"),
        (["--max-distance-m", "nan"], "A maximum distance of nan m leaves nothing"),
        (["--layout", "mono", "--model", "sgm"], "This picture shows one eye only"),
    ],
)
def test_what_cannot_be_meant_is_refused_before_anything_is_written(
    eyes: tuple[Path, Path], tmp_path: Path, options: list[object], sentence: str
) -> None:
    refused(run("depth", *eyes, "-o", tmp_path / "o", *options), sentence)
    assert not (tmp_path / "o").exists()
    as_json = run("depth", *eyes, "-o", tmp_path / "o", *options, "--json")
    assert as_json.code == 2
    assert as_json.said["error"].startswith(sentence)
    assert not (tmp_path / "o").exists()


@pytest.mark.parametrize("options", [["--frames", 0], ["--iterations", 0], ["--baseline-m", "wide"], ["--nonsense"]])
def test_what_typer_refuses_exits_with_2_as_well(eyes: tuple[Path, Path], options: list[object]) -> None:
    outcome = run("depth", *eyes, *options)
    assert outcome.code == 2
    assert "Traceback" not in outcome.stderr


def test_from_a_shell_the_last_line_is_the_object(packed: Path, tmp_path: Path) -> None:
    outcome = run_main("depth", packed.name, "--layout", "sbs", "--json", folder=tmp_path, home=tmp_path / "home")
    assert outcome.code == 0, outcome
    said = json.loads(outcome.stdout.splitlines()[-1])
    assert said["ok"] is True
    assert names_in(tmp_path / "depthview-output") == STILL
    refused_as_json = run_main("depth", "gone.png", "--json", folder=tmp_path, home=tmp_path / "home")
    assert refused_as_json.code == 2
    assert refused_as_json.said["error"].rstrip().endswith("gone.png")


def test_an_unknown_layout_of_a_still_that_looks_mono(tmp_path: Path) -> None:
    path = tmp_path / "one eye.png"
    Pillow.fromarray(PAIR.left[:, :160]).save(path)
    refused(run("depth", path, "--model", "dv-stereo", "-o", tmp_path / "o"), "This picture shows one eye only")
    assert not (tmp_path / "o").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGINT for one process")
def test_ctrl_c_in_the_middle_keeps_the_film_so_far(tmp_path: Path) -> None:
    out, count = tmp_path / "o", 600
    clip = stereo_clip(tmp_path / "clip.mp4", count)
    command = [sys.executable, str(ROOT / "main.py"), "depth", str(clip), "-o", str(out), "--json"]
    running = subprocess.Popen(
        [*command, "--frames", "100000", "--model", "sgm", "--layout", "sbs"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        # A job in the background ignores Ctrl-C, and so would what it starts.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    try:
        patiently(lambda: "disparity_000002.npy" in names_in(out), "a film in the making")
        assert any(name.startswith(".") for name in names_in(out)), "what is not finished does not have its name"
        running.send_signal(signal.SIGINT)
        stdout, stderr = running.communicate(timeout=PATIENCE_S)
    finally:
        running.kill()
        running.wait()
    assert running.returncode == 130
    assert stderr.strip().splitlines()[-1].startswith("Stopped: ")
    assert str(out / "preview.mp4") in stderr
    assert json.loads(stdout.splitlines()[-1])["error"].startswith("Stopped: ")
    frames = whole(out)
    assert 3 <= frames < count


def whole(folder: Path) -> int:
    """The frames of the film in `folder`, in which all is finished; a disparity for each, or but the last, is there."""
    with av.open(str(folder / "preview.mp4")) as film:
        frames = sum(1 for _frame in film.decode(video=0))
    disparities = [name for name in names_in(folder) if name.endswith(".npy")]
    assert names_in(folder) == [*disparities, "preview.mp4"], "nothing half-finished"
    assert len(disparities) in (frames, frames - 1)
    for name in disparities:
        np.load(folder / name, allow_pickle=False)
    return frames


class Fragile:
    """A source of three frames, and then of an error."""

    def __init__(self, kind: SourceKind, error: Exception) -> None:
        hint = LayoutGuess(Layout.SIDE_BY_SIDE, False, "made so", certain=True)
        self.info = SourceInfo(kind, "the far camera", "far", (120, 400), fps=25.0, hint=hint)
        self._image = np.concatenate([PAIR.left, PAIR.right], axis=1)
        self._error = error
        self._seq = 0

    def read(self) -> Frame:
        if self._seq == 3:
            raise self._error
        frame = Frame(self._image, None, self._seq, self._seq / 25, 0.0)
        self._seq += 1
        return frame

    def close(self) -> None:
        pass


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (UserError("The connection was lost: {path}", path="x"), 2, "The connection was lost: x"),
        (OSError(5, "gone"), 2, "This source cannot be read any further: open it again: the far camera"),
        (KeyboardInterrupt(), 130, "Stopped: 3 frame(s) are kept in "),
    ],
)
def test_a_source_that_is_lost_half_way_leaves_what_there_is(
    error: Exception, code: int, sentence: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(depth_command, "open_source", lambda _spec: Fragile(SourceKind.LIVE, error))
    outcome = run("depth", "camera:0", "-o", tmp_path / "o", "--frames", 9, "--json")
    assert outcome.code == code
    assert outcome.said["error"].startswith(sentence)
    assert f"3 frame(s) are kept in {tmp_path / 'o' / 'preview.mp4'}" in outcome.stderr
    assert whole(tmp_path / "o") == 3


def test_a_camera_wants_to_know_how_many_frames(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        depth_command, "open_source", lambda _spec: Fragile(SourceKind.LIVE, AssertionError("read without need"))
    )
    refused(run("depth", "camera:0", "-o", tmp_path / "o"), "This source never ends: say how many frames you want")
    assert not (tmp_path / "o").exists()
