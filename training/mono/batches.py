"""(seed, step) -> a batch of pictures with their depth: crops of rooms, through a camera's faults.

Focal length and metres cannot both be known from one picture. So depth is told as if every picture came from one camera
of `VIEW_DEGREES`: metres are multiplied by that camera's focal length over the true one (Metric3D, Yin et al., ICCV
2023). Whoever knows the true focal length undoes it.
"""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from pathlib import Path

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as fn

from training.mono.faults import faulty
from training.mono.kept import Rooms, cropped
from training.mono.photos import Photos
from training.stereo.draws import Draws, mixed_seed

_PICK, _CAMERA, _COLLAGE = 104, 103, 105
_FIRST_ROOMS = 24
"""Batches' worth of rooms that there are before the first step."""

_AHEAD = 4
"""Batches' worth of rooms that a pool draws before they are due."""

_COLLAGE_SHARE = 0.3
_PHOTO_SHARE = 1 / 2


@dataclass(frozen=True, slots=True)
class Supply:
    """What kind of batches: `batch` crops of `height` by `width`, of rooms that are drawn as `room_hw`.

    With every step `batch / reuse` rooms come to those to choose from, kept in `folder`; `reuse` is thus how often a
    room is seen on average. `collages`: some pictures have pieces of others pasted into them; nothing is known of their
    depth, and only a teacher has something to say of them. So it is with photographs, where a folder of them is given.
    """

    batch: int
    height: int
    width: int
    seed: int
    reuse: int = 1
    folder: Path | None = None
    collages: bool = False
    room_hw: tuple[int, int] = (256, 330)
    textures: int = 64
    texture_px: int = 256

    @property
    def rooms(self) -> Rooms:
        return Rooms(self.seed, *self.room_hw, self.folder, self.textures, self.texture_px)

    def there(self, step: int) -> int:
        """How many rooms there are to choose from at that step."""
        return (_FIRST_ROOMS + (step + 1) // self.reuse) * self.batch


@dataclass(frozen=True, slots=True)
class DepthBatch:
    """`picture` (B, 3, H, W) float32 RGB, whole numbers 0..255; `depth_m`, `valid` (B, 1, H, W) float32 and bool.

    `perfect`: the same pictures before the camera's faults, for a teacher who is irritated by them.
    """

    picture: Tensor
    depth_m: Tensor
    valid: Tensor
    perfect: Tensor


class Source:
    """Batches by step; with a pool the rooms of the next batches are drawn while this one is learnt from.

    The same supply and step give the same batch, with a pool or without one, in whatever order steps are asked for.
    """

    def __init__(self, supply: Supply, pool: ProcessPoolExecutor | None = None, photos: Photos | None = None) -> None:
        self._supply = supply
        self._photos = photos
        self._pool = pool
        self._coming: list[Future[None]] = []

    def batch(self, step: int) -> DepthBatch:
        supply, rooms = self._supply, self._supply.rooms
        self._draw_ahead(step)
        dice = np.random.default_rng(mixed_seed(supply.seed, _PICK, step))
        picked = dice.choice(supply.there(step), supply.batch, replace=False)
        parts = [cropped(rooms.room(int(number)), supply.height, supply.width, dice) for number in picked]
        picture = torch.stack([part[0] for part in parts])
        depth = torch.stack([part[1] for part in parts])
        cpu = torch.device("cpu")
        known = torch.ones_like(depth, dtype=torch.bool)
        if supply.collages:
            picture, known = collages(picture, Draws(supply.batch, cpu, supply.seed, _COLLAGE, step))
        if self._photos is not None:
            count = round(_PHOTO_SHARE * supply.batch)
            shown = [self._photos.crop(supply.height, supply.width, dice) for _ in range(count)]
            picture = torch.cat([torch.stack(shown), picture[count:]])
            known = torch.cat([torch.zeros_like(known[:count]), known[count:]])
        arrived, inside = faulty(picture, Draws(supply.batch, cpu, supply.seed, _CAMERA, step))
        return DepthBatch(arrived, depth, inside & known, (picture * 255.0).round())

    def _draw_ahead(self, step: int) -> None:
        if self._pool is None:
            return
        due = self._supply.there(step)
        for number in range(len(self._coming), due + _AHEAD * self._supply.batch):
            self._coming.append(self._pool.submit(self._supply.rooms.keep, number))
        for drawn in self._coming[:due]:
            drawn.result()


def collages(pictures: Tensor, draws: Draws) -> tuple[Tensor, Tensor]:
    """(B, 3, H, W) -> the same, some with a round piece of the next one and a band of the one after, and
    (B, 1, H, W) bool: where depth is still that of the room."""
    height, width = pictures.shape[2:]
    x = torch.linspace(-1, 1, width).view(1, 1, 1, width)
    y = torch.linspace(-1, 1, height).view(1, 1, height, 1)
    at, reach = draws.uniform(-0.8, 0.8, 2, 1, 1), draws.uniform(0.2, 0.8, 2, 1, 1)
    round_piece = ((x - at[:, :1]) / reach[:, :1]).square() + ((y - at[:, 1:]) / reach[:, 1:]).square() < 1
    slant, offset = draws.uniform(-1.0, 1.0, 2, 1, 1), draws.uniform(-0.7, 0.7, 1, 1, 1)
    band = (slant[:, :1] * x + slant[:, 1:] * y - offset).abs() < draws.uniform(0.05, 0.35, 1, 1, 1)
    mixed = torch.where(round_piece, pictures.roll(1, 0).flip(3), pictures)
    mixed = torch.where(band, pictures.roll(2, 0), mixed)
    pasted = draws.chance(_COLLAGE_SHARE, 1, 1, 1)
    return torch.where(pasted, mixed, pictures), ~pasted.expand(-1, 1, height, width)


def smaller(batch: DepthBatch, size: tuple[int, int]) -> DepthBatch:
    """The same pictures with fewer pixels: colours are means, depth is one of those that were there."""
    picture = fn.interpolate(batch.picture, size=size, mode="bilinear", antialias=True, align_corners=False)
    depth = fn.interpolate(batch.depth_m, size=size, mode="nearest-exact")
    valid = fn.interpolate(batch.valid.float(), size=size, mode="nearest-exact") > 0.5
    return DepthBatch(picture.round(), depth, valid, batch.perfect)


@contextmanager
def source(supply: Supply, workers: int, photos: Photos | None = None) -> Iterator[Source]:
    """Batches drawn by that many processes beside this one, for which rooms must be kept; 0: in this one."""
    if workers == 0 or supply.folder is None:
        yield Source(supply, None, photos)
        return
    # Started anew, not forked: torch's threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        try:
            yield Source(supply, pool, photos)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _one_thread() -> None:
    """What a process of the pool begins with."""
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    # Ctrl-C and a stopped service reach all processes of a group: the one that trains finishes its step, which may need
    # a room yet, and ends the others.
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_training, daemon=True).start()


def _end_with_the_training() -> None:
    """Where the training is killed, nobody else would end this process."""
    training = parent_process()
    if training is not None:
        training.join()
    os._exit(0)
