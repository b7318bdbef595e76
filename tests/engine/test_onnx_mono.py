"""Every contract of published monocular networks, on graphs whose right answer is known to the digit."""

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, Selection
from depthview.engine.estimators.contract import SCALINGS, Colours, Kind, Manifest, Numbers, Resize, Role, Scaling
from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
from depthview.engine.frames import Image, Meaning, Values
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import pair_of
from tests.engine.test_points import seen_points

HW = (32, 64)
PLAIN = {"scaling": SCALINGS["0..255"], "meaning": Numbers.METRIC_DEPTH}


def noise(height: int = 32, width: int = 64) -> Image:
    return np.random.default_rng(9).integers(1, 256, (height, width, 3)).astype(np.uint8)


def guessed(path: Path, **known: object) -> Manifest:
    return guess_manifest(read_graph(path), path, known)


def estimate_of(
    path: Path,
    picture: Image,
    manifest: Manifest,
    size_hw: tuple[int, int] | None = None,
    fov_deg: float | None = None,
) -> Estimate:
    """The right eye is rubbish: only the left one may be looked at."""
    estimator = OnnxMonoEstimator(OnnxSession(path, threads=1), manifest, Selection("m", None, size_hw), title="M")
    try:
        estimate = estimator.estimate(replace(pair_of(picture, 255 - picture), fov_deg=fov_deg))
        assert (estimator.info.eyes, estimator.info.meaning) == (1, estimate.meaning)
    finally:
        estimator.close()
    assert estimate.values.dtype == np.float32
    assert estimate.values.shape == picture.shape[:2]
    return estimate


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kind": graphs.BYTE},
        {"kind": graphs.HALF},
        {"channels_last": True},
        {"channels_last": True, "kind": graphs.BYTE, "answer_last": True},
        {"rank": 5},
        {"rank": 5, "kind": graphs.HALF},
        {"height": "h", "width": "w"},
        {"answer_last": True},
    ],
    ids=str,
)
def test_every_layout_rank_and_type(tmp_path: Path, options: dict[str, object]) -> None:
    picture = noise()
    path = graphs.mono_graph(tmp_path / "m.onnx", **options)  # type: ignore[arg-type]
    estimate = estimate_of(path, picture, guessed(path, **PLAIN), HW)
    np.testing.assert_allclose(estimate.values, graphs.mono_answer(picture), atol=2e-3)
    assert estimate.meaning is Meaning.METRIC_DEPTH


@pytest.mark.parametrize(
    "scaling", [*SCALINGS.values(), Scaling((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))], ids=[*SCALINGS, "odd"]
)
@pytest.mark.parametrize("colours", [Colours.RGB, Colours.BGR])
def test_every_scaling_and_order_of_colours(tmp_path: Path, scaling: Scaling, colours: Colours) -> None:
    """The means and deviations are red's, green's and blue's, in whatever order these are fed."""
    picture = noise()
    path = graphs.mono_graph(tmp_path / "m.onnx")
    fed = (picture / 255 - scaling.mean) / scaling.std
    fed = fed[..., ::-1] if colours is Colours.BGR else fed
    manifest = guessed(path, scaling=scaling, colours=colours, meaning=Numbers.INVERSE_DEPTH)
    expected = graphs.mono_answer(fed)
    values = estimate_of(path, picture, manifest).values
    np.testing.assert_allclose(values, expected, atol=1e-5 + 2e-6 * np.abs(expected).max())


# --- sizes


