"""Rows of pairs that people took by hand, and of such as somebody rectified: benchmarks.stereo_rectification has more.

Of the photos 0.66 to 0.94 px were measured after evening, and 1.8 to 2.8 times as many pixels that pass the left-right
check; of the clips' moments 0.37 to 0.90, and one of 1.23.
"""

from dataclasses import replace
from functools import lru_cache

import pytest

from benchmarks.real_eyes import STEREO, RealEyes, real_eyes
from benchmarks.stereo_rectification import corner_rows, rows_of
from depthview.engine.stereo.matching.matches import find_matches
from depthview.engine.stereo.rectification.rows import RowsJudge

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not STEREO.is_dir(), reason=f"no real data at {STEREO}"),
]

PHOTOS = tuple(f"phone_stereo/{name}" for name in ("cupandearphone", "eevee", "paperbag", "totoro"))
CLIPS = ("video", "video2", "unified")
RECTIFIED = ("middlebury2003_cones", "middlebury_v3_motorcycle_Q", "middlebury2006_bowling", "sceneflow_dmb_0")


@lru_cache(maxsize=1)
def sources() -> dict[str, RealEyes]:
    return {eyes.name: eyes for eyes in real_eyes()}


@pytest.mark.parametrize("name", PHOTOS)
def test_photos_are_evened_to_less_than_a_pixel_and_more_of_them_matches(name: str) -> None:
    (row,) = rows_of(sources()[name])
    assert row.verdict == "evened"
    assert row.before_px is not None
    assert row.before_px > 3
    assert row.after_px is not None
    assert row.after_px < 1
    assert row.held_share > 0.8
    assert row.evened_share > 1.4 * row.raw_share


@pytest.mark.parametrize("name", CLIPS)
def test_every_moment_of_a_clip_is_evened_and_more_of_it_matches(name: str) -> None:
    eyes = sources()[name]
    for row in rows_of(replace(eyes, pairs=eyes.pairs[::2])):
        assert row.verdict == "evened"
        assert row.after_px is not None
        assert row.after_px < 1.3
        assert row.evened_share > 1.4 * row.raw_share


@pytest.mark.parametrize("name", [*RECTIFIED, "the sample"])
def test_what_is_rectified_is_left_alone(name: str) -> None:
    judge = RowsJudge()
    for pair in sources()[name].pairs:
        judge.look(find_matches(pair))
        verdict = judge.verdict
        assert verdict.warp is None
        assert verdict.trusted
        assert verdict.before_px is not None
        assert verdict.before_px < 0.8


def test_a_boards_corners_confirm_what_the_rest_of_the_pictures_said() -> None:
    """The USB camera's eyes stand side by side but 3.5 px apart in height; the board itself is left out of the fit."""
    views = [eyes for name, eyes in sources().items() if name.startswith("usb ")][::4]
    rows_px = corner_rows(views, "usb ")
    assert rows_px["views"] >= 4
    assert rows_px["raw"] > 3
    assert rows_px["warped"] < 1
