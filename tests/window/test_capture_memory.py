"""What is remembered of making scenes from photos."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as rounds
from hypothesis import strategies as st

from depthview.engine.capture.poses.settings import Mapper, Matcher
from depthview.engine.capture.training.presets import ITERATIONS, SIZES_PX, SPLATS, Preset
from depthview.engine.capture.training.settings import StrategyName
from depthview.ui import settings
from depthview.ui.capture_memory import FRAMES, MOST_RUNNING, CaptureChoice, CaptureMemory

CHOICES = st.builds(
    CaptureChoice,
    preset=st.sampled_from(Preset),
    iterations=st.none() | st.integers(*ITERATIONS),
    max_splats=st.none() | st.integers(*SPLATS),
    max_size_px=st.none() | st.integers(*SIZES_PX),
    strategy=st.sampled_from(StrategyName),
    exposures=st.booleans(),
    matcher=st.sampled_from(Matcher),
    mapper=st.sampled_from(Mapper),
    loose=st.booleans(),
    frame_count=st.integers(*FRAMES),
    jobs_folder=st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20),
)
MEMORIES = st.builds(CaptureMemory, CHOICES, st.integers(*MOST_RUNNING), st.booleans())


@given(MEMORIES)
@rounds(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_saved_is_loaded(tmp_path: Path, memory: CaptureMemory) -> None:
    path = tmp_path / "settings.toml"
    settings.save(settings.Preferences(capture=memory), path)
    assert settings.load(path).capture == memory


@pytest.mark.parametrize(
    "facts",
    [
        {},
        {"choice": 3, "most_running": True, "keep_checkpoints": "yes"},
        {"choice": {"preset": "best", "iterations": -1, "max_splats": 1.5, "max_size_px": 1 << 40}, "most_running": 0},
        {"choice": {"strategy": ["mcmc"], "matcher": {}, "mapper": None, "exposures": 1, "frame_count": 2}},
        {"choice": {"jobs_folder": "a\0b", "loose": "no"}, "most_running": 1000},
    ],
)
def test_nonsense_is_as_on_the_first_day(facts: dict[str, Any]) -> None:
    assert CaptureMemory.of(facts) == CaptureMemory()
