"""The loop that every network here is trained by: schedule, checkpoints, average, log, and stopping when told to.

Stops after a run's minutes, or tidily on SIGTERM and Ctrl-C. The learning rate follows the share of the total minutes
that all runs together have used, so that stages of any length add up to one schedule. With total steps it follows the
steps instead, and the same seed gives the same network on the same machine, in however many stages.
"""

import argparse
import json
import math
import os
import signal
import time
from pathlib import Path
from types import FrameType
from typing import Any, Protocol

import torch
from torch import nn

from training.stereo.checkpoint import Average, load, save

_LARGEST_STEP = 0.5


class Schedule(Protocol):
    """Where a training is kept and for how long it runs. `total_minutes`, or `total_steps` if given, is all runs'.

    A run ends after `minutes`; one of infinite minutes, or one by steps, where the schedule ends.
    """

    @property
    def out(self) -> Path: ...
    @property
    def minutes(self) -> float: ...
    @property
    def total_minutes(self) -> float: ...
    @property
    def total_steps(self) -> int | None: ...
    @property
    def save_minutes(self) -> float: ...
    @property
    def log_steps(self) -> int: ...
    @property
    def rate(self) -> float: ...


class Course:
    """A network on its way: `step` and `seconds` count over all runs. Goes on where the checkpoint in `out` ends.

    Whoever derives from it says what one step is (`train_step`), what of it is worth a line (`said`), what of the whole
    (`begun`), and how good the averaged network has become (`judged`).
    """

    def __init__(self, schedule: Schedule, network: nn.Module, device: torch.device) -> None:
        self._schedule = schedule
        self._device = device
        self._trained = network
        self.optimizer = torch.optim.AdamW(network.parameters(), schedule.rate, weight_decay=1e-5)
        self.average = Average(network)
        self.step = 0
        self.seconds = 0.0
        self.path = schedule.out / "checkpoint.pt"
        if self.path.exists():
            state = load(self.path, device)
            network.load_state_dict(state["network"])
            self.optimizer.load_state_dict(state["optimizer"])
            self.average.values = state["average"]
            self.step, self.seconds = int(state["step"]), float(state["seconds"])

    def save(self) -> None:
        save(
            self.path,
            {
                "network": self._trained.state_dict(),
                "average": self.average.values,
                "optimizer": self.optimizer.state_dict(),
                "step": self.step,
                "seconds": self.seconds,
            },
        )

    @property
    def progress(self) -> float:
        """The share of the schedule that is behind it."""
        if self._schedule.total_steps is not None:
            return self.step / self._schedule.total_steps
        return self.seconds / 60 / self._schedule.total_minutes

    def begin_step(self) -> None:
        """The rate of this moment, and no gradients."""
        self._trained.train()
        rate = rate_at(self.progress, self._schedule.rate)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)

    def end_step(self) -> torch.Tensor:
        """Take the step that the gradients ask for; returns the largest norm of them."""
        # Each tensor by itself: one whose gradients are wild shall not hold back all others.
        parameters = [p for p in self._trained.parameters() if p.grad is not None]
        norm = torch.stack([torch.nn.utils.clip_grad_norm_(p, _LARGEST_STEP) for p in parameters]).max()
        # A step that is not a number would poison the average as well; multiplying by zero would not cure it.
        if bool(torch.isfinite(norm)):
            self.optimizer.step()
        self.step += 1
        self.average.follow(self._trained, self.step)
        return norm

    def begun(self) -> dict[str, Any]:
        raise NotImplementedError

    def train_step(self) -> Any:
        raise NotImplementedError

    def said(self, result: Any) -> dict[str, Any]:
        raise NotImplementedError

    def judged(self) -> dict[str, Any]:
        raise NotImplementedError

    def run(self) -> None:
        """Until the time is up or a signal asks to stop; always leaves a whole checkpoint. Logs to `out`/log.jsonl."""
        schedule = self._schedule
        schedule.out.mkdir(parents=True, exist_ok=True)
        began = saved = time.monotonic()
        earlier = self.seconds
        with (schedule.out / "log.jsonl").open("a", encoding="utf-8") as log, _Stop() as stop:

            def tell(**told: Any) -> None:
                line = json.dumps({"step": self.step, "seconds": round(self.seconds, 1), **told})
                print(line, flush=True)
                log.write(line + "\n")
                log.flush()

            tell(event="begin", device=str(self._device), **self.begun())
            to_the_end = schedule.total_steps is not None or math.isinf(schedule.minutes)
            while not stop.asked and not (to_the_end and self.progress >= 1.0):
                result = self.train_step()
                now = time.monotonic()
                self.seconds = earlier + now - began
                if self.step % schedule.log_steps == 0 or self.step == 1:
                    tell(**self.said(result), rate=self.optimizer.param_groups[0]["lr"])
                if now - saved > schedule.save_minutes * 60:
                    self.save()
                    saved = now
                if now - began > schedule.minutes * 60:
                    break
            self.save()
            # Who sends SIGTERM does not wait long: no validation then.
            found = {} if stop.asked else self.judged()
            tell(event="stopped" if stop.asked else "end", **found)


def add_schedule(parser: argparse.ArgumentParser, *, rate: float) -> None:
    """The arguments that every training has: where, for how long, on what, from which seed, how fast."""
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--minutes", type=float, default=math.inf, help="of this run; default: to the schedule's end")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--total-minutes", type=float, help="length of the whole schedule; default: --minutes")
    length.add_argument("--total-steps", type=int, help="the same in steps: what comes out does not depend on speed")
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--rate", type=float, default=rate)
    parser.add_argument("--threads", type=int, default=max(1, (os.cpu_count() or 2) // 2))


def asked_of(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """What the command line says, checked; and this process made ready for it."""
    asked = parser.parse_args()
    if math.isinf(asked.minutes) and asked.total_minutes is None and asked.total_steps is None:
        parser.error("say for how long: --minutes, --total-minutes or --total-steps")
    # Denormal numbers slow a CPU tenfold, and a young network makes many.
    torch.set_flush_denormal(True)
    torch.set_num_threads(asked.threads)
    return asked


def rate_at(progress: float, highest: float) -> float:
    """Rises over the first 3 %, falls as a cosine to a hundredth."""
    warm = 0.03
    if progress < warm:
        return highest * (0.05 + 0.95 * progress / warm)
    fall = min((progress - warm) / (1 - warm), 1.0)
    return highest * (0.01 + 0.99 * 0.5 * (1 + math.cos(math.pi * fall)))


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
