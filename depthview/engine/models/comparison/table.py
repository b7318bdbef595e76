"""The comparison as a table that other programs read: one line for each setting, in the order they were tried."""

import csv
import io
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from depthview.engine.atomic import atomic_path
from depthview.engine.models.comparison.difference import BAD_PX
from depthview.engine.models.comparison.run import Trial, pareto

_BAD = tuple(f"bad_{limit:g}px" for limit in BAD_PX)
COLUMNS = (
    "model",
    "title",
    "iterations_asked",
    "iterations",
    "height",
    "width",
    "provider",
    "time_ms",
    "difference",
    "unit",
    "aligned",
    *_BAD,
    "known",
    "pareto",
    "reference",
    "error",
)


def rows(trials: Sequence[Trial]) -> list[dict[str, Any]]:
    """COLUMNS of each trial; None where there is nothing to say. Shares are 0..1, `pareto` and `reference` bool."""
    front = pareto(trials)
    return [_row(trial, on_front=any(trial is good for good in front)) for trial in trials]


def write_table(path: Path, trials: Sequence[Trial]) -> None:
    """Write `rows` as CSV, in place of what was there. Raises UserError when the folder cannot be written to."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for row in rows(trials):
        writer.writerow({name: _plain(value) for name, value in row.items()})
    with atomic_path(path) as temporary:
        temporary.write_text(text.getvalue(), encoding="utf-8")


def _row(trial: Trial, *, on_front: bool) -> dict[str, Any]:
    found, size_hw = trial.difference, trial.size_hw or trial.setting.size_hw
    bad = found.bad if found is not None and found.bad is not None else (None,) * len(_BAD)
    return {
        "model": trial.setting.model_id,
        "title": trial.title,
        "iterations_asked": trial.setting.iterations,
        "iterations": trial.iterations,
        "height": size_hw[0] if size_hw else None,
        "width": size_hw[1] if size_hw else None,
        "provider": trial.provider or None,
        "time_ms": _rounded(trial.time_ms, 3),
        "difference": _rounded(found.mean, 5) if found else None,
        "unit": str(found.unit) if found else None,
        "aligned": str(found.aligned) if found else None,
        **{name: _rounded(share, 5) for name, share in zip(_BAD, bad, strict=True)},
        "known": _rounded(found.known, 5) if found else None,
        "pareto": on_front,
        "reference": trial.is_reference,
        "error": str(trial.fault) if trial.fault else None,
    }


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None or math.isnan(value) else round(value, digits)


def _plain(value: Any) -> Any:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else value
