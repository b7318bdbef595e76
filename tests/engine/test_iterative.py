"""The iterative estimator: its loop counted exactly on graphs made for it, its behaviour on the bundled network."""

import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators import iterative
from depthview.engine.estimators.base import Estimate, RefiningEstimator, Selection
from depthview.engine.estimators.iterative import FOLDER, IterativeStereoEstimator
from depthview.engine.estimators.network import IteratedNetwork
from depthview.engine.estimators.seed import Seeder, fused
from depthview.engine.execution.devices import Device
from depthview.engine.frames import StereoPair
from depthview.engine.resources import resource
from tests.engine.dot_pairs import flat_pair, pair_of, texture
from tests.engine.iterated_graphs import CONFIDENCE_AN_UPDATE, FIRST_CELLS, STEP_CELLS, counting_network
from tests.engine.test_continuity import moment, swapped

BUNDLED = resource(FOLDER)


@pytest.fixture
def counting(tmp_path: Path) -> Path:
    return counting_network(tmp_path / "계 counting")


def make(folder: Path, iterations: int | None = 1, size_hw: tuple[int, int] | None = (64, 96), **more: object):
    return IterativeStereoEstimator(folder, Selection("dv-stereo", iterations, size_hw), **more)  # type: ignore[arg-type]


def updates(estimate: Estimate, at: IterativeStereoEstimator, pair: StereoPair) -> float:
    """How many updates the state has seen since it began, by what a counting network says without a seed."""
    size_hw = at.info.selection.size_hw
    assert size_hw is not None
    scale = max(pair.size_hw[0] / size_hw[0], pair.size_hw[1] / size_hw[1])
    (value,) = np.unique(np.round((estimate.values / scale / 4 - FIRST_CELLS) / STEP_CELLS, 2))
    return float(value)


# --- the loop, exactly


@pytest.mark.parametrize("count", [1, 2, 5, 31, 32])
def test_so_many_iterations_as_asked_and_no_other(counting: Path, count: int) -> None:
    at = make(counting, count, seed=False, stop_below_px=0.0)
    pair = moment(0)
    estimate = at.estimate(pair)
    assert (estimate.iterations, estimate.warm) == (count, False)
    assert updates(estimate, at, pair) == count
    assert at.info.selection == Selection("dv-stereo", count, (64, 96))
    assert estimate.values.shape == pair.size_hw
    assert estimate.values.dtype == np.float32
    assert estimate.confidence is not None
    assert (estimate.confidence.shape, estimate.confidence.dtype) == (pair.size_hw, np.float32)
    np.testing.assert_allclose(estimate.confidence, min(1.0, count * CONFIDENCE_AN_UPDATE), atol=1e-6)
    at.close()


def test_it_stops_when_nothing_changes_any_more(counting: Path) -> None:
    """After n updates a counting network reports a change of 2 ** -n; every second one is looked at."""
    for threshold, done in ((0.3, 2), (0.2, 4), (0.02, 6), (1e-9, 20)):
        at = make(counting, 20, seed=False, stop_below_px=threshold)
        estimate = at.estimate(moment(0))
        assert estimate.iterations == done
        assert updates(estimate, at, moment(0)) == done
        assert at.info.selection.iterations == done, "what was done is said, not what was asked for"
        at.close()


def test_a_film_goes_on_and_a_cut_an_exchange_or_a_jump_begin_anew(counting: Path) -> None:
    at = make(counting, 3, seed=False, stop_below_px=0.0)
    film = [moment(0), moment(1), moment(2), moment(3, seed=9), moment(4, seed=9), swapped(moment(5, seed=9))]
    film += [swapped(moment(6, seed=9)), replace(swapped(moment(7, seed=9)), pts_s=5.0)]
    said = [(estimate := at.estimate(pair), updates(estimate, at, pair)) for pair in film]
    assert [count for _estimate, count in said] == [3, 6, 9, 3, 6, 3, 6, 3]
    assert [estimate.warm for estimate, _count in said] == [False, True, True, False, True, False, True, False]
    at.close()


def test_a_still_gives_the_same_answer_however_often_it_is_asked_for(counting: Path) -> None:
    at = make(counting, 3, seed=False)
    assert [updates(at.estimate(moment(4)), at, moment(4)) for _ in range(3)] == [3, 3, 3]
    at.close()


