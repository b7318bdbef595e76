"""Made-up splats for the tests of files."""

import numpy as np
from numpy.typing import NDArray

from depthview.engine.splats.scene import COEFFICIENTS, SplatScene
from depthview.engine.splats.spherical_harmonics import C0, basis


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


def covariances(scene: SplatScene) -> NDArray[np.float64]:
    """(N, 3, 3) of the splats, R S S R^T."""
    w, x, y, z = (scene.rotation / np.linalg.norm(scene.rotation, axis=1, keepdims=True)).astype(np.float64).T
    turn = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    ).transpose(2, 0, 1)
    half = turn * np.exp(scene.log_scale.astype(np.float64))[:, None, :]
    return half @ half.transpose(0, 2, 1)


def colours_along(scene: SplatScene, look: NDArray[np.floating]) -> NDArray[np.float64]:
    """(N, 3) as seen in one direction (3,), not yet clamped."""
    values = basis(look.astype(np.float64), scene.degree)
    return 0.5 + C0 * scene.sh_dc.astype(np.float64) + np.einsum("k,nkc->nc", values, scene.sh_rest)
