"""What is said of depth on the screen: the engine's figures, and the words around them."""

from PySide6.QtCore import QCoreApplication

from depthview.engine.camera import Whence
from depthview.engine.depth import DepthScale
from depthview.engine.frames import Meaning
from depthview.engine.live.presenter import LiveView


def title(scale: DepthScale) -> str:
    """What the colour bar's figures are, with their unit."""
    match scale.meaning:
        case Meaning.DISPARITY:
            return _tr("Disparity, px")
        case Meaning.METRIC_DEPTH:
            return _tr("Depth, m")
        case Meaning.RANGE:
            return _tr("Range, m")
        case _:
            return _tr("Relative\n(no unit)")


def explanation(scale: DepthScale) -> str:
    """The same in a sentence."""
    match scale.meaning:
        case Meaning.DISPARITY:
            return _tr("Disparity in pixels, depth in metres.")
        case Meaning.METRIC_DEPTH:
            return _tr("Depth in metres, along the camera's axis.")
        case Meaning.RANGE:
            return _tr("Distance in metres, along the ray.")
        case _:
            return _tr("What is nearer and what farther: this model's values have no unit, and there are no metres.")


def reading(scale: DepthScale, value: float) -> str:
    """One value, for what lies under the mouse."""
    figures = "    ".join(scale.figures(value))
    match scale.meaning:
        case Meaning.DISPARITY | Meaning.METRIC_DEPTH:
            return figures
        case Meaning.RANGE:
            return _tr("{metres} along the ray").format(metres=figures)
        case _:
            return _tr("{figure} relative (no unit)").format(figure=figures)


def camera_doubt(scale: DepthScale) -> str:
    """What has to be said of distances as long as no more is known of the camera; empty where nothing is amiss."""
    if not scale.has_metres:
        return _tr("This model gives no metres, whatever the camera.")
    if scale.guessed:
        return _tr("Metres are a guess until the field of view is known.")
    if scale.is_guess and Whence.ASSUMED not in (scale.rig.focal_from, scale.rig.baseline_from):
        return _tr("Metres are a guess: how far the turned eyes converge nobody measured. A calibration would tell.")
    if scale.is_guess and not scale.rig.lens_assumed:
        return _tr("Metres are a guess until the distance between the lenses (baseline) is known.")
    if scale.is_guess and scale.rig.baseline_from is not Whence.ASSUMED:
        return _tr("Metres are a guess until the field of view is known.")
    if scale.is_guess:
        return _tr(
            "Metres are a guess until the distance between the lenses (baseline) and the field of view are known."
        )
    if scale.shape_is_guess:
        return _tr("How wide things are is a guess until the field of view is known.")
    return ""


def whence_words(scale: DepthScale, *, two_eyed: bool) -> str:
    """Each number that metres rest on, and who says it."""
    if not scale.has_metres:
        return ""
    rig, who = scale.rig, _whence_names()
    lens = _tr("{value:.1f}° wide ({who})").format(value=rig.fov_deg, who=who[rig.focal_from])
    if not two_eyed:
        return lens
    apart = _tr("{value:.1f} mm apart ({who})").format(value=1000 * rig.baseline_m, who=who[rig.baseline_from])
    return f"{apart}, {lens}"


def _whence_names() -> dict[Whence, str]:
    return {
        Whence.RIG: _tr("rig"),
        Whence.BY_HAND: _tr("by hand"),
        Whence.FILE: _tr("its file"),
        Whence.MODEL: _tr("the model"),
        Whence.ASSUMED: _tr("assumed"),
    }


def why_no_point(view: LiveView) -> str:
    """What is to be done where a view's cloud is empty."""
    if not view.has_depth:
        return _tr("The point cloud appears here as soon as there is depth.")
    if view.depth.meaning is not Meaning.DISPARITY:
        return _tr("No point is left: allow a greater distance.")
    if view.depth.confidence is None:
        return _tr("No point lies before the camera: the eyes may be swapped (S).")
    return _tr("No point is left: ask for less confidence, or swap the eyes (S).")


def _tr(text: str) -> str:
    return QCoreApplication.translate("DepthWords", text)
