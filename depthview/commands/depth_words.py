"""What `depthview depth` says to a person of what it did."""

import math
from pathlib import Path

from depthview.commands.outcome import Result
from depthview.engine.frames import Meaning

_SWAP_PROPOSED = (
    "The eyes look swapped (cross-eye), but that is not sure, and they are left as they are. If near looks far, give "
    "the same command with {options}."
)
_LEFT_SWAPPED = "The eyes look swapped (cross-eye), and --no-swap leaves them so (--swap exchanges them)."
_SWAPPED_IN_VAIN = "The eyes look swapped by --swap. If near looks far, give the same command without it{options}."
_NO_METRES = (
    "This model says what is nearer and what farther, but no metres: its values have no unit, and the cloud's "
    "shape may be bent."
)

_CONVERGED = (
    "The eyes converge, and nobody measured how far: infinity is taken to lie just behind the farthest thing "
    "(--doffs-px)."
)

_STEPS = (
    ("swapped", "eyes exchanged in {count} (--no-swap)"),
    ("swap_proposed", "eyes look the wrong way round in {count} (--swap exchanges them in all, --no-swap in none)"),
    ("bars", "black bars left out in {count} (--no-bars)"),
    ("rows", "rows turned in {count} (--no-rows)"),
    ("rows_doubted", "rows left as they are in {count}, since nothing sure was found (--rows)"),
    ("colours", "colours matched in {count} (--no-colours)"),
)
"""What is told of a folder's pictures, in the order in which it is done."""


def swap_proposal(asked: bool | None, *, anew: bool = False) -> str:
    """Said where the eyes look the other way round. `asked` is what the person said of their order; with `anew` the
    folder then belongs to this run."""
    if asked is False:
        return _LEFT_SWAPPED
    if asked:
        return _SWAPPED_IN_VAIN.format(options=", and with --anew" if anew else "")
    return _SWAP_PROPOSED.format(options="--swap --anew" if anew else "--swap")


def notes(result: Result, proposal: str | None) -> list[str]:
    """All that a person should know who looks at the files: what was done to the eyes, and what to make of metres.

    `proposal` is what is to be said of eyes that look the other way round, None where it has been said.
    """
    if result["each_alone"] and result["frames"] > 1:
        told = _counted(result)
    else:
        told = _prepared(result)
        if result["swap_proposed"] and proposal is not None:
            told.append(proposal)
    if result["rig_from"] is not None:
        told.append(f"Calibration: {_plain(result['rig_from'])}.")
    # Of eyes in the wrong order the span says nothing.
    converged = result["rig"]["doffs_from"] == "assumed" and result["rig"]["doffs_px"] and not result["swap_proposed"]
    if result["metres_guessed"] and converged:
        told.append(_CONVERGED)
    doubt = _doubt(result)
    return told if doubt is None else [*told, doubt]


def _doubt(result: Result) -> str | None:
    """What has to be said of the metres; None when they can be trusted."""
    rig = result["rig"]
    fov_deg = math.degrees(2 * math.atan(rig["width_px"] / 2 / rig["focal_px"]))
    if result["unit"] is None:
        return _NO_METRES
    if result["metres_guessed"] and result["meaning"] != Meaning.DISPARITY:
        return (
            "This model tells metres for a known lens, and nothing is known of this one: they are a guess, as for "
            f"a field of view of {fov_deg:.0f} degrees (--focal-px or --fov-deg)."
        )
    known = "assumed" not in (rig["focal_from"], rig["baseline_from"])
    if result["metres_guessed"] and known:
        return (
            "Metres are a guess: the eyes were turned until their rows were even, and how far they converge nobody "
            "measured (--doffs-px, a calibration with --rig, or --no-rows)."
        )
    if result["metres_guessed"]:
        return (
            "Metres are a guess, since nothing is known of the camera: "
            f"{rig['baseline_m'] * 1000:.0f} mm between the lenses and a field of view of {fov_deg:.0f} degrees "
            "are assumed (--baseline-m with --focal-px or --fov-deg)."
        )
    if result["shape_guessed"]:
        return (
            "The depth is in metres, but how wide things are in the cloud is a guess: "
            f"a field of view of {fov_deg:.0f} degrees is assumed (--focal-px or --fov-deg)."
        )
    return None


def _prepared(result: Result) -> list[str]:
    """What was done to the eyes before they were matched, and with which option it can be had otherwise."""
    told = []
    if result["swapped"] and result["order_sure"]:
        told.append(f"The eyes are exchanged: {_plain(result['swap_reason'])} (--no-swap).")
    if any(result["bars"]):
        top, bottom, left, right = result["bars"]
        told.append(f"Black bars are left out: {top} px above, {bottom} below, {left} left, {right} right (--no-bars).")
    rows = result["rows"]
    if rows["reason"] and (rows["applied"] or not (rows["trusted"] or _is_measured(result))):
        told.append(f"{_plain(rows['reason'])} ({'--no-rows' if rows['applied'] else '--rows'}).")
    if result["colours"]["applied"]:
        told.append(f"The eyes' colours are matched: {_plain(result['colours']['reason'])} (--no-colours).")
    return told


def _counted(result: Result) -> list[str]:
    """The same of a folder, whose pictures were judged each by itself: in how many of them."""
    prepared = result["prepared"]
    told = [(step, words) for step, words in _STEPS if step != "rows_doubted" or not _is_measured(result)]
    done = ", ".join(words.format(count=prepared[step]) for step, words in told if prepared[step])
    return [f"Of {prepared['frames']} pictures: {done}."] if done else []


def _is_measured(result: Result) -> bool:
    """Whether a measured rig is in force: who rectified the pictures for it has settled their rows."""
    return "rig" in (result["rig"]["focal_from"], result["rig"]["baseline_from"])


def _plain(reason: str) -> str:
    """A reason as a part of a longer sentence."""
    return reason.strip().rstrip(".")


def sentence(result: Result) -> str:
    """The one line of a run that went well."""
    where = Path(result["outputs"][0]).parent
    return (
        f"{_frames(result)}, layout {result['layout']} ({result['layout_reason']}), {result['model']} on "
        f"{result['provider']}, {result['estimate_median_ms']:.0f} ms a frame, "
        f"{100 * result['known_share']:.0f} % of the pixels known: {where}"
    )


def movie_sentence(result: Result) -> str:
    """The same of a whole movie."""
    names = ", ".join(Path(path).name for path in result["outputs"])
    went_on = f" ({result['resumed_from']} were there already)" if result["resumed_from"] else ""
    return f"{_frames(result)}{went_on}: {names} in {Path(result['outputs'][0]).parent}"


def _frames(result: Result) -> str:
    return "1 frame" if result["frames"] == 1 else f"{result['frames']} frames"
