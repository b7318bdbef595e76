"""Directions of an equirectangular picture's pixels, and pictures that go on past their left and right edge.

x right, y down, z ahead; the middle column looks ahead, the top row up.
"""

import math

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from training.stereo.encoder import convolution


def directions(height: int, width: int) -> NDArray[np.float32]:
    """(H, W, 3) float32 unit vectors."""
    longitude = ((np.arange(width) + 0.5) / width - 0.5) * 2 * np.pi
    latitude = (0.5 - (np.arange(height) + 0.5) / height) * np.pi
    ahead = np.cos(latitude)[:, None]
    rays = [ahead * np.sin(longitude), np.repeat(-np.sin(latitude)[:, None], width, 1), ahead * np.cos(longitude)]
    return np.stack(rays, -1).astype(np.float32)


def latitudes(height: int) -> Tensor:
    """(H,) float32 radians, up positive."""
    return (0.5 - (torch.arange(height).float() + 0.5) / height) * math.pi


def wrapped(x: Tensor, columns: int, rows: int = 0) -> Tensor:
    """The last two dimensions with so many more columns at both sides, taken from the other side, and rows repeated."""
    if columns:
        x = torch.cat([x[..., -columns:], x, x[..., :columns]], -1)
    if rows:
        x = torch.cat(
            [x[..., :1, :].expand(*x.shape[:-2], rows, -1), x, x[..., -1:, :].expand(*x.shape[:-2], rows, -1)], -2
        )
    return x


class Round(torch.nn.Module):
    """A convolution with batch norm over a picture whose left and right edge are one."""

    def __init__(self, inputs: int, outputs: int, *, kernel: int = 3, stride: int = 1) -> None:
        super().__init__()
        self.beyond = kernel // 2
        self.layers = convolution(inputs, outputs, kernel=kernel, stride=stride)
        first = self.layers[0]
        assert isinstance(first, torch.nn.Conv2d)
        first.padding = (0, 0)

    def forward(self, x: Tensor) -> Tensor:
        out: Tensor = self.layers(wrapped(x, self.beyond, self.beyond))
        return out