def test_an_answer_is_one_s_own_whatever_is_estimated_after_it(counting: Path) -> None:
    at = make(counting, 2, (180, 320))
    kept: list[tuple[Estimate, np.ndarray, np.ndarray]] = []
    for k in range(8):
        estimate = at.estimate(moment(k, seed=1 + k // 3, disparity_px=4 * k))
        assert estimate.confidence is not None
        kept.append((estimate, estimate.values.copy(), estimate.confidence.copy()))
    at.close()
    for estimate, disparity_px, confidence in kept:
        np.testing.assert_array_equal(estimate.values, disparity_px)
        assert estimate.confidence is not None
        np.testing.assert_array_equal(estimate.confidence, confidence)


def test_going_on_can_be_turned_off_and_forgotten(counting: Path) -> None:
    at = make(counting, 3, seed=False, warm=False)
    assert [updates(at.estimate(moment(k)), at, moment(k)) for k in range(3)] == [3, 3, 3]
    at.close()
    at = make(counting, 3, seed=False)
    assert updates(at.estimate(moment(0)), at, moment(0)) == 3
    at.forget()
    assert updates(at.estimate(moment(1)), at, moment(1)) == 3
    at.close()


def test_a_new_size_of_picture_begins_anew_and_the_old_one_does_not_come_back(counting: Path) -> None:
    at = make(counting, 2, seed=False)
    wide = [moment(k) for k in range(5)]
    tall = [pair_of(p.left[:, :150], p.right[:, :150], seq=p.seq, pts_s=p.pts_s) for p in wide]
    order = [wide[0], wide[1], tall[2], tall[3], wide[4]]
    assert [at.estimate(pair).warm for pair in order] == [False, True, False, True, False]
    at.close()


def test_the_network_is_given_the_seed_where_it_is_known(tmp_path: Path) -> None:
    folder = counting_network(tmp_path, shows_first=True)
    pair = flat_pair(96, 160, 12)
    at = make(folder, 1, (96, 160))
    estimate = at.estimate(pair)
    first, sure = fused(Seeder().seed(pair.left, pair.right, (96, 160)))
    assert (sure > 1).mean() > 0.8
    assert (sure < 2).any(), "some of it is not known"
    np.testing.assert_array_equal(estimate.values, np.kron(first[0, 0], np.ones((4, 4), np.float32)) * 4)
    assert estimate.confidence is not None
    whole = np.kron(sure[0, 0], np.ones((4, 4), np.float32)) * CONFIDENCE_AN_UPDATE
    np.testing.assert_array_equal(estimate.confidence, whole)
    at.close()
    at = make(folder, 1, (96, 160), seed=False)
    assert np.unique(at.estimate(pair).values).tolist() == [4 * FIRST_CELLS]
    at.close()


def test_the_finish_gets_the_seed_as_it_was_found(tmp_path: Path) -> None:
    pair = flat_pair(96, 160, 12)
    shows_seed = counting_network(tmp_path, shows_seed=True)
    at = make(shows_seed, 2, (96, 160))
    seed = Seeder().seed(pair.left, pair.right, (96, 160))
    estimate = at.estimate(pair)
    np.testing.assert_array_equal(estimate.values, seed.disparity_px)
    assert estimate.confidence is not None
    np.testing.assert_array_equal(estimate.confidence, np.where(seed.found, 1, 0.5))
    at.close()
    at = make(shows_seed, 2, (96, 160), seed=False)
    estimate = at.estimate(pair)
    assert not estimate.values.any()
    assert estimate.confidence is not None
    assert not estimate.confidence.any()
    at.close()


def test_where_time_is_shortest_the_seed_is_the_answer_and_the_network_begins_anew_after_it(counting: Path) -> None:
    at = IterativeStereoEstimator(counting, Selection("dv-stereo", None, (180, 320), rate_hz=240.0))
    film = (moment(k) for k in range(30))
    pair = next(pair for pair in film if at.estimate(pair).iterations == 0)
    assert at.info.selection.iterations == 0
    at.refine(next(film))
    pair = next(film)
    alone = at.estimate(pair)
    assert (alone.iterations, alone.warm) == (0, False)
    assert not at.refine(next(film)).warm, "what the network knew is older than the last picture"
    assert np.median(alone.values) == pytest.approx(24, abs=0.5)
    assert alone.confidence is not None
    assert len(np.unique(alone.confidence)) > 1, "what was bridged is less sure"
    at.close()


def test_after_an_exchange_of_the_eyes_of_a_dim_clip_the_seed_is_searched_where_it_is_now(tmp_path: Path) -> None:
    bright = flat_pair(96, 160, 12)
    dim = [pair_of(bright.left // 8, bright.right // 8, seq=k, pts_s=k / 25) for k in range(3)]
    at = make(counting_network(tmp_path, shows_first=True), 1, (96, 160))
    assert float(np.median([np.median(at.estimate(pair).values) for pair in dim[:2]])) == pytest.approx(12, abs=1)
    after = at.estimate(swapped(dim[2]))
    assert float(np.median(after.values)) == pytest.approx(-12, abs=1)
    at.close()


def test_a_cold_frame_starts_at_the_seed_and_a_warm_one_at_the_past(counting: Path) -> None:
    at = make(counting, 1, (180, 320))
    walls = [moment(k, pan_px=0) for k in range(5)]
    medians = [float(np.median(at.estimate(wall).values)) for wall in walls]
    strayed = [(m - 24) / 4 / STEP_CELLS for m in medians]
    assert strayed == pytest.approx([1, 2, 3, 4, 1], abs=0.3), "a cell away from all that is seen it begins anew"
    at.close()


def test_the_past_is_left_when_this_frame_s_seed_says_otherwise(counting: Path) -> None:
    """Two walls so plain that small pictures of them are alike, at other distances: only the seed tells them apart."""
    at = make(counting, 1, (180, 320))
    plain = [moment(k, pan_px=0, disparity_px=d) for k, d in enumerate((8, 8, 40, 40))]
    dim = [pair_of(p.left // 16 + 90, p.right // 16 + 90, seq=p.seq, pts_s=p.pts_s) for p in plain]
    estimates = [at.estimate(pair) for pair in dim]
    assert [estimate.warm for estimate in estimates] == [False, True, False, True]
    medians = [float(np.median(estimate.values)) for estimate in estimates]
    expected = [wall + 4 * STEP_CELLS * updates for wall, updates in ((8, 1), (8, 2), (40, 1), (40, 2))]
    assert medians == pytest.approx(expected, abs=0.5), "and it is searched for where it is"
    at.close()


def test_matching_beside_another_device_says_the_same(counting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the network runs elsewhere, the processor matches meanwhile; here both run on it, in two threads."""

    class Elsewhere(IteratedNetwork):
        def __init__(self, folder: Path, *, threads: int | None = None, device: Device = Device.AUTO) -> None:
            super().__init__(folder, threads=threads, device=device)
            self.provider = "CUDA"

    film = [moment(k) for k in range(4)]
    at = make(counting, 2, (180, 320))
    expected = [at.estimate(pair).values for pair in film]
    at.close()
    monkeypatch.setattr(iterative, "IteratedNetwork", Elsewhere)
    at = make(counting, 2, (180, 320))
    assert at.info.provider == "CUDA"
    for pair, disparity_px in zip(film, expected, strict=True):
        np.testing.assert_array_equal(at.estimate(pair).values, disparity_px)
    assert [t.name for t in threading.enumerate() if t.name.startswith("depthview-seed")]
    at.close()
    assert not [t.name for t in threading.enumerate() if t.name.startswith("depthview-seed")]


# --- sizes


@pytest.mark.parametrize("size_hw", [(64, 96), (48, 64), (37, 53), (180, 320), (16, 16), (300, 90)])
def test_any_size_is_worked_at_and_the_answer_is_the_pair_s(counting: Path, size_hw: tuple[int, int]) -> None:
    pair = moment(0)
    at = make(counting, 4, size_hw, seed=False, stop_below_px=0.0)
    estimate = at.estimate(pair)
    scale = max(pair.size_hw[0] / size_hw[0], pair.size_hw[1] / size_hw[1])
    expected = (FIRST_CELLS + 4 * STEP_CELLS) * 4 * scale
    np.testing.assert_allclose(estimate.values, expected, rtol=0.03)
    assert estimate.values.shape == pair.size_hw
    at.close()


def test_without_a_size_it_is_the_picture_s_own_up_to_the_largest(counting: Path) -> None:
    at = make(counting, 1, None, seed=False)
    for size_hw, expected in (((100, 140), (100, 140)), ((1000, 1500), (720, 1280))):
        eye = texture(*size_hw)
        at.estimate(pair_of(eye, eye))
        assert at.info.selection.size_hw == expected
    at.close()


# --- auto


def test_a_wanted_rate_chooses_what_is_left_open(counting: Path) -> None:
    eye = texture(480, 640)
    at = IterativeStereoEstimator(counting, Selection("dv-stereo", rate_hz=0.01))
    assert isinstance(at, RefiningEstimator)
    before = at.info.selection
    assert (before.iterations, before.size_hw) == (None, None)
    at.estimate(pair_of(eye, eye))
    first = at.info.selection
    assert first.rate_hz == 0.01
    assert first.iterations == 1, "it begins with the least that tells what the network costs"
    assert first.size_hw is not None
    at.refine(pair_of(eye, eye))
    assert at.info.selection.size_hw == (480, 640), "what stands still has the time"
    at.close()


def test_what_the_person_chose_is_kept_while_a_rate_is_held(counting: Path) -> None:
    eye = texture(480, 640)
    at = IterativeStereoEstimator(counting, Selection("dv-stereo", 7, rate_hz=5.0), stop_below_px=0.0)
    assert at.estimate(pair_of(eye, eye)).iterations == 7
    assert at.refine(pair_of(eye, eye)).iterations == 7
    at.close()
    at = IterativeStereoEstimator(counting, Selection("dv-stereo", None, (64, 80), rate_hz=5.0))
    at.estimate(pair_of(eye, eye))
    assert at.info.selection.size_hw == (64, 80)
    at.close()
    at = IterativeStereoEstimator(counting, Selection("dv-stereo", 3, (64, 80), rate_hz=5.0))
    assert at.info.selection.rate_hz is None, "nothing is left to hold a rate with"
    at.close()


# --- what cannot be


@pytest.mark.parametrize("name", ["encode", "update", "finish"])
@pytest.mark.parametrize("content", [None, b"", b"version https://git-lfs", b"half"])
def test_a_graph_that_is_missing_or_damaged_is_a_sentence(counting: Path, name: str, content: bytes | None) -> None:
    path = counting / f"{name}.onnx"
    if content is None:
        path.unlink()
    elif content == b"half":
        path.write_bytes(path.read_bytes()[:-40])
    else:
        path.write_bytes(content)
    with pytest.raises(UserError) as caught:
        make(counting)
    assert str(caught.value) == f"A part of this model is missing or damaged: install DepthView again: {path}"


def test_graphs_of_another_kind_are_a_sentence(counting: Path) -> None:
    (counting / "update.onnx").write_bytes((counting / "finish.onnx").read_bytes())
    with pytest.raises(UserError, match=r"missing or damaged: install DepthView again: .*update\.onnx$"):
        make(counting)


@pytest.mark.parametrize(
    ("selection", "sentence"),
    [
        (Selection("dv-stereo", 0), "takes 1 to 32 iterations, not 0"),
        (Selection("dv-stereo", 33), "takes 1 to 32 iterations, not 33"),
        (Selection("dv-stereo", None, (4320, 7680)), "works at up to 1440x2560, not at 4320x7680"),
        (Selection("dv-stereo", rate_hz=-1.0), "A rate of -1 pictures a second cannot be held"),
        (Selection("dv-stereo", rate_hz=float("nan")), "A rate of nan pictures a second cannot be held"),
    ],
)
def test_what_it_cannot_do_is_a_sentence(counting: Path, selection: Selection, sentence: str) -> None:
    with pytest.raises(UserError, match=sentence):
        IterativeStereoEstimator(counting, selection)


# --- the bundled network


@pytest.mark.parametrize("size_hw", [(16, 16), (16, 300), (200, 16), (17, 33), (49, 91)])
def test_the_bundled_network_takes_tiny_and_thin_pictures(size_hw: tuple[int, int]) -> None:
    at = make(BUNDLED, 2, None)
    pair = flat_pair(*size_hw, 2)
    estimate = at.estimate(pair)
    assert estimate.values.shape == size_hw
    assert np.isfinite(estimate.values).all()
    at.close()


def test_the_bundled_network_finds_a_wall_cold_and_warm_and_after_an_exchange_of_the_eyes() -> None:
    at = make(BUNDLED, 5, (180, 320))
    film = [moment(0), moment(1), moment(2), swapped(moment(3)), swapped(moment(4))]
    estimates = [at.estimate(pair) for pair in film]
    assert [estimate.warm for estimate in estimates] == [False, True, True, False, True]
    for estimate, expected in zip(estimates, (24, 24, 24, -24, -24), strict=True):
        assert np.median(estimate.values[:, 40:-40]) == pytest.approx(expected, abs=1.0)
        assert np.isfinite(estimate.values).all()
        confidence = estimate.confidence
        assert confidence is not None
        assert 0 <= confidence.min() <= confidence.max() <= 1
    at.close()


def test_the_bundled_network_says_the_same_of_the_same_still() -> None:
    at = make(BUNDLED, 3, (120, 200))
    pair = flat_pair(240, 400, 20)
    one, other = at.estimate(pair), at.estimate(pair)
    np.testing.assert_array_equal(one.values, other.values)
    at.close()
    fresh = make(BUNDLED, 3, (120, 200))
    np.testing.assert_allclose(fresh.estimate(pair).values, one.values, atol=1e-3)
    fresh.close()
