"""What is called drawable is what drawing draws, and what is said of a scene agrees."""

import numpy as np

from depthview.engine.splats.facts import facts_of
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import bytes_each, drawable
from tests.engine.splats.scenes import made_up_scene


def test_drawable_is_what_is_not_made_invisible() -> None:
    scene = made_up_scene(400, 1)
    scene.opacity_logit[:] = 2
    odd = np.array([np.nan, np.inf, -np.inf, 0, 100, -100, 44, 45], np.float32)
    for row in range(390):
        numbers = (scene.xyz, scene.log_scale, scene.rotation, scene.sh_dc, scene.opacity_logit[:, None])[row % 5]
        numbers[row, row % numbers.shape[1]] = odd[row // 5 % len(odd)]
    scene.rotation[391] = 0
    sound = prepared([Placed(scene)]).opacity > 0
    found = drawable(scene)
    assert np.array_equal(found, sound | (scene.opacity_logit <= -100))
    assert 0 < np.count_nonzero(~found) < 300
    assert facts_of(scene).unsound == np.count_nonzero(~found)


def test_memory_is_that_of_the_numbers() -> None:
    scene = made_up_scene(7, 3)
    numbers = (scene.xyz, scene.log_scale, scene.rotation, scene.opacity_logit, scene.sh_dc, scene.sh_rest)
    assert 7 * bytes_each(3) == sum(part.nbytes for part in numbers) == facts_of(scene).memory_bytes
