"""The figures of sorting and colouring: that both sides do the same work, and that it runs."""

import numpy as np

from benchmarks.splat_sort import ball, best, figures, numpys_colours
from depthview.engine.splats.prepared import Placed, prepared


def test_both_sides_do_the_same_work() -> None:
    splats = prepared([Placed(ball(500))])
    eye = np.array([0.0, 0.0, -3.0])
    np.testing.assert_allclose(numpys_colours(splats, eye), splats.colours(eye), atol=1e-5)


def test_all_figures_are_there() -> None:
    row = figures(500)
    assert row["splats"] == 500
    assert all(value > 0 for value in row.values())
    assert {"sort_ms", "colour_ms", "held_ms", "draw_640x480_ms"} <= set(row)


def test_calls_take_turns() -> None:
    asked: list[int] = []
    best([lambda: asked.append(1), lambda: asked.append(2)])
    assert asked == [1, 2] * (len(asked) // 2)
