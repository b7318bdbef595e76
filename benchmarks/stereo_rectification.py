"""`python -m benchmarks.stereo_rectification [--pictures] [--json]`: how even the rows of uncalibrated eyes become.

Each real pair and five moments of each real clip, as they come: the vertical error of the matches that fit, 95th
percentile in pixels of a picture 640 wide, before and after; that of a third of the matches that had no part in the
warp; that of another finder's matches (ORB, Rublee and others 2011); and how much of the picture passes the left-right
check of semi-global matching. Where a chessboard was filmed, its corners say how even the rows really are: they are
found apart, and the warp is judged from the other things in the pictures, or from all views together.
`--pictures` draws docs/stereo-rows.png. The figures are kept in benchmarks/results/.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.figures import machine
from benchmarks.left_right import consistent
from benchmarks.real_eyes import RealEyes, real_eyes
from benchmarks.row_pictures import hand_held, write_picture
from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.sgm import SemiGlobalEstimator
from depthview.engine.frames import StereoPair
from depthview.engine.stereo.boards.board import Board, BoardKind
from depthview.engine.stereo.boards.chessboard import find_chessboard
from depthview.engine.stereo.boards.finding import grey_of
from depthview.engine.stereo.matching.matches import Matches, find_matches
from depthview.engine.stereo.rectification.fit import WIDTH_PX, fit_turns, misses_px
from depthview.engine.stereo.rectification.rows import RowsJudge, RowsVerdict, Warp

RESULTS = Path(__file__).with_name("results") / "stereo-rectification.json"
BOARDS = {
    "opencv ": Board(BoardKind.CHESSBOARD, 9, 6, 0.025, square_assumed=True),
    "usb ": Board(BoardKind.CHESSBOARD, 11, 8, 0.025),
}
"""By how the sources' names begin."""
FITS_PX = 1.5
"""Of matches that the fit did not see, those that are further off are taken for wrong, as the fit takes them."""


@dataclass(frozen=True)
class Row:
    """One moment. Errors: see above; `held_share`, `orb_share`: of those matches, how many are within `FITS_PX`."""

    name: str
    matches: int
    before_px: float | None
    after_px: float | None
    held_px: float
    held_share: float
    orb_px: float
    orb_share: float
    raw_share: float
    evened_share: float
    verdict: str


def rows_of(eyes: RealEyes) -> Iterator[Row]:
    """The moments of one source, judged in their order as they would be while it plays."""
    judge = RowsJudge()
    for pair in eyes.pairs:
        matches = find_matches(pair)
        judge.look(matches)
        verdict = judge.verdict
        warped = pair if verdict.warp is None else verdict.warp.warp(pair)
        held, orb = _held_out_px(matches), _rows_px(_orb(pair), verdict.warp)
        raw = _consistent_share(pair)
        yield Row(
            eyes.name,
            len(matches),
            verdict.before_px,
            verdict.after_px,
            *_within(held),
            *_within(orb),
            raw,
            raw if warped is pair else _consistent_share(warped),
            _word(verdict),
        )


def corner_rows(sources: list[RealEyes], start: str) -> dict[str, float]:
    """How far the corners of the boards miss each other's rows, pixels at width 640, RMS: as they are, and warped by
    what all views of the set together say of the rest of the pictures."""
    judge, corners = RowsJudge(), []
    for eyes in sources:
        if not eyes.name.startswith(start):
            continue
        pair = eyes.pairs[0]
        found = [find_chessboard(grey_of(eye), BOARDS[start]) for eye in (pair.left, pair.right)]
        matches = find_matches(pair)
        if found[0] is not None and found[1] is not None:
            corners.append(Matches(found[0].places, found[1].places, pair.size_hw))
            matches = _outside(matches, found[0].places)
        judge.look(matches)
    warp = judge.verdict.warp
    errors = {"raw": None, "warped": warp}
    return {
        "views": float(len(corners)),
        **{
            name: float(np.sqrt(np.mean(np.concatenate([_rows_px(c, how) for c in corners]) ** 2)))
            for name, how in errors.items()
        },
    }


def _outside(matches: Matches, places: NDArray[np.float64]) -> Matches:
    """Those that do not lie on the board, as the left eye sees it."""
    outline = cv2.convexHull(places.astype(np.float32))
    away = [cv2.pointPolygonTest(outline, (float(x), float(y)), measureDist=False) < 0 for x, y in matches.left]
    kept = np.asarray(away, np.bool_)
    return Matches(matches.left[kept], matches.right[kept], matches.size_hw)


def _rows_px(matches: Matches, warp: Warp | None) -> NDArray[np.float64]:
    there = matches if warp is None else warp.points(matches)
    off = np.abs(there.left[:, 1] - there.right[:, 1]) * (WIDTH_PX / matches.size_hw[1])
    return np.asarray(off, np.float64)


