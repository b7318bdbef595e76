"""`depthview doctor`: what this machine has, and what to do about what it lacks."""

import importlib.metadata
import platform
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out
from depthview.engine.errors import UserError
from depthview.engine.folders import IMPORT_FOLDER

if TYPE_CHECKING:
    from depthview.engine.execution.devices import Device

_PACKAGES = (
    "PySide6-Essentials",
    "pyqtgraph",
    "vtk",
    "numpy",
    "opencv-python-headless",
    "onnxruntime-gpu",
    "onnxruntime",
    "av",
    "pillow",
    "yt-dlp",
)
_CODECS = ("h264", "hevc", "vp9", "av1", "libx264")
_OPENGL_TIMEOUT_S = 60


def doctor(json: options.Json = False) -> None:
    """What this machine has: providers that really run, OpenGL, codecs, the JavaScript runtime for YouTube."""
    carry_out(_examine, as_json=json, say=_report)


def _examine() -> Result:
    return {
        "depthview": importlib.metadata.version("depthview") if _installed("depthview") else "checkout",
        "python": platform.python_version(),
        "system": platform.platform(),
        "packages": {name: importlib.metadata.version(name) for name in _PACKAGES if _installed(name)},
        "inference": _inference(),
        "opengl": _opengl(),
        "codecs": _codecs(),
        "javascript": _javascript(),
        "cameras": _cameras(),
    }


def _installed(name: str) -> bool:
    try:
        importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


def _inference() -> dict[str, Any]:
    """Runs a graph on everything that is offered, since ONNX Runtime lists providers that do not start."""
    from depthview.engine.execution.devices import CUDA, NAMES, Device
    from depthview.engine.execution.machine import this_machine

    machine = this_machine()
    runs_on, note = _tried(Device.AUTO)
    if CUDA in machine.offered and (lacks := machine.lacks(CUDA)):
        note = f"CUDA does not run here: {lacks}"
    if _installed("onnxruntime") and _installed("onnxruntime-gpu"):
        note = (
            "onnxruntime and onnxruntime-gpu overwrite each other: run "
            "`pip uninstall -y onnxruntime onnxruntime-gpu`, then install DepthView again"
        )
    return {
        "runs_on": runs_on,
        "note": note,
        "offered": [NAMES.get(provider, provider) for provider in machine.offered],
        "devices": {device.value: _tried(device)[0] for device in machine.devices if device is not Device.AUTO},
        "nvidia": machine.nvidia or None,
        "tensorrt": machine.tensorrt or None,
    }


def _tried(device: "Device") -> tuple[str | None, str]:
    """Where a small graph really runs when `device` is asked for, None where it does not; and what is to be said."""
    import numpy as np

    from depthview.engine.runtime import OnnxSession

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "add.onnx"
        _write_small_graph(path)
        try:
            session = OnnxSession(path, device=device)
            (answer,) = session.run({"a": np.ones(4, np.float32)})
        except UserError as error:
            return None, str(error)
        session.close()
    return (session.provider if bool((answer == 2).all()) else None), session.note


def _write_small_graph(path: Path) -> None:
    import onnx
    from onnx import TensorProto, helper

    ports = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in ("a", "b")]
    graph = helper.make_graph([helper.make_node("Add", ["a", "a"], ["b"])], "add", ports[:1], ports[1:])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, str(path))


def _opengl() -> dict[str, Any]:
    """Asked in a process of its own: a broken driver ends the process that asks."""
    command = [sys.executable, "-m", "depthview.ui.scene.probe"]
    try:
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            timeout=_OPENGL_TIMEOUT_S,
            check=False,
            cwd=IMPORT_FOLDER,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"works": False, "note": f"OpenGL could not be asked: {error}"}
    if answer.returncode != 0 or not answer.stdout.strip():
        return {"works": False, "note": "OpenGL does not start: install your graphics driver (Linux: libgl1, libegl1)"}
    renderer = answer.stdout.strip().splitlines()[-1]
    software = any(word in renderer.lower() for word in ("llvmpipe", "softpipe", "swrast"))
    return {"works": True, "renderer": renderer, "software": software}


def _codecs() -> dict[str, bool]:
    import av

    return {name: name in av.codecs_available for name in _CODECS}


def _javascript() -> dict[str, Any]:
    beside_python = Path(sysconfig.get_path("scripts")) / ("deno.exe" if sys.platform == "win32" else "deno")
    deno = str(beside_python) if beside_python.exists() else shutil.which("deno")
    note = "" if deno else 'YouTube needs Deno: run `pip install "yt-dlp[default,deno]"`'
    return {"deno": deno, "note": note}


def _cameras() -> list[str]:
    from depthview.engine.sources.cameras import list_cameras

    return [camera.name for camera in list_cameras()]


def _report(result: Result) -> str:
    inference, opengl, javascript = result["inference"], result["opengl"], result["javascript"]
    lines = [
        f"DepthView {result['depthview']}, Python {result['python']}, {result['system']}",
        "packages    " + ", ".join(f"{name} {version}" for name, version in result["packages"].items()),
        f"inference   runs on {inference['runs_on']} (built for {', '.join(inference['offered'])})",
        f"--device    {', '.join(['auto', *inference['devices']])}",
        f"OpenGL      {opengl.get('renderer', 'none')}" + (" (software)" if opengl.get("software") else ""),
        "codecs      " + ", ".join(f"{name} {'yes' if has else 'NO'}" for name, has in result["codecs"].items()),
        f"JavaScript  {javascript['deno'] or 'none'}",
        "cameras     " + (", ".join(result["cameras"]) or "none"),
    ]
    notes = [part["note"] for part in (inference, opengl, javascript) if part.get("note")]
    return "\n".join(lines + [f"! {note}" for note in notes])
