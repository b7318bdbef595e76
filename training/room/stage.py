"""The lit room, ready to be looked at: still things, the ball where it belongs, and the ball's shadow."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from training.room.cameras import Pinhole
from training.room.light import BakedLight, bake, developed, exposed
from training.room.motion import ball_pose
from training.room.patches import Patch, resized
from training.room.render import Renderer
from training.room.room import BALL_RADIUS_M, Room


class Stage:
    """A room with its light baked, and the ball at any of the `turns` (0..1) it was prepared for.

    `view` draws it from any pinhole camera. Close it at the end.
    """

    def __init__(self, room: Room, turns: Sequence[float]) -> None:
        self.renderer = Renderer()
        self._room = room
        self._balls = [room.ball.moved(ball_pose(turn)) for turn in turns]
        self._centres = [ball_pose(turn)[:3, 3] for turn in turns]
        self.renderer.show("still", room.patches)
        lights = bake(
            self.renderer,
            [*room.patches, *self._balls],
            room.shell,
            sun=room.sun,
            emitters=room.emitters,
            ambient=room.ambient,
            seed=room.seed,
        )
        still = lights[: len(room.patches)]
        self._ball_lights = lights[len(room.patches) :]
        pictures = [developed(patch, light.sun + light.rest) for patch, light in zip(room.patches, still, strict=True)]
        self._pictures = pictures
        self.renderer.show("still", room.patches, pictures)
        self._floors = {
            i: _Floor(patch, still[i], pictures[i], room.sun.direction)
            for i, patch in enumerate(room.patches)
            if patch.name in ("floor", "rug")
        }

    def set_turn(self, index: int) -> None:
        """Put the ball where it is at turns[index]."""
        ball, light = self._balls[index], self._ball_lights[index]
        self.renderer.show("ball", [ball], [developed(ball, light.sun + light.rest)])
        for i, floor in self._floors.items():
            self.renderer.repaint("still", i, floor.shaded(self._centres[index]))

    def surfaces(self, index: int) -> list[tuple[Patch, NDArray[np.uint8]]]:
        """All that is seen when the ball is where it is at turns[index]: patches, and their pictures for the screen."""
        pictures = list(self._pictures)
        for i, floor in self._floors.items():
            pictures[i] = floor.shaded(self._centres[index])
        ball, light = self._balls[index], self._ball_lights[index]
        return [*zip(self._room.patches, pictures, strict=True), (ball, developed(ball, light.sun + light.rest))]

    def view(self, camera: Pinhole, *, supersample: int = 2) -> tuple[NDArray[np.uint8], NDArray[np.float32]]:
        """(H, W, 3) uint8 RGB and (H, W) float32 depth in metres."""
        return self.renderer.view(camera, supersample=supersample)

    def close(self) -> None:
        self.renderer.close()


class _Floor:
    """A flat patch under the ball. The ball is round, so what it takes away has a closed form."""

    def __init__(self, patch: Patch, light: BakedLight, picture: NDArray[np.uint8], sun: NDArray[np.float64]) -> None:
        height, width = patch.paint.shape[:2]
        self._patch, self._picture, self._sun = patch, picture, sun
        self._sunlight, self._rest = resized(light.sun, height, width), resized(light.rest, height, width)

    def shaded(self, centre: NDArray[np.float64]) -> NDArray[np.uint8]:
        corner = self._patch.points[0, 0]
        across, down = self._patch.points[0, -1] - corner, self._patch.points[-1, 0] - corner
        height, width = self._patch.paint.shape[:2]
        spots = np.array([centre, centre + self._sun * centre[2] / -self._sun[2]])
        reach = 1.0
        u = (spots - corner) @ across / (across @ across)
        v = (spots - corner) @ down / (down @ down)
        du, dv = reach / np.linalg.norm(across), reach / np.linalg.norm(down)
        c0, c1 = (int(np.clip(x * width, 0, width)) for x in (u.min() - du, u.max() + du))
        r0, r1 = (int(np.clip(x * height, 0, height)) for x in (v.min() - dv, v.max() + dv))
        picture = self._picture.copy()
        if c0 == c1 or r0 == r1:
            return picture
        us, vs = (np.arange(c0, c1) + 0.5) / width, (np.arange(r0, r1) + 0.5) / height
        points = corner + us[None, :, None] * across + vs[:, None, None] * down
        to_ball = (centre - points).astype(np.float32)
        square = np.einsum("ijk,ijk->ij", to_ball, to_ball)
        # A sphere of radius r at distance d takes cos * (r / d)^2 of an even sky; the small rest is cut to nothing.
        taken = np.clip(to_ball[..., 2], 0, None) / np.sqrt(square) * np.float32(BALL_RADIUS_M**2) / square
        taken = np.clip((np.minimum(taken, 1) - 0.012) * 0.95, 0, 1)
        along = -to_ball @ self._sun.astype(np.float32)
        aside = np.sqrt(np.clip(square - along**2, 0, None))
        soft = 0.004 + 0.012 * np.abs(along)
        lit = np.clip((aside - BALL_RADIUS_M) / (2 * soft) + 0.5, 0, 1)
        light = self._sunlight[r0:r1, c0:c1] * lit[..., None] + self._rest[r0:r1, c0:c1] * (1 - taken)[..., None]
        picture[r0:r1, c0:c1] = exposed((self._patch.paint[r0:r1, c0:c1] * light).astype(np.float32))
        return picture
