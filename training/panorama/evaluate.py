"""`python -m training.panorama.evaluate CHECKPOINT [...]`: on the photographs whose range a strong network has told.

AbsRel and delta1 over all pixels that are known, once each photo's median has been made right. The product's own table,
with baselines and other models, is `python -m benchmarks.panorama_quality`.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from training.mono.frames import DATA
from training.panorama.checkpoint import load_network
from training.panorama.network import HEIGHT, WIDTH, PanoramaNetwork

_PER_UNIT = 4000


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """`rgb` (h, w, 3) uint8; `range` (h, w) float32 of any scale, NaN unknown."""

    name: str
    rgb: NDArray[np.uint8]
    range: NDArray[np.float32]


def known_photos() -> Iterator[KnownPhoto]:
    for path in sorted((DATA / "pano").glob("da2_*_rgb.png")):
        rgb = cv2.imread(str(path), cv2.IMREAD_COLOR_RGB)
        told = cv2.imread(str(path).replace("_rgb.png", "_dist_x4000.png"), cv2.IMREAD_UNCHANGED)
        if rgb is None or told is None:
            raise FileNotFoundError(path)
        far = np.where(told > 0, told / np.float32(_PER_UNIT), np.float32(np.nan)).astype(np.float32)
        yield KnownPhoto(path.name.removesuffix("_rgb.png"), np.asarray(rgb, np.uint8), far)


@torch.no_grad()
def answer(network: PanoramaNetwork, rgb: NDArray[np.uint8], *, averaged: bool) -> NDArray[np.float32]:
    """(256, 512) metres; `averaged`: over the picture, its mirror image, and both turned by a half and a quarter."""
    small = cv2.resize(rgb, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    picture = torch.from_numpy(small).permute(2, 0, 1)[None].float()
    if not averaged:
        return np.asarray(network(picture).log_range.exp()[0, 0].numpy(), np.float32)
    logs = []
    for turned in (0, WIDTH // 4 + 16, WIDTH // 2):
        for mirrored in (False, True):
            seen = picture.roll(turned, 3)
            seen = seen.flip(3) if mirrored else seen
            found = network(seen).log_range
            logs.append((found.flip(3) if mirrored else found).roll(-turned, 3))
    return np.asarray(torch.stack(logs).mean(0).exp()[0, 0].numpy(), np.float32)


def judged(found: NDArray[np.float32], truth: NDArray[np.float32]) -> tuple[float, float]:
    """AbsRel and delta1, median-scaled, at the truth's size."""
    found = np.asarray(cv2.resize(found, truth.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    known = np.isfinite(truth)
    right, told = truth[known], found[known]
    told = told * (np.median(right) / np.median(told))
    ratio = np.maximum(told / right, right / told)
    return float((np.abs(told - right) / right).mean()), float((ratio < 1.25).mean())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoints", type=Path, nargs="+")
    photos = list(known_photos())
    for path in parser.parse_args().checkpoints:
        network = load_network(path)
        for averaged in (False, True):
            scores = [judged(answer(network, photo.rgb, averaged=averaged), photo.range) for photo in photos]
            each = "  ".join(f"{photo.name} {a:.3f}/{d:.3f}" for photo, (a, d) in zip(photos, scores, strict=True))
            mean = np.mean(scores, 0)
            print(f"{path} {'averaged' if averaged else 'once'}: {mean[0]:.3f}/{mean[1]:.3f}   {each}", flush=True)


if __name__ == "__main__":
    main()
