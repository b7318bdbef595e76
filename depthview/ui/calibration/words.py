"""What is said while a camera is calibrated, and of what came out."""

from PySide6.QtCore import QCoreApplication

from depthview.engine.live.calibrating import CalibrationState
from depthview.engine.stereo.boards.solving import FEWEST_VIEWS, CalibrationResult
from depthview.ui.calibration.views_list import ViewRow
from depthview.ui.calibration.work import Solved
from depthview.ui.speech import sentence

_IN_VAIN = 12
"""Pictures. The real sets were told from the third and the sixth one."""


def next_step(state: CalibrationState, solved: Solved | None, *, in_use: bool = False) -> str:
    """One sentence: what the person with the board does next; `in_use` says that what is solved is."""
    if in_use:
        return _tr("Done: close this window, or start over for a better result.")
    if solved is not None and solved.from_files:
        return _tr("Solved from the pictures of {folder}: use it for what plays now, or save it.").format(
            folder=solved.result.rig.name
        )
    if solved is not None:
        return _tr("Solved: use it, or take more views and solve again.")
    if state.fault is not None:
        return sentence(state.fault)
    if state.glance is None:
        return _tr("Open a camera or a video with two eyes; its picture appears here.")
    if state.board is None or state.glance.view is None:
        if state.looks < _IN_VAIN:
            return _tr("Move the board about, all of it in both eyes: which board it is, is being found out.")
        return _tr(
            "Looked for a board in {count} pictures in vain: show all of it to both eyes, larger and sharp, or say "
            "under Board what it is."
        ).format(count=state.looks)
    if state.enough:
        return _tr("That is enough: solve it.")
    if state.glance.moves:
        return _tr("Good: now hold it still for a moment.")
    return sentence(state.glance.view.advice.value) + "."


def count_words(state: CalibrationState, solved: Solved | None) -> str:
    """How many views there are, and how many more are needed."""
    if solved is not None and solved.from_files:
        return _tr("{count} views from {folder}, {used} of them are used").format(
            count=len(solved.views), folder=solved.result.rig.name, used=len(solved.result.errors)
        )
    count = len(state.kept)
    if count < FEWEST_VIEWS:
        return _tr("{count} views, {least} are the least").format(count=count, least=FEWEST_VIEWS)
    words = _tr("{count} views, enough") if state.enough else _tr("{count} views")
    return words.format(count=count)


def result_words(result: CalibrationResult) -> str:
    """The result in plain words."""
    words = _tr(
        "Rows fit to {rows:.2f} px in views that were held back. The lenses are {baseline:.1f} mm apart. "
        "{views} views, reprojection error {rms:.2f} px."
    ).format(rows=result.rows_px, baseline=1000 * result.rig.baseline_m, views=len(result.errors), rms=result.rms_px)
    return words + " " + _tr("The right eye comes first in these pictures.") if result.swapped else words


def doubt_words(result: CalibrationResult) -> str:
    """What should be done better; empty where nothing is amiss."""
    return "\n".join(sentence(doubt) + "." for doubt in result.doubts)


def rows_of(state: CalibrationState, solved: Solved | None) -> tuple[ViewRow, ...]:
    """The views there are, with their errors once they are known."""
    small = {kept.view.name: kept.thumbnail for kept in state.kept}
    names = list(small)
    errors, dropped = dict[str, str](), dict[str, str]()
    if solved is not None:
        if solved.from_files:
            names, small = [view.name for view in solved.views], {}
        pixels = _tr("{left:.2f} / {right:.2f} px")
        errors = {e.name: pixels.format(left=e.left_px, right=e.right_px) for e in solved.result.errors}
        dropped = {d.name: sentence(d.reason) for d in solved.result.dropped}
    return tuple(
        ViewRow(name, errors.get(name, dropped.get(name, "")), dropped.get(name, ""), small.get(name)) for name in names
    )


def views_tip(solved: Solved | None) -> str:
    """What the list's figures are, and what can be done with a view of what plays."""
    lines = [] if solved is None else [_tr("How far its corners miss where they should be: left eye / right eye")]
    if solved is None or not solved.from_files:
        lines.append(_tr("Delete takes the chosen view back"))
    return "\n".join(lines)


def _tr(text: str) -> str:
    return QCoreApplication.translate("CalibrationWords", text)
