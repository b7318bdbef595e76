"""`python -m training.stereo.train --out DIR --minutes M`: train, and go on where the last run in DIR ended.

Every batch is made for its step and thrown away. Stops after `--minutes`, or tidily on SIGTERM and Ctrl-C; the learning
rate follows the share of `--total-minutes` that all runs together have used, so that stages of any length add up to one
schedule. With `--total-steps` it follows the steps instead, and the same seed gives the same network on the same
machine, in however many stages. Logs are JSON lines in DIR/log.jsonl.
"""

import argparse
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from training.loop import Course, add_schedule, asked_of
from training.stereo.batches import Supply
from training.stereo.checkpoint import take_over
from training.stereo.draws import Draws
from training.stereo.losses import Score
from training.stereo.network import StereoNetwork
from training.stereo.rollout import roll_out
from training.stereo.seed import seed_of
from training.stereo.validate import validate

_HIGHEST_RATE = 8e-4
_CLIP_EVERY = 3
_START = 11


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained and for how long. `total_minutes`, or `total_steps` if given, is the schedule over all runs.

    A run ends after `minutes`; one of infinite minutes, or one by steps, where the schedule ends. A new training begins
    with the weights of `start`, as far as they fit. With `only`, all parts but those of these names stand still.
    """

    out: Path
    minutes: float
    total_minutes: float
    supply: Supply
    iterations: int = 6
    save_minutes: float = 2.0
    log_steps: int = 20
    compiled: bool = False
    rate: float = _HIGHEST_RATE
    total_steps: int | None = None
    start: Path | None = None
    only: tuple[str, ...] = ()


class Trainer(Course):
    """The stereo network on its way."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        device = plan.supply.device
        torch.manual_seed(plan.supply.seed)
        self.network = StereoNetwork()
        if plan.start is not None:
            take_over(self.network, plan.start)
        if plan.only:
            for name, parameter in self.network.named_parameters():
                parameter.requires_grad_(name.startswith(plan.only))
        self.network.to(device)
        self.network = self.network.to(memory_format=torch.channels_last)
        super().__init__(plan, self.network, device)
        if plan.compiled:
            for part in (self.network.encoder, self.network.updater, self.network.finisher):
                part.compile(dynamic=False)

    def train_step(self) -> tuple[Score, torch.Tensor]:
        """One batch, or every third time a clip of two frames whose second starts from the first's state."""
        plan = self.plan
        device = plan.supply.device
        self.begin_step()
        if plan.only:
            for module in self.network.modules():
                if isinstance(module, torch.nn.BatchNorm2d):
                    module.eval()  # its statistics are a part as well
        frames = 2 if self.step // plan.supply.reuse % _CLIP_EVERY == _CLIP_EVERY - 1 else 1
        clip = plan.supply.clip(self.step, frames)
        draws = Draws(plan.supply.batch, device, plan.supply.seed, _START, self.step)
        half = torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()
        past = None
        for pair in clip:
            with half:
                rolled = roll_out(self.network, pair, plan.iterations, draws, seed_of(pair, draws), past)
            (rolled.score.loss / frames).backward()
            past = rolled.state
        return rolled.score, self.end_step()

    def averaged(self) -> StereoNetwork:
        network = StereoNetwork().to(self.plan.supply.device)
        network.load_state_dict(self.average.values)
        network.eval()
        return network

    def begun(self) -> dict[str, Any]:
        return {"batch": self.plan.supply.batch, "seed": self.plan.supply.seed}

    def said(self, result: tuple[Score, torch.Tensor]) -> dict[str, Any]:
        score, norm = result
        return {
            "loss": round(float(score.loss.detach()), 4),
            "first_px": round(float(score.first_error_px), 3),
            "last_px": round(float(score.last_error_px), 3),
            "bad_2": round(float(score.bad_2), 4),
            "match": round(float(score.match), 3),
            "norm": round(float(norm), 3),
        }

    def judged(self) -> dict[str, Any]:
        return validate(self.averaged(), self.plan.supply)


def train(plan: Plan) -> Trainer:
    """Run until the time is up or a signal asks to stop; always leaves a whole checkpoint."""
    trainer = Trainer(plan)
    trainer.run()
    return trainer


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_schedule(parser, rate=_HIGHEST_RATE)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", default="320x640", help="HEIGHTxWIDTH, multiples of 16")
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--textures", type=int, default=128)
    parser.add_argument("--texture-px", type=int, default=256)
    parser.add_argument("--oversample", type=int, default=1)
    parser.add_argument("--reuse", type=int, default=1, help="steps that see the same scenes")
    parser.add_argument("--start", type=Path, metavar="CHECKPOINT", help="begin with its weights, as far as they fit")
    parser.add_argument("--only", nargs="+", default=[], metavar="PART", help="train these parts, as detail finisher")
    parser.add_argument("--fuse", action="store_true", help="compile the ray caster")
    parser.add_argument("--compile", action="store_true", help="compile the network")
    parser.add_argument("--export", type=Path, metavar="FOLDER", help="write the graphs there at the end of the run")
    asked = asked_of(parser)
    torch.backends.cuda.matmul.allow_tf32 = True
    torch.backends.cudnn.benchmark = True
    height, width = (int(n) for n in asked.size.split("x"))
    supply = Supply(
        asked.batch,
        height,
        width,
        torch.device(asked.device),
        asked.seed,
        asked.oversample,
        asked.textures,
        asked.texture_px,
        fuse=asked.fuse,
        reuse=asked.reuse,
    )
    trainer = train(
        Plan(
            asked.out,
            asked.minutes,
            asked.total_minutes or asked.minutes,
            supply,
            iterations=asked.iterations,
            compiled=asked.compile,
            rate=asked.rate,
            total_steps=asked.total_steps,
            start=asked.start,
            only=tuple(asked.only),
        )
    )
    if asked.export is not None:
        from training.stereo.export import export

        for path in export(trainer.averaged(), asked.export):
            print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
