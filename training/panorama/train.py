"""`python -m training.panorama.train --out DIR --rooms DIR... --total-minutes N`: train; go on where it ended.

Rooms are drawn by `training.panorama.draw`, before or meanwhile: new ones are found every few minutes. Schedule, stages
and signals are `training.loop`'s. Logs are JSON lines in DIR/log.jsonl.
"""

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from training.loop import Course, add_schedule, asked_of
from training.panorama.batches import Ahead, batch_of
from training.panorama.kept import Lessons
from training.panorama.losses import Score, score
from training.panorama.network import HEIGHT, WIDTH, PanoramaNetwork, parameter_count
from training.stereo.checkpoint import take_over

_HIGHEST_RATE = 1.5e-3
_REREAD_STEPS = 100
_UNSEEN_STEPS, _UNSEEN_SEED = 8, 7_000_003


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained and for how long; see `training.loop.Schedule`.

    `start`: a checkpoint whose weights it begins with. Not `fine`: all but the last step, to where edges run exactly.
    """

    out: Path
    minutes: float
    total_minutes: float
    rooms: tuple[Path, ...]
    batch: int
    seed: int
    unseen: Path | None = None
    save_minutes: float = 2.0
    log_steps: int = 20
    rate: float = _HIGHEST_RATE
    total_steps: int | None = None
    device: str = "cpu"
    start: Path | None = None
    fine: bool = True


@dataclass(frozen=True, slots=True)
class Step:
    score: Score
    norm: Tensor


class Trainer(Course):
    """The network for 360° photos on its way."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._ahead = Ahead(Lessons(list(plan.rooms)), plan.batch, plan.seed)
        torch.manual_seed(plan.seed)
        device = torch.device(plan.device)
        self.network = PanoramaNetwork().to(device).to(memory_format=torch.channels_last)
        if plan.start is not None:
            take_over(self.network, plan.start)
        super().__init__(plan, self.network, device)
        self._batches = self._ahead.from_step(self.step)

    def train_step(self) -> Step:
        self.begin_step()
        if self.step % _REREAD_STEPS == 0:
            self._ahead.reread()
        batch = next(self._batches)
        found = self.network(batch.picture.to(self.plan.device), fine=self.plan.fine)
        judged = score(found, batch if self.plan.fine else batch.coarse(WIDTH // found.log_range.shape[3]))
        judged.loss.backward()
        return Step(judged, self.end_step())

    def averaged(self) -> PanoramaNetwork:
        network = PanoramaNetwork()
        network.load_state_dict(self.average.values)
        return network.eval()

    def begun(self) -> dict[str, Any]:
        size = f"{HEIGHT}x{WIDTH}"
        return {"lessons": self._ahead.reread(), "size": size, "parameters": parameter_count(self.network)}

    def said(self, result: Step) -> dict[str, Any]:
        judged = result.score
        values = (("loss", judged.loss), ("abs_rel", judged.abs_rel), ("layout", judged.layout))
        numbers = (*values, ("gradient", judged.gradient), ("norm", result.norm))
        return {name: round(float(value.detach()), 4) for name, value in numbers}

    @torch.no_grad()
    def judged(self) -> dict[str, Any]:
        """On rooms that training never sees, where a folder of them is given."""
        if self.plan.unseen is None:
            return {}
        network, unseen = self.averaged(), Lessons([self.plan.unseen])
        batches = [batch_of(unseen, 4, _UNSEEN_SEED, step) for step in range(_UNSEEN_STEPS)]
        scores = [score(network(batch.picture), batch) for batch in batches]
        return {"unseen_abs_rel": round(float(torch.stack([s.abs_rel for s in scores]).mean()), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_schedule(parser, rate=_HIGHEST_RATE)
    parser.add_argument("--rooms", type=Path, nargs="+", required=True, metavar="DIR", help="drawn by panorama.draw")
    parser.add_argument("--unseen", type=Path, metavar="DIR", help="rooms to be judged on at the end")
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--coarse", action="store_true", help="all but the last step: half of the time")
    parser.add_argument("--start", type=Path, metavar="FILE", help="a checkpoint whose weights to begin with")
    parser.add_argument("--export", type=Path, metavar="FILE", help="write the graph there at the end of the run")
    asked = asked_of(parser)
    trainer = Trainer(
        Plan(
            asked.out,
            asked.minutes,
            asked.total_minutes or asked.minutes,
            tuple(asked.rooms),
            asked.batch,
            asked.seed,
            asked.unseen,
            rate=asked.rate,
            total_steps=asked.total_steps,
            device=asked.device,
            start=asked.start,
            fine=not asked.coarse,
        )
    )
    trainer.run()
    if asked.export is not None:
        from training.panorama.export import export

        print(asked.export, export(trainer.averaged(), asked.export).stat().st_size)


if __name__ == "__main__":
    main()
