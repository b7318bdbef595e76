"""docs/stereo-rows.png: the bundled room as two hands would hold two phones, and with its rows evened.

Drawn from the project's own picture: photos of others may not be shown here."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from depthview.engine.frames import Frame, Image, Layout, StereoPair
from depthview.engine.resources import sample
from depthview.engine.sources import open_source
from depthview.engine.stereo.eyes.split import split
from depthview.engine.stereo.matching.matches import find_matches
from depthview.engine.stereo.rectification.rows import RowsJudge

PICTURE = Path(__file__).parents[1] / "docs" / "stereo-rows.png"
_EYE_WIDTH_PX = 480
_MARKED = 24
_LINE, _HERE = (255, 255, 255), (255, 176, 0)


def hand_held() -> StereoPair:
    """The bundled clip's first moment, each eye turned, zoomed and moved by itself, the right one darker."""
    packed = next(frame for frame in iter(open_source([str(sample().clip)]).read, None) if isinstance(frame, Frame))
    pair = split(packed, Layout.SIDE_BY_SIDE, swap=False)
    right = (turned(pair.right, 3.0, 1.02, 14.0) * np.float32(0.8)).astype(np.uint8)
    return replace(pair, left=turned(pair.left, -2.0, 1.05, -6.0), right=right)


def turned(eye: Image, roll_deg: float, zoom: float, down_px: float) -> Image:
    height, width = eye.shape[:2]
    motion = cv2.getRotationMatrix2D(((width - 1) / 2, (height - 1) / 2), roll_deg, zoom)
    motion[1, 2] += down_px
    return np.asarray(cv2.warpAffine(eye, motion, (width, height), borderMode=cv2.BORDER_REFLECT), np.uint8)


def write_picture(pair: StereoPair, path: Path = PICTURE) -> None:
    """Above as it is, below evened. Each marked thing of the left eye has a line through both; where the right eye sees
    it there is a ring, which lies on the line once the rows are even."""
    judge = RowsJudge()
    matches = find_matches(pair)
    judge.look(matches)
    warp = judge.verdict.warp
    assert warp is not None
    parts = []
    there = warp.points(matches)
    even = np.flatnonzero(np.abs(there.left[:, 1] - there.right[:, 1]) < 1.5 * pair.size_hw[1] / 640)
    by_row = even[np.argsort(matches.left[even, 1])]
    marked = by_row[np.linspace(0, len(by_row) - 1, _MARKED).astype(int)]
    for shown, at in ((pair, matches), (warp.warp(pair), there)):
        scale = _EYE_WIDTH_PX / pair.size_hw[1]
        eyes = np.hstack([_small(shown.left, scale), _small(shown.right, scale)])
        for left, right in zip(at.left[marked] * scale, at.right[marked] * scale, strict=True):
            row = round(left[1])
            cv2.line(eyes, (0, row), (eyes.shape[1], row), _LINE, 1, cv2.LINE_AA)
            for x, y in (left, (right[0] + _EYE_WIDTH_PX, right[1])):
                cv2.circle(eyes, (round(x), round(y)), 4, _HERE, 2, cv2.LINE_AA)
        parts.append(eyes)
    gap = np.full((8, parts[0].shape[1], 3), 255, np.uint8)
    cv2.imwrite(str(path), np.vstack([parts[0], gap, parts[1]])[..., ::-1])


def _small(eye: Image, scale: float) -> Image:
    size = round(eye.shape[1] * scale), round(eye.shape[0] * scale)
    return np.asarray(cv2.resize(eye, size, interpolation=cv2.INTER_AREA), np.uint8)
