"""`python -m training.stereo.speed`: what a training step costs here, and what the product costs beside HITNet.

The first half answers, in the first minute on a lent machine, which batch fits and whether drawing or training is
slower; `--graphs` is the other half, for the processor that the network is meant for.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import torch
from numpy.typing import NDArray

from depthview.engine.estimators.base import Selection
from depthview.engine.estimators.iterative import MODEL_ID, IterativeStereoEstimator
from depthview.engine.frames import StereoPair
from training.stereo.batches import Supply
from training.stereo.export import export
from training.stereo.network import StereoNetwork, parameter_count
from training.stereo.pairs import DATA
from training.stereo.train import Plan, Trainer


def milliseconds(work: Callable[[], object], repeats: int, device: torch.device) -> float:
    """Median of whole runs after one that does not count."""
    taken = []
    for _ in range(repeats + 1):
        began = time.perf_counter()
        work()
        if device.type == "cuda":
            torch.cuda.synchronize()
        taken.append((time.perf_counter() - began) * 1e3)
    return statistics.median(taken[1:])


def draw_next(supply: Supply, numbers: Iterator[int]) -> None:
    supply.clip(next(numbers))


def steps(supply: Supply, batches: list[int], iterations: int, compiled: bool) -> None:
    for batch in batches:
        sized = replace(supply, batch=batch)
        numbers = iter(range(10_000))
        draw = milliseconds(partial(draw_next, sized, numbers), 5, supply.device)
        with tempfile.TemporaryDirectory() as folder:
            trainer = Trainer(Plan(Path(folder), 1.0, 1.0, sized, iterations, compiled=compiled))
            step = milliseconds(trainer.train_step, 6, supply.device)
        memory = torch.cuda.max_memory_allocated() / 2**30 if supply.device.type == "cuda" else float("nan")
        print(f"batch {batch}: draw {draw:.0f} ms, whole step {step:.0f} ms, {memory:.1f} GiB", flush=True)


def graphs(threads: int, repeats: int) -> None:
    """The product's estimator, seed included. Least wall time of several, the run that nobody disturbed."""
    network = StereoNetwork()
    print(f"{parameter_count(network) / 1e6:.2f} M parameters, load {os.getloadavg()[0]:.1f}, {threads} threads")

    def least(work: Callable[[], object]) -> float:
        work()
        taken = []
        for _ in range(repeats):
            began = time.perf_counter()
            work()
            taken.append(time.perf_counter() - began)
        return min(taken) * 1e3

    path = DATA / "models" / "hitnet_1x240x320_model_float32.onnx"
    if path.is_file():
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        hitnet = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        grey = np.random.default_rng(0).random((1, 2, 240, 320), np.float32)
        print(f"HITNet 240x320: {least(lambda: hitnet.run(None, {'input': grey})):.1f} ms")
    eyes = [np.ascontiguousarray(eye) for eye in generated_eyes()]
    with tempfile.TemporaryDirectory() as folder:
        export(network, Path(folder))
        for height, width in ((240, 320), (480, 640), (720, 1280)):
            left, right = (np.asarray(cv2.resize(eye, (width, height)), np.uint8) for eye in eyes)
            pair = StereoPair(left, right, 0, 0.0, 0.0)
            found = []
            for count in (1, 2, 5, 10, 20):
                estimator = IterativeStereoEstimator(
                    Path(folder),
                    Selection(MODEL_ID, count, (height, width)),
                    threads=threads,
                    warm=False,
                    stop_below_px=0.0,
                )
                found.append(f"{count} it {least(partial(estimator.estimate, pair)):.1f} ms")
                estimator.close()
            print(f"{height}x{width}: " + ", ".join(found), flush=True)


def generated_eyes() -> Iterator[NDArray[np.uint8]]:
    """A generated pair: what semi-global matching costs depends on what it sees."""
    pair = Supply(1, 240, 320, torch.device("cpu"), 1, textures=16).clip(0)[0]
    for eye in (pair.left, pair.right):
        yield eye[0].permute(1, 2, 0).byte().numpy()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--graphs", action="store_true")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repeats", type=int, default=8)
    parser.add_argument("--device", default="cuda" if torch.cuda.is_available() else "cpu")
    parser.add_argument("--batches", type=int, nargs="+", default=[16, 32])
    parser.add_argument("--size", default="320x640")
    parser.add_argument("--iterations", type=int, default=6)
    parser.add_argument("--oversample", type=int, default=1)
    parser.add_argument("--fuse", action="store_true")
    parser.add_argument("--compile", action="store_true")
    asked = parser.parse_args()
    torch.set_flush_denormal(True)
    if asked.graphs:
        graphs(asked.threads, asked.repeats)
        return
    height, width = (int(n) for n in asked.size.split("x"))
    supply = Supply(1, height, width, torch.device(asked.device), 1, asked.oversample, fuse=asked.fuse)
    steps(supply, asked.batches, asked.iterations, asked.compile)


if __name__ == "__main__":
    main()
