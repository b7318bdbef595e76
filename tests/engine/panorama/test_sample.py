"""The 360° photo that ships with DepthView: recognised, upright, and its room comes back."""

import cv2
import numpy as np
import pytest

from depthview.engine.panorama.opening.photo import read_photo
from depthview.engine.panorama.recognition import looks_like_panorama
from depthview.engine.resources import panorama_sample, resource

EYE_HEIGHT_M = 1.5


def test_it_is_a_whole_panorama() -> None:
    path = panorama_sample()
    assert looks_like_panorama(path)
    photo = read_photo(path)
    assert photo.size_hw == (1024, 2048)
    assert photo.covered.all()
    assert photo.notices == ()


def test_its_true_range_belongs_to_it() -> None:
    range_mm = cv2.imread(str(resource("samples/room_360_range.png")), cv2.IMREAD_UNCHANGED)
    assert range_mm.shape == (256, 512)
    latitude = (0.5 - (np.arange(256) + 0.5) / 256) * np.pi
    floor_m = -np.sin(latitude[-40:, None]) * range_mm[-40:] / 1000
    assert np.median(floor_m) == pytest.approx(EYE_HEIGHT_M, rel=1e-3)
    assert (range_mm == 0).mean() < 0.05, "only what lies outside the window is unknown"
