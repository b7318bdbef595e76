"""Every contract of published stereo networks, on graphs whose right answer is known to the digit."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimate, Selection
from depthview.engine.estimators.contract import SCALINGS, Colours, Kind, Manifest, Resize, Scaling, Stack
from depthview.engine.estimators.onnx_stereo import OnnxStereoEstimator
from depthview.engine.frames import Disparity, StereoPair
from depthview.engine.models.needs.graph import read_graph
from depthview.engine.models.needs.guess import guess_manifest
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import flat_pair, pair_of

HW = (32, 64)


def noise_pair(height: int = 32, width: int = 64) -> StereoPair:
    rng = np.random.default_rng(9)
    left, right = rng.integers(0, 256, (2, height, width, 3)).astype(np.uint8)
    return pair_of(left, right)


def guessed(path: Path, **known: object) -> Manifest:
    return guess_manifest(read_graph(path), path, known)


def estimate_of(
    path: Path, pair: StereoPair, size_hw: tuple[int, int] | None = None, manifest: Manifest | None = None
) -> Estimate:
    session = OnnxSession(path, threads=1)
    estimator = OnnxStereoEstimator(session, manifest or guessed(path), Selection("m", None, size_hw), title="M")
    try:
        return estimator.estimate(pair)
    finally:
        estimator.close()


def answer_of(
    path: Path, pair: StereoPair, size_hw: tuple[int, int] | None = None, manifest: Manifest | None = None
) -> Disparity:
    answer = estimate_of(path, pair, size_hw, manifest).values
    assert answer.dtype == np.float32
    assert answer.shape == pair.size_hw
    return answer


def grey(image: np.ndarray) -> np.ndarray:
    return image @ np.array([0.299, 0.587, 0.114])


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"kind": graphs.BYTE},
        {"channels_last": True},
        {"channels_last": True, "kind": graphs.BYTE},
        {"reversed_inputs": True},
        {"names": ("input_left", "input_right"), "reversed_inputs": True},
        {"names": ("a", "b")},
        {"before": (1, 1, 8, 16)},
        {"before": (1, 48)},
    ],
    ids=str,
)
def test_a_pair_is_bgr_0_to_255_and_channel_0_is_the_answer(tmp_path: Path, options: dict[str, object]) -> None:
    pair = noise_pair()
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW, **options)  # type: ignore[arg-type]
    np.testing.assert_allclose(answer_of(path, pair), graphs.pair_answer(pair.left, pair.right), atol=2e-3)


def test_a_pair_in_half_precision(tmp_path: Path) -> None:
    pair = noise_pair()
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW, kind=graphs.HALF)
    np.testing.assert_allclose(answer_of(path, pair), graphs.pair_answer(pair.left, pair.right), atol=2e-3)


def test_a_grey_pair(tmp_path: Path) -> None:
    pair = noise_pair()
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW, channels=1)
    expected = graphs.LEFT_WEIGHTS[0] * grey(pair.left) + graphs.RIGHT_WEIGHTS[0] * grey(pair.right)
    np.testing.assert_allclose(answer_of(path, pair), expected, atol=0.06)


@pytest.mark.parametrize("channels_last", [False, True])
@pytest.mark.parametrize("kind", [graphs.FLOAT, graphs.HALF, graphs.BYTE])
def test_stacked_grey_is_0_to_1_unless_it_takes_whole_numbers(tmp_path: Path, channels_last: bool, kind: int) -> None:
    pair = noise_pair()
    path = graphs.stacked_graph(tmp_path / "m.onnx", 2, *HW, kind=kind, channels_last=channels_last)
    expected = graphs.LEFT_WEIGHTS[0] * grey(pair.left) + graphs.RIGHT_WEIGHTS[0] * grey(pair.right)
    answer = answer_of(path, pair) * (1 if kind == graphs.BYTE else 255)
    np.testing.assert_allclose(answer, expected, atol=0.06)


@pytest.mark.parametrize("channels_last", [False, True])
def test_stacked_colour_is_rgb_left_eye_first(tmp_path: Path, channels_last: bool) -> None:
    pair = noise_pair()
    path = graphs.stacked_graph(tmp_path / "m.onnx", 6, *HW, channels_last=channels_last)
    expected = pair.left @ np.array(graphs.LEFT_WEIGHTS) + pair.right @ np.array(graphs.RIGHT_WEIGHTS)
    np.testing.assert_allclose(answer_of(path, pair) * 255, expected, atol=2e-3)


@pytest.mark.parametrize("disparity_px", [14, -6])
def test_the_first_guess_is_a_disparity_at_half_size(tmp_path: Path, disparity_px: int) -> None:
    pair = flat_pair(96, 192, disparity_px)
    answer = answer_of(graphs.prior_graph(tmp_path / "m.onnx"), pair)
    inside = answer[10:-10, 30:-30]
    assert np.median(inside) == pytest.approx(disparity_px, abs=0.5)
    assert np.abs(inside - disparity_px).max() < 4, "dense, and nothing in the vertical channel"


def test_the_first_guess_of_pictures_that_say_nothing_is_zero(tmp_path: Path) -> None:
    black = np.zeros((96, 192, 3), np.uint8)
    assert np.isfinite(answer_of(graphs.prior_graph(tmp_path / "m.onnx"), pair_of(black, black))).all()


def test_a_cascade_gets_both_pairs_at_both_sizes(tmp_path: Path) -> None:
    small = noise_pair(16, 32)
    left, right = (eye.repeat(2, axis=0).repeat(2, axis=1) for eye in (small.left, small.right))
    answer = answer_of(graphs.cascade_graph(tmp_path / "m.onnx", *HW), pair_of(left, right))
    np.testing.assert_allclose(answer, 4 * graphs.pair_answer(left, right), atol=1e-2)


# --- sizes


def test_a_graph_of_any_size_gets_what_was_selected_padded_to_a_multiple(tmp_path: Path) -> None:
    path = graphs.pair_graph(tmp_path / "m.onnx", "h", "w", only_multiples_of_32=True)
    pair = noise_pair(45, 100)
    answer = answer_of(path, pair, (45, 100))  # padded to 64 x 128, and cut again
    np.testing.assert_allclose(answer, graphs.pair_answer(pair.left, pair.right), atol=2e-3)


def test_a_cascade_of_any_size_puts_the_half_pair_first(tmp_path: Path) -> None:
    small = noise_pair(32, 48)
    left, right = (eye.repeat(2, axis=0).repeat(2, axis=1) for eye in (small.left, small.right))
    path = graphs.cascade_graph(tmp_path / "m.onnx", "H", "W")
    answer = answer_of(path, pair_of(left, right), (64, 96))
    np.testing.assert_allclose(answer, 4 * graphs.pair_answer(left, right), atol=1e-2)


@pytest.mark.parametrize("source_hw", [(32, 64), (96, 192), (17, 34)])
def test_disparity_comes_back_in_the_source_s_own_pixels(tmp_path: Path, source_hw: tuple[int, int]) -> None:
    path = graphs.constant_graph(tmp_path / "m.onnx", np.full(HW, 5, np.float32))
    answer = answer_of(path, noise_pair(*source_hw))
    np.testing.assert_allclose(answer, 5 * source_hw[1] / 64, rtol=1e-6)


@pytest.mark.parametrize(
    ("source_hw", "content_hw"), [((60, 200), (19, 64)), ((200, 60), (32, 10)), ((64, 64), (32, 32))]
)
def test_another_aspect_is_padded_below_or_right_and_never_squashed(
    tmp_path: Path, source_hw: tuple[int, int], content_hw: tuple[int, int]
) -> None:
    """The graph says where it is; the answer must be that place of the padded picture, in source pixels."""
    rows, columns = np.mgrid[: HW[0], : HW[1]].astype(np.float32)
    scale = source_hw[1] / content_hw[1]
    for position, axis in ((rows, 0), (columns, 1)):
        path = graphs.constant_graph(tmp_path / f"m{axis}.onnx", position / 40)
        answer = answer_of(path, noise_pair(*source_hw)) * 40 / scale
        along = np.median(answer, axis=1 - axis)
        steps = (np.arange(source_hw[axis]) + 0.5) * content_hw[axis] / source_hw[axis] - 0.5
        np.testing.assert_allclose(along, np.clip(steps, 0, content_hw[axis] - 1), atol=0.02)


@pytest.mark.parametrize("source_hw", [(60, 200), (200, 60), (45, 90)])
def test_the_network_sees_the_whole_picture_undistorted(tmp_path: Path, source_hw: tuple[int, int]) -> None:
    """A picture that is a ramp both ways comes back as the same ramp."""
    height, width = source_hw
    down, across = np.linspace(0, 100, height)[:, None], np.linspace(0, 155, width)[None]
    eye = np.repeat((down + across).astype(np.uint8)[..., None], 3, axis=2)
    path = graphs.pair_graph(tmp_path / "m.onnx", 64, 128)
    answer = answer_of(path, pair_of(eye, eye))
    scale = width / min(128, round(width * min(64 / height, 128 / width)))
    # The graph's answer is the sum of its weights times the grey; clear of the border, where averaging sees less.
    expected = eye[..., 0] * (sum(graphs.LEFT_WEIGHTS) + sum(graphs.RIGHT_WEIGHTS)) * scale
    inside = np.s_[height // 8 : -height // 8, width // 8 : -width // 8]
    assert np.abs(answer[inside] - expected[inside]).max() < 0.04 * expected.max()


def test_the_info_says_what_runs(tmp_path: Path) -> None:
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW)
    doubtful = replace(guessed(path), doubt="Who knows.")
    estimator = OnnxStereoEstimator(OnnxSession(path), doubtful, Selection("m", 5, (480, 640)), title="My model")
    assert estimator.info.title == "My model"
    assert estimator.info.selection == Selection("m", 5, HW), "the graph's size, not the wish"
    assert estimator.info.provider in ("CPU", "CUDA", "DirectML", "CoreML")
    assert estimator.info.provider_note.endswith("Who knows.")
    assert estimator.info.eyes == 2
    estimator.close()
    path = graphs.pair_graph(tmp_path / "f.onnx", "h", "w")
    free = OnnxStereoEstimator(OnnxSession(path), guessed(path), Selection("m", None, (96, 128)), title="f")
    assert free.info.selection.size_hw == (96, 128)
    free.close()


# --- what a manifest says and no shape tells


ODD = Scaling((0.1, 0.2, 0.3), (0.4, 0.5, 0.6))


@pytest.mark.parametrize("scaling", [*SCALINGS.values(), ODD], ids=[*SCALINGS, "odd"])
@pytest.mark.parametrize("colours", list(Colours))
@pytest.mark.parametrize("channels_last", [False, True])
def test_every_scaling_and_order_of_colours(
    tmp_path: Path, scaling: Scaling, colours: Colours, channels_last: bool
) -> None:
    pair = noise_pair()
    channels = 1 if colours is Colours.GREY else 3
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW, channels=channels, channels_last=channels_last)
    fed = []
    for eye in (pair.left, pair.right):
        if colours is Colours.GREY:
            fed.append((np.rint(grey(eye))[..., None] / 255 - scaling.mean[0]) / scaling.std[0])
        else:
            scaled = (eye / 255 - scaling.mean) / scaling.std
            fed.append(scaled[..., ::-1] if colours is Colours.BGR else scaled)
    expected = fed[0] @ graphs.LEFT_WEIGHTS[:channels] + fed[1] @ graphs.RIGHT_WEIGHTS[:channels]
    answer = answer_of(path, pair, manifest=guessed(path, scaling=scaling, colours=colours))
    # One step of grey is lost to rounding.
    step = 0.09 / (255 * scaling.std[0]) if colours is Colours.GREY else 0
    np.testing.assert_allclose(answer, expected, atol=1e-4 + 2e-6 * np.abs(expected).max() + step)


def test_sign_scale_and_the_named_output_make_pixels(tmp_path: Path) -> None:
    pair = noise_pair()
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW, before=(1, 1, *HW))
    manifest = guessed(path, output="output", sign=-1, scale=0.5)
    expected = -0.5 * graphs.pair_answer(pair.left, pair.right)
    np.testing.assert_allclose(answer_of(path, pair, manifest=manifest), expected, atol=2e-3)
    other = answer_of(path, pair, manifest=guessed(path, output="output", channel=1))
    np.testing.assert_allclose(other, graphs.GARBAGE, rtol=1e-5)


@pytest.mark.parametrize(("stack", "size"), [(Stack.ROWS, (16, 64)), (Stack.COLUMNS, (32, 32))])
def test_eyes_one_above_the_other_or_side_by_side(tmp_path: Path, stack: Stack, size: tuple[int, int]) -> None:
    """The graph answers for both eyes; the left one's part is the upper or the left one, and the map is one eye's."""
    graph = graphs.Graph()
    both = graph.weighted(graph.input("both", (1, 3, *HW)), (1.0, 10.0, 100.0))
    axis = 2 if stack is Stack.ROWS else 3
    half = np.array([HW[axis - 2] // 2], np.int64)
    far = graph.stored(np.array([2**60], np.int64))
    axes = graph.stored(np.array([axis], np.int64))
    first = graph.add("Slice", both, graph.stored(half * 0), graph.stored(half), axes)
    second = graph.add("Slice", both, graph.stored(half), far, axes)
    graph.output(graph.add("Sub", first, second), (1, 1, *size), "disp")
    path = graph.save(tmp_path / "m.onnx")
    manifest = guessed(path, stack=stack, scaling=SCALINGS["0..1"])
    assert (manifest.kind, manifest.size) == (Kind.STEREO, size)
    pair = noise_pair(*size)
    expected = (pair.left / 255 - pair.right / 255) @ np.array([1.0, 10.0, 100.0])
    np.testing.assert_allclose(answer_of(path, pair, manifest=manifest), expected, atol=1e-4)


def test_a_stretched_picture_is_squashed_and_its_disparity_grows_with_the_width(tmp_path: Path) -> None:
    path = graphs.constant_graph(tmp_path / "m.onnx", np.full(HW, 5, np.float32))
    answer = answer_of(path, noise_pair(96, 96), manifest=guessed(path, resize=Resize.STRETCH))
    np.testing.assert_allclose(answer, 5 * 96 / 64, rtol=1e-6)


def test_confidence_and_mask_are_read_where_they_are_named(tmp_path: Path) -> None:
    graph = graphs.Graph()
    eyes = [graph.input(name, (1, 3, *HW)) for name in ("left", "right")]
    shown = graph.weighted(graph.add("Sub", *eyes), (0.0, 0.0, 0.0), bias=(7.0,))
    ramp = np.broadcast_to(np.linspace(0, 1, HW[1], dtype=np.float32), (1, 1, *HW))
    graph.output(shown, (1, 1, *HW), "disp")
    graph.output(graph.stored(ramp), (1, 1, *HW), "sure")
    graph.output(graph.stored(1 - ramp), (1, 1, *HW), "seen")
    path = graph.save(tmp_path / "m.onnx")
    estimate = estimate_of(path, noise_pair(), manifest=guessed(path, output="disp", confidence="sure", mask="seen"))
    assert estimate.confidence is not None
    np.testing.assert_allclose(estimate.confidence, ramp[0, 0], atol=1e-6)
    assert np.isnan(estimate.values[:, 32:]).all()
    np.testing.assert_array_equal(estimate.values[:, :32], 7)


def test_names_that_the_graph_does_not_have_are_a_sentence(tmp_path: Path) -> None:
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW)
    with pytest.raises(
        UserError, match=r"The manifest names depth, which this model does not have: use some of output"
    ):
        answer_of(path, noise_pair(), manifest=guessed(path, output="depth"))


# --- what is no stereo model


def test_one_picture_in_is_no_stereo_model(tmp_path: Path) -> None:
    path = graphs.mono_graph(tmp_path / "m.onnx")
    assert guessed(path).kind is Kind.MONO
    with pytest.raises(UserError, match=r"This model does not take two pictures .*m\.onnx$") as caught:
        guessed(path, kind=Kind.STEREO)
    assert "image" in caught.value.details


def test_a_graph_without_an_answer_of_its_size_says_so(tmp_path: Path) -> None:
    graph = graphs.Graph()
    flow = graph.weighted(graph.input("input", (1, 2, 32, 64)), (1.0, 1.0))
    graph.output(graph.add("AveragePool", flow, kernel_shape=[4, 4], strides=[4, 4]), (1, 1, 8, 16), "small")
    with pytest.raises(UserError, match="This model gives no disparity of its own size"):
        answer_of(graph.save(tmp_path / "m.onnx"), noise_pair())


def test_whole_numbers_that_are_no_picture_are_refused(tmp_path: Path) -> None:
    path = graphs.pair_graph(tmp_path / "m.onnx", *HW, kind=graphs.TensorProto.INT64)
    with pytest.raises(UserError, match=r"This model takes tensor\(int64\), which is not a picture"):
        answer_of(path, noise_pair())


@pytest.mark.parametrize("count", [3, 5])
def test_other_numbers_of_pictures_are_refused(tmp_path: Path, count: int) -> None:
    graph = graphs.Graph()
    values = [graph.weighted(graph.input(f"eye{n}", (1, 3, 32, 64)), (1.0, 1.0, 1.0)) for n in range(count)]
    total = values[0]
    for value in values[1:]:
        total = graph.add("Add", total, value)
    graph.output(total, (1, 1, 32, 64), "disp")
    with pytest.raises(UserError, match="This model does not take one picture, or two"):
        answer_of(graph.save(tmp_path / "m.onnx"), noise_pair())
