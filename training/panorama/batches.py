"""Batches of lessons, each changed anew, as cameras and stitching programs would have taken them."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.panorama.kept import Lessons
from training.panorama.stretch import Change, changed
from training.stereo.draws import mixed_seed

_PICK = 201
_AHEAD = 3
_SHUFFLED_COLOURS, _TINTED, _BLURRED, _SQUEEZED, _GREY = 0.25, 0.5, 0.4, 0.4, 0.06


@dataclass(frozen=True, slots=True)
class Batch:
    """`picture` (B, 3, H, W) float32 RGB 0..255; `range_m`, `shell_m` (B, 1, H, W), 0 unknown."""

    picture: Tensor
    range_m: Tensor
    shell_m: Tensor

    def coarse(self, cell: int) -> "Batch":
        """The same pictures; of each `cell` by `cell` pixels of truth the one in the middle."""
        ranges = (values[:, :, cell // 2 :: cell, cell // 2 :: cell] for values in (self.range_m, self.shell_m))
        return Batch(self.picture, *ranges)


def batch_of(lessons: Lessons, size: int, seed: int, step: int) -> Batch:
    """The same lessons, seed and step give the same batch."""
    dice = np.random.default_rng(mixed_seed(seed, _PICK, step))
    pictures, ranges, shells = [], [], []
    for number in dice.integers(len(lessons), size=size):
        lesson = lessons[int(number)]
        picture, range_m, shell_m = changed(lesson, Change.drawn(dice, lesson.range_m.shape[1]))
        pictures.append(taken(picture, dice).transpose(2, 0, 1))
        ranges.append(range_m[None])
        shells.append(shell_m[None])
    return Batch(*(torch.from_numpy(np.stack(values)) for values in (pictures, ranges, shells)))


def taken(picture: NDArray[np.uint8], dice: np.random.Generator) -> NDArray[np.float32]:
    """(H, W, 3) float32 0..255: other colours, exposure, sharpness, noise and compression."""
    rgb = picture.astype(np.float32) / 255
    if dice.random() < _SHUFFLED_COLOURS:
        rgb = rgb[..., dice.permutation(3)]
    if dice.random() < _TINTED:
        rgb = rgb * dice.uniform(0.8, 1.2, 3).astype(np.float32)
    if dice.random() < _GREY:
        rgb = np.repeat(rgb.mean(-1, keepdims=True), 3, -1)
    rgb = np.clip(rgb * np.float32(dice.uniform(0.7, 1.25)), 1e-4, 1) ** np.float32(dice.uniform(0.65, 1.5))
    if dice.random() < _BLURRED:
        rgb = np.asarray(cv2.GaussianBlur(rgb, (0, 0), float(dice.uniform(0.4, 1.3))), np.float32)
    rgb = rgb * 255 + dice.standard_normal(rgb.shape, dtype=np.float32) * np.float32(dice.uniform(0, 6))
    whole = np.clip(np.rint(rgb), 0, 255)
    if dice.random() < _SQUEEZED:
        quality = [cv2.IMWRITE_JPEG_QUALITY, int(dice.integers(35, 92))]
        found, packed = cv2.imencode(".jpg", whole.astype(np.uint8), quality)
        if found:
            whole = np.asarray(cv2.imdecode(packed, cv2.IMREAD_COLOR), np.float32)
    return np.asarray(whole, np.float32)


class Ahead:
    """Batches by step, made by one thread beside the training while the one before is learnt from."""

    def __init__(self, lessons: Lessons, size: int, seed: int) -> None:
        self._lessons, self._size, self._seed = lessons, size, seed
        self._lock = threading.Lock()

    def from_step(self, step: int) -> Iterator[Batch]:
        with ThreadPoolExecutor(1) as maker:
            coming = [maker.submit(self._made, step + k) for k in range(_AHEAD)]
            while True:
                batch = coming.pop(0).result()
                step += 1
                coming.append(maker.submit(self._made, step + _AHEAD - 1))
                yield batch

    def reread(self) -> int:
        with self._lock:
            return self._lessons.reread()

    def _made(self, step: int) -> Batch:
        with self._lock:
            return batch_of(self._lessons, self._size, self._seed, step)
