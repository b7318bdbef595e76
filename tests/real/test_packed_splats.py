"""A scene packed by Niantic's own library. The facts are what @playcanvas/splat-transform 2.7.1 makes of it."""

from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.formats import spz
from depthview.engine.splats.formats.recognition import SplatFormat, format_of
from depthview.engine.splats.scene import opacity
from tests.engine.splats.scenes import covariances

BIKER = Path(__file__).resolve().parents[3] / "shared" / "data" / "splats" / "biker.spz"

pytestmark = [pytest.mark.real, pytest.mark.skipif(not BIKER.is_file(), reason=f"no real splats at {BIKER.parent}")]


def test_version_4_of_the_biker_is_read_as_others_read_it() -> None:
    assert format_of(BIKER) is SplatFormat.SPZ
    scene = spz.read(BIKER)
    assert (len(scene), scene.degree, scene.antialiased) == (152_746, 0, False)
    first, last = [-0.1044921875, -2.387939453125, -0.36083984375], [0.167236328125, -0.60302734375, 0.328857421875]
    np.testing.assert_array_equal(scene.xyz[[0, -1]], np.float32([first, last]))
    np.testing.assert_array_equal(scene.log_scale[[0, -1]], [[-6.0625, -4.1875, -7.0625], [-5.75, -4.8125, -7.625]])
    turned = [-0.4607956, 0.0622697, -0.8850422, -0.0221403]
    assert abs(scene.rotation[0] @ np.float32(turned)) == pytest.approx(1, abs=1e-5)
    np.testing.assert_allclose(scene.opacity_logit[[0, -1]], [-2.5776882, -2.8457396], atol=1e-5)
    np.testing.assert_allclose(scene.sh_dc[-1], [1.1111112, 1.0849674, 1.0588236], atol=1e-6)
    np.testing.assert_allclose(scene.xyz.mean(0, np.float64), [-0.04857325, -1.60504619, 0.00228606], atol=1e-6)
    np.testing.assert_allclose(opacity(scene.opacity_logit).mean(), 0.2966253, atol=1e-5)
    spread = [[107.0027, -19.36401, 0.19983], [-19.36401, 271.01906, 1.28375], [0.19983, 1.28375, 109.66566]]
    np.testing.assert_allclose(covariances(scene).mean(0) * 1e6, spread, atol=1e-3)


def test_the_biker_as_version_3_has_the_same_splats(tmp_path: Path) -> None:
    scene = spz.read(BIKER)
    spz.write(scene, tmp_path / "biker.spz")
    again = spz.read(tmp_path / "biker.spz")
    for name in ("xyz", "log_scale", "opacity_logit", "sh_dc"):
        np.testing.assert_array_equal(getattr(again, name), getattr(scene, name))
    same = np.abs(np.einsum("nk,nk->n", again.rotation, scene.rotation))
    assert same.min() > 1 - 1e-5
