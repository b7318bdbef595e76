"""`python -m training.mono.look FILE.png`: a sheet of generated pictures and their depth, to be judged by eye."""

import argparse
from pathlib import Path

import cv2
import numpy as np

from training.mono.batches import Source, Supply

_FARTHEST_M = 6.0
_ACROSS = 3


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    parser.add_argument("--count", type=int, default=12)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=int, default=0)
    parser.add_argument("--size", default="224x288")
    asked = parser.parse_args()
    height, width = (int(n) for n in asked.size.split("x"))
    batch = Source(Supply(asked.count, height, width, asked.seed)).batch(asked.step)
    tiles = []
    for picture, depth in zip(batch.picture, batch.depth_m, strict=True):
        level = np.clip(depth[0].numpy() / _FARTHEST_M * 255, 0, 255).astype(np.uint8)
        pixels = picture.permute(1, 2, 0).byte().numpy()[..., ::-1]
        tiles.append(np.hstack([pixels, np.asarray(cv2.applyColorMap(level, cv2.COLORMAP_TURBO))]))
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % _ACROSS)
    rows = [np.hstack(tiles[at : at + _ACROSS]) for at in range(0, len(tiles), _ACROSS)]
    cv2.imwrite(str(asked.file), np.vstack(rows))
    print(asked.file)


if __name__ == "__main__":
    main()
