"""The command around the stereo figures: what it compares, what it says, how it fails."""

import json
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks.stereo_edges import EdgeCase
from benchmarks.stereo_methods import Ours, settings, size_at_width, stock_sgbm
from benchmarks.stereo_pairs import Kind, KnownPair
from benchmarks.stereo_pictures import Window, strip
from benchmarks.stereo_quality import without_nan
from benchmarks.stereo_report import mean_bad, quality_rows, quality_tables
from benchmarks.stereo_warm import row_map
from depthview.engine.estimators.fit import Fit
from tests.engine.dot_pairs import flat_pair, texture

ROOT = Path(__file__).resolve().parents[2]
JUDGED = "ours, 640 wide, 10 it"


def score(bad: float) -> dict[str, float | None]:
    return {"bad": bad, "bad_seen": None, "error_px": 1.0, "unknown": 0.0, "sure": None, "bad_sure": None}


def figures(name: str, kind: Kind, **bad: float) -> dict[str, object]:
    names = {"sgbm": "OpenCV SGBM 3-way", "sgm": "DepthView SGM", "hitnet": "HITNet 240x320", "ours": JUDGED}
    names |= {f"it{n}": f"ours, 640 wide, {n} it" for n in (1, 2, 5, 20)}
    scores = {names[key]: score(value) for key, value in bad.items()}
    return {"name": name, "kind": str(kind), "wrong_px": kind.wrong_px, "scores": scores}


@pytest.mark.parametrize("size_hw", [(497, 741), (375, 450), (375, 1242), (1110, 1282), (1280, 720)])
@pytest.mark.parametrize("width", [320, 640])
def test_a_width_is_really_worked_at(size_hw: tuple[int, int], width: int) -> None:
    working = size_at_width(size_hw, width)
    assert (working[0] % 16, working[1]) == (0, width)
    content = Fit.inside(size_hw, working).content_hw
    assert content[1] == width
    assert content[0] == pytest.approx(size_hw[0] * width / size_hw[1], abs=1)


def test_each_setting_is_run_once_and_the_judged_one_always() -> None:
    for quick in (False, True):
        names = [setting.name for setting in settings(quick=quick)]
        assert len(set(names)) == len(names)
        assert Ours().name == JUDGED in names


def test_stock_matching_knows_nothing_at_the_left_border() -> None:
    pair = flat_pair(80, 160, 20)
    known = KnownPair("flat", pair.left, pair.right, np.full((80, 160), 20, np.float32), None)
    found = stock_sgbm(known)
    assert np.isnan(found[:, :30]).all()  # the range is 32
    assert np.nanmedian(np.abs(found - 20)) < 0.5


def test_the_wishes_are_about_what_others_made() -> None:
    pairs = [
        figures("cones", Kind.MIDDLEBURY, sgbm=0.2, sgm=0.1, hitnet=0.2, ours=0.12),
        figures("kitti", Kind.KITTI, sgbm=0.2, sgm=0.1, hitnet=0.3, ours=0.08),
        figures("room", Kind.DRAWN, sgbm=0.9, sgm=0.9, hitnet=0.9, ours=0.9),
    ]
    rows = {what: (measured, wanted) for what, measured, wanted in quality_rows(pairs)}
    assert rows["mean bad, ours / HITNet (2 given pairs)"] == ("10.0 % / 25.0 % = 0.40", "<= 0.75")
    assert rows["cones: ours, DepthView SGM"][0] == "12.0 %, 10.0 %"
    assert rows["mean bad, 1 Middlebury pairs (moonshot)"] == ("12.0 %", "< 8.0 %")
    assert not any(what.startswith("room") for what in rows)


def test_growth_with_iterations_is_told() -> None:
    better = figures("a", Kind.OTHER, it1=0.3, it2=0.2, it5=0.15, ours=0.14, it20=0.14)
    worse = figures("a", Kind.OTHER, it1=0.3, it2=0.2, it5=0.15, ours=0.16, it20=0.14)
    (good,) = [row for row in quality_rows([better]) if "iterations" in row[0]]
    (bad,) = [row for row in quality_rows([worse]) if "iterations" in row[0]]
    assert good[1] == "1: 30.0, 2: 20.0, 5: 15.0, 10: 14.0, 20: 14.0 (falls)"
    assert "does not fall" in bad[1]


def test_a_mean_over_some_of_the_pairs_is_none() -> None:
    pairs = [figures("a", Kind.OTHER, ours=0.1, hitnet=0.2), figures("b", Kind.OTHER, ours=0.1)]
    assert mean_bad(pairs, "HITNet 240x320") is None
    assert mean_bad(pairs, JUDGED) == pytest.approx(0.1)
    assert "-" in quality_tables(pairs)[0]


def test_json_knows_no_nan() -> None:
    assert json.dumps(without_nan({"a": [float("nan"), 1.5], "b": (2, None)})) == '{"a": [null, 1.5], "b": [2, null]}'


def test_rows_of_a_turned_and_lowered_eye_are_levelled() -> None:
    left = texture(300, 400)
    tilt, drop = 0.02, 9.0
    # The right eye: 12 px further left, its rows drop + tilt * x lower.
    lowered = cv2.warpAffine(left, np.asarray([[1, 0, -12], [tilt, 1, drop]]), (400, 300))
    level = row_map(left, np.asarray(lowered, np.uint8))
    for x, y in ((50, 60), (200, 150), (330, 240)):
        there = level @ (x, y, 1)
        assert there[0] == pytest.approx(x)
        # The point of the right eye at column x was at x + 12 in the left.
        assert there[1] == pytest.approx(y + tilt * (x + 12) + drop, abs=0.5)


def test_the_picture_shows_the_eye_the_truth_and_each_answer() -> None:
    pair = flat_pair(60, 80, 6)
    truth = np.tile(np.linspace(2, 20, 80, dtype=np.float32), (60, 1))
    known = KnownPair("flat", pair.left, pair.right, truth, None, Kind.DRAWN)
    unknown = np.full_like(truth, np.nan)
    picture = strip(
        EdgeCase(known, {}, {"ours": truth, "DepthView SGM": unknown}), Window(10, 20, 30, 40), titles=False
    )
    tiles = [picture[:60, at : at + 80] for at in range(0, 4 * 86, 86)]
    assert np.array_equal(tiles[0][::2, ::2], pair.left[10:40, 20:60])
    assert np.array_equal(tiles[1], tiles[2])
    assert len(np.unique(tiles[3].reshape(-1, 3), axis=0)) == 1


def test_without_graphs_the_command_says_so(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "benchmarks.stereo_quality",
        "--quick",
        "--only",
        "edges",
        "--graphs",
        str(tmp_path),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert str(tmp_path) in done.stderr
    assert "Traceback" not in done.stderr
