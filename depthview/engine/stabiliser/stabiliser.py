"""Depth of a video that stands still where the scene does.

Matching and networks answer each frame anew, and what stands still comes out a little different every time. Where the
picture is what it was, beyond its own noise, the depth is too: there a running mean of some frames is shown (a robust
one: what does not fit is kept out until it has stayed). Where the picture changed, and wherever depth goes somewhere as
a whole region, the new answer is shown at once: nothing is dragged behind what moves. A moving camera is followed by
optical flow.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from depthview.engine.estimators.continuity import Continuity
from depthview.engine.frames import DepthFrame, Meaning
from depthview.engine.stabiliser.right_eye import RightEye

if TYPE_CHECKING:
    from depthview.engine.stabiliser.scene import SceneMemory

_DISTANCES = (Meaning.METRIC_DEPTH, Meaning.RANGE, Meaning.RELATIVE_RANGE)


class Stabiliser:
    """Follows one video, in its order. Owned by one thread.

    A cut, a jump in time, a picture that comes once more, another size, model, meaning or scene, a right eye that moves
    alone: each starts anew by itself. Relative depth comes at the scale of its scene, see `engine/steady.py`.
    """

    def __init__(self) -> None:
        self._continuity, self._right_eye = Continuity(), RightEye()
        self._of: tuple[str, Meaning, tuple[int, ...], int] | None = None
        self._scene: SceneMemory | None = None

    def follow(self, depth: DepthFrame) -> DepthFrame:
        """`depth` with steadier values of the same shape and meaning; the first frame of a scene is left as it is.

        Unknown (NaN) stays unknown, but for what several of the last frames knew and where the picture is the same.
        """
        # numba is slow to import, and the window is up before any depth is there.
        from depthview.engine.stabiliser.scene import SceneMemory

        now_of = depth.model, depth.meaning, depth.values.shape, depth.scene
        anew = now_of != self._of
        self._of = now_of
        anew = not self._continuity.follows(depth.pair) or anew
        anew = self._right_eye.moved_alone(depth.pair) or anew
        if anew or self._scene is None:
            height, width = depth.pair.size_hw
            one_eye = depth.meaning is not Meaning.DISPARITY
            self._scene = SceneMemory((height, width), inverted=depth.meaning in _DISTANCES, one_eye=one_eye)
            self._scene.follow(depth.pair.left, depth.values)
            return depth
        return replace(depth, values=self._scene.follow(depth.pair.left, depth.values))
