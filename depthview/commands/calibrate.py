"""`depthview calibrate FOLDER -o RIG.yml`: a stereo camera measured by pictures of a board; or the board to print."""

import re
from contextlib import closing
from pathlib import Path
from typing import Annotated, Any

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, note, progress_bar
from depthview.engine.atomic import output_folder
from depthview.engine.calibration import CalibrationOrder, FileCalibration, calibrate_files
from depthview.engine.errors import UserError
from depthview.engine.exports import write_image
from depthview.engine.progress import StopToken
from depthview.engine.sources import open_source
from depthview.engine.stereo.boards.board import DICTIONARIES, PRINTED, Board, BoardKind
from depthview.engine.stereo.boards.drawing import coverage_picture
from depthview.engine.stereo.boards.printing import PAPERS_MM, board_picture, write_sheet
from depthview.engine.stereo.boards.solving import CalibrationResult
from depthview.engine.stereo.rigs.remembered import remember
from depthview.engine.stereo.rigs.rig_file import write_rig
from depthview.engine.writable import check_file

_AUTO = "auto"
_MARKER_SHARE = (PRINTED.marker_m or 0) / PRINTED.square_m


def calibrate(
    pictures: Annotated[
        str | None,
        typer.Argument(
            metavar="FOLDER_OR_VIDEO",
            help="Pictures in which both eyes see the board: a folder of pairs (left01, right01; left/ and right/; _L "
            "and _R) or of pictures that hold both eyes; or a video.",
        ),
    ] = None,
    right: Annotated[
        str | None, typer.Argument(metavar="RIGHT", help="The right eye's folder or video, where each has its own.")
    ] = None,
    output: Annotated[Path, typer.Option("-o", "--output", help="The rig file to write, .yml.")] = Path("rig.yml"),
    board: Annotated[
        str, typer.Option("--board", help="auto, or " + ", ".join(kind.value for kind in BoardKind) + ".")
    ] = _AUTO,
    corners: Annotated[
        str, typer.Option("--corners", metavar="COLUMNSxROWS|auto", help="Inner corners, where four squares meet: 9x6.")
    ] = _AUTO,
    square_mm: Annotated[
        float | None, typer.Option("--square-mm", help="Side of a square. Default: 25, and metres are in doubt.")
    ] = None,
    marker_mm: Annotated[
        float | None,
        typer.Option("--marker-mm", help="Of a ChArUco board: side of a marker, its black border included."),
    ] = None,
    dictionary: Annotated[
        str | None, typer.Option("--dictionary", help="Of a ChArUco board: the set of its markers, such as 5x5_50.")
    ] = None,
    layout: options.LayoutName = _AUTO,
    coverage: Annotated[
        Path | None, typer.Option("--coverage", help="Also write a picture (.png) of where corners have been.")
    ] = None,
    camera: Annotated[
        str | None,
        typer.Option("--camera", help="Remember the rig for this source (camera:NAME, a file) whenever it is opened."),
    ] = None,
    print_board: Annotated[
        Path | None, typer.Option("--print-board", help="Write a board to print (.png, .pdf) and do nothing else.")
    ] = None,
    paper: Annotated[str, typer.Option("--paper", help="For --print-board: " + ", ".join(PAPERS_MM) + ".")] = "a4",
    json: options.Json = False,
) -> None:
    """Measure a stereo camera by pictures of a chessboard or a ChArUco board.

    Writes a rig file that `depth` and the window read, and OpenCV too. Bad pictures are dropped, and said; the error is
    measured on pictures that had no part in the fit.
    """

    def work() -> Result:
        if print_board is not None:
            wanted = _board(board, corners, square_mm, marker_mm, dictionary) or _printed(board, square_mm)
            write_sheet(print_board, board_picture(wanted, paper))
            return {"board": _board_facts(wanted), "paper": paper, "outputs": [str(print_board)]}
        if pictures is None:
            raise UserError("Name the folder or the video in which both eyes see the board")
        _check_names(output, coverage)
        items = (pictures,) if right is None else (pictures, right)
        order = _order(board, corners, square_mm, marker_mm, dictionary, layout)
        identity = None if camera is None else _identity(camera)
        for path in (output, coverage or output):
            output_folder(path.parent)
        with progress_bar() as report:
            name = Path(pictures).resolve().name
            found = calibrate_files(items, order, name=name, report=report, stop=StopToken(), tell=note)
        return _kept(found, output, coverage, identity)

    carry_out(work, as_json=json, say=_sentence)


def _identity(camera: str) -> str:
    """Of the source that the rig is for. Raises UserError where it cannot be opened: before the work, not after it."""
    with closing(open_source(camera)) as source:
        return source.info.identity


def _kept(found: FileCalibration, output: Path, coverage: Path | None, identity: str | None) -> Result:
    result = found.result
    write_rig(output, result.rig)
    outputs = [output]
    if coverage is not None:
        usable = tuple(view for view in found.views if view.usable)
        write_image(coverage, coverage_picture(usable, result.rig.size_hw))
        outputs.append(coverage)
    if identity is not None:
        outputs.append(remember(identity, result.rig))
    for sentence in _notes(found):
        note(sentence)
    return {**_facts(found), "outputs": [str(path) for path in outputs]}


def _order(
    kind: str, corners: str, square_mm: float | None, marker_mm: float | None, dictionary: str | None, layout: str
) -> CalibrationOrder:
    return CalibrationOrder(
        board=_board(kind, corners, square_mm, marker_mm, dictionary),
        kind=_kind(kind),
        square_m=_square_m(square_mm),
        square_assumed=square_mm is None,
        layout=options.parse_layout(layout),
    )


