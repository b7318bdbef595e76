"""`python -m benchmarks.stereo_calibration [--draws N] [--json]`: how good the rigs are that boards give.

The two real sets in ../shared/data. Rows: by how many rows corners miss each other in the rectified eyes, in views that
had no part in anything: each fifth of the views is held back from the whole work, dropping and choosing included. Then
the same from few views, drawn by chance, with the middle lens model: what more views are good for. The USB camera's
makers' own calibration, which was fitted to these very views, is held beside it.
"""

import argparse
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.figures import machine, table
from benchmarks.stereo_pairs import DATA
from depthview.engine.calibration import CalibrationOrder, FileCalibration, calibrate_files
from depthview.engine.errors import UserError
from depthview.engine.progress import StopToken, ignore_progress
from depthview.engine.stereo.boards.fit import fit, rows_off_px
from depthview.engine.stereo.boards.lenses import lenses_for
from depthview.engine.stereo.boards.solving import FEWEST_VIEWS, CalibrationResult, folds, solve
from depthview.engine.stereo.boards.view import BoardView
from depthview.engine.stereo.rigs.rig import CalibratedRig
from depthview.engine.stereo.rigs.rig_file import read_rig

RESULTS = Path(__file__).with_name("results") / "stereo-calibration.json"
FEW = (FEWEST_VIEWS, 8, 12, 16)
WANTED_PX = 0.5


@dataclass(frozen=True)
class BoardSet:
    """Pictures of a board, what its squares measure where that is known, and somebody else's rig."""

    name: str
    folder: Path
    square_m: float | None
    theirs: Path | None = None

    def calibrate(self) -> FileCalibration:
        order = CalibrationOrder(square_m=self.square_m or 0.025, square_assumed=self.square_m is None)
        return calibrate_files((str(self.folder),), order, name=self.name, report=ignore_progress, stop=StopToken())


SETS = (
    BoardSet("OpenCV chessboard", DATA / "stereo" / "opencv_chessboard", None),
    BoardSet(
        "USB camera, packed",
        DATA / "stereo" / "sbs_usb_chessboard_1280x480",
        0.025,
        DATA / "stereo" / "sbs_usb_chessboard_1280x480" / "StereoCalibration.yml",
    ),
)


def measure(boards: BoardSet, draws: int) -> dict[str, Any]:
    """All figures of one set."""
    found = boards.calibrate()
    views = [view for view in found.views if view.usable]
    result = found.result
    off = [rows_off_px(_solved(fitted, found).rig, others) for fitted, others in folds(views)]
    widths = [corners.edge_px for view in views for corners in (view.left, view.right) if corners is not None]
    theirs = None
    if boards.theirs is not None:
        rig = read_rig(boards.theirs, pictures_hw=result.rig.size_hw)
        if isinstance(rig, CalibratedRig):
            theirs = {
                "focal_px": float(rig.left_matrix[0, 0]),
                "baseline_mm": 1000 * rig.baseline_m,
                "rows_px": _rms(rows_off_px(rig, views)),
            }
    return {
        "name": boards.name,
        "board": f"{found.packing.board.columns}x{found.packing.board.rows}",
        "layout": found.packing.layout.value,
        "views": len(result.errors),
        "dropped": [view.name for view in result.dropped],
        "lens": result.lens.value,
        "rms_px": result.rms_px,
        "rows_px": _rms(np.concatenate(off)),
        "rows_95_px": float(np.percentile(np.abs(np.concatenate(off)), 95)),
        "focal_px": float(result.rig.left_matrix[0, 0]),
        "baseline_mm": 1000 * result.rig.baseline_m,
        "edge_px": [min(widths), max(widths)],
        "theirs": theirs,
        "few": [few for count in FEW if (few := _few(views, found, count, draws)) is not None],
    }


def _few(views: list[BoardView], found: FileCalibration, count: int, draws: int) -> dict[str, Any] | None:
    """Rigs of `count` views each, held against all the other views and against the rig of all."""
    if count > len(views) - 2:
        return None
    rng = np.random.default_rng(count)
    lens = lenses_for(count)[:2][-1]
    focal, baseline, rows, failed = [], [], [], 0
    for _ in range(draws):
        order = rng.permutation(len(views))
        try:
            rig = fit([views[i] for i in order[:count]], found.packing.board, lens).rig
            rows.append(_rms(rows_off_px(rig, [views[i] for i in order[count:]])))
        except UserError:
            failed += 1
            continue
        focal.append(abs(rig.left_matrix[0, 0] / found.result.rig.left_matrix[0, 0] - 1))
        baseline.append(abs(rig.baseline_m / found.result.rig.baseline_m - 1))
    return {
        "views": count,
        "rows_px": float(np.median(rows)),
        "rows_worst_px": float(np.max(rows)),
        "focal_off": float(np.median(focal)),
        "focal_off_worst": float(np.max(focal)),
        "baseline_off": float(np.median(baseline)),
        "failed": failed,
    }


def _solved(views: list[BoardView], found: FileCalibration) -> CalibrationResult:
    return solve(views, found.packing.board, name="", report=ignore_progress, stop=StopToken())


def _rms(off_px: np.ndarray[Any, np.dtype[np.float64]]) -> float:
    return float(np.sqrt(np.mean(off_px**2)))


def rows_of(figures: dict[str, Any]) -> list[tuple[str, str, str]]:
    """What is printed of one set."""
    name = figures["name"]
    rows = [
        (f"{name}: views of {figures['board']}, {figures['layout']}", f"{figures['views']}", ""),
        (f"{name}: reprojection, RMS", f"{figures['rms_px']:.3f} px", f"< {WANTED_PX} px"),
        (f"{name}: rows of held-back views, RMS", f"{figures['rows_px']:.3f} px", f"< {WANTED_PX} px"),
        (f"{name}: the same, 95th percentile", f"{figures['rows_95_px']:.3f} px", ""),
        (f"{name}: focal length, baseline", f"{figures['focal_px']:.2f} px, {figures['baseline_mm']:.2f} mm", ""),
        (f"{name}: width of edges", "{:.1f} to {:.1f} px".format(*figures["edge_px"]), ""),
    ]
    if theirs := figures["theirs"]:
        said = f"{theirs['rows_px']:.3f} px; {theirs['focal_px']:.2f} px, {theirs['baseline_mm']:.2f} mm"
        rows.append((f"{name}: its makers' rig on the same views", said, ""))
    for few in figures["few"]:
        said = (
            f"rows {few['rows_px']:.3f} px (worst {few['rows_worst_px']:.3f}), focal {100 * few['focal_off']:.2f} % off"
        )
        rows.append((f"{name}: from {few['views']} views, median", said, ""))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--draws", type=int, default=12, help="how often few views are drawn")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON too")
    options = parser.parse_args()
    sets = [measure(boards, options.draws) for boards in SETS if boards.folder.is_dir()]
    figures = {"machine": machine(), "draws": options.draws, "sets": sets}
    print(table([row for found in sets for row in rows_of(found)]))
    if options.json:
        print(json.dumps(figures))
    RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
