"""What a 360 degree camera and whoever stitched its pictures make of the light: exposure, curve, grain, the tripod."""

import cv2
import numpy as np
from numpy.typing import NDArray

from training.mono.furniture import Dice

Linear = NDArray[np.float32]


def developed(linear: Linear, dice: Dice) -> NDArray[np.uint8]:
    """(H, W, 3) uint8 from linear light (H, W, 3)."""
    grey = linear.mean(-1)
    # A ceiling full of light shall not leave the rest black.
    middle = float(np.median(grey))
    bright = max(min(float(np.quantile(grey, dice.uniform(0.6, 0.95))), dice.uniform(2.0, 6.0) * middle), 1e-3)
    exposed = linear * (dice.uniform(0.3, 0.8) / bright) * (1.0 + dice.normal(0.0, 0.05, 3))
    if dice.random() < 0.5:  # highlights roll off softly
        knee = dice.uniform(0.5, 0.9)
        over = np.maximum(exposed - knee, 0.0)
        exposed = np.where(exposed > knee, knee + (1 - knee) * (1 - np.exp(-over / (1 - knee))), exposed)
    curved = np.clip(exposed, 0.0, 1.0) ** (1.0 / dice.uniform(1.7, 2.6))
    grey = curved.mean(-1, keepdims=True)
    vivid = grey + (curved - grey) * dice.uniform(0.5, 1.3)
    picture: Linear = _poles(np.asarray(vivid, np.float32), dice)
    if dice.random() < 0.4:
        picture = _blurred(picture, dice.uniform(0.3, 1.0))
    elif dice.random() < 0.3:
        picture += dice.uniform(0.2, 0.8) * (picture - _blurred(picture, 1.0))
    if dice.random() < 0.6:
        picture += np.float32(dice.uniform(0.002, 0.03)) * dice.standard_normal(picture.shape, np.float32)
    pixels = (np.clip(picture, 0.0, 1.0) * 255.0).round().astype(np.uint8)
    if dice.random() < 0.5:
        packed = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(40, 96))])[1]
        pixels = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.uint8)
    return np.ascontiguousarray(pixels)


def _blurred(picture: Linear, sigma: float) -> Linear:
    margin = 8
    wide = np.concatenate([picture[:, -margin:], picture, picture[:, :margin]], 1)
    return np.asarray(cv2.GaussianBlur(wide, (0, 0), sigma), np.float32)[:, margin:-margin]


def _poles(picture: Linear, dice: Dice) -> Linear:
    """The tripod under the camera is painted over, smeared or hidden by a disc; the zenith now and then as well."""
    height = len(picture)
    if dice.random() < 0.4:
        rows = int(height * dice.uniform(0.03, 0.16))
        picture[-rows:] = _patch(picture, rows, dice)
    if dice.random() < 0.08:
        rows = int(height * dice.uniform(0.03, 0.1))
        picture[:rows] = _patch(picture[::-1], rows, dice)[::-1]
    return picture


def _patch(picture: Linear, rows: int, dice: Dice) -> Linear:
    kind = dice.random()
    edge = picture[-rows - 1]
    if kind < 0.3:
        return np.broadcast_to(edge.mean(0), (rows, *edge.shape)).copy()
    if kind < 0.55:  # each meridian goes on as it was, ever more blurred
        share = np.linspace(0.0, 1.0, rows, dtype=np.float32)[:, None, None]
        return edge[None] * (1 - share) + edge.mean(0) * share
    if kind < 0.75:
        return _blurred(picture[-rows:], float(dice.uniform(3.0, 8.0)))
    colour = np.float32(dice.choice([0.0, 0.0, 0.05, 0.5, 1.0])) * np.ones(3, np.float32)
    disc = np.broadcast_to(colour, (rows, *edge.shape)).copy()
    if dice.random() < 0.4:  # a logo
        ring = slice(int(rows * dice.uniform(0.2, 0.5)), int(rows * dice.uniform(0.5, 0.8)) + 1)
        wave = np.sin(np.arange(edge.shape[0]) / edge.shape[0] * 2 * np.pi * dice.integers(1, 12) + dice.uniform(0, 6))
        disc[ring] = np.where(wave[:, None] > 0, dice.uniform(0.0, 1.0, 3), disc[0, 0]).astype(np.float32)
    return disc
