"""A camera is calibrated while it plays: its frames are looked at in a thread of their own, and good views are kept."""

import threading
import traceback
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from queue import SimpleQueue

import cv2
import numpy as np

from depthview.engine.errors import UserError
from depthview.engine.frames import Frame, Image, Layout, StereoPair
from depthview.engine.live.mailbox import Mailbox
from depthview.engine.progress import StopToken
from depthview.engine.stereo.boards.board import PRINTED, Board, pattern_of
from depthview.engine.stereo.boards.drawing import coverage_picture, with_corners
from depthview.engine.stereo.boards.guessing import BoardGuess
from depthview.engine.stereo.boards.session import CalibrationSession
from depthview.engine.stereo.boards.view import BoardView, likeness_px
from depthview.engine.stereo.eyes.split import split

_IDLE_S = 0.2
_STILL_SHARE_PER_S = 0.06
"""Of the picture's width: a board that moves faster lies elsewhere in the second eye, where eyes are not exposed at
once. At 640 px and a thirtieth of a second between them it is 1.3 px."""
_STILL_SHARE = 0.01
"""The most between two looks, however long they are apart."""
_UNSEEN_LOOKS = 15
"""A board that was guessed and is not seen again for so long was only a part of the real one."""
_WAITING = 12
"""Pictures of a folder that wait until it is known which board they show."""
_SHOWN_PX, _SMALL_PX = 800, 112
"""Width of an eye as it is shown, and of its small picture in the list."""


@dataclass(frozen=True, slots=True)
class EyesAtHand:
    """What plays: its `identity`, how its two eyes are packed, None while that is not known, and whether its pictures
    are `stills`, each of another moment. `title` is for people.
    `size_hw` is an eye's, None while it is not known."""

    identity: str
    layout: Layout | None
    stills: bool = False
    title: str = ""
    size_hw: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Glance:
    """The newest look. `picture` holds both eyes side by side with the corners on them; `view` is None while it is not
    known what board to look for. `moves`: it would be a good view if it were held still."""

    picture: Image
    view: BoardView | None
    moves: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class KeptView:
    """A view that counts, and its left eye as a small picture."""

    view: BoardView
    thumbnail: Image


@dataclass(frozen=True, slots=True, eq=False)
class CalibrationState:
    """How far it is. `number` grows with every change. `coverage` shows where corners have been, None before the first
    view. `enough` says that more views would hardly change the result. `looks`: in how many pictures an unknown board
    was looked for in vain. `fault`: why nothing can be looked at."""

    number: int = 0
    board: Board | None = None
    glance: Glance | None = None
    kept: tuple[KeptView, ...] = ()
    coverage: Image | None = None
    enough: bool = False
    looks: int = 0
    fault: UserError | None = None


