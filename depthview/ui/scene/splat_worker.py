"""The thread in which the processor draws splats, one picture at a time."""

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import Stopped
from depthview.engine.progress import StopToken
from depthview.engine.splats.prepared import PreparedSplats
from depthview.ui.scene.splat_drawing import SplatLook
from depthview.ui.scene.splat_thinning import Thinned

if TYPE_CHECKING:
    from depthview.engine.splats.rasterizer.drawing import Drawn

_END_S = 1.5
"""Longer nobody waits who quits; the thread ends by itself."""


@dataclass(frozen=True, slots=True, eq=False)
class Opaque:
    """What is not made of splats: `rgba` (H, W, 4) uint8 premultiplied, `depth_m` (H, W) float32 along the axis."""

    rgba: NDArray[np.uint8]
    depth_m: NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A picture to draw in `drawn_px`, (width, height), and to show in `size_px`.

    `number`: of the look that it is for. `level` of detail: 0 is the whole picture, at each further one half the splats
    are left out. `quick`: it is not given up.
    """

    number: int
    look: SplatLook
    size_px: tuple[int, int]
    drawn_px: tuple[int, int]
    opaque: Opaque | None
    level: int
    quick: bool

    @property
    def step(self) -> int:
        """One of so many splats is drawn."""
        return 1 << self.level


@dataclass(frozen=True, slots=True, eq=False)
class Finished:
    """`rgba` (H, W, 4) uint8 premultiplied, in the task's `size_px`; `opaque`: there is nothing to see through."""

    task: Task
    rgba: NDArray[np.uint8]
    opaque: bool
    took_s: float


class SplatWorker:
    """Draws what it is asked for; `ask` only while it is not `busy`. Its thread begins with the first task."""

    def __init__(self, threads: int) -> None:
        self._threads = threads
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._splats: PreparedSplats | None = None
        self._kept: NDArray[np.int32] | None = None
        self._task: Task | None = None
        self._stop = StopToken()
        self._finished: Finished | None = None
        self._failed: BaseException | None = None
        self._closed = False

    @property
    def count(self) -> int:
        """How many splats there are to draw."""
        with self._changed:
            shown = self._splats if self._kept is None else self._kept
        return len(shown) if shown is not None else 0

    def show(self, splats: PreparedSplats, kept: NDArray[np.int32] | None) -> None:
        """Draw these from the next task on."""
        with self._changed:
            self._splats, self._kept = splats, kept

    @property
    def busy(self) -> bool:
        with self._changed:
            return self._task is not None

    def ask(self, task: Task) -> None:
        """Begin with a picture; raises ValueError while another one is under way."""
        with self._changed:
            if self._task is not None or self._closed:
                raise ValueError("one picture at a time")
            self._task, self._stop = task, StopToken()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="depthview-splats", daemon=True)
                self._thread.start()
            self._changed.notify_all()

    def hurry(self) -> None:
        """Give up the picture that is under way, unless it will soon be there."""
        with self._changed:
            if self._task is not None and not self._task.quick:
                self._stop.stop()

    def take(self) -> Finished | None:
        """The last picture, once. Raises what went wrong with it."""
        with self._changed:
            finished, self._finished = self._finished, None
            failed, self._failed = self._failed, None
        if failed is not None:
            raise failed
        return finished

    def do(self, task: Task) -> Finished:
        """Draw, and wait for it; what was under way is given up."""
        self.hurry()
        self._until_free()
        self.ask(task)
        self._until_free()
        finished = self.take()
        if finished is None:
            raise Stopped
        return finished

    def close(self) -> None:
        """Draw nothing any more. Returns when the thread has ended, which it nearly always does within a tile's
        time."""
        with self._changed:
            self._closed = True
            self._stop.stop()
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(_END_S)

    def _until_free(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: self._task is None)

    def _run(self) -> None:
        of: PreparedSplats | None = None
        by_step: dict[int, _Drawer] = {}
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._task is not None or self._closed)
                task, stop, splats, kept = self._task, self._stop, self._splats, self._kept
                if self._closed or task is None or splats is None:
                    break
            finished, failed = None, None
            try:
                if of is not splats:
                    _close(by_step)
                    of = splats
                if task.step not in by_step:
                    by_step[task.step] = _Drawer(splats, task.step, self._threads)
                finished = by_step[task.step].draw(task, kept, stop)
            except Stopped:
                pass
            except Exception as error:  # noqa: BLE001 - the pane's thread raises it
                failed = error
            with self._changed:
                self._finished, self._failed, self._task = finished, failed, None
                self._changed.notify_all()
        _close(by_step)


class _Drawer:
    """Draws one of `step` splats."""

    def __init__(self, splats: PreparedSplats, step: int, threads: int) -> None:
        from depthview.engine.splats.rasterizer.drawing import Rasterizer  # its kernels take a while

        self._thinned = Thinned(splats, step)
        self._rasterizer = Rasterizer(self._thinned.splats, threads)

    def draw(self, task: Task, kept: NDArray[np.int32] | None, stop: StopToken) -> Finished:
        began = time.perf_counter()
        look = task.look
        drawn = self._rasterizer.draw(
            look.sight.view(task.drawn_px),
            kept=self._thinned.kept(kept),
            degree=look.degree,
            behind_m=task.opaque.depth_m if task.opaque is not None else None,
            as_points=look.as_points,
            stop=stop,
        )
        rgba = _composed(drawn, task)
        if task.drawn_px != task.size_px:
            rgba = np.asarray(cv2.resize(rgba, task.size_px, interpolation=cv2.INTER_LINEAR), np.uint8)
        return Finished(task, rgba, look.ground is not None, time.perf_counter() - began)

    def close(self) -> None:
        self._rasterizer.close()


def _close(drawers: dict[int, _Drawer]) -> None:
    for drawer in drawers.values():
        drawer.close()
    drawers.clear()


def _composed(drawn: "Drawn", task: Task) -> NDArray[np.uint8]:
    """Splats over opaque things over the ground, (H, W, 4) premultiplied; rounded once, here. Writes over `drawn`."""
    rgb, clear = drawn.rgb, np.subtract(1, drawn.alpha, out=drawn.alpha)
    if task.opaque is not None:
        behind = task.opaque.rgba.astype(np.float32) / 255
        rgb += clear[..., None] * behind[..., :3]
        clear *= 1 - behind[..., 3]
    ground = task.look.ground
    if ground is None:
        np.minimum(rgb, 1 - clear[..., None], out=rgb)  # light beyond what its ground hides has no place in eight bits
    else:
        height = len(clear)
        down = ((np.arange(height, dtype=np.float32) + 0.5) / height)[:, None]
        top, bottom = np.asarray(ground, np.float32)
        rgb += clear[..., None] * (top + down * (bottom - top))[:, None]
        clear[:] = 0
    rgba = np.empty((*clear.shape, 4), np.float32)
    rgba[..., :3], rgba[..., 3] = rgb, 1 - clear
    np.clip(rgba, 0, 1, out=rgba)
    rgba *= 255
    return np.asarray(np.rint(rgba, out=rgba), np.uint8)
