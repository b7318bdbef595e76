"""`python -m training.mono.train --out DIR --total-steps N`: train, and go on where the last run in DIR ended.

Rooms are drawn by `--workers` processes beside this one and kept in DIR/rooms (0.4 MB each). `--teacher FILE`
asks FastDepth as well. Schedule, stages and signals are `training.loop`'s. Logs are JSON lines in DIR/log.jsonl.
"""

import argparse
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from training.loop import Course, add_schedule, asked_of
from training.mono.batches import Source, Supply, smaller, source
from training.mono.losses import Score, score
from training.mono.network import DepthNetwork, Widths
from training.mono.photos import Photos
from training.mono.teacher import Hints, Teacher
from training.stereo.checkpoint import take_over

_HIGHEST_RATE = 1.5e-3
_UNSEEN_SEED = 7_000_003


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained and for how long; see `training.loop.Schedule`. `teacher`: FastDepth's file, or none.

    `start`: a checkpoint of another training with (or without) a teacher as here, whose weights this one begins with.
    `truth`: how much the rendered depth counts beside what the teacher says.
    `size`: what the network sees of each picture, if that is less than the teacher does.
    """

    out: Path
    minutes: float
    total_minutes: float
    supply: Supply
    save_minutes: float = 2.0
    log_steps: int = 20
    rate: float = _HIGHEST_RATE
    total_steps: int | None = None
    teacher: Path | None = None
    device: str = "cpu"
    start: Path | None = None
    truth: float = 1.0
    size: tuple[int, int] | None = None


class Pupil(nn.Module):
    """The network and, where a teacher is asked, what reads the teacher's features from it."""

    def __init__(self, taught: bool) -> None:
        super().__init__()
        widths = Widths()
        self.network = DepthNetwork(widths)
        self.hints = Hints(widths) if taught else None


@dataclass(frozen=True, slots=True)
class Step:
    """What one step gave: the truth's score, the whole loss, the share of the teacher's features unknown, the norm."""

    score: Score
    loss: Tensor
    unknown: Tensor | None
    norm: Tensor


class Trainer(Course):
    """The network for one eye on its way; rooms come from `rooms`."""

    def __init__(self, plan: Plan, rooms: Source) -> None:
        self.plan = plan
        self._rooms = rooms
        self._teacher = None if plan.teacher is None else Teacher(plan.teacher, torch.get_num_threads())
        torch.manual_seed(plan.supply.seed)
        device = torch.device(plan.device)
        self.pupil = Pupil(self._teacher is not None).to(device).to(memory_format=torch.channels_last)
        if plan.start is not None:
            take_over(self.pupil, plan.start)
        super().__init__(plan, self.pupil, device)

    def train_step(self) -> Step:
        self.begin_step()
        device = self.plan.device
        batch = self._rooms.batch(self.step)
        seen = batch if self.plan.size is None else smaller(batch, self.plan.size)
        found = self.pupil.network(seen.picture.to(device))
        judged = score(found.log_depth, seen.depth_m.to(device), seen.valid.to(device))
        loss, unknown = self.plan.truth * judged.loss, None
        if self._teacher is not None and self.pupil.hints is not None:
            lesson = self._teacher.lesson(batch.perfect.to(device))
            taught, unknown = self.pupil.hints(found, lesson)
            loss = loss + taught
        loss.backward()
        return Step(judged, loss.detach(), unknown, self.end_step())

    def averaged(self) -> DepthNetwork:
        pupil = Pupil(self.pupil.hints is not None)
        pupil.load_state_dict(self.average.values)
        pupil.eval()
        return pupil.network.cpu()

    def begun(self) -> dict[str, Any]:
        supply = self.plan.supply
        height, width = self.plan.size or (supply.height, supply.width)
        return {"batch": supply.batch, "size": f"{height}x{width}", "seed": supply.seed}

    def said(self, result: Step) -> dict[str, Any]:
        said = {
            "loss": round(float(result.loss), 4),
            "shape": round(float(result.score.loss.detach()), 4),
            "gradient": round(float(result.score.gradient), 4),
            "abs_rel": round(float(result.score.abs_rel), 4),
            "norm": round(float(result.norm), 3),
        }
        return said if result.unknown is None else {**said, "unknown": round(float(result.unknown), 3)}

    def judged(self) -> dict[str, Any]:
        return validate(self.averaged(), self.plan.supply, self.plan.size)


@torch.no_grad()
def validate(
    network: DepthNetwork, supply: Supply, size: tuple[int, int] | None = None, batches: int = 4
) -> dict[str, float]:
    """On rooms that training never sees: AbsRel once each picture's median is made right; a constant's beside it."""
    unseen = Source(replace(supply, seed=_UNSEEN_SEED, folder=None, collages=False))
    sums = {"unseen_abs_rel": 0.0, "constant_abs_rel": 0.0}
    for step in range(batches):
        batch = unseen.batch(step) if size is None else smaller(unseen.batch(step), size)
        found = network(batch.picture).log_depth
        sums["unseen_abs_rel"] += float(score(found, batch.depth_m, batch.valid).abs_rel)
        sums["constant_abs_rel"] += float(score(torch.zeros_like(found), batch.depth_m, batch.valid).abs_rel)
    return {name: round(value / batches, 4) for name, value in sums.items()}


def size_of(text: str) -> tuple[int, int]:
    """HEIGHTxWIDTH."""
    height, width = (int(n) for n in text.split("x"))
    return height, width


def train(plan: Plan, workers: int = 0, photos: Photos | None = None) -> Trainer:
    """Run until the time is up or a signal asks to stop; always leaves a whole checkpoint."""
    with source(plan.supply, workers, photos) as rooms:
        trainer = Trainer(plan, rooms)
        trainer.run()
    return trainer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_schedule(parser, rate=_HIGHEST_RATE)
    parser.add_argument("--batch", type=int, default=8)
    parser.add_argument("--drawn", default="224x288", help="HEIGHTxWIDTH of the pictures, as the teacher sees them")
    parser.add_argument("--size", help="what the network sees of them, if smaller; multiples of 32")
    parser.add_argument("--reuse", type=int, default=4, help="how often a room is seen on average")
    parser.add_argument("--teacher", type=Path, metavar="FILE", help="FastDepth's ONNX file, to be learnt from as well")
    parser.add_argument("--photos", type=Path, metavar="DIR", help="photographs that the teacher tells of as well")
    parser.add_argument("--truth", type=float, default=1.0, help="how much the rendered depth counts")
    parser.add_argument("--start", type=Path, metavar="FILE", help="a checkpoint whose weights to begin with")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write the graph there at the end of the run")
    parser.add_argument("--workers", type=int, default=1, help="processes that draw rooms beside this one")
    asked = asked_of(parser)
    height, width = size_of(asked.drawn)
    trainer = train(
        Plan(
            asked.out,
            asked.minutes,
            asked.total_minutes or asked.minutes,
            Supply(
                asked.batch, height, width, asked.seed, asked.reuse, asked.out / "rooms", collages=bool(asked.teacher)
            ),
            rate=asked.rate,
            total_steps=asked.total_steps,
            teacher=asked.teacher,
            device=asked.device,
            start=asked.start,
            truth=asked.truth,
            size=size_of(asked.size) if asked.size else None,
        ),
        asked.workers,
        Photos.of(asked.photos) if asked.photos else None,
    )
    if asked.export is not None:
        from training.mono.export import export

        print(asked.export, export(trainer.averaged(), asked.export).stat().st_size)


if __name__ == "__main__":
    main()
