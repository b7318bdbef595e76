"""Splats for tests: chosen one by one, or at random with everything that files were seen to hold."""

import numpy as np

from depthview.engine.splats.prepared import Placed, PreparedSplats
from depthview.engine.splats.scene import COEFFICIENTS, Floats, SplatScene
from depthview.engine.splats.view import View


def splats_of(
    xyz: object, covariance: object, opacity: object, *, antialiased: bool = False
) -> tuple[PreparedSplats, Floats]:
    """Prepared splats as chosen: (N, 3), (N, 6) or (N,) for round ones of that deviation, (N,); and their numbers."""
    places = np.asarray(xyz, np.float32).reshape(-1, 3)
    count = len(places)
    spread = np.asarray(covariance, np.float32)
    if spread.ndim < 2:
        round_ones = np.zeros((count, 6), np.float32)
        round_ones[:, [0, 3, 5]] = (np.broadcast_to(spread, count) ** 2)[:, None]
        spread = round_ones
    shown = np.broadcast_to(np.asarray(opacity, np.float32), count).copy()
    empty = np.zeros((count, 3), np.float32)
    scene = SplatScene(
        places, empty, np.ones((count, 4), np.float32), shown, empty, np.zeros((count, 0, 3), np.float32)
    )
    return PreparedSplats((Placed(scene),), places, spread, shown, np.full(count, antialiased)), places


def front(size_px: tuple[int, int] = (64, 48), focal_px: float = 50.0, **view: object) -> View:
    """From the origin along z."""
    return View(np.zeros(3), np.eye(3), focal_px, *size_px, **view)  # type: ignore[arg-type]


def random_scene(
    count: int, seed: int, degree: int = 2, *, spread: float = 1.0, antialiased: bool = False
) -> SplatScene:
    """Splats of all shapes around (0, 0, 4): needles and discs, faint and solid, one size in a hundred of another."""
    chance = np.random.default_rng(seed)
    xyz = chance.normal(0, spread, (count, 3)) + np.array([0, 0, 4])
    log_scale = chance.normal(-3.5, 0.8, (count, 3))
    log_scale[chance.random(count) < 0.01] += 3
    return SplatScene(
        xyz.astype(np.float32),
        log_scale.astype(np.float32),
        chance.normal(0, 1, (count, 4)).astype(np.float32),
        chance.normal(0, 3, count).astype(np.float32),
        chance.normal(0, 1, (count, 3)).astype(np.float32),
        chance.normal(0, 0.2, (count, COEFFICIENTS[degree], 3)).astype(np.float32),
        antialiased=antialiased,
    )
