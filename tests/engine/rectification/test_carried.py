"""Matches a moment later, against cameras whose turns are known."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from depthview.engine.frames import Image, StereoPair
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.stereo.matching.carried import Moment
from depthview.engine.stereo.matching.matches import find_matches

ROOM = known_scenes(1)[0].pair


def _moved(eye: Image, motion: NDArray[np.float64]) -> Image:
    return np.asarray(
        cv2.warpAffine(eye, motion, eye.shape[1::-1], flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT), np.uint8
    )


@pytest.mark.parametrize("larger", [1, 3])
def test_points_are_where_both_eyes_see_them_now(larger: int) -> None:
    size = ROOM.size_hw[1] * larger, ROOM.size_hw[0] * larger
    pair = replace(ROOM, left=cv2.resize(ROOM.left, size), right=cv2.resize(ROOM.right, size))
    height, width = pair.size_hw
    motions = []
    for roll_deg, right_px in ((0.3, 14 * larger), (-0.2, 12 * larger)):
        motion = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), roll_deg, 1.0)
        motion[:, 2] += right_px, 3 * larger
        motions.append(motion)
    before = Moment.of(pair, find_matches(pair))
    now = StereoPair(_moved(pair.left, motions[0]), _moved(pair.right, motions[1]), 7, 0.25, 0.0)
    after = before.next(now)
    assert (after.seq, after.pts_s) == (7, 0.25)
    assert 0.6 < after.kept_share <= 1
    # The points, led back, must lie as the rectified room has them: on one row.
    led_back = [
        points @ np.linalg.inv(motion[:, :2]).T - np.linalg.inv(motion[:, :2]) @ motion[:, 2]
        for points, motion in zip((after.matches.left, after.matches.right), motions, strict=True)
    ]
    assert np.percentile(np.abs(led_back[0] - led_back[1])[:, 1], 90) < 0.5 * larger


def test_a_picture_of_something_else_keeps_nothing_to_speak_of() -> None:
    before = Moment.of(ROOM, find_matches(ROOM))
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 256, (2, *ROOM.left.shape)).astype(np.uint8)
    after = before.next(StereoPair(noise[0], noise[1], 1, 0.04, 0.0))
    assert after.kept_share < 0.05
    assert len(after.next(ROOM).matches) <= len(after.matches)
