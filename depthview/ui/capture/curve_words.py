"""What is said of a point of a training's curve."""

from PySide6.QtCore import QCoreApplication

from depthview.engine.capture.training.curve import CurvePoint
from depthview.ui.figures import counted

_MINUTE_S, _HOUR_S = 60, 3600


def psnr_words(psnr: float) -> str:
    return _tr("{psnr:.1f} dB").format(psnr=psnr)


def taken_words(seconds: float) -> str:
    """How long it took: two units at most."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return _tr("{seconds} s").format(seconds=whole)
    if whole < _HOUR_S:
        return _tr("{minutes} min {seconds} s").format(minutes=whole // _MINUTE_S, seconds=whole % _MINUTE_S)
    return _tr("{hours} h {minutes} min").format(hours=whole // _HOUR_S, minutes=whole % _HOUR_S // _MINUTE_S)


def latest_words(point: CurvePoint, iterations: int) -> str:
    """How far it is and how good, for a title line."""
    how_far = _tr("{iteration} of {iterations} iterations")
    words = [how_far.format(iteration=counted(point.iteration), iterations=counted(iterations))]
    if point.psnr is not None:
        words.insert(0, psnr_words(point.psnr))
    return " · ".join(words)


def likeness_words(point: CurvePoint) -> str:
    """How near the drawn pictures are to the photos held out; empty where there are none."""
    if point.psnr is None:
        return ""
    words = _tr("PSNR {psnr}").format(psnr=psnr_words(point.psnr))
    return words if point.ssim is None else words + " · " + _tr("SSIM {ssim:.3f}").format(ssim=point.ssim)


def point_rows(point: CurvePoint, *, checkpoint: bool) -> list[tuple[str, str]]:
    """Everything of a point: what it is, and its figure."""
    iteration = counted(point.iteration)
    rows = [(_tr("iteration"), _tr("{iteration}, checkpoint").format(iteration=iteration) if checkpoint else iteration)]
    if point.psnr is not None:
        rows.append((_tr("PSNR"), psnr_words(point.psnr)))
    if point.ssim is not None:
        rows.append((_tr("SSIM"), f"{point.ssim:.3f}"))
    rows.append((_tr("loss"), f"{point.loss:.4f}"))
    rows.append((_tr("splats"), counted(point.count)))
    rows.append((_tr("trained for"), taken_words(point.seconds)))
    return rows


def _tr(text: str) -> str:
    return QCoreApplication.translate("CurveWords", text)
