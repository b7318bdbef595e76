"""Trained scenes, drawn by the processor, against the exact picture from six sides."""

from pathlib import Path

import numpy as np
import pytest

from benchmarks.splat_reference import psnr_over_object, reference
from depthview.engine.splats.formats.opening import open_splats
from depthview.engine.splats.prepared import Placed, PreparedSplats, prepared
from depthview.engine.splats.rasterizer.drawing import Rasterizer
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.view import View

SCENES = ("train-1000.ply", "guitar.compressed.ply", "biker.spz", "playbot_sog", "playcanvas-logo_sog")
SPLATS = Path(__file__).resolve().parents[3] / "shared" / "data" / "splats"
EXACT_DB, ROUNDED_DB = 80.0, 57.0
"""In float32, and in eight bits: rounding alone leaves 58.9."""
GROUND = (0.2, 0.3, 0.4)
SIX = ((0, 0, -1), (0.9, -0.3, -0.6), (0.8, 0.2, 0.7), (-0.3, -0.6, 0.8), (-1, 0.1, -0.2), (0.2, -1, -0.3))

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (SPLATS / "train-1000.ply").is_file(), reason=f"no real splats at {SPLATS}"),
]


def views(splats: PreparedSplats) -> list[View]:
    low, high = np.percentile(splats.xyz.astype(np.float64), (5, 95), axis=0)
    middle, size = (low + high) / 2, np.linalg.norm(high - low)
    up = np.array([0.0, -1.0, 0.1])
    return [View.looking(middle + 0.9 * size * np.array(way), middle, up, 50, (213, 160)) for way in SIX]


@pytest.mark.parametrize("name", SCENES)
def test_from_six_sides(name: str) -> None:
    scene = open_splats(SPLATS / name)
    assert isinstance(scene, SplatScene)
    splats = prepared([Placed(scene)])
    with Rasterizer(splats, 2) as raster:
        for view in views(splats):
            truth = reference(splats, view, splats.colours(view.eye))
            drawn = raster.draw(view)
            assert truth.touched.mean() > 0.02
            assert psnr_over_object(np.clip(drawn.rgb, 0, 1), truth.over(), truth.touched) > EXACT_DB
            assert psnr_over_object(drawn.over(GROUND), truth.over(GROUND), truth.touched) > ROUNDED_DB
