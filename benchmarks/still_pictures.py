"""docs/stereo-stability.png: one row of a film's depth over time, as each frame is answered and with what stands still
held. What trembles is a ragged stripe, what moves is a slanted one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from benchmarks.stereo_flicker_clips import room_pairs
from depthview.engine.colour import COLOUR_MAPS, colourise, lookup_table
from depthview.engine.estimators.base import Selection, depth_frame
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import Image, StereoPair, Values
from depthview.engine.stabiliser.stabiliser import Stabiliser

PICTURE = Path(__file__).parents[1] / "docs" / "stereo-stability.png"
_FRAMES = 60
_FRAME_PX = 4
_ROW_SHARE = 0.45
_WIDTH_PX = 640


def main() -> None:
    """Write the picture of the bundled clip by semi-global matching."""
    write_picture(room_pairs(_FRAMES))


def write_picture(pairs: Iterator[StereoPair], path: Path = PICTURE) -> None:
    """Above without the stabiliser, below with it; time runs downwards."""
    estimator, stabiliser = SemiGlobalEstimator(Selection("sgm", None, (360, 640))), Stabiliser()
    told: list[Values] = []
    held: list[Values] = []
    for pair in pairs:
        found = depth_frame(pair, estimator.estimate(pair), estimator.info, started_s=0.0, ended_s=0.0)
        row = round(_ROW_SHARE * pair.size_hw[0])
        told.append(found.values[row])
        held.append(stabiliser.follow(replace(found)).values[row])
    estimator.close()
    known = np.stack(told)
    limits = (float(np.nanpercentile(known, 1)), float(np.nanpercentile(known, 99)))
    parts = [_slice(np.stack(rows), limits) for rows in (told, held)]
    gap = np.full((8, _WIDTH_PX, 3), 255, np.uint8)
    cv2.imwrite(str(path), np.vstack([parts[0], gap, parts[1]])[..., ::-1])


def _slice(rows: Values, limits: tuple[float, float]) -> Image:
    coloured = colourise(rows, limits, lookup_table(COLOUR_MAPS[0]))
    size = (_WIDTH_PX, _FRAME_PX * len(rows))
    return np.asarray(cv2.resize(coloured, size, interpolation=cv2.INTER_NEAREST), np.uint8)


if __name__ == "__main__":
    main()
