"""A calibration as it goes on: look at pair after pair, keep what is new, solve."""

from dataclasses import replace

from depthview.engine.frames import StereoPair
from depthview.engine.progress import Report, StopToken, ignore_progress
from depthview.engine.stereo.boards.board import Board
from depthview.engine.stereo.boards.coverage import Coverage
from depthview.engine.stereo.boards.finding import BoardFinder, grey_of
from depthview.engine.stereo.boards.solving import CalibrationResult, solve
from depthview.engine.stereo.boards.view import Advice, BoardView, likeness_px, view_of

_LIKE_SHARE = 0.04
"""Of the picture's width: corners that moved less, in the mean, tell nothing new."""


class CalibrationSession:
    """Owned by one thread; what it hands out is frozen and may go to any.

    `thorough` looks longer for a board in bad light: for pictures that somebody chose, not for a camera that goes on.
    """

    def __init__(self, board: Board, *, thorough: bool = False) -> None:
        self.board = board
        self._finder = BoardFinder(board)
        self._thorough = thorough
        self._views: list[BoardView] = []

    @property
    def views(self) -> tuple[BoardView, ...]:
        """What was kept, in order."""
        return tuple(self._views)

    def look(self, pair: StereoPair, name: str = "") -> BoardView:
        """Find the board in both eyes, as they come from the camera, and say what to do next.

        Keeps nothing: that is `keep`'s.
        """
        left = self._finder.find(grey_of(pair.left), thorough=self._thorough)
        right = self._finder.find(grey_of(pair.right), thorough=self._thorough)
        view = view_of(name or f"view {len(self._views) + 1}", pair.size_hw, left, right, self.board)
        near_px = _LIKE_SHARE * pair.size_hw[1]
        view = replace(view, fresh=all(likeness_px(view, kept) > near_px for kept in self._views))
        return replace(view, advice=self._advice(view))

    def keep(self, view: BoardView) -> None:
        """Take a view in, whatever it shows: what cannot be used is told as dropped in the result."""
        self._views.append(view)

    def drop(self, index: int) -> None:
        """Take the view back that is at this place of `views`."""
        del self._views[index]

    def coverage(self) -> Coverage | None:
        """Where corners have been so far; None before the first view."""
        usable = tuple(view for view in self._views if view.usable)
        return Coverage.of(usable, usable[0].size_hw) if usable else None

    def solve(
        self, report: Report = ignore_progress, stop: StopToken | None = None, *, name: str = ""
    ) -> CalibrationResult:
        """The rig from the views kept so far. Raises UserError where there are too few; Stopped."""
        return solve(self.views, self.board, name=name, report=report, stop=stop or StopToken())

    def _advice(self, view: BoardView) -> Advice:
        if view.left is None or view.right is None:
            if view.left is None and view.right is None:
                return Advice.SHOW
            return Advice.SHOW_LEFT if view.left is None else Advice.SHOW_RIGHT
        if not view.sharp:
            return Advice.STILL
        if not view.usable:
            return Advice.SHOW
        usable = tuple(kept for kept in self._views if kept.usable)
        if not view.fresh and not usable:
            return Advice.MOVE
        missing = Coverage.of((*usable, view) if view.fresh else usable, view.size_hw).missing
        return missing[0] if missing else Advice.ENOUGH
