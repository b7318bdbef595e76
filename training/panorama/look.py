"""`python -m training.panorama.look SHEET.png`: generated rooms with range and empty shell, to be judged by eye."""

import argparse
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.panorama.draw import drawn


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sheet", type=Path)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--count", type=int, default=8)
    asked = parser.parse_args()
    rows = []
    for number in range(asked.first, asked.first + asked.count):
        room = drawn(asked.seed, number)
        rows.append(np.hstack([room.picture[..., ::-1], _coloured(room.range_m), _coloured(room.shell_m)]))
    cv2.imwrite(str(asked.sheet), np.vstack(rows))
    print(asked.sheet)


def _coloured(range_m: NDArray[np.float32]) -> NDArray[np.uint8]:
    """Each doubling of the range the same step of colour, 0.3 to 20 m."""
    level = np.log(np.maximum(range_m, 0.3) / 0.3) / np.log(20.0 / 0.3)
    shown = cv2.applyColorMap((255 - np.clip(level, 0, 1) * 255).astype(np.uint8), cv2.COLORMAP_TURBO)
    shown[range_m <= 0] = 0
    return np.asarray(shown, np.uint8)


if __name__ == "__main__":
    main()
