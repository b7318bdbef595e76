"""Depth of clips whose camera stands still, or sways a little: it flickers at most half as much.

The figures themselves are made by `python -m benchmarks.stereo_flicker`; here they are held, on fewer frames.
"""

import pytest

from benchmarks.stereo_flicker import MODELS, WINDOW, measure_clip
from benchmarks.stereo_flicker_clips import MOTORCYCLE, ROBOT, robot_film, room_pairs, still_photographs

FRAMES = 3 * WINDOW
MATCHING, _, ONE_EYE = (selection.model_id for selection in MODELS)


@pytest.mark.real
@pytest.mark.skipif(not MOTORCYCLE.is_dir(), reason=f"no photographs at {MOTORCYCLE}")
@pytest.mark.parametrize("model", [MATCHING, ONE_EYE])
def test_photographs_before_a_camera_on_a_stand(model: str) -> None:
    figures = measure_clip("photographs", still_photographs(FRAMES), model)
    assert figures["still_share"] > 0.9
    assert figures["ratio"] < 0.2
    assert figures["known_stabilised"] >= figures["known"]


@pytest.mark.real
@pytest.mark.skipif(not ROBOT.is_file(), reason=f"no film at {ROBOT}")
def test_a_film_for_one_eye() -> None:
    figures = measure_clip("film", robot_film(FRAMES + WINDOW), ONE_EYE)
    assert figures["still_share"] > 0.3
    assert figures["ratio"] < 0.5


def test_the_bundled_clip_and_nothing_is_dragged_behind_its_ball() -> None:
    figures = measure_clip("bundled", room_pairs(2 * WINDOW), MATCHING)
    assert figures["ratio"] < 0.5
    assert figures["scene_ratio"] < 0.5
    for place in ("near_ball", "on_ball", "elsewhere"):
        assert figures[f"error_{place}_stabilised"] < 1.02 * figures[f"error_{place}"]
