"""A rig from files: pictures or a video in which both eyes look at a board."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Layout
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.sources import Notice
from depthview.engine.sources.shots import Shots
from depthview.engine.stereo.boards.board import Board, BoardKind
from depthview.engine.stereo.boards.finding import BoardFinder, grey_of, guess_board
from depthview.engine.stereo.boards.packing import Packing, as_packed, find_packing, squeezed, unsqueezed
from depthview.engine.stereo.boards.session import CalibrationSession
from depthview.engine.stereo.boards.solving import FEWEST_VIEWS, CalibrationResult, solve
from depthview.engine.stereo.boards.view import BoardView
from depthview.engine.stereo.eyes.split import split

_GUESSED_FROM = 24
_ASKED = 6
"""Pictures that are looked at once more where nothing fitted."""
_ALL_KEPT = 40
"""Views. A folder may hold hundreds: beyond these, only what is unlike the others is kept."""

_ONE_EYE = (
    "These pictures show the board once, hence are of one eye: give those of both, as pairs (left01, right01) or in "
    "one picture: {path}"
)
_NO_SURE_BOARD = (
    "No board is seen for certain: a chessboard or ChArUco board was looked for, and what may be a {kind} of "
    "{columns}x{rows} inner corners is sharp to both eyes in {usable} of {looked} pictures; at least {fewest} are "
    "needed. Show the whole board to both eyes, or say which it is with --board and --corners: {path}"
)


@dataclass(frozen=True, slots=True)
class CalibrationOrder:
    """What the person says. `board` None: found from the pictures, of `kind` or of any, with squares of `square_m`.
    `layout` None: found by trying."""

    board: Board | None = None
    kind: BoardKind | None = None
    square_m: float = 0.025
    square_assumed: bool = True
    layout: Layout | None = None


@dataclass(frozen=True, slots=True, eq=False)
class FileCalibration:
    """`views`: every picture that was looked at and kept; `unread`: sentences about those that could not be read."""

    result: CalibrationResult
    packing: Packing
    views: tuple[BoardView, ...]
    unread: tuple[str, ...]


def calibrate_files(
    items: tuple[str, ...],
    order: CalibrationOrder,
    *,
    name: str,
    report: Report,
    stop: StopToken,
    tell: Callable[[str], None] = lambda _sentence: None,
) -> FileCalibration:
    """Find the board in both eyes of every picture, and calibrate from them.

    `items`: a folder, a video, or the left and the right eye's. `name` is the rig's, for people. `tell` hears what
    could not be read where nothing comes of it, else the result has it. Raises UserError where there is no board, in
    too few pictures, or where they do not fit together; Stopped.
    """
    shots = Shots(items, stop)
    try:
        return _calibrated(shots, order, items[0], name=name, report=report, stop=stop)
    except UserError as error:
        for sentence in shots.unread:
            tell(sentence)
        # Halves of one eye's pictures show bits of the board as well, and then nothing fits.
        if order.layout is None and _shows_one_eye(shots, order, stop):
            raise UserError(_ONE_EYE, path=items[0], details=str(error)) from error
        raise


def _calibrated(
    shots: Shots, order: CalibrationOrder, place: str, *, name: str, report: Report, stop: StopToken
) -> FileCalibration:
    packing = find_packing(
        _told(shots.few(_GUESSED_FROM), report),
        board=order.board,
        kind=order.kind,
        square_m=order.square_m,
        square_assumed=order.square_assumed,
        layout=order.layout,
        stop=stop,
    )
    if packing is None:
        raise _no_board(order, place)
    views, unread = _look(shots, packing, report)
    if order.layout is None:
        packing = squeezed(views, packing)
    else:
        packing = Packing(packing.board, order.layout)
    if packing.layout is not as_packed(packing.layout):
        views = [unsqueezed(view, packing.layout) for view in views]
    _refuse_doubtful(views, packing.board, order, place)
    result = solve(views, packing.board, name=name, report=report, stop=stop)
    return FileCalibration(result, packing, tuple(views), tuple(unread))


def _refuse_doubtful(views: list[BoardView], board: Board, order: CalibrationOrder, place: str) -> None:
    """What is seen now and then, and was told by nobody, may be tiles or windows."""
    usable = sum(view.usable for view in views)
    if order.board is None and usable < FEWEST_VIEWS and 2 * usable <= len(views):
        raise UserError(
            _NO_SURE_BOARD,
            kind=board.kind,
            columns=board.columns,
            rows=board.rows,
            usable=usable,
            looked=len(views),
            fewest=FEWEST_VIEWS,
            path=place,
        )


def _shows_one_eye(shots: Shots, order: CalibrationOrder, stop: StopToken) -> bool:
    """Whether pictures that hold no second eye show a board that reaches over their middle, either way."""
    frames = list(islice(shots.few(_GUESSED_FROM), _ASKED))
    if not frames or any(frame.right is not None for frame in frames):
        return False
    pictures = [grey_of(frame.image) for frame in frames]
    board = order.board or guess_board(
        pictures, kind=order.kind, square_m=order.square_m, square_assumed=True, stop=stop
    )
    if board is None:
        return False
    finder, across = BoardFinder(board), 0
    for grey in pictures:
        stop.raise_if_stopped()
        corners = finder.find(grey, thorough=False)
        if corners is not None:
            low, high = corners.places.min(axis=0) * 2, corners.places.max(axis=0) * 2
            across += bool(((low < grey.shape[::-1]) & (high > grey.shape[::-1])).all())
    return across > 0


def _told(frames: Iterator[Frame], report: Report) -> Iterator[Frame]:
    for index, frame in enumerate(frames):
        report(Progress(index, None, "Reading pictures"))
        yield frame
    report(Progress(0, None, "Finding out which board it is"))


def _look(shots: Shots, packing: Packing, report: Report) -> tuple[list[BoardView], list[str]]:
    session = CalibrationSession(packing.board, thorough=shots.count is not None)
    unread = []
    for index, shot in enumerate(shots):
        report(Progress(index, shots.count, "Looking for the board"))
        if isinstance(shot, Notice):
            unread.append(shot.text)
            continue
        view = session.look(split(shot.frame, as_packed(packing.layout), swap=False), shot.name)
        chosen = shots.count is not None and len(session.views) < _ALL_KEPT
        # Of a video only what adds something counts, and nobody needs to hear of the rest.
        if chosen or (view.fresh and view.usable):
            session.keep(view)
    return list(session.views), unread


def _no_board(order: CalibrationOrder, place: str) -> UserError:
    if order.board is None:
        return UserError(
            "No picture shows a board to both eyes, neither a chessboard nor a ChArUco board: hold one before both, or "
            "say which it is with --board and --corners: {path}",
            path=place,
        )
    return UserError(
        "No picture shows a {kind} of {columns}x{rows} inner corners to both eyes: count again, where four meet: "
        "{path}",
        kind=order.board.kind,
        columns=order.board.columns,
        rows=order.board.rows,
        path=place,
    )
