"""A scene's points are the surface, its colours are the photo's, and any of its first parts are spread evenly."""

import math

import numpy as np
import pytest

from depthview.engine.panorama.scene.colours import Colouring, SceneColours
from depthview.engine.panorama.scene.scene import PARTS, PanoramaScene, directions_at, panorama_scene
from depthview.engine.sphere import directions, pixel_of

SIZE_HW = (128, 256)


def ball(radius: float = 2.0, size_hw: tuple[int, int] = SIZE_HW, most_points: int = 10_000_000) -> PanoramaScene:
    towards = directions(size_hw)
    colours = np.rint(towards * 127 + 128).astype(np.uint8)
    range_map = np.full(size_hw, radius, np.float32)
    return panorama_scene(range_map, colours, -towards, has_metres=True, most_points=most_points)


def test_points_are_range_times_direction_in_the_colour_of_their_pixel() -> None:
    rng = np.random.default_rng(0)
    range_map = rng.uniform(1, 5, SIZE_HW).astype(np.float32)
    range_map[40:60, 100:140] = np.nan
    image = rng.integers(0, 255, (*SIZE_HW, 3), np.uint8)
    normals = -directions(SIZE_HW)
    normals[:5] = np.nan
    scene = panorama_scene(range_map, image, normals, has_metres=False)
    columns, rows = (np.rint(part).astype(int) for part in pixel_of(scene.xyz, SIZE_HW))
    columns %= SIZE_HW[1]
    np.testing.assert_allclose(np.linalg.norm(scene.xyz, axis=1), range_map[rows, columns], rtol=1e-5)
    np.testing.assert_array_equal(scene.rgb, image[rows, columns])
    np.testing.assert_allclose(scene.normals, normals[rows, columns], atol=1e-6)
    np.testing.assert_allclose(directions_at(rows, columns, SIZE_HW), directions(SIZE_HW)[rows, columns], atol=1e-6)
    assert len(np.unique(rows * SIZE_HW[1] + columns)) == len(scene), "no pixel twice"
    assert rows.min() == 5
    assert not scene.has_metres
    assert np.isnan(scene.range[:5]).all()
    assert scene.extent.farthest == pytest.approx(float(np.linalg.norm(scene.xyz, axis=1).max()))


def test_no_point_is_farther_from_its_neighbour_than_its_footprint_says() -> None:
    for most_points in (10_000_000, 9_000, 2_000):
        scene = ball(most_points=most_points)
        assert len(scene) <= most_points
        assert len(scene) > most_points / 2 or most_points > 10_000
        points = scene.xyz / 2.0
        nearest = [np.sort(np.linalg.norm(points - point, axis=1))[1] for point in points[::97]]
        assert max(nearest) <= scene.footprint * 1.01


@pytest.mark.parametrize("parts", [1, 5, 17, 40, 100])
def test_the_first_parts_are_an_even_sample(parts: int) -> None:
    scene = ball(size_hw=(256, 512))
    assert scene.part_ends[-1] == len(scene)
    first = scene.xyz[: scene.part_ends[parts - 1]] / 2
    share = parts / PARTS
    assert len(first) == pytest.approx(share * len(scene), rel=0.02)
    # Nowhere on the sphere a hole: of points thrown at random so few, the emptiest place would be twice as wide.
    spacing = math.sqrt(4 * math.pi / len(scene) / share)
    probes = np.random.default_rng(1).normal(size=(300, 3))
    probes /= np.linalg.norm(probes, axis=1, keepdims=True)
    farthest = max(float(np.linalg.norm(first - probe, axis=1).min()) for probe in probes)
    assert farthest < 1.6 * spacing


def test_nothing_known_is_an_empty_scene() -> None:
    scene = panorama_scene(
        np.full(SIZE_HW, np.nan, np.float32), np.zeros((*SIZE_HW, 3), np.uint8), -directions(SIZE_HW), has_metres=True
    )
    assert len(scene) == 0
    assert scene.extent.reach > 0


def test_colours_say_what_they_are_asked_for() -> None:
    towards = directions(SIZE_HW)
    range_map = np.where(towards[..., 0] > 0, 1.0, 4.0).astype(np.float32)
    scene = panorama_scene(range_map, np.zeros((*SIZE_HW, 3), np.uint8), -towards, has_metres=True)
    every = slice(0, len(scene))
    right, up = scene.xyz[:, 0] > 0, scene.xyz[:, 1] < -0.1
    by_range = SceneColours(scene, Colouring.RANGE, "grey").of(every).mean(axis=1)
    assert by_range[right].min() > 200 > 50 > by_range[~right].max(), "near is bright, as in the picture of depth"
    by_height = SceneColours(scene, Colouring.HEIGHT, "grey").of(every).mean(axis=1)
    assert by_height[up & ~right].mean() > by_height[~up & ~right].mean() + 50
    np.testing.assert_array_equal(SceneColours(scene, Colouring.PHOTO, "grey").of(every), scene.rgb)
    facing = SceneColours(scene, Colouring.NORMAL, "grey").of(every)
    ahead = scene.xyz[:, 2] > 0.99 * np.linalg.norm(scene.xyz, axis=1)
    assert facing[ahead, 2].min() > 250, "blue is what faces back to the camera"
