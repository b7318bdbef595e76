"""What drawing needs of a scene, against the same worked out in float64 by numpy."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.splats.placement import Placement
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import COEFFICIENTS, SplatScene
from depthview.engine.splats.spherical_harmonics import C0, basis
from tests.engine.splats.drawn_splats import random_scene

TURN = np.array([[0.36, 0.48, -0.8], [-0.8, 0.6, 0], [0.48, 0.64, 0.6]])
SOMEWHERE = Placement(TURN, 2.5, np.array([1.0, -2.0, 3.0]))
EYE = np.array([0.3, -0.2, 0.5])


def colours(scene: SplatScene, eye: np.ndarray, degree: int) -> np.ndarray:
    look = scene.xyz.astype(np.float64) - eye
    look /= np.linalg.norm(look, axis=1, keepdims=True)
    seen = np.einsum("nk,nkc->nc", basis(look, degree), scene.sh_rest[:, : COEFFICIENTS[degree]].astype(np.float64))
    return np.maximum(0.5 + C0 * scene.sh_dc.astype(np.float64) + seen, 0)


@pytest.mark.parametrize("degree", range(5))
def test_colours_are_the_harmonics_of_the_way_from_the_eye(degree: int) -> None:
    scene = random_scene(300, 1, degree)
    found = prepared([Placed(scene)]).colours(EYE)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, colours(scene, EYE, degree), atol=3e-6)
    for less in range(degree):
        np.testing.assert_allclose(prepared([Placed(scene)]).colours(EYE, less), colours(scene, EYE, less), atol=3e-6)


def test_a_scene_that_is_placed_elsewhere_is_seen_from_there() -> None:
    scene, other = random_scene(50, 2, 3), random_scene(40, 3, 1)
    both = prepared([Placed(scene, SOMEWHERE), Placed(other)])
    expected = np.concatenate([colours(scene, SOMEWHERE.to_local(EYE), 3), colours(other, EYE, 1)])
    np.testing.assert_allclose(both.colours(EYE), expected, atol=3e-6)
    some = np.array([70, 3, 89, 0, 50, 49], np.int32)
    np.testing.assert_array_equal(both.colours(EYE, None, some), both.colours(EYE)[some])
    assert both.colours(EYE, None, some[:0]).shape == (0, 3)


def test_places_spreads_and_opacities() -> None:
    scene = random_scene(200, 4)
    splats = prepared([Placed(scene), Placed(replace(scene, antialiased=True), SOMEWHERE)], size_factor=1.5)
    for part, where, smooth in ((slice(0, 200), Placement(), False), (slice(200, 400), SOMEWHERE, True)):
        w, x, y, z = (scene.rotation / np.linalg.norm(scene.rotation, axis=1, keepdims=True)).astype(np.float64).T
        turn = np.empty((200, 3, 3))
        turn[:, 0] = np.stack([1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)], 1)
        turn[:, 1] = np.stack([2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)], 1)
        turn[:, 2] = np.stack([2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)], 1)
        half = where.rotation @ turn * (np.exp(scene.log_scale.astype(np.float64)) * where.scale * 1.5)[:, None]
        spread = half @ half.transpose(0, 2, 1)
        size = np.abs(spread).max(axis=(1, 2))
        found = splats.covariance[part][:, [0, 1, 2, 1, 3, 4, 2, 4, 5]].reshape(-1, 3, 3)
        assert (np.abs(found - spread).max(axis=(1, 2)) < 1e-6 * size).all()
        np.testing.assert_allclose(splats.xyz[part], where.to_world(scene.xyz.astype(np.float64)), atol=2e-6)
        np.testing.assert_allclose(splats.opacity[part], 1 / (1 + np.exp(-scene.opacity_logit)), rtol=1e-5)
        assert (splats.antialiased[part] == smooth).all()


def test_what_cannot_be_drawn_is_invisible_and_harmless() -> None:
    good = random_scene(12, 5)
    columns = {name: getattr(good, name).copy() for name in ("xyz", "log_scale", "rotation", "opacity_logit", "sh_dc")}
    columns["xyz"][0, 1] = np.nan
    columns["xyz"][1] = np.inf
    columns["log_scale"][2] = 300
    columns["log_scale"][3, 2] = np.nan
    columns["rotation"][4] = 0
    columns["rotation"][5, 3] = np.nan
    columns["opacity_logit"][6] = np.nan
    columns["sh_dc"][7, 0] = np.inf
    columns["log_scale"][8] = -np.inf  # a point: drawn by the low-pass alone
    columns["opacity_logit"][9] = np.inf
    columns["opacity_logit"][10] = -np.inf
    rest = good.sh_rest.copy()
    rest[11, 3, 1] = np.nan
    splats = prepared([Placed(replace(good, **columns, sh_rest=rest))])
    assert not splats.opacity[:8].any()
    assert np.isfinite(splats.xyz).all()
    assert np.isfinite(splats.covariance).all()
    assert splats.opacity[8] > 0
    assert not splats.covariance[8].any()
    assert splats.opacity[9:11].tolist() == [1, 0]
    seen = splats.colours(EYE)
    assert np.isfinite(seen).all()
    assert seen[11, 1] == 0
    assert seen[11, [0, 2]].any()


def test_views_into_a_mapped_file_are_read_where_they_lie(tmp_path: Path) -> None:
    """As a trainer's file lies: not aligned, column beside column, colours channel after channel."""
    scene = random_scene(30, 6, 3)
    table = np.zeros(30, np.dtype([("xyz", "<f4", 3), ("odd", "u1"), ("rest", "<f4", (3, 15))]))
    table["xyz"], table["rest"] = scene.xyz, scene.sh_rest.transpose(0, 2, 1)
    (tmp_path / "table").write_bytes(b"x" + table.tobytes())
    mapped = np.memmap(tmp_path / "table", table.dtype, "r", offset=1)
    lying = replace(scene, xyz=mapped["xyz"], sh_rest=mapped["rest"].transpose(0, 2, 1))
    before, after = prepared([Placed(scene)]), prepared([Placed(lying)])
    np.testing.assert_array_equal(before.xyz, after.xyz)
    np.testing.assert_array_equal(before.colours(EYE), after.colours(EYE))


def test_no_scene_at_all() -> None:
    assert len(prepared([])) == 0
    assert prepared([]).colours(EYE).shape == (0, 3)
