"""Everything that a training has reached, in one file that is never half written."""

from pathlib import Path
from typing import Any

import torch
from torch import nn

from training.stereo.network import StereoNetwork


class Average:
    """Exponential moving average of a network's weights and statistics: what is evaluated and exported."""

    def __init__(self, network: nn.Module, decay: float = 0.998) -> None:
        self.decay = decay
        self.values = {name: value.detach().clone() for name, value in network.state_dict().items()}

    @torch.no_grad()
    def follow(self, network: nn.Module, step: int) -> None:
        """Young averages follow faster, so that the first weights, which are noise, are soon forgotten."""
        keep = min(self.decay, (1 + step) / (10 + step))
        for name, value in network.state_dict().items():
            mine = self.values[name]
            if mine.dtype.is_floating_point:
                mine.lerp_(value, 1 - keep)
            else:
                mine.copy_(value)


def save(path: Path, state: dict[str, Any]) -> None:
    """Write beside, then rename: a reader, or a kill, meets the old file or the new one."""
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_suffix(".tmp")
    torch.save(state, beside)
    beside.replace(path)


def load(path: Path, device: torch.device) -> dict[str, Any]:
    """What `save` wrote. Only tensors and plain values are read, never code."""
    state: dict[str, Any] = torch.load(path, map_location=device, weights_only=True)
    return state


def load_network(path: Path) -> StereoNetwork:
    """The averaged network of a checkpoint, on the CPU, for evaluation and export."""
    network = StereoNetwork()
    network.load_state_dict(load(path, torch.device("cpu"))["average"])
    network.eval()
    return network
