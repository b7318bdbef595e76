"""In what two runs over one folder differ, in words: who is refused learns which option it is about."""

from typing import Any

from depthview.engine.errors import UserError
from depthview.engine.movie.task_text import Plain

_TOLD_OFF = {
    "road.steady": "--no-steady",
    "road.finds_rig": "--no-rig",
    "outputs.preview": "--no-preview",
}
"""What is done unless a person says otherwise."""
_SWITCHES = {
    "road.swap": "swap",
    "road.preparation.bars": "bars",
    "road.preparation.rows": "rows",
    "road.preparation.colours": "colours",
    "outputs.coloured": "coloured",
}
_VALUES = {
    "road.layout": "--layout {}",
    "road.camera.baseline_m": "--baseline-m {:g}",
    "road.camera.focal_px": "--focal-px {:g}",
    "road.camera.fov_deg": "--fov-deg {:g}",
    "road.camera.doffs_px": "--doffs-px {:g}",
    "models.two_eyes.model_id": "--model {}",
    "models.one_eye.model_id": "--model {}",
    "models.two_eyes.iterations": "--iterations {}",
    "models.one_eye.iterations": "--iterations {}",
    "models.two_eyes.size_hw": "--resolution {0[0]}x{0[1]}",
    "models.one_eye.size_hw": "--resolution {0[0]}x{0[1]}",
    "models.two_eyes.rate_hz": "--rate {:g}",
    "models.one_eye.rate_hz": "--rate {:g}",
    "models.two_eyes.device": "--device {}",
    "models.one_eye.device": "--device {}",
    "outputs.depth": "--depth {}",
    "outputs.values": "--values {}",
    "outputs.clouds_every": "--clouds {}",
    "outputs.eyes.format": "--eyes {}",
    "outputs.eyes.distance_share": "--eye-distance {:g}",
    "outputs.eyes.screen_share": "--screen {:g}",
    "outputs.colour_map": "--colour-map {}",
    "rig_file": "--rig {}",
    "frames": "--frames {}",
    "max_distance_m": "--max-distance-m {:g}",
    "min_confidence": "--min-confidence {:g}",
    "fps": "--fps {:g}",
}
_SHIFT = "road.preparation.shift_share"
_MOST_TOLD = 4

_ANOTHER_MOVIE = (
    "Another movie, {name}, was begun in this folder: choose another folder, or begin again with --anew: {path}"
)
_CHANGED = (
    "{name} is not what it was when this movie was begun here: choose another folder, or begin again with --anew: "
    "{path}"
)
_OTHERWISE = (
    "This movie was begun {otherwise} here: ask for the same, choose another folder, or begin again with --anew: {path}"
)
_ANOTHER_VERSION = (
    "This movie was begun by another version of DepthView, {version}: choose another folder, or begin again with "
    "--anew: {path}"
)
_ANOTHER = (
    "Another movie, or the same made in another way, was begun in this folder: choose another folder, or begin again "
    "with --anew: {path}"
)


def refusal(before: Plain, now: Plain, path: object) -> UserError:
    """Why what was begun as `before` does not go on as `now`: two different `asked_of`, the former from a file."""
    if before.get("source") != now["source"]:
        was, now_is = _names(before.get("source")), _names(now["source"])
        return UserError(_CHANGED if was == now_is else _ANOTHER_MOVIE, name=was, path=path)
    how_before = before.get("how")
    if isinstance(how_before, dict) and (otherwise := _otherwise(how_before, now["how"])):
        return UserError(_OTHERWISE, otherwise=otherwise, path=path)
    by = before.get("by")
    if by != now["by"] and isinstance(by, list) and by:
        return UserError(_ANOTHER_VERSION, version=by[0], path=path)
    return UserError(_ANOTHER, path=path)


def _names(source: Any) -> str:
    """What a person calls it: of files their names, of anything else its address."""
    if not isinstance(source, list):
        return str(source)
    return " + ".join(str(one.get("name")) if isinstance(one, dict) else str(one) for one in source)


def _otherwise(before: Plain, now: Plain) -> str:
    """`with --model sgm and without --swap`; empty where it is nothing that an option says."""
    was, now_is = _leaves(before), _leaves(now)
    told: list[str] = []
    for path in {**now_is, **was}:
        if was.get(path) == now_is.get(path):
            continue
        one, other = _option(path, was.get(path)), _option(path, now_is.get(path))
        words = f"with {one}" if one else f"without {other}" if other else ""
        if words and words not in told:
            told.append(words)
    return " and ".join(told[:_MOST_TOLD])


def _option(path: str, value: Any) -> str:
    """How a person asks for this on the command line; empty where nothing has to be said for it."""
    if path in _TOLD_OFF:
        return "" if value in (None, True) else _TOLD_OFF[path]
    if path in _SWITCHES and isinstance(value, bool):
        name = _SWITCHES[path]
        if value:
            return f"--{name}"
        return "" if path == "outputs.coloured" else f"--no-{name}"
    if value in (None, 0) and path in ("outputs.clouds_every", "min_confidence"):
        return ""
    try:
        if path == _SHIFT and value is not None:
            return f"--shift {100 * value:g}"
        return _VALUES[path].format(value) if path in _VALUES and value is not None else ""
    except (ValueError, TypeError, LookupError):
        return ""  # the file is not ours to trust


def _leaves(plain: Plain, above: str = "") -> dict[str, Any]:
    """All that is no group itself, by its way from the top; what is None has none."""
    leaves: dict[str, Any] = {}
    for name, value in plain.items():
        if isinstance(value, dict):
            leaves |= _leaves(value, f"{above}{name}.")
        elif value is not None:
            leaves[above + name] = value
    return leaves
