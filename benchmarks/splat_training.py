"""`python -m benchmarks.splat_training [--set fox|ring]... [--strategy mcmc|classic]... [--json] [-o DIR]`: how well
and how fast splats are trained. `--iterations`, `--max-splats` and `--max-size` shorten it.

`fox`: the photos of ../shared/data/photos/fox_50, by COLMAP first (or `--dense DIR`, where that was done before).
`ring`: photos drawn of the bundled scene, with their exact cameras. Every eighth photo is held out and measured with.
The preview preset of the processor; a row of figures for each set and strategy, and a chart of PSNR against time.
Beside them, in one run, from the same Gaussians: how many steps a second the trainer takes, and how many plain torch.
What was interrupted goes on in its folder; another folder begins anew.
"""

import argparse
import json
import os
import tempfile
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from benchmarks.figures import machine
from benchmarks.plain_gaussians import plain_image
from benchmarks.rendered_ring import ROOM_RING, rendered_ring, room
from benchmarks.splat_training_chart import Line, draw_chart
from depthview.engine.capture.gaussians import Gaussians
from depthview.engine.capture.poses.posed import PosedPhotos, read_posed
from depthview.engine.capture.rasterizers.processor import ProcessorRasterizer
from depthview.engine.capture.training.curve import read_curve
from depthview.engine.capture.training.files import PROGRESS, STATE
from depthview.engine.capture.training.learning import NAMES
from depthview.engine.capture.training.likeness import ssim_by_torch
from depthview.engine.capture.training.loop import Training
from depthview.engine.capture.training.photos import load_photos
from depthview.engine.capture.training.presets import Preset, settings_for
from depthview.engine.capture.training.running import train
from depthview.engine.capture.training.settings import StrategyName, TrainingSettings
from depthview.engine.capture.training.state import resume
from depthview.engine.progress import Progress, StopToken, ignore_progress

FOX = Path(__file__).parents[2] / "shared" / "data" / "photos" / "fox_50"
_RING_PHOTOS, _RING_SIZE_PX, _RING_POINTS = 64, (320, 240), 6000
_STEPS_S, _PLAIN_STEPS = 10.0, 2
_TOLD_EVERY = 100


@dataclass(frozen=True, slots=True)
class Row:
    """`steps_per_s` and `plain_steps_per_s`: at the end, with all splats and photos of full size."""

    photos: str
    strategy: str
    iterations: int
    splats: int
    psnr_db: float | None
    ssim: float | None
    seconds: float
    s_per_1000: float
    steps_per_s: float
    plain_steps_per_s: float


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--set", choices=("fox", "ring"), action="append")
    parser.add_argument("--strategy", type=StrategyName, choices=list(StrategyName), action="append")
    parser.add_argument("--iterations", type=int)
    parser.add_argument("--max-splats", type=int)
    parser.add_argument("--max-size", type=int, metavar="PX")
    parser.add_argument("--threads", type=int, help="of the rasterizer; one for each processor otherwise")
    parser.add_argument("--dense", type=Path, help="COLMAP's undistorted photos of the fox")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("-o", "--output", type=Path, default=Path("depthview-output") / "splat_training")
    asked = parser.parse_args()
    settings = settings_for(
        Preset.PREVIEW,
        cuda=False,
        iterations=asked.iterations,
        max_splats=asked.max_splats,
        max_size_px=asked.max_size,
    )
    rows, lines = [], []
    with tempfile.TemporaryDirectory() as scratch:
        for name in asked.set or ("fox", "ring"):
            posed = _fox(asked.dense, Path(scratch), settings) if name == "fox" else room_ring(Path(scratch) / "ring")
            for strategy in asked.strategy or (StrategyName.MCMC,):
                folder = asked.output / f"{name}-{strategy.value}"
                row = measured(name, posed, replace(settings, strategy=strategy), folder, asked.threads)
                rows.append(row)
                points = [(point.seconds, point.psnr) for point in read_curve(folder / PROGRESS) if point.psnr]
                lines.append(Line(f"{name}, {strategy.value}", points))
    draw_chart(lines, asked.output / "psnr.png")
    result = {"machine": machine(), "rows": [asdict(row) for row in rows]}
    print(json.dumps(result) if asked.json else f"{result['machine']}\n{as_text(rows)}\n{asked.output / 'psnr.png'}")


