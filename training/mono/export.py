"""`python -m training.mono.export CHECKPOINT FILE`: the network as one ONNX graph of open size.

Input `image`: uint8 (1, H, W, 3) RGB as a picture lies in memory, H and W multiples of 32. Output `depth`: float32
(1, 1, H, W), metres along the optical axis for a camera of `VIEW_DEGREES`. Weights are kept in half precision, so that
the file stays below 8 MB, and are single again once it is loaded: ONNX Runtime folds the casts away.
"""

import argparse
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import numpy_helper
from torch import Tensor, nn

from training.mono.checkpoint import load_network
from training.mono.network import VIEW_DEGREES, DepthNetwork

OPSET = 18
_WORTH_HALVING = 1024


class DepthGraph(nn.Module):
    """(1, H, W, 3) uint8 RGB -> (1, 1, H, W) metres."""

    def __init__(self, network: DepthNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, image: Tensor) -> Tensor:
        depth: Tensor = self.network(image.permute(0, 3, 1, 2).float()).log_depth.exp()
        return depth


def export(network: DepthNetwork, path: Path) -> Path:
    """Write one file without external data; the batch norms disappear into the convolutions."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The exporter gives the network back as it finds the graph around it: that has to be at rest as well.
    graph = DepthGraph(network.cpu().float()).eval()
    axes = {"image": {1: "height", 2: "width"}, "depth": {2: "height", 3: "width"}}
    torch.onnx.export(
        graph,
        (torch.randint(0, 256, (1, 96, 128, 3), dtype=torch.uint8),),
        str(path),
        input_names=["image"],
        output_names=["depth"],
        opset_version=OPSET,
        dynamic_axes=axes,
        dynamo=False,
    )
    model = onnx.load(str(path))
    for key, value in {"view_degrees": f"{VIEW_DEGREES:g}", "meaning": "metres", "multiple_of": "32"}.items():
        model.metadata_props.add(key=key, value=value)
    halve(model.graph)
    onnx.checker.check_model(model)
    onnx.save(model, str(path))
    return path


def halve(graph: onnx.GraphProto) -> None:
    """Large constants to float16, each with a cast back to float32 before whoever reads it."""
    casts = []
    for constant in graph.initializer:
        values = numpy_helper.to_array(constant)
        if values.dtype == np.float32 and values.size >= _WORTH_HALVING:
            name, half = constant.name, f"{constant.name}_half"
            constant.CopyFrom(numpy_helper.from_array(values.astype(np.float16), half))
            casts.append(onnx.helper.make_node("Cast", [half], [name], to=onnx.TensorProto.FLOAT))
    nodes = [*casts, *graph.node]
    del graph.node[:]
    graph.node.extend(nodes)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("file", type=Path)
    asked = parser.parse_args()
    print(asked.file, export(load_network(asked.checkpoint), asked.file).stat().st_size)


if __name__ == "__main__":
    main()
