"""Where a network runs: what follows from what there is, and what a failure in words means."""

from pathlib import Path

import numpy as np
import onnx
import pytest

from depthview.engine.execution.answers import SUSPECT_AFTER, AnswerWatch, is_empty
from depthview.engine.execution.devices import (
    COREML,
    CPU,
    CUDA,
    DIRECTML,
    TENSORRT,
    Device,
    Graph,
    Machine,
    engine_folder,
    plan,
    without_capture,
)
from depthview.engine.execution.failure import EngineBroken, OutOfMemory, cure_needed
from depthview.engine.execution.recording import Recording, is_fixed
from depthview.engine.runtime import OnnxSession
from tests.engine import onnx_graphs as graphs

GPU_BUILD = (TENSORRT, CUDA, CPU)
CARD = "NVIDIA H200 driver 580.65"
WITH_GPU = Machine(GPU_BUILD, CARD, "10.9.0", "1.31.1")
WITHOUT_TENSORRT = Machine(GPU_BUILD, CARD, "", "1.31.1")
WITHOUT_DRIVER = Machine(GPU_BUILD, "", "", "1.31.1")
MAC, WINDOWS, PLAIN = Machine((COREML, CPU)), Machine((DIRECTML, CPU)), Machine((CPU,))


@pytest.mark.parametrize(
    ("machine", "wish", "order", "note"),
    [
        (WITH_GPU, Device.AUTO, [CUDA, CPU], ""),  # TensorRT builds for minutes: never unasked
        (WITH_GPU, Device.CPU, [CPU], ""),
        (WITH_GPU, Device.TENSORRT, [TENSORRT, CUDA, CPU], ""),
        (WITHOUT_TENSORRT, Device.TENSORRT, [CUDA, CPU], "TensorRT asked for, not had: its library"),
        (WITHOUT_DRIVER, Device.AUTO, [CPU], ""),  # nobody asked for it
        (WITHOUT_DRIVER, Device.CUDA, [CPU], "CUDA asked for, not had: this computer has no NVIDIA driver"),
        (
            WITHOUT_DRIVER,
            Device.TENSORRT_FP16,
            [CPU],
            "TensorRT asked for, not had: this computer has no NVIDIA driver",
        ),
        (WITHOUT_DRIVER, Device.CPU, [CPU], ""),
        (MAC, Device.AUTO, [COREML, CPU], ""),
        (MAC, Device.CUDA, [COREML, CPU], "CUDA asked for, not had: the installed ONNX Runtime was built without it"),
        (WINDOWS, Device.AUTO, [DIRECTML, CPU], ""),
        (WINDOWS, Device.DIRECTML, [DIRECTML, CPU], ""),
        (PLAIN, Device.AUTO, [CPU], ""),
        (PLAIN, Device.COREML, [CPU], "CoreML asked for, not had: the installed ONNX Runtime was built without it"),
    ],
)
def test_where_it_runs_follows_from_the_machine_and_the_wish(
    machine: Machine, wish: Device, order: list[str], note: str
) -> None:
    made = plan(machine, wish, Graph(), engines=Path("e"))
    assert [name for name, _options in made.providers] == order
    assert made.note == note or (note and made.note.startswith(note))
    assert made.plans_memory is (order[0] != DIRECTML)


def test_what_is_offered_to_a_person_can_run() -> None:
    assert WITH_GPU.devices == (Device.AUTO, Device.CPU, Device.CUDA, Device.TENSORRT, Device.TENSORRT_FP16)
    assert WITHOUT_TENSORRT.devices == (Device.AUTO, Device.CPU, Device.CUDA)
    assert WITHOUT_DRIVER.devices == PLAIN.devices == (Device.AUTO, Device.CPU)
    assert MAC.devices == (Device.AUTO, Device.CPU, Device.COREML)


def test_half_precision_only_where_it_was_asked_for() -> None:
    for wish, half in ((Device.TENSORRT, "0"), (Device.TENSORRT_FP16, "1")):
        options = dict(plan(WITH_GPU, wish, Graph(), engines=Path("/c/e")).providers)[TENSORRT]
        assert options["trt_fp16_enable"] == half
        assert options["trt_engine_cache_enable"] == options["trt_timing_cache_enable"] == "1"
        assert Path(options["trt_engine_cache_path"]) == Path("/c/e")
        assert Path(options["trt_timing_cache_path"]) == Path("/c")


