"""A model that runs out of memory makes do with less, once; an accelerator that has died is noticed."""

from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.errors import UserError
from depthview.engine.estimators.base import Estimator, EstimatorInfo, Selection
from depthview.engine.estimators.contract import Kind, Manifest, Numbers, Role
from depthview.engine.estimators.onnx_mono import OnnxMonoEstimator
from depthview.engine.execution.answers import SUSPECT_AFTER
from depthview.engine.execution.devices import CUDA, Device
from depthview.engine.execution.failure import EngineBroken, OutOfMemory
from depthview.engine.frames import StereoPair
from depthview.engine.models.guarded import GuardedEstimator, lesser
from depthview.engine.models.library import BUILT_IN, ModelFamily, Variant
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs
from tests.engine.dot_pairs import pair_of, texture
from tests.engine.onnx_accelerator import install

SMALL, LARGE = (8, 12), (32, 48)
NO_MEMORY = "CUDA failure 2: out of memory ; GPU=0 ; hostname=X ; expr=cudaMalloc((void**)&p, size)"
POISONED = "CUDA failure 700: an illegal memory access was encountered ; GPU=0"
NO_MACHINE_HAS = 1 << 40
TEXTURED, GREY = texture(32, 48), np.full((32, 48, 3), 128, np.uint8)


def depth_graph(path: Path, size_hw: tuple[int, int], factor: float, copies: int) -> Path:
    """`factor` x red + 2, after holding so many copies of the picture."""
    graph = graphs.Graph()
    picture = graph.input("image", (1, 3, *size_hw))
    all_of_them = graph.add("Expand", picture, graph.stored(np.array([copies, 3, *size_hw], np.int64)))
    one = graph.add("ReduceMax", all_of_them, axes=[0], keepdims=1)
    graph.output(graph.weighted(one, (factor, 0.0, 0.0), bias=(2.0,)), (1, 1, *size_hw), "depth")
    return graph.save(path)


@dataclass
class Shelf:
    """Files of one model at several sizes, opened as the model library opens them."""

    folder: Path
    factor: float = 1.0
    copies: dict[tuple[int, int], int] = field(default_factory=lambda: {LARGE: 1})
    opened: list[Selection] = field(default_factory=list)

    @property
    def family(self) -> ModelFamily:
        files = {
            size: depth_graph(self.folder / f"{size[0]}.onnx", size, self.factor, n) for size, n in self.copies.items()
        }
        return ModelFamily("m", "M", tuple(Variant(None, size, path) for size, path in files.items()), eyes=1)

    def build(self, selection: Selection) -> Estimator:
        self.opened.append(selection)
        variant = self.family.nearest(selection)
        assert variant.path is not None
        manifest = Manifest(Kind.MONO, ((Role.PICTURE, "image"),), Numbers.METRIC_DEPTH, size=variant.size_hw)
        return OnnxMonoEstimator(
            OnnxSession(variant.path, threads=1, device=selection.device), manifest, selection, title="M"
        )

    def guarded(self, selection: Selection) -> GuardedEstimator:
        return GuardedEstimator(selection, self.family, self.build)


def see(picture: np.ndarray = TEXTURED) -> StereoPair:
    return pair_of(picture, picture)


def test_out_of_memory_the_next_smaller_size_runs_and_it_is_said(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, copies={SMALL: 1, LARGE: NO_MACHINE_HAS})
    estimator = shelf.guarded(Selection("m", None, LARGE, device=Device.CPU))
    estimate = estimator.estimate(see())
    assert estimate.values.shape == (32, 48)
    assert np.isfinite(estimate.values).all()
    assert [selection.size_hw for selection in shelf.opened] == [LARGE, SMALL]
    assert estimator.info.selection.size_hw == SMALL
    assert estimator.info.provider_note == "out of memory at 32x48 on CPU: runs at 8x12 instead"
    estimator.estimate(see())
    assert len(shelf.opened) == 2, "it stays with what works"
    estimator.close()


def test_a_second_time_it_is_the_person_s_turn(tmp_path: Path) -> None:
    middle = (16, 24)
    shelf = Shelf(tmp_path, copies={SMALL: 1, middle: NO_MACHINE_HAS, LARGE: NO_MACHINE_HAS})
    estimator = shelf.guarded(Selection("m", None, LARGE, device=Device.CPU))
    for _picture in range(2):
        with pytest.raises(OutOfMemory, match="choose a smaller resolution"):
            estimator.estimate(see())
    assert [selection.size_hw for selection in shelf.opened] == [LARGE, middle]
    assert estimator.info.title == "M", "what ran last is still told"
    estimator.close()


