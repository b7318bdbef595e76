"""Sorting and colouring beside the window: a worker that always answers the latest look, and only what changed."""

import threading
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.prepared import PreparedSplats
from depthview.engine.splats.scene import Floats
from depthview.engine.splats.sorting import depth_order
from depthview.engine.splats.view import View

_TURNED_RAD = 0.001
"""An order that is so much behind is 63 dB from the true one or nearer (measured), rounding to eight bits 59."""
_MOVED = 0.002
"""Of the scene's size: colours so much behind are 78 dB from the true ones."""
_LOOKED_AT = 10_000
"""So many splats tell how large a scene is."""
_END_S = 1.5
"""Longer nobody waits who quits; the thread ends by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Sorted:
    """All splats as `view` sees them: `order` (N,) int32 far to near; `colours` (N, 3) float32, None as before.

    The order is the very array of the answer before where it did not change. `degree`: what was asked for.
    """

    order: NDArray[np.int32]
    colours: Floats | None
    view: View
    degree: int | None


class Ordering:
    """Keeps the order and the colours of splats with the eye; `ask` and `take` never wait. `close` ends its thread."""

    def __init__(self, splats: PreparedSplats) -> None:
        self._splats = splats
        self._size = _size(splats.xyz)
        self._changed = threading.Condition()
        self._asked: tuple[View, int | None] | None = None
        self._answer: Sorted | None = None
        self._failed: BaseException | None = None
        self._closed = False
        self._thread: threading.Thread | None = None

    def wanted(self, before: View, now: View) -> bool:
        """Whether the eye moved so far between two looks that one sees it in order or colours."""
        turned = float(np.linalg.norm(before.axes[2] - now.axes[2]))
        return turned > _TURNED_RAD or float(np.linalg.norm(before.eye - now.eye)) > _MOVED * self._size

    def ask(self, view: View, degree: int | None = None) -> None:
        """Sort and colour for this look, with harmonics of at most that degree, instead of any asked for before."""
        with self._changed:
            self._asked = (view, degree)
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="depthview-order", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def take(self) -> Sorted | None:
        """The newest answer, once; None where there is none yet. Raises what went wrong."""
        with self._changed:
            answer, self._answer = self._answer, None
            failed, self._failed = self._failed, None
        if failed is not None:
            raise failed
        return answer

    def close(self) -> None:
        """Returns when the thread has ended: after what it sorts just now."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_END_S)

    def _run(self) -> None:
        order: NDArray[np.int32] | None = None
        forward: NDArray[np.float64] | None = None
        coloured: tuple[NDArray[np.float64], int | None] | None = None
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._asked is not None or self._closed)
                if self._closed or self._asked is None:
                    return
                (view, degree), self._asked = self._asked, None
            try:
                if order is None or forward is None or not np.array_equal(forward, view.axes[2]):
                    order, forward = depth_order(self._splats.xyz, view.axes[2]), view.axes[2]
                colours = None
                if coloured is None or coloured[1] != degree or not np.array_equal(coloured[0], view.eye):
                    colours, coloured = self._splats.colours(view.eye, degree), (view.eye, degree)
            except Exception as error:  # noqa: BLE001 - who takes it raises it
                with self._changed:
                    self._failed = error
                continue
            with self._changed:
                if colours is None and self._answer is not None:
                    colours = self._answer.colours  # nobody has seen them yet
                self._answer = Sorted(order, colours, view, degree)


def _size(xyz: Floats) -> float:
    """Of what most of the splats fill, from corner to corner."""
    if not len(xyz):
        return 1.0
    some = xyz[:: len(xyz) // _LOOKED_AT + 1].astype(np.float64)
    low, high = np.percentile(some, (5, 95), axis=0)
    return float(np.linalg.norm(high - low)) or 1.0
