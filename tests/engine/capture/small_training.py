"""A training that takes seconds: a coloured ball on a ring of small photos."""

import math
from pathlib import Path

import numpy as np

from benchmarks.rendered_ring import Ring, rendered_ring
from depthview.engine.capture.poses.posed import PosedPhotos
from depthview.engine.capture.rasterizers.base import Rasterizer
from depthview.engine.capture.training.loop import Training
from depthview.engine.capture.training.photos import load_photos
from depthview.engine.capture.training.settings import StrategyName, TrainingSettings
from depthview.engine.progress import StopToken
from depthview.engine.splats.scene import SplatScene

SIZE_PX = (64, 48)


def ball(count: int) -> SplatScene:
    """Flat splats on a sphere of radius 1, coloured by where they are."""
    draw = np.random.default_rng(count)
    out = draw.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    size = math.log(1.5 / math.sqrt(count))
    # The turn of z to the outside.
    rotation = np.stack([1 + out[:, 2], -out[:, 1], out[:, 0], np.zeros(count)], 1)
    numbers = (
        out,
        draw.normal(size, 0.3, (count, 3)) - [0, 0, 2],
        rotation,
        draw.normal(2, 1, count),
        1.2 * np.sin(5 * out),
        np.zeros((count, 0, 3)),
    )
    return SplatScene(*(np.asarray(column, np.float32) for column in numbers))


def small_photos(folder: Path, *, count: int = 16, points: int = 150) -> PosedPhotos:
    ring = Ring(np.zeros(3), np.array([0, -1.0, 0]), 3.0)
    return rendered_ring(ball(800), ring, folder, count, SIZE_PX, points)


def small_settings(iterations: int, strategy: StrategyName = StrategyName.MCMC, **others: object) -> TrainingSettings:
    return TrainingSettings(iterations, 600, max(SIZE_PX), degree=1, strategy=strategy, **others)  # type: ignore[arg-type]


def small_training(posed: PosedPhotos, settings: TrainingSettings, rasterizer: Rasterizer) -> Training:
    return Training(posed, load_photos(posed, settings, StopToken()), settings, rasterizer)
