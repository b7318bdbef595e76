"""What is remembered of scenes, and the angles that it is said in."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st

from depthview.ui import settings
from depthview.ui.scene.navigation import CameraState
from depthview.ui.splats.turning import angles_deg, turned, upright_deg
from depthview.ui.splats_memory import (
    FOVS_DEG,
    SECONDS,
    SIZE_FACTORS,
    FilmPlan,
    Flight,
    Ground,
    SavedView,
    SceneMemory,
    SplatsLook,
    SplatsMemory,
    Stand,
)

NUMBERS = st.floats(-1e6, 1e6)
TRIPLES = st.tuples(NUMBERS, NUMBERS, NUMBERS)
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=20)
CAMERAS = st.builds(
    CameraState,
    focus_m=TRIPLES,
    distance_m=st.floats(1e-6, 1e6),
    yaw_deg=st.floats(-180, 180),
    pitch_deg=st.floats(-89, 89),
    fov_deg=st.floats(*FOVS_DEG),
    parallel=st.booleans(),
)
SCENES = st.builds(
    SceneMemory,
    stand=st.builds(Stand, turn_deg=TRIPLES, shift=TRIPLES, scale=st.floats(1e-4, 1e4), has_metres=st.booleans()),
    views=st.lists(st.builds(SavedView, NAMES, CAMERAS), max_size=3).map(tuple),
    film=st.builds(
        FilmPlan,
        st.sampled_from(Flight),
        st.lists(CAMERAS, max_size=3).map(tuple),
        st.floats(*SECONDS),
        st.booleans(),
    ),
)
LOOKS = st.builds(
    SplatsLook,
    size_factor=st.floats(*SIZE_FACTORS),
    degree=st.none() | st.integers(0, 4),
    as_points=st.booleans(),
    ground=st.sampled_from(Ground),
)


@given(st.builds(SplatsMemory, LOOKS, st.dictionaries(NAMES, SCENES, max_size=2)))
@rounds(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_saved_is_loaded(tmp_path: Path, memory: SplatsMemory) -> None:
    path = tmp_path / "settings.toml"
    settings.save(settings.Preferences(splats=memory), path)
    assert settings.load(path).splats == memory


@pytest.mark.parametrize(
    "facts",
    [
        {"look": 3, "scenes": []},
        {"look": {"size_factor": 1e9, "degree": True, "ground": "mud", "as_points": "yes"}},
        {"look": {"size_factor": float("nan"), "degree": 7}, "scenes": {"a": 5}},
        {"scenes": {"a": {"stand": {"turn_deg": [1, 2], "shift": "far", "scale": -1}, "views": 7, "film": "none"}}},
        {
            "scenes": {
                "a": {"views": [{"name": 3}, {"name": "x", "camera": {"distance_m": 1}}, 5], "film": {"stops": [0]}}
            }
        },
        {"scenes": {"a": {"film": {"seconds": 0, "flight": "up", "closed": 1}}}},
    ],
)
def test_nonsense_is_as_on_the_first_day(facts: dict[str, Any]) -> None:
    memory = SplatsMemory.of(facts)
    assert memory.look == SplatsLook()
    assert memory.of_scene("a") == SceneMemory()


def test_what_nobody_changed_is_not_kept() -> None:
    moved = SceneMemory(Stand(scale=2.0))
    memory = SplatsMemory().with_scene("a", moved)
    assert memory.of_scene("a") is moved
    assert memory.with_scene("a", SceneMemory()).scenes == {}


@pytest.mark.parametrize("angles", [(0, 0, 0), (30, -20, 170), (-120, 89, 5), (10, 90, 0), (70, -90, 0)])
def test_angles_and_rotations_are_one(angles: tuple[float, float, float]) -> None:
    rotation = turned(*angles)
    np.testing.assert_allclose(rotation @ rotation.T, np.eye(3), atol=1e-12)
    assert np.linalg.det(rotation) == pytest.approx(1)
    np.testing.assert_allclose(turned(*angles_deg(rotation)), rotation, atol=1e-7)


def test_yaw_turns_right_pitch_up_and_roll_clockwise() -> None:
    forward, right = np.array([0, 0, 1.0]), np.array([1.0, 0, 0])
    assert (turned(90, 0, 0) @ forward)[0] == pytest.approx(1), "to the right"
    assert (turned(0, 90, 0) @ forward)[1] == pytest.approx(-1), "up, where y is less"
    assert (turned(0, 0, 90) @ right)[1] == pytest.approx(1), "the right side goes down"


@pytest.mark.parametrize("up", [(0, -1, 0), (0, 1, 0), (0, 0, 1), (1, 0, 0), (0.3, -0.5, 0.8)])
def test_what_is_up_stands_up(up: tuple[float, float, float]) -> None:
    axis = np.array(up, np.float64) / np.linalg.norm(up)
    np.testing.assert_allclose(turned(*upright_deg(axis)) @ axis, [0, -1, 0], atol=1e-7)
