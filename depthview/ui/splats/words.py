"""What is said of scenes: how many, how large, in what unit."""

from PySide6.QtCore import QCoreApplication

from depthview.engine.cloud import PointCloud
from depthview.ui.figures import counted, size_words
from depthview.ui.scene.measuring import length_figure
from depthview.ui.splats.items import Item
from depthview.ui.splats.stage import Drawn

_KINDS = {
    "ply": "PLY",
    "compressed.ply": "compressed PLY",
    "splat": "splat",
    "spz": "SPZ",
    "sog": "SOG",
    "ksplat": "ksplat",
    "gltf": "glTF",
    "cloud": "PLY",
}


def splats_words(count: int) -> str:
    """So many splats."""
    return _tr("1 splat") if count == 1 else _tr("{count} splats").format(count=counted(count))


def item_line(item: Item) -> str:
    """Under its name in the list."""
    count = counted(len(item))
    if isinstance(item.what, PointCloud):
        return _tr("{count} points · {memory}").format(count=count, memory=size_words(item.memory_bytes))
    words = _tr("{splats} · SH {degree} · {memory}")
    return words.format(splats=splats_words(len(item)), degree=item.what.degree, memory=size_words(item.memory_bytes))


def facts_words(item: Item) -> str:
    """What is known of it, a line each."""
    low, high = item.world_box
    unit = "m" if item.stand.has_metres else _tr("units")
    told = item.facts.scene
    if told is not None and told.unsound == told.count:
        lines = [_tr("Nothing of it can be drawn.")]
    else:
        lines = [" × ".join(map(length_figure, high - low)) + f" {unit}"]
    if item.facts.form:
        kind = _KINDS.get(item.facts.form, item.facts.form)
        lines.append(_tr("{kind} file, {size}").format(kind=kind, size=size_words(item.facts.file_bytes)))
    if told is not None:
        lines.append(
            _tr("{splats} in the file, degree {degree}").format(splats=splats_words(told.count), degree=told.degree)
        )
        if told.median_size is not None:
            size = item.stand.scale * told.median_size
            size_figure = length_figure(size, digits=2)
            lines.append(_tr("half of them larger than {size} {unit}").format(size=size_figure, unit=unit))
        if told.unseen:
            lines.append(_tr("{count} of them too faint to be seen").format(count=counted(told.unseen)))
        if told.unsound:
            lines.append(_tr("{count} of them make no sense").format(count=counted(told.unsound)))
        if told.antialiased:
            lines.append(_tr("trained antialiased"))
    if item.facts.reduced:
        lines.append(item.facts.reduced)
    return "\n".join(lines)


def unit_words(item: Item) -> str:
    """What its lengths mean."""
    if isinstance(item.what, PointCloud) and item.what.unitless and not item.stand.has_metres:
        return _tr("Lengths have no unit, and the shape may be bent.")
    if item.stand.has_metres:
        return _tr("Lengths are metres.")
    return _tr("Lengths are in the training's own unit: say how long one is to have metres.")


def figures(drawn: Drawn, picture_ms: float) -> str:
    """For the status bar."""
    parts = []
    if drawn.selection is not None:
        shown, total = len(drawn.selection.indices), drawn.selection.total
        if shown == total:
            parts.append(splats_words(total))
        else:
            parts.append(_tr("{count} of {total} splats").format(count=counted(shown), total=counted(total)))
    points = sum(map(len, drawn.clouds))
    if points:
        parts.append(_tr("{count} points").format(count=counted(points)))
    if parts and picture_ms:
        parts.append(_tr("{ms:.0f} ms a picture").format(ms=picture_ms))
    return "   ".join(parts)


def _tr(text: str) -> str:
    return QCoreApplication.translate("SplatWords", text)
