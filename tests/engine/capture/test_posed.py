"""Cameras and points of COLMAP's files, read without COLMAP, against COLMAP's own answers."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from depthview.engine.capture.poses.camera import Camera
from depthview.engine.capture.poses.posed import Missing, held_out, read_posed
from depthview.engine.errors import UserError

pycolmap = pytest.importorskip("pycolmap")


def dense_folder(folder: Path, photos: int = 9) -> "pycolmap.Reconstruction":
    """A model of pinhole cameras written by COLMAP itself, and an empty picture for each."""
    pycolmap.set_random_seed(3)
    options = pycolmap.SyntheticDatasetOptions(
        num_rigs=1, num_frames_per_rig=photos, num_points3D=50, camera_model_id=1, camera_params=[500, 520, 320, 230]
    )
    options.camera_width, options.camera_height = 640, 480
    made = pycolmap.synthesize_dataset(options)
    (folder / "sparse").mkdir(parents=True)
    made.write_binary(folder / "sparse")
    for image in made.images.values():
        (folder / "images" / image.name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "images" / image.name).touch()
    return made


def test_a_point_of_the_model_falls_on_the_pixel_that_colmap_says(tmp_path: Path) -> None:
    made = dense_folder(tmp_path)
    posed = read_posed(tmp_path)
    assert [photo.name for photo in posed.photos] == sorted(image.name for image in made.images.values())
    assert posed.points_xyz.shape == posed.points_rgb.shape == (50, 3)
    by_name = {image.name: image for image in made.images.values()}
    for photo in posed.photos:
        image = by_name[photo.name]
        for point in list(made.points3D.values())[:10]:
            wanted = image.project_point(point.xyz)
            x, y, depth = photo.camera.to_pixels(point.xyz[None])[0]
            if wanted is None:
                assert depth <= 0
            else:
                np.testing.assert_allclose((x, y), wanted, atol=1e-9)
        np.testing.assert_allclose(photo.camera.eye, image.projection_center(), atol=1e-12)
    wanted_xyz = np.sort([point.xyz for point in made.points3D.values()], axis=0)
    np.testing.assert_allclose(np.sort(posed.points_xyz, axis=0), wanted_xyz, rtol=1e-6)


def test_a_photo_at_another_size_shows_the_same_at_the_same_place(tmp_path: Path) -> None:
    dense_folder(tmp_path)
    camera = read_posed(tmp_path).photos[0].camera
    points = np.random.default_rng(1).normal(size=(20, 3))
    small = camera.scaled_to((160, 240))
    assert (small.width_px, small.height_px) == (160, 240)
    np.testing.assert_allclose(small.to_pixels(points), camera.to_pixels(points) * (0.25, 0.5, 1), rtol=1e-12)


def test_every_eighth_photo_is_held_out(tmp_path: Path) -> None:
    dense_folder(tmp_path)
    posed = read_posed(tmp_path)
    assert held_out(posed) == (posed.photos[0], posed.photos[8])
    assert held_out(replace(posed, photos=posed.photos[:8])) == (posed.photos[0],)
    assert held_out(replace(posed, photos=posed.photos[:7])) == ()


def test_why_a_photo_is_missing_is_read_with_the_rest(tmp_path: Path) -> None:
    dense_folder(tmp_path)
    (tmp_path / "missing.json").write_text('[{"name": "a.jpg", "reason": "It is blurred."}]')
    assert read_posed(tmp_path).missing == (Missing("a.jpg", "It is blurred."),)


@pytest.mark.parametrize("name", ["cameras.bin", "images.bin", "points3D.bin"])
def test_files_cut_anywhere_are_damaged_and_never_read_halfway(tmp_path: Path, name: str) -> None:
    dense_folder(tmp_path)
    path = tmp_path / "sparse" / name
    whole = path.read_bytes()
    for length in range(0, len(whole) - 1, max(1, len(whole) // 40)):
        path.write_bytes(whole[:length])
        with pytest.raises(UserError, match="damaged"):
            read_posed(tmp_path)


def test_a_model_that_claims_more_than_its_bytes_is_refused(tmp_path: Path) -> None:
    dense_folder(tmp_path)
    path = tmp_path / "sparse" / "points3D.bin"
    path.write_bytes(b"\xff" * 8 + path.read_bytes()[8:])
    with pytest.raises(UserError, match="damaged"):
        read_posed(tmp_path)


def test_a_photo_outside_the_folder_is_not_opened(tmp_path: Path) -> None:
    made = dense_folder(tmp_path / "job")
    (tmp_path / "secret.png").touch()
    next(iter(made.images.values())).name = "../../secret.png"
    made.write_binary(tmp_path / "job" / "sparse")
    with pytest.raises(UserError, match="is gone"):
        read_posed(tmp_path / "job")


def test_cameras_with_distortion_are_not_taken_for_pinholes(tmp_path: Path) -> None:
    dense_folder(tmp_path)
    made = pycolmap.synthesize_dataset(pycolmap.SyntheticDatasetOptions(num_rigs=1, num_frames_per_rig=2))
    made.write_binary(tmp_path / "sparse")
    with pytest.raises(UserError, match="distortion"):
        read_posed(tmp_path)


def test_eye_is_where_the_camera_looks_from() -> None:
    turn = np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]])
    camera = Camera(turn, -turn @ np.array([1.0, 2, 3]), (100, 100), (50, 50), 100, 100)
    np.testing.assert_allclose(camera.eye, [1, 2, 3])
