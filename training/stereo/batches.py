"""(seed, step) -> a batch of pairs with their answer, or of short clips. Nothing is stored, nothing is read."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from training.stereo.codecs import coded
from training.stereo.draws import Draws
from training.stereo.imperfect import careful, imperfect
from training.stereo.render import StereoBatch, busy_window, random_rig, render
from training.stereo.scene import moved, random_scene
from training.stereo.textures import Atlas, make_atlas

_ATLAS, _SCENE, _MOTION, _CAMERA, _NOISE, _CODEC = range(6)


@dataclass(frozen=True, slots=True)
class Supply:
    """What kind of batches: `textures` of `texture_px` are painted anew every `atlas_steps` steps.

    `fuse` compiles the ray caster (needs Triton on a GPU, a C++ compiler on a CPU). `reuse` shows each scene to that
    many steps, each time through other cameras and every other time upside down, where drawing costs more than
    training.
    """

    batch: int
    height: int
    width: int
    device: torch.device
    seed: int
    oversample: int = 1
    textures: int = 64
    texture_px: int = 256
    atlas_steps: int = 16
    fuse: bool = False
    reuse: int = 1

    def clip(self, step: int, frames: int = 1) -> list[StereoBatch]:
        """`frames` moments of the same scenes by the same cameras."""
        number, again = divmod(step, self.reuse)
        made = []
        with torch.no_grad():
            for frame, pair in enumerate(_drawn(self, number, frames)):
                seen = _upside_down(pair) if again % 2 else pair
                made.append(imperfect(seen, self._draws(_CAMERA, step), self._draws(_NOISE, step, frame)))
            return coded(made, self._draws(_CODEC, step), spared=careful(self._draws(_CAMERA, step)).flatten().tolist())

    def draw(self, number: int, frames: int) -> list[StereoBatch]:
        """The scenes of that number, perfect."""
        atlas = _atlas(self.device, self.seed, number // self.atlas_steps, self.textures, self.texture_px)
        draws = self._draws(_SCENE, number)
        scene = random_scene(draws, atlas.count)
        rig = random_rig(scene, draws, self.height, self.width)
        window = busy_window(scene, rig, draws, self.height, self.width)
        pairs = []
        for frame in range(frames):
            if frame:
                scene = moved(scene, self._draws(_MOTION, number, frame))
            pairs.append(
                render(scene, rig, atlas, self.height, self.width, self.oversample, window=window, fuse=self.fuse)
            )
        return pairs

    def _draws(self, purpose: int, *numbers: int) -> Draws:
        return Draws(self.batch, self.device, self.seed, purpose, *numbers)


@lru_cache(maxsize=1)
def _drawn(supply: Supply, number: int, frames: int) -> list[StereoBatch]:
    return supply.draw(number, frames)


@lru_cache(maxsize=2)
def _atlas(device: torch.device, seed: int, number: int, textures: int, texture_px: int) -> Atlas:
    with torch.no_grad():
        return make_atlas(Draws(textures, device, seed, _ATLAS, number), texture_px)


def _upside_down(pair: StereoBatch) -> StereoBatch:
    flipped = [value.flip(2) for value in (pair.left, pair.right, pair.disparity_px, pair.valid, pair.visible)]
    return StereoBatch(*flipped)