class LiveCalibration:
    """Looks at `frames` from its first moment on. All methods may be called from any thread and return at once, but for
    `close`; `state` is frozen.

    `board` None is told from the pictures, with squares of `square_m`. Another source, as `at_hand` says, begins anew.
    """

    def __init__(
        self,
        frames: Mailbox[Frame],
        at_hand: Callable[[], EyesAtHand | None],
        board: Board | None,
        *,
        square_m: float = PRINTED.square_m,
    ) -> None:
        self._frames, self._at_hand, self._square_m = frames, at_hand, square_m
        self._orders: SimpleQueue[Callable[[], None]] = SimpleQueue()
        self._stop = StopToken()
        self._state = CalibrationState(board=board)
        self._session = None if board is None else CalibrationSession(board)
        self._takes, self._identity, self._taken = True, "", 0
        self._small: dict[str, Image] = {}
        self._pair: StereoPair | None = None
        self._seen: tuple[BoardView, float] | None = None
        self._told, self._unseen = board is not None, 0
        self._guess = BoardGuess(square_m)
        self._waiting: deque[StereoPair] = deque(maxlen=_WAITING)
        self._thread = threading.Thread(target=self._run, name="depthview-calibration", daemon=True)
        self._thread.start()

    @property
    def state(self) -> CalibrationState:
        return self._state

    def use_board(self, board: Board | None, *, square_m: float) -> None:
        """Look for this board from now on. Views stay where only lengths have changed."""

        def order() -> None:
            before, session = self._state.board, None if board is None else CalibrationSession(board)
            alike = before is not None and board is not None and pattern_of(before) == pattern_of(board)
            if session is not None and self._session is not None and alike:
                for view in self._session.views:
                    session.keep(view)
            self._session, self._square_m = session, square_m
            self._told, self._unseen = board is not None, 0
            self._guess = BoardGuess(square_m)
            self._tell(board=board, looks=0)
            if self._pair is not None:
                self._look(self._pair, stills=False)

        self._order(order)

    def take_by_itself(self, on: bool) -> None:
        """Whether views are kept without being asked for, when they are good and new."""
        self._order(lambda: setattr(self, "_takes", on))

    def take(self) -> None:
        """Keep what is seen now, if both eyes see the board sharply."""

        def order() -> None:
            if self._seen is not None and self._seen[0].usable:
                self._keep(self._seen[0])
                self._tell()

        self._order(order)

    def drop(self, name: str) -> None:
        """Take a view back."""

        def order() -> None:
            names = [] if self._session is None else [view.name for view in self._session.views]
            if self._session is not None and name in names:
                self._session.drop(names.index(name))
                self._tell()

        self._order(order)

    def start_over(self) -> None:
        """Without any view."""

        def order() -> None:
            self._forget()
            if self._pair is not None:  # what stands still can be taken once more
                self._look(self._pair, stills=False)

        self._order(order)

    def request_stop(self) -> None:
        """Tell the thread to end."""
        self._stop.stop()
        self._frames.wake()

    def close(self, timeout_s: float) -> bool:
        """End the thread; True when it ended in time."""
        self.request_stop()
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    # In the thread

    def _order(self, order: Callable[[], None]) -> None:
        self._orders.put(order)
        self._frames.wake()

    def _run(self) -> None:
        while not self._stop.stopped:
            frame = self._frames.take(_IDLE_S)
            try:
                while not self._orders.empty():
                    self._orders.get()()
                if frame is not None:
                    self._take_in(frame)
            except UserError as error:
                self._tell(fault=error)
            except Exception:  # noqa: BLE001 - one odd picture must not end the calibration
                details = traceback.format_exc()
                self._tell(fault=UserError("This picture could not be looked at: show another one.", details=details))

    def _take_in(self, frame: Frame) -> None:
        at_hand = self._at_hand()
        if at_hand is None:
            return
        if at_hand.identity != self._identity:
            self._identity, self._pair = at_hand.identity, None
            self._forget()
        layout = Layout.SEPARATE if frame.right is not None else at_hand.layout
        if layout is None:
            return
        if layout is Layout.MONO:
            raise UserError("Only one eye is seen: choose the layout under Source, or open a camera with two eyes")
        self._pair = split(frame, layout, swap=False)
        self._look(self._pair, stills=at_hand.stills)

    def _look(self, pair: StereoPair, *, stills: bool) -> None:
        if self._session is None:
            self._find_out(pair, stills=stills)
            return
        view = self._session.look(pair)
        self._unseen = 0 if view.usable or self._told or self._session.views else self._unseen + 1
        if self._unseen > _UNSEEN_LOOKS:
            self._session, self._unseen, self._guess = None, 0, BoardGuess(self._square_m)
            self._tell(board=None, looks=0)
            return
        good = view.usable and view.fresh
        still = stills or self._is_still(view, pair.pts_s)
        self._seen = view, pair.pts_s
        if good and still and self._takes and not self._state.enough:
            self._keep(view)
        glance = Glance(_beside(pair, view, self._session.board.columns), view, good and not still)
        self._tell(glance=glance, fault=None)

    def _find_out(self, pair: StereoPair, *, stills: bool) -> None:
        """Which board it is; then what was shown before, picture by picture, counts as well."""
        self._tell(glance=Glance(_beside(pair, None, 1), None), fault=None)
        if stills:
            self._waiting.append(pair)
        board = self._guess.look(pair)
        if board is None:
            self._tell(looks=self._guess.looks)
            return
        self._session = CalibrationSession(board)
        self._tell(board=board)
        waiting, self._waiting = [*self._waiting] or [pair], deque(maxlen=_WAITING)
        for before in waiting:
            if not self._stop.stopped:
                self._pair = before
                self._look(before, stills=stills)

    def _is_still(self, view: BoardView, pts_s: float) -> bool:
        if self._seen is None:
            return False
        before, before_s = self._seen
        most = min(_STILL_SHARE, _STILL_SHARE_PER_S * abs(pts_s - before_s))
        return likeness_px(view, before) <= most * view.size_hw[1]

    def _keep(self, view: BoardView) -> None:
        assert self._session is not None
        assert self._pair is not None
        self._taken += 1
        view = replace(view, name=str(self._taken))
        self._session.keep(view)
        marked = with_corners(self._pair.left, view.left, self._session.board.columns)
        self._small[view.name] = _at_most(marked, _SMALL_PX)

    def _forget(self) -> None:
        board, self._taken, self._seen = self._state.board, 0, None
        self._guess, self._waiting = BoardGuess(self._square_m), deque(maxlen=_WAITING)
        self._session = None if board is None else CalibrationSession(board)
        self._small.clear()
        self._tell()

    def _tell(self, **changes: object) -> None:
        """Publish what has changed, and what follows from the views."""
        views = () if self._session is None else self._session.views
        before = self._state
        if tuple(kept.view for kept in before.kept) != views:
            kept = tuple(KeptView(view, self._small[view.name]) for view in views)
            coverage = None if self._session is None else self._session.coverage()
            size_hw = views[0].size_hw if views else (0, 0)
            changes |= {
                "kept": kept,
                "enough": coverage is not None and coverage.is_enough,
                "coverage": coverage_picture(views, size_hw) if views else None,
            }
        self._state = replace(before, number=before.number + 1, **changes)  # type: ignore[arg-type]


def _beside(pair: StereoPair, view: BoardView | None, columns: int) -> Image:
    eyes = [(pair.left, view.left if view else None), (pair.right, view.right if view else None)]
    shown = [_at_most(with_corners(eye, corners, columns), _SHOWN_PX) for eye, corners in eyes]
    return np.ascontiguousarray(np.concatenate(shown, axis=1))


def _at_most(image: Image, width_px: int) -> Image:
    height, width = image.shape[:2]
    if width <= width_px:
        return image
    size = width_px, max(1, round(height * width_px / width))
    return np.asarray(cv2.resize(image, size, interpolation=cv2.INTER_AREA), np.uint8)
