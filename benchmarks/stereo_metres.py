"""`python -m benchmarks.stereo_metres [--quick] [--json]`: are metres right, and is the measuring tool?

Motorcycle with the calib.txt that lies beside it; a real chessboard of 25 mm squares before a USB stereo camera with
that camera's own calibration, raw pictures straightened by it; tinynav's infrared pair, of which only the scale can be
looked at; and the drawn room, whose depth is exact: distances between points chosen at random on it.
"""

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine, table
from benchmarks.stereo_methods import GRAPHS, Ours, run_ours
from benchmarks.stereo_pairs import DATA, KnownPair
from benchmarks.stereo_sets import find_pairs
from depthview.engine.camera import CameraChoice, StereoRig
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.sgm import MODEL_ID, SemiGlobalEstimator
from depthview.engine.frames import DepthFrame, Disparity, StereoPair
from depthview.engine.measuring import Measured, Pixel, measure
from depthview.engine.metres import rig_of
from depthview.engine.models.needs.known_scene import known_scenes
from depthview.engine.resources import sample
from depthview.engine.stereo.rigs.beside import rig_beside
from depthview.engine.stereo.rigs.rig import CalibratedRig

MOTORCYCLE = DATA / "stereo" / "middlebury_v3_motorcycle_Q"
TINYNAV = DATA / "stereo" / "tinynav_looper"
BOARD = DATA / "stereo" / "sbs_usb_chessboard_1280x480"
BOARD_CORNERS, SQUARE_M = (8, 11), 0.025
RESULTS = Path(__file__).parent / "results" / "stereo-metres.json"

_SEED = 5
_LEAST_APART_PX = 40.0

Method = Callable[[StereoPair], Disparity]


def by_matching(pair: StereoPair) -> Disparity:
    """Semi-global matching at the pair's own size."""
    return SemiGlobalEstimator(Selection(MODEL_ID)).estimate(pair).values


def by_network(pair: StereoPair) -> Disparity:
    """The bundled network where it is judged: 640 wide, ten iterations."""
    return run_ours(KnownPair("", pair.left, pair.right, np.zeros(pair.size_hw, np.float32), None), Ours()).values


def methods() -> dict[str, Method]:
    """The network only where it is shipped."""
    found: dict[str, Method] = {"SGM": by_matching}
    return found | ({"network": by_network} if (GRAPHS / "update.onnx").is_file() else {})


@dataclass(frozen=True, slots=True)
class Distances:
    """Of many measured distances: errors as a share of the truth, and how many of them were said to be possible."""

    count: int
    median_share: float
    worst_share: float
    within_share: float

    @classmethod
    def of(cls, pairs: list[tuple[Measured, float]]) -> "Distances":
        errors = np.array([abs(found.distance_m - true_m) / true_m for found, true_m in pairs])
        within = [abs(found.distance_m - t) <= found.uncertain_m for found, t in pairs if found.uncertain_m is not None]
        return cls(len(pairs), float(np.median(errors)), float(np.percentile(errors, 95)), float(np.mean(within)))


def depth_frame(pair: StereoPair, values: Disparity) -> DepthFrame:
    return DepthFrame(pair, values, "", "", 0.0, 0.0)


def motorcycle(method: Method) -> float:
    """The median of the relative depth errors where both eyes see and the method says something."""
    known = next(files for files in find_pairs(MOTORCYCLE)).load()
    found = rig_beside(str(MOTORCYCLE / "im0.png"), known.frame.size_hw)
    assert found is not None  # calib.txt lies there
    assert isinstance(found.rig, StereoRig)
    rig = rig_of(known.frame, CameraChoice(rig=found.rig))
    truth_m = rig.depth_m(known.disparity_px)
    depth_m = rig.depth_m(method(known.frame))
    seen = True if known.seen is None else known.seen
    both = seen & np.isfinite(truth_m) & np.isfinite(depth_m)
    return float(np.median(np.abs(depth_m - truth_m)[both] / truth_m[both]))


def tinynav(method: Method) -> tuple[float, float]:
    """The 10th and the 90th percentile of the depths, metres."""
    left, right = (cv2.imread(str(TINYNAV / f"{eye}.png"), cv2.IMREAD_COLOR_RGB) for eye in ("left", "right"))
    pair = StereoPair(np.asarray(left, np.uint8), np.asarray(right, np.uint8), 0, 0.0, 0.0)
    found = rig_beside(str(TINYNAV), pair.size_hw)
    assert found is not None  # calib.txt lies there
    assert isinstance(found.rig, StereoRig)
    depth_m = rig_of(pair, CameraChoice(rig=found.rig)).depth_m(method(pair))
    near, far = np.nanpercentile(depth_m, (10, 90))
    return float(near), float(far)


