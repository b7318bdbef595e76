"""`depthview compare IMAGES... -o DIR`: what each model, iteration count and resolution costs, and what it gives."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, note, progress_bar
from depthview.engine.atomic import output_folder
from depthview.engine.errors import Stopped, UserError
from depthview.engine.execution.devices import Device
from depthview.engine.frames import Meaning
from depthview.engine.models.comparison.chart import write_chart
from depthview.engine.models.comparison.pictures import read_samples
from depthview.engine.models.comparison.run import (
    USUAL_ITERATIONS,
    USUAL_REPEATS,
    USUAL_SIZES_HW,
    Sample,
    Trial,
    compare,
    plan,
)
from depthview.engine.models.comparison.table import rows, write_table
from depthview.engine.models.library import BUILT_INS, ModelFamily, ModelLibrary

_MOST_ITERATIONS = 1000
_USUAL_SIZES = ",".join(f"{height}x{width}" for height, width in USUAL_SIZES_HW)
_TRUTHS = {"disparity": Meaning.DISPARITY, "depth": Meaning.METRIC_DEPTH}


def compare_models(
    images: Annotated[list[str], typer.Argument(help="Pictures with both eyes, left and right ones, or folders.")],
    output: options.Out = Path("depthview-output"),
    models: Annotated[
        str,
        typer.Option("--models", help="Models or .onnx files with commas between, or `all`. Default: the built-in."),
    ] = "",
    iterations: Annotated[
        str, typer.Option("--iterations", metavar="N,N,...", help="For models that iterate, or `all` that they offer.")
    ] = ",".join(map(str, USUAL_ITERATIONS)),
    resolutions: Annotated[
        str, typer.Option("--resolutions", metavar="HxW,...", help="Sizes to work at, or `all` that the models offer.")
    ] = _USUAL_SIZES,
    truth: Annotated[
        list[Path] | None, typer.Option("--truth", help="Ground truth (PFM, NPY, grey PNG), once for each picture.")
    ] = None,
    truth_scale: Annotated[
        float | None,
        typer.Option("--truth-scale", help="Stored value of 1 px (KITTI 256) or 1 m; below 0 turns the sign."),
    ] = None,
    truth_is: Annotated[str, typer.Option("--truth-is", help="disparity (pixels) or depth (metres).")] = "disparity",
    reference: Annotated[
        str | None, typer.Option("--reference", help="The model whose best setting is the reference without truth.")
    ] = None,
    repeat: Annotated[
        int, typer.Option("--repeat", min=1, max=1000, help="Runs of which the median counts.")
    ] = USUAL_REPEATS,
    device: options.DeviceName = Device.AUTO,
    layout: options.LayoutName = "auto",
    swap: options.Swap = None,
    json: options.Json = False,
) -> None:
    """Time against difference for models, iterations and resolutions, on your own pictures.

    Writes compare.csv after every setting, and compare.png at the end. The difference is from ground truth, or without
    it from the largest and longest setting of the first model; in pixels of the picture itself. What only knows near
    and far is brought to the reference's scale and shift first. Ctrl-C keeps what there is by then.
    """

    def work() -> Result:
        if truth_is not in _TRUTHS:
            raise UserError("Ground truth is disparity or depth, not {what}: choose one of these.", what=truth_is)
        library = ModelLibrary(Path(part) for part in models.split(",") if part.strip().lower().endswith(".onnx"))
        families = _families(models, library)
        reference_model = _reference(reference, families, library)
        counts, sizes_hw = _counts(iterations), _sizes(resolutions)
        samples, notices = read_samples(
            images,
            layout=options.parse_layout(layout),
            swap=swap,
            truths=truth or (),
            truth_scale=truth_scale,
            truth_meaning=_TRUTHS[truth_is],
        )
        for sentence in notices:
            note(sentence)
        if not models.strip():
            eyes = 2 if all(sample.has_two_eyes for sample in samples) else 1
            families = [family for family in families if family.eyes == eyes]
        settings = [replace(setting, device=device) for setting in plan(families, counts, sizes_hw)]
        output_folder(output)
        kept = _Kept(output, samples)
        with progress_bar() as report:
            kept.take(
                compare(
                    settings,
                    samples,
                    library.open_estimator,
                    reference_model=reference_model,
                    repeats=repeat,
                    report=report,
                )
            )
        return kept.result(len(settings))

    carry_out(work, as_json=json, say=_sentence)


class _Kept:
    """What is on the disk: the table after each setting, the chart at the end, however it ends."""

    def __init__(self, folder: Path, samples: list[Sample]) -> None:
        self._samples = samples
        self._table, self._chart = folder / "compare.csv", folder / "compare.png"
        self._trials: list[Trial] = []

    def take(self, trials: Iterator[Trial]) -> None:
        """Raises Stopped with what is kept when the person stops it."""
        try:
            for trial in trials:
                self._trials.append(trial)
                write_table(self._table, self._trials)
                note(_line(trial))
        except (KeyboardInterrupt, Stopped) as stopped:
            if not self._trials:
                raise
            self._draw()
            raise Stopped(f"Stopped: {len(self._trials)} setting(s) are kept in {self._table}") from stopped
        self._draw()

    def result(self, wanted: int) -> Result:
        good = [trial for trial in self._trials if trial.fault is None]
        if not good:
            first = next(trial.fault for trial in self._trials if trial.fault is not None)
            raise UserError("None of the {count} settings worked. The first: {why}", count=wanted, why=first)
        reference = next((trial.name for trial in good if trial.is_reference), None)
        return {
            "pictures": [sample.name for sample in self._samples],
            "reference": reference or "ground truth",
            "settings": rows(self._trials),
            "failed": len(self._trials) - len(good),
            "outputs": [str(self._table), str(self._chart)],
        }

    def _draw(self) -> None:
        first = self._samples[0]
        height, width = first.pair.size_hw
        about = f"{first.name}, {width} x {height}" if len(self._samples) == 1 else f"{len(self._samples)} pictures"
        write_chart(self._chart, self._trials, about=about)


def _line(trial: Trial) -> str:
    found = trial.difference
    if found is None:
        return f"{trial.name}: {trial.fault}"
    words = f"{trial.name}: {trial.time_ms:.0f} ms"
    if trial.is_reference:
        return f"{words}, the reference"
    return f"{words}, {found.mean:.2f} {found.unit}" + (
        f" (aligned by {found.aligned})" if found.aligned != "no" else ""
    )


def _sentence(result: Result) -> str:
    best = sorted((row for row in result["settings"] if row["pareto"]), key=lambda row: float(row["time_ms"]))
    lines = [f"Difference from {result['reference']}. Worth their time, the quickest first:"]
    for row in best:
        size = f"{row['height']}x{row['width']}" if row["height"] else ""
        count = f"{row['iterations']} iterations" if row["iterations"] is not None else ""
        setting = ", ".join(word for word in (row["title"], count, size) if word)
        lines.append(f"  {row['time_ms']:9.1f} ms   {row['difference']:8.2f} {row['unit']}   {setting}")
    if result["failed"]:
        lines.append(f"{result['failed']} of {len(result['settings'])} settings failed.")
    return "\n".join([*lines, f"Table and chart: {Path(result['outputs'][0]).parent}"])


def _families(text: str, library: ModelLibrary) -> list[ModelFamily]:
    """Raises UserError naming the models there are."""
    if not text.strip():
        return list(BUILT_INS)
    if text.strip() == "all":
        return list(library.families)
    return [library.find(name) for name in _parts(text, "models")]


def _reference(name: str | None, families: list[ModelFamily], library: ModelLibrary) -> str | None:
    """Raises UserError unless the model is one of those that are compared."""
    if name is None:
        return None
    model_id = library.find(name).model_id
    if model_id not in [family.model_id for family in families]:
        raise UserError("The reference {name} is not among the models: add it to --models.", name=name)
    return model_id


def _counts(text: str) -> tuple[int, ...]:
    """Empty for `all`. Raises UserError for what is no number of iterations."""
    if text.strip() == "all":
        return ()
    parts = _parts(text, "iterations")
    bad = next(
        (part for part in parts if not re.fullmatch(r"\d{1,4}", part) or not 1 <= int(part) <= _MOST_ITERATIONS), None
    )
    if bad is not None:
        raise UserError("{text} is no number of iterations: write numbers with commas, such as 1,2,5,10.", text=bad)
    return tuple(dict.fromkeys(int(part) for part in parts))


def _sizes(text: str) -> tuple[tuple[int, int], ...]:
    """Empty for `all`. Raises UserError for what is no resolution."""
    if text.strip() == "all":
        return ()
    sizes = (options.parse_resolution(part) for part in _parts(text, "resolutions"))
    return tuple(dict.fromkeys(size_hw for size_hw in sizes if size_hw is not None))


def _parts(text: str, what: str) -> list[str]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts:
        raise UserError("No {what} are given: name some with commas between, or say `all`.", what=what)
    return parts
