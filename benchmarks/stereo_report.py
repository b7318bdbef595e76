"""The stereo figures as a person reads them: tables, and each wish beside what was measured."""

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from benchmarks.stereo_judge import falls
from benchmarks.stereo_methods import HITNET, OWN_SGM, SEED_ALONE, STOCK, WIDTH_PX, Ours, settings
from benchmarks.stereo_pairs import Kind
from benchmarks.stereo_speed import LARGE_HW, LIVE_ITERATIONS, SMALL_HW, runner_name
from benchmarks.stereo_warm import COLD_2, COLD_8, WARM

Row = tuple[str, str, str]
Pairs = list[dict[str, Any]]

JUDGED = Ours().name
HITNET_SHARE = 0.75
"""A quarter below HITNet."""
MOST_BLEEDING_PX = 3.0


def given(pairs: Pairs) -> Pairs:
    """The pairs that others made: those the wishes are about."""
    return [pair for pair in pairs if pair["kind"] != Kind.DRAWN]


def mean_bad(pairs: Pairs, method: str) -> float | None:
    """The mean share of bad pixels, None unless the method answered every pair."""
    shares = [pair["scores"][method]["bad"] for pair in pairs if method in pair["scores"]]
    return float(np.mean(shares)) if shares and len(shares) == len(pairs) else None


def quality_tables(pairs: Pairs) -> list[str]:
    """Bad pixels in per cent, pairs down and methods across; then of the main methods what else is known."""
    methods = list(dict.fromkeys(method for pair in pairs for method in pair["scores"]))
    lines = [("bad pixels, %", *methods)]
    for pair in pairs:
        cells = [f"{100 * pair['scores'][m]['bad']:.1f}" if m in pair["scores"] else "-" for m in methods]
        lines.append((f"{pair['name']} (>{pair['wrong_px']:g} px)", *cells))
    means = [mean_bad(given(pairs), method) for method in methods]
    lines.append(("mean of the given", *("-" if mean is None else f"{100 * mean:.1f}" for mean in means)))
    main = [method for method in (STOCK, OWN_SGM, SEED_ALONE, HITNET, JUDGED) if method in methods]
    details = [("bad % of what both eyes see; mean error, px; unknown %", *main)]
    for pair in pairs:
        details.append((pair["name"], *(_detail(pair["scores"].get(method)) for method in main)))
    sure = [("confidence of at least 0.5", "% of the pixels", "bad % among them")]
    for pair in pairs:
        score = pair["scores"].get(JUDGED)
        if score is not None and score["sure"] is not None:
            bad = "-" if score["bad_sure"] is None else f"{100 * score['bad_sure']:.1f}"
            sure.append((pair["name"], f"{100 * score['sure']:.1f}", bad))
    return [aligned(lines), aligned(details), aligned(sure)]


def quality_rows(pairs: Pairs) -> list[Row]:
    photos = given(pairs)
    rows: list[Row] = []
    ours, hitnet = mean_bad(photos, JUDGED), mean_bad(photos, HITNET)
    if ours is not None and hitnet is not None:
        measured = f"{_percent(ours)} / {_percent(hitnet)} = {ours / hitnet:.2f}"
        rows.append((f"mean bad, ours / HITNet ({len(photos)} given pairs)", measured, f"<= {HITNET_SHARE:.2f}"))
    for pair in photos:
        scores = pair["scores"]
        for rival in (STOCK, OWN_SGM, SEED_ALONE):
            if JUDGED in scores and rival in scores:
                mine, other = scores[JUDGED]["bad"], scores[rival]["bad"]
                rows.append((f"{pair['name']}: ours, {rival}", f"{_percent(mine)}, {_percent(other)}", "ours below"))
    middlebury = [pair for pair in photos if pair["kind"] == Kind.MIDDLEBURY]
    moonshot = mean_bad(middlebury, JUDGED)
    if moonshot is not None:
        rows.append((f"mean bad, {len(middlebury)} Middlebury pairs (moonshot)", _percent(moonshot), "< 8.0 %"))
    judged = photos or pairs
    rows += _growth(judged, "iterations", lambda setting: setting.iterations, lambda s: s.width_px == WIDTH_PX)
    rows += _growth(judged, "width", lambda setting: setting.width_px, lambda s: s.iterations == Ours().iterations)
    return rows


