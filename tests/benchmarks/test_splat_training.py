"""The training's benchmark: its photos are what their cameras see, and it measures a training as it is."""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from benchmarks.splat_training import as_text, measured  # noqa: E402
from benchmarks.splat_training_chart import Line, draw_chart  # noqa: E402
from depthview.engine.capture.gaussians import Gaussians  # noqa: E402
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer  # noqa: E402
from depthview.engine.capture.training.evaluation import measure  # noqa: E402
from depthview.engine.capture.training.photos import load_photos  # noqa: E402
from depthview.engine.progress import StopToken  # noqa: E402
from tests.engine.capture.small_training import ball, small_photos, small_settings  # noqa: E402


def test_the_true_gaussians_are_on_all_photos_of_the_ring(tmp_path: Path) -> None:
    posed = small_photos(tmp_path)
    photos = load_photos(posed, small_settings(1), StopToken())
    with ProcessorRasterizer(1) as rasterizer:
        found = measure(Gaussians.from_scene(ball(800)), photos.learnt, rasterizer, 0, "cpu")
    assert found is not None
    assert found.psnr > 50
    assert found.ssim > 0.999
    assert np.abs(np.linalg.norm(posed.points_xyz, axis=1) - 1).max() < 1e-5


def test_a_row_of_figures_and_a_chart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("benchmarks.splat_training._STEPS_S", 0.1)
    threads = torch.get_num_threads()
    row = measured("ring", small_photos(tmp_path / "photos"), small_settings(8), tmp_path / "job", 1)
    torch.set_num_threads(threads)
    assert (row.iterations, row.photos, row.strategy) == (8, "ring", "mcmc")
    assert row.s_per_1000 == pytest.approx(row.seconds * 125)
    assert row.steps_per_s > row.plain_steps_per_s > 0
    assert "ring" in as_text([row])
    draw_chart([Line("ring", [(0.0, 20.0), (5.0, 24.0)]), Line("none", [])], tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 5000
