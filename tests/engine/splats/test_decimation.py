"""A decimated scene keeps its look: held against pictures of the whole scene and of what dropping splats leaves."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from benchmarks.splat_reference import Truth, psnr_over_object, reference
from depthview.engine.errors import Stopped
from depthview.engine.progress import Progress, StopToken
from depthview.engine.splats.editing.decimation import decimated
from depthview.engine.splats.editing.fitting import most_important
from depthview.engine.splats.editing.joining import joined
from depthview.engine.splats.prepared import Placed, prepared
from depthview.engine.splats.scene import SplatScene
from depthview.engine.splats.view import View
from tests.engine.splats.drawn_splats import random_scene
from tests.engine.splats.planted_splats import ball, logit, round_splats

VIEWS = [
    View.looking(np.array(eye), np.zeros(3), np.array([0, -1.0, 0]), 45, (96, 96)) for eye in ((0, -1, -3), (3.0, 1, 1))
]
GREY = (0.5, 0.5, 0.5)


def pictures(scene: SplatScene) -> list[Truth]:
    splats = prepared([Placed(scene)])
    return [reference(splats, view, splats.colours(view.eye)) for view in VIEWS]


def alike_db(some: SplatScene, whole: list[Truth]) -> float:
    return min(
        psnr_over_object(one.over(GREY), other.over(GREY), other.touched | one.touched)
        for one, other in zip(pictures(some), whole, strict=True)
    )


def painted_ball(count: int) -> SplatScene:
    """A ball in broad soft stripes, of opaque and half-transparent splats."""
    rng = np.random.default_rng(7)
    xyz = ball(count, 1.0) + rng.normal(size=(count, 3)) * 0.003
    stripes = 0.5 + 0.35 * np.sin(xyz @ np.array([[3.0, 0, 2], [0, 2, 1], [1, 3, 0]]))
    return round_splats(xyz, size=2.2 / np.sqrt(count), opacity=rng.uniform(0.3, 0.9, count), colour=stripes)


@pytest.mark.parametrize(("share", "least_db"), [(0.5, 30.0), (0.15, 20.0)])
def test_merging_keeps_the_look_where_dropping_loses_it(share: float, least_db: float) -> None:
    scene = painted_ball(4000)
    whole, count = pictures(scene), int(share * 4000)
    merged = decimated(scene, count)
    assert len(merged) == count
    dropped = alike_db(scene.take(most_important(scene, count)), whole)
    assert alike_db(merged, whole) > max(least_db, dropped + 5)


def test_two_halves_of_a_splat_become_the_splat() -> None:
    """Two that lie on each other, and one far away: they are one of twice the thickness; the other stays as it was."""
    scene = random_scene(1, 0, 2)
    thin = replace(scene, opacity_logit=np.array([logit(0.3)], np.float32))
    far = replace(random_scene(1, 1, 2), xyz=np.array([[50, 0, 0]], np.float32))
    both = joined([Placed(one) for one in (thin, far, thin)])
    found = decimated(both, 2)
    near = int(np.argmin(found.xyz[:, 0]))
    one, alone = prepared([Placed(found.take(slice(near, near + 1)))]), prepared([Placed(thin)])
    assert np.allclose(one.xyz, alone.xyz)
    assert np.allclose(one.covariance, alone.covariance, rtol=1e-4, atol=1e-9)
    assert one.opacity[0] == pytest.approx(1 - 0.7**2, abs=1e-5)
    assert np.allclose(one.colours(np.zeros(3)), alone.colours(np.zeros(3)), atol=1e-5)
    for name in ("xyz", "log_scale", "rotation", "opacity_logit", "sh_dc", "sh_rest"):
        assert np.array_equal(getattr(found, name)[1 - near], getattr(far, name)[0])


def test_harmonics_are_averaged_by_how_much_is_seen() -> None:
    """Four on each other become one, in two rounds: each counts by its optical depth."""
    opacity = np.array([0.1, 0.3, 0.6, 0.8])
    scene = round_splats(np.zeros((4, 3)), opacity=opacity, degree=1)
    rest = np.random.default_rng(0).normal(size=scene.sh_rest.shape).astype(np.float32)
    scene = replace(scene, sh_rest=rest, sh_dc=rest[:, 0] / np.float32(4))
    found = decimated(scene, 1)
    weight = -np.log(1 - opacity)
    for name in ("sh_rest", "sh_dc"):
        truth = np.average(getattr(scene, name), axis=0, weights=weight)
        assert np.allclose(getattr(found, name)[0], truth, atol=1e-5)
    assert prepared([Placed(found)]).opacity[0] == pytest.approx(1 - np.prod(1 - opacity), abs=1e-5)


def test_any_count_can_be_had() -> None:
    scene = random_scene(300, 2, 1)
    assert decimated(scene, 300) is scene
    for count in (200, 3, 1):
        found = decimated(scene, count)
        assert len(found) == count
        assert all(np.isfinite(getattr(found, name)).all() for name in ("xyz", "log_scale", "rotation", "sh_rest"))
    with pytest.raises(ValueError, match="0 splats"):
        decimated(scene, 0)


def test_what_cannot_be_seen_goes_first() -> None:
    scene = round_splats(ball(100, 1.0), opacity=np.where(np.arange(100) < 40, 0.001, 0.9))
    scene.xyz[50] = np.nan
    assert np.array_equal(decimated(scene, 59).xyz, scene.xyz[[*range(40, 50), *range(51, 100)]])
    assert np.isfinite(decimated(scene, 20).xyz).all()


def test_it_says_how_far_it_is_and_stops_when_told() -> None:
    heard: list[Progress] = []
    scene, stop = random_scene(2000, 3), StopToken()
    decimated(scene, 100, heard.append, stop)
    assert len(heard) > 2
    assert all(one.done <= other.done <= (other.total or 0) for one, other in pairwise(heard))
    stop.stop()
    with pytest.raises(Stopped):
        decimated(scene, 100, stop=stop)
