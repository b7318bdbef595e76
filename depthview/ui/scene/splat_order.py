"""In which order splats are drawn, and in which colours: the last known ones, and better ones from a worker."""

import threading
import time

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.ordering import Ordering
from depthview.engine.splats.prepared import PreparedSplats
from depthview.engine.splats.sorting import depth_order
from depthview.engine.splats.view import View

_A_MOMENT_S = 0.0005


class SplatOrder:
    """`order` (N,) int32, far to near, and `colours` (N, 3) float32 of all splats; None before the first.

    Whoever draws asks again and again with the look there is; nothing here waits unless told to, except `exactly`.
    """

    def __init__(self, splats: PreparedSplats) -> None:
        self.order: NDArray[np.int32] | None = None
        self.colours: NDArray[np.float32] | None = None
        self._splats = splats
        self._ordering = Ordering(splats)
        self._asked: tuple[View, int | None] | None = None
        self._known: tuple[View, int | None] | None = None

    def take(self, wait_s: float = 0.0) -> tuple[bool, bool]:
        """Whether there is a newer order, and whether there are newer colours, than when last asked.

        For an answer that is worth it, wait so long.
        """
        found, ends_s = self._ordering.take(), time.perf_counter() + wait_s
        while found is None and time.perf_counter() < ends_s:
            time.sleep(_A_MOMENT_S)
            found = self._ordering.take()
        if found is None:
            return False, False
        sorted_anew = found.order is not self.order
        self.order, self._known = found.order, (found.view, found.degree)
        if found.colours is not None:
            self.colours = found.colours
        return sorted_anew, found.colours is not None

    def belongs(self, view: View, degree: int | None) -> bool:
        """Whether order and colours are those of this look, exactly."""
        return self._known is not None and _same(self._known, view, degree)

    def ask(self, view: View, degree: int | None, *, patient: bool) -> None:
        """Have this look sorted; who is `patient`, only once it is so far from the last one that it can be seen."""
        if self._asked is not None:
            if _same(self._asked, view, degree):
                return
            if patient and self._asked[1] == degree and not self._ordering.wanted(self._asked[0], view):
                return
        self._asked = (view, degree)
        self._ordering.ask(view, degree)

    def exactly(self, view: View, degree: int | None) -> tuple[NDArray[np.int32], NDArray[np.float32]]:
        """Order and colours of this look, worked out here and now unless they are known. What is known stays."""
        if self.order is not None and self.colours is not None and self.belongs(view, degree):
            return self.order, self.colours
        return depth_order(self._splats.xyz, view.axes[2]), self._splats.colours(view.eye, degree)

    def close(self, *, wait: bool) -> None:
        """End the worker; with `wait`, only come back when it has ended what it sorts just now."""
        if wait:
            self._ordering.close()
        else:
            threading.Thread(target=self._ordering.close, name="depthview-order-end", daemon=True).start()


def _same(one: tuple[View, int | None], view: View, degree: int | None) -> bool:
    """Whether two looks differ in nothing that order or colours depend on."""
    known, of_degree = one
    turned = np.array_equal(known.axes[2], view.axes[2])
    return turned and np.array_equal(known.eye, view.eye) and of_degree == degree
