"""From where one looks at a panorama's room: standing in it, or circling it from outside. No Qt, no VTK."""

import math
from dataclasses import replace
from enum import Enum

import numpy as np

from depthview.engine.panorama.scene.scene import PanoramaScene
from depthview.ui.scene.momentum import Paces, Wish
from depthview.ui.scene.navigation import Navigation
from depthview.ui.scene.sight import Sight, Vector
from depthview.ui.scene.walking import Standpoint, Walker

_OUTSIDE_PITCH_DEG = 40.0
_IN_SIGHT = 0.75
"""Of the room's box the corners may stick out of the picture a little: mostly there is nothing in them."""
_TURN_DEG = 5.0


class Standing(Enum):
    """From where one looks at the room."""

    INSIDE = "inside"
    OUTSIDE = "outside"


class PanoramaEye:
    """Both ways to stand, each kept while the other is in use. `cut_depth`: the share of the room's near side that is
    hidden from outside."""

    def __init__(self) -> None:
        self.standing = Standing.INSIDE
        self.walker = Walker()
        self.navigation = Navigation()
        self.cut_depth = 0.0
        self._farthest = 1.0
        self._room = (-1.0, 1.0, -1.0, 1.0, -1.0, 1.0)
        self._paces = Paces()

    @property
    def inside(self) -> bool:
        return self.standing is Standing.INSIDE

    @property
    def at_camera(self) -> bool:
        """Whether one stands exactly where the camera stood."""
        return self.inside and not self.walker.eye.any()

    def aim(self, scene: PanoramaScene, aspect: float) -> None:
        """Stand where the camera stood, looking ahead; from outside, see the whole room."""
        self.fit(scene)
        self.walker.state = Standpoint()
        self.navigation = Navigation()
        low, high = np.array(scene.extent.low), np.array(scene.extent.high)
        radius = _IN_SIGHT * float(np.linalg.norm(high - low)) / 2
        self.navigation.look_from_outside((low + high) / 2, radius, aspect, pitch_deg=_OUTSIDE_PITCH_DEG)

    def fit(self, scene: PanoramaScene) -> None:
        """Move as befits the size of `scene`, from where one is."""
        extent = scene.extent
        self.walker.reach, self.walker.farthest = extent.reach, extent.farthest
        self._farthest = extent.farthest
        low, high = extent.low, extent.high
        self._room = (low[0], high[0], low[1], high[1], low[2], high[2])

    def sight(self) -> Sight:
        if self.inside:
            return self.walker.sight()
        everything = (-self._farthest, self._farthest) * 3
        sight = self.navigation.sight(everything)
        if self.cut_depth <= 0:
            return sight
        near, far = self.navigation.clipping_range_m(self._room)
        return replace(sight, near_m=min(near + self.cut_depth * (far - near), 0.99 * sight.far_m))

    # Hands

    def drag(self, right_px: float, down_px: float, size_px: tuple[int, int], *, shift: bool) -> None:
        if self.inside:
            self.walker.look(right_px / max(1, size_px[1]), down_px / max(1, size_px[1]))
        else:
            self.navigation.drag(right_px, down_px, size_px, shift=shift)

    def turn(self, right: float, down: float) -> None:
        """By so many presses of an arrow."""
        if self.inside:
            state = self.walker.state
            self.walker.turn_to(state.yaw_deg + right * _TURN_DEG, state.pitch_deg + down * _TURN_DEG)
        else:
            self.navigation.orbit(right * _TURN_DEG / 180.0, down * _TURN_DEG / 180.0)

    def approach(self, steps: float, towards: Vector | None = None) -> None:
        """Walk forwards, or go nearer to the room, wherever one points; by notches of the wheel."""
        if self.inside:
            self.walker.stride(steps)
        else:
            self.navigation.zoom(steps)

    def narrow(self, steps: float) -> None:
        """See less, and that larger."""
        if self.inside:
            self.walker.widen(-steps)
        else:
            self.navigation.zoom(steps)

    def enlarge(self, steps: float) -> None:
        self.narrow(steps)

    def go_near(self, point: Vector) -> None:
        if self.inside:
            self.walker.go_near(point)

    def walk(self, wish: Wish) -> bool:
        """Go on as far as there was time for since the last call; whether one is still on the way."""
        if not self.inside or not (wish.anywhere or self.walker.moving):
            self._paces.end()
            return False
        self.walker.step(wish, self._paces.next_s())
        return True

    def stand_still(self) -> None:
        self.walker.stand_still()
        self._paces.end()


def kept_top(scene: PanoramaScene, kept_height: float) -> float:
    """The least y (it points down) that is shown when so much of the room's height is kept, from the floor up."""
    ceiling, floor = scene.extent.low[1], scene.extent.high[1]
    return floor - kept_height * (floor - ceiling) if kept_height < 1 else -math.inf
