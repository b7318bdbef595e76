"""`python -m training.mono.evaluate MODEL`: on photographs with known depth, beside FastDepth and two guesses.

MODEL is a checkpoint or an exported graph. AbsRel and delta1 (share within a factor of 1.25) over all pixels of known
depth, after the answer's median over them has been made the truth's.
"""

import argparse
import json
import math
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from training.mono.frames import DATA, KnownFrame, known_frames
from training.mono.rooms import focal_of

FASTDEPTH = DATA / "models" / "fastdepth_nyu_dequant.onnx"

Answer = NDArray[np.float32]
Guess = Callable[[NDArray[np.uint8]], Answer]
"""(H, W, 3) uint8 RGB -> (h, w) depth of any scale; h and w may be others than H and W."""


@dataclass(frozen=True, slots=True)
class Result:
    """Shares 0..1; `factor`: what the answer had to be multiplied by."""

    method: str
    frame: str
    abs_rel: float
    delta_1: float
    factor: float
    indoors: bool


def judge(method: str, frame: KnownFrame, answer: Answer) -> Result:
    """Median-scaled figures; the answer is brought to the truth's size first."""
    truth = frame.depth_m
    if answer.shape != truth.shape:
        answer = np.asarray(cv2.resize(answer, truth.shape[::-1], interpolation=cv2.INTER_LINEAR), np.float32)
    known = np.isfinite(truth)
    right, found = truth[known], np.maximum(answer[known], 1e-3)
    factor = float(np.median(right) / np.median(found))
    scaled = found * factor
    ratio = np.maximum(scaled / right, right / scaled)
    abs_rel = float((np.abs(scaled - right) / right).mean())
    return Result(method, frame.name, abs_rel, float((ratio < 1.25).mean()), factor, frame.indoors)


def constant(rgb: NDArray[np.uint8]) -> Answer:
    return np.ones(rgb.shape[:2], np.float32)


def floor_plane(rgb: NDArray[np.uint8]) -> Answer:
    """A level camera of 60 degrees at 1.4 m above a floor, and a wall 4 m ahead."""
    height, width = rgb.shape[:2]
    down = (np.arange(height) + 0.5 - height / 2) / width / focal_of(60.0)
    rows = np.minimum(1.4 / np.maximum(down, 1e-3), 4.0)
    return np.repeat(rows[:, None], width, 1).astype(np.float32)


def working_size(height: int, width: int, pixels: int) -> tuple[int, int]:
    """Multiples of 32 of about that many pixels, near the picture's own shape."""
    scale = math.sqrt(pixels / (height * width))
    return max(32, round(height * scale / 32) * 32), max(32, round(width * scale / 32) * 32)


def graph(path: Path, size_hw: tuple[int, int] | None, pixels: int) -> Guess:
    """A model for one eye: ours (uint8, rows of pixels) or FastDepth (float 0..1, planes)."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
    asked = session.get_inputs()[0]
    return partial(_answer, session, asked.name, "uint8" in asked.type, size_hw, pixels)


def _answer(
    session: object,
    name: str,
    whole: bool,
    size_hw: tuple[int, int] | None,
    pixels: int,
    rgb: NDArray[np.uint8],
) -> Answer:
    height, width = size_hw or working_size(rgb.shape[0], rgb.shape[1], pixels)
    shrinks = height * width < rgb.shape[0] * rgb.shape[1]
    small = cv2.resize(rgb, (width, height), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    fed = small[None] if whole else np.ascontiguousarray(small.transpose(2, 0, 1)[None], np.float32) / np.float32(255)
    (depth,) = session.run(None, {name: fed})  # type: ignore[attr-defined]
    return np.asarray(depth, np.float32).reshape(height, width)


def methods(model: Path | None, sizes: Sequence[tuple[int, int] | None], pixels: int) -> Iterator[tuple[str, Guess]]:
    yield "constant", constant
    yield "floor plane", floor_plane
    for title, path in (("FastDepth", FASTDEPTH), ("ours", model)):
        if path is not None and path.is_file():
            for size in sizes:
                named = "own shape" if size is None else f"{size[0]}x{size[1]}"
                yield f"{title}, {named}", graph(path, size, pixels)


def evaluate(guesses: Iterable[tuple[str, Guess]], frames: Sequence[KnownFrame]) -> Iterator[Result]:
    for name, guess in guesses:
        for frame in frames:
            yield judge(name, frame, guess(frame.rgb))


def table(results: list[Result]) -> str:
    """Methods down, frames across: AbsRel / delta1; the mean is over what was taken indoors."""
    frames = list(dict.fromkeys(r.frame for r in results))
    lines = ["| method | " + " | ".join(frames) + " | mean indoors |", "|---" * (len(frames) + 2) + "|"]
    for method in dict.fromkeys(r.method for r in results):
        mine = [r for r in results if r.method == method]
        cells = [f"{r.abs_rel:.3f} / {r.delta_1:.3f}" for r in mine]
        inside = [r for r in mine if r.indoors]
        mean = (
            f"{np.mean([r.abs_rel for r in inside]):.3f} / {np.mean([r.delta_1 for r in inside]):.3f}"
            if inside
            else "-"
        )
        lines.append(f"| {method} | " + " | ".join(cells) + f" | {mean} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument(
        "model", type=Path, nargs="?", help="checkpoint.pt or a graph; none: only what has to be beaten"
    )
    parser.add_argument(
        "--sizes", nargs="+", default=["own", "224x224"], help="HEIGHTxWIDTH, or own: the frame's shape"
    )
    parser.add_argument("--pixels", type=int, default=224 * 288, help="how many, where the frame's own shape is kept")
    parser.add_argument("--json", action="store_true", help="one JSON object per line")
    asked = parser.parse_args()
    sizes = [None if size == "own" else (int(size.split("x")[0]), int(size.split("x")[1])) for size in asked.sizes]
    frames = list(known_frames())
    if not frames:
        parser.error(f"no photographs with known depth in {DATA / 'mono'}")
    with tempfile.TemporaryDirectory() as scratch:
        model = asked.model
        if model is not None and model.suffix != ".onnx":
            from training.mono.checkpoint import load_network
            from training.mono.export import export

            model = export(load_network(model), Path(scratch) / "depth.onnx")
        results = list(evaluate(methods(model, sizes, asked.pixels), frames))
    if asked.json:
        for result in results:
            print(json.dumps(asdict(result)))
    else:
        print(table(results))


if __name__ == "__main__":
    main()
