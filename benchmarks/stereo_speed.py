"""How many pictures a second the bundled network makes beside HITNet, on two threads, in turns in one run."""

import itertools
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from benchmarks.stereo_methods import COUNTS, HITNET, HITNET_FILE, THREADS, open_hitnet, open_ours
from benchmarks.stereo_pairs import sample_eyes
from depthview.engine.estimators.base import Estimator
from depthview.engine.frames import Image, StereoPair

SMALL_HW, LARGE_HW = (240, 320), (480, 640)
LIVE_ITERATIONS = 5

_PAIRS = 12
_FPS = 24
_TIMED = 4
"""Calls a turn, after one that is not timed: the threads of who ran before may still be spinning."""


@dataclass(slots=True)
class _Runner:
    name: str
    estimator: Estimator
    pairs: list[StereoPair]
    turns_s: list[float]
    next: int = 0

    def call(self) -> None:
        """The next moment of the clip, which goes round: to the estimator one film."""
        pair = replace(self.pairs[self.next % len(self.pairs)], seq=self.next, pts_s=self.next / _FPS)
        self.estimator.estimate(pair)
        self.next += 1

    def turn(self) -> None:
        self.call()
        started = time.perf_counter()
        for _ in range(_TIMED):
            self.call()
        self.turns_s.append((time.perf_counter() - started) / _TIMED)


def runner_name(size_hw: tuple[int, int], iterations: int, *, seed: bool = True) -> str:
    return f"{size_hw[0]}x{size_hw[1]}, {iterations} it" + ("" if seed else ", no seed")


def measure_speed(
    *, graphs: Path, rounds: int, counts: tuple[int, ...] = COUNTS, say: Callable[[str], None]
) -> dict[str, Any]:
    """Seconds a picture, cold, the whole call: `seconds[name]` is the median over the rounds.

    In each round everybody has one turn, so that a busy machine slows all alike; ratios are taken within a round.
    """
    cv2.setNumThreads(THREADS)
    pairs = {size_hw: speed_pairs(size_hw) for size_hw in (SMALL_HW, LARGE_HW)}
    with ExitStack() as stack:
        runners = []
        if HITNET_FILE.is_file():
            runners.append(_Runner(HITNET, stack.enter_context(closing(open_hitnet())), pairs[SMALL_HW], []))
        for size_hw in (SMALL_HW, LARGE_HW):
            for count, seed in [*((count, True) for count in counts), (LIVE_ITERATIONS, False)]:
                ours = stack.enter_context(closing(open_ours(size_hw, count, graphs=graphs, seed=seed)))
                runners.append(_Runner(runner_name(size_hw, count, seed=seed), ours, pairs[size_hw], []))
        provider = runners[-1].estimator.info.provider
        for number in range(rounds):
            say(f"speed, round {number + 1} of {rounds}")
            for runner in runners:
                runner.turn()
    by_name = {runner.name: runner.turns_s for runner in runners}
    ratio = None
    if HITNET in by_name:
        ours_s = by_name[runner_name(SMALL_HW, LIVE_ITERATIONS)]
        ratio = float(np.median(np.asarray(by_name[HITNET]) / np.asarray(ours_s)))
    return {
        "threads": THREADS,
        "provider": provider,
        "rounds": rounds,
        "seconds": {name: float(np.median(turns)) for name, turns in by_name.items()},
        "times_hitnet": ratio,
        "turns_s": by_name,
    }


def speed_pairs(size_hw: tuple[int, int]) -> list[StereoPair]:
    """The first moments of the bundled clip, cut to the shape and scaled to the size: nothing is left to be scaled."""
    return [
        StereoPair(fill(left, size_hw), fill(right, size_hw), seq, seq / _FPS, 0.0)
        for seq, (left, right) in enumerate(itertools.islice(sample_eyes(), _PAIRS))
    ]


def fill(eye: Image, size_hw: tuple[int, int]) -> Image:
    """The middle of a picture in another shape, scaled down."""
    height, width = eye.shape[:2]
    wanted_width = min(width, round(height * size_hw[1] / size_hw[0]))
    side = (width - wanted_width) // 2
    cut = eye[:, side : side + wanted_width]
    return np.ascontiguousarray(cv2.resize(cut, size_hw[::-1], interpolation=cv2.INTER_AREA), np.uint8)
