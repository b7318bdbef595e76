"""`python -m benchmarks.stereo_pictures`: thin things and half-occluded borders beside their truth, for docs/.

Writes docs/stereo-thin.png and docs/stereo-borders.png, made only of what the project draws itself.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.stereo_edges import EdgeCase, edge_cases
from benchmarks.stereo_methods import GRAPHS, OWN_SGM
from benchmarks.stereo_pairs import REPOSITORY
from depthview.engine.colour import colourise, lookup_table, measure_limits
from depthview.engine.frames import Disparity, Image

DOCS = REPOSITORY / "docs"

_Number = TypeVar("_Number", bound=np.generic)
_ZOOM = 2
_TITLE_PX, _GAP_PX = 26, 6
_PAPER, _INK = 255, 40


@dataclass(frozen=True, slots=True)
class Window:
    """A part of a picture: `top`, `left`, `height`, `width` in pixels."""

    top: int
    left: int
    height: int
    width: int

    def of(self, picture: NDArray[_Number]) -> NDArray[_Number]:
        cut = picture[self.top : self.top + self.height, self.left : self.left + self.width]
        return np.ascontiguousarray(cut)


WIRES = Window(20, 40, 160, 200)
BOARD = Window(60, 330, 140, 200)
ROOM = Window(130, 220, 140, 200)


def write_pictures(cases: Sequence[EdgeCase], folder: Path = DOCS) -> list[Path]:
    """`cases` as `stereo_edges.edge_cases` gives them: the wires first, then the room."""
    wires, room = cases[0], cases[1]
    folder.mkdir(parents=True, exist_ok=True)
    made = {
        folder / "stereo-thin.png": strip(wires, WIRES),
        folder / "stereo-borders.png": np.vstack([strip(wires, BOARD), strip(room, ROOM, titles=False)]),
    }
    for path, picture in made.items():
        if not cv2.imwrite(str(path), picture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 9]):
            raise OSError(f"cannot write {path}")
    return list(made)


def strip(case: EdgeCase, window: Window, *, titles: bool = True) -> Image:
    """The left eye, the truth and each answer beside each other, each pixel drawn as a square of two."""
    limits = measure_limits(window.of(case.pair.disparity_px)) or (0.0, 1.0)
    table = lookup_table("turbo")

    def coloured(disparity_px: Disparity) -> Image:
        return colourise(disparity_px, limits, table)

    named = [("left eye", case.pair.left), ("truth", coloured(case.pair.disparity_px))]
    named += [(_title(name), coloured(answer)) for name, answer in case.answers.items()]
    tiles = [_tile(window.of(picture), name if titles else None) for name, picture in named]
    gap = np.full((tiles[0].shape[0], _GAP_PX, 3), _PAPER, np.uint8)
    row = [piece for tile in tiles for piece in (tile, gap)][:-1]
    return np.vstack([np.hstack(row), np.full((_GAP_PX, sum(p.shape[1] for p in row), 3), _PAPER, np.uint8)])


def _title(method: str) -> str:
    return {OWN_SGM: "semi-global matching", "ours": "DepthView stereo"}.get(method, method)


def _tile(picture: Image, title: str | None) -> Image:
    large = np.repeat(np.repeat(picture, _ZOOM, axis=0), _ZOOM, axis=1)
    if title is None:
        return large
    head = np.full((_TITLE_PX, large.shape[1], 3), _PAPER, np.uint8)
    cv2.putText(head, title, (4, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.55, (_INK,) * 3, 1, cv2.LINE_AA)
    return np.vstack([head, large])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stereo_pictures", description=__doc__)
    parser.add_argument("--graphs", type=Path, default=GRAPHS, help="the folder of the network's graphs")
    parser.add_argument("--out", type=Path, default=DOCS, help="where the pictures go")
    asked = parser.parse_args()
    for path in write_pictures(list(edge_cases(graphs=asked.graphs, quick=True)), asked.out):
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