@pytest.mark.parametrize(
    ("multiple", "size_hw", "works_at"),
    [(14, (50, 100), (56, 98)), (32, (50, 100), (64, 96)), (14, (28, 56), (28, 56)), (32, (200, 64), (64, 160))],
)
def test_a_graph_of_any_size_works_at_multiples(
    tmp_path: Path, multiple: int, size_hw: tuple[int, int], works_at: tuple[int, int]
) -> None:
    """The picture keeps its shape as far as whole patches allow, at as many pixels as the size has."""
    path = graphs.mono_graph(tmp_path / "m.onnx", "h", "w", patch=multiple)
    manifest, pair = guessed(path, **PLAIN, multiple=multiple), pair_of(noise(280, 560), noise(280, 560))
    estimator = OnnxMonoEstimator(OnnxSession(path, threads=1), manifest, Selection("m", None, size_hw), title="M")
    (output,) = estimator.answers(pair).values()
    assert output.shape == (1, *works_at)
    estimator.close()


def test_the_size_that_the_manifest_prefers_is_used_where_none_is_chosen(tmp_path: Path) -> None:
    path = graphs.mono_graph(tmp_path / "m.onnx", "h", "w")
    manifest = guessed(path, **PLAIN, size=(64, 96))
    for wish, size in ((None, (64, 96)), ((128, 160), (128, 160))):
        estimator = OnnxMonoEstimator(OnnxSession(path, threads=1), manifest, Selection("m", 3, wish), title="M")
        assert estimator.info.selection == Selection("m", 3, size)
        estimator.close()


def seen_by(tmp_path: Path, picture: Image, **known: object) -> tuple[Estimate, NDArray[np.float32]]:
    """What a graph of 64 x 64 that answers with the red it is fed is fed, and the estimate that comes of it."""
    graph = graphs.Graph()
    red = graph.weighted(graph.input("image", (1, 3, 64, 64)), (1.0, 0.0, 0.0))
    graph.output(red, (1, 1, 64, 64), "depth")
    path = graph.save(tmp_path / "m.onnx")
    manifest = guessed(path, **{**PLAIN, **known})
    estimator = OnnxMonoEstimator(OnnxSession(path, threads=1), manifest, Selection("m"), title="M")
    (output,) = estimator.answers(pair_of(picture, picture)).values()
    estimate = estimator.estimate(pair_of(picture, picture))
    estimator.close()
    return estimate, output[0, 0]


def test_a_letterbox_of_a_colour_in_the_middle(tmp_path: Path) -> None:
    """As Metric3D has it: the picture's mean colour around it."""
    picture = np.full((50, 100, 3), (200, 0, 0), np.uint8)
    estimate, fed = seen_by(tmp_path, picture, pad=(123.675, 116.28, 103.53), centred=True)
    assert fed[:16].tolist() == fed[48:].tolist() == [[124.0] * 64] * 16
    np.testing.assert_array_equal(fed[16:48], 200)
    np.testing.assert_array_equal(estimate.values, 200)


def test_a_letterbox_repeats_the_border_below(tmp_path: Path) -> None:
    picture = np.repeat(np.linspace(1, 200, 50, dtype=np.uint8)[:, None, None], 100, axis=1).repeat(3, axis=2)
    estimate, fed = seen_by(tmp_path, picture)
    assert np.unique(fed[31:]).tolist() == [float(fed[31, 0])], "from the picture's last row on"
    np.testing.assert_allclose(estimate.values[2:-2], picture[2:-2, :, 0], atol=3)


def test_a_stretched_picture_fills_the_model(tmp_path: Path) -> None:
    picture = np.repeat(np.linspace(1, 200, 50, dtype=np.uint8)[:, None, None], 100, axis=1).repeat(3, axis=2)
    estimate, fed = seen_by(tmp_path, picture, resize=Resize.STRETCH)
    assert fed[:, 0].tolist() == pytest.approx(np.linspace(1, 200, 64), abs=3)
    np.testing.assert_allclose(estimate.values, picture[..., 0], atol=3)


def test_values_do_not_change_with_the_size_as_a_disparity_does(tmp_path: Path) -> None:
    path = graphs.mono_graph(tmp_path / "m.onnx")
    picture = np.full((96, 192, 3), 100, np.uint8)
    estimate = estimate_of(path, picture, guessed(path, **PLAIN))
    np.testing.assert_allclose(estimate.values, 100 * sum(graphs.LEFT_WEIGHTS), rtol=1e-5)


