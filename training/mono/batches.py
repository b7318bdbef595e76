"""(seed, step) -> a batch of pictures with their depth. Nothing is stored, nothing is read.

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
from functools import lru_cache
from multiprocessing import get_context, parent_process

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.mono.faults import faulty
from training.mono.network import VIEW_DEGREES
from training.mono.render import photographed
from training.mono.rooms import focal_of, random_room
from training.stereo.draws import Draws, mixed_seed
from training.stereo.textures import Atlas, make_atlas

_ATLAS, _ROOM, _CAMERA = 101, 102, 103


@dataclass(frozen=True, slots=True)
class Supply:
    """What kind of batches: `textures` of `texture_px` are painted anew every `atlas_rooms` batches of rooms.

    `reuse` shows each room to that many steps, each time through another camera's faults and every other time mirrored.
    """

    batch: int
    height: int
    width: int
    seed: int
    reuse: int = 1
    textures: int = 64
    texture_px: int = 256
    atlas_rooms: int = 64


@dataclass(frozen=True, slots=True)
class DepthBatch:
    """`picture` (B, 3, H, W) float32 RGB, whole numbers 0..255; `depth_m`, `valid` (B, 1, H, W) float32 and bool."""

    picture: Tensor
    depth_m: Tensor
    valid: Tensor


Sample = tuple[NDArray[np.float16], NDArray[np.float32]]
"""(3, H, W) a perfect picture 0..1 and (1, H, W) its depth for the camera of `VIEW_DEGREES`."""


class Source:
    """Batches by step; with a pool the rooms of the next batch are drawn while this one is learnt from.

    The same supply and step give the same batch, with a pool or without one, in whatever order steps are asked for.
    """

    def __init__(self, supply: Supply, pool: ProcessPoolExecutor | None = None) -> None:
        self._supply = supply
        self._pool = pool
        self._ready: tuple[int, list[Sample]] | None = None
        self._coming: tuple[int, list[Future[Sample]]] | None = None

    def batch(self, step: int) -> DepthBatch:
        supply = self._supply
        number, again = divmod(step, supply.reuse)
        samples = self._rooms(number)
        picture = torch.from_numpy(np.stack([sample[0] for sample in samples])).float()
        depth = torch.from_numpy(np.stack([sample[1] for sample in samples]))
        if again % 2:
            picture, depth = picture.flip(3), depth.flip(3)
        arrived, valid = faulty(picture, Draws(supply.batch, torch.device("cpu"), supply.seed, _CAMERA, step))
        return DepthBatch(arrived, depth, valid)

    def _rooms(self, number: int) -> list[Sample]:
        if self._ready is None or self._ready[0] != number:
            if self._pool is None:
                samples = [draw(self._supply, number, k) for k in range(self._supply.batch)]
            else:
                coming = self._asked(number) if self._coming is None or self._coming[0] != number else self._coming[1]
                samples = [future.result() for future in coming]
                self._coming = number + 1, self._asked(number + 1)
            self._ready = number, samples
        return self._ready[1]

    def _asked(self, number: int) -> list[Future[Sample]]:
        assert self._pool is not None
        return [self._pool.submit(draw, self._supply, number, k) for k in range(self._supply.batch)]


@contextmanager
def source(supply: Supply, workers: int) -> Iterator[Source]:
    """Batches drawn by that many processes beside this one; 0: in this one."""
    if workers == 0:
        yield Source(supply)
        return
    # Started anew, not forked: torch's threads do not survive a fork.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), initializer=_one_thread) as pool:
        try:
            yield Source(supply, pool)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


@torch.no_grad()
def draw(supply: Supply, number: int, k: int) -> Sample:
    """The k-th room of that batch, photographed."""
    atlas = _atlas(supply.seed, number // supply.atlas_rooms, supply.textures, supply.texture_px)
    room = random_room(np.random.default_rng(mixed_seed(supply.seed, _ROOM, number, k)), atlas.count)
    seen = photographed(room, atlas, supply.height, supply.width)
    depth = seen.depth_m[0] * (focal_of(VIEW_DEGREES) / room.camera.focal)
    return seen.picture[0].numpy().astype(np.float16), depth.numpy()


@lru_cache(maxsize=2)
def _atlas(seed: int, number: int, textures: int, texture_px: int) -> Atlas:
    return make_atlas(Draws(textures, torch.device("cpu"), seed, _ATLAS, number), texture_px)


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