def _board(
    kind: str, corners: str, square_mm: float | None, marker_mm: float | None, dictionary: str | None
) -> Board | None:
    """What was said of the board; None where its corners are to be found."""
    said = _kind(kind)
    marked = marker_mm is not None or dictionary is not None
    if corners == _AUTO:
        if marked:
            raise UserError("With --marker-mm and --dictionary say --corners as well, or leave all three out")
        return None
    match = re.fullmatch(r"(\d{1,3})[xX×](\d{1,3})", corners.strip())
    if match is None:
        raise UserError("{text} is no count of corners: write columns x rows, such as 9x6", text=corners)
    columns, rows = int(match[1]), int(match[2])
    square_m, assumed = _square_m(square_mm), square_mm is None
    if said is not BoardKind.CHARUCO and not marked:
        return Board(BoardKind.CHESSBOARD, columns, rows, square_m, assumed)
    if said is BoardKind.CHESSBOARD:
        raise UserError("A chessboard has no markers: leave out --marker-mm and --dictionary, or say --board charuco")
    if dictionary is None:
        raise UserError(
            "Say the set of the markers as well, --dictionary and one of {known}, or leave out --corners",
            known=", ".join(DICTIONARIES),
        )
    marker_m = _MARKER_SHARE * square_m if marker_mm is None else marker_mm / 1000
    return Board(BoardKind.CHARUCO, columns, rows, square_m, assumed, marker_m, dictionary.lower())


def _printed(kind: str, square_mm: float | None) -> Board:
    square_m = PRINTED.square_m if square_mm is None else square_mm / 1000
    if _kind(kind) is BoardKind.CHESSBOARD:
        return Board(BoardKind.CHESSBOARD, PRINTED.columns, PRINTED.rows, square_m)
    return Board(
        BoardKind.CHARUCO,
        PRINTED.columns,
        PRINTED.rows,
        square_m,
        marker_m=_MARKER_SHARE * square_m,
        dictionary=PRINTED.dictionary,
    )


def _kind(name: str) -> BoardKind | None:
    if name == _AUTO:
        return None
    try:
        return BoardKind(name)
    except ValueError:
        known = ", ".join(kind.value for kind in BoardKind)
        raise UserError("There is no board called {name}: choose auto, {known}", name=name, known=known) from None


def _square_m(square_mm: float | None) -> float:
    if square_mm is not None and not 1 <= square_mm <= 2000:
        raise UserError("Squares of {value:g} mm are no board's: measure one side of a square", value=square_mm)
    return PRINTED.square_m if square_mm is None else square_mm / 1000


def _check_names(output: Path, coverage: Path | None) -> None:
    """Before the work, not after it."""
    if output.suffix.lower() not in (".yml", ".yaml"):
        raise UserError("A rig file ends in .yml: choose another name: {path}", path=output)
    if coverage is not None and coverage.suffix.lower() not in (".png", ".jpg"):
        raise UserError("This picture format cannot be written: use .png or .jpg: {path}", path=coverage)
    for path in (output, coverage):
        if path is not None:
            check_file(path)


def _board_facts(board: Board) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": board.kind.value,
        "corners": [board.columns, board.rows],
        "square_mm": round(1000 * board.square_m, 3),
        "square_assumed": board.square_assumed,
    }
    if board.marker_m is not None:
        facts |= {"marker_mm": round(1000 * board.marker_m, 3), "dictionary": board.dictionary, "legacy": board.legacy}
    return facts


def _facts(found: FileCalibration) -> Result:
    result = found.result
    return {
        "board": _board_facts(found.packing.board),
        "layout": found.packing.layout.value,
        "swapped": result.swapped,
        "size": list(result.rig.size_hw),
        "lens": result.lens.value,
        "rms_px": round(result.rms_px, 4),
        "rows_px": round(result.rows_px, 4),
        "rows_95_px": round(result.rows_95_px, 4),
        "baseline_m": round(result.rig.baseline_m, 6),
        "focal_px": round(float(result.rig.left_matrix[0, 0]), 3),
        "views": [
            {
                "name": view.name,
                "left_px": round(view.left_px, 4),
                "right_px": round(view.right_px, 4),
                "rows_px": round(view.rows_px, 4),
            }
            for view in result.errors
        ],
        "dropped": [{"name": view.name, "reason": view.reason} for view in result.dropped],
        "unread": list(found.unread),
        "doubts": list(result.doubts),
    }


def _notes(found: FileCalibration) -> list[str]:
    result: CalibrationResult = found.result
    sentences = list(found.unread)
    sentences += [f"{view.name} was left out: {view.reason}" for view in result.dropped]
    if result.swapped:
        sentences.append("The right eye's picture comes first: left and right are exchanged in the rig")
    return [*sentences, *result.doubts]


def _sentence(result: Result) -> str:
    where = result["outputs"][0]
    board = result["board"]
    columns, rows = board["corners"]
    if "rms_px" not in result:
        return (
            f"{board['kind']}, {columns}x{rows} corners, squares {board['square_mm']:g} mm, "
            f"for {result['paper'].upper()} at 100 %: {where}"
        )
    views = len(result["views"])
    return (
        f"{views} views of a {board['kind']} of {columns}x{rows}: reprojection {result['rms_px']:.2f} px, "
        f"rows of held-back views {result['rows_px']:.2f} px, baseline {1000 * result['baseline_m']:.2f} mm: {where}"
    )
