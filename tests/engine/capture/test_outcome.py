"""What is said of photos that were not placed, and what is offered next."""

from pathlib import Path

import pytest

from depthview.engine.capture.poses.outcome import (
    ANOTHER_PART,
    NO_FEATURES,
    NO_MATCHES,
    TOO_LITTLE,
    Facts,
    Outcome,
    outcome_of,
    read_outcome,
    retry_of,
    write_outcome,
)
from depthview.engine.capture.poses.settings import Mapper, Matcher, PoseSettings
from depthview.engine.errors import UserError

SETTINGS = PoseSettings((Path("photos"),))


def test_each_photo_that_is_missing_has_its_reason() -> None:
    found = [
        Facts("placed", 900, 5, (0,)),
        Facts("both", 900, 5, (0, 1)),
        Facts("plain", 12, 0, ()),
        Facts("other", 900, 0, ()),
        Facts("far", 900, 2, ()),
        Facts("part", 900, 2, (1,)),
    ]
    outcome = outcome_of(found, [2, 2])
    assert {missing.name: missing.reason for missing in outcome.missing} == {
        "plain": NO_FEATURES,
        "other": NO_MATCHES,
        "far": TOO_LITTLE,
        "part": ANOTHER_PART,
    }
    assert (outcome.placed, outcome.total) == (2, 6)
    assert "fall into two parts" in outcome.sentence
    with pytest.raises(UserError, match="2 of 6 fit"):
        outcome.check(Path("job"))


def test_a_second_try_is_offered_below_seven_in_ten_and_ends_when_all_was_tried() -> None:
    assert retry_of(Outcome(7, 10, (7,), ()), SETTINGS) is None
    poor = Outcome(6, 10, (6,), ())
    settings, tried = SETTINGS, []
    while (retry := retry_of(poor, settings)) is not None:
        assert retry.sentence
        settings = retry.settings
        tried.append(settings)
    assert [(one.loose, one.mapper) for one in tried] == [(True, Mapper.INCREMENTAL), (True, Mapper.GLOBAL)]


def test_a_video_that_does_not_hold_together_is_offered_every_pair() -> None:
    settings = PoseSettings((Path("film.mp4"),), matcher=Matcher.SEQUENTIAL, loose=True)
    retry = retry_of(Outcome(6, 10, (6,), (), compared_all=False), settings)
    assert retry is not None
    assert retry.settings.matcher is Matcher.EXHAUSTIVE


def test_an_outcome_is_read_as_it_was_written(tmp_path: Path) -> None:
    outcome = outcome_of([Facts("a", 900, 1, (0,)), Facts("b", 3, 0, ())], [1])
    write_outcome(tmp_path, outcome)
    assert read_outcome(tmp_path) == outcome
    (tmp_path / "outcome.json").write_text("{}")
    with pytest.raises(UserError, match="damaged"):
        read_outcome(tmp_path)


def test_settings_survive_being_written() -> None:
    settings = PoseSettings((Path("a"), Path("b")), 960, 80, Matcher.PLACES, Mapper.GLOBAL, True, 40_000)
    assert PoseSettings.from_json(settings.to_json()) == settings
