"""Whatever numbers a scene's file holds, its tools give an answer: no error, no warning, nothing that is no number."""

import numpy as np
import pytest

from depthview.engine.splats.editing.decimation import decimated
from depthview.engine.splats.editing.fitting import fitting
from depthview.engine.splats.editing.joining import joined
from depthview.engine.splats.editing.selection import Box, Filters, kept
from depthview.engine.splats.editing.upright import guessed_up
from depthview.engine.splats.framing import first_look
from depthview.engine.splats.picking import picked
from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import Floats, SplatScene
from depthview.engine.splats.view import View

EVIL = np.array([0, np.nan, np.inf, -np.inf, 1e38, -1e38, 1e-40], np.float32)


def numbers(rng: np.random.Generator, *shape: int) -> Floats:
    """Sound ones; of any size; any bits; all the same evil one; or some evil among sound ones."""
    found = rng.standard_normal(shape).astype(np.float32)
    kind = rng.integers(5)
    if kind == 1:
        found *= np.float32(10.0) ** rng.integers(-30, 30)
    elif kind == 2:
        found = rng.integers(0, 1 << 32, shape, dtype=np.uint32).view(np.float32)
    elif kind == 3:
        found[:] = rng.choice(EVIL)
    elif kind == 4:
        some = rng.random(shape) < 0.1
        found[some] = rng.choice(EVIL, np.count_nonzero(some))
    return np.ascontiguousarray(found)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("seed", range(40))
def test_every_tool_bears_every_number(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, coefficients = int(rng.choice([1, 2, 9, 50, 300])), int(rng.choice([0, 3, 15]))
    shapes = (3,), (3,), (4,), (), (3,), (coefficients, 3)
    scene = SplatScene(*(numbers(rng, count, *shape) for shape in shapes))  # type: ignore[arg-type]
    splats = prepared([Placed(scene)])
    everything = Filters(0.1, 1e-3, 1.0, Box.between(-np.ones(3), np.ones(3)), without_floaters=True)
    assert kept(splats, everything).hidden <= count
    assert len(decimated(scene, max(1, count // 3))) <= max(1, count // 3)
    assert len(fitting(scene, 56 * count)[0]) <= max(1, count // 2)
    assert len(joined([Placed(scene, Placement(np.diag([1.0, -1, -1]), 3.0, np.ones(3))), Placed(scene)])) == 2 * count
    assert np.linalg.norm(guessed_up(scene).up) == pytest.approx(1)
    view = View(np.zeros(3), np.eye(3), 50.0, 64, 48)
    look = first_look(splats, 45.0, 4 / 3)
    if look is not None:
        assert np.isfinite(look.eye).all()
        view = look.view(45.0, (64, 48))
    point = picked(splats, view, 32.0, 24.0)
    assert point is None or np.isfinite(point).all()
