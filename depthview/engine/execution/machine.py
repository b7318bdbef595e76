"""What this machine has to run networks on, asked of the libraries themselves."""

import contextlib
import ctypes
import importlib.util
import sys
from pathlib import Path

from depthview.engine.execution.devices import CUDA, TENSORRT, Device, Machine

_TEXT_BYTES = 96
_TENSORRT_MAJOR = 10
"""What ONNX Runtime 1.23 to 1.31 are linked against."""


def this_machine() -> Machine:
    """Asks anew each time: a driver may be updated under a running program. Loads ONNX Runtime."""
    import onnxruntime as ort

    offered = tuple(ort.get_available_providers())
    nvidia = nvidia_cards() if CUDA in offered else ""
    tensorrt = tensorrt_version() if nvidia and TENSORRT in offered else ""
    return Machine(offered, nvidia, tensorrt, str(ort.__version__))


def usable_devices() -> tuple[Device, ...]:
    """What it makes sense to offer a person here."""
    return this_machine().devices


def nvidia_driver_found() -> bool:
    """Whether this machine has an NVIDIA driver at all."""
    return _library("nvcuda.dll" if sys.platform == "win32" else "libcuda.so.1") is not None


def nvidia_cards() -> str:
    """The NVIDIA cards and their driver's version, such as `NVIDIA H200 driver 580.65`; empty without a driver."""
    if not nvidia_driver_found():
        return ""
    nvml = _library("nvml.dll" if sys.platform == "win32" else "libnvidia-ml.so.1")
    if nvml is None or nvml.nvmlInit_v2() != 0:
        return "NVIDIA"  # it may still run; only what is cached cannot be told apart by the card
    try:
        text, count = ctypes.create_string_buffer(_TEXT_BYTES), ctypes.c_uint()
        names: list[str] = []
        if nvml.nvmlDeviceGetCount_v2(ctypes.byref(count)) == 0:
            for index in range(count.value):
                card = ctypes.c_void_p()
                if nvml.nvmlDeviceGetHandleByIndex_v2(index, ctypes.byref(card)) == 0:
                    nvml.nvmlDeviceGetName(card, text, _TEXT_BYTES)
                    names.append(text.value.decode(errors="replace"))
        version = ""
        if nvml.nvmlSystemGetDriverVersion(text, _TEXT_BYTES) == 0:
            version = f"driver {text.value.decode(errors='replace')}"
        return " ".join([*names, version]).strip() or "NVIDIA"
    finally:
        nvml.nvmlShutdown()


def tensorrt_version() -> str:
    """The version of TensorRT's library, such as `10.9.0`; empty where it does not load.

    Loads it: ONNX Runtime looks for it on the system's own paths only, and takes what is loaded already.
    """
    windows = sys.platform == "win32"
    name = f"nvinfer_{_TENSORRT_MAJOR}.dll" if windows else f"libnvinfer.so.{_TENSORRT_MAJOR}"
    plugins = f"nvinfer_plugin_{_TENSORRT_MAJOR}.dll" if windows else f"libnvinfer_plugin.so.{_TENSORRT_MAJOR}"
    for folder in (*_packaged_tensorrt(), None):
        library = _library(name if folder is None else str(folder / name))
        if library is None or _library(plugins if folder is None else str(folder / plugins)) is None:
            continue
        with contextlib.suppress(AttributeError):
            number = int(library.getInferLibVersion())
            return f"{number // 10000}.{number // 100 % 100}.{number % 100}"
    return ""


def _packaged_tensorrt() -> list[Path]:
    """The folder that `pip install tensorrt` puts the libraries into."""
    found = importlib.util.find_spec("tensorrt_libs")
    return [Path(place) for place in (found.submodule_search_locations or ())] if found else []


def _library(name: str) -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(name, mode=ctypes.RTLD_GLOBAL)
    except OSError:
        return None
