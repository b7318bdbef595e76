"""Write the network as three ONNX graphs: encode once a frame, update once an iteration, finish once.

`python -m training.stereo.export CHECKPOINT FOLDER`. Sizes stay open: any height and width that are multiples of 16.
The names of `STATE` are inputs and outputs alike, so that a loop only swaps buffers.
"""

import argparse
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from depthview.engine.estimators.network import DETAIL, FRAME, SEED, STATE
from training.stereo.network import Frame, State, StereoNetwork

OPSET = 18
GRAPHS = ("encode", "update", "finish")


class EncodeGraph(nn.Module):
    """(1, H, W, 3) uint8 RGB twice, as a picture lies in memory -> FRAME and the cold STATE."""

    def __init__(self, network: StereoNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, left: Tensor, right: Tensor) -> tuple[Tensor, ...]:
        frame, state = self.network.encode(left.permute(0, 3, 1, 2).float(), right.permute(0, 3, 1, 2).float())
        return (
            frame.levels,
            frame.first,
            frame.first_sure,
            frame.context,
            frame.coarse_context,
            frame.detail,
            state.disparity,
            state.hidden,
            state.coarse,
        )


class UpdateGraph(nn.Module):
    """FRAME and STATE -> the next STATE and `change_px`, the mean change of disparity in pixels of the picture."""

    def __init__(self, network: StereoNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *values: Tensor) -> tuple[Tensor, ...]:
        unused = values[0]
        frame = Frame(
            **dict(zip(FRAME, values, strict=False)), detail=unused, seed_px=unused, seed_sure=unused, match_logits=()
        )
        before = State(*values[len(FRAME) :])
        after = self.network.update(frame, before)
        change = (after.disparity - before.disparity).abs().mean() * 4.0
        return after.disparity, after.hidden, after.coarse, change


class FinishGraph(nn.Module):
    """State, detail, seed -> (1, 1, H, W) `disparity_px` and `confidence`, the chance (0..1) that it is right."""

    def __init__(self, network: StereoNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, *values: Tensor) -> tuple[Tensor, Tensor]:
        disparity_px, logit = self.network.finisher(*values)
        return disparity_px, torch.sigmoid(logit)


def export(network: StereoNetwork, folder: Path) -> list[Path]:
    """Write `encode.onnx`, `update.onnx`, `finish.onnx`, one file each without external data."""
    network = network.cpu().float().eval()
    folder.mkdir(parents=True, exist_ok=True)
    height, width = 96, 160
    pictures = tuple(torch.randint(0, 256, (1, height, width, 3), dtype=torch.uint8) for _ in range(2))
    encode = EncodeGraph(network)
    with torch.no_grad():
        values = tuple(encode(*pictures))
    by_name = dict(zip((*FRAME, DETAIL, *STATE), values, strict=True))
    by_name |= dict.fromkeys(SEED, torch.ones(1, 1, height, width))
    iterated, finished = (*FRAME, *STATE), (*STATE[:2], DETAIL, *SEED)

    def named(*names: str) -> tuple[Tensor, ...]:
        return tuple(by_name[name] for name in names)

    jobs: list[tuple[str, nn.Module, tuple[Tensor, ...], tuple[str, ...], tuple[str, ...]]] = [
        ("encode", encode, pictures, ("left", "right"), (*FRAME, DETAIL, *STATE)),
        ("update", UpdateGraph(network), named(*iterated), iterated, (*(f"next_{n}" for n in STATE), "change_px")),
        ("finish", FinishGraph(network), named(*finished), finished, ("disparity_px", "confidence")),
    ]
    paths = []
    for name, module, inputs, input_names, output_names in jobs:
        path = folder / f"{name}.onnx"
        torch.onnx.export(
            module.eval(),
            inputs,
            str(path),
            input_names=list(input_names),
            output_names=list(output_names),
            opset_version=OPSET,
            dynamic_axes={n: axes for n in input_names + output_names if (axes := open_axes(n))},
            dynamo=False,
        )
        onnx.checker.check_model(str(path))
        paths.append(path)
    return paths


def open_axes(name: str) -> dict[int, str]:
    """Which axes of a tensor depend on the picture's size."""
    name = name.removeprefix("next_")
    if name in ("left", "right"):
        return {1: "height", 2: "width"}
    if name == "levels":
        return {1: "height_4", 2: "width_4", 3: "all_levels"}
    if name in ("coarse", "coarse_context"):
        return {2: "height_16", 3: "width_16"}
    if name in ("disparity_px", "confidence", "seed_px", "seed_known"):
        return {2: "height", 3: "width"}
    if name == "detail":
        return {2: "height_2", 3: "width_2"}
    return {} if name == "change_px" else {2: "height_4", 3: "width_4"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--believe", type=float, default=0.0, help="added to the logit of the seed's weight")
    asked = parser.parse_args()
    from training.stereo.checkpoint import load_network

    network = load_network(asked.checkpoint)
    network.finisher.believe(asked.believe)
    for path in export(network, asked.folder):
        print(path, path.stat().st_size)


if __name__ == "__main__":
    main()
