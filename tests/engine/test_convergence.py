"""Eyes that converge: disparities below zero through a network that knows none, to the pixel."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.contract import Manifest
from depthview.engine.estimators.convergence import from_zero, moved_left
from depthview.engine.estimators.iterative import FOLDER, IterativeStereoEstimator
from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import Disparity, DisparitySpan, StereoPair
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.models.needs.stereo_trial import settle_stereo
from depthview.engine.resources import resource
from depthview.engine.runtime import OnnxSession
from tests.engine.dot_pairs import flat_pair, pair_of, texture
from tests.engine.matching_graphs import HW, matching_graph

WALL_PX, SQUARE_PX = -9, 6


def converged(height: int = HW[0], width: int = HW[1], scale: int = 1) -> tuple[StereoPair, Disparity]:
    """A wall behind the screen and a square before it, and what is true of the left eye."""
    far, near = WALL_PX * scale, SQUARE_PX * scale
    wall = flat_pair(height, width, far)
    left, right = wall.left.copy(), wall.right.copy()
    truth = np.full((height, width), far, np.float32)
    rows, first, last = slice(height // 4, 3 * height // 4), width // 3, 2 * width // 3
    square = texture(height // 2, last - first, seed=8)
    left[rows, first:last] = right[rows, first - near : last - near] = square
    truth[rows, first:last] = near
    return replace(pair_of(left, right), span=DisparitySpan(far - scale, near + 4 * scale)), truth


def seen(path: Path, pair: StereoPair, **changed: object) -> Disparity:
    manifest = replace(guess_manifest(read_graph(path), path, {}), **changed)
    estimator = OnnxStereoEstimator(OnnxSession(path, threads=1), manifest, Selection("m", None, HW), title="M")
    values = estimator.estimate(pair).values
    estimator.close()
    return values


def right_share(values: Disparity, truth: Disparity, *, within_px: float = 0.5) -> float:
    """Of the middle, where both eyes see everything but what the square hides."""
    sides = values.shape[1] // 5
    return float((np.abs(values - truth)[:, sides:-sides] <= within_px).mean())


def test_a_network_that_knows_no_negative_ones_sees_both_sides_of_the_screen(tmp_path: Path) -> None:
    path = matching_graph(tmp_path / "m.onnx", shifts=range(24))
    pair, truth = converged()
    assert right_share(seen(path, pair), truth) > 0.8
    assert right_share(seen(path, pair, both_signs=True), truth) < 0.5, "as it was without"


def test_of_a_larger_picture_it_is_taken_off_in_the_picture_s_own_pixels(tmp_path: Path) -> None:
    path = matching_graph(tmp_path / "m.onnx", shifts=range(24))
    pair, truth = converged(2 * HW[0], 2 * HW[1], scale=2)
    assert right_share(seen(path, pair), truth, within_px=2.0) > 0.75


@pytest.mark.parametrize("both_signs", [True, False])
def test_the_trial_finds_out_whether_a_network_knows_negative_ones(tmp_path: Path, both_signs: bool) -> None:
    path = matching_graph(tmp_path / "m.onnx", shifts=range(-13 if both_signs else 0, 14))
    session = OnnxSession(path, threads=1)
    found: Manifest = settle_stereo(session, guess_manifest(read_graph(path), path, {}), {})
    session.close()
    assert (found.both_signs, found.doubt, found.sign) == (both_signs, "", 1)


@pytest.mark.parametrize("span", [None, DisparitySpan(0, 40)])
def test_parallel_eyes_are_left_as_they_are(span: DisparitySpan | None) -> None:
    pair = replace(flat_pair(120, 200, 3), span=span)
    moved, lowest_px = from_zero(pair)
    assert moved is pair
    assert lowest_px == 0


@pytest.mark.parametrize("lowest_px", [-7, 5])
def test_what_begins_elsewhere_begins_at_zero_then(lowest_px: int) -> None:
    """By as much as the wall lies behind the screen, or before it: both eyes see the same."""
    pair = replace(flat_pair(120, 200, lowest_px), span=DisparitySpan(lowest_px, 30))
    moved, by_px = from_zero(pair)
    assert by_px == lowest_px
    assert moved.span == DisparitySpan(0, 30 - lowest_px)
    inner = np.s_[:, 10:-10]
    np.testing.assert_array_equal(moved.right[inner], pair.left[inner])
    assert moved.left is pair.left


def test_a_picture_moved_left() -> None:
    eye = texture(8, 20)
    moved = moved_left(eye, 3)
    np.testing.assert_array_equal(moved[:, :17], eye[:, 3:])
    np.testing.assert_array_equal(moved[:, 17:], eye[:, 19:].repeat(3, axis=1))
    assert moved_left(eye, 0) is eye
    np.testing.assert_array_equal(moved_left(eye, -3)[:, 3:], eye[:, :17])


def test_the_bundled_network_and_matching_see_both_sides_of_the_screen() -> None:
    pair, truth = converged(240, 480, scale=3)
    ours = IterativeStereoEstimator(resource(FOLDER), Selection("dv-stereo", 5, (240, 480)), threads=1)
    matching = SemiGlobalEstimator(Selection("sgm", None, (240, 480)))
    for estimator in (ours, matching):
        values = estimator.estimate(pair).values
        assert right_share(values, truth, within_px=1.0) > 0.85
    ours.close()


def test_a_warm_state_is_not_gone_on_from_when_the_eye_moves() -> None:
    """The last state is of disparities from another zero."""
    pair, _truth = converged(96, 160)
    later = replace(pair, seq=pair.seq + 1, pts_s=pair.pts_s + 0.04)
    for span, warm in ((pair.span, True), (DisparitySpan(-30, 20), False)):
        ours = IterativeStereoEstimator(resource(FOLDER), Selection("dv-stereo", 3, (96, 160)), threads=1)
        ours.estimate(pair)
        assert ours.estimate(replace(later, span=span)).warm is warm
        ours.close()
