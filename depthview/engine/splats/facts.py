"""What there is to say of a splat scene without looking at it."""

from dataclasses import dataclass

import numpy as np

from depthview.engine.mapped import forget
from depthview.engine.splats.scene import SplatScene, bytes_each, drawable, opacity

_AT_ONCE = 1 << 18
_LEAST_SEEN = 1 / 255
_MIDDLE_SHARE = (0.02, 0.98)
_SAMPLE = 1 << 17


@dataclass(frozen=True, slots=True)
class SceneFacts:
    """`box`: least and most x, y, z of all sound splats, `middle_box` without the outermost 2 %; own units.

    `unsound`: splats with numbers that are none, which are never drawn; `unseen`: too transparent to be seen.
    `median_size`: of the longest of a splat's three standard deviations. `memory_bytes`: all numbers in memory.
    """

    count: int
    degree: int
    antialiased: bool
    box: tuple[tuple[float, ...], tuple[float, ...]] | None
    middle_box: tuple[tuple[float, ...], tuple[float, ...]] | None
    unsound: int
    unseen: int
    median_size: float | None
    memory_bytes: int
    comments: tuple[str, ...]


def facts_of(scene: SplatScene) -> SceneFacts:
    """Look at every splat once, part after part, so that a mapped file needs no memory of its own."""
    least, most = np.full(3, np.inf), np.full(3, -np.inf)
    unsound = unseen = 0
    for first in range(0, len(scene), _AT_ONCE):
        part = scene.take(slice(first, first + _AT_ONCE))
        sound = drawable(part)
        unsound += int(np.count_nonzero(~sound))
        unseen += int(np.count_nonzero(opacity(part.opacity_logit[sound]) < _LEAST_SEEN))
        if sound.any():
            xyz = part.xyz[sound]
            least, most = np.minimum(least, xyz.min(0)), np.maximum(most, xyz.max(0))
    sample = scene.take(slice(None, None, max(1, len(scene) // _SAMPLE)))
    sample = sample.take(drawable(sample))
    inner = np.quantile(sample.xyz, _MIDDLE_SHARE, axis=0) if len(sample) else None
    forget(scene.xyz)
    return SceneFacts(
        count=len(scene),
        degree=scene.degree,
        antialiased=scene.antialiased,
        box=(_numbers(least), _numbers(most)) if unsound < len(scene) else None,
        middle_box=None if inner is None else (_numbers(inner[0]), _numbers(inner[1])),
        unsound=unsound,
        unseen=unseen,
        median_size=float(np.exp(np.median(sample.log_scale.max(1)))) if len(sample) else None,
        memory_bytes=len(scene) * bytes_each(scene.degree),
        comments=scene.comments,
    )


def _numbers(xyz: np.ndarray) -> tuple[float, ...]:
    return tuple(float(value) for value in xyz)
