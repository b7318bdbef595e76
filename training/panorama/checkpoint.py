"""The network out of a training's checkpoint."""

from pathlib import Path

import torch

from training.panorama.network import PanoramaNetwork
from training.stereo.checkpoint import load


def load_network(path: Path) -> PanoramaNetwork:
    """The averaged network of a checkpoint, on the CPU, for evaluation and export."""
    network = PanoramaNetwork()
    network.load_state_dict(load(path, torch.device("cpu"))["average"])
    return network.eval()