def measured(
    name: str, posed: PosedPhotos, settings: TrainingSettings, folder: Path, threads: int | None = None
) -> Row:
    """Train in `folder`, or go on there, and measure steps with what came out."""

    def report(progress: Progress) -> None:
        if progress.done % _TOLD_EVERY == 0:
            print(f"{name}: {progress.done:.0f} of {progress.total:.0f}, {progress.label}", flush=True)

    with ProcessorRasterizer(threads) as rasterizer:
        trained = train(posed, settings, folder, rasterizer, report=report, stop=StopToken(), say=print)
        training = Training(posed, load_photos(posed, settings, StopToken()), settings, rasterizer)
        resume(training, folder / STATE)
        steps = _steps_per_s(training)
        torch.set_num_threads(threads or os.cpu_count() or 1)
        # Light that many Gaussians let through gets so small that plain torch would take ten times as long.
        torch.set_flush_denormal(True)
        plain = plain_steps_per_s(training, _PLAIN_STEPS)
        torch.set_flush_denormal(False)
        torch.set_num_threads(1)
    point = trained.point
    s_per_1000 = 1000 * point.seconds / point.iteration
    return Row(
        name,
        settings.strategy.value,
        point.iteration,
        point.count,
        point.psnr,
        point.ssim,
        point.seconds,
        s_per_1000,
        steps,
        plain,
    )


def _steps_per_s(training: Training) -> float:
    training.step()
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < _STEPS_S:
        training.step()
        count += 1
    return count / (time.perf_counter() - began)


def plain_steps_per_s(training: Training, steps: int) -> float:
    """The same step in plain torch: its tiles, its convolutions for SSIM, its gradients and its Adam."""
    gaussians = Gaussians(
        **{name: getattr(training.gaussians, name).detach().clone().requires_grad_() for name in NAMES}
    )
    adam = torch.optim.Adam([getattr(gaussians, name) for name in NAMES], lr=1e-6, eps=1e-15)

    def step(photo: int) -> None:
        shown = training.photos.learnt[photo % len(training.photos.learnt)].sizes[1]
        image, target = plain_image(gaussians, shown.camera, training.degree), shown.target("cpu")
        loss = 0.8 * (image - target).abs().mean() + 0.2 * (1 - ssim_by_torch(image, target))
        adam.zero_grad()
        loss.backward()
        adam.step()

    began = time.perf_counter()
    for photo in range(steps):
        step(photo)
    return steps / (time.perf_counter() - began)


def room_ring(folder: Path) -> PosedPhotos:
    """64 photos from a ring within the bundled room, 320 by 240."""
    return rendered_ring(room(), ROOM_RING, folder, _RING_PHOTOS, _RING_SIZE_PX, _RING_POINTS)


def _fox(dense: Path | None, scratch: Path, settings: TrainingSettings) -> PosedPhotos:
    if dense is not None:
        return read_posed(dense)
    from depthview.engine.capture.poses.marks import DENSE, Stage
    from depthview.engine.capture.poses.settings import PoseSettings
    from depthview.engine.capture.poses.stages import run_stage

    poses = PoseSettings((FOX,), max_size_px=settings.max_size_px)
    for stage in Stage:
        print(f"fox: {stage.value}", flush=True)
        run_stage(stage, scratch / "fox", poses, ignore_progress, StopToken())
    return read_posed(scratch / "fox" / DENSE)


def as_text(rows: list[Row]) -> str:
    cells = [
        ("photos", "strategy", "iterations", "splats", "PSNR", "SSIM", "time", "per 1 000", "steps/s", "plain torch")
    ]
    for row in rows:
        psnr = "" if row.psnr_db is None else f"{row.psnr_db:.2f} dB"
        ssim = "" if row.ssim is None else f"{row.ssim:.3f}"
        plain = f"{row.plain_steps_per_s:.2f} ({row.steps_per_s / row.plain_steps_per_s:.1f} times)"
        times = f"{row.seconds:.0f} s", f"{row.s_per_1000:.0f} s", f"{row.steps_per_s:.2f}", plain
        cells.append((row.photos, row.strategy, f"{row.iterations}", f"{row.splats}", psnr, ssim, *times))
    widths = [max(len(line[column]) for line in cells) for column in range(len(cells[0]))]
    lines = ("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) for line in cells)
    return "\n".join(line.rstrip() for line in lines)


if __name__ == "__main__":
    main()
