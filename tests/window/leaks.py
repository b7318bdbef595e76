"""What a closed window must not leave behind: threads, running timers, windows, VTK objects."""

import gc
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import shiboken6
from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QApplication, QWidget

THREADS_END_S = 10.0
"""A thread that was told to stop may still be on its way out, or be reading a model's graph."""


def threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith("depthview-")]


def timers() -> list[QTimer]:
    return [timer for timer in _objects(QTimer) if shiboken6.isValid(timer) and timer.isActive()]


def windows() -> list[QWidget]:
    return [widget for widget in QApplication.topLevelWidgets() if shiboken6.isValid(widget)]


def vtk_objects() -> list[Any]:
    if "vtkmodules.vtkCommonCore" not in sys.modules:
        return []
    from vtkmodules.vtkCommonCore import vtkObjectBase

    return _objects(vtkObjectBase)


def _objects(kind: type[Any]) -> list[Any]:
    """By their type: `isinstance` asks an object for its class, and some libraries' objects do work to answer."""
    return [found for found in gc.get_objects() if issubclass(type(found), kind)]


KINDS: dict[str, Callable[[], list[Any]]] = {
    "thread": threads,
    "running timer": timers,
    "window": windows,
    "VTK object": vtk_objects,
}


@dataclass(frozen=True)
class Present:
    """What there was before a test: it is not the test's."""

    ids: dict[str, frozenset[int]]
    kept: dict[str, list[Any]]
    """Held, so that no id is used twice."""

    @classmethod
    def now(cls) -> "Present":
        kept = {kind: find() for kind, find in KINDS.items()}
        # What is there now is not looked at again: libraries such as torch bring a million objects.
        gc.collect()
        gc.freeze()
        return cls({kind: frozenset(map(id, found)) for kind, found in kept.items()}, kept)

    def left_since(self) -> list[str]:
        """What came since and is still there, in words; empty when all is clean."""
        deadline = time.monotonic() + THREADS_END_S
        while self._new("thread") and time.monotonic() < deadline:
            time.sleep(0.01)
        # Deletions that Qt has put off until it is idle are as good as done.
        QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        gc.collect()
        return [f"{kind}: {_name(thing)}" for kind in KINDS for thing in self._new(kind)]

    def _new(self, kind: str) -> list[Any]:
        return [thing for thing in KINDS[kind]() if id(thing) not in self.ids[kind]]


def _name(thing: Any) -> str:
    if isinstance(thing, threading.Thread):
        return thing.name
    if isinstance(thing, QTimer):
        return f"QTimer of {thing.parent()!r}, every {thing.interval()} ms"
    if isinstance(thing, QWidget):
        return f"{type(thing).__name__} {thing.objectName()!r} {thing.windowTitle()!r}"
    return str(thing.GetClassName()) if hasattr(thing, "GetClassName") else repr(thing)
