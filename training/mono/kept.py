"""Rooms drawn once and kept on disk: a room costs as much as learning from two, and a crop of it is another picture.

Room n is the same whenever and by whomever it is drawn, so a lost file is only drawn again.
"""

import math
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from depthview.engine.atomic import atomic_path
from training.mono.network import VIEW_DEGREES
from training.mono.render import photographed
from training.mono.rooms import focal_of, random_room
from training.stereo.draws import Draws, mixed_seed
from training.stereo.textures import Atlas, make_atlas

_ATLAS, _ROOM = 101, 102
_ATLAS_ROOMS = 512
_SMALLEST_CROP = 0.75


@dataclass(frozen=True, slots=True)
class Sample:
    """`rgb` (H, W, 3) uint8, a perfect picture; `depth_m` (H, W) float32 as a camera of `VIEW_DEGREES` has it."""

    rgb: NDArray[np.uint8]
    depth_m: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Rooms:
    """All rooms of a seed, by number, `height` by `width`; kept in `folder`, or drawn each time.

    `textures` of `texture_px` are painted anew every 512 rooms.
    """

    seed: int
    height: int
    width: int
    folder: Path | None = None
    textures: int = 64
    texture_px: int = 256

    def room(self, number: int) -> Sample:
        """Draw it, or read what was drawn before."""
        kept = self._kept(number)
        if kept is not None and kept.is_file():
            packed = np.load(kept)
        else:
            packed = _packed(self._drawn(number))
            if kept is not None:
                kept.parent.mkdir(parents=True, exist_ok=True)
                with atomic_path(kept) as aside, aside.open("wb") as file:
                    np.save(file, packed)
        # Half precision also where nothing is kept: the same room, however it came.
        depth = packed[..., 3:].copy().view(np.float16)[..., 0].astype(np.float32)
        return Sample(packed[..., :3].copy(), depth)

    def keep(self, number: int) -> None:
        """Have the room ready for `room`."""
        kept = self._kept(number)
        if kept is not None and not kept.is_file():
            self.room(number)

    @torch.no_grad()
    def _drawn(self, number: int) -> Sample:
        atlas = _atlas(self.seed, number // _ATLAS_ROOMS, self.textures, self.texture_px)
        room = random_room(np.random.default_rng(mixed_seed(self.seed, _ROOM, number)), atlas.count)
        seen = photographed(room, atlas, self.height, self.width)
        depth = seen.depth_m[0, 0] * (focal_of(VIEW_DEGREES) / room.camera.focal)
        rgb = (seen.picture[0] * 255.0).round().byte().permute(1, 2, 0)
        return Sample(rgb.contiguous().numpy(), depth.numpy())

    def _kept(self, number: int) -> Path | None:
        return None if self.folder is None else self.folder / f"{number // 1000:03d}" / f"{number:06d}.npy"


def _packed(sample: Sample) -> NDArray[np.uint8]:
    """(H, W, 5): colours, and depth as the two bytes of a half."""
    depth = sample.depth_m.astype(np.float16)[..., None].view(np.uint8)
    return np.concatenate([sample.rgb, depth], 2)


def cropped(sample: Sample, height: int, width: int, dice: np.random.Generator) -> tuple[Tensor, Tensor]:
    """(3, H, W) float32 0..1 and (1, H, W) metres: some part of the room, mirrored or not.

    A part of a picture is what a longer lens would have seen. So its metres, told for one camera, become fewer.
    """
    rows, columns = sample.depth_m.shape
    widest = min(columns, math.floor(rows * width / height))
    across = max(2, round(widest * float(dice.uniform(_SMALLEST_CROP, 1.0))))
    down = max(2, min(rows, round(across * height / width)))
    top, left = int(dice.integers(rows - down + 1)), int(dice.integers(columns - across + 1))
    part = np.s_[top : top + down, left : left + across]
    shrinks = across > width
    rgb = cv2.resize(sample.rgb[part], (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    # Between two depths there is nothing: the nearest is taken, not a mean.
    depth = cv2.resize(sample.depth_m[part], (width, height), interpolation=cv2.INTER_NEAREST) * (across / columns)
    if dice.random() < 0.5:
        rgb, depth = rgb[:, ::-1], depth[:, ::-1]
    picture = torch.from_numpy(np.ascontiguousarray(rgb.transpose(2, 0, 1))).float() / 255.0
    return picture, torch.from_numpy(np.ascontiguousarray(depth, np.float32))[None]


@lru_cache(maxsize=2)
def _atlas(seed: int, number: int, textures: int, texture_px: int) -> Atlas:
    return make_atlas(Draws(textures, torch.device("cpu"), seed, _ATLAS, number), texture_px)
