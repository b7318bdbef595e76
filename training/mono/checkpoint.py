"""The network out of a training's checkpoint; the hints that only training needs stay behind."""

from pathlib import Path

import torch

from training.mono.network import DepthNetwork
from training.stereo.checkpoint import load

NETWORK_PREFIX = "network."


def load_network(path: Path) -> DepthNetwork:
    """The averaged network of a checkpoint, on the CPU, for evaluation and export."""
    values = load(path, torch.device("cpu"))["average"]
    network = DepthNetwork()
    network.load_state_dict(
        {name.removeprefix(NETWORK_PREFIX): value for name, value in values.items() if name.startswith(NETWORK_PREFIX)}
    )
    network.eval()
    return network
