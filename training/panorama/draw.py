"""`python -m training.panorama.draw FOLDER --seed S --first K --count N`: rooms to learn from, kept one file each.

Room n of a seed is the same whenever and by whomever it is drawn, so a lost file is only drawn again. Each file holds
`picture` (256, 512, 3) uint8 RGB, `range` (256, 512) float16 metres along the ray at the pixels' centres, and `shell`,
what the range would be without anything in the rooms; 0 where it is unknown.
"""

import argparse
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from depthview.engine.atomic import atomic_path
from training.panorama.camera import developed
from training.panorama.cast import Sphere, Things, met
from training.panorama.light import lit
from training.panorama.rooms import random_building
from training.stereo.draws import Draws, mixed_seed
from training.stereo.textures import Atlas, make_atlas

HEIGHT, WIDTH = 256, 512
_FINER = 1.375
"""The picture is drawn larger, then made smaller: borders between things are mixed, as cameras mix them."""

_ATLAS, _ROOM = 301, 302
_ATLAS_ROOMS = 256
_TEXTURES, _TEXTURE_PX = 96, 256


@dataclass(frozen=True, slots=True)
class Drawn:
    """`picture` (256, 512, 3) uint8 RGB; `range_m` and `shell_m` (256, 512) float32 along the ray, 0 unknown."""

    picture: NDArray[np.uint8]
    range_m: NDArray[np.float32]
    shell_m: NDArray[np.float32]


@torch.no_grad()
def drawn(seed: int, number: int) -> Drawn:
    """Room `number` of `seed`."""
    atlas = _atlas(seed, number // _ATLAS_ROOMS)
    dice = np.random.default_rng(mixed_seed(seed, _ROOM, number))
    building = random_building(dice, atlas.count)
    things = Things.of(building.parts)
    sphere = Sphere(building.eye, building.turn, HEIGHT, WIDTH)
    exact = met(building.cells, things, sphere, smallest_px=0.7)
    fine = Sphere(building.eye, building.turn, int(HEIGHT * _FINER), int(WIDTH * _FINER))
    linear = lit(building, things, met(building.cells, things, fine), fine, atlas).permute(1, 2, 0).numpy()
    picture = developed(cv2.resize(linear, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), dice)
    if building.sky is None:
        return Drawn(picture, exact.range_m, exact.shell_m)
    bare = met(building.cells, Things.of(building.parts[: building.firm]), sphere)
    return Drawn(picture, *(np.where(one.open, np.float32(0.0), one.range_m) for one in (exact, bare)))


def keep(folder: Path, seed: int, number: int) -> None:
    """Have the room in the folder, whole or not at all."""
    path = folder / f"{number:06d}.npz"
    if path.is_file():
        return
    room = drawn(seed, number)
    with atomic_path(path) as aside, aside.open("wb") as file:
        np.savez(
            file, picture=room.picture, range=room.range_m.astype(np.float16), shell=room.shell_m.astype(np.float16)
        )


@lru_cache(maxsize=2)
def _atlas(seed: int, number: int) -> Atlas:
    return make_atlas(Draws(_TEXTURES, torch.device("cpu"), seed, _ATLAS, number), _TEXTURE_PX)


def main(arguments: Sequence[str] | None = None) -> None:
    """One core; several at a time with other ranges of numbers."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=100)
    asked = parser.parse_args(arguments)
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    asked.folder.mkdir(parents=True, exist_ok=True)
    began = time.perf_counter()
    for done, number in enumerate(range(asked.first, asked.first + asked.count), start=1):
        keep(asked.folder, asked.seed, number)
        if done % 100 == 0 or done == asked.count:
            print(f"{done} rooms, {(time.perf_counter() - began) / done:.2f} s each", flush=True)


if __name__ == "__main__":
    main()