def test_without_a_smaller_size_an_accelerator_gives_way_to_the_cpu(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    accelerator = install(monkeypatch)
    shelf = Shelf(tmp_path)
    estimator = shelf.guarded(Selection("m", None, LARGE))
    assert (estimator.info.provider, estimator.info.provider_note) == ("CUDA", "")
    accelerator.says = NO_MEMORY
    estimate = estimator.estimate(see())
    red = see().left[..., 0] / 255
    np.testing.assert_allclose(estimate.values, red + 2, atol=1e-5)
    assert [selection.device for selection in shelf.opened] == [Device.AUTO, Device.CPU]
    assert estimator.info.provider == "CPU"
    assert estimator.info.provider_note == "out of memory at 32x48 on CUDA: runs on the CPU instead"
    estimator.close()


def test_memory_may_be_short_as_soon_as_it_is_loaded(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)

    def build(selection: Selection) -> Estimator:
        if selection.device is not Device.CPU:
            raise OutOfMemory("CUDA failure 2: out of memory")
        return shelf.build(selection)

    estimator = GuardedEstimator(Selection("m"), shelf.family, build)
    assert np.isfinite(estimator.estimate(see()).values).all()
    assert estimator.info.provider_note == "out of memory: runs on the CPU instead"
    estimator.close()


def test_a_cpu_that_has_no_memory_and_no_smaller_size_says_so(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, copies={LARGE: NO_MACHINE_HAS})
    estimator = shelf.guarded(Selection("m", None, LARGE))
    with pytest.raises(OutOfMemory):
        estimator.estimate(see())
    estimator.close()


def test_a_poisoned_context_is_asked_nothing_any_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accelerator = install(monkeypatch)
    estimator = Shelf(tmp_path).guarded(Selection("m", None, LARGE))
    estimator.estimate(see())
    accelerator.says = POISONED
    for _picture in range(3):
        with pytest.raises(EngineBroken, match="failed on CUDA and will not recover by itself: restart it") as caught:
            estimator.estimate(see())
        assert "700" in caught.value.details
    assert accelerator.runs == 2
    estimator.close()


@pytest.mark.parametrize("factor", [np.nan, 0.0])
def test_an_accelerator_that_answers_nothing_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, factor: float
) -> None:
    """A real graph that gives NaN, and one that gives 2 everywhere, whatever it sees."""
    install(monkeypatch)
    estimator = Shelf(tmp_path, factor).guarded(Selection("m", None, LARGE))
    for _picture in range(SUSPECT_AFTER + 1):
        estimator.estimate(see(GREY))
    for _picture in range(SUSPECT_AFTER - 1):
        estimator.estimate(see())
    for _picture in range(2):
        with pytest.raises(EngineBroken):
            estimator.estimate(see())
    estimator.close()


def test_on_the_cpu_a_model_may_say_what_it_likes(tmp_path: Path) -> None:
    estimator = Shelf(tmp_path, 0.0).guarded(Selection("m", None, LARGE, device=Device.CPU))
    for _picture in range(2 * SUSPECT_AFTER):
        np.testing.assert_array_equal(estimator.estimate(see()).values, 2)
    estimator.close()


@pytest.mark.parametrize(
    ("wanted", "ran_at", "provider", "less"),
    [
        (Selection("dv-stereo", rate_hz=10.0), (480, 640), "CUDA", Selection("dv-stereo", None, (360, 480), 10.0)),
        (Selection("dv-stereo", 5, (720, 1280)), (720, 1280), "CPU", Selection("dv-stereo", 5, (480, 640))),
        (Selection("dv-stereo", 5), (16, 16), "CUDA", Selection("dv-stereo", 5, device=Device.CPU)),
        (Selection("dv-stereo", 5), (16, 16), "CPU", None),
        (Selection("dv-stereo", 5), None, "", Selection("dv-stereo", 5, device=Device.CPU)),
        (Selection("dv-stereo", 5, device=Device.CPU), None, "", None),
    ],
)
def test_less_is_the_next_smaller_size_then_the_cpu_then_nothing(
    wanted: Selection, ran_at: tuple[int, int] | None, provider: str, less: Selection | None
) -> None:
    ran = None if ran_at is None else EstimatorInfo("M", replace(wanted, size_hw=ran_at), provider)
    assert lesser(BUILT_IN, wanted, ran) == less


def test_a_graph_that_cannot_be_recorded_runs_as_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no CUDA memory here, so that making places in it fails as it would for a graph with a loop."""
    accelerator = install(monkeypatch)
    path = depth_graph(tmp_path / "m.onnx", LARGE, 1.0, 1)
    session = OnnxSession(path, threads=1)
    captures = [dict(providers)[CUDA].get("enable_cuda_graph") for providers in accelerator.asked]
    assert captures == ["1", None]
    (answer,) = session.run({"image": np.ones((1, 3, *LARGE), np.float32)})
    np.testing.assert_allclose(answer, 3)
    session.close()


def test_a_file_is_not_blamed_for_memory_that_is_short(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accelerator = install(monkeypatch)
    accelerator.fails_to_open = NO_MEMORY
    path = depth_graph(tmp_path / "m.onnx", LARGE, 1.0, 1)
    with pytest.raises(OutOfMemory):
        OnnxSession(path, threads=1)
    accelerator.fails_to_open = POISONED
    with pytest.raises(EngineBroken):
        OnnxSession(path, threads=1)
    accelerator.fails_to_open = "Protobuf parsing failed."
    with pytest.raises(UserError, match="not an ONNX model"):
        OnnxSession(path, threads=1)