# --- what the numbers are


def answered(
    tmp_path: Path, raw: float, *, lens_deg: float | None = None, width: int = 64, **known: object
) -> Estimate:
    """The estimate of a graph of 32 x 64 that always answers `raw`."""
    graph = graphs.Graph()
    graph.output(graph.weighted(graph.input("image", (1, 3, *HW)), (0, 0, 0), bias=(raw,)), (1, 1, *HW), "depth")
    path = graph.save(tmp_path / "m.onnx")
    return estimate_of(path, noise(width // 2, width), guessed(path, **known), fov_deg=lens_deg)


@pytest.mark.parametrize(
    ("raw", "known", "value", "meaning"),
    [
        (4.0, {"meaning": Numbers.METRIC_DEPTH}, 4.0, Meaning.METRIC_DEPTH),
        (4.0, {"meaning": Numbers.METRIC_DEPTH, "scale": 0.001}, 0.004, Meaning.METRIC_DEPTH),
        (4.0, {"meaning": Numbers.METRIC_DEPTH, "max_depth_m": 3.0}, 3.0, Meaning.METRIC_DEPTH),
        (-4.0, {"meaning": Numbers.METRIC_DEPTH}, math.nan, Meaning.METRIC_DEPTH),
        (4.0, {"meaning": Numbers.RANGE}, 4.0, Meaning.RANGE),
        (4.0, {"meaning": Numbers.INVERSE_DEPTH}, 4.0, Meaning.RELATIVE_INVERSE_DEPTH),
        (4.0, {"meaning": Numbers.INVERSE_DEPTH, "sign": -1}, -4.0, Meaning.RELATIVE_INVERSE_DEPTH),
        (4.0, {"meaning": Numbers.RELATIVE_DEPTH}, 4.0, Meaning.AFFINE_DEPTH),
        (4.0, {"meaning": Numbers.AFFINE_DEPTH}, 4.0, Meaning.AFFINE_DEPTH),
        # DenseDepth: metres = clip(1000 / output, 10, 1000) / 100
        (250.0, {"meaning": Numbers.INVERSE_METRIC, "scale": 10.0}, 0.04, Meaning.METRIC_DEPTH),
        (4.0, {"meaning": Numbers.INVERSE_METRIC, "scale": 10.0, "max_depth_m": 10.0}, 2.5, Meaning.METRIC_DEPTH),
        (0.5, {"meaning": Numbers.INVERSE_METRIC, "scale": 10.0, "max_depth_m": 10.0}, 10.0, Meaning.METRIC_DEPTH),
        (0.0, {"meaning": Numbers.INVERSE_METRIC, "scale": 10.0}, math.nan, Meaning.METRIC_DEPTH),
        # monodepth2: depth = 1 / (1/100 + (1/0.1 - 1/100) * output), and 5.4 times that in metres if trained on stereo
        (
            0.25,
            {"meaning": Numbers.SIGMOID_DISPARITY, "min_depth_m": 0.1, "max_depth_m": 100.0},
            0.01 + 9.99 * 0.25,
            Meaning.RELATIVE_INVERSE_DEPTH,
        ),
        (
            0.25,
            {"meaning": Numbers.SIGMOID_DISPARITY, "min_depth_m": 0.1, "max_depth_m": 100.0, "scale": 5.4},
            5.4 / (0.01 + 9.99 * 0.25),
            Meaning.METRIC_DEPTH,
        ),
    ],
    ids=str,
)
def test_what_the_numbers_become(
    tmp_path: Path, raw: float, known: dict[str, object], value: float, meaning: Meaning
) -> None:
    estimate = answered(tmp_path, raw, **known)
    assert estimate.meaning is meaning
    np.testing.assert_allclose(estimate.values, value, rtol=1e-5)


@pytest.mark.parametrize("focal_px", [1000.0, 300.0])
@pytest.mark.parametrize("width", [64, 640])
def test_canonical_depth_is_metres_only_with_a_field_of_view(tmp_path: Path, focal_px: float, width: int) -> None:
    """metres = raw * f / canonical f, and f is in pixels of what the network sees: 64 wide whatever the photo is."""
    known = {"meaning": Numbers.CANONICAL_DEPTH, "focal_px": focal_px}
    relative = answered(tmp_path, 2.0, width=width, **known)
    assert relative.meaning is Meaning.AFFINE_DEPTH
    metric = answered(tmp_path, 2.0, width=width, lens_deg=90.0, **known)
    assert metric.meaning is Meaning.METRIC_DEPTH
    np.testing.assert_allclose(metric.values, 2 * 32 / focal_px, rtol=1e-5)  # at 90 degrees f is half the width


@pytest.mark.parametrize(
    ("meaning", "scale", "metres"), [(Numbers.METRIC_DEPTH, None, 4.0), (Numbers.INVERSE_METRIC, 10.0, 2.5)]
)
@pytest.mark.parametrize("width", [64, 640])
def test_metres_told_for_one_lens_are_brought_to_another(
    tmp_path: Path, meaning: Numbers, scale: float | None, metres: float, width: int
) -> None:
    """Of what a lens of 90 degrees shows as large as one of 60 does, the distance is tan 30 / tan 45 of it."""
    known = {"meaning": meaning, "scale": scale, "fov_deg": 60.0, "max_depth_m": 4.0}
    unknown = answered(tmp_path, 4.0, width=width, **known)
    assert (unknown.guessed, unknown.meaning) == (True, Meaning.METRIC_DEPTH)
    np.testing.assert_allclose(unknown.values, metres, rtol=1e-5)
    for fov_deg, factor in ((60.0, 1.0), (90.0, 3**-0.5), (30.0, 2.1547005)):
        told = answered(tmp_path, 4.0, width=width, lens_deg=fov_deg, **known)
        assert not told.guessed
        np.testing.assert_allclose(told.values, metres * factor, rtol=1e-5)
    plain = answered(tmp_path, 4.0, lens_deg=90.0, meaning=Numbers.METRIC_DEPTH)
    assert not plain.guessed
    np.testing.assert_allclose(plain.values, 4.0, rtol=1e-5)


def points_model(path: Path, fov_deg: float, *, shift: float, unit: float, named: bool = True) -> tuple[Path, Values]:
    """As MoGe has it: points [1, H, W, 3] up to a shift and a unit, a mask, a scale, and a count of tokens to be told.

    Whatever it sees it says the same; what the red is low in is masked, and there the points are nonsense.
    """
    depth, points = seen_points(HW, fov_deg)
    points = (points - (0, 0, shift)) / unit
    graph = graphs.Graph()
    picture = graph.input("image", (1, 3, *HW))
    tokens = graph.number("num_tokens", (), graphs.TensorProto.INT64)
    off = graph.add("Mul", graph.add("Sub", tokens, graph.stored(np.float32([1200]))), graph.stored(np.float32([9])))
    mask = graph.add("Sigmoid", graph.weighted(picture, (1e5, 0, 0), bias=(-5e4,)))
    nonsense = graph.add("Mul", graph.add("Sub", graph.stored(np.ones(1, np.float32)), mask), tokens)
    xyz = graph.stored(points.transpose(2, 0, 1)[None].astype(np.float32))
    xyz = graph.add("Add", graph.add("Add", xyz, off), nonsense)
    graph.output(graph.add("Transpose", xyz, perm=[0, 2, 3, 1]), (1, *HW, 3), "points" if named else "xyz")
    graph.output(graph.add("Squeeze", mask, graph.stored(np.array([1], np.int64))), (1, *HW), "mask")
    graph.output(graph.stored(np.float32([unit])), (1,), "metric_scale")
    return graph.save(path), depth.astype(np.float32)


@pytest.mark.parametrize("lens_deg", [None, 50.0])
@pytest.mark.parametrize("metric", [True, False])
def test_points_become_depth_and_a_lens_and_the_mask_says_what_is_known(
    tmp_path: Path, metric: bool, lens_deg: float | None
) -> None:
    path, depth = points_model(tmp_path / "m.onnx", 50.0, shift=1.3, unit=2.5)
    told = guessed(path, scaling=SCALINGS["0..1"], extra=(("num_tokens", 1200.0),))
    assert (told.meaning, told.output, told.channel, told.mask) == (Numbers.AFFINE_POINTS, "points", 2, "mask")
    manifest = told if metric else replace(told, metric_scale="")
    picture = noise()
    estimate = estimate_of(path, picture, manifest, fov_deg=lens_deg)
    shown = picture[..., 0] / 255 > 0.5
    np.testing.assert_array_equal(np.isfinite(estimate.values), shown)
    np.testing.assert_allclose(estimate.values[shown], depth[shown] / (1 if metric else 2.5), rtol=2e-3)
    assert estimate.fov_deg == pytest.approx(50.0, abs=0.05)
    assert estimate.meaning is manifest.result is (Meaning.METRIC_DEPTH if metric else Meaning.AFFINE_DEPTH)
    assert not estimate.guessed


def test_the_lens_of_a_letterboxed_picture_is_that_of_its_part(tmp_path: Path) -> None:
    path, _depth = points_model(tmp_path / "m.onnx", 50.0, shift=1.3, unit=2.5)
    manifest = guessed(path, scaling=SCALINGS["0..1"], extra=(("num_tokens", 1200.0),))
    square = np.full((64, 64, 3), 255, np.uint8)
    half = math.degrees(2 * math.atan(math.tan(math.radians(25)) / 2))
    for lens_deg in (None, half):
        assert estimate_of(path, square, manifest, fov_deg=lens_deg).fov_deg == pytest.approx(half, abs=0.05)


def test_points_that_tell_nothing_are_unknown_depth(tmp_path: Path) -> None:
    path, _depth = points_model(tmp_path / "m.onnx", 50.0, shift=1.3, unit=2.5)
    manifest = guessed(path, scaling=SCALINGS["0..1"], extra=(("num_tokens", 1200.0),))
    estimate = estimate_of(path, np.zeros((*HW, 3), np.uint8), manifest)
    assert np.isnan(estimate.values).all()
    assert estimate.fov_deg is None


# --- what the graph tells by itself


@pytest.mark.parametrize(
    ("steps", "name"),
    [
        ([], "imagenet"),
        ([("Sub", [0.485, 0.456, 0.406]), ("Div", [0.229, 0.224, 0.225])], "0..1"),
        ([("Sub", [123.675, 116.28, 103.53]), ("Div", [58.395, 57.12, 57.375])], "0..255"),
        ([("Div", [255.0]), ("Mul", [2.0]), ("Sub", [1.0])], "0..255"),
        ([("Mul", [1 / 255]), ("Add", [-0.5])], "0..255"),
        ([("Mul", [2.0]), ("Sub", [1.0])], "0..1"),
    ],
    ids=str,
)
def test_a_graph_that_normalises_by_itself_is_not_normalised_twice(
    tmp_path: Path, steps: list[tuple[str, list[float]]], name: str
) -> None:
    graph = graphs.Graph()
    value = graph.input("image", (1, 3, *HW))
    for operator, constant in steps:
        shape = (1, 3, 1, 1) if len(constant) == 3 else (1,)
        value = graph.add(operator, value, graph.stored(np.float32(constant).reshape(shape)))
    graph.output(graph.weighted(value, graphs.LEFT_WEIGHTS), (1, 1, *HW), "depth")
    manifest = guessed(graph.save(tmp_path / "m.onnx"))
    assert manifest.scaling == SCALINGS[name]
    assert (manifest.kind, manifest.meaning) == (Kind.MONO, Numbers.INVERSE_DEPTH)
    assert {"meaning", "scaling", "colours"} <= set(manifest.guesses), "none of it is sure"


def test_transformers_are_told_by_their_input_and_depth_by_its_name(tmp_path: Path) -> None:
    graph = graphs.Graph()
    picture = graph.number("pixel_values", (1, 1, 3, "h", "w"), graphs.FLOAT)
    squeezed = graph.add("Squeeze", picture, graph.stored(np.array([0], np.int64)))
    for name in ("predicted_confidence", "predicted_depth"):
        graph.output(graph.weighted(squeezed, graphs.LEFT_WEIGHTS), (1, 1, "h", "w"), name)
    manifest = guessed(graph.save(tmp_path / "m.onnx"))
    assert (manifest.multiple, manifest.output, manifest.any_size) == (14, "predicted_depth", True)
    assert manifest.inputs == ((Role.PICTURE, "pixel_values"),)


# --- what cannot be run


def test_a_number_that_nobody_told_is_asked_for(tmp_path: Path) -> None:
    graph = graphs.Graph()
    picture = graph.input("image", (1, 3, *HW))
    focal = graph.number("focal", (1,), graphs.FLOAT)
    graph.output(graph.add("Mul", graph.weighted(picture, (1.0, 1, 1)), focal), (1, 1, *HW), "depth")
    path = graph.save(tmp_path / "m.onnx")
    with pytest.raises(UserError, match=r"This model also wants focal: write the number .* `extra` .*m\.onnx$"):
        estimate_of(path, noise(), guessed(path))
    with pytest.raises(UserError, match="The manifest names tokens, which this model does not have"):
        estimate_of(path, noise(), replace(guessed(path), extra=(("focal", 1.0), ("tokens", 1.0))))
    told = guessed(path, extra=(("focal", 3.0),), scaling=SCALINGS["0..1"])
    np.testing.assert_allclose(estimate_of(path, noise(), told).values, noise().sum(2) / 255 * 3, rtol=1e-4)


def test_an_answer_that_is_no_map_is_a_sentence(tmp_path: Path) -> None:
    graph = graphs.Graph()
    graph.output(graph.add("GlobalAveragePool", graph.input("image", (1, 3, *HW))), (1, 3, 1, 1), "class")
    path = graph.save(tmp_path / "m.onnx")
    with pytest.raises(UserError, match="This model gives no map of depth: choose a depth model"):
        estimate_of(path, noise(), guessed(path))


@pytest.mark.parametrize(
    ("notes", "known"),
    [
        (
            {"view_degrees": "60", "meaning": "metres", "multiple_of": "16"},
            {"fov_deg": 60.0, "meaning": Numbers.METRIC_DEPTH, "multiple": 16},
        ),
        ({"view_degrees": "wide", "multiple_of": "0.5", "meaning": "feet"}, {}),
        ({"view_degrees": "190", "multiple_of": "nan"}, {}),
    ],
)
def test_a_file_may_say_for_which_lens_its_metres_are(
    tmp_path: Path, notes: dict[str, str], known: dict[str, object]
) -> None:
    """As the project's own export does; what makes no sense is passed over."""
    path = graphs.mono_graph(tmp_path / "m.onnx", "h", "w")
    plain = guessed(path)
    model = onnx.load(path)
    onnx.helper.set_model_props(model, notes)
    onnx.save(model, path)
    said = guessed(path)
    assert said == replace(plain, **known, guesses=tuple(key for key in plain.guesses if key not in known))
    assert guessed(path, fov_deg=50.0).fov_deg == 50.0, "the person knows better"
