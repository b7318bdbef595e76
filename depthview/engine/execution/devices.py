"""Where a network runs: what a person may wish for, what a machine has, and what ONNX Runtime is told to do about it.

All of it follows from facts that are handed in, so that a machine with a GPU can be reasoned about on one without.
The options: onnxruntime.ai, execution providers CUDA, TensorRT and DirectML; notes/ecosystem.md 4.
"""

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Device(StrEnum):
    """What a person may wish for. AUTO takes the best that needs no waiting: TensorRT, which builds for minutes at
    first, runs only where it was asked for. Half precision is a choice of its own, since some networks fail in it."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"
    TENSORRT = "tensorrt"
    TENSORRT_FP16 = "tensorrt-fp16"
    COREML = "coreml"
    DIRECTML = "directml"


CPU, CUDA, TENSORRT = "CPUExecutionProvider", "CUDAExecutionProvider", "TensorrtExecutionProvider"
COREML, DIRECTML = "CoreMLExecutionProvider", "DmlExecutionProvider"

NAMES = {CPU: "CPU", CUDA: "CUDA", TENSORRT: "TensorRT", COREML: "CoreML", DIRECTML: "DirectML"}
"""ONNX Runtime's names for them, and what people call them."""

_FIRST = {
    Device.CPU: CPU,
    Device.CUDA: CUDA,
    Device.TENSORRT: TENSORRT,
    Device.TENSORRT_FP16: TENSORRT,
    Device.COREML: COREML,
    Device.DIRECTML: DIRECTML,
}
_BY_ITSELF = (CUDA, DIRECTML, COREML)

Options = dict[str, str]


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is. `offered` are the providers that the installed ONNX Runtime was built with, by its names for them.

    `nvidia` names the NVIDIA cards and their driver, empty without a driver; `tensorrt` is the version of TensorRT's
    library, empty where it does not load; `runtime` is ONNX Runtime's version.
    """

    offered: tuple[str, ...]
    nvidia: str = ""
    tensorrt: str = ""
    runtime: str = ""

    def lacks(self, provider: str) -> str:
        """Why a provider cannot run here, as the end of a sentence; empty when nothing is known to be against it."""
        if provider not in self.offered:
            return "the installed ONNX Runtime was built without it"
        if provider in (CUDA, TENSORRT) and not self.nvidia:
            return "this computer has no NVIDIA driver"
        if provider == TENSORRT and not self.tensorrt:
            return "its library (libnvinfer 10) does not load; run `pip install 'tensorrt-cu13<11'`"
        return ""

    @property
    def devices(self) -> tuple[Device, ...]:
        """What it makes sense to wish for here."""
        return (Device.AUTO, *(device for device, provider in _FIRST.items() if not self.lacks(provider)))


@dataclass(frozen=True, slots=True)
class Graph:
    """What matters of a graph. `fixed` says that no dimension of any input or output is left open.

    `in_turn` says that its values stay on the device and feed other graphs, which binds them anew in every run.
    """

    fixed: bool = False
    in_turn: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """`providers` in the order in which ONNX Runtime is to try them, each with its options; the CPU is the last.

    `note` says what was wished for and is not even tried. `captures`: the work is recorded once as a CUDA graph and
    played back. `plans_memory` is off where ONNX Runtime may not plan it ahead.
    """

    providers: tuple[tuple[str, Options], ...]
    note: str = ""
    captures: bool = False
    plans_memory: bool = True

    @property
    def first(self) -> str:
        return self.providers[0][0]


def plan(machine: Machine, wish: Device, graph: Graph, *, engines: Path) -> Plan:
    """What to ask ONNX Runtime for. `engines` is the folder for what TensorRT builds of this graph on this machine."""
    by_itself = next((p for p in _BY_ITSELF if p in machine.offered), CPU)
    first = _FIRST.get(wish, by_itself)
    note = ""
    if lacks := machine.lacks(first):
        if wish is not Device.AUTO:  # nobody misses what nobody asked for
            note = f"{NAMES[first]} asked for, not had: {lacks}"
        # What a person asked for and cannot have is replaced by what would run had they asked for nothing.
        first = by_itself if not machine.lacks(by_itself) else CPU
    captures = first == CUDA and graph.fixed and not graph.in_turn
    providers: list[tuple[str, Options]] = []
    if first == TENSORRT:
        providers.append((TENSORRT, _tensorrt(engines, half=wish is Device.TENSORRT_FP16)))
    if (
        first in (TENSORRT, CUDA) and CUDA in machine.offered
    ):  # CUDA also takes the nodes that TensorRT has no kernel for
        providers.append((CUDA, _cuda(captures=captures)))
    elif first not in (TENSORRT, CUDA, CPU):
        providers.append((first, {}))
    providers.append((CPU, {}))
    return Plan(tuple(providers), note, captures, plans_memory=first != DIRECTML)


def without_capture(made: Plan) -> Plan:
    """The same, with nothing recorded: for a graph that turned out to have a node elsewhere, a loop or a branch."""
    providers = tuple((name, _cuda(captures=False) if name == CUDA else options) for name, options in made.providers)
    return Plan(providers, made.note, captures=False, plans_memory=made.plans_memory)


def engine_folder(cache: Path, machine: Machine, graph_sha256: str) -> Path:
    """Where the engines of one graph lie. An engine fits one graph, ONNX Runtime, TensorRT, driver and card alone, and
    ONNX Runtime tells only some of these apart by itself: each combination has a folder of its own."""
    words = f"onnxruntime {machine.runtime} tensorrt {machine.tensorrt} {machine.nvidia}"
    name = "".join(c if c.isalnum() or c in ".-" else "_" for c in words)
    return cache / "tensorrt" / name / graph_sha256[:16]


def _cuda(*, captures: bool) -> Options:
    # The arena would otherwise double at every growth and never give back.
    options = {"arena_extend_strategy": "kSameAsRequested", "cudnn_conv_algo_search": "HEURISTIC"}
    return options | {"enable_cuda_graph": "1"} if captures else options


def _tensorrt(engines: Path, *, half: bool) -> Options:
    return {
        "trt_engine_cache_enable": "1",
        "trt_engine_cache_path": str(engines),
        # What was measured of one graph's kernels helps to build the next: the same for all graphs of a machine.
        "trt_timing_cache_enable": "1",
        "trt_timing_cache_path": str(engines.parent),
        "trt_fp16_enable": "1" if half else "0",
    }
