"""`depthview splats train`: a splat scene from photos, by the same job that the window runs."""

from dataclasses import asdict, replace
from pathlib import Path
from typing import Annotated

import typer

from depthview.commands import options
from depthview.commands.outcome import Result, carry_out, note, progress_bar
from depthview.engine.capture.jobs.asked import Asked
from depthview.engine.capture.poses.settings import Mapper, Matcher, PoseSettings
from depthview.engine.capture.training.presets import Preset
from depthview.engine.capture.training.settings import StrategyName
from depthview.engine.errors import Stopped, UserError
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.reading import reading

_SECONDS_UNTIL = 120
"""Longer times are told in minutes."""


def train(
    photos: Annotated[
        list[Path], typer.Argument(metavar="PHOTOS...", help="A folder of photos, photos one by one, or one video.")
    ],
    output: options.Out,
    preset: Annotated[
        Preset, typer.Option("--preset", help="preview: an object to look at soon; full: the published length.")
    ] = Preset.PREVIEW,
    iterations: Annotated[
        int | None, typer.Option("--iterations", help="Of training; 30000 is the published number. Default: preset's.")
    ] = None,
    max_splats: Annotated[int | None, typer.Option("--max-splats", help="At most so many. Default: preset's.")] = None,
    max_size: Annotated[
        int | None, typer.Option("--max-size", metavar="PX", help="Of a photo's longer side. Default: preset's.")
    ] = None,
    frames: Annotated[int, typer.Option("--frames", min=3, max=2000, help="To take of a video.")] = 150,
    matcher: Annotated[
        Matcher, typer.Option("--matcher", help="Which photos are compared: all, neighbours, by place or by likeness.")
    ] = Matcher.AUTO,
    mapper: Annotated[
        Mapper, typer.Option("--mapper", help="Find the cameras one after the other, or all at once.")
    ] = Mapper.INCREMENTAL,
    loose: Annotated[
        bool, typer.Option("--loose", help="Accept weaker features and matches, where photos do not hold together.")
    ] = False,
    strategy: Annotated[
        StrategyName, typer.Option("--strategy", help="How splats are added while training goes on.")
    ] = StrategyName.MCMC,
    exposures: Annotated[
        bool, typer.Option("--exposures", help="Learn how bright each photo is, where a camera chose it anew.")
    ] = False,
    json: options.Json = False,
) -> None:
    """Make a splat scene from photos or a video: camera poses with COLMAP, then training. Stopped, it goes on when
    called again with the same folder."""

    def work() -> Result:
        from depthview.engine.capture.jobs.folder import held, holds_something_else
        from depthview.engine.capture.jobs.interruption import heard_by
        from depthview.engine.capture.rasterizers.gsplat import why_not
        from depthview.engine.capture.training.presets import settings_for

        inputs = _checked(photos)
        settings = settings_for(
            preset,
            cuda=why_not() is None,
            iterations=iterations,
            max_splats=max_splats,
            max_size_px=max_size,
        )
        settings = replace(settings, strategy=strategy, exposures=exposures)
        poses = PoseSettings(inputs, settings.max_size_px, frames, matcher, mapper, loose, settings.max_splats)
        asked = Asked(poses, settings)
        if holds_something_else(output):
            raise UserError("Other files lie in this folder: choose an empty one: {path}", path=output)
        stop = StopToken()
        # Only then is the folder made: a refusal leaves none behind.
        with progress_bar() as report, heard_by(stop), held(output):
            _run(output, asked, report, stop)
        return _result(output)

    carry_out(work, as_json=json, say=_say)


def _checked(photos: list[Path]) -> tuple[Path, ...]:
    """Raises UserError for what is not there, and where no photos are."""
    from depthview.engine.capture.photos.listing import list_photos

    inputs = tuple(path.absolute() for path in photos)
    for path in inputs:
        with reading(path):
            path.stat()
    list_photos(inputs)
    return inputs


def _run(folder: Path, asked: Asked, report: Report, stop: StopToken) -> None:
    """Raises UserError where the folder is another job's, or the work fails, Stopped with what was kept."""
    from depthview.engine.capture.jobs.folder import holds_job, read_asked, write_asked
    from depthview.engine.capture.jobs.road import ROAD
    from depthview.engine.capture.jobs.running import Standing, run
    from depthview.engine.capture.photos.gathering import read_gathering

    if holds_job(folder):
        before = read_asked(folder)
        if _has_photos(folder) and before.poses.inputs != asked.poses.inputs:
            raise UserError("This folder holds the scene of other photos: choose another one: {path}", path=folder)
        if before.training == asked.training:
            asked = replace(asked, lowered_to=before.lowered_to)
    write_asked(folder, asked)
    percent = 0.0
    told = False

    def tell(standing: Standing) -> None:
        nonlocal percent, told
        percent = standing.progress
        report(Progress(standing.progress, 100, standing.doing or standing.state.value))
        if not told and _has_photos(folder):
            told = True
            for sentence in read_gathering(folder).notes:
                note(sentence)

    try:
        run(folder, ROAD, tell, stop)
    except Stopped:
        raise Stopped(f"Stopped at {percent:.0f} %: the same command goes on from there.") from None


def _has_photos(folder: Path) -> bool:
    from depthview.engine.capture.photos.folder import PHOTOS_FOLDER
    from depthview.engine.capture.photos.gathering import read_gathering

    try:
        return (folder / PHOTOS_FOLDER).is_dir() and bool(read_gathering(folder).photos)
    except UserError:
        return False


def _result(folder: Path) -> Result:
    from depthview.engine.capture.jobs.folder import read_asked
    from depthview.engine.capture.poses.outcome import read_outcome, retry_of
    from depthview.engine.capture.training.curve import read_curve
    from depthview.engine.capture.training.files import PROGRESS, checkpoint_path

    asked, outcome = read_asked(folder), read_outcome(folder)
    last = read_curve(folder / PROGRESS)[-1]
    retry = retry_of(outcome, asked.poses)
    return {
        "folder": str(folder),
        "file": str(checkpoint_path(folder, asked.training.iterations)),
        "splats": last.count,
        "iterations": asked.training.iterations,
        "psnr_db": last.psnr,
        "ssim": last.ssim,
        "training_s": last.seconds,
        "photos": outcome.total,
        "placed": outcome.placed,
        "missing": [asdict(missing) for missing in outcome.missing],
        "poses": outcome.sentence,
        "advice": None if retry is None else f"{retry.sentence}: {_options(retry.settings)}",
    }


def _options(poses: PoseSettings) -> str:
    """How the command line asks for it."""
    said = [f"--matcher {poses.matcher.value}"] if poses.matcher is not Matcher.AUTO else []
    said += [f"--mapper {poses.mapper.value}"] if poses.mapper is not Mapper.INCREMENTAL else []
    return " ".join([*said, *(["--loose"] if poses.loose else [])])


def _say(result: Result) -> str:
    lines = [f"{result['poses']}."]
    lines += [f"    {missing['name']}: {missing['reason']}" for missing in result["missing"]]
    if result["advice"] is not None:
        lines.append(f"    What may help: {result['advice']}.")
    quality = "" if result["psnr_db"] is None else f", {result['psnr_db']:.1f} dB in photos it has not seen"
    seconds = result["training_s"]
    took = f"{seconds:.0f} s" if seconds < _SECONDS_UNTIL else f"{seconds / 60:.0f} min"
    lines.append(f"{result['splats']:,} splats after {took} of training{quality}: {result['file']}")
    return "\n".join(lines)
