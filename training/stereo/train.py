"""`python -m training.stereo.train --out DIR --minutes M`: train, and go on where the last run in DIR ended.

Every batch is made for its step and thrown away. Stops after `--minutes`, or tidily on SIGTERM and Ctrl-C; the learning
rate follows the share of `--total-minutes` that all runs together have used, so that stages of any length add up to one
schedule. With `--total-steps` it follows the steps instead, and the same seed gives the same network on the same
machine, in however many stages. Logs are JSON lines in DIR/log.jsonl.
"""

import argparse
import json
import math
import os
import signal
import time
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch

from training.stereo.batches import Supply
from training.stereo.checkpoint import Average, load, save
from training.stereo.draws import Draws
from training.stereo.losses import Score
from training.stereo.network import StereoNetwork
from training.stereo.rollout import roll_out
from training.stereo.seed import seed_of
from training.stereo.validate import validate

_HIGHEST_RATE = 8e-4
_LARGEST_STEP = 0.5
_CLIP_EVERY = 3
_START = 11


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained and for how long. `total_minutes`, or `total_steps` if given, is the schedule over all runs.

    A run ends after `minutes`; one of infinite minutes, or one by steps, where the schedule ends.
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


def rate_at(progress: float, highest: float = _HIGHEST_RATE) -> float:
    """Rises over the first 3 %, falls as a cosine to a hundredth."""
    warm = 0.03
    if progress < warm:
        return highest * (0.05 + 0.95 * progress / warm)
    fall = min((progress - warm) / (1 - warm), 1.0)
    return highest * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fall)))


