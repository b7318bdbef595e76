"""Distances between two points of a picture, against scenes whose every point is known."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.camera import StereoRig, Whence
from depthview.engine.frames import DepthFrame, Meaning, StereoPair
from depthview.engine.measuring import measure, pixel_of, spot_at

HEIGHT, WIDTH = 240, 320
RIG = StereoRig(WIDTH, 280.0, 0.1, 155.0, 121.0, doffs_px=4.0, name="drawn")

Depths = NDArray[np.float32]


def frame(values: Depths, meaning: Meaning = Meaning.DISPARITY) -> DepthFrame:
    black = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    return DepthFrame(StereoPair(black, black, 0, 0.0, 0.0), values, "", "", 0.0, 0.0, meaning)


def rays() -> tuple[Depths, Depths]:
    y, x = np.mgrid[:HEIGHT, :WIDTH].astype(np.float32)
    return (x - RIG.cx_px) / RIG.focal_px, (y - RIG.cy_px) / RIG.focal_px


def slanted_m() -> Depths:
    """A wall that runs away to the right: depth = 2 + 0.7 x."""
    x, _y = rays()
    return np.asarray(2 / (1 - 0.7 * x), np.float32)


def disparity(depth_m: Depths) -> Depths:
    return np.asarray(RIG.focal_px * RIG.baseline_m / depth_m - RIG.doffs_px, np.float32)


def true_m(depth_m: Depths, at: tuple[int, int]) -> NDArray[np.float64]:
    x, y = rays()
    z = float(depth_m[at[1], at[0]])
    return np.array([x[at[1], at[0]] * z, y[at[1], at[0]] * z, z])


A, B = (40, 60), (290, 200)


@pytest.mark.parametrize("meaning", [Meaning.DISPARITY, Meaning.METRIC_DEPTH, Meaning.RANGE])
def test_the_length_on_a_wall_is_exact_whatever_the_numbers_mean(meaning: Meaning) -> None:
    depth_m = slanted_m()
    x, y = rays()
    values = {
        Meaning.DISPARITY: disparity(depth_m),
        Meaning.METRIC_DEPTH: depth_m,
        Meaning.RANGE: np.asarray(depth_m * np.sqrt(1 + x**2 + y**2), np.float32),
    }[meaning]
    found = measure(frame(values, meaning), RIG, A, B)
    assert found is not None
    wanted = float(np.linalg.norm(true_m(depth_m, A) - true_m(depth_m, B)))
    assert found.distance_m == pytest.approx(wanted, rel=1e-4)
    assert (found.uncertain_m is None) == (meaning is not Meaning.DISPARITY), "a model does not say how sure it is"
    assert not found.guess


def test_the_rig_of_another_size_gives_the_same_length() -> None:
    depth = frame(disparity(slanted_m()))
    one, other = measure(depth, RIG, A, B), measure(depth, RIG.scaled_to(1280), A, B)
    assert one is not None
    assert other is not None
    assert one.distance_m == pytest.approx(other.distance_m)


def test_noise_and_stray_points_are_averaged_away() -> None:
    rng = np.random.default_rng(3)
    clean = disparity(slanted_m())
    wanted = float(np.linalg.norm(true_m(slanted_m(), A) - true_m(slanted_m(), B)))
    errors, lone = [], []
    for _ in range(40):
        noisy = clean + rng.normal(0, 0.3, clean.shape).astype(np.float32)
        stray = rng.random(clean.shape) < 0.1
        noisy[stray] += rng.uniform(-20, 20, int(stray.sum())).astype(np.float32)
        noisy[A[1], A[0]], noisy[B[1], B[0]] = clean[A[1], A[0]] + 0.3, clean[B[1], B[0]] - 0.3
        found = measure(frame(noisy), RIG, A, B)
        assert found is not None
        errors.append(abs(found.distance_m - wanted))
        ends = [noisy[p[1], p[0]] + RIG.doffs_px for p in (A, B)]
        xyz = [true_m(slanted_m(), p) / true_m(slanted_m(), p)[2] * 28 / d for p, d in zip((A, B), ends, strict=True)]
        lone.append(abs(float(np.linalg.norm(xyz[0] - xyz[1])) - wanted))
    assert np.median(errors) < 0.4 * np.median(lone), "better than the two pixels alone"


def test_a_few_points_a_little_off_do_not_pull_the_rest() -> None:
    rng = np.random.default_rng(5)
    values = disparity(slanted_m())
    values += rng.normal(0, 0.05, values.shape).astype(np.float32)
    values[rng.random(values.shape) < 0.2] += 1.0
    off = []
    for column in range(40, 280, 10):
        values[120, column] = disparity(slanted_m())[120, column]
        spot = spot_at(frame(values), RIG, (column, 120))
        assert spot is not None
        off.append(28 / spot.xyz_m[2] - 28 / slanted_m()[120, column])
    assert np.abs(off).mean() < 0.05, "in pixels; their mean alone would be off by a fifth of one"


@pytest.mark.parametrize("side", [-1, 1])
def test_beside_an_edge_the_surface_that_was_clicked_counts(side: int) -> None:
    depth_m = np.full((HEIGHT, WIDTH), 3.0, np.float32)
    depth_m[:, 160:] = 1.2
    at = (159 if side < 0 else 160, 120)
    spot = spot_at(frame(disparity(depth_m)), RIG, at)
    assert spot is not None
    assert spot.xyz_m[2] == pytest.approx(3.0 if side < 0 else 1.2, rel=1e-4)


def test_said_uncertainty_holds_and_is_no_alibi() -> None:
    """Errors of the size that two eyes have where they are matched this small: nearly all within what is said, which is
    not many times of them."""
    rng = np.random.default_rng(4)
    depth_m = slanted_m()
    wanted = float(np.linalg.norm(true_m(depth_m, A) - true_m(depth_m, B)))
    errors, said = [], []
    for _ in range(200):
        bias = np.zeros((HEIGHT, WIDTH), np.float32)
        bias[:, : WIDTH // 2], bias[:, WIDTH // 2 :] = rng.normal(0, 0.32, 2)
        found = measure(frame(disparity(depth_m) + bias), RIG, A, B)
        assert found is not None
        assert found.uncertain_m is not None
        errors.append(abs(found.distance_m - wanted))
        said.append(found.uncertain_m)
    within = np.mean(np.array(errors) <= np.array(said))
    assert within >= 0.9
    assert np.mean(said) < 4 * np.mean(errors)


def test_farther_is_less_sure() -> None:
    def unsure(depth_m: float) -> float:
        found = measure(frame(disparity(np.full((HEIGHT, WIDTH), depth_m, np.float32))), RIG, (155, 60), (155, 180))
        assert found is not None
        assert found.uncertain_m is not None
        return found.uncertain_m

    assert unsure(4.0) > unsure(2.0) > unsure(1.0)


def test_what_makes_a_length_less_sure() -> None:
    def unsure_m(depth: DepthFrame, click_px: float = 0.5) -> float:
        found = measure(depth, RIG, A, B, clicks_px=(click_px, click_px))
        assert found is not None
        assert found.uncertain_m is not None
        return found.uncertain_m

    depth = frame(disparity(slanted_m()))
    fine = unsure_m(depth)
    coarse = unsure_m(replace(depth, coarseness=4.0))
    assert coarse > 2 * fine, "matched at a quarter of the size"
    assert unsure_m(depth, 4.0) > fine, "clicked where the picture is shown small"
    wanted = float(np.linalg.norm(true_m(slanted_m(), A) - true_m(slanted_m(), B)))
    near = frame(np.full((HEIGHT, WIDTH), 1000.0, np.float32))
    found = measure(near, RIG, A, B, clicks_px=(0.0, 0.0))
    assert found is not None
    assert found.uncertain_m is not None
    assert found.uncertain_m >= 0.01 * found.distance_m, "however exact the match is, the camera is not"
    assert fine >= 0.01 * wanted


@pytest.mark.parametrize("at", [(-1.0, 10.0), (10.0, 240.0), (20.0, 20.0)])
def test_nothing_where_nothing_is_known(at: tuple[float, float]) -> None:
    values = disparity(slanted_m())
    values[15:25, 15:25] = np.nan
    assert measure(frame(values), RIG, at, B) is None
    assert measure(frame(values), RIG, B, at) is None


def test_nothing_beyond_infinity_and_without_metres() -> None:
    values = disparity(slanted_m())
    values[50:70, 30:50] = -RIG.doffs_px - 1
    assert measure(frame(values), RIG, A, B) is None
    assert measure(frame(disparity(slanted_m()), Meaning.RELATIVE_INVERSE_DEPTH), RIG, A, B) is None


def test_a_guessed_camera_makes_a_guess() -> None:
    found = measure(frame(disparity(slanted_m())), replace(RIG, baseline_from=Whence.ASSUMED), A, B)
    assert found is not None
    assert found.guess


def test_a_point_of_the_cloud_is_the_pixel_that_shows_it() -> None:
    depth = frame(disparity(slanted_m()))
    spot = spot_at(depth, RIG, A)
    assert spot is not None
    x, y, z = (float(v) for v in spot.xyz_m)
    assert pixel_of(RIG, (x, y, z)) == pytest.approx(A)
    assert pixel_of(RIG, (0.0, 0.0, -1.0)) is None
