"""Every contract of published panorama networks, on graphs that say what is painted in the picture."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.errors import Stopped, UserError
from depthview.engine.estimators import whole_sphere
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.contract import SCALINGS, Kind, Manifest, Numbers, Projection, Role
from depthview.engine.estimators.onnx_panorama import PanoramaEstimate, PanoramaEstimator
from depthview.engine.frames import Image, Meaning
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.progress import Progress, StopToken
from depthview.engine.runtime import OnnxSession
from depthview.engine.sphere import directions
from tests.engine import panorama_graphs as graphs
from tests.engine.panorama.solids import Room

HW = graphs.HW
ROOM = Room().range_m(directions(HW))
"""(32, 64), metres."""

PLAIN = Manifest(
    Kind.MONO,
    ((Role.PICTURE, "image"),),
    Numbers.RANGE,
    scaling=SCALINGS["0..255"],
    size=HW,
    output="depth",
    projection=Projection.ERP,
)


def painted(values: NDArray[np.floating] = ROOM, unit: float = 0.05) -> Image:
    """A picture as red as `values` are large, in steps of `unit`; the other colours are rubbish."""
    picture = np.random.default_rng(4).integers(0, 255, (*values.shape, 3)).astype(np.uint8)
    picture[..., 0] = np.rint(values / unit)
    return picture


def seen(unit: float = 0.05) -> NDArray[np.floating]:
    """The room as well as a picture can hold it."""
    return np.rint(ROOM / unit) * unit


def estimate_of(
    path: Path, image: Image, manifest: Manifest = PLAIN, *, averaged: bool = True, **known: Any
) -> PanoramaEstimate:
    manifest = replace(manifest, **known)
    estimator = PanoramaEstimator(OnnxSession(path, threads=1), manifest, Selection("m"), title="M", averaged=averaged)
    try:
        found = estimator.estimate(image)
        assert (estimator.info.eyes, estimator.info.meaning, estimator.info.title) == (1, found.meaning, "M")
    finally:
        estimator.close()
    assert found.range.dtype == np.float32
    return found


# --- what the numbers are


def faces_of(range_m: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(range_m * np.abs(directions(HW)).max(axis=-1))


@pytest.mark.parametrize("averaged", [False, True])
@pytest.mark.parametrize("wraps", [False, True])
@pytest.mark.parametrize(
    ("how", "known", "meaning"),
    [
        ({"factor": 0.05}, {"max_depth_m": 100.0}, Meaning.RANGE),  # HoHoNet, UniFuse, BiFuse
        ({"factor": 0.0005}, {"scale": 100.0}, Meaning.RANGE),  # DAP
        ({"factor": 0.05}, {"meaning": Numbers.RELATIVE_RANGE}, Meaning.RELATIVE_RANGE),  # DA2
        ({"factor": 0.05, "inverse": True}, {"meaning": Numbers.INVERSE_RANGE}, Meaning.RELATIVE_RANGE),  # DA360
    ],
    ids=str,
)
def test_the_room_comes_back(
    tmp_path: Path, how: dict[str, Any], known: dict[str, Any], meaning: Meaning, wraps: bool, averaged: bool
) -> None:
    path = graphs.red_graph(tmp_path / "m.onnx", **how)
    found = estimate_of(path, painted(), wraps=wraps, averaged=averaged, **known)
    assert found.meaning is meaning
    np.testing.assert_allclose(found.range, seen(), rtol=1e-4)


def test_depth_along_the_axis_of_a_cube_s_face_becomes_range(tmp_path: Path) -> None:
    path = graphs.red_graph(tmp_path / "m.onnx", 0.02)
    depth = faces_of(ROOM)
    found = estimate_of(path, painted(depth, 0.02), meaning=Numbers.FACE_DEPTH)
    assert found.meaning is Meaning.RANGE
    np.testing.assert_allclose(found.range, ROOM, atol=0.02)


@pytest.mark.parametrize("known", [{"max_depth_m": 2.0}, {"min_depth_m": 2.0}], ids=str)
def test_metres_are_cut_to_what_the_network_knows(tmp_path: Path, known: dict[str, Any]) -> None:
    found = estimate_of(graphs.red_graph(tmp_path / "m.onnx", 0.05), painted(), **known)
    limits = known.get("min_depth_m"), known.get("max_depth_m")
    np.testing.assert_allclose(found.range, np.clip(seen(), *limits), rtol=1e-4)


@pytest.mark.parametrize(
    ("meaning", "inverse", "called"),
    [
        (Numbers.AFFINE_RANGE, False, Meaning.AFFINE_DEPTH),  # PanDA
        (Numbers.AFFINE_INVERSE_RANGE, True, Meaning.RELATIVE_INVERSE_DEPTH),
    ],
)
def test_what_is_known_but_for_factor_and_shift_is_relative_and_in_order(
    tmp_path: Path, meaning: Numbers, inverse: bool, called: Meaning
) -> None:
    """The shape is a guess, and called one: but near stays near, and all of it lies before the eye."""
    one = graphs.red_graph(tmp_path / "a.onnx", 0.05, inverse=inverse)
    found = estimate_of(one, painted(), meaning=meaning)
    assert found.meaning is called
    assert (found.range > 0).all()
    order = np.argsort(seen().ravel(), kind="stable")
    assert (np.diff(found.range.ravel()[order]) >= -1e-4).all()
    other = graphs.red_graph(tmp_path / "b.onnx", 0.05, inverse=inverse)
    again = estimate_of(other, painted(), meaning=meaning, scale=7.0)
    np.testing.assert_allclose(again.range, found.range, rtol=1e-3)


def test_points_become_range_whichever_way_their_axes_go(tmp_path: Path) -> None:
    manifest = replace(PLAIN, inputs=((Role.PICTURE, "rgbs"), (Role.RAYS, "rays")), output="pts_3d")
    found = estimate_of(graphs.unik3d_graph(tmp_path / "m.onnx"), painted(), manifest, meaning=Numbers.POINTS)
    assert found.meaning is Meaning.RANGE
    np.testing.assert_allclose(found.range, seen() / 0.05, rtol=1e-4)


def test_what_is_not_above_nothing_is_unknown(tmp_path: Path) -> None:
    picture = painted()
    picture[3, 5] = 0
    for numbers, inverse in ((Numbers.RANGE, False), (Numbers.INVERSE_RANGE, True)):
        path = graphs.red_graph(tmp_path / f"{inverse}.onnx", 0.05, inverse=inverse)
        found = estimate_of(path, picture, meaning=numbers).range
        assert np.isnan(found[3, 5])
        assert np.isfinite(found).sum() == found.size - 1


def test_the_mask_and_the_confidence_are_put_back_as_well(tmp_path: Path) -> None:
    picture = painted()
    picture[..., 1] = 0
    picture[:8, :20, 1] = 255
    found = estimate_of(
        graphs.masked_graph(tmp_path / "m.onnx"), picture, scaling=SCALINGS["0..1"], mask="mask", confidence="sure"
    )
    assert np.isnan(found.range[:8, :20]).all()
    assert np.isfinite(found.range).sum() == 32 * 64 - 160
    assert found.confidence is not None
    np.testing.assert_allclose(found.confidence, picture[..., 2] / 255, atol=1e-5)


# --- what it is shown


def test_the_rays_are_those_of_the_sphere(tmp_path: Path) -> None:
    """Where it is told that all is 1 m away, its points are the rays: x right, y down, z forward."""
    manifest = replace(PLAIN, inputs=((Role.PICTURE, "rgbs"), (Role.RAYS, "rays")), output="pts_3d")
    session = OnnxSession(graphs.unik3d_graph(tmp_path / "m.onnx"), threads=1)
    estimator = PanoramaEstimator(session, manifest, Selection("m"), title="M")
    (points,) = estimator.answers(np.ones((*HW, 3), np.uint8)).values()
    np.testing.assert_allclose(points[0].transpose(1, 2, 0), directions(HW), atol=1e-6)
    estimator.close()


@pytest.mark.parametrize("in_batch", [False, True])
def test_a_cube_is_front_right_back_left_up_down_and_upright(tmp_path: Path, in_batch: bool) -> None:
    """The picture's colours are directions. The faces' own are worked out as UniFuse's code has them: a cube of side 1
    with y up, whose outermost pixels lie on its edges."""
    side = 16
    picture = np.rint((directions(HW) + 1) * 100 + 20).astype(np.uint8)
    across = np.linspace(-0.5, 0.5, side)
    right, up = np.meshgrid(across, -across)
    half = np.full_like(right, 0.5)
    faces = [
        (right, up, half), (half, up, -right), (-right, up, -half), (-half, up, right), (right, half, -up),
        (right, -half, up),
    ]  # fmt: skip
    manifest = replace(PLAIN, inputs=((Role.PICTURE, "equi"), (Role.CUBE, "cube")), output="pred_depth")
    for axis, weights in enumerate(((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))):
        path = graphs.unifuse_graph(tmp_path / f"{axis}.onnx", weights, side=side, in_batch=in_batch)
        estimator = PanoramaEstimator(OnnxSession(path, threads=1), manifest, Selection("m"), title="")
        (said,) = estimator.answers(picture).values()
        estimator.close()
        for number, (x, y_up, z) in enumerate(faces):
            towards = np.stack([x, -y_up, z], axis=-1)
            towards /= np.linalg.norm(towards, axis=-1, keepdims=True)
            face = (said[0, 0][:, number * side : (number + 1) * side] - 20) / 100 - 1
            np.testing.assert_allclose(face, towards[..., axis], atol=0.03, err_msg=f"face {number}, axis {axis}")


@pytest.mark.parametrize(
    ("multiple", "wish", "size"),
    [(14, None, (518, 1036)), (14, (256, 512), (252, 504)), (32, (300, 600), (288, 576)), (32, (480, 640), (384, 768))],
)
def test_a_graph_of_any_size_is_shown_twice_as_wide_as_high(
    tmp_path: Path, multiple: int, wish: tuple[int, int] | None, size: tuple[int, int]
) -> None:
    path = graphs.patched_graph(tmp_path / "m.onnx", multiple)
    manifest = replace(PLAIN, any_size=True, multiple=multiple, size=(518, 1036), output="pred_disp")
    estimator = PanoramaEstimator(OnnxSession(path, threads=1), manifest, Selection("m", None, wish), title="M")
    assert estimator.info.selection.size_hw == size
    if size[0] < 400:
        assert estimator.estimate(painted()).range.shape == size
    estimator.close()


def test_a_larger_photo_is_made_smaller_first(tmp_path: Path) -> None:
    large = cv2.resize(painted(), (256, 128), interpolation=cv2.INTER_NEAREST)
    found = estimate_of(graphs.red_graph(tmp_path / "m.onnx", 0.05), np.asarray(large, np.uint8))
    np.testing.assert_allclose(found.range, seen(), rtol=1e-4)


# --- all around, and on average


@pytest.mark.parametrize("averaged", [False, True])
def test_a_network_that_knows_no_wrap_has_no_seam(tmp_path: Path, averaged: bool) -> None:
    """It takes the mean of five columns, and half of those beyond a border are black to it: alone it would be a third
    too near there. Put together it is as one that sees all around; and the photo may begin where it likes."""
    path = graphs.red_graph(tmp_path / "m.onnx", 0.05, smears=3)
    picture = painted()
    all_around = (np.roll(seen(), 1, axis=1) + seen() + np.roll(seen(), -1, axis=1)) / 3
    found = estimate_of(path, picture, averaged=averaged).range
    np.testing.assert_allclose(found, all_around, rtol=1e-4)
    for columns in (1, 17, 32, 63):
        rolled = estimate_of(path, np.roll(picture, columns, axis=1), averaged=averaged).range
        np.testing.assert_allclose(rolled, np.roll(found, columns, axis=1), rtol=1e-4)
    alone = estimate_of(path, picture, averaged=False, wraps=True).range
    assert np.abs(alone[:, 0] / all_around[:, 0] - 1).min() > 0.2, "the graph does what it is here for"


@pytest.mark.parametrize(
    ("meaning", "inverse"),
    [(Numbers.RELATIVE_RANGE, False), (Numbers.INVERSE_RANGE, True), (Numbers.AFFINE_RANGE, False)],
)
def test_every_showing_may_have_a_unit_of_its_own(tmp_path: Path, meaning: Numbers, inverse: bool) -> None:
    picture = painted()
    steady = graphs.red_graph(tmp_path / "a.onnx", 0.05, inverse=inverse)
    drifting = graphs.red_graph(tmp_path / "b.onnx", 0.05, inverse=inverse, drifts=0.01)
    one = estimate_of(steady, picture, meaning=meaning).range
    other = estimate_of(drifting, picture, meaning=meaning).range
    ratio = other / one
    np.testing.assert_allclose(ratio, np.median(ratio), rtol=1e-3)
    if meaning is not Numbers.AFFINE_RANGE:
        assert np.median(ratio) != pytest.approx(1, abs=0.05), "the graph does what it is here for"


def test_on_average_what_leans_to_one_side_stands_upright(tmp_path: Path) -> None:
    path = graphs.red_graph(tmp_path / "m.onnx", 0.05, leans=0.4)
    leaning = estimate_of(path, painted(), wraps=True, averaged=False).range
    assert np.abs(np.log(leaning / seen())).max() > 0.19
    np.testing.assert_allclose(estimate_of(path, painted(), wraps=True).range, seen(), rtol=1e-4)


def test_it_says_how_far_it_is_and_stops_between_two_showings(tmp_path: Path) -> None:
    session = OnnxSession(graphs.red_graph(tmp_path / "m.onnx"), threads=1)
    estimator = PanoramaEstimator(session, PLAIN, Selection("m"), title="M")
    told: list[tuple[float, float | None]] = []
    stop = StopToken()

    def report(progress: Progress) -> None:
        told.append((progress.done, progress.total))
        if progress.done == 2:
            stop.stop()

    with pytest.raises(Stopped):
        estimator.estimate(painted(), report=report, stop=stop)
    assert told == [(0, 4), (1, 4), (2, 4)]
    estimator.close()


# --- what cannot be


def test_a_meaning_that_needs_an_axis_is_refused(tmp_path: Path) -> None:
    path = graphs.red_graph(tmp_path / "m.onnx")
    with pytest.raises(UserError, match=r"cannot say metric depth: write one of range, relative range.*m\.onnx$"):
        estimate_of(path, painted(), meaning=Numbers.METRIC_DEPTH)


def test_an_input_that_nobody_feeds_is_a_sentence(tmp_path: Path) -> None:
    path = graphs.unik3d_graph(tmp_path / "m.onnx")
    with pytest.raises(UserError, match="This model also wants rays"):
        estimate_of(path, painted(), inputs=((Role.PICTURE, "rgbs"),), output="pts_3d", meaning=Numbers.POINTS)


# --- the bundled one


@pytest.mark.parametrize("size", [("h", "w"), whole_sphere.USUAL_HW])
def test_the_bundled_contract(tmp_path: Path, size: tuple[int | str, int | str]) -> None:
    path = graphs.bundled_graph(tmp_path / "range.onnx", *size)
    image = np.asarray(cv2.resize(painted(), whole_sphere.USUAL_HW[::-1], interpolation=cv2.INTER_NEAREST), np.uint8)
    found = estimate_of(path, image, whole_sphere.MANIFEST)
    assert found.range.shape == whole_sphere.USUAL_HW
    assert found.meaning is Meaning.RELATIVE_RANGE
    np.testing.assert_allclose(found.range[4::8, 4::8], seen(), rtol=1e-4)
    # Without its manifest it is told by its names, too; only its unit and whether it wraps it does not say.
    told = guess_manifest(read_graph(path), path, {})
    assert (told.projection, told.meaning) == (Projection.ERP, Numbers.RELATIVE_RANGE)
    assert told.inputs == whole_sphere.MANIFEST.inputs
