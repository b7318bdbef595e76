"""Trained scenes as the trainer draws them, against the exact picture."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks.splat_reference import psnr_over_object, reference  # noqa: E402
from depthview.engine.capture.gaussians import Gaussians  # noqa: E402
from depthview.engine.capture.poses.camera import Camera  # noqa: E402
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer  # noqa: E402
from depthview.engine.splats.formats.opening import open_splats  # noqa: E402
from depthview.engine.splats.prepared import Placed, prepared  # noqa: E402
from depthview.engine.splats.scene import SplatScene  # noqa: E402
from depthview.engine.splats.view import View  # noqa: E402

SPLATS = Path(__file__).resolve().parents[3] / "shared" / "data" / "splats"
LEAST_DB = 60.0
"""Projected in float32: where splats are a ten-thousandth of a depth apart, some change places."""

pytestmark = [
    pytest.mark.real,
    pytest.mark.skipif(not (SPLATS / "train-1000.ply").is_file(), reason=f"no real splats at {SPLATS}"),
]


def camera_of(view: View) -> Camera:
    focal, middle = (view.focal_px, view.focal_px), (view.width_px / 2, view.height_px / 2)
    return Camera(view.axes, -view.axes @ view.eye, focal, middle, view.width_px, view.height_px)


@pytest.mark.parametrize("name", ["train-1000.ply", "biker.spz", "playbot_sog"])
def test_far_beyond_what_eight_bits_show(name: str) -> None:
    """With all of its harmonics, from near enough that some of it is behind the camera."""
    scene = open_splats(SPLATS / name)
    assert isinstance(scene, SplatScene)
    splats = prepared([Placed(scene)])
    low, high = np.percentile(splats.xyz.astype(np.float64), (5, 95), axis=0)
    middle, size = (low + high) / 2, np.linalg.norm(high - low)
    with ProcessorRasterizer(2) as rasterizer, torch.no_grad():
        for way in ((0.2, 0.1, -0.4), (0.9, -0.3, -0.6)):
            view = View.looking(middle + size * np.array(way), middle, np.array([0, -1, 0.1]), 50, (213, 160))
            truth = reference(splats, view, splats.colours(view.eye))
            drawn = rasterizer.render(Gaussians.from_scene(scene), camera_of(view), scene.degree, (0, 0, 0))
            assert truth.touched.mean() > 0.02
            assert psnr_over_object(np.clip(drawn.image.numpy(), 0, 1), truth.over(), truth.touched) > LEAST_DB