class Trainer:
    """A network on its way: `step` and `seconds` count over all runs."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        device = plan.supply.device
        torch.manual_seed(plan.supply.seed)
        self.network = StereoNetwork().to(device)
        self.network = self.network.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.AdamW(self.network.parameters(), plan.rate, weight_decay=1e-5)
        self.average = Average(self.network)
        self.step = 0
        self.seconds = 0.0
        self.path = plan.out / "checkpoint.pt"
        if self.path.exists():
            self._resume()
        if plan.compiled:
            for part in (self.network.encoder, self.network.updater, self.network.finisher):
                part.compile(dynamic=False)

    def _resume(self) -> None:
        state = load(self.path, self.plan.supply.device)
        self.network.load_state_dict(state["network"])
        self.optimizer.load_state_dict(state["optimizer"])
        self.average.values = state["average"]
        self.step, self.seconds = int(state["step"]), float(state["seconds"])

    def save(self) -> None:
        save(
            self.path,
            {
                "network": self.network.state_dict(),
                "average": self.average.values,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
            },
        )

    @property
    def progress(self) -> float:
        """The share of the schedule that is behind it."""
        if self.plan.total_steps is not None:
            return self.step / self.plan.total_steps
        return self.seconds / 60 / self.plan.total_minutes

    def train_step(self) -> tuple[Score, torch.Tensor]:
        """One batch, or every third time a clip of two frames whose second starts from the first's state."""
        plan = self.plan
        device = plan.supply.device
        self.network.train()
        rate = rate_at(self.progress, plan.rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        frames = 2 if self.step // plan.supply.reuse % _CLIP_EVERY == _CLIP_EVERY - 1 else 1
        clip = plan.supply.clip(self.step, frames)
        draws = Draws(plan.supply.batch, device, plan.supply.seed, _START, self.step)
        half = torch.autocast("cuda", torch.bfloat16) if device.type == "cuda" else nullcontext()
        self.optimizer.zero_grad(set_to_none=True)
        past = None
        for pair in clip:
            with half:
                rolled = roll_out(self.network, pair, plan.iterations, draws, seed_of(pair, draws), past)
            (rolled.score.loss / frames).backward()
            past = rolled.state
        # Each tensor by itself: one whose gradients are wild (what to take over) shall not hold back all others.
        parameters = [p for p in self.network.parameters() if p.grad is not None]
        norm = torch.stack([torch.nn.utils.clip_grad_norm_(p, _LARGEST_STEP) for p in parameters]).max()
        # A step that is not a number would poison the average as well; multiplying by zero would not cure it.
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        self.step += 1
        self.average.follow(self.network, self.step)
        return rolled.score, norm

    def averaged(self) -> StereoNetwork:
        network = StereoNetwork().to(self.plan.supply.device)
        network.load_state_dict(self.average.values)
        network.eval()
        return network


def train(plan: Plan) -> Trainer:
    """Run until the time is up or a signal asks to stop; always leaves a whole checkpoint."""
    trainer = Trainer(plan)
    plan.out.mkdir(parents=True, exist_ok=True)
    began = saved = time.monotonic()
    earlier = trainer.seconds
    with (plan.out / "log.jsonl").open("a", encoding="utf-8") as log, _Stop() as stop:

        def tell(**said: Any) -> None:
            line = json.dumps({"step": trainer.step, "seconds": round(trainer.seconds, 1), **said})
            print(line, flush=True)
            log.write(line + "\n")
            log.flush()

        tell(event="begin", device=str(plan.supply.device), batch=plan.supply.batch, seed=plan.supply.seed)
        to_the_end = plan.total_steps is not None or math.isinf(plan.minutes)
        while not stop.asked and not (to_the_end and trainer.progress >= 1.0):
            result, norm = trainer.train_step()
            now = time.monotonic()
            trainer.seconds = earlier + now - began
            if trainer.step % plan.log_steps == 0 or trainer.step == 1:
                tell(
                    loss=round(float(result.loss.detach()), 4),
                    first_px=round(float(result.first_error_px), 3),
                    last_px=round(float(result.last_error_px), 3),
                    bad_2=round(float(result.bad_2), 4),
                    match=round(float(result.match), 3),
                    norm=round(float(norm), 3),
                    rate=trainer.optimizer.param_groups[0]["lr"],
                )
            if now - saved > plan.save_minutes * 60:
                trainer.save()
                saved = now
            if now - began > plan.minutes * 60:
                break
        trainer.save()
        # Who sends SIGTERM does not wait long: no validation then.
        found = {} if stop.asked else validate(trainer.averaged(), plan.supply)
        tell(event="stopped" if stop.asked else "end", **found)
    return trainer


class _Stop:
    """Asked for by SIGTERM or Ctrl-C; the step at hand is finished first. The old handlers come back at the end."""

    def __init__(self) -> None:
        self.asked = False

    def __enter__(self) -> "_Stop":
        self._before = {name: signal.signal(name, self._ask) for name in (signal.SIGTERM, signal.SIGINT)}
        return self

    def __exit__(self, *_: object) -> None:
        for name, handler in self._before.items():
            signal.signal(name, handler)

    def _ask(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=math.inf, help="of this run; default: to the schedule's end")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--total-minutes", type=float, help="length of the whole schedule; default: --minutes")
    length.add_argument("--total-steps", type=int, help="the same in steps: what comes out does not depend on speed")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--size", default="320x640", help="HEIGHTxWIDTH, multiples of 16")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--textures", type=int, default=128)
    parser.add_argument("--texture-px", type=int, default=256)
    parser.add_argument("--oversample", type=int, default=1)
    parser.add_argument("--reuse", type=int, default=1, help="steps that see the same scenes")
    parser.add_argument("--rate", type=float, default=_HIGHEST_RATE)
    parser.add_argument("--fuse", action="store_true", help="compile the ray caster")
    parser.add_argument("--compile", action="store_true", help="compile the network")
    parser.add_argument("--export", type=Path, metavar="FOLDER", help="write the graphs there at the end of the run")
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2))
    asked = parser.parse_args()
    if math.isinf(asked.minutes) and asked.total_minutes is None and asked.total_steps is None:
        parser.error("say for how long: --minutes, --total-minutes or --total-steps")
    # Denormal numbers slow a CPU tenfold, and a young network makes many.
    torch.set_flush_denormal(True)
    torch.set_num_threads(asked.threads)
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
        )
    )
    if asked.export is not None:
        from training.stereo.export import export

        for path in export(trainer.averaged(), asked.export):
            print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
