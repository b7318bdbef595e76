"""Photographs of unknown depth: views of panoramas look where they say, crops are parts, and no depth is claimed."""

import math

import cv2
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from training.mono.batches import Source, Supply  # noqa: E402
from training.mono.gather import developed, view  # noqa: E402
from training.mono.photos import Photos  # noqa: E402


def directions(height=180, width=360):
    """An equirectangular picture whose colours are the direction (right, up, ahead) that each pixel shows."""
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    latitude = (0.5 - (np.arange(height) + 0.5) / height) * np.pi
    across, up = np.meshgrid(longitude, latitude)
    ray = [np.sin(across) * np.cos(up), np.sin(up), np.cos(across) * np.cos(up)]
    return np.stack(ray, -1).astype(np.float32)


@pytest.mark.parametrize(("yaw", "pitch"), [(0.0, 0.0), (0.7, 0.0), (0.0, -0.4), (3.1, 0.3)])
def test_a_view_looks_where_it_says(yaw, pitch):
    seen = view(directions(), yaw, pitch, 70.0, (41, 61))
    middle = [math.sin(yaw) * math.cos(pitch), math.sin(pitch), math.cos(yaw) * math.cos(pitch)]
    assert seen[20, 30] == pytest.approx(middle, abs=5e-3)
    half = math.degrees(math.acos(float(np.clip(seen[20, 0] @ seen[20, 30] / np.linalg.norm(seen[20, 0]), -1, 1))))
    # The middle of the outermost pixel of 61 lies 30 of 30.5 pixels from the middle.
    assert half == pytest.approx(math.degrees(math.atan(math.tan(math.radians(35)) * 30 / 30.5)), abs=0.5)
    assert seen[0, 30, 1] > seen[40, 30, 1]  # what is up is above


def test_light_is_developed_around_its_median():
    picture = developed(np.full((4, 4, 3), 7.0, np.float32), 0.25)
    assert (picture == round(0.25 ** (1 / 2.2) * 255)).all()


def test_a_crop_is_a_part_of_the_photograph_in_its_own_shape(tmp_path):
    ramp = np.repeat(np.linspace(0, 255, 200).round().astype(np.uint8)[None, :, None], 100, 0).repeat(3, 2)
    cv2.imwrite(str(tmp_path / "ramp.png"), ramp)
    photos = Photos.of(tmp_path)
    dice = np.random.default_rng(0)
    spans = []
    for _ in range(20):
        seen = photos.crop(32, 48, dice)
        assert seen.shape == (3, 32, 48)
        row = seen[0, 16].numpy()
        steps = np.diff(row)
        assert (steps > 0).all() or (steps < 0).all()  # mirrored or not
        spans.append(abs(row[-1] - row[0]))
    assert min(spans) < 0.35 < 0.6 < max(spans)  # from 48 of 200 columns to 150


def test_nothing_there_is_said(tmp_path):
    with pytest.raises(FileNotFoundError, match="no photographs"):
        Photos.of(tmp_path)


def test_no_depth_is_claimed_of_a_photograph(tmp_path):
    cv2.imwrite(str(tmp_path / "grey.png"), np.full((90, 120, 3), 127, np.uint8))
    supply = Supply(4, 32, 64, 4, room_hw=(40, 80), textures=4, texture_px=32)
    batch = Source(supply, None, Photos.of(tmp_path)).batch(0)
    assert not batch.valid[:2].any()
    assert batch.valid[2:].any()
    assert (batch.perfect[:2] == 127).all()