def board_pairs() -> Iterator[StereoPair]:
    """The board's pictures, straightened, each with its rig."""
    warp = None
    for path in sorted(BOARD.glob("*.jpg")):
        both = np.asarray(cv2.imread(str(path), cv2.IMREAD_COLOR_RGB), np.uint8)
        half = both.shape[1] // 2
        raw = StereoPair(both[:, :half].copy(), both[:, half:].copy(), 0, 0.0, 0.0)
        if warp is None:
            found = rig_beside(str(path), raw.size_hw)
            assert found is not None  # its .yml lies there
            assert isinstance(found.rig, CalibratedRig)
            warp = found.rig.warp(raw.size_hw)
        yield warp.warp(raw)


def board(method: Method, count: int) -> Distances:
    """Between the corners of the board that are farthest from each other: its sides and both diagonals."""
    columns, rows = BOARD_CORNERS
    true_m = {
        pair: SQUARE_M * float(np.hypot(*(np.subtract(pair[0], pair[1]))))
        for pair in (
            ((0, 0), (columns - 1, 0)),
            ((0, rows - 1), (columns - 1, rows - 1)),
            ((0, 0), (0, rows - 1)),
            ((columns - 1, 0), (columns - 1, rows - 1)),
            ((0, 0), (columns - 1, rows - 1)),
            ((columns - 1, 0), (0, rows - 1)),
        )
    }
    found: list[tuple[Measured, float]] = []
    for pair in list(board_pairs())[:count]:
        grey = cv2.cvtColor(pair.left, cv2.COLOR_RGB2GRAY)
        seen, corners = cv2.findChessboardCornersSB(grey, BOARD_CORNERS)
        if not seen:
            continue
        at = corners.reshape(rows, columns, 2).astype(float)
        depth = depth_frame(pair, method(pair))
        rig = rig_of(pair, CameraChoice())
        for (a, b), length_m in true_m.items():
            measured = measure(depth, rig, _pixel(at[a[1], a[0]]), _pixel(at[b[1], b[0]]))
            if measured is not None:
                found.append((measured, length_m))
    return Distances.of(found)


def room(method: Method, frames: int, each: int) -> Distances:
    """Between points of the drawn room, chosen at random where both eyes see."""
    rng = np.random.default_rng(_SEED)
    found: list[tuple[Measured, float]] = []
    for scene in known_scenes(frames):
        rig = rig_of(scene.pair, sample().camera)
        depth, exact_m = depth_frame(scene.pair, method(scene.pair)), rig.points_m(rig.depth_m(scene.disparity_px))
        rows, columns = np.nonzero(np.isfinite(scene.disparity_px))
        ends = rng.integers(0, len(rows), (each, 2))
        for i, j in ends:
            a, b = (float(columns[i]), float(rows[i])), (float(columns[j]), float(rows[j]))
            true_m = float(np.linalg.norm(exact_m[rows[i], columns[i]] - exact_m[rows[j], columns[j]]))
            measured = measure(depth, rig, a, b)
            if measured is not None and np.hypot(a[0] - b[0], a[1] - b[1]) >= _LEAST_APART_PX:
                found.append((measured, true_m))
    return Distances.of(found)


def _pixel(corner: NDArray[np.float64]) -> Pixel:
    return float(corner[0]), float(corner[1])


def main() -> None:
    """Measure, print, and keep."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="matching only, fewer pictures; nothing is kept")
    parser.add_argument("--json", action="store_true", help="print the figures as one JSON object")
    asked = parser.parse_args()
    figures: dict[str, Any] = {"machine": machine()}
    rows: list[tuple[str, str, str]] = []
    for name, method in methods().items():
        if asked.quick and name != "SGM":
            continue
        mine: dict[str, Any] = {}
        if MOTORCYCLE.is_dir():
            mine["motorcycle_median_share"] = motorcycle(method)
            rows.append((f"Motorcycle, {name}", f"{100 * mine['motorcycle_median_share']:.2f} %", "< 2 %"))
        if BOARD.is_dir():
            mine["board"] = asdict(board(method, 4 if asked.quick else 24))
            rows.append(_row(f"25 mm chessboard, {name}", mine["board"]))
        if TINYNAV.is_dir():
            near, far = tinynav(method)
            mine["tinynav_m"] = near, far
            rows.append((f"tinynav, {name}", f"{near:.2f} to {far:.2f} m", "a room"))
        mine["room"] = asdict(room(method, 1 if asked.quick else 4, 300))
        rows.append(_row(f"drawn room, {name}", mine["room"]))
        figures[name] = mine
    print(json.dumps(figures) if asked.json else table(rows))
    if not asked.quick:
        RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


def _row(name: str, found: dict[str, float]) -> tuple[str, str, str]:
    errors = f"{100 * found['median_share']:.2f} % median, {100 * found['worst_share']:.1f} % at 95 of 100"
    return name, f"{errors}; {100 * found['within_share']:.0f} % as sure as said", "< 2 %, 90 %"


if __name__ == "__main__":
    main()
