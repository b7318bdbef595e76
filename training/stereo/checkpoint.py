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


def take_over(network: nn.Module, path: Path) -> list[str]:
    """Give a network the averaged weights of a checkpoint, also of an older design; the names that begin anew."""
    theirs = load(path, torch.device("cpu"))["average"]
    mine = network.state_dict()
    fitting = {
        name: theirs[name] for name, value in mine.items() if name in theirs and theirs[name].shape == value.shape
    }
    network.load_state_dict(fitting, strict=False)
    return sorted(set(mine) - set(fitting))


def load_network(path: Path) -> StereoNetwork:
    """The averaged network of a checkpoint, on the CPU, for evaluation and export."""
    network = StereoNetwork()
    network.load_state_dict(load(path, torch.device("cpu"))["average"])
    network.eval()
    return network
