"""What drawing needs, compiled beforehand in a process of its own: the window stays quick and can be closed at once."""

import hashlib
import multiprocessing
import platform
from contextlib import suppress
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from depthview.engine.compiled import kept_in
from depthview.engine.progress import Progress, Report, StopToken

_DRAWING = ("depths", "projection", "shades", "shapes", "tiles")
_LOOK_S = 0.05
_AT_MOST_S = 180.0


def make_ready(report: Report, stop: StopToken) -> None:
    """Return once drawing can begin without compiling; at once, where that was done before.

    Where compiled code cannot be kept, or the process comes to nothing, whoever draws compiles. Raises Stopped.
    """
    folder = kept_in()
    if folder is None or (mark := folder / f"ready-{_state()}").exists():
        return
    report(Progress(0, None, "making ready to draw on this computer, this once"))
    process = multiprocessing.get_context("spawn").Process(target=_compile, name="depthview-kernels", daemon=True)
    process.start()
    try:
        waited_s = 0.0
        while process.is_alive() and waited_s < _AT_MOST_S:
            stop.raise_if_stopped()
            process.join(_LOOK_S)
            waited_s += _LOOK_S
    finally:
        if process.is_alive():
            process.kill()
        process.join()
    if process.exitcode == 0:
        with suppress(OSError):
            mark.touch()


def _compile() -> None:
    for name in _DRAWING:
        import_module(f"{__package__}.{name}")


def _state() -> str:
    """Changes with whatever makes numba compile anew."""
    said = [version("numba"), platform.python_version(), platform.machine(), platform.processor()]
    for name in _DRAWING:
        file = Path(__file__).with_name(f"{name}.py")
        with suppress(OSError):  # packed away, it stays as it is
            said.append(f"{name} {file.stat().st_mtime_ns}")
    return hashlib.sha256("\n".join(said).encode()).hexdigest()[:16]
