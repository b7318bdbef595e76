"""(seed, step) -> a batch of pairs with their answer, or of short clips. Nothing is stored, nothing is read."""

from dataclasses import dataclass
from functools import lru_cache

import torch

from training.stereo.draws import Draws
from training.stereo.imperfect import imperfect
from training.stereo.render import StereoBatch, random_rig, render
from training.stereo.scene import moved, random_scene
from training.stereo.textures import Atlas, make_atlas

_ATLAS, _SCENE, _MOTION, _CAMERA, _NOISE = range(5)


@dataclass(frozen=True, slots=True)
class Supply:
    """What kind of batches: `textures` of `texture_px` are painted anew every `atlas_steps` steps.

    `fuse` compiles the ray caster (needs Triton on a GPU, a C++ compiler on a CPU).
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

    def clip(self, step: int, frames: int = 1) -> list[StereoBatch]:
        """`frames` moments of the same scenes by the same cameras."""
        atlas = _atlas(self.device, self.seed, step // self.atlas_steps, self.textures, self.texture_px)
        made = []
        with torch.no_grad():
            draws = self._draws(_SCENE, step)
            scene = random_scene(draws, atlas.count)
            rig = random_rig(scene, draws, self.height, self.width)
            for frame in range(frames):
                if frame:
                    scene = moved(scene, self._draws(_MOTION, step, frame))
                pair = render(scene, rig, atlas, self.height, self.width, self.oversample, fuse=self.fuse)
                made.append(imperfect(pair, self._draws(_CAMERA, step), self._draws(_NOISE, step, frame)))
        return made

    def _draws(self, purpose: int, *numbers: int) -> Draws:
        return Draws(self.batch, self.device, self.seed, purpose, *numbers)


@lru_cache(maxsize=2)
def _atlas(device: torch.device, seed: int, number: int, textures: int, texture_px: int) -> Atlas:
    with torch.no_grad():
        return make_atlas(Draws(textures, device, seed, _ATLAS, number), texture_px)