@pytest.mark.parametrize(
    ("machine", "wish", "graph", "captures"),
    [
        (WITH_GPU, Device.AUTO, Graph(fixed=True), True),
        (WITH_GPU, Device.CUDA, Graph(fixed=True), True),
        (WITH_GPU, Device.CUDA, Graph(fixed=False), False),
        (WITH_GPU, Device.CUDA, Graph(fixed=True, in_turn=True), False),
        (WITH_GPU, Device.TENSORRT, Graph(fixed=True), False),
        (WITH_GPU, Device.CPU, Graph(fixed=True), False),
        (WITHOUT_DRIVER, Device.CUDA, Graph(fixed=True), False),
        (MAC, Device.AUTO, Graph(fixed=True), False),
    ],
)
def test_a_cuda_graph_is_recorded_only_where_nothing_moves(
    machine: Machine, wish: Device, graph: Graph, captures: bool
) -> None:
    made = plan(machine, wish, graph, engines=Path("e"))
    assert made.captures is captures
    assert dict(made.providers).get(CUDA, {}).get("enable_cuda_graph") == ("1" if captures else None)
    given_up = without_capture(made)
    assert "enable_cuda_graph" not in dict(given_up.providers).get(CUDA, {})
    assert [name for name, _options in given_up.providers] == [name for name, _options in made.providers]
    assert not given_up.captures


def test_no_engine_of_another_machine_or_graph_is_picked(tmp_path: Path) -> None:
    machines = [
        WITH_GPU,
        Machine(GPU_BUILD, CARD, "10.9.0", "1.32.0"),
        Machine(GPU_BUILD, CARD, "10.10.0", "1.31.1"),
        Machine(GPU_BUILD, "NVIDIA H200 driver 590.1", "10.9.0", "1.31.1"),
        Machine(GPU_BUILD, "NVIDIA RTX 4080/5080: driver 580.65", "10.9.0", "1.31.1"),
    ]
    folders = {engine_folder(tmp_path, machine, sha * 32) for machine in machines for sha in ("ab", "cd")}
    assert len(folders) == 2 * len(machines)
    for folder in folders:
        folder.mkdir(parents=True)
        assert folder.parent.parent == tmp_path / "tensorrt", "no name of a card leads elsewhere"
    assert engine_folder(tmp_path, WITH_GPU, "ab" * 32) == engine_folder(tmp_path, WITH_GPU, "ab" * 32)


# --- failures, in the words that users reported (microsoft/onnxruntime)


@pytest.mark.parametrize(
    "words",
    [
        "CUDA failure 700: an illegal memory access was encountered ; GPU=0 ; hostname=X ; expr=cudaStreamSynchronize",
        "CUDA failure 77: an illegal memory access was encountered ; GPU=0",
        "CUDA error 719: unspecified launch failure",
        "CUDA failure 710: device-side assert triggered",
        "CUDNN failure 5000: CUDNN_STATUS_EXECUTION_FAILED ; GPU=0",
        "CUBLAS failure 13: CUBLAS_STATUS_EXECUTION_FAILED ; GPU=0",
        "DmlCommandRecorder.cpp(371): Exception(3) 887A0005 The GPU device instance has been suspended.",
    ],
)
def test_what_no_later_call_survives_wants_a_restart(words: str) -> None:
    cure = cure_needed(RuntimeError(words), "CUDA")
    assert isinstance(cure, EngineBroken)
    assert "restart it" in str(cure)
    assert words in cure.details


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("CUDA failure 2: out of memory ; GPU=0 ; hostname=X ; expr=cudaMalloc((void**)&p, size)"),
        RuntimeError(
            "bfc_arena.cc:376 AllocateRawInternal Failed to allocate memory for requested buffer of size 4096"
        ),
        RuntimeError("CUBLAS failure 3: CUBLAS_STATUS_ALLOC_FAILED ; GPU=0"),
        RuntimeError("Exception during initialization: std::bad_alloc"),
        MemoryError(),
    ],
)
def test_too_little_memory_wants_less(error: Exception) -> None:
    assert isinstance(cure_needed(error, "CUDA"), OutOfMemory)


