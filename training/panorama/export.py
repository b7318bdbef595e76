"""`python -m training.panorama.export CHECKPOINT FILE`: the network as one ONNX graph.

Input `panorama`: uint8 (1, 256, 512, 3) RGB as a picture lies in memory, level. Output `range`: float32 (1, 256, 512),
metres along the ray as from a camera at a usual height; what the height is nobody has told it.
"""

import argparse
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from training.mono.export import OPSET, halve
from training.panorama.checkpoint import load_network
from training.panorama.network import HEIGHT, WIDTH, PanoramaNetwork


class RangeGraph(nn.Module):
    """(1, H, W, 3) uint8 RGB -> (1, H, W) metres."""

    def __init__(self, network: PanoramaNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, panorama: Tensor) -> Tensor:
        found: Tensor = self.network(panorama.permute(0, 3, 1, 2).float()).log_range.exp()
        return found[:, 0]


def export(network: PanoramaNetwork, path: Path) -> Path:
    """Write one file without external data; the batch norms disappear into the convolutions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    graph = RangeGraph(network.cpu().float()).eval()
    torch.onnx.export(
        graph,
        (torch.randint(0, 256, (1, HEIGHT, WIDTH, 3), dtype=torch.uint8),),
        str(path),
        input_names=["panorama"],
        output_names=["range"],
        opset_version=OPSET,
        dynamo=False,
    )
    model = onnx.load(str(path))
    halve(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    print(asked.file, export(load_network(asked.checkpoint), asked.file).stat().st_size)


if __name__ == "__main__":
    main()
