"""From views of a board to a rig: bad views dropped, the lens model chosen, and the error told that was held back."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.sentence import Sentence
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.boards.fit import NONSENSE, Fit, fit, rows_off_px
from depthview.engine.stereo.boards.lenses import Lens, lenses_for
from depthview.engine.stereo.boards.view import BoardView, turned_apart
from depthview.engine.stereo.rigs.rig import CalibratedRig

FEWEST_VIEWS = 5
"""Three determine both cameras; two more contradict them where something is wrong."""

_MOST_DROPPED = 0.25
_BAD_TIMES, _BAD_MORE_PX = 2.5, 0.25
"""A view is bad whose error is so many times the median and so much above it: both, since good sets are very even."""
_FOLDS = 5
_BETTER = 0.95
"""A richer lens model is taken where its error on held-back views is at most this much of the simpler one's."""
_FLAT_DEG = 15.0
_DOUBTFUL_FOCAL = 0.01
_LARGE_RMS_PX = 1.0


@dataclass(frozen=True, slots=True)
class ViewError:
    """How far a view's corners lie from where the rig has them, root mean square, pixels, in each eye.

    `rows_px`: by how many rows they miss each other by a rig that was made without this view.
    """

    name: str
    left_px: float
    right_px: float
    rows_px: float


@dataclass(frozen=True, slots=True)
class DroppedView:
    """A view that was not used, and why, in a few words."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationResult:
    """`rig` has its right eye on the right; `swapped` says that the pictures came the other way round.

    `rms_px`: reprojection error of the fit. `rows_px`, `rows_95_px`: by how many rows corners miss each other in the
    rectified eyes, root mean square and 95th percentile, in views that had no part in the fit. `errors`: each used
    view's, `dropped`: the others. `doubts`: sentences of what should be done better.
    """

    rig: CalibratedRig
    lens: Lens
    rms_px: float
    rows_px: float
    rows_95_px: float
    errors: tuple[ViewError, ...]
    dropped: tuple[DroppedView, ...]
    swapped: bool
    doubts: tuple[str, ...]


def solve(views: Sequence[BoardView], board: Board, *, name: str, report: Report, stop: StopToken) -> CalibrationResult:
    """Calibrate from all usable views; the others are told as dropped. `name` is the rig's, for people.

    Raises UserError with fewer than FEWEST_VIEWS, or where they do not fit together; Stopped.
    """
    usable, dropped = _usable(views)
    _refuse_few(usable, len(views))
    models = lenses_for(len(usable))
    total = len(models) * _fold_count(len(usable)) + 2
    stages = iter(range(total + 1))

    def begin(label: str) -> None:
        stop.raise_if_stopped()
        report(Progress(next(stages), total, label))

    begin("Looking for bad views")
    # The middle model: one that bends too little would call good views bad.
    kept, bad = _without_bad(usable, board, models[min(1, len(models) - 1)], stop)
    dropped += bad
    held_back = {lens: _held_back(kept, board, lens, lambda: begin("Testing on views held back")) for lens in models}
    errors_px = {lens: _rms(np.concatenate(rows)) for lens, rows in held_back.items()}
    lens = models[0]
    for richer in models[1:]:
        if errors_px[richer] < _BETTER * errors_px[lens]:
            lens = richer
    begin("Calibrating")
    found = fit(kept, board, lens)
    rows = np.concatenate(held_back[lens])
    swapped = _is_swapped(found.rig)
    rig = replace(
        found.rig.exchanged if swapped else found.rig,
        name=name,
        rms_px=found.rms_px,
        rows_px=_rms(rows),
        views=len(kept),
        baseline_known=not board.square_assumed,
    )
    _refuse_nonsense(rig)
    errors = tuple(
        ViewError(view.name, float(left), float(right), _rms(off))
        for view, (left, right), off in zip(kept, found.errors_px, held_back[lens], strict=True)
    )
    report(Progress(total, total, "Calibrated"))
    rows_95 = float(np.percentile(np.abs(rows), 95))
    doubts = _doubts(kept, found, board)
    return CalibrationResult(rig, lens, found.rms_px, _rms(rows), rows_95, errors, tuple(dropped), swapped, doubts)


def _usable(views: Sequence[BoardView]) -> tuple[list[BoardView], list[DroppedView]]:
    usable, dropped = list[BoardView](), list[DroppedView]()
    sizes = [view.size_hw for view in views]
    size = max(set(sizes), key=sizes.count) if sizes else (0, 0)
    for view in views:
        if reason := _fault(view, size):
            dropped.append(DroppedView(view.name, reason))
        else:
            usable.append(view)
    return usable, dropped


def _fault(view: BoardView, size_hw: tuple[int, int]) -> str | None:
    if view.left is None and view.right is None:
        return "no board is seen"
    if view.left is None or view.right is None:
        return "only the right eye sees the board" if view.left is None else "only the left eye sees the board"
    if view.size_hw != size_hw:
        return "the picture has another size than most"
    if not view.sharp:
        return "the picture is blurred"
    return None if view.usable else "the eyes share too few corners"


def _refuse_few(usable: Sequence[BoardView], looked: int) -> None:
    if len(usable) < FEWEST_VIEWS:
        raise UserError(
            "Only {usable} of {looked} pictures show the board sharply to both eyes, and at least {fewest} are needed: "
            "take 15, with the board held differently in each",
            usable=len(usable),
            looked=looked,
            fewest=FEWEST_VIEWS,
        )


def _without_bad(
    views: list[BoardView], board: Board, lens: Lens, stop: StopToken
) -> tuple[list[BoardView], list[DroppedView]]:
    """The worst view is left out for as long as it is far worse than the middle one, up to a share of all."""
    kept, dropped = list(views), list[DroppedView]()
    most = int(_MOST_DROPPED * len(views))
    while True:
        stop.raise_if_stopped()
        errors = fit(kept, board, lens).errors_px.max(axis=1)
        worst, middle = int(errors.argmax()), float(np.median(errors))
        if errors[worst] < max(_BAD_TIMES * middle, middle + _BAD_MORE_PX):
            return kept, dropped
        if len(dropped) == most or len(kept) == FEWEST_VIEWS:
            return kept, dropped
        reason = Sentence(
            "its corners are {worst:.2f} px off, and those of the others {middle:.2f} px",
            worst=float(errors[worst]),
            middle=middle,
        )
        dropped.append(DroppedView(kept.pop(worst).name, reason))


def folds(views: Sequence[BoardView]) -> Iterator[tuple[list[BoardView], list[BoardView]]]:
    """(Fitted, held back), each view held back once."""
    count = _fold_count(len(views))
    for fold in range(count):
        yield [view for index, view in enumerate(views) if index % count != fold], list(views[fold::count])


def _fold_count(views: int) -> int:
    return min(_FOLDS, views)


def _held_back(
    views: list[BoardView], board: Board, lens: Lens, begin: Callable[[], None]
) -> list[NDArray[np.float64]]:
    """Of each view, by how many rows its corners miss each other by a fit of others. `begin` hears of each fit."""
    rows = [np.full(1, np.inf)] * len(views)  # so rich a model may make nonsense of few views, which says enough of it
    for fold, (fitted, others) in enumerate(folds(views)):
        begin()
        with suppress(UserError):
            off = rows_off_px(fit(fitted, board, lens).rig, others)
            ends = np.cumsum([len(view.shared()[0]) for view in others])
            rows[fold :: _fold_count(len(views))] = np.split(off, ends[:-1])
    return rows


def _rms(off_px: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(off_px**2)))


def _is_swapped(rig: CalibratedRig) -> bool:
    """The right camera must stand to the right. Raises UserError where it stands above or below."""
    along, across = rig.translation_m[:2]
    if abs(across) > abs(along):
        raise UserError(
            "One eye stands above the other, and only eyes side by side are matched here: turn the camera, or choose "
            "the layout yourself"
        )
    return bool(along > 0)


def _refuse_nonsense(rig: CalibratedRig) -> None:
    """Numbers may fit their own views and nothing else: no picture can be straightened by them."""
    if not np.isfinite(rig.rows_px or 0.0):
        raise UserError(NONSENSE)
    try:
        rig.warp(rig.size_hw)
    except UserError as error:
        raise UserError(NONSENSE, details=str(error)) from error


def _doubts(views: Sequence[BoardView], found: Fit, board: Board) -> tuple[str, ...]:
    doubts = []
    turned, tipped = turned_apart(tuple(views))
    if max(turned, tipped) < _FLAT_DEG or found.focal_doubt > _DOUBTFUL_FOCAL:
        doubts.append(
            "The focal length is in doubt: add views in which the board is tilted by 30 degrees or more, and nearer"
        )
    if found.rms_px > _LARGE_RMS_PX:
        doubts.append("The error is large: check that the board is flat and that nothing moved, and take sharper views")
    if board.square_assumed:
        doubts.append(
            Sentence(
                "Nobody said how large a square is, and {assumed_mm:g} mm were assumed: "
                "measure one, or metres are wrong",
                assumed_mm=1000 * board.square_m,
            )
        )
    return tuple(doubts)
