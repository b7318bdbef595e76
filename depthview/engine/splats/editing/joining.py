"""Several scenes made one, so that a file can hold them."""

from collections.abc import Sequence

import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.splats.editing.moved import moved
from depthview.engine.splats.prepared import Placed
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene


def joined(placed: Sequence[Placed]) -> SplatScene:
    """All splats, one scene after the other, where they stand in the world; degrees are padded to the highest.

    Comments are kept once each. Raises UserError where some were trained antialiased and others were not: one file
    cannot say that. Raises ValueError where there is none.
    """
    scenes = [moved(one.scene, one.placement) for one in placed]
    if not scenes:
        raise ValueError("no scene to join")
    if len({scene.antialiased for scene in scenes}) > 1:
        raise UserError("Some scenes were trained antialiased and some were not: save them one by one.")
    if len(scenes) == 1:
        return scenes[0]
    coefficients = COEFFICIENTS[max(scene.degree for scene in scenes)]
    sh_rest = np.zeros((sum(map(len, scenes)), coefficients, 3), np.float32)
    start = 0
    for scene in scenes:
        sh_rest[start : start + len(scene), : scene.sh_rest.shape[1]] = scene.sh_rest
        start += len(scene)
    return SplatScene(
        np.concatenate([scene.xyz for scene in scenes]),
        np.concatenate([scene.log_scale for scene in scenes]),
        np.concatenate([scene.rotation for scene in scenes]),
        np.concatenate([scene.opacity_logit for scene in scenes]),
        np.concatenate([scene.sh_dc for scene in scenes]),
        sh_rest,
        scenes[0].antialiased,
        tuple(dict.fromkeys(comment for scene in scenes for comment in scene.comments)),
    )