def _held_out_px(matches: Matches) -> NDArray[np.float64]:
    """Errors of each third of the matches under what the other two thirds say."""
    part = np.random.default_rng(1).integers(0, 3, len(matches))
    errors = []
    for third in range(3):
        own, others = (_some(matches, part == third), _some(matches, part != third))
        if (fit := fit_turns(others)) is not None:
            errors.append(misses_px(fit.turns.numbers, own))
    return np.concatenate(errors) if errors else np.zeros(0)


def _some(matches: Matches, which: NDArray[np.bool_]) -> Matches:
    return Matches(matches.left[which], matches.right[which], matches.size_hw)


def _within(errors_px: NDArray[np.float64]) -> tuple[float, float]:
    """The 95th percentile of those that fit, and their share."""
    fits = errors_px[errors_px < FITS_PX]
    return (float(np.percentile(fits, 95)), fits.size / errors_px.size) if fits.size else (float("nan"), 0.0)


def _orb(pair: StereoPair) -> Matches:
    """Matches of quite another kind, found at a width of 1280 at the most, to whole pixels of their scale."""
    scale = min(1.0, 2 * WIDTH_PX / pair.size_hw[1])
    size = round(pair.size_hw[1] * scale), round(pair.size_hw[0] * scale)
    finder = cv2.ORB.create(nfeatures=4000, nlevels=4)
    eyes = [cv2.resize(grey_of(eye), size, interpolation=cv2.INTER_AREA) for eye in (pair.left, pair.right)]
    (first, one), (second, other) = (finder.detectAndCompute(eye, np.full(eye.shape, 255, np.uint8)) for eye in eyes)
    if not first or not second:
        return Matches(np.zeros((0, 2)), np.zeros((0, 2)), pair.size_hw)
    pairs = cv2.BFMatcher(cv2.NORM_HAMMING, crossCheck=True).match(one, other)
    good = [m for m in pairs if m.distance < 40]
    left = np.array([first[m.queryIdx].pt for m in good]).reshape(-1, 2)
    right = np.array([second[m.trainIdx].pt for m in good]).reshape(-1, 2)
    return Matches((left + 0.5) / scale - 0.5, (right + 0.5) / scale - 0.5, pair.size_hw)


def _consistent_share(pair: StereoPair) -> float:
    """Of all pixels of a picture 640 wide, also of those that a warp left black."""
    scale = min(1.0, WIDTH_PX / pair.size_hw[1])
    size = round(pair.size_hw[1] * scale), round(pair.size_hw[0] * scale)
    left, right = (
        np.asarray(cv2.resize(eye, size, interpolation=cv2.INTER_AREA), np.uint8) for eye in (pair.left, pair.right)
    )
    return float(consistent(SemiGlobalEstimator(Selection("sgm")), StereoPair(left, right, 0, 0.0, 0.0)).mean())


def _word(verdict: RowsVerdict) -> str:
    if not verdict.trusted:
        return "not trusted"
    return "left alone" if verdict.warp is None else "evened"


def show(figures: dict[str, Any]) -> str:
    lines = [figures["machine"], ""]
    lines.append(f"{'pair':28}{'matches':>8}{'before':>8}{'after':>8}{'held out':>14}{'ORB':>14}{'left-right %':>16}")
    for row in figures["rows"]:
        before, after = (f"{px:.2f}" if px is not None else "-" for px in (row["before_px"], row["after_px"]))
        held, orb = (f"{row[f'{n}_px']:.2f} ({100 * row[f'{n}_share']:.0f} %)" for n in ("held", "orb"))
        shares = f"{100 * row['raw_share']:.1f} {100 * row['evened_share']:7.1f}"
        lines.append(
            f"{row['name']:28}{row['matches']:8}{before:>8}{after:>8}{held:>14}{orb:>14}{shares:>16}  {row['verdict']}"
        )
    for name, px in figures["corners"].items():
        lines.append(
            f"{name}: corners of {px['views']:.0f} views miss each other's rows by {px['raw']:.2f} px as they are, "
            f"{px['warped']:.2f} px warped (RMS at width {WIDTH_PX})"
        )
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.stereo_rectification", description=__doc__)
    parser.add_argument("--only", nargs="+", default=[""], help="sources whose names contain one of these")
    parser.add_argument("--pictures", action="store_true", help="also draw docs/stereo-rows.png")
    parser.add_argument("--json", action="store_true", help="the figures as one JSON object on the last line")
    asked = parser.parse_args()
    sources = [eyes for eyes in real_eyes() if any(part in eyes.name for part in asked.only)]
    rows = []
    for eyes in sources:
        print(eyes.name, file=sys.stderr)
        rows += [vars(row) for row in rows_of(eyes)]
    starts = [start for start in BOARDS if any(eyes.name.startswith(start) for eyes in sources)]
    corners = {start.strip(): corner_rows(sources, start) for start in starts}
    figures = {"machine": machine(), "rows": rows, "corners": corners}
    if asked.pictures:
        write_picture(hand_held())
    if asked.only == [""]:
        RESULTS.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(show(figures))
    if asked.json:
        print(json.dumps(figures))


if __name__ == "__main__":
    main()