@pytest.mark.parametrize(
    "words",
    [
        "Got invalid dimensions for input: image for the following indices index: 2 Got: 700 Expected: 32",
        "Load model from /m.onnx failed:Protobuf parsing failed.",
        "CUDA failure 35: CUDA driver version is insufficient for CUDA runtime version",
        "Non-zero status code returned while running Conv node. Name:'conv_700'",
    ],
)
def test_what_only_this_picture_or_file_did_wants_neither(words: str) -> None:
    assert cure_needed(RuntimeError(words), "CUDA") is None


def test_memory_that_no_machine_has_is_known_by_what_onnx_runtime_really_says(tmp_path: Path) -> None:
    graph = graphs.Graph()
    value = graph.input("image", (1, 3, 1, 1))
    terabytes = graph.stored(np.array([1 << 20, 3, 1 << 12, 1 << 12], np.int64))
    graph.output(graph.add("Expand", value, terabytes), ("n", 3, "h", "w"), "depth")
    session = OnnxSession(graph.save(tmp_path / "m.onnx"), threads=1)
    with pytest.raises(OutOfMemory, match="choose a smaller resolution"):
        session.run({"image": np.ones((1, 3, 1, 1), np.float32)})
    session.close()


# --- answers


PICTURE = np.random.default_rng(1).integers(0, 256, (40, 60, 3)).astype(np.uint8)
FOG = np.full((40, 60, 3), 128, np.uint8)
GONE = np.full((4, 6), np.nan, np.float32)
FLAT = np.full((4, 6), 3.5, np.float32)
GOOD = np.arange(24, dtype=np.float32).reshape(4, 6)


def partly(values: np.ndarray, at: tuple[int, int], value: float) -> np.ndarray:
    changed = values.copy()
    changed[at] = value
    return changed


def test_an_answer_is_empty_when_no_place_differs() -> None:
    assert is_empty(GONE)
    assert is_empty(FLAT)
    assert is_empty(np.zeros((4, 6), np.float32))
    for alive in (GOOD, partly(GONE, (2, 3), 1.0), partly(FLAT, (2, 3), 3.6), partly(FLAT, (2, 3), np.nan)):
        assert not is_empty(alive)


@pytest.mark.parametrize("empty", [GONE, FLAT])
def test_only_empty_answers_in_a_row_to_real_pictures_are_suspicious(empty: np.ndarray) -> None:
    watch = AnswerWatch()
    assert [watch.is_gone(empty, PICTURE) for _ in range(SUSPECT_AFTER)] == [False] * (SUSPECT_AFTER - 1) + [True]
    assert not watch.is_gone(GOOD, PICTURE), "it answers again"
    assert not watch.is_gone(empty, PICTURE)
    watch = AnswerWatch()
    assert not any(watch.is_gone(empty, FOG) for _ in range(9)), "of one colour nothing can be said"
    watch = AnswerWatch()
    said = [watch.is_gone(answer, PICTURE) for answer in (empty, GOOD) * 9]
    assert not any(said), "not in a row"


# --- a recording; what is CUDA's alone is its memory, so that the places can be tried in the CPU's


def adding(path: Path, height: int | str = 2) -> Path:
    graph = graphs.Graph()
    values = [graph.input(name, (1, 3, height, 3)) for name in ("a", "b")]
    graph.output(graph.add("Add", *values), (1, 3, height, 3), "total")
    graph.output(graph.add("Sub", *values), (1, 3, height, 3), "difference")
    return graph.save(path)


def test_a_recording_answers_as_the_graph_does_and_gives_answers_away(tmp_path: Path) -> None:
    import onnxruntime as ort

    session = ort.InferenceSession(str(adding(tmp_path / "m.onnx")), providers=[CPU])
    recording = Recording(session, "cpu")
    one, two = (np.full((1, 3, 2, 3), n, np.float32) for n in (1, 2))
    (first,) = recording.run({"a": one, "b": two}, ["difference"])
    second = recording.run({"b": one, "a": two}, None)
    np.testing.assert_array_equal(first, one - two, "one's own copy")
    np.testing.assert_array_equal(second[0], one + two)
    np.testing.assert_array_equal(second[1], two - one)
    with pytest.raises(ValueError, match="a is"):
        recording.run({"a": one[:, :, :1], "b": two}, None)


def test_what_leaves_a_size_open_is_not_fixed(tmp_path: Path) -> None:
    assert is_fixed(onnx.load(str(adding(tmp_path / "fixed.onnx"))))
    assert not is_fixed(onnx.load(str(adding(tmp_path / "free.onnx", "height"))))
