"""A training from posed photos to a splat file, in a folder of its own, resumable at any moment."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import torch

from depthview.engine.atomic import atomic_path, output_folder
from depthview.engine.capture.poses.posed import PosedPhotos
from depthview.engine.capture.rasterizers.base import Rasterizer
from depthview.engine.capture.training.curve import CurvePoint, add_point, cut_curve, read_curve
from depthview.engine.capture.training.evaluation import drawn, measure, write_beside
from depthview.engine.capture.training.files import BESIDE, PROGRESS, STATE, checkpoint_path
from depthview.engine.capture.training.loop import Training
from depthview.engine.capture.training.photos import load_photos
from depthview.engine.capture.training.settings import TrainingSettings
from depthview.engine.capture.training.state import keep_state, resume
from depthview.engine.denormals import denormals_flushed
from depthview.engine.errors import UserError
from depthview.engine.progress import Progress, Report, StopToken
from depthview.engine.splats.formats.recognition import SplatFormat
from depthview.engine.splats.formats.writing import write_splats

_SAVED_WITHIN_S, _SAVED_WITHIN_SHARE = 60.0, 0.05
"""No more than a minute of training is lost when the process is killed, or where it takes hours, a twentieth of it:
a state is up to a gigabyte, which no disk likes to write a thousand times."""

_OUT_OF_MEMORY = "There is not enough memory to train this: choose fewer splats or smaller photos."
_ALLOCATION_FAILED = "can't allocate memory"

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Trained:
    """The last point of the curve, and the file with the splats."""

    point: CurvePoint
    splats: Path


def train(
    posed: PosedPhotos,
    settings: TrainingSettings,
    folder: Path,
    rasterizer: Rasterizer,
    *,
    device: str = "cpu",
    report: Report,
    stop: StopToken,
    say: Say = lambda _sentence: None,
) -> Trained:
    """Train, or go on where an earlier process was ended: nothing that was shown is lost.

    Writes into `folder`: `state/`, `checkpoints/splats_010000.ply` and so on, `progress.jsonl` (see `curve`) and
    `held_out.png`, a photo beside what is drawn of it. When stopped, the state is saved, then Stopped is raised. Out of
    memory, once, halves the cap of splats and goes on. `say` hears in sentences what happened. One training a process:
    it sets torch's number of threads, which would hinder the rasterizer's.
    """
    if device == "cpu":
        torch.set_num_threads(1)
    # Moments of what no photo shows any more fade away through numbers that take ten times as long.
    with denormals_flushed():
        return _Run(posed, settings, folder, rasterizer, device, say, report, stop).to_the_end()


class _Run:
    def __init__(
        self,
        posed: PosedPhotos,
        settings: TrainingSettings,
        folder: Path,
        rasterizer: Rasterizer,
        device: str,
        say: Say,
        report: Report,
        stop: StopToken,
    ) -> None:
        self._settings, self._folder, self._rasterizer, self._device = settings, folder, rasterizer, device
        self._say, self._report, self._stop = say, report, stop
        self._training = Training(posed, load_photos(posed, settings, stop), settings, rasterizer, device)
        output_folder(folder)
        self._seconds, passed = resume(self._training, folder / STATE)
        for path in passed:
            say(f"A saved state was damaged and is passed over: {path.name}")
        if self._training.iteration:
            say(f"Going on after {self._training.iteration} iterations.")
        self._curve = folder / PROGRESS
        cut_curve(self._curve, self._training.iteration)
        self._losses: list[torch.Tensor] = []
        self._saved_at, self._saved_s = self._training.iteration, self._seconds

    def to_the_end(self) -> Trained:
        training = self._training
        while training.iteration < self._settings.iterations:
            self._save_if_stopped()
            self._step()
            if self._settings.measures_after(training.iteration):
                add_point(self._curve, self._measured())
            if self._settings.makes_checkpoint_after(training.iteration):
                self._write_checkpoint()
            if self._settings.saves_state_after(training.iteration) or self._is_long_unsaved():
                self._save()
        splats = self._checkpoint_path()
        if not splats.exists():
            self._write_checkpoint()
        points = read_curve(self._curve)
        return Trained(points[-1] if points else self._measured(), splats)

    def _step(self) -> None:
        training, before = self._training, self._training.iteration
        with self._counted():
            while training.iteration == before:
                if not self._learnt():
                    self._make_room()
        self._report(Progress(training.iteration, self._settings.iterations, f"{len(training.learnt)} splats"))

    def _learnt(self) -> bool:
        """Whether there was memory for a step."""
        try:
            self._losses.append(self._training.step())
        except (MemoryError, RuntimeError) as error:
            if not _is_out_of_memory(error):
                raise
            if self._training.cap < self._settings.max_splats:
                raise UserError(_OUT_OF_MEMORY, details=str(error)) from error
            return False
        return True

    def _make_room(self) -> None:
        """Not within `except`: there the error still holds what the memory was taken for."""
        if self._device != "cpu":
            torch.cuda.empty_cache()
        cap = self._training.lower_cap()
        self._say(f"There was not enough memory: training goes on with at most {cap} splats.")

    def _measured(self) -> CurvePoint:
        training = self._training
        with self._counted():
            held = training.photos.held_out
            found = measure(training.gaussians, held, self._rasterizer, training.degree, self._device)
            if held:
                shown = held[len(held) // 2].sizes[1]
                image = drawn(training.gaussians, shown, self._rasterizer, training.degree)
                write_beside(self._folder / BESIDE, shown, image)
        loss = float(torch.stack(self._losses).mean()) if self._losses else 0.0
        self._losses.clear()
        return CurvePoint(
            training.iteration,
            loss,
            found.psnr if found else None,
            found.ssim if found else None,
            len(training.learnt),
            self._seconds,
        )

    @contextmanager
    def _counted(self) -> Iterator[None]:
        """What takes time here is training, which the curve tells."""
        began = time.perf_counter()
        yield
        self._seconds += time.perf_counter() - began

    def _write_checkpoint(self) -> None:
        path = self._checkpoint_path()
        output_folder(path.parent)
        # The state that is saved next takes it for granted, and the window shows it as soon as it has its name.
        with atomic_path(path, durable=True) as temporary:
            write_splats(self._training.gaussians.to_scene(), temporary, SplatFormat.PLY)

    def _checkpoint_path(self) -> Path:
        return checkpoint_path(self._folder, self._training.iteration)

    def _save(self) -> None:
        keep_state(self._training, self._seconds, self._folder / STATE)
        self._saved_at, self._saved_s = self._training.iteration, self._seconds

    def _is_long_unsaved(self) -> bool:
        return self._seconds - self._saved_s >= max(_SAVED_WITHIN_S, _SAVED_WITHIN_SHARE * self._seconds)

    def _save_if_stopped(self) -> None:
        """Raises Stopped then."""
        if self._stop.stopped and self._saved_at != self._training.iteration:
            self._save()
        self._stop.raise_if_stopped()


def _is_out_of_memory(error: BaseException) -> bool:
    """torch says it on the processor in a RuntimeError like any other."""
    return isinstance(error, MemoryError | torch.OutOfMemoryError) or _ALLOCATION_FAILED in str(error)
