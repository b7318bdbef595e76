"""Made-up splats for the tests of files."""

import numpy as np

from depthview.engine.splats.scene import COEFFICIENTS, SplatScene


def made_up_scene(
    count: int, degree: int = 0, *, seed: int = 0, half_extent: float = 1.0, antialiased: bool = False
) -> SplatScene:
    """Splats of every kind within a cube; rotations of length 1, colours and harmonics within what all files hold."""
    draw = np.random.default_rng(seed)
    rotation = draw.normal(size=(count, 4))
    rotation /= np.linalg.norm(rotation, axis=1, keepdims=True)
    return SplatScene(
        xyz=draw.uniform(-half_extent, half_extent, (count, 3)).astype(np.float32),
        log_scale=draw.uniform(-6, 0, (count, 3)).astype(np.float32),
        rotation=rotation.astype(np.float32),
        opacity_logit=draw.uniform(-4, 4, count).astype(np.float32),
        sh_dc=draw.uniform(-1.5, 1.5, (count, 3)).astype(np.float32),
        sh_rest=draw.uniform(-0.9, 0.9, (count, COEFFICIENTS[degree], 3)).astype(np.float32),
        antialiased=antialiased,
    )
