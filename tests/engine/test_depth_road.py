"""The road from a frame to its depth: what is found, done and undone, and what holds from one frame to the next."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest

from depthview.engine.depth_road import DepthRoad, RoadChoices
from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, EstimatorInfo, Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import DepthFrame, Frame, Image, Layout, Meaning, StereoPair, Values
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.sources import SourceInfo, SourceKind
from depthview.engine.stereo.prepare.choices import UNTOUCHED
from depthview.engine.stereo.prepare.judge import PairJudge
from tests.engine.dot_pairs import texture

SCENE = known_scenes(1)[0]
SIZE_HW = SCENE.pair.size_hw
FILM = SourceInfo(SourceKind.VIDEO, "film", "film", SIZE_HW)
FOLDER = SourceInfo(SourceKind.SEQUENCE, "folder", "folder", SIZE_HW)


class Says:
    """Answers with what it was given to say, one after the other."""

    info = EstimatorInfo("says", Selection("says"), "CPU")

    def __init__(self, answers: Iterator[Values], meaning: Meaning) -> None:
        self._answers, self._meaning = answers, meaning

    def estimate(self, pair: StereoPair) -> Estimate:
        return Estimate(next(self._answers), meaning=self._meaning)

    def close(self) -> None: ...


def frames_of(left: Image, right: Image | None, count: int) -> Iterator[Frame]:
    for seq in range(count):
        yield Frame(left, right, seq, seq / 15, 0.0)


def depth_of(left: Image, right: Image, choices: RoadChoices = RoadChoices()) -> tuple[DepthFrame, DepthRoad]:  # noqa: B008
    road = DepthRoad(FILM, PairJudge())
    estimator = SemiGlobalEstimator(Selection("sgm"))
    frame = next(frames_of(left, right, 1))
    return road.estimate(road.prepare(frame, choices, eyes=2), estimator, choices), road


def error_px(found: Values, truth: Values) -> float:
    inside = np.isfinite(found) & np.isfinite(truth)
    assert inside.mean() > 0.5
    return float(np.median(np.abs(found - truth)[inside]))


def barred(image: Image, px: int) -> Image:
    return np.ascontiguousarray(np.pad(image, ((px, px), (0, 0), (0, 0))))


def test_bars_and_what_lies_behind_the_screen_change_nothing_in_the_result() -> None:
    behind_px = 30
    left, right = SCENE.pair.left, np.ascontiguousarray(SCENE.pair.right[:, :-behind_px])
    right = np.ascontiguousarray(np.pad(right, ((0, 0), (behind_px, 0), (0, 0)), mode="edge"))
    found, road = depth_of(barred(left, 40), barred(right, 40))
    assert road.decision is not None
    done = road.decision.preparation
    assert (done.bars.left.top, done.bars.left.height) == (40, SIZE_HW[0])
    assert done.shift_px < 0
    assert found.values.shape == (SIZE_HW[0] + 80, SIZE_HW[1])
    assert np.isnan(found.values[:40]).all()
    assert np.isnan(found.values[-40:]).all()
    assert error_px(found.values[40:-40], SCENE.disparity_px - behind_px) < 0.5
    np.testing.assert_array_equal(found.pair.left, barred(left, 40))


def test_untouched_means_untouched() -> None:
    left, right = barred(SCENE.pair.left, 40), barred(SCENE.pair.right, 40)
    found, road = depth_of(left, right, RoadChoices(preparation=UNTOUCHED))
    prepared = road.prepare(next(frames_of(left, right, 1)), RoadChoices(preparation=UNTOUCHED), eyes=2)
    assert prepared.matched.left is left
    assert prepared.matched.right is right
    assert found.values.shape == left.shape[:2]


def test_a_scale_that_jitters_comes_out_calm_within_a_scene() -> None:
    rng = np.random.default_rng(4)
    picture = texture(60, 120)
    steps = np.repeat(np.array([4.0, 8.0, 16.0, 32.0], np.float32), 30)[None].repeat(60, axis=0)
    told = [steps * np.float32(rng.uniform(0.6, 1.5)) + np.float32(rng.uniform(-3, 3)) for _ in range(24)]
    road = DepthRoad(FILM, PairJudge())
    says = Says(iter(told), Meaning.RELATIVE_INVERSE_DEPTH)
    says.info = replace(says.info, eyes=1, meaning=Meaning.RELATIVE_INVERSE_DEPTH)
    choices = RoadChoices(layout=Layout.MONO)
    found = [
        road.estimate(road.prepare(frame, choices, eyes=1), says, choices) for frame in frames_of(picture, None, 24)
    ]
    shown = np.stack([frame.values for frame in found])
    assert np.stack(told).std(axis=0).mean() / shown.std(axis=0).mean() > 10
    assert len({frame.scene for frame in found}) == 1


def test_the_pictures_of_a_folder_have_nothing_to_do_with_another() -> None:
    flat = np.full((60, 120), 3.0, np.float32)
    road = DepthRoad(FOLDER, PairJudge(each_alone=True))
    says = Says(iter([flat, flat + 1]), Meaning.DISPARITY)
    picture, choices = texture(60, 120), RoadChoices(preparation=UNTOUCHED)
    first, second = (
        road.estimate(road.prepare(frame, choices, eyes=2), says, choices)
        for frame in frames_of(picture, picture.copy(), 2)
    )
    assert (first.values == 3.0).all()
    assert (second.values == 4.0).all(), "not calmed, though the pictures are alike"


def test_one_eye_is_not_two() -> None:
    road = DepthRoad(FILM, PairJudge())
    with pytest.raises(UserError, match="shows one eye only"):
        road.prepare(Frame(texture(96, 160), None, 0, 0.0, 0.0), RoadChoices(), eyes=2)


@pytest.mark.parametrize(("size_hw", "coarseness"), [(None, 1.0), ((240, 320), SIZE_HW[1] / 320), ((2000, 4000), 1.0)])
def test_how_coarse_the_matching_was_travels_with_its_depth(size_hw: tuple[int, int] | None, coarseness: float) -> None:
    road = DepthRoad(FILM, PairJudge())
    assert SCENE.pair.right is not None
    frame = next(frames_of(SCENE.pair.left, SCENE.pair.right, 1))
    estimator = SemiGlobalEstimator(Selection("sgm", None, size_hw))
    found = road.estimate(road.prepare(frame, RoadChoices(), eyes=2), estimator, RoadChoices())
    assert found.coarseness == pytest.approx(coarseness, rel=0.01)
