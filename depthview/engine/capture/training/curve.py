"""How training went on, point by point, in a file that others follow while it grows. Knows no torch."""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

from depthview.engine.atomic import atomic_path, settle, writing_error
from depthview.engine.reading import reading


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """After so many iterations: the mean loss since the point before, PSNR (dB) and SSIM of the photos held out (None:
    there are none), how many splats there are, and seconds of training until here."""

    iteration: int
    loss: float
    psnr: float | None
    ssim: float | None
    count: int
    seconds: float


def read_curve(path: Path) -> tuple[CurvePoint, ...]:
    """The points so far, rising; half a line, or one of another kind, is left out. Empty where there is no file."""
    if not path.exists():
        return ()
    with reading(path):
        lines = path.read_bytes().split(b"\n")
    points: dict[int, CurvePoint] = {}
    for line in lines:
        if (point := _point(line)) is not None:
            points[point.iteration] = point
    return tuple(points[iteration] for iteration in sorted(points))


def add_point(path: Path, point: CurvePoint) -> None:
    """Raises UserError where the disk refuses."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(point)) + "\n")
        settle(path)  # the state that is saved next goes on behind it: it would never be measured again
    except OSError as error:
        raise writing_error(error, path) from error


def cut_curve(path: Path, iteration: int) -> None:
    """Forget what came after `iteration`: it is trained again."""
    if path.exists():
        kept = [point for point in read_curve(path) if point.iteration <= iteration]
        _write(path, kept)


def _write(path: Path, points: Sequence[CurvePoint]) -> None:
    with atomic_path(path, durable=True) as temporary:
        temporary.write_text("".join(json.dumps(asdict(point)) + "\n" for point in points), encoding="utf-8")


def _point(line: bytes) -> CurvePoint | None:
    try:
        values = json.loads(line)
        point = CurvePoint(**{field.name: values[field.name] for field in fields(CurvePoint)})
        optional = [number for number in (point.psnr, point.ssim) if number is not None]
        numbers = (point.iteration, point.loss, point.count, point.seconds, *optional)
        sound = all(type(number) in (int, float) and math.isfinite(number) for number in numbers)
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
        return None
    return point if sound and type(point.iteration) is int and type(point.count) is int else None
