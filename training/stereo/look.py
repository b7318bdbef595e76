"""`python -m training.stereo.look FOLDER`: generated pairs as PNG files, to be judged by eye before training."""

import argparse
from pathlib import Path

import cv2
import numpy as np
import torch

from training.stereo.batches import Supply


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--count", type=int, default=8)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--step", type=int, default=0)
    parser.add_argument("--frames", type=int, default=1)
    parser.add_argument("--oversample", type=int, default=1)
    asked = parser.parse_args()
    asked.folder.mkdir(parents=True, exist_ok=True)
    supply = Supply(asked.count, 240, 320, torch.device("cpu"), asked.seed, asked.oversample)
    for moment, pair in enumerate(supply.clip(asked.step, asked.frames)):
        rows = []
        for n in range(asked.count):
            eyes = [eye[n].permute(1, 2, 0).byte().numpy()[..., ::-1] for eye in (pair.left, pair.right)]
            disparity = pair.disparity_px[n, 0].numpy()
            low, high = np.percentile(disparity, (1, 99))
            level = np.clip((disparity - low) / max(high - low, 1e-3) * 255, 0, 255).astype(np.uint8)
            shown = np.asarray(cv2.applyColorMap(level, cv2.COLORMAP_TURBO))
            shown[~pair.visible[n, 0].numpy()] //= 3
            cv2.putText(shown, f"{low:.1f}..{high:.1f} px", (4, 14), cv2.FONT_HERSHEY_SIMPLEX, 0.4, (255, 255, 255), 1)
            rows.append(np.hstack([*eyes, shown]))
        for page in range(0, len(rows), 4):
            path = asked.folder / f"pairs_{asked.seed}_{asked.step}_{moment}_{page // 4}.png"
            cv2.imwrite(str(path), np.vstack(rows[page : page + 4]))
            print(path)


if __name__ == "__main__":
    main()