def _growth(pairs: Pairs, what: str, value: Callable[[Ours], int], among: Callable[[Ours], bool]) -> list[Row]:
    """Whether bad pixels fall as one setting grows."""
    done = {method for pair in pairs for method in pair["scores"]}
    tried = [setting for setting in settings(quick=False) if setting.seed and setting.name in done and among(setting)]
    means = [(value(s), mean) for s in sorted(tried, key=value) if (mean := mean_bad(pairs, s.name)) is not None]
    if len(means) < 2:
        return []
    shown = ", ".join(f"{number}: {100 * mean:.1f}" for number, mean in means)
    verdict = "falls" if falls([mean for _number, mean in means]) else "does not fall everywhere"
    return [(f"mean bad % by {what}", f"{shown} ({verdict})", "falls")]


def edge_rows(edges: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    for scene, methods in edges.items():
        for method, figures in methods.items():
            wanted = "" if method == OWN_SGM else f"<= {MOST_BLEEDING_PX:g} px"
            if (bled := figures["bleeding"]) is not None:
                measured = f"{bled['p95_px']:.1f} px, beyond 3 px {_percent(bled['over_3_px'])}"
                rows.append((f"{scene}: {method} bleeds, p95 of all edges", measured, wanted))
                if bled["half_occluded_p95_px"] is not None:
                    beyond = _percent(bled["half_occluded_over_3_px"])
                    measured = f"{bled['half_occluded_p95_px']:.1f} px, beyond 3 px {beyond}"
                    rows.append((f"{scene}: {method} bleeds, p95 of half-occluded edges", measured, wanted))
            for thickness, share in figures["wires_found"].items():
                rows.append((f"{scene}: {method} finds of {thickness} px wires", _percent(share), ""))
    return rows


def speed_table(speed: dict[str, Any]) -> str:
    lines = [(f"{speed['threads']} threads, {speed['provider']}, cold", "ms a picture", "pictures/s")]
    lines += [(name, f"{1e3 * s:.1f}", f"{1 / s:.1f}") for name, s in speed["seconds"].items()]
    return aligned(lines)


def speed_rows(speed: dict[str, Any]) -> list[Row]:
    seconds = speed["seconds"]
    small, large = runner_name(SMALL_HW, LIVE_ITERATIONS), runner_name(LARGE_HW, LIVE_ITERATIONS)
    rows: list[Row] = [(f"pictures/s, {small}", f"{1 / seconds[small]:.1f}", ">= 20")]
    if speed["times_hitnet"] is not None:
        rows.append((f"times HITNet's speed, {small}", f"{speed['times_hitnet']:.2f}", ">= 3"))
    rows.append((f"pictures/s, {large}", f"{1 / seconds[large]:.1f}", ">= 6"))
    return rows


def warm_rows(warm: dict[str, Any]) -> list[Row]:
    rows: list[Row] = []
    of = warm["sample"]["variants"]
    for key, what, show in (("bad", "bad pixels", _percent), ("error_px", "mean error", _pixels)):
        measured = ", ".join(f"{name}: {show(of[name][key])}" for name in (WARM, COLD_8, COLD_2))
        rows.append((f"bundled clip, {what}", measured, f"{WARM} <= {COLD_8}"))
    real = warm["real"]
    if real is None:
        rows.append(("real clip", "not there", ""))
    else:
        for key, what in (("off_px", "off 32 cold"), ("flicker_px", "flicker where nothing moves")):
            measured = ", ".join(f"{name}: {_pixels(real['variants'][name][key])}" for name in (WARM, COLD_8, COLD_2))
            rows.append((f"real clip, {what}", measured, f"{WARM} <= {COLD_8}"))
    for reset in warm["resets"]:
        measured = f"{reset['off_px']:.3f} px off, went on: {'yes' if reset['warm'] else 'no'}"
        if reset["bad"] is not None:
            measured += f", bad {_percent(reset['bad'])} / fresh {_percent(reset['fresh_bad'])}"
        rows.append((f"{reset['case']}: first frame / fresh estimator", measured, "0 px, no"))
    return rows


def aligned(lines: Iterable[tuple[str, ...]]) -> str:
    lines = list(lines)
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines
    )


def _detail(score: dict[str, Any] | None) -> str:
    if score is None:
        return "-"
    seen = "-" if score["bad_seen"] is None else f"{100 * score['bad_seen']:.1f}"
    return f"{seen}; {score['error_px']:.2f}; {100 * score['unknown']:.1f}"


def _percent(share: float | None) -> str:
    return "-" if share is None else f"{100 * share:.1f} %"


def _pixels(distance_px: float) -> str:
    return f"{distance_px:.3f} px"
