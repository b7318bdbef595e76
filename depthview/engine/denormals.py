"""Numbers too small for the usual form, which a network's memory drifts into, slow an x86 processor tenfold.

ONNX Runtime's own switch (`session.set_denormal_as_zero`) reaches its pool of threads, but of the callers only the
thread that builds the first session of the process (measured with 1.31). Depth is estimated in another thread, and
with one thread there is no pool. So the calling thread's own switch, bits 15 and 6 of MXCSR, is turned here.
"""

import ctypes
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_FLUSH_TO_ZERO_AND_DENORMALS_ARE_ZERO = 0x8040
_WINDOWS_FLUSH, _WINDOWS_MASK = 0x01000000, 0x03000000


class _LinuxEnvironment(ctypes.Structure):
    """glibc's fenv_t on x86-64."""

    _fields_ = (("x87", ctypes.c_uint32 * 7), ("mxcsr", ctypes.c_uint32))


class _MacEnvironment(ctypes.Structure):
    """macOS's fenv_t on Intel."""

    _fields_ = (("x87", ctypes.c_uint16 * 2), ("mxcsr", ctypes.c_uint32), ("reserved", ctypes.c_char * 8))


@contextmanager
def denormals_flushed() -> Iterator[None]:
    """Within this, the calling thread takes and gives 0 for them. Other processors than x86 do not need it."""
    if sys.platform == "win32":
        with _flushed_on_windows():
            yield
        return
    known = _environment()
    if known is None:
        yield
        return
    library, kind = known
    before, inside = kind(), kind()
    library.fegetenv(ctypes.byref(before))
    library.fegetenv(ctypes.byref(inside))
    inside.mxcsr |= _FLUSH_TO_ZERO_AND_DENORMALS_ARE_ZERO
    library.fesetenv(ctypes.byref(inside))
    try:
        yield
    finally:
        library.fesetenv(ctypes.byref(before))


@cache
def _environment() -> tuple[Any, Any] | None:
    """The C library, and its form of the floating-point environment; None where there is nothing to turn."""
    kind = {"linux": _LinuxEnvironment, "darwin": _MacEnvironment}.get(sys.platform)
    if kind is None or platform.machine().lower() not in ("x86_64", "amd64"):
        return None
    try:
        library = ctypes.CDLL("libm.so.6" if sys.platform == "linux" else None)
        return (library, kind) if hasattr(library, "fegetenv") and hasattr(library, "fesetenv") else None
    except OSError:
        return None


@contextmanager
def _flushed_on_windows() -> Iterator[None]:
    if platform.machine().lower() not in ("x86_64", "amd64"):
        yield
        return
    control: Any = ctypes.CDLL("ucrtbase")._controlfp_s
    now = ctypes.c_uint()
    control(ctypes.byref(now), 0, 0)
    before = now.value
    control(ctypes.byref(now), _WINDOWS_FLUSH, _WINDOWS_MASK)
    try:
        yield
    finally:
        control(ctypes.byref(now), before, _WINDOWS_MASK)
